//! A shop with one provider, for measuring decisions: bookings of half an hour for 100.00.

use chrono::{DateTime, TimeDelta, Utc};
use quando::availability::{Claim, Query, Resource, Service};
use quando::booking::decide::decide;
use quando::booking::{Booking, Command, Snapshot};
use quando::id::{BookingId, ResourceId, ServiceId};
use quando::schedule::{Hours, Schedule, TimeOfDay};
use quando::time::{Interval, Minutes, Window, Zone};

/// When everything begins: a Monday, nine o'clock in New York.
const MONDAY: &str = "2026-03-02T14:00:00Z";

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn question(claims: usize) -> Query {
    let zone = Zone::new("America/New_York").expect("a zone");
    let mut schedule = Schedule::new(zone.clone());
    let time = |text: &str| TimeOfDay::parse(text).expect("a time of day");
    let hours = Hours::new(time("09:00"), time("17:00")).expect("hours");
    for day in [
        &mut schedule.weekly.mon,
        &mut schedule.weekly.tue,
        &mut schedule.weekly.wed,
        &mut schedule.weekly.thu,
        &mut schedule.weekly.fri,
    ] {
        *day = vec![hours];
    }
    let mut ana = Resource::new(ResourceId::new("ana").expect("an id"), schedule);
    let first = instant(MONDAY);
    for number in 0..claims {
        // Every second half hour, over weeks; the first slot of all stays free.
        let hours = TimeDelta::hours(i64::try_from(number).expect("a small number"));
        let start = first + TimeDelta::minutes(60) + hours;
        let span = Interval::new(start, start + TimeDelta::minutes(30)).expect("a span");
        let mut claim = Claim::new(span);
        claim.service = Some(ServiceId::new("cut").expect("an id"));
        claim.booking = Some(BookingId::new(format!("booking-{number}")).expect("an id"));
        ana.claims.push(claim);
    }
    let mut service = Service::new(Minutes::new(30).expect("minutes"));
    service.id = Some(ServiceId::new("cut").expect("an id"));
    service.buffer_after_minutes = Minutes::new(10).expect("minutes");
    let window = Window::parse("2026-03-02T00:00:00Z", "2026-04-01T00:00:00Z").expect("a window");
    let mut query = Query::new(window, first - TimeDelta::days(1), zone, service);
    query.resources.push(ana);
    query
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> T {
    quando::json::parse(text).unwrap_or_else(|error| panic!("{error:?}: {text}"))
}

const OFFER: &str = r#"{"terms": {
    "price": {"base": {"kind": "perBooking", "price": {"amount": "100.00", "currency": "USD"}}},
    "refund": {"tiers": [{"hoursBefore": 24, "refund": "1.00"}]},
    "rules": {"payment": "upFront"}}}"#;

const WANTED: &str = r#"{"booking": "b1", "provider": "p1", "customer": "c1", "service": "cut",
    "start": "2026-03-02T14:00:00Z"}"#;

/// A booking to decide on, with so many claims of others in the snapshot.
pub fn create(claims: usize) -> (Snapshot, Command, DateTime<Utc>) {
    let snapshot = Snapshot {
        question: Some(question(claims)),
        offer: Some(parse(OFFER)),
        ..Snapshot::default()
    };
    let command = format!(
        r#"{{"do": "create", "by": {{"actor": "customer"}}, "codeSeed": "00000001", "wanted": {WANTED}}}"#
    );
    (snapshot, parse(&command), instant("2026-03-01T12:00:00Z"))
}

/// A booking from hold to payout.
#[derive(Debug)]
pub struct Story {
    snapshot: Snapshot,
    /// When, and what.
    pub steps: Vec<(DateTime<Utc>, Command)>,
}

/// The story of a booking that goes well.
pub fn story() -> Story {
    let token = "ab".repeat(32);
    let by = |actor: &str| format!(r#""by": {{"actor": "{actor}"}}"#);
    let (customer, provider, system) = (by("customer"), by("provider"), by("system"));
    let paid = r#""amount": {"amount": "100.00", "currency": "USD"}"#;
    let lines = [
        (
            "2026-03-01T12:00:00Z",
            format!(r#"{{"do": "hold", {customer}, "token": "{token}", "wanted": {WANTED}}}"#),
        ),
        (
            "2026-03-01T12:02:00Z",
            format!(
                r#"{{"do": "create", {customer}, "token": "{token}", "codeSeed": "00000001"}}"#
            ),
        ),
        (
            "2026-03-01T12:03:00Z",
            format!(
                r#"{{"do": "confirmPayment", {system}, "codeSeed": "00000001", "answer": {{"outcome": "authorised", "instruction": "authorise/1/1"}}}}"#
            ),
        ),
        (
            "2026-03-01T12:03:10Z",
            format!(
                r#"{{"do": "confirmPayment", {system}, "codeSeed": "00000001", "answer": {{"outcome": "captured", "instruction": "capture/1/1", {paid}}}}}"#
            ),
        ),
        (
            "2026-03-02T13:55:00Z",
            format!(r#"{{"do": "checkIn", {provider}}}"#),
        ),
        (
            "2026-03-02T14:30:00Z",
            format!(r#"{{"do": "complete", {provider}}}"#),
        ),
        (
            "2026-03-04T14:30:00Z",
            format!(r#"{{"do": "releaseFunds", {system}}}"#),
        ),
        (
            "2026-03-05T09:00:00Z",
            format!(
                r#"{{"do": "confirmPayment", {system}, "codeSeed": "00000001", "answer": {{"outcome": "paidOut", "instruction": "payout/1/1"}}}}"#
            ),
        ),
    ];
    Story {
        snapshot: create(0).0,
        steps: lines
            .iter()
            .map(|(at, text)| (instant(at), parse(text)))
            .collect(),
    }
}

impl Story {
    /// Runs it: each decision, and its booking into the next snapshot.
    pub fn run(&self) -> Booking {
        let last = self.after(self.steps.len());
        last.booking.expect("the story has steps")
    }

    /// What the decision on a step rests on.
    pub fn snapshot_before(&self, step: usize) -> Snapshot {
        self.after(step)
    }

    fn after(&self, steps: usize) -> Snapshot {
        let mut snapshot = self.snapshot.clone();
        for (now, command) in &self.steps[..steps] {
            let decision = decide(&snapshot, command, *now).expect("the story goes well");
            snapshot.booking = Some(decision.booking);
        }
        snapshot
    }
}

/// What a decision to book computes at the least: is the span free of all others, and inside the
/// hours of the day; what it costs, and the fee on it.
#[derive(Debug)]
pub struct Naive {
    claims: Vec<(i64, i64)>,
    open: (i64, i64),
    price: i64,
}

impl Naive {
    /// The same claims as a snapshot has.
    pub fn of(snapshot: &Snapshot) -> Naive {
        let question = snapshot.question.as_ref().expect("a question");
        let claims = question.resources[0].claims.iter();
        Naive {
            claims: claims
                .map(|claim| {
                    let span = claim.interval;
                    (span.start_timestamp(), span.end_timestamp())
                })
                .collect(),
            open: (9 * 3_600, 17 * 3_600),
            price: 10_000,
        }
    }

    /// Price and fee in cents, when the slot is free.
    pub fn create(&self, start: i64) -> Option<(i64, i64)> {
        const OFFSET: i64 = -5 * 3_600;
        const BUFFER: i64 = 600;
        let end = start + 1_800;
        let meets = |(from, to): &(i64, i64)| *from < end + BUFFER && start < *to + BUFFER;
        if self.claims.iter().any(meets) {
            return None;
        }
        let clock = (start + OFFSET).rem_euclid(86_400);
        if clock < self.open.0 || clock + 1_800 > self.open.1 || clock % 1_800 != 0 {
            return None;
        }
        Some((self.price, (self.price * 7 + 50) / 100))
    }
}

/// The story's states and sums, written by hand without anything that the engine promises: no
/// events, no refusals, no terms.
pub fn naive_story() -> (i64, i64) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        Held,
        Pending,
        Confirmed,
        InProgress,
        Completed,
    }
    let price: i64 = std::hint::black_box(10_000);
    let (mut held, mut payable, mut fee, mut paid_out) = (0, 0, 0, 0);
    let mut state = State::Held;
    for step in 0..8 {
        match (std::hint::black_box(step), state) {
            (1, State::Held) => state = State::Pending,
            (2, State::Pending) => state = State::Confirmed,
            (3, State::Confirmed) => held += price,
            (4, State::Confirmed) => state = State::InProgress,
            (5, State::InProgress) => state = State::Completed,
            (6, State::Completed) => {
                fee = (held * 7 + 50) / 100;
                payable = held - fee;
                held = 0;
            }
            (7, State::Completed) => {
                paid_out += payable;
                payable = 0;
            }
            _ => {}
        }
    }
    assert_eq!(held + payable, 0);
    (paid_out, fee)
}
