use std::future::Future;
use std::sync::{Arc, Mutex};

use quando::booking::Status;
use quando::id::BookingId;
use quando::search::SearchQuery;
use serde_json::json;

use super::*;
use crate::MemoryStore;
use crate::store::{FeedEntry, Item, List, Projection, StoreError, TransactError, Written};
use crate::use_case::fixture::{World, customer_id, now, operator, provider_id};

/// A store before whose next write somebody else does something, once.
struct Interrupted {
    store: Arc<MemoryStore>,
    meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Store for Interrupted {
    fn read(&self, scope: Scope) -> impl Future<Output = Result<Snapshot, StoreError>> + Send {
        self.store.read(scope)
    }

    fn transact<D>(
        &self,
        request: WriteRequest,
        decide: D,
    ) -> impl Future<Output = Result<Written, TransactError>> + Send
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal> + Send + 'static,
    {
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(meanwhile) = meanwhile {
            meanwhile();
        }
        self.store.transact(request, decide)
    }

    fn list(&self, list: List) -> impl Future<Output = Result<Vec<Item>, StoreError>> + Send {
        self.store.list(list)
    }

    fn relay<P>(
        &self,
        limit: u32,
        project: P,
    ) -> impl Future<Output = Result<Vec<FeedEntry>, StoreError>> + Send
    where
        P: FnMut(&[FeedEntry]) -> Vec<Projection> + Send + 'static,
    {
        self.store.relay(limit, project)
    }
}

/// An engine before whose next write somebody books Ana.
fn booked_meanwhile(world: &World) -> Engine<Interrupted> {
    let other = world.engine.clone();
    let book = move || {
        let wish = World::wish("c1", "2026-03-02T09:00:00Z");
        now(other.create_booking(Context::new(Actor::Customer), wish)).unwrap();
    };
    Engine {
        store: Arc::new(Interrupted {
            store: Arc::clone(&world.engine.store),
            meanwhile: Mutex::new(Some(Box::new(book))),
        }),
        shared: Arc::clone(&world.engine.shared),
    }
}

#[test]
fn a_service_that_is_booked_after_its_bookings_were_counted_is_not_deleted() {
    let world = World::with_ana(&json!({}));
    let engine = booked_meanwhile(&world);
    let cut: ServiceId = "cut".to_owned().try_into().unwrap();
    let which = (provider_id("ana"), cut.clone());
    let deleted = now(engine.delete_service(operator(), which, Expected::Any));
    assert_eq!(deleted.unwrap_err().code(), "record-booked");
    let service = now(world.engine.service(&provider_id("ana"), &cut)).unwrap();
    assert!(service.is_some());
}

#[test]
fn a_provider_that_is_booked_after_its_bookings_were_counted_is_not_deleted() {
    let world = World::with_ana(&json!({}));
    let engine = booked_meanwhile(&world);
    let deleted = now(engine.delete_provider(operator(), provider_id("ana"), Expected::Any));
    assert_eq!(deleted.unwrap_err().code(), "record-booked");
    assert!(
        now(world.engine.provider(&provider_id("ana")))
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_provider_goes_with_all_that_belongs_to_it_and_its_bookings_stay() {
    let world = World::with_ana(&json!({}));
    let engine = &world.engine;
    let ana = provider_id("ana");
    let own = ResourceId::new("ana").unwrap();
    let busy = json!({"busy": [
        {"start": "2026-03-03T09:00:00Z", "end": "2026-03-03T12:00:00Z"}]});
    let busy: BusyTime = serde_json::from_value(busy).unwrap();
    let of_ana = (ana.clone(), own.clone());
    now(engine.replace_busy(operator(), of_ana, "google", busy)).unwrap();
    let booking = world.book("c1", "2026-03-02T09:00:00Z");
    let delete = || now(engine.delete_provider(operator(), ana.clone(), Expected::Any));
    assert_eq!(delete().unwrap_err().code(), "record-booked");
    world.at("2026-03-02T10:00:00Z");
    now(engine.fire_deadlines(10)).unwrap();
    let stale = now(engine.delete_provider(operator(), ana.clone(), Expected::Version(7)));
    assert_eq!(stale.unwrap_err().code(), "record-version-conflict");
    assert_eq!(delete().unwrap().value.id, "ana");
    assert!(now(engine.provider(&ana)).unwrap().is_none());
    assert!(now(engine.resources(&ana, None, 10)).unwrap().is_empty());
    assert!(now(engine.services(&ana, None, 10)).unwrap().is_empty());
    let found = now(engine.search_providers(&SearchQuery::default())).unwrap();
    assert!(found.hits.is_empty());
    assert_eq!(world.look(&booking).status, Status::Completed);
    assert_eq!(delete().unwrap_err().code(), "not-found");
    while !now(engine.relay_events(100)).unwrap().is_empty() {}
    assert!(now(engine.verify(|_| ())).unwrap().findings.is_empty());
    // Whoever takes the id again begins anew: nothing is busy.
    world.add("ana", &json!({}), &json!({}));
    world.book("c2", "2026-03-03T09:00:00Z");
}

#[test]
fn what_a_customer_has_is_filtered_by_where_it_stands() {
    let world = World::with_ana(&json!({}));
    let engine = &world.engine;
    for hour in ["09", "10", "11"] {
        world.book("c1", &format!("2026-03-02T{hour}:00:00Z"));
    }
    let customer = customer_id("c1");
    while !now(engine.relay_events(100)).unwrap().is_empty() {}
    let all = now(engine.customer_bookings(&customer, None, 10)).unwrap();
    world.act(&all[1], json!({"do": "cancel"})).unwrap();
    let ids = |status, after: Option<&BookingId>, limit| -> Vec<BookingId> {
        let found = engine.customer_bookings_in(&customer, status, after.cloned(), limit);
        now(found)
            .unwrap()
            .into_iter()
            .map(|each| each.id)
            .collect()
    };
    assert_eq!(ids(Status::Cancelled, None, 10), [all[1].id.clone()]);
    let first = ids(Status::Confirmed, None, 1);
    assert_eq!(first, [all[0].id.clone()]);
    assert_eq!(
        ids(Status::Confirmed, first.first(), 10),
        [all[2].id.clone()]
    );
}
