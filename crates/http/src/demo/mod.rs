//! A small marketplace to look at: providers in several cities, bookings that are over, with their
//! reviews, and bookings to come.

mod clock;
mod data;
mod visit;

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;
use quando::booking::Actor;
use quando::id::{ActorId, CustomerId, ProviderId, ServiceId};
use quando::review::{Rating, ReviewText};
use quando_engine::limits::{PAGE_MAX, RELAY_MAX};
use quando_engine::store::Store;
use quando_engine::{
    Act, ActOn, BookingKey, Context, Engine, Error, Expected, NewBooking, SlotsRequest,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::identity::{Identity, Standing};
use data::{CITIES, TRADES, WORDS, main_service};

pub use clock::DemoClock;

/// When the marketplace opened, and when its first bookings were reviewed, in days before today.
const OPENED_DAYS: i64 = 28;
const REVIEWED_DAYS: i64 = 14;
/// How many customers there are.
const CUSTOMERS: usize = 24;

/// A booking that is to be made, and what is said of it.
#[derive(Clone, Copy, Debug)]
struct Plan {
    city: usize,
    trade: usize,
    /// Which of the next slots, and of the customers.
    number: usize,
}

impl Plan {
    /// Between one and three bookings for each provider.
    fn all() -> Vec<Plan> {
        let mut plans = Vec::new();
        for city in 0..CITIES.len() {
            for trade in 0..TRADES.len() {
                let count = 1 + (city + trade) % 3;
                plans.extend((0..count).map(|number| Plan {
                    city,
                    trade,
                    number,
                }));
            }
        }
        plans
    }

    fn provider(self) -> ProviderId {
        id(CITIES[self.city].id(self.trade))
    }

    fn customer(self) -> ActorId {
        let number = (self.city * 7 + self.trade * 3 + self.number * 5) % CUSTOMERS;
        id(format!("customer-{}", number + 1))
    }
}

/// Fills an empty store; one that has providers stays as it is. The clock ends in the present.
///
/// # Errors
///
/// Whatever the store says.
pub async fn seed<S: Store>(engine: &Engine<S>, clock: &DemoClock) -> Result<(), Error> {
    if !engine.providers(None, 1).await?.is_empty() {
        return Ok(());
    }
    clock.set_behind(TimeDelta::days(OPENED_DAYS));
    let pairs =
        (0..CITIES.len()).flat_map(|city| (0..TRADES.len()).map(move |trade| (city, trade)));
    try_join_all(pairs.map(|(city, trade)| open(engine, city, trade))).await?;
    visit::prepare(engine).await?;
    let plans = Plan::all();
    let booked = try_join_all(plans.iter().map(|plan| book(engine, *plan))).await?;
    clock.set_behind(TimeDelta::days(REVIEWED_DAYS));
    // The services that were done complete by themselves.
    while !engine.fire_deadlines(PAGE_MAX).await?.fired.is_empty() {}
    let done = plans.iter().zip(booked);
    try_join_all(done.map(|(plan, key)| review(engine, *plan, key))).await?;
    visit::begin(engine, clock).await?;
    clock.set_behind(TimeDelta::zero());
    let coming = plans.iter().filter(|plan| plan.number == 0);
    try_join_all(coming.map(|plan| book(engine, *plan))).await?;
    while !engine.relay_events(RELAY_MAX).await?.is_empty() {}
    Ok(())
}

/// Somebody of each role, to try things out with: a customer with bookings, a plumber and the staff.
pub fn people() -> [Identity; 3] {
    let plan = Plan {
        city: 0,
        trade: 0,
        number: 0,
    };
    let provider = plan.provider();
    [
        Identity {
            subject: plan.customer(),
            standing: Standing::Customer,
        },
        Identity {
            subject: id(provider.as_str().to_owned()),
            standing: Standing::Provider(provider),
        },
        Identity {
            subject: id("operator".to_owned()),
            standing: Standing::Operator,
        },
    ]
}

async fn open<S: Store>(engine: &Engine<S>, city: usize, trade: usize) -> Result<(), Error> {
    let operator = || Context::new(Actor::Operator);
    let of = &CITIES[city];
    let provider: ProviderId = id(of.id(trade));
    let record = read(of.provider(trade));
    engine
        .put_provider(operator(), record, Expected::New)
        .await?;
    let resource = read(of.resource(trade));
    engine
        .put_resource(operator(), provider.clone(), resource, Expected::Any)
        .await?;
    for service in of.services(trade) {
        engine
            .put_service(operator(), provider.clone(), read(service), Expected::New)
            .await?;
    }
    Ok(())
}

/// Books one of the next slots, on a day of its own.
async fn book<S: Store>(engine: &Engine<S>, plan: Plan) -> Result<BookingKey, Error> {
    let provider = plan.provider();
    let service: ServiceId = id(main_service(plan.trade).to_owned());
    let days = i64::try_from(plan.number).unwrap_or(0) * 3 + 1;
    let from = engine.now() + TimeDelta::days(days);
    let request = SlotsRequest {
        limit: NonZeroU32::new(1),
        ..SlotsRequest::default()
    };
    let slots = engine
        .next_slots(&provider, &service, Some(from), &request)
        .await?;
    let slot = slots.first().ok_or(Error::NotFound { what: "slot" })?;
    let customer = plan.customer();
    let booker = CustomerId::new(customer.as_str()).expect("ids have one form");
    let new = new_booking((provider.clone(), service), booker, slot.start);
    let context = Context::named(Actor::Customer, customer);
    let booked = engine.create_booking(context, new).await?;
    Ok(BookingKey {
        provider,
        booking: booked.value.id,
    })
}

fn new_booking(
    (provider, service): (ProviderId, ServiceId),
    customer: CustomerId,
    start: DateTime<Utc>,
) -> NewBooking {
    NewBooking {
        provider,
        service,
        customer,
        start,
        duration_minutes: None,
        party: None,
        add_ons: Vec::new(),
        discount: None,
        tips: None,
        notes: None,
        resources: None,
        override_reason: None,
        series: None,
    }
}

/// Both sides say how it was, so that everybody sees it.
async fn review<S: Store>(engine: &Engine<S>, plan: Plan, key: BookingKey) -> Result<(), Error> {
    let (stars, words) = WORDS[(plan.city + plan.trade * 2 + plan.number) % WORDS.len()];
    let owner: ActorId = id(plan.provider().as_str().to_owned());
    let sides = [
        (
            Context::named(Actor::Customer, plan.customer()),
            stars,
            words,
        ),
        (Context::named(Actor::Provider, owner), 5, "A pleasure."),
    ];
    for (context, stars, words) in sides {
        let act = Act::Review {
            rating: Rating::new(stars).expect("one to five stars"),
            text: ReviewText::new(words).expect("some words are a text"),
        };
        engine.act(context, key.clone(), ActOn::from(act)).await?;
    }
    Ok(())
}

fn id<T: TryFrom<String>>(text: String) -> T {
    T::try_from(text).unwrap_or_else(|_| panic!("letters and hyphens are an id"))
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("the records of the demo are records")
}
