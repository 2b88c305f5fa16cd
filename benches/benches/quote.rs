//! A quote with everything in it, beside the same arithmetic written by hand for that one price.

use std::hint::black_box;

use chrono::{DateTime, Datelike, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use criterion::{Criterion, criterion_group, criterion_main};
use quando::fees::QuoteQuestion;

/// 80.00 an hour and seat, an add-on, a surcharge on Saturday mornings, a discount, tax on top and
/// a fee of which the customer bears half.
const QUESTION: &str = r#"{
    "price": {
        "base": {"kind": "perHour", "price": {"amount": "80.00", "currency": "USD"}},
        "perSeat": true,
        "addOns": [
            {"id": "oil", "label": "Warm oil", "price": {"amount": "5.00", "currency": "USD"}, "minutes": 10},
            {"id": "tea", "price": {"amount": "2.50", "currency": "USD"}}],
        "surcharges": [
            {"id": "sat", "rate": "0.25", "when": {"weekdays": ["sat"], "hours": {"from": "08:00", "to": "12:00"}}}],
        "discounts": [{"id": "TEN", "rate": "0.10"}],
        "tax": {"rate": "0.08875", "mode": "exclusive"},
        "deposit": {"rate": "0.20"}},
    "fee": {"rate": "0.07", "side": "split", "customerShare": "0.5"},
    "request": {
        "start": "2026-03-07T15:00:00Z", "zone": "America/New_York", "durationMinutes": 50, "party": 2,
        "addOns": ["oil"], "discount": "TEN", "tips": {"amount": "10.00", "currency": "USD"}}}"#;

/// The same in cents, without anything that can be asked for otherwise.
struct ByHand {
    start: DateTime<Utc>,
    zone: Tz,
    minutes: i64,
    party: i64,
    tips: i64,
}

/// A quotient of what is not negative, half up.
fn round(numerator: i64, denominator: i64) -> i64 {
    (2 * numerator + denominator) / (2 * denominator)
}

impl ByHand {
    fn new() -> ByHand {
        ByHand {
            start: "2026-03-07T15:00:00Z".parse().expect("an instant"),
            zone: Tz::America__New_York,
            minutes: 50,
            party: 2,
            tips: 1_000,
        }
    }

    /// The lines, what the provider gets and what is due now.
    fn run(&self) -> (Vec<(&'static str, i64)>, i64, i64) {
        let base = round(8_000 * self.minutes * self.party, 60);
        let mut lines = vec![("base", base), ("oil", 500)];
        let local = self.start.with_timezone(&self.zone);
        let subtotal = base + 500;
        let mut net = subtotal;
        if local.weekday() == Weekday::Sat && (8..12).contains(&local.hour()) {
            let surcharge = round(subtotal * 25, 100);
            lines.push(("sat", surcharge));
            net += surcharge;
        }
        let discount = round(net * 10, 100);
        lines.push(("TEN", -discount));
        net -= discount;
        let tax = round(net * 8_875, 100_000);
        lines.push(("tax", tax));
        lines.push(("tips", self.tips));
        let fee = round(net * 7, 100).min(net);
        let customer = round(fee, 2);
        lines.push(("fee", customer));
        let total = net + tax + self.tips + customer;
        (lines, total - fee, round(total * 20, 100))
    }
}

fn quote(criterion: &mut Criterion) {
    let question: QuoteQuestion = quando::json::parse(QUESTION).expect("a valid question");
    let by_hand = ByHand::new();
    let quote = question.quote().expect("a valid question");
    let amounts = quote.lines().iter().map(|line| line.amount.minor());
    let (lines, provider_gets, due_now) = by_hand.run();
    assert!(
        amounts.eq(lines.iter().map(|line| line.1)),
        "the yardstick does the same work: {quote:?} {lines:?}"
    );
    assert_eq!(quote.provider_gets().minor(), provider_gets);
    assert_eq!(quote.due_now().minor(), due_now);

    let mut group = criterion.benchmark_group("quote: seven lines");
    group.bench_function("by hand", |bencher| {
        bencher.iter(|| black_box(&by_hand).run())
    });
    group.bench_function("quando", |bencher| {
        bencher.iter(|| black_box(&question).quote().expect("a valid question"));
    });
    group.finish();
}

criterion_group!(benches, quote);
criterion_main!(benches);
