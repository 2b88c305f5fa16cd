//! The small marketplace.

use std::sync::Arc;

use chrono::TimeDelta;
use quando_engine::personal::MasterKeys;
use quando_engine::{Clock, Engine, MemoryStore, Settings, SystemClock, SystemEntropy};
use quando_http::demo::{DemoClock, people, seed};

#[tokio::test]
async fn the_demo_has_a_past_and_a_future() {
    let clock = Arc::new(DemoClock::default());
    let keys = format!("first:{},index:{}", "2b7e".repeat(16), "9c41".repeat(16));
    let settings = Settings {
        clock: Box::new(Arc::clone(&clock)),
        entropy: Box::new(SystemEntropy),
        keys: MasterKeys::parse(&keys).unwrap(),
    };
    let engine = Engine::new(MemoryStore::new(), settings);
    seed(&engine, &clock).await.unwrap();
    let providers = engine.providers(None, 100).await.unwrap();
    assert_eq!(providers.len(), 32);
    let is_plumber = |tag: &quando::search::Tag| tag.as_str() == "plumber";
    let plumbers = providers
        .iter()
        .filter(|each| each.value.categories.iter().any(is_plumber));
    assert_eq!(plumbers.count(), 8);
    let [customer, provider, _] = people();
    let customer = quando::id::CustomerId::new(customer.subject.as_str()).unwrap();
    let bookings = engine
        .customer_bookings(&customer, None, 100)
        .await
        .unwrap();
    let now = engine.now();
    let past = bookings.iter().filter(|each| each.slot.end() < now).count();
    assert!(
        past > 0 && past < bookings.len(),
        "{past} of {}",
        bookings.len()
    );
    let id = quando::id::ProviderId::new(provider.subject.as_str()).unwrap();
    assert!(engine.statistics(&id).await.unwrap().ratings.count() > 0);
    let behind = SystemClock.now() - clock.now();
    assert!(
        behind < TimeDelta::seconds(60),
        "the clock is in the present again"
    );
    // A second run finds everything there.
    seed(&engine, &clock).await.unwrap();
    assert_eq!(engine.providers(None, 100).await.unwrap().len(), 32);
}
