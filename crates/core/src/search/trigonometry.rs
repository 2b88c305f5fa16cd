//! Sine and its inverse, from the four operations and the square root alone.
//!
//! The platform's own functions may differ in the last bit from one system to the next, and a
//! distance that rounds to another metre there would give another order. IEEE 754 fixes the result
//! of `+`, `-`, `*`, `/` and `sqrt` to the last bit, and Rust neither reorders nor fuses them, so
//! that what is computed here is the same everywhere.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

/// The sine of an angle from 0 to a right angle, in radians.
pub(super) fn sine(angle: f64) -> f64 {
    if angle > FRAC_PI_4 {
        // The series of the cosine of the complement, which is the smaller angle.
        series(FRAC_PI_2 - angle, 0.0)
    } else {
        angle * series(angle, 1.0)
    }
}

/// The angle from 0 to a right angle, in radians, that has a sine from 0 to 1.
pub(super) fn arcsine(sine: f64) -> f64 {
    if sine > 0.5 {
        // Half of the complement has a sine of at most one half, where the series is fast.
        return FRAC_PI_2 - 2.0 * arcsine(((1.0 - sine) / 2.0).sqrt());
    }
    let square = sine * sine;
    let (mut sum, mut term) = (sine, sine);
    let mut n = 1.0;
    // Terms shrink at least to a quarter each time: 30 of them exceed the precision.
    while n < 30.0 {
        term *= square * (2.0 * n - 1.0) / (2.0 * n);
        let next = sum + term / (2.0 * n + 1.0);
        if next == sum {
            break;
        }
        sum = next;
        n += 1.0;
    }
    sum
}

/// What the series of sine (`first` = 1, to be multiplied by the angle) and cosine (0) have in
/// common: `1 - x²/((f+1)(f+2)) * (1 - x²/((f+3)(f+4)) * …)`, for angles of at most an eighth of a
/// turn.
fn series(angle: f64, first: f64) -> f64 {
    let square = angle * angle;
    // Ten factors, each below a third and soon much smaller, exceed the precision. From the
    // innermost one outwards, the errors of rounding shrink with them.
    (0..10).rev().map(f64::from).fold(1.0, |inner, n| {
        let k = first + 2.0 * n;
        1.0 - square / ((k + 1.0) * (k + 2.0)) * inner
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sines of whole degrees with 20 digits, from their exact forms with square roots.
    #[test]
    fn sines_and_arcsines_of_known_angles_are_exact_to_the_last_bits() {
        for (degrees, exact) in [
            (0.0, 0.0),
            (15.0, 0.258_819_045_102_520_76),
            (18.0, 0.309_016_994_374_947_4),
            (30.0, 0.5),
            (45.0, 0.707_106_781_186_547_5),
            (54.0, 0.809_016_994_374_947_4),
            (60.0, 0.866_025_403_784_438_6),
            (75.0, 0.965_925_826_289_068_3),
            (90.0, 1.0),
        ] {
            let angle: f64 = degrees * std::f64::consts::PI / 180.0;
            assert!((sine(angle) - exact).abs() < 3e-16, "{degrees}");
            assert!((arcsine(exact) - angle).abs() < 1e-15, "{degrees}");
        }
    }

    #[test]
    fn they_agree_with_the_platform_and_are_inverse() {
        for step in 0..=20_000 {
            let angle = f64::from(step) * FRAC_PI_2 / 20_000.0;
            assert!((sine(angle) - angle.sin()).abs() < 3e-16, "{angle}");
            let part = f64::from(step) / 20_000.0;
            assert!((arcsine(part) - part.asin()).abs() < 1e-15, "{part}");
        }
        // Tiny angles keep their relative precision.
        for angle in [1e-9, 1e-12, 1e-100] {
            assert_eq!(sine(angle), angle);
            assert_eq!(arcsine(angle), angle);
        }
    }
}
