//! Strict reading of plain decimals.

/// A plain decimal as it was written: its digits as one integer, and how many stood after the
/// point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlainDecimal {
    pub(super) is_negative: bool,
    /// Saturated: a number that does not fit is larger than anything that is accepted.
    pub(super) digits: i64,
    pub(super) fraction_digits: usize,
}

/// Reads `-` if there is one, digits, and perhaps a point and further digits: ASCII only, at least
/// one digit on either side of the point, no `+`, no exponent, no spaces.
pub(super) fn parse(text: &str) -> Option<PlainDecimal> {
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (unsigned, ""),
    };
    if whole.is_empty() {
        return None;
    }
    let mut digits: i64 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return None;
        }
        digits = digits
            .saturating_mul(10)
            .saturating_add(i64::from(byte - b'0'));
    }
    Some(PlainDecimal {
        is_negative,
        digits,
        fraction_digits: fraction.len(),
    })
}
