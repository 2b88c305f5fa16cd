//! Boxes, polygons and service areas, at the antimeridian and the poles too.

use proptest::prelude::*;
use quando::search::{BoundingBox, Point, Polygon, SearchError, ServiceArea};
use serde_json::json;

use crate::support::{config, point, points};

fn bounds(south: f64, west: f64, north: f64, east: f64) -> BoundingBox {
    BoundingBox::new((south, west), (north, east)).unwrap()
}

#[test]
fn g1_a_box_may_cross_the_antimeridian_and_touch_a_pole() {
    let check = |bounds: BoundingBox, lat: f64, lng: f64, expected: bool| {
        let found = bounds.contains(point(lat, lng));
        assert_eq!(found, expected, "{bounds:?} {lat} {lng}");
    };
    let berlin = bounds(52.3, 13.0, 52.7, 13.8);
    check(berlin, 52.5, 13.4, true);
    check(berlin, 52.3, 13.0, true);
    check(berlin, 52.7, 13.8, true);
    check(berlin, 52.299_999, 13.4, false);
    check(berlin, 52.5, 13.800_001, false);
    check(berlin, 52.5, -13.4, false);

    let fiji = bounds(-21.0, 176.0, -12.0, -178.0);
    check(fiji, -17.0, 177.0, true);
    check(fiji, -17.0, -179.0, true);
    check(fiji, -17.0, 180.0, true);
    check(fiji, -17.0, -180.0, true);
    check(fiji, -17.0, 176.0, true);
    check(fiji, -17.0, -178.0, true);
    check(fiji, -17.0, 175.999_999, false);
    check(fiji, -17.0, -177.999_999, false);
    check(fiji, -17.0, 0.0, false);
    check(fiji, -22.0, 177.0, false);

    // The antimeridian belongs to what ends or begins there.
    for (west, east) in [
        (170.0, 180.0),
        (-180.0, -170.0),
        (180.0, -180.0),
        (170.0, -180.0),
    ] {
        check(bounds(-1.0, west, 1.0, east), 0.0, 180.0, true);
        check(bounds(-1.0, west, 1.0, east), 0.0, -180.0, true);
        check(bounds(-1.0, west, 1.0, east), 0.0, 0.0, false);
    }
    check(bounds(-1.0, 180.0, 1.0, -180.0), 0.0, 179.999_999, false);
    let world = bounds(-90.0, -180.0, 90.0, 180.0);
    check(world, 12.0, 34.0, true);
    check(world, -90.0, 0.0, true);
    // A pole has every longitude.
    check(bounds(80.0, 10.0, 90.0, 20.0), 90.0, -100.0, true);
    check(bounds(80.0, 10.0, 89.0, 20.0), 90.0, 15.0, false);
    assert_eq!(
        BoundingBox::new((1.0, 0.0), (0.999_999, 1.0)),
        Err(SearchError::BoxUpsideDown)
    );
    assert_eq!(
        BoundingBox::new((0.0, 0.0), (0.0, 180.1)),
        Err(SearchError::Longitude)
    );
    let json = r#"{"south":-21.0,"west":176.0,"north":-12.0,"east":-178.0}"#;
    assert_eq!(serde_json::from_str::<BoundingBox>(json).unwrap(), fiji);
    assert_eq!(serde_json::to_string(&fiji).unwrap(), json);
    assert!(
        serde_json::from_str::<BoundingBox>(r#"{"south":1,"west":0,"north":0,"east":1}"#).is_err()
    );
}

#[test]
fn g1_a_box_around_a_circle_is_not_much_larger() {
    // 10 km are 89,932 millionths of a degree, and at 60 degrees north twice that from west to east.
    let around = BoundingBox::around(point(60.0, 179.95), 10_000);
    for (lat, lng, expected) in [
        (60.089, 179.95, true),
        (60.091, 179.95, false),
        (59.909, 179.95, false),
        (60.0, 179.771, true),
        (60.0, 179.769, false),
        (60.0, -179.871, true),
        (60.0, -179.869, false),
    ] {
        assert_eq!(around.contains(point(lat, lng)), expected, "{lat} {lng}");
    }
    // With a pole inside, every longitude is.
    let around = BoundingBox::around(point(89.95, 10.0), 10_000);
    assert!(around.contains(point(89.99, -170.0)));
    assert!(around.contains(point(90.0, 0.0)));
    assert!(!around.contains(point(89.85, 10.0)));
    let everywhere = BoundingBox::around(point(3.0, 4.0), u32::MAX);
    assert!(everywhere.contains(point(-90.0, 0.0)) && everywhere.contains(point(-3.0, -176.0)));
}

fn polygon(corners: &[(f64, f64)]) -> Result<Polygon, SearchError> {
    Polygon::new(corners.iter().map(|(lat, lng)| point(*lat, *lng)).collect())
}

/// Whether points are in a polygon, whichever corner it begins with and whichever way it goes.
fn check_polygon(corners: &[(f64, f64)], inside: &[(f64, f64)], outside: &[(f64, f64)]) {
    let mut corners = corners.to_vec();
    for turn in 0..2 * corners.len() {
        corners.rotate_left(1);
        if turn == corners.len() {
            corners.reverse();
        }
        let found = polygon(&corners).unwrap();
        for (lat, lng) in inside {
            assert!(found.contains(point(*lat, *lng)), "{lat} {lng} {corners:?}");
        }
        for (lat, lng) in outside {
            assert!(
                !found.contains(point(*lat, *lng)),
                "{lat} {lng} {corners:?}"
            );
        }
    }
}

#[test]
fn g5_a_polygon_contains_its_edges_and_corners() {
    let square = [(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 0.0)];
    check_polygon(
        &square,
        &[
            (5.0, 5.0),
            (0.0, 0.0),
            (10.0, 10.0),
            (0.0, 5.0),
            (10.0, 5.0),
            (5.0, 0.0),
            (5.0, 10.0),
        ],
        &[
            (-0.000_001, 5.0),
            (5.0, 10.000_001),
            (10.000_001, 10.0),
            (0.0, -1.0),
            (10.0, 11.0),
            (5.0, -175.0),
        ],
    );
    // A notch: lines to the east meet corners and edges of it in every way.
    let notch = [(0.0, 0.0), (0.0, 8.0), (8.0, 8.0), (4.0, 4.0), (8.0, 0.0)];
    check_polygon(
        &notch,
        &[
            (3.0, 4.0),
            (4.0, 4.0),
            (6.0, 1.0),
            (6.0, 7.0),
            (6.0, 2.0),
            (4.0, 1.0),
        ],
        &[
            (6.0, 4.0),
            (4.000_001, 4.0),
            (8.0, 4.0),
            (4.0, -1.0),
            (4.0, 9.0),
            (8.0, -1.0),
        ],
    );
    // Repeated corners change nothing; where edges cross, both halves are inside.
    check_polygon(
        &[
            (0.0, 0.0),
            (0.0, 0.0),
            (0.0, 6.0),
            (6.0, 0.0),
            (6.0, 6.0),
            (6.0, 6.0),
        ],
        &[(1.0, 3.0), (5.0, 3.0), (3.0, 3.0)],
        &[(3.0, 1.0), (3.0, 5.0)],
    );
}

#[test]
fn g5_a_polygon_may_cross_the_antimeridian() {
    let fiji = [
        (-20.0, 176.0),
        (-20.0, -178.0),
        (-12.0, -178.0),
        (-12.0, 176.0),
    ];
    check_polygon(
        &fiji,
        &[
            (-17.0, 177.0),
            (-17.0, 180.0),
            (-17.0, -180.0),
            (-17.0, -179.0),
            (-17.0, -178.0),
            (-20.0, 179.0),
        ],
        &[
            (-17.0, 175.999_999),
            (-17.0, -177.999_999),
            (-17.0, 0.0),
            (-21.0, 180.0),
        ],
    );
    // One that ends at the antimeridian includes it, under both names.
    check_polygon(
        &[(0.0, 170.0), (0.0, -180.0), (10.0, 180.0), (10.0, 170.0)],
        &[(5.0, 180.0), (5.0, -180.0), (5.0, 175.0)],
        &[(5.0, -179.999_999), (5.0, 169.0)],
    );
    // One that winds along the antimeridian, back and forth.
    check_polygon(
        &[
            (0.0, 179.0),
            (4.0, -179.0),
            (8.0, 179.0),
            (12.0, -179.0),
            (12.0, -170.0),
            (0.0, -170.0),
        ],
        &[
            (4.0, -178.0),
            (8.0, 179.0),
            (8.0, 180.0),
            (0.5, 179.9),
            (6.0, -175.0),
        ],
        &[(4.0, 180.0), (12.0, 180.0), (8.0, 178.9), (6.0, 170.0)],
    );
}

#[test]
fn g5_a_polygon_that_no_map_shows_is_refused() {
    for (corners, code) in [
        (&[][..], "polygon-corners"),
        (&[(0.0, 0.0), (1.0, 1.0)], "polygon-corners"),
        (&[(0.0, 0.0), (0.0, 180.0), (1.0, 90.0)], "polygon-edge"),
        (&[(0.0, -90.0), (0.0, 90.0), (1.0, 0.0)], "polygon-edge"),
        (&[(80.0, 0.0), (80.0, 120.0), (90.0, 60.0)], "polygon-pole"),
        // Round the pole, and round the globe and back.
        (
            &[(80.0, 0.0), (80.0, 120.0), (80.0, -120.0)],
            "polygon-pole",
        ),
        (
            &[
                (0.0, 0.0),
                (0.0, 120.0),
                (0.0, -120.0),
                (0.0, 0.0),
                (9.0, 0.0),
                (9.0, -120.0),
                (9.0, 120.0),
                (9.0, 0.0),
            ],
            "polygon-pole",
        ),
    ] {
        assert_eq!(polygon(corners).unwrap_err().code(), code, "{corners:?}");
    }
    let many = |count: usize| vec![point(1.0, 1.0); count];
    assert!(Polygon::new(many(1_000)).is_ok());
    assert_eq!(Polygon::new(many(1_001)), Err(SearchError::PolygonCorners));
}

proptest! {
    #![proptest_config(config(5_000))]

    /// The map may be turned under a polygon, and may be read from either end.
    #[test]
    fn a_polygon_is_the_same_on_every_side_of_the_globe(
        corners in prop::collection::vec((-6..=6_i32, -6..=6_i32), 3..9),
        place in (-7..=7_i32, -7..=7_i32),
        turn in -180..=180_i32,
        start in 0..9_usize,
    ) {
        let at = |(lat, lng): (i32, i32), turn: i32| {
            let lng = (lng + turn + 540).rem_euclid(360) - 180;
            point(f64::from(lat), f64::from(lng))
        };
        let plain: Vec<Point> = corners.iter().map(|corner| at(*corner, 0)).collect();
        let mut turned: Vec<Point> = corners.iter().map(|corner| at(*corner, turn)).collect();
        let length = turned.len();
        turned.rotate_left(start % length);
        if start % 2 == 0 {
            turned.reverse();
        }
        let plain = Polygon::new(plain).unwrap();
        let turned = Polygon::new(turned).unwrap();
        prop_assert_eq!(plain.contains(at(place, 0)), turned.contains(at(place, turn)));
        prop_assert_eq!(plain.contains(at(place, 0)), winds_oddly(&corners, place));
    }

    #[test]
    fn a_rectangle_is_the_box_with_its_corners(
        south in -80..80_i32, height in 1..9_i32, west in -180..180_i32, width in 1..170_i32,
        place in points(), on in 0..4_i32,
    ) {
        let east = (west + width + 180).rem_euclid(360) - 180;
        let (south, north) = (f64::from(south), f64::from(south + height));
        let (west, east) = (f64::from(west), f64::from(east));
        let area = polygon(&[(south, west), (south, east), (north, east), (north, west)]).unwrap();
        let bounds = bounds(south, west, north, east);
        let edge = match on {
            0 => point(south, degrees(place.lng_micro_degrees())),
            1 => point(north, degrees(place.lng_micro_degrees())),
            2 => point(degrees(place.lat_micro_degrees()), west),
            _ => place,
        };
        prop_assert_eq!(area.contains(edge), bounds.contains(edge), "{:?} {:?}", bounds, edge);
    }
}

fn degrees(micro_degrees: i32) -> f64 {
    f64::from(micro_degrees) / 1e6
}

/// Inside by the parity of crossings of a line that is slanted so that it meets no corner, or on an
/// edge; in exact fractions, on a plain grid of whole numbers.
fn winds_oddly(corners: &[(i32, i32)], place: (i32, i32)) -> bool {
    let mut crossings = 0;
    for (index, from) in corners.iter().enumerate() {
        let to = corners[(index + 1) % corners.len()];
        let (from, to) = (
            (from.0 - place.0, from.1 - place.1),
            (to.0 - place.0, to.1 - place.1),
        );
        let cross = from.0 * to.1 - from.1 * to.0;
        let dot = from.0 * to.0 + from.1 * to.1;
        if cross == 0 && dot <= 0 {
            return true;
        }
        // On which side of the ray in the direction (1, 1000), which no grid point is on.
        let side = |(lat, lng): (i32, i32)| 1_000 * lat - lng;
        if side(from).signum() != side(to).signum() {
            // Along the ray, where the edge meets its line: the sign of cross times the direction.
            let ahead = cross.signum() * (side(from) - side(to)).signum();
            crossings += i32::from(ahead > 0);
        }
    }
    crossings % 2 == 1
}

#[test]
fn g5_a_radius_contains_its_rim_in_whole_metres() {
    let area: ServiceArea = serde_json::from_value(json!({
        "radius": {"center": {"lat": 0, "lng": 179.5}, "meters": 111_195}
    }))
    .unwrap();
    // One degree is 111,195.08 m; a few metres more are out.
    assert!(area.contains(point(0.0, -179.5)));
    assert!(area.contains(point(0.0, -179.499_997)));
    assert!(!area.contains(point(0.0, -179.499_990)));
    assert!(area.contains(point(0.0, 179.5)));
    for json in [
        json!({"radius": {"center": {"lat": 0, "lng": 0}, "meters": -1}}),
        json!({"radius": {"center": {"lat": 0, "lng": 0}}}),
        json!({"radius": {"center": {"lat": 0, "lng": 0}, "meters": 1, "unit": "km"}}),
        json!({"polygon": [{"lat": 0, "lng": 0}]}),
        json!({"country": "FJ"}),
    ] {
        assert!(
            serde_json::from_value::<ServiceArea>(json.clone()).is_err(),
            "{json}"
        );
    }
}
