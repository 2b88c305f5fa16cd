//! Providers do not see each other.

use quando::booking::Actor;
use serde_json::json;

use super::StoreBuilder;
use super::fixture::{provider, resource, service};
use super::shop::{Shop, at, coded, customer, id, key_of, keyed, operator, wanted};
use crate::store::Store;
use crate::{Act, ActOn, Engine, Expected};

/// A step of a provider's history, by number; whatever it comes to.
fn step<B: StoreBuilder>(
    shop: &Shop<'_, B>,
    (engine, name): (&Engine<B::Store>, &str),
    number: u32,
) -> String {
    let hour = 8 + number % 5;
    let new = || wanted(name, "cut", "c1", at(&format!("{hour:02}:00")));
    let key = format!("k{}", number % 7);
    match number % 4 {
        0 => format!(
            "{:?}",
            coded(shop.run(engine.create_booking(keyed(customer("c1"), &key), new())))
        ),
        1 => format!(
            "{:?}",
            coded(shop.run(engine.hold_slot(customer("c1"), new())))
        ),
        2 => {
            let longer = json!({"timing": {"durationMinutes": 30 + number}});
            let record = serde_json::from_value(service("cut", longer)).unwrap();
            let put = engine.put_service(operator(), id(name), record, Expected::Any);
            format!("{:?}", coded(shop.run(put)))
        }
        _ => {
            let all = shop.run(engine.bookings(&id(name), None, None, 1)).unwrap();
            let Some(last) = all.first() else {
                return String::new();
            };
            let act = Act::Cancel {
                reason: None,
                token: None,
            };
            let act = engine.act(
                crate::Context::new(Actor::Operator),
                key_of(last),
                ActOn::from(act),
            );
            format!("{:?}", coded(shop.run(act)))
        }
    }
}

fn prepare<B: StoreBuilder>(shop: &Shop<'_, B>, engine: &Engine<B::Store>, name: &str) {
    let record = serde_json::from_value(provider(name)).unwrap();
    shop.run(engine.put_provider(operator(), record, Expected::New))
        .unwrap();
    let record = serde_json::from_value(resource(name, json!({}))).unwrap();
    shop.run(engine.put_resource(operator(), id(name), record, Expected::Any))
        .unwrap();
    let record = serde_json::from_value(service("cut", json!({}))).unwrap();
    shop.run(engine.put_service(operator(), id(name), record, Expected::New))
        .unwrap();
}

/// The history of one alone, and with that of another in between, which has the same ids, the same
/// customers and the same keys: the one's data and answers are the same.
pub(super) fn providers_do_not_see_each_other<B: StoreBuilder>(builder: &B) {
    const STEPS: u32 = 24;
    let alone = Shop::new(builder);
    let own = alone.another_engine(100);
    prepare(&alone, &own, "ana");
    let answers: Vec<String> = (0..STEPS)
        .map(|number| step(&alone, (&own, "ana"), number))
        .collect();
    alone.relay(100);

    let both = Shop::new(builder);
    let (own, other) = (both.another_engine(100), both.another_engine(200));
    prepare(&both, &other, "ben");
    prepare(&both, &own, "ana");
    for (number, answer) in (0..STEPS).zip(&answers) {
        step(&both, (&other, "ben"), number * 3 + 1);
        assert_eq!(&step(&both, (&own, "ana"), number), answer, "step {number}");
        step(&both, (&other, "ben"), number);
        let _ = both.run(both.built.store.relay(2, super::outbox::project));
    }
    both.relay(100);
    both.dump_of("ana").expect_equal(&alone.dump_of("ana"));
    assert!(
        both.dump_of("ben")
            .difference(&alone.dump_of("ben"))
            .is_some()
    );
}
