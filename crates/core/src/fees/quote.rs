use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::when::CivilStart;
use super::{
    AddOn, BasePrice, Charge, FeePolicy, FeesError, ItemId, ItemLabel, Line, LineKind, PricePolicy,
    Quote, QuoteParts, TaxMode,
};
use crate::limits::PRICE_ITEMS_MAX;
use crate::money::{Money, Rounding};
use crate::time::text::serde_form;
use crate::time::{Minutes, Zone};

/// What is to be priced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuoteRequest {
    /// When the booking starts.
    #[serde(with = "serde_form::instant")]
    pub start: DateTime<Utc>,
    /// The business's zone, whose wall clock tells when surcharges are due.
    pub zone: Zone,
    /// How long the booking lasts without add-ons, at least a minute.
    pub duration_minutes: Minutes,
    /// For how many people it is, at least one.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub party: u32,
    /// The add-ons that are wanted, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_ons: Vec<ItemId>,
    /// The code of a discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<ItemId>,
    /// What the customer gives on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tips: Option<Money>,
    /// The duration with add-ons is rounded up to a multiple of this, when it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_minutes: Option<Minutes>,
}

impl QuoteRequest {
    /// A request for one, without anything in addition.
    pub fn new(start: DateTime<Utc>, zone: Zone, duration_minutes: Minutes) -> QuoteRequest {
        QuoteRequest {
            start,
            zone,
            duration_minutes,
            party: 1,
            add_ons: Vec::new(),
            discount: None,
            tips: None,
            step_minutes: None,
        }
    }
}

/// Prices a booking: lines that sum to the total, each rounded once, and the platform's fee.
///
/// The order is base, add-ons, surcharges, discount, tax, tips, the customer's part of the fee. A
/// surcharge by rate is on base and add-ons together, a discount on all above it and never more
/// than that, tax on what is left. Tax that prices have in them is taken out by one line and shown
/// by the next, so that the lines still sum. Lines of tax, tips and fee are left out when they are
/// zero.
///
/// # Errors
///
/// [`FeesError`] when the request names what the policy does not have, or amounts do not mix or
/// grow beyond the limit.
///
/// # Example
///
/// ```
/// use quando::fees::{FeePolicy, PricePolicy, QuoteRequest, quote};
///
/// let price: PricePolicy = quando::json::parse(
///     r#"{"base": {"kind": "perHour", "price": {"amount": "80.00", "currency": "EUR"}},
///         "tax": {"rate": "0.19", "mode": "inclusive"}}"#,
/// )?;
/// let request: QuoteRequest = quando::json::parse(
///     r#"{"start": "2026-03-02T09:00:00Z", "zone": "Europe/Berlin", "durationMinutes": 90}"#,
/// )?;
/// let quote = quote(&price, &FeePolicy::default(), &request)?;
/// assert_eq!(quote.total().to_string(), "120.00 EUR");
/// // 19 % of 100.84 is 19.16, and the fee is 7 % of 100.84.
/// assert_eq!(quote.tax().to_string(), "19.16 EUR");
/// assert_eq!(quote.fee().total.to_string(), "7.06 EUR");
/// assert_eq!(quote.provider_gets().to_string(), "112.94 EUR");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn quote(
    price: &PricePolicy,
    fee: &FeePolicy,
    request: &QuoteRequest,
) -> Result<Quote, FeesError> {
    check_request(price, request)?;
    let mut draft = Draft::new(price, request);
    let add_ons = add_ons(price, request)?;
    draft.add_base(price, request)?;
    for add_on in &add_ons {
        draft.add_add_on(add_on, request.party)?;
    }
    draft.add_surcharges(price, request)?;
    draft.add_discount(price, request)?;
    let tax = draft.add_tax(price)?;
    let net = draft.sum.checked_sub(tax)?;
    let fee = fee.fee(net, tax)?;
    let tips = request.tips.unwrap_or(Money::zero(price.currency()));
    draft.add_unless_zero(LineKind::Tips, tips)?;
    draft.add_unless_zero(LineKind::Fee, fee.customer)?;
    let total = draft.sum;
    Ok(Quote::computed(QuoteParts {
        lines: draft.lines,
        net,
        tax,
        tips,
        total,
        fee,
        provider_gets: total.checked_sub(fee.total)?,
        due_now: due_now(price, total)?,
        duration_minutes: duration(&add_ons, request)?,
        tzdb: request.zone.version().to_owned(),
    }))
}

/// The lines so far, and their sum.
struct Draft {
    lines: Vec<Line>,
    sum: Money,
    rounding: Rounding,
}

impl Draft {
    fn new(price: &PricePolicy, request: &QuoteRequest) -> Draft {
        let terms = price.terms();
        // Base, discount, two lines of tax, tips and fee are the others.
        let most = terms.surcharges.len() + request.add_ons.len() + 6;
        Draft {
            lines: Vec::with_capacity(most),
            sum: Money::zero(price.currency()),
            rounding: terms.rounding,
        }
    }

    fn add(&mut self, line: Line) -> Result<(), FeesError> {
        self.sum = self.sum.checked_add(line.amount)?;
        self.lines.push(line);
        Ok(())
    }

    fn add_plain(&mut self, kind: LineKind, amount: Money) -> Result<(), FeesError> {
        self.add(Line {
            kind,
            id: None,
            label: None,
            amount,
        })
    }

    fn add_unless_zero(&mut self, kind: LineKind, amount: Money) -> Result<(), FeesError> {
        if amount.is_zero() {
            Ok(())
        } else {
            self.add_plain(kind, amount)
        }
    }

    fn add_named(
        &mut self,
        kind: LineKind,
        (id, label): (&ItemId, &Option<ItemLabel>),
        amount: Money,
    ) -> Result<(), FeesError> {
        self.add(Line {
            kind,
            id: Some(id.clone()),
            label: label.clone(),
            amount,
        })
    }

    fn add_base(&mut self, price: &PricePolicy, request: &QuoteRequest) -> Result<(), FeesError> {
        let terms = price.terms();
        let (price, minutes) = match &terms.base {
            BasePrice::PerBooking { price } => (*price, request.duration_minutes),
            BasePrice::PerHour { price } => (*price, HOUR),
            BasePrice::PerMinutes { minutes, price } => (*price, *minutes),
            BasePrice::ByDuration { prices } => {
                let minutes = request.duration_minutes;
                let entry = prices.iter().find(|entry| entry.minutes == minutes);
                let entry = entry.ok_or(FeesError::UnpricedDuration { minutes })?;
                (entry.price, minutes)
            }
        };
        let seats = if terms.per_seat { request.party } else { 1 };
        // At most 10^16 times 2^20 times 2^32, which an `i128` holds.
        let exact = i128::from(price.minor())
            * i128::from(request.duration_minutes.get())
            * i128::from(seats);
        let minor = self.rounding.divide(exact, i128::from(minutes.get()));
        self.add_plain(LineKind::Base, Money::from_wide(minor, price.currency())?)
    }

    fn add_add_on(&mut self, add_on: &AddOn, party: u32) -> Result<(), FeesError> {
        let seats = if add_on.per_seat { party } else { 1 };
        let minor = i128::from(add_on.price.minor()) * i128::from(seats);
        let amount = Money::from_wide(minor, add_on.price.currency())?;
        self.add_named(LineKind::AddOn, (&add_on.id, &add_on.label), amount)
    }

    fn add_surcharges(
        &mut self,
        price: &PricePolicy,
        request: &QuoteRequest,
    ) -> Result<(), FeesError> {
        let surcharges = &price.terms().surcharges;
        if surcharges.is_empty() {
            return Ok(());
        }
        let start = CivilStart::new(&request.zone, request.start);
        let base = self.sum;
        for item in surcharges {
            if item.when.includes(start) {
                let amount = item.charge.on(base, self.rounding)?;
                self.add_named(LineKind::Surcharge, (&item.id, &item.label), amount)?;
            }
        }
        Ok(())
    }

    fn add_discount(
        &mut self,
        price: &PricePolicy,
        request: &QuoteRequest,
    ) -> Result<(), FeesError> {
        let Some(code) = &request.discount else {
            return Ok(());
        };
        let discounts = &price.terms().discounts;
        let item = discounts.iter().find(|item| item.id == *code);
        let item = item.ok_or_else(|| FeesError::UnknownDiscount { id: code.clone() })?;
        let amount = at_most(item.charge, self.sum, self.rounding)?;
        self.add_named(
            LineKind::Discount,
            (&item.id, &item.label),
            amount.negated(),
        )
    }

    /// Adds the tax on what the lines come to, and gives it.
    fn add_tax(&mut self, price: &PricePolicy) -> Result<Money, FeesError> {
        let Some(tax) = price.terms().tax else {
            return Ok(Money::zero(price.currency()));
        };
        let amount = match tax.mode {
            TaxMode::Exclusive => self.sum.times(tax.rate, self.rounding)?,
            TaxMode::Inclusive => {
                // Of a price p at a rate of n/d the tax is p * (n/d) / (1 + n/d) = p * n / (d + n).
                let (numerator, denominator) = tax.rate.fraction();
                let exact = i128::from(self.sum.minor()) * numerator;
                let minor = self.rounding.divide(exact, denominator + numerator);
                Money::from_wide(minor, self.sum.currency())?
            }
        };
        if tax.mode == TaxMode::Inclusive {
            self.add_unless_zero(LineKind::TaxInPrices, amount.negated())?;
        }
        self.add_unless_zero(LineKind::Tax, amount)?;
        Ok(amount)
    }
}

const HOUR: Minutes = match Minutes::new(60) {
    Ok(minutes) => minutes,
    Err(_) => panic!("an hour is within the limit"),
};

fn check_request(price: &PricePolicy, request: &QuoteRequest) -> Result<(), FeesError> {
    if request.party == 0 {
        return Err(FeesError::EmptyParty);
    }
    if request.duration_minutes == Minutes::ZERO {
        return Err(FeesError::NoMinutes);
    }
    if let Some(tips) = request.tips {
        if tips.is_negative() {
            return Err(FeesError::Negative { field: "tips" });
        }
        if tips.currency() != price.currency() {
            return Err(FeesError::TipsCurrency {
                tips: tips.currency(),
                price: price.currency(),
            });
        }
    }
    if request.add_ons.len() > PRICE_ITEMS_MAX {
        return Err(FeesError::TooManyItems { field: "addOns" });
    }
    Ok(())
}

/// The add-ons that the request names, in its order.
fn add_ons<'a>(
    price: &'a PricePolicy,
    request: &QuoteRequest,
) -> Result<Vec<&'a AddOn>, FeesError> {
    let mut chosen: Vec<&AddOn> = Vec::with_capacity(request.add_ons.len());
    for (index, id) in request.add_ons.iter().enumerate() {
        if request.add_ons[..index].contains(id) {
            let id = id.clone();
            return Err(FeesError::RepeatedAddOn { id, index });
        }
        let known = price.terms().add_ons.iter().find(|item| item.id == *id);
        chosen.push(known.ok_or_else(|| FeesError::UnknownAddOn {
            id: id.clone(),
            index,
        })?);
    }
    Ok(chosen)
}

/// What is due of an amount, and never more than it.
fn at_most(charge: Charge, amount: Money, rounding: Rounding) -> Result<Money, FeesError> {
    let due = charge.on(amount, rounding)?;
    Ok(if due.checked_cmp(amount)?.is_gt() {
        amount
    } else {
        due
    })
}

fn due_now(price: &PricePolicy, total: Money) -> Result<Money, FeesError> {
    let terms = price.terms();
    let deposit = terms.deposit;
    deposit.map_or(Ok(total), |deposit| at_most(deposit, total, terms.rounding))
}

fn duration(add_ons: &[&AddOn], request: &QuoteRequest) -> Result<Minutes, FeesError> {
    let mut minutes = u64::from(request.duration_minutes.get());
    minutes += add_ons
        .iter()
        .map(|add_on| u64::from(add_on.minutes.get()))
        .sum::<u64>();
    if let Some(step) = request.step_minutes
        && step != Minutes::ZERO
    {
        minutes = minutes.next_multiple_of(u64::from(step.get()));
    }
    // Whatever does not fit is over the limit.
    Ok(Minutes::new(u32::try_from(minutes).unwrap_or(u32::MAX))?)
}

fn one() -> u32 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_one(party: &u32) -> bool {
    *party == 1
}
