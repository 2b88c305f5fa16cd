use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::item::not_negative;
use super::{Charge, FeesError, ItemId, ItemLabel, When};
use crate::limits::PRICE_ITEMS_MAX;
use crate::money::{Currency, Money, Rate, Rounding};
use crate::time::Minutes;

/// What a booking costs; checked.
///
/// All amounts are of one currency and none is negative. JSON form: that of [`PriceTerms`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PriceTerms", into = "PriceTerms")]
pub struct PricePolicy(PriceTerms);

/// The parts of a [`PricePolicy`]; only `base` is required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceTerms {
    /// What the booking itself costs.
    pub base: BasePrice,
    /// Whether the base price is for each member of the party.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub per_seat: bool,
    /// What can be had in addition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_ons: Vec<AddOn>,
    /// What is due in addition at some times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surcharges: Vec<Surcharge>,
    /// What can be taken off, by a code that the customer names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// The tax on the total after discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Tax>,
    /// What is due at once: a share of the total, or an amount and at most the total. Without one
    /// all of it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposit: Option<Charge>,
    /// How each line is rounded.
    #[serde(default, skip_serializing_if = "Rounding::is_default")]
    pub rounding: Rounding,
}

/// What a booking itself costs, by the duration that was asked for without its add-ons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum BasePrice {
    /// The same for every duration.
    PerBooking {
        /// The price.
        price: Money,
    },
    /// In proportion to the duration.
    PerHour {
        /// The price of 60 minutes.
        price: Money,
    },
    /// In proportion to the duration.
    PerMinutes {
        /// How many minutes the price is for, at least one.
        minutes: Minutes,
        /// The price of so many minutes.
        price: Money,
    },
    /// By a table: a duration that is not in it has no price.
    ByDuration {
        /// The table, in any order.
        prices: Vec<DurationPrice>,
    },
}

/// What a booking of one duration costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DurationPrice {
    /// The duration.
    pub minutes: Minutes,
    /// Its price.
    pub price: Money,
}

/// Something that can be had in addition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddOn {
    /// How a request names it.
    pub id: ItemId,
    /// How a receipt calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<ItemLabel>,
    /// Its price.
    pub price: Money,
    /// By how much it makes the booking longer; not by the member of the party.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub minutes: Minutes,
    /// Whether the price is for each member of the party.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub per_seat: bool,
}

/// What is due in addition at some times.
///
/// JSON form: `{"id","label","when","rate"}`, or `amount` in place of `rate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SurchargeFields", into = "SurchargeFields")]
pub struct Surcharge {
    /// What a line names it by.
    pub id: ItemId,
    /// How a receipt calls it.
    pub label: Option<ItemLabel>,
    /// When it is due.
    pub when: When,
    /// A rate of base and add-ons together, or an amount for the booking.
    pub charge: Charge,
}

/// What can be taken off, by a code that the customer names.
///
/// JSON form: `{"id","label","rate"}`, or `amount` in place of `rate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "DiscountFields", into = "DiscountFields")]
pub struct Discount {
    /// The code, compared byte for byte.
    pub id: ItemId,
    /// How a receipt calls it.
    pub label: Option<ItemLabel>,
    /// A share of the subtotal (base, add-ons and surcharges), or an amount and at most the
    /// subtotal.
    pub charge: Charge,
}

/// The tax on the total after discount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tax {
    /// The tax rate, on the net amount.
    pub rate: Rate,
    /// Whether prices have the tax in them already.
    pub mode: TaxMode,
}

/// Whether prices have the tax in them already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TaxMode {
    /// They do: of a price of 119.00, 19.00 is a tax of 19 %.
    Inclusive,
    /// They do not: on a price of 100.00, 19.00 is added.
    Exclusive,
}

impl PricePolicy {
    /// Checks the terms.
    ///
    /// # Errors
    ///
    /// [`FeesError`] for negative amounts and ones of different currencies, ids and durations that
    /// are there twice, a table without prices, prices of no minutes, surcharges without a
    /// condition, discounts or deposits of more than everything, and lists over
    /// [`PRICE_ITEMS_MAX`].
    pub fn new(terms: PriceTerms) -> Result<PricePolicy, FeesError> {
        let any = check_base(&terms.base)?;
        check_list(terms.add_ons.iter().map(|item| &item.id), "addOns")?;
        check_list(terms.surcharges.iter().map(|item| &item.id), "surcharges")?;
        check_list(terms.discounts.iter().map(|item| &item.id), "discounts")?;
        for add_on in &terms.add_ons {
            not_negative(add_on.price, any, "price")?;
        }
        for surcharge in &terms.surcharges {
            surcharge.when.check()?;
            surcharge.charge.check(any, "amount")?;
        }
        for discount in &terms.discounts {
            discount.charge.check(any, "amount")?;
            discount.charge.check_share()?;
        }
        if let Some(deposit) = terms.deposit {
            deposit.check(any, "deposit")?;
            deposit.check_share()?;
        }
        Ok(PricePolicy(terms))
    }

    /// The terms.
    pub fn terms(&self) -> &PriceTerms {
        &self.0
    }

    /// The currency of all amounts.
    pub fn currency(&self) -> Currency {
        self.0.base.any_price().currency()
    }
}

impl BasePrice {
    /// One of the prices; all are of one currency.
    fn any_price(&self) -> Money {
        match self {
            BasePrice::PerBooking { price }
            | BasePrice::PerHour { price }
            | BasePrice::PerMinutes { price, .. } => *price,
            BasePrice::ByDuration { prices } => {
                let first = prices.first();
                first.expect("the constructor refuses an empty table").price
            }
        }
    }
}

/// Checks the base price, and gives one of its amounts to compare the others with.
fn check_base(base: &BasePrice) -> Result<Money, FeesError> {
    match base {
        BasePrice::PerMinutes { minutes, .. } if *minutes == Minutes::ZERO => {
            return Err(FeesError::NoMinutes);
        }
        BasePrice::ByDuration { prices } => check_table(prices)?,
        _ => {}
    }
    let any = base.any_price();
    not_negative(any, any, "price")?;
    Ok(any)
}

fn check_table(prices: &[DurationPrice]) -> Result<(), FeesError> {
    let first = prices.first().ok_or(FeesError::NoDurations)?;
    if prices.len() > PRICE_ITEMS_MAX {
        return Err(FeesError::TooManyItems { field: "prices" });
    }
    let mut seen = HashSet::new();
    for entry in prices {
        if entry.minutes == Minutes::ZERO {
            return Err(FeesError::NoMinutes);
        }
        if !seen.insert(entry.minutes) {
            let what = entry.minutes.to_string();
            return Err(FeesError::RepeatedItem { what });
        }
        not_negative(entry.price, first.price, "price")?;
    }
    Ok(())
}

fn check_list<'a>(
    ids: impl ExactSizeIterator<Item = &'a ItemId>,
    field: &'static str,
) -> Result<(), FeesError> {
    if ids.len() > PRICE_ITEMS_MAX {
        return Err(FeesError::TooManyItems { field });
    }
    let mut seen = HashSet::new();
    for id in ids {
        if !seen.insert(id) {
            let what = id.to_string();
            return Err(FeesError::RepeatedItem { what });
        }
    }
    Ok(())
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_zero(minutes: &Minutes) -> bool {
    *minutes == Minutes::ZERO
}

impl TryFrom<PriceTerms> for PricePolicy {
    type Error = FeesError;

    fn try_from(terms: PriceTerms) -> Result<PricePolicy, FeesError> {
        PricePolicy::new(terms)
    }
}

impl From<PricePolicy> for PriceTerms {
    fn from(policy: PricePolicy) -> PriceTerms {
        policy.0
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SurchargeFields {
    id: ItemId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<ItemLabel>,
    when: When,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<Rate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
}

impl TryFrom<SurchargeFields> for Surcharge {
    type Error = FeesError;

    fn try_from(fields: SurchargeFields) -> Result<Surcharge, FeesError> {
        Ok(Surcharge {
            id: fields.id,
            label: fields.label,
            when: fields.when,
            charge: Charge::from_fields(fields.rate, fields.amount)?,
        })
    }
}

impl From<Surcharge> for SurchargeFields {
    fn from(surcharge: Surcharge) -> SurchargeFields {
        let (rate, amount) = surcharge.charge.fields();
        SurchargeFields {
            id: surcharge.id,
            label: surcharge.label,
            when: surcharge.when,
            rate,
            amount,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DiscountFields {
    id: ItemId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<ItemLabel>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<Rate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
}

impl TryFrom<DiscountFields> for Discount {
    type Error = FeesError;

    fn try_from(fields: DiscountFields) -> Result<Discount, FeesError> {
        Ok(Discount {
            id: fields.id,
            label: fields.label,
            charge: Charge::from_fields(fields.rate, fields.amount)?,
        })
    }
}

impl From<Discount> for DiscountFields {
    fn from(discount: Discount) -> DiscountFields {
        let (rate, amount) = discount.charge.fields();
        DiscountFields {
            id: discount.id,
            label: discount.label,
            rate,
            amount,
        }
    }
}
