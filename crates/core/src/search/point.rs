use std::f64::consts::PI;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};

use super::SearchError;
use super::trigonometry::{arcsine, sine};

/// A place on the globe, to the millionth of a degree, which is 11 cm at most.
///
/// JSON form: `{"lat":52.52,"lng":13.405}`, in decimal degrees; further digits are rounded. A place
/// has one form only: the longitude -180 becomes 180, and at a pole the longitude is 0, so that two
/// points are equal exactly when they are the same place.
///
/// # Example
///
/// ```
/// use quando::search::{Point, distance_meters};
///
/// let berlin = Point::new(52.52, 13.405)?;
/// let paris = Point::new(48.8566, 2.3522)?;
/// assert_eq!(distance_meters(berlin, paris).round(), 877_465.0);
/// assert_eq!(Point::new(0.0, -180.0), Point::new(0.0, 180.0));
/// assert!(Point::new(90.1, 0.0).is_err());
/// # Ok::<(), quando::search::SearchError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "PointFields")]
pub struct Point {
    lat: i32,
    lng: i32,
}

/// A millionth of a degree, as often as it goes into a right angle and into half a turn.
pub(super) const POLE: i32 = 90_000_000;
pub(super) const HALF_TURN: i32 = 180_000_000;
pub(super) const TURN: i32 = 360_000_000;

/// Mean radius of the earth (IUGG), in metres.
pub(super) const RADIUS_METERS: f64 = 6_371_008.8;

impl Point {
    /// A place by its latitude (north positive) and longitude (east positive), in degrees.
    ///
    /// # Errors
    ///
    /// [`SearchError::Latitude`] outside -90 to 90, [`SearchError::Longitude`] outside -180 to 180;
    /// what is not a number is outside.
    pub fn new(lat: f64, lng: f64) -> Result<Point, SearchError> {
        if !(-90.0..=90.0).contains(&lat) {
            return Err(SearchError::Latitude);
        }
        if !(-180.0..=180.0).contains(&lng) {
            return Err(SearchError::Longitude);
        }
        Ok(Point::normal(micro_degrees(lat), micro_degrees(lng)))
    }

    /// A place by its latitude and longitude in millionths of a degree.
    ///
    /// # Errors
    ///
    /// As [`Point::new`].
    pub fn from_micro_degrees(lat: i32, lng: i32) -> Result<Point, SearchError> {
        if !(-POLE..=POLE).contains(&lat) {
            return Err(SearchError::Latitude);
        }
        if !(-HALF_TURN..=HALF_TURN).contains(&lng) {
            return Err(SearchError::Longitude);
        }
        Ok(Point::normal(lat, lng))
    }

    /// Latitude in millionths of a degree, north positive.
    pub fn lat_micro_degrees(self) -> i32 {
        self.lat
    }

    /// Longitude in millionths of a degree, east positive, above -180 degrees.
    pub fn lng_micro_degrees(self) -> i32 {
        self.lng
    }

    pub(super) fn is_pole(self) -> bool {
        self.lat.abs() == POLE
    }

    /// INVARIANT: both are in range.
    fn normal(lat: i32, lng: i32) -> Point {
        let lng = match lng {
            _ if lat.abs() == POLE => 0,
            lng if lng == -HALF_TURN => HALF_TURN,
            lng => lng,
        };
        Point { lat, lng }
    }
}

/// The great-circle distance between two places, in metres, on a sphere of the earth's mean radius
/// of 6,371,008.8 m (the haversine formula).
///
/// It is at most half a percent off the distance on the ellipsoid. It is 0 exactly when the places
/// are the same, equal both ways round, and the same to the last bit on every platform: angles are
/// subtracted as whole numbers, and sines are computed with operations that IEEE 754 fixes.
pub fn distance_meters(a: Point, b: Point) -> f64 {
    let north = (a.lat - b.lat).abs();
    let east = (i64::from(a.lng) - i64::from(b.lng)).abs();
    let east = east.min(i64::from(TURN) - east);
    let east = i32::try_from(east).expect("the shorter way is at most half a turn");
    let cosines = sine(radians(POLE - a.lat.abs())) * sine(radians(POLE - b.lat.abs()));
    let across = sine(radians(north) / 2.0);
    let along = sine(radians(east) / 2.0);
    let haversine = across * across + cosines * along * along;
    2.0 * RADIUS_METERS * arcsine(haversine.sqrt().min(1.0))
}

/// The distance in whole metres: what is compared and told.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a distance is between 0 and half the earth's circumference, 20,015,115 m"
)]
pub(super) fn whole_meters(a: Point, b: Point) -> u32 {
    distance_meters(a, b).round() as u32
}

pub(super) fn radians(micro_degrees: i32) -> f64 {
    f64::from(micro_degrees) * (PI / f64::from(HALF_TURN))
}

/// Degrees to the nearest millionth, halves away from zero.
#[expect(
    clippy::cast_possible_truncation,
    reason = "callers have shown that it is at most half a turn"
)]
pub(super) fn micro_degrees(degrees: f64) -> i32 {
    (degrees * 1e6).round() as i32
}

/// The decimal degrees that are read back as the same millionths.
pub(super) fn degrees(micro_degrees: i32) -> f64 {
    f64::from(micro_degrees) / 1e6
}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Point", 2)?;
        fields.serialize_field("lat", &degrees(self.lat))?;
        fields.serialize_field("lng", &degrees(self.lng))?;
        fields.end()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PointFields {
    lat: f64,
    lng: f64,
}

impl TryFrom<PointFields> for Point {
    type Error = SearchError;

    fn try_from(fields: PointFields) -> Result<Point, SearchError> {
        Point::new(fields.lat, fields.lng)
    }
}
