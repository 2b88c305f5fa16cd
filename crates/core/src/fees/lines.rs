//! What has to hold between the parts of a quote.

use super::item::not_negative;
use super::{FeesError, LineKind, QuoteParts};
use crate::money::Money;

/// That the parts of a quote add up.
pub(super) fn check(parts: &QuoteParts) -> Result<(), FeesError> {
    let QuoteParts {
        net,
        tax,
        tips,
        total,
        fee,
        ..
    } = *parts;
    not_negative(net, total, "net")?;
    not_negative(tax, total, "tax")?;
    not_negative(tips, total, "tips")?;
    not_negative(parts.due_now, total, "dueNow")?;
    not_negative(parts.provider_gets, total, "providerGets")?;
    let base = net.checked_add(tax)?;
    let pays = base.checked_add(tips)?.checked_add(fee.customer)?;
    hold(
        pays == total,
        "the total is net, tax, tips and the customer's part of the fee",
    )?;
    hold(
        total.checked_sub(fee.total)? == parts.provider_gets,
        "the provider gets the total without the fee",
    )?;
    hold(
        fee.total.checked_cmp(base)?.is_le(),
        "the fee is no more than net and tax",
    )?;
    hold(
        parts.due_now.checked_cmp(total)?.is_le(),
        "no more is due at once than the total",
    )?;
    check_lines(parts)
}

fn check_lines(parts: &QuoteParts) -> Result<(), FeesError> {
    let lines = &parts.lines;
    hold(
        lines.is_sorted_by_key(|line| line.kind),
        "lines are in the order of their kinds",
    )?;
    let sum = |kinds: std::ops::RangeInclusive<LineKind>| {
        lines
            .iter()
            .filter(|line| kinds.contains(&line.kind))
            .try_fold(Money::zero(parts.total.currency()), |sum, line| {
                sum.checked_add(line.amount)
            })
    };
    hold(
        sum(LineKind::Base..=LineKind::TaxInPrices)? == parts.net,
        "the lines up to the tax are the net amount",
    )?;
    hold(
        sum(LineKind::Tax..=LineKind::Tax)? == parts.tax,
        "the line of the tax is the tax",
    )?;
    hold(
        sum(LineKind::Tips..=LineKind::Tips)? == parts.tips,
        "the line of the tips is the tips",
    )?;
    hold(
        sum(LineKind::Fee..=LineKind::Fee)? == parts.fee.customer,
        "the line of the fee is the customer's part",
    )
}

fn hold(holds: bool, rule: &'static str) -> Result<(), FeesError> {
    if holds {
        Ok(())
    } else {
        Err(FeesError::QuoteSum { rule })
    }
}
