//! What the first steps of the guide go by: a plumber who comes at any hour, is paid when booked and
//! agrees to each visit; and a visit that is going on.

use chrono::TimeDelta;
use quando::booking::Actor;
use quando::id::{ActorId, CustomerId, ProviderId, ServiceId};
use quando_engine::gateway::{ManualGateway, Outcome};
use quando_engine::limits::PAGE_MAX;
use quando_engine::store::Store;
use quando_engine::{Act, ActOn, BookingKey, Context, Engine, Error, Expected, SlotsRequest};
use serde_json::json;

use super::{DemoClock, id, new_booking, people, read};

const SERVICE: &str = "visit";
/// Slots begin every half hour: the next one has begun before the clock is in the present.
const BEGUN_MINUTES: i64 = 31;

/// Adds the service, and hours around the clock.
pub(super) async fn prepare<S: Store>(engine: &Engine<S>) -> Result<(), Error> {
    let operator = || Context::new(Actor::Operator);
    let (_, plumber) = parties();
    let day = json!([{"from": "00:00", "to": "24:00"}]);
    let resource = json!({
        "id": plumber.as_str(),
        "schedule": {"zone": "Europe/Berlin", "weekly": {
            "mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": day, "sun": day,
        }},
    });
    engine
        .put_resource(operator(), plumber.clone(), read(resource), Expected::Any)
        .await?;
    let service = json!({
        "id": SERVICE,
        "name": "Visit at any hour",
        "timing": {"durationMinutes": 60, "stepMinutes": 30},
        "offer": {"terms": {
            "price": {"base": {
                "kind": "perBooking", "price": {"amount": "120.00", "currency": "EUR"}}},
            "rules": {"payment": "upFront", "approval": true},
        }},
    });
    engine
        .put_service(operator(), plumber, read(service), Expected::New)
        .await?;
    Ok(())
}

/// Books the next visit, which has begun when the clock is in the present again.
pub(super) async fn begin<S: Store>(engine: &Engine<S>, clock: &DemoClock) -> Result<(), Error> {
    clock.set_behind(TimeDelta::minutes(BEGUN_MINUTES));
    let (customer, plumber) = parties();
    let service: ServiceId = id(SERVICE.to_owned());
    let slots = engine
        .next_slots(&plumber, &service, None, &SlotsRequest::default())
        .await?;
    let slot = slots.first().ok_or(Error::NotFound { what: "slot" })?;
    let booker = CustomerId::new(customer.as_str()).expect("ids have one form");
    let new = new_booking((plumber.clone(), service), booker, slot.start);
    let context = Context::named(Actor::Customer, customer);
    let booked = engine.create_booking(context, new).await?;
    let key = BookingKey {
        provider: plumber,
        booking: booked.value.id,
    };
    pay(engine, &key).await?;
    let yes = ActOn::from(Act::Approve);
    engine
        .act(Context::new(Actor::Operator), key.clone(), yes)
        .await?;
    pay(engine, &key).await
}

/// Says of all that is asked for that it is done.
async fn pay<S: Store>(engine: &Engine<S>, key: &BookingKey) -> Result<(), Error> {
    for (of, asked) in engine.open_instructions(PAGE_MAX).await? {
        if of == *key {
            let answer = ManualGateway.answer(&asked, Outcome::Done);
            engine.answer_instruction(of, answer).await?;
        }
    }
    Ok(())
}

/// The customer and the plumber of the demo.
fn parties() -> (ActorId, ProviderId) {
    let [customer, plumber, _] = people();
    (customer.subject, id(plumber.subject.as_str().to_owned()))
}
