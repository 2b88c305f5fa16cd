use std::future::Future;
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;
use crate::MemoryStore;
use crate::store::{FeedEntry, Item, List, Projection, StoreError, TransactError, Written};
use crate::use_case::fixture::{World, now, operator, provider_id};

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

#[test]
fn a_service_that_is_booked_after_its_bookings_were_counted_is_not_deleted() {
    let world = World::with_ana(&json!({}));
    let other = world.engine.clone();
    let book = move || {
        let wish = World::wish("c1", "2026-03-02T09:00:00Z");
        now(other.create_booking(Context::new(Actor::Customer), wish)).unwrap();
    };
    let engine = Engine {
        store: Arc::new(Interrupted {
            store: Arc::clone(&world.engine.store),
            meanwhile: Mutex::new(Some(Box::new(book))),
        }),
        shared: Arc::clone(&world.engine.shared),
    };
    let cut: ServiceId = "cut".to_owned().try_into().unwrap();
    let which = (provider_id("ana"), cut.clone());
    let deleted = now(engine.delete_service(operator(), which, Expected::Any));
    assert_eq!(deleted.unwrap_err().code(), "record-booked");
    let service = now(world.engine.service(&provider_id("ana"), &cut)).unwrap();
    assert!(service.is_some());
}
