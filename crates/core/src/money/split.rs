use super::{Money, MoneyError};

/// Divides an amount by whole-number weights so that the parts sum to it exactly.
///
/// Each part is its exact share rounded down (towards zero), and what is left over goes, a minor
/// unit each, to the parts that lost most; of those that lost the same, to the earlier ones. So
/// every part is within one minor unit of its exact share, and the same input gives the same
/// parts.
///
/// # Errors
///
/// [`MoneyError::NoWeights`] when no weight is above zero.
///
/// # Example
///
/// ```
/// use quando::money::{Currency, Money, split};
///
/// let whole = Money::parse("100.00", Currency::new("EUR")?)?;
/// let parts: Vec<String> = split(whole, &[1, 1, 1])?.iter().map(|part| part.amount_text()).collect();
/// assert_eq!(parts, ["33.34", "33.33", "33.33"]);
/// # Ok::<(), quando::money::MoneyError>(())
/// ```
pub fn split(amount: Money, weights: &[u64]) -> Result<Vec<Money>, MoneyError> {
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if total == 0 {
        return Err(MoneyError::NoWeights);
    }
    let whole = i128::from(amount.minor());
    let (sign, whole) = (whole.signum(), whole.abs());
    // At most 10^16 times 2^64, which an `i128` holds.
    let exact: Vec<i128> = weights
        .iter()
        .map(|weight| whole * i128::from(*weight))
        .collect();
    let mut parts: Vec<i128> = exact.iter().map(|each| each / total).collect();
    let left_over = whole - parts.iter().sum::<i128>();
    let mut by_loss: Vec<usize> = (0..weights.len()).collect();
    // A stable sort keeps the earlier of two equals first.
    by_loss.sort_by_key(|index| std::cmp::Reverse(exact[*index] % total));
    let left_over = usize::try_from(left_over).expect("each part loses less than one unit");
    for index in by_loss.into_iter().take(left_over) {
        parts[index] += 1;
    }
    parts
        .into_iter()
        .map(|part| Money::from_wide(sign * part, amount.currency()))
        .collect()
}
