//! What can be booked, as the engine is told and as the checker reads it. The checker's rules are
//! written anew from the documented promises; it asks no code of the engine what is free.

use quando_hunter::protocol::Ask;
use serde_json::{Value, json};

pub(crate) const MINUTE: i64 = 60;
pub(crate) const DAY: i64 = 86_400;
/// 2026-03-02, midnight in UTC. All hours are read in UTC.
pub(crate) const FIRST_DAY: i64 = 1_772_409_600;
/// A hold and an approval are awaited for so long.
pub(crate) const DEADLINE: i64 = 2 * MINUTE;
/// Most live holds of a customer.
pub(crate) const HOLDS_MAX: usize = 3;

/// What can be booked of a provider.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resource {
    pub(crate) id: &'static str,
    pub(crate) capacity: u32,
    /// Most bookings on a day.
    pub(crate) per_day: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    pub(crate) id: &'static str,
    pub(crate) minutes: i64,
    pub(crate) buffer_after: i64,
    /// Who can take each role.
    pub(crate) needs: &'static [&'static [&'static str]],
    /// More than one makes a class.
    pub(crate) seats: u32,
    pub(crate) approval: bool,
}

const fn resource(id: &'static str, capacity: u32) -> Resource {
    let per_day = None;
    Resource {
        id,
        capacity,
        per_day,
    }
}

const fn service(id: &'static str, needs: &'static [&'static [&'static str]]) -> Service {
    Service {
        id,
        minutes: 60,
        buffer_after: 0,
        needs,
        seats: 1,
        approval: false,
    }
}

pub(crate) const RESOURCES: [Resource; 10] = [
    resource("solo", 1),
    resource("pool-2", 2),
    resource("pool-5", 5),
    resource("room", 1),
    Resource {
        id: "limited",
        capacity: 2,
        per_day: Some(3),
    },
    resource("left", 1),
    resource("right", 1),
    resource("one", 1),
    resource("two", 1),
    resource("three", 1),
];

pub(crate) const SERVICES: [Service; 14] = [
    service("plain", &[&["solo"]]),
    Service {
        buffer_after: 15,
        ..service("buffered", &[&["solo"]])
    },
    Service {
        approval: true,
        ..service("approved", &[&["solo"]])
    },
    Service {
        minutes: 120,
        ..service("long", &[&["solo"]])
    },
    service("couple", &[&["pool-2"]]),
    service("five", &[&["pool-5"]]),
    Service {
        seats: 4,
        ..service("class", &[&["room"]])
    },
    service("private", &[&["room"]]),
    Service {
        minutes: 30,
        ..service("rare", &[&["limited"]])
    },
    service("left-right", &[&["left"], &["right"]]),
    service("right-left", &[&["right"], &["left"]]),
    service("left", &[&["left"]]),
    service("right", &[&["right"]]),
    service("anybody", &[&["one", "two", "three"]]),
];

pub(crate) fn resource_of(id: &str) -> Resource {
    let found = RESOURCES.into_iter().find(|each| each.id == id);
    found.unwrap_or_else(|| panic!("there is no resource `{id}`"))
}

pub(crate) fn service_of(id: &str) -> Service {
    let found = SERVICES.into_iter().find(|each| each.id == id);
    found.unwrap_or_else(|| panic!("there is no service `{id}`"))
}

/// What sets up a provider.
pub(crate) fn setting_up(provider: &str) -> Vec<Ask> {
    let own = json!({"id": provider, "name": provider, "zone": "UTC"});
    let mut asks = vec![json!({"putProvider": own})];
    let resources = RESOURCES.iter();
    asks.extend(resources.map(|each| json!({"putResource": [provider, resource_json(each)]})));
    let services = SERVICES.iter();
    asks.extend(services.map(|each| json!({"putService": [provider, service_json(each)]})));
    asks.into_iter()
        .map(|ask| serde_json::from_value(ask).unwrap())
        .collect()
}

fn resource_json(resource: &Resource) -> Value {
    let day = json!([{"from": "08:00", "to": "22:00"}]);
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let weekly: serde_json::Map<_, _> = days
        .iter()
        .map(|name| ((*name).to_owned(), day.clone()))
        .collect();
    let mut value = json!({
        "id": resource.id,
        "capacity": resource.capacity,
        "schedule": {"zone": "UTC", "weekly": weekly},
    });
    if let Some(most) = resource.per_day {
        value["limits"] = json!([{"per": "day", "maxBookings": most}]);
    }
    value
}

fn service_json(service: &Service) -> Value {
    let need: Vec<Value> = service
        .needs
        .iter()
        .map(|any_of| json!({"anyOf": any_of}))
        .collect();
    json!({
        "id": service.id,
        "name": service.id,
        "timing": {
            "durationMinutes": service.minutes,
            "stepMinutes": 15,
            "bufferAfterMinutes": service.buffer_after,
            "seats": service.seats,
        },
        "need": need,
        "offer": {
            "terms": {
                "price": {"base": {
                    "kind": "perBooking",
                    "price": {"amount": "40.00", "currency": "EUR"},
                }},
                "rules": {
                    "approval": service.approval,
                    "approvalMinutes": DEADLINE / MINUTE,
                    "holdMinutes": DEADLINE / MINUTE,
                },
            },
            "quota": {"holds": HOLDS_MAX, "active": 20},
        },
    })
}
