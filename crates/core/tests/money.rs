//! Laws of money: what holds for every amount, policy and sequence of refunds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use quando::fees::{
    AddOn, BasePrice, CancellationCase, CancellationKind, CancelledBy, Charge, Discount, Fee,
    FeeBase, FeePolicy, FeeSide, FeeTerms, FeesError, ItemId, LineKind, PricePolicy, PriceTerms,
    Quote, QuoteQuestion, QuoteRequest, RefundAccount, RefundPolicy, RefundQuestion, RefundTerms,
    RefundTier, RefundTiers, Reschedule, Surcharge, Tax, TaxMode, When, cancellation, fee_on,
    quote,
};
use quando::limits::MONEY_MINOR_MAX;
use quando::money::{Currency, Money, MoneyError, Rate, Rounding, Share, split};
use quando::time::{Minutes, Zone, parse_instant};
use serde_json::json;

const ROUNDINGS: [Rounding; 2] = [Rounding::HalfAwayFromZero, Rounding::HalfEven];

fn dollar() -> Currency {
    Currency::new("USD").unwrap()
}

fn cents(minor: i64) -> Money {
    Money::new(minor, dollar()).unwrap()
}

fn rate(text: &str) -> Rate {
    Rate::parse(text).unwrap()
}

/// A rate of so many millionths.
fn millionths(count: u32) -> Rate {
    rate(&format!("{}.{:06}", count / 1_000_000, count % 1_000_000))
}

fn share(count: u32) -> Share {
    Share::new(millionths(count)).unwrap()
}

/// Policies at the edges: nothing, everything, more than everything, every bound and side.
fn policies() -> Vec<FeePolicy> {
    let mut policies = Vec::new();
    for rounding in ROUNDINGS {
        for (percent, fixed, minimum, maximum) in [
            ("0.07", None, None, None),
            ("0", Some(30), None, None),
            ("0.029", Some(30), None, None),
            ("0.05", None, Some(50), None),
            ("0.5", None, None, Some(1_000)),
            ("0.333333333333", Some(1), Some(7), Some(5_000)),
            ("1", None, None, None),
            ("2.5", Some(100), Some(100), None),
        ] {
            for (side, customer_share) in [
                (FeeSide::Provider, None),
                (FeeSide::Customer, None),
                (FeeSide::Split, Some(share(500_000))),
                (FeeSide::Split, Some(share(333_333))),
            ] {
                let terms = FeeTerms {
                    rate: rate(percent),
                    fixed: fixed.map(cents),
                    minimum: minimum.map(cents),
                    maximum: maximum.map(cents),
                    rounding,
                    side,
                    customer_share,
                    fee_base: FeeBase::Net,
                };
                policies.push(FeePolicy::new(terms).unwrap());
            }
        }
    }
    policies
}

/// Twice the distance between a whole number and a fraction, times the fraction's denominator.
fn twice_off(whole: Money, numerator: i128, denominator: i128) -> i128 {
    2 * (i128::from(whole.minor()) * denominator - numerator).abs()
}

fn fraction(rate: Rate) -> (i128, i128) {
    let decimal = rate.decimal();
    (decimal.mantissa(), 10_i128.pow(decimal.scale()))
}

/// What every fee on `net` keeps to.
fn check_fee(policy: &FeePolicy, net: Money, fee: Fee) {
    let terms = policy.terms();
    let name = || format!("{net} {terms:?}");
    assert_eq!(
        fee.customer.minor() + fee.provider.minor(),
        fee.total.minor(),
        "{}",
        name()
    );
    assert!(
        !fee.customer.is_negative() && !fee.provider.is_negative(),
        "{}",
        name()
    );
    assert!(fee.total.minor() <= net.minor(), "{}", name());
    assert!(!net.is_zero() || fee.total.is_zero(), "{}", name());
    // Within half a minor unit of the exact fee, bounded: all bounds are whole.
    let (numerator, denominator) = fraction(terms.rate);
    let amount = |money: Option<Money>, otherwise: i128| {
        money.map_or(otherwise, |money| i128::from(money.minor()) * denominator)
    };
    let exact = (i128::from(net.minor()) * numerator + amount(terms.fixed, 0))
        .max(amount(terms.minimum, 0))
        .min(amount(terms.maximum, i128::MAX))
        .min(i128::from(net.minor()) * denominator);
    assert!(
        twice_off(fee.total, exact, denominator) <= denominator,
        "{}",
        name()
    );
    if let Some(share) = terms.customer_share {
        let (numerator, denominator) = fraction(share.rate());
        let exact = i128::from(fee.total.minor()) * numerator;
        assert!(
            twice_off(fee.customer, exact, denominator) <= denominator,
            "{}",
            name()
        );
    }
}

#[test]
fn the_parts_of_a_fee_sum_to_it_for_every_small_amount_and_it_grows_with_the_price() {
    for policy in policies() {
        let mut before = Money::zero(dollar());
        for minor in 0..=20_000 {
            let net = cents(minor);
            let fee = policy.fee(net, Money::zero(dollar())).unwrap();
            check_fee(&policy, net, fee);
            assert!(before.minor() <= fee.total.minor(), "{net} {policy:?}");
            before = fee.total;
        }
    }
}

#[test]
fn every_currency_prints_what_it_reads_and_reads_what_it_prints() {
    let mut digits = [0; 5];
    for first in b'A'..=b'Z' {
        for second in b'A'..=b'Z' {
            for third in b'A'..=b'Z' {
                let code = String::from_utf8(vec![first, second, third]).unwrap();
                match Currency::new(&code) {
                    Ok(currency) => {
                        assert_eq!(currency.code(), code);
                        digits[usize::try_from(currency.digits()).unwrap()] += 1;
                        check_round_trips(currency);
                    }
                    Err(error) => assert!(
                        matches!(
                            error,
                            MoneyError::UnknownCurrency { .. } | MoneyError::NoMinorUnit { .. }
                        ),
                        "{code}: {error}"
                    ),
                }
            }
        }
    }
    // ISO 4217 has a good 150 currencies, most of them with two digits, seven with three; two
    // units of account have four.
    assert!(digits.iter().sum::<i32>() > 150, "{digits:?}");
    assert!(
        digits[0] >= 15 && digits[1] == 0 && digits[2] > 130,
        "{digits:?}"
    );
    assert_eq!(digits[3..], [7, 2]);
}

fn check_round_trips(currency: Currency) {
    for minor in [
        0,
        1,
        -1,
        9,
        10,
        99,
        100,
        999,
        1_000,
        12_345_678,
        -12_345_678,
        MONEY_MINOR_MAX,
    ] {
        let amount = Money::new(minor, currency).unwrap();
        let text = amount.amount_text();
        let after_point = text
            .split_once('.')
            .map_or(0, |(_, fraction)| fraction.len());
        assert_eq!(
            after_point,
            usize::try_from(currency.digits()).unwrap(),
            "{amount}"
        );
        assert_eq!(Money::parse(&text, currency).unwrap(), amount);
        let json = serde_json::to_string(&amount).unwrap();
        assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), amount);
    }
}

fn any_rounding() -> impl Strategy<Value = Rounding> {
    prop::sample::select(&ROUNDINGS[..])
}

/// Amounts of all sizes alike, from nothing to the largest.
fn any_minor() -> impl Strategy<Value = i64> {
    (0_u32..=16, 0..=MONEY_MINOR_MAX).prop_map(|(size, minor)| minor / 10_i64.pow(16 - size))
}

fn any_policy() -> impl Strategy<Value = FeePolicy> {
    let amount = || prop::option::of(0..100_000_i64);
    let bounds = (amount(), amount(), amount());
    let side = prop::sample::select(vec![FeeSide::Provider, FeeSide::Customer, FeeSide::Split]);
    (
        0..2_000_000_u32,
        bounds,
        side,
        0..=1_000_000_u32,
        any_rounding(),
    )
        .prop_map(|(count, (fixed, one, other), side, customer, rounding)| {
            let bound = |pick: fn(i64, i64) -> i64| match (one, other) {
                (Some(one), Some(other)) => Some(pick(one, other)),
                _ => None,
            };
            let terms = FeeTerms {
                rate: millionths(count),
                fixed: fixed.map(cents),
                minimum: bound(i64::min).map(cents),
                maximum: bound(i64::max).map(cents),
                rounding,
                side,
                customer_share: (side == FeeSide::Split).then(|| share(customer)),
                fee_base: FeeBase::Net,
            };
            FeePolicy::new(terms).unwrap()
        })
}

fn any_tiers() -> impl Strategy<Value = RefundTiers> {
    let steps = prop::collection::vec((1_u32..50, 0_u32..300_000), 0..6);
    steps.prop_map(|steps| {
        let (mut hours, mut left) = (400, 1_000_000);
        let tiers = steps.into_iter().map(|(later, less)| {
            hours -= later;
            left -= less.min(left);
            RefundTier {
                hours_before: hours,
                refund: share(left),
            }
        });
        RefundTiers::new(tiers.collect()).unwrap()
    })
}

fn start() -> DateTime<Utc> {
    parse_instant("2026-03-20T10:00:00Z").unwrap()
}

/// So many minutes before the start, after it when negative.
fn before_start(minutes: i64) -> DateTime<Utc> {
    start() - TimeDelta::minutes(minutes)
}

fn any_charge() -> impl Strategy<Value = Option<Charge>> {
    prop_oneof![
        Just(None),
        (0..=1_000_000_u32).prop_map(|count| Some(Charge::Rate(millionths(count)))),
        (0..10_000_i64).prop_map(|minor| Some(Charge::Amount(cents(minor)))),
    ]
}

fn any_reschedules() -> impl Strategy<Value = Vec<Reschedule>> {
    let by = prop::sample::select(vec![CancelledBy::Customer, CancelledBy::Provider]);
    let one = (-1_000..30_000_i64, by).prop_map(|(minutes, by)| Reschedule {
        at: before_start(minutes),
        start: start(),
        by,
    });
    prop::collection::vec(one, 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_parts_of_a_fee_sum_to_it(policy in any_policy(), minor in any_minor()) {
        let net = cents(minor);
        check_fee(&policy, net, policy.fee(net, Money::zero(dollar())).unwrap());
    }

    #[test]
    fn a_fee_grows_with_the_price(policy in any_policy(), one in any_minor(), more in 0..1_000_i64) {
        let fee = |minor| policy.fee(cents(minor), Money::zero(dollar())).unwrap().total.minor();
        let other = (one + more).min(MONEY_MINOR_MAX);
        prop_assert!(fee(one) <= fee(other));
    }

    #[test]
    fn the_parts_of_a_split_sum_to_it_and_are_near_their_shares(
        minor in any_minor(), is_negative: bool, weights in prop::collection::vec(0..1_000_u64, 1..20),
    ) {
        let whole = cents(if is_negative { -minor } else { minor });
        let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        prop_assume!(total > 0);
        let parts = split(whole, &weights).unwrap();
        prop_assert_eq!(parts.iter().map(|part| part.minor()).sum::<i64>(), whole.minor());
        for (part, weight) in parts.iter().zip(&weights) {
            let exact = i128::from(whole.minor()) * i128::from(*weight);
            let off = (i128::from(part.minor()) * total - exact).abs();
            prop_assert!(off < total, "{part:?} of {whole:?} by {weight}/{total}");
        }
        prop_assert_eq!(split(whole, &weights).unwrap(), parts);
    }

    #[test]
    fn cancelling_later_never_refunds_more(
        tiers in any_tiers(), fee in any_charge(), reschedules in any_reschedules(),
        captured in any_minor(), minutes in -2_000..30_000_i64, later in 0..5_000_i64,
    ) {
        let terms = RefundTerms { tiers, cancellation_fee: fee, ..RefundTerms::default() };
        let policy = RefundPolicy::new(terms).unwrap();
        let refund = |minutes: i64, reschedules: &[Reschedule]| {
            let case = CancellationCase {
                captured: cents(captured),
                fee: cents(captured / 10),
                start: start(),
                at: before_start(minutes),
                by: CancelledBy::Customer,
                kind: CancellationKind::Cancellation,
                reschedules: reschedules.to_vec(),
            };
            cancellation(&policy, &case).unwrap().refund.minor()
        };
        prop_assert!(refund(minutes - later, &reschedules) <= refund(minutes, &reschedules));
        // Moving a booking never makes more of it either.
        prop_assert!(refund(minutes, &reschedules) <= refund(minutes, &[]));
    }

    #[test]
    fn what_a_cancellation_gives_back_and_keeps_is_what_was_captured(
        tiers in any_tiers(), charges in (any_charge(), any_charge()), rounding in any_rounding(),
        captured in any_minor(), of_fee in 0..=1_000_000_u32, minutes in -2_000..30_000_i64,
        kind in prop::sample::select(vec![CancellationKind::Cancellation, CancellationKind::NoShow]),
        by in prop::sample::select(vec![
            CancelledBy::Customer, CancelledBy::Provider, CancelledBy::Operator, CancelledBy::System]),
    ) {
        let (cancellation_fee, no_show_fee) = charges;
        let policy = RefundPolicy::new(RefundTerms { tiers, cancellation_fee, no_show_fee, rounding });
        let captured = cents(captured);
        let fee = captured.times(millionths(of_fee), rounding).unwrap();
        let (at, reschedules) = (before_start(minutes), Vec::new());
        let case = CancellationCase { captured, fee, start: start(), at, by, kind, reschedules };
        let preview = cancellation(&policy.unwrap(), &case).unwrap();
        let [refund, kept, reversed, from_provider, fee_kept] =
            [preview.refund, preview.kept, preview.fee_reversed, preview.from_provider, preview.fee_kept];
        prop_assert_eq!(refund.minor() + kept.minor(), captured.minor());
        prop_assert_eq!(reversed.minor() + from_provider.minor(), refund.minor());
        prop_assert_eq!(reversed.minor() + fee_kept.minor(), fee.minor());
        for part in [refund, kept, reversed, from_provider, fee_kept, preview.charge] {
            prop_assert!(!part.is_negative(), "{preview:?}");
        }
        prop_assert!(fee_kept.minor() <= kept.minor(), "{preview:?}");
        if by != CancelledBy::Customer {
            prop_assert_eq!(refund, captured);
        }
    }

    #[test]
    fn refunds_never_give_back_more_than_there_is_and_end_with_all_of_it(
        captured in any_minor(), of_fee in 0..=1_000_000_u32, rounding in any_rounding(),
        parts in prop::collection::vec(1..=1_000_000_u32, 0..12),
    ) {
        let captured = cents(captured);
        let fee = captured.times(millionths(of_fee), rounding).unwrap();
        let mut account = RefundAccount::new(captured, fee, rounding).unwrap();
        let (mut refunded, mut reversed) = (0, 0);
        for part in parts {
            let amount = captured.times(millionths(part), Rounding::HalfEven).unwrap();
            let left = captured.minor() - refunded;
            match account.refund(amount) {
                Ok(leg) => {
                    prop_assert!(0 < amount.minor() && amount.minor() <= left);
                    prop_assert!(!leg.fee_reversed.is_negative() && !leg.from_provider.is_negative());
                    prop_assert_eq!(leg.fee_reversed.minor() + leg.from_provider.minor(), amount.minor());
                    refunded += amount.minor();
                    reversed += leg.fee_reversed.minor();
                }
                Err(_) => prop_assert!(amount.minor() <= 0 || amount.minor() > left),
            }
            prop_assert!(refunded <= captured.minor() && reversed <= fee.minor());
            prop_assert_eq!(account.kept().minor(), captured.minor() - refunded);
            prop_assert_eq!(account.fee_kept().minor(), fee.minor() - reversed);
        }
        if !account.kept().is_zero() {
            account.refund(account.kept()).unwrap();
        }
        prop_assert_eq!((account.kept().minor(), account.fee_kept().minor()), (0, 0));
    }

    #[test]
    fn a_deposit_and_the_balance_bear_the_whole_fee_between_them(
        total in any_minor(), of_fee in 0..=1_000_000_u32, of_total in 0..=1_000_000_u32,
        rounding in any_rounding(),
    ) {
        let total = cents(total);
        let part = |count| total.times(millionths(count), rounding).unwrap();
        let (fee, deposit) = (part(of_fee), part(of_total));
        let on_deposit = fee_on(fee, deposit, total, rounding).unwrap();
        prop_assert!(!on_deposit.is_negative() && on_deposit.minor() <= fee.minor());
        prop_assert!(on_deposit.minor() <= deposit.minor());
        prop_assert_eq!(fee_on(fee, total, total, rounding).unwrap(), fee);
    }

    #[test]
    fn the_lines_of_a_quote_sum_to_its_total(policy in any_policy(), price in any_price(), request in any_request()) {
        match quote(&price, &policy, &request) {
            Ok(quote) => check_quote(&price, &request, &quote),
            Err(error) => prop_assert_eq!(error, FeesError::Money(MoneyError::AmountOutOfRange)),
        }
    }
}

fn id(text: &str) -> ItemId {
    ItemId::new(text).unwrap()
}

/// A rate in millionths, or an amount in cents.
fn charge((count, is_rate, minor): (u32, bool, i64)) -> Charge {
    if is_rate {
        Charge::Rate(millionths(count))
    } else {
        Charge::Amount(cents(minor))
    }
}

fn any_base() -> impl Strategy<Value = BasePrice> {
    (0..3, any_minor(), 1_u32..600).prop_map(|(kind, minor, minutes)| {
        let price = cents(minor);
        let minutes = Minutes::new(minutes).unwrap();
        match kind {
            0 => BasePrice::PerBooking { price },
            1 => BasePrice::PerHour { price },
            _ => BasePrice::PerMinutes { minutes, price },
        }
    })
}

fn any_add_on() -> impl Strategy<Value = AddOn> {
    (0..50_000_i64, 0_u32..60, any::<bool>()).prop_map(|(minor, minutes, per_seat)| AddOn {
        id: id("oil"),
        label: None,
        price: cents(minor),
        minutes: Minutes::new(minutes).unwrap(),
        per_seat,
    })
}

fn any_tax() -> impl Strategy<Value = Option<Tax>> {
    let mode = prop::sample::select(vec![TaxMode::Inclusive, TaxMode::Exclusive]);
    let tax = (0..500_000_u32, mode);
    prop::option::of(tax.prop_map(|(count, mode)| Tax {
        rate: millionths(count),
        mode,
    }))
}

/// A surcharge on Fridays and the discount `off`.
fn any_price() -> impl Strategy<Value = PricePolicy> {
    let surcharge = (0..1_500_000_u32, any::<bool>(), 0..20_000_i64);
    let discount = (0..=1_000_000_u32, any::<bool>(), 0..20_000_i64);
    let rest = (any_tax(), any_charge(), any_rounding(), any::<bool>());
    (any_base(), any_add_on(), surcharge, discount, rest).prop_map(
        |(base, add_on, surcharge, discount, (tax, deposit, rounding, per_seat))| {
            let when = When {
                weekdays: vec![chrono::Weekday::Fri],
                ..When::default()
            };
            let surcharge = Surcharge {
                id: id("friday"),
                label: None,
                when,
                charge: charge(surcharge),
            };
            let discount = Discount {
                id: id("off"),
                label: None,
                charge: charge(discount),
            };
            let terms = PriceTerms {
                base,
                per_seat,
                add_ons: vec![add_on],
                surcharges: vec![surcharge],
                discounts: vec![discount],
                tax,
                deposit,
                rounding,
            };
            PricePolicy::new(terms).unwrap()
        },
    )
}

fn any_request() -> impl Strategy<Value = QuoteRequest> {
    let extras = (any::<bool>(), any::<bool>(), prop::option::of(0..5_000_i64));
    (0..14_i64, 1_u32..600, 1_u32..10, extras).prop_map(|(days, minutes, party, extras)| {
        let (with_add_on, with_discount, tips) = extras;
        let start = start() + TimeDelta::days(days);
        let mut request = QuoteRequest::new(start, Zone::utc(), Minutes::new(minutes).unwrap());
        request.party = party;
        request.add_ons.extend(with_add_on.then(|| id("oil")));
        request.discount = with_discount.then(|| id("off"));
        request.tips = tips.map(cents);
        request
    })
}

/// What every quote keeps to, whatever its policy.
fn check_quote(price: &PricePolicy, request: &QuoteRequest, quote: &Quote) {
    let name = || format!("{price:?} {request:?} {quote:?}");
    let sum = |kinds: &[LineKind]| -> i64 {
        let lines = quote
            .lines()
            .iter()
            .filter(|line| kinds.contains(&line.kind));
        lines.map(|line| line.amount.minor()).sum()
    };
    let all: i64 = quote.lines().iter().map(|line| line.amount.minor()).sum();
    assert_eq!(all, quote.total().minor(), "{}", name());
    let after_discount = sum(&[
        LineKind::Base,
        LineKind::AddOn,
        LineKind::Surcharge,
        LineKind::Discount,
    ]);
    assert!(after_discount >= 0, "{}", name());
    let is_inclusive = price
        .terms()
        .tax
        .is_some_and(|tax| tax.mode == TaxMode::Inclusive);
    let gross = quote.net().minor() + quote.tax().minor();
    let shown = if is_inclusive {
        gross
    } else {
        quote.net().minor()
    };
    assert_eq!(shown, after_discount, "{}", name());
    let fee = quote.fee();
    assert_eq!(
        quote.total().minor(),
        gross + quote.tips().minor() + fee.customer.minor(),
        "{}",
        name()
    );
    assert_eq!(
        quote.provider_gets().minor() + fee.total.minor(),
        quote.total().minor(),
        "{}",
        name()
    );
    // The tax is its rate of the net amount, to the minor unit.
    if let Some(tax) = price.terms().tax {
        let (numerator, denominator) = fraction(tax.rate);
        let exact = i128::from(quote.net().minor()) * numerator;
        assert!(
            twice_off(quote.tax(), exact, denominator) <= 2 * denominator,
            "{}",
            name()
        );
    }
    let json = serde_json::to_string(quote).unwrap();
    assert_eq!(serde_json::from_str::<Quote>(&json).unwrap(), *quote);
}

#[test]
fn the_examples_of_the_documents_are_answered_as_they_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/money.md");
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```json\n").skip(1);
    let examples: Vec<&str> = blocks
        .map(|rest| rest.split_once("```").unwrap().0)
        .collect();
    let &[question, answer, tiers, case, preview, refunds, legs] = examples.as_slice() else {
        panic!("docs/money.md has {} examples", examples.len());
    };
    let same = |found: serde_json::Value, documented: &str| {
        let documented: serde_json::Value = serde_json::from_str(documented).unwrap();
        assert_eq!(found, documented);
    };
    let question: QuoteQuestion = serde_json::from_str(question).unwrap();
    same(json!(question.quote().unwrap()), answer);
    let read: RefundTiers = serde_json::from_str(tiers).unwrap();
    same(json!(read), tiers);
    for (question, answer) in [(case, preview), (refunds, legs)] {
        let question: RefundQuestion = serde_json::from_str(question).unwrap();
        same(json!(question.answer().unwrap()), answer);
    }
}
