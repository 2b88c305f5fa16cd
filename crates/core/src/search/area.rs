use std::f64::consts::PI;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};

use super::SearchError;
use super::point::{
    HALF_TURN, POLE, Point, RADIUS_METERS, TURN, degrees, micro_degrees, radians, whole_meters,
};
use super::trigonometry::{arcsine, sine};
use crate::limits::POLYGON_CORNERS_MAX;

/// A box between two parallels and two meridians, edges included.
///
/// JSON form: `{"south":-20.5,"west":175,"north":-12,"east":-178}`. With `west` greater than `east` it
/// crosses the antimeridian. The whole circle is `"west":-180,"east":180`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "BoxFields")]
pub struct BoundingBox {
    south: i32,
    west: i32,
    north: i32,
    east: i32,
}

impl BoundingBox {
    /// The box from a south-western to a north-eastern corner, in degrees.
    ///
    /// # Errors
    ///
    /// [`SearchError::Latitude`] and [`SearchError::Longitude`] for what is out of range,
    /// [`SearchError::BoxUpsideDown`] when the south is north of the north.
    pub fn new(south_west: (f64, f64), north_east: (f64, f64)) -> Result<Self, SearchError> {
        for (lat, lng) in [south_west, north_east] {
            Point::new(lat, lng)?;
        }
        let found = BoundingBox {
            south: micro_degrees(south_west.0),
            west: micro_degrees(south_west.1),
            north: micro_degrees(north_east.0),
            east: micro_degrees(north_east.1),
        };
        if found.south > found.north {
            return Err(SearchError::BoxUpsideDown);
        }
        Ok(found)
    }

    /// A box that contains every place which is at most `radius_meters` away, in whole metres.
    ///
    /// It is for a host whose database finds candidates by latitude and longitude, and leaves those
    /// in the corners for the search to sort out.
    pub fn around(center: Point, radius_meters: u32) -> BoundingBox {
        // A distance is told in whole metres: half a metre more may count as within.
        let angle = (f64::from(radius_meters) + 1.0) / RADIUS_METERS;
        let (lat, lng) = (center.lat_micro_degrees(), center.lng_micro_degrees());
        let half_height = rounded_up(angle);
        if i64::from(lat.abs()) + i64::from(half_height) >= i64::from(POLE) {
            // A pole is inside, and with it every longitude.
            return BoundingBox {
                south: (lat - half_height).max(-POLE),
                west: -HALF_TURN,
                north: (lat + half_height).min(POLE),
                east: HALF_TURN,
            };
        }
        // The circle touches its outermost meridians where they meet it at a right angle.
        let half_width = rounded_up(arcsine(
            (sine(angle) / sine(radians(POLE - lat.abs()))).min(1.0),
        ));
        let (west, east) = if half_width >= HALF_TURN {
            (-HALF_TURN, HALF_TURN)
        } else {
            (turned(lng - half_width), turned(lng + half_width))
        };
        BoundingBox {
            south: lat - half_height,
            west,
            north: lat + half_height,
            east,
        }
    }

    /// Whether a place is inside or on an edge. A pole has every longitude.
    pub fn contains(&self, point: Point) -> bool {
        let (lat, lng) = (point.lat_micro_degrees(), point.lng_micro_degrees());
        if !(self.south..=self.north).contains(&lat) {
            return false;
        }
        let between = |lng: i32| {
            if self.west <= self.east {
                (self.west..=self.east).contains(&lng)
            } else {
                lng >= self.west || lng <= self.east
            }
        };
        // The antimeridian has two names.
        point.is_pole() || between(lng) || (lng == HALF_TURN && between(-HALF_TURN))
    }
}

/// Where a provider goes to serve customers. JSON form: `{"radius":{"center":{…},"meters":5000}}` or
/// `{"polygon":[{"lat","lng"},…]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum ServiceArea {
    /// Everywhere that is at most so far away, in whole metres.
    Radius {
        /// From where.
        center: Point,
        /// How far, included.
        meters: u32,
    },
    /// Inside corners, or on an edge between them.
    Polygon(Polygon),
}

impl ServiceArea {
    /// Whether the provider goes to a place.
    pub fn contains(&self, place: Point) -> bool {
        match self {
            ServiceArea::Radius { center, meters } => whole_meters(*center, place) <= *meters,
            ServiceArea::Polygon(polygon) => polygon.contains(place),
        }
    }

    /// How many corners have to be looked at.
    pub(super) fn corners(&self) -> usize {
        match self {
            ServiceArea::Radius { .. } => 1,
            ServiceArea::Polygon(polygon) => polygon.0.len(),
        }
    }
}

/// A shape with straight edges on a map whose axes are longitude and latitude. JSON form: a list of
/// 3 to 1,000 points.
///
/// The last corner is joined to the first; whether the first is repeated at the end makes no
/// difference. Each edge takes the shorter way round, so a polygon may cross the antimeridian. An
/// edge follows the map and not the great circle; for the area of a city, or a province, the
/// difference is small. Edges and corners are inside. Where edges cross, what an odd number of edges
/// separates from the outside is inside.
///
/// # Example
///
/// ```
/// use quando::search::{Point, Polygon};
///
/// let corners = [(-18.5, 177.0), (-18.5, -179.0), (-15.5, -179.0), (-15.5, 177.0)];
/// let corners = corners.map(|(lat, lng)| Point::new(lat, lng).unwrap());
/// let fiji = Polygon::new(corners.to_vec())?;
/// assert!(fiji.contains(Point::new(-17.0, -180.0)?));
/// assert!(!fiji.contains(Point::new(-17.0, 0.0)?));
/// # Ok::<(), quando::search::SearchError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Point>", into = "Vec<Point>")]
pub struct Polygon(Box<[Point]>);

impl Polygon {
    /// A polygon by its corners, in order, either way round.
    ///
    /// # Errors
    ///
    /// - [`SearchError::PolygonCorners`] for fewer than 3 corners or too many;
    /// - [`SearchError::PolygonEdge`] when an edge spans half the globe, so that no way is shorter;
    /// - [`SearchError::PolygonPole`] for a corner at a pole, and for edges that go round one or span
    ///   the whole globe: no map of longitude and latitude shows these.
    pub fn new(corners: Vec<Point>) -> Result<Polygon, SearchError> {
        if !(3..=POLYGON_CORNERS_MAX).contains(&corners.len()) {
            return Err(SearchError::PolygonCorners);
        }
        if corners.iter().any(|corner| corner.is_pole()) {
            return Err(SearchError::PolygonPole);
        }
        let polygon = Polygon(corners.into_boxed_slice());
        let (mut west, mut east) = (i64::MAX, i64::MIN);
        let mut end = 0;
        for (from, to) in polygon.edges() {
            if (to.0 - from.0).abs() == i64::from(HALF_TURN) {
                return Err(SearchError::PolygonEdge);
            }
            (west, east) = (west.min(to.0), east.max(to.0));
            end = to.0;
        }
        let start = i64::from(polygon.0[0].lng_micro_degrees());
        if end != start || east - west >= i64::from(TURN) {
            return Err(SearchError::PolygonPole);
        }
        Ok(polygon)
    }

    /// Its corners.
    pub fn corners(&self) -> &[Point] {
        &self.0
    }

    /// Whether a place is inside, on an edge or a corner.
    pub fn contains(&self, place: Point) -> bool {
        if place.is_pole() {
            return false;
        }
        let (lng, lat) = flat(place);
        // The edges begin within half a turn of the meridian of Greenwich and span less than a turn.
        let turn = i64::from(TURN);
        let seen_as = [(lng - turn, lat), (lng, lat), (lng + turn, lat)];
        let mut inside = [false; 3];
        for (from, to) in self.edges() {
            for (point, inside) in seen_as.into_iter().zip(&mut inside) {
                match side(from, to, point) {
                    Side::On => return true,
                    Side::Crossed => *inside = !*inside,
                    Side::Missed => {}
                }
            }
        }
        inside.contains(&true)
    }

    /// The edges on a map that does not end at the antimeridian, in millionths of a degree.
    fn edges(&self) -> impl Iterator<Item = (Flat, Flat)> {
        let next = self.0.iter().cycle().skip(1);
        let mut at = flat(self.0[0]);
        self.0.iter().zip(next).map(move |(corner, next)| {
            let (from, (lng, lat)) = (at, flat(*next));
            let east = lng - i64::from(corner.lng_micro_degrees());
            at = (from.0 + shorter_way(east), lat);
            (from, at)
        })
    }
}

/// Longitude and latitude as coordinates of a map.
type Flat = (i64, i64);

enum Side {
    On,
    Crossed,
    Missed,
}

/// Whether a point is on an edge, or a line from it to the east crosses the edge.
fn side(from: Flat, to: Flat, point: Flat) -> Side {
    // Differences are below 2^31 each, so that the products are exact.
    let turn = (to.0 - from.0) * (point.1 - from.1) - (point.0 - from.0) * (to.1 - from.1);
    let between = |a: i64, b: i64, x: i64| a.min(b) <= x && x <= a.max(b);
    if turn == 0 && between(from.0, to.0, point.0) && between(from.1, to.1, point.1) {
        return Side::On;
    }
    // One end counts and the other does not, so that a corner is crossed once.
    let (up, down) = (
        from.1 <= point.1 && point.1 < to.1,
        to.1 <= point.1 && point.1 < from.1,
    );
    if (up && turn > 0) || (down && turn < 0) {
        Side::Crossed
    } else {
        Side::Missed
    }
}

fn flat(point: Point) -> Flat {
    (
        i64::from(point.lng_micro_degrees()),
        i64::from(point.lat_micro_degrees()),
    )
}

/// A difference of longitudes between -180 and 180 degrees.
fn shorter_way(east: i64) -> i64 {
    let (half, turn) = (i64::from(HALF_TURN), i64::from(TURN));
    match east {
        _ if east > half => east - turn,
        _ if east < -half => east + turn,
        _ => east,
    }
}

/// A longitude that may lie one turn off.
fn turned(lng: i32) -> i32 {
    match lng {
        _ if lng > HALF_TURN => lng - TURN,
        _ if lng < -HALF_TURN => lng + TURN,
        _ => lng,
    }
}

/// An angle in radians as millionths of a degree, rounded up and one more for what the computation
/// lost; at most half a turn.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the angle is cut to half a turn"
)]
fn rounded_up(angle: f64) -> i32 {
    let micro_degrees = angle.min(PI) / radians(1);
    (micro_degrees.ceil() as i32 + 1).min(HALF_TURN)
}

impl Serialize for BoundingBox {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("BoundingBox", 4)?;
        fields.serialize_field("south", &degrees(self.south))?;
        fields.serialize_field("west", &degrees(self.west))?;
        fields.serialize_field("north", &degrees(self.north))?;
        fields.serialize_field("east", &degrees(self.east))?;
        fields.end()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BoxFields {
    south: f64,
    west: f64,
    north: f64,
    east: f64,
}

impl TryFrom<BoxFields> for BoundingBox {
    type Error = SearchError;

    fn try_from(fields: BoxFields) -> Result<BoundingBox, SearchError> {
        BoundingBox::new((fields.south, fields.west), (fields.north, fields.east))
    }
}

impl TryFrom<Vec<Point>> for Polygon {
    type Error = SearchError;

    fn try_from(corners: Vec<Point>) -> Result<Polygon, SearchError> {
        Polygon::new(corners)
    }
}

impl From<Polygon> for Vec<Point> {
    fn from(polygon: Polygon) -> Vec<Point> {
        polygon.0.into()
    }
}
