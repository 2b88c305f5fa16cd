//! A small marketplace, made through the engine's use cases. Each case takes what it needs.

use serde_json::{Value, json};

use super::StoreBuilder;
use super::shop::Shop;

/// Open every day from 8 to 20, UTC.
pub(super) fn hours() -> Value {
    let day = json!([{"from": "08:00", "to": "20:00"}]);
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let weekly: serde_json::Map<String, Value> = days
        .into_iter()
        .map(|name| (name.to_owned(), day.clone()))
        .collect();
    json!({"zone": "UTC", "weekly": weekly})
}

pub(super) fn provider(id: &str) -> Value {
    json!({"id": id, "name": "A provider", "zone": "UTC"})
}

pub(super) fn resource(id: &str, more: Value) -> Value {
    merged(json!({"id": id, "schedule": hours()}), more)
}

/// A service of an hour and 100 euros.
pub(super) fn service(id: &str, more: Value) -> Value {
    let price = json!({"base": {
        "kind": "perBooking", "price": {"amount": "100.00", "currency": "EUR"},
    }});
    let plain = json!({
        "id": id,
        "name": "A service",
        "timing": {"durationMinutes": 60},
        "offer": {"terms": {"price": price}},
    });
    merged(plain, more)
}

/// A service with rules of a booking's life.
pub(super) fn with_rules(rules: Value) -> Value {
    json!({"offer": {"terms": {"rules": rules}}})
}

/// Objects are merged, everything else is replaced.
pub(super) fn merged(mut base: Value, more: Value) -> Value {
    match (&mut base, more) {
        (Value::Object(base), Value::Object(more)) => {
            for (name, value) in more {
                let own = base.remove(&name).unwrap_or(Value::Null);
                base.insert(name, merged(own, value));
            }
        }
        (base, more) => *base = more,
    }
    base
}

impl<'a, B: StoreBuilder> Shop<'a, B> {
    /// Ana cuts hair: `ana`, `cut`.
    pub(super) fn salon(builder: &'a B) -> Shop<'a, B> {
        Shop::salon_with(builder, json!({}))
    }

    /// The same with other fields of the service.
    pub(super) fn salon_with(builder: &'a B, more: Value) -> Shop<'a, B> {
        let shop = Shop::new(builder);
        shop.with_salon("ana", more);
        shop
    }

    /// The salon of a provider, with its own resource.
    pub(super) fn with_salon(&self, name: &str, more: Value) {
        self.put_provider(provider(name));
        self.put_resource(name, resource(name, json!({})));
        self.put_service(name, service("cut", more));
    }

    /// Three boats: `harbour`, `boat`, an hour each, or as long as is asked for.
    pub(super) fn pool(builder: &'a B) -> Shop<'a, B> {
        let shop = Shop::new(builder);
        shop.put_provider(provider("harbour"));
        shop.put_resource("harbour", resource("boats", json!({"capacity": 3})));
        let boat = json!({
            "timing": {"stepMinutes": 60, "durationChoices": [60, 120, 180]},
            "need": [{"anyOf": ["boats"]}],
        });
        shop.put_service("harbour", service("boat", boat));
        shop
    }

    /// A class with five seats in one room: `studio`, `yoga`; and `talk` in the same room.
    pub(super) fn studio(builder: &'a B) -> Shop<'a, B> {
        let shop = Shop::new(builder);
        shop.put_provider(provider("studio"));
        shop.put_resource("studio", resource("hall", json!({})));
        let need = json!([{"anyOf": ["hall"]}]);
        let yoga = json!({"timing": {"seats": 5}, "need": need});
        shop.put_service("studio", service("yoga", yoga));
        shop.put_service("studio", service("talk", json!({"need": need})));
        shop
    }

    /// A doctor out of two with a room out of two, `clinic`, `visit`; `surgery` asks for the room
    /// first.
    pub(super) fn clinic(builder: &'a B) -> Shop<'a, B> {
        let shop = Shop::new(builder);
        shop.put_provider(provider("clinic"));
        for name in ["doctor-1", "doctor-2", "room-1", "room-2"] {
            shop.put_resource("clinic", resource(name, json!({})));
        }
        let doctors = json!({"anyOf": ["doctor-1", "doctor-2"]});
        let rooms = json!({"anyOf": ["room-1", "room-2"]});
        let need = json!({"need": [doctors, rooms]});
        shop.put_service("clinic", service("visit", need));
        let need = json!({"need": [rooms, doctors]});
        shop.put_service("clinic", service("surgery", need));
        let both = json!({"need": [{"anyOf": ["doctor-1"]}, {"anyOf": ["room-1"]}]});
        shop.put_service("clinic", service("check-up", both));
        let both = json!({"need": [{"anyOf": ["room-1"]}, {"anyOf": ["doctor-1"]}]});
        shop.put_service("clinic", service("cleaning", both));
        shop
    }

    /// Paid in advance: `ana`, `cut`.
    pub(super) fn paid(builder: &'a B, rules: Value) -> Shop<'a, B> {
        let rules = merged(json!({"payment": "upFront"}), rules);
        Shop::salon_with(builder, with_rules(rules))
    }
}
