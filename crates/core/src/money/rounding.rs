use serde::{Deserialize, Serialize};

/// What becomes of an amount that is not a whole number of minor units.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Rounding {
    /// To the nearest; a half goes away from zero, as people learn it at school.
    #[default]
    HalfAwayFromZero,
    /// To the nearest; a half goes to the even neighbour, so that halves even out over many.
    HalfEven,
}

impl Rounding {
    /// `numerator / denominator` as a whole number, rounded once.
    ///
    /// INVARIANT: the denominator is positive, and far enough from the ends of `i128` to be
    /// doubled; callers divide by powers of ten, minutes and amounts.
    pub(crate) fn divide(self, numerator: i128, denominator: i128) -> i128 {
        let (quotient, rest) = divide_with_rest(numerator, denominator);
        let twice_the_rest = 2 * rest.abs();
        let goes_away_from_zero = match twice_the_rest.cmp(&denominator) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => match self {
                Rounding::HalfAwayFromZero => true,
                Rounding::HalfEven => quotient % 2 != 0,
            },
        };
        if goes_away_from_zero {
            quotient + numerator.signum()
        } else {
            quotient
        }
    }

    /// Whether this is the default, which JSON leaves out.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature that serde asks for"
    )]
    pub(crate) fn is_default(&self) -> bool {
        *self == Rounding::default()
    }
}

/// Quotient and remainder, both rounded towards zero. Most amounts and their products with a rate
/// fit 64 bits, whose division is many times faster.
fn divide_with_rest(numerator: i128, denominator: i128) -> (i128, i128) {
    match (i64::try_from(numerator), i64::try_from(denominator)) {
        (Ok(numerator), Ok(denominator)) => (
            i128::from(numerator / denominator),
            i128::from(numerator % denominator),
        ),
        _ => (numerator / denominator, numerator % denominator),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_where_the_rule_says_and_the_rest_to_the_nearest() {
        let check = |numerator: i128, denominator: i128, away: i128, even: i128| {
            let name = format!("{numerator}/{denominator}");
            assert_eq!(
                Rounding::HalfAwayFromZero.divide(numerator, denominator),
                away,
                "{name}"
            );
            assert_eq!(
                Rounding::HalfEven.divide(numerator, denominator),
                even,
                "{name}"
            );
        };
        check(0, 7, 0, 0);
        check(1, 2, 1, 0);
        check(3, 2, 2, 2);
        check(5, 2, 3, 2);
        check(-1, 2, -1, 0);
        check(-3, 2, -2, -2);
        check(-5, 2, -3, -2);
        check(49, 100, 0, 0);
        check(51, 100, 1, 1);
        check(-51, 100, -1, -1);
        check(6_993, 7, 999, 999);
    }
}
