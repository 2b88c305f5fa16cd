//! Distances on the sphere, and points.
//!
//! Expected distances were computed with vectors and 60 digits, apart from this crate.

use proptest::prelude::*;
use quando::search::{BoundingBox, Point, distance_meters};

use crate::support::{config, near, point, points};

#[test]
fn g1_distances_are_those_of_the_sphere() {
    let check = |a: (f64, f64), b: (f64, f64), expected: f64, tolerance: f64| {
        let found = distance_meters(point(a.0, a.1), point(b.0, b.1));
        assert!((found - expected).abs() < tolerance, "{a:?} {b:?}: {found}");
    };
    let close = 1e-5;
    // Berlin to Paris, New York to London, Sydney to Auckland, Reykjavik to Utqiagvik.
    check((52.52, 13.405), (48.8566, 2.3522), 877_464.537_922, close);
    check(
        (40.7128, -74.006),
        (51.5074, -0.1278),
        5_570_229.873_657,
        close,
    );
    check(
        (-33.8688, 151.2093),
        (-36.8485, 174.7633),
        2_155_901.303_831,
        close,
    );
    check(
        (64.1466, -21.9426),
        (71.2906, -156.7886),
        4_568_627.493_954,
        close,
    );
    // Tokyo to Buenos Aires.
    check(
        (35.6762, 139.6503),
        (-34.6037, -58.3816),
        18_373_458.598_819,
        close,
    );
    // Suva to Apia: across the antimeridian.
    check(
        (-18.1416, 178.4419),
        (-13.8333, -171.7667),
        1_150_703.566_247,
        close,
    );
    check((0.0, 179.5), (0.0, -179.5), 111_195.080_234, close);
    check((0.0, 180.0), (0.0, -180.0), 0.0, f64::MIN_POSITIVE);
    // Across a pole, and from one to the other.
    check((89.5, 0.0), (89.5, 180.0), 111_195.080_234, close);
    check((90.0, 0.0), (-90.0, 77.0), 20_015_114.442_036, close);
    check((90.0, 10.0), (0.0, 123.0), 10_007_557.221_018, close);
    check((90.0, 10.0), (90.0, -170.0), 0.0, f64::MIN_POSITIVE);
    // The smallest step, and the far side of the globe, where the formula is at its weakest.
    check((52.52, 13.405), (52.52, 13.405_001), 0.067_660, 1e-6);
    check((10.0, 20.0), (-10.0, -160.0), 20_015_114.442_036, 0.3);
    check((10.0, 20.0), (-10.0, -159.999), 20_015_004.936_259, 0.3);
}

#[test]
fn a_point_is_on_the_globe_and_has_one_form() {
    for (lat, lng, code) in [
        (90.000_001, 0.0, "latitude-range"),
        (-91.0, 0.0, "latitude-range"),
        (f64::NAN, 0.0, "latitude-range"),
        (f64::INFINITY, 0.0, "latitude-range"),
        (0.0, 180.000_001, "longitude-range"),
        (0.0, f64::NAN, "longitude-range"),
        (0.0, f64::NEG_INFINITY, "longitude-range"),
    ] {
        assert_eq!(
            Point::new(lat, lng).unwrap_err().code(),
            code,
            "{lat} {lng}"
        );
    }
    assert!(Point::from_micro_degrees(i32::MIN, 0).is_err());
    assert!(Point::from_micro_degrees(0, 180_000_001).is_err());
    for (read, written) in [
        (r#"{"lat":52.5,"lng":13.4}"#, r#"{"lat":52.5,"lng":13.4}"#),
        (r#"{"lat":-0.1,"lng":0.3}"#, r#"{"lat":-0.1,"lng":0.3}"#),
        (r#"{"lat":0,"lng":-180}"#, r#"{"lat":0.0,"lng":180.0}"#),
        (r#"{"lat":-90,"lng":7}"#, r#"{"lat":-90.0,"lng":0.0}"#),
        // The seventh digit rounds, halves away from zero.
        (
            r#"{"lat":1.0000004,"lng":-1.0000006}"#,
            r#"{"lat":1.0,"lng":-1.000001}"#,
        ),
        (r#"{"lat":-1e-9,"lng":1e1}"#, r#"{"lat":0.0,"lng":10.0}"#),
    ] {
        let found: Point = serde_json::from_str(read).unwrap();
        assert_eq!(serde_json::to_string(&found).unwrap(), written);
    }
    for json in [
        r#"{"lat":"52.5","lng":13.4}"#,
        r#"{"lat":52.5}"#,
        r#"{"lat":52.5,"lng":null}"#,
        r#"{"lat":52.5,"lng":13.4,"alt":30}"#,
        r#"{"lat":1e400,"lng":0}"#,
        r#"{"lat":90.5,"lng":0}"#,
    ] {
        assert!(serde_json::from_str::<Point>(json).is_err(), "{json}");
    }
}

/// The distance by vectors and the platform's own functions.
fn by_vectors(a: Point, b: Point) -> f64 {
    let vector = |point: Point| {
        let lat = f64::from(point.lat_micro_degrees()) * std::f64::consts::PI / 180e6;
        let lng = f64::from(point.lng_micro_degrees()) * std::f64::consts::PI / 180e6;
        [lat.cos() * lng.cos(), lat.cos() * lng.sin(), lat.sin()]
    };
    let ([ax, ay, az], [bx, by, bz]) = (vector(a), vector(b));
    let cross = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
    let across = cross.iter().map(|part| part * part).sum::<f64>().sqrt();
    6_371_008.8 * across.atan2(ax * bx + ay * by + az * bz)
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn distance_is_a_metric(a in points(), b in points(), c in points()) {
        let (ab, bc, ac) = (distance_meters(a, b), distance_meters(b, c), distance_meters(a, c));
        prop_assert_eq!(ab.to_bits(), distance_meters(b, a).to_bits());
        prop_assert_eq!(ab == 0.0, a == b);
        prop_assert_eq!(distance_meters(a, a), 0.0);
        prop_assert!((0.0..20_015_115.0).contains(&ab));
        prop_assert!(ac <= ab + bc + 0.3, "{} {} {}", ab, bc, ac);
        // At the far side of the globe the haversine formula loses digits.
        let tolerance = if ab > 20_000_000.0 { 0.3 } else { 1e-4 };
        prop_assert!((ab - by_vectors(a, b)).abs() < tolerance, "{}", ab);
    }

    #[test]
    fn close_places_are_told_apart(a in points(), north in -90..=90_i32, east in -90..=90_i32) {
        let b = near(a, north, east);
        let found = distance_meters(a, b);
        prop_assert_eq!(found == 0.0, a == b);
        prop_assert!((found - by_vectors(a, b)).abs() < 1e-3, "{} {:?} {:?}", found, a, b);
    }

    #[test]
    fn a_box_around_a_circle_contains_it(
        center in points(),
        radius in prop_oneof![0..20_u32, 0..50_000_u32, 0..12_000_000_u32],
        north in -1_000_000..=1_000_000_i32,
        east in -179_000_000..=179_000_000_i32,
        other in points(),
    ) {
        let bounds = BoundingBox::around(center, radius);
        for place in [other, near(center, north, 0), near(center, north / 1_000, east / 1_000), near(center, 0, east)] {
            let within = distance_meters(center, place).round() <= f64::from(radius);
            prop_assert!(!within || bounds.contains(place), "{:?} {:?}", bounds, place);
        }
    }
}
