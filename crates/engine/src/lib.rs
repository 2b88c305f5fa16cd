//! The use cases of quando over a store: providers and what they offer, bookings from hold to
//! payout, search, personal data, and the journal of all of it.
//!
//! The rules are the core's ([`quando`]); a store keeps rows and knows none of them. In between, the
//! engine reads what a decision rests on, decides, and writes the outcome, all of it or nothing
//! ([`store`]). What is asked twice under one key is done once.
//!
//! # The smallest complete example
//!
//! ```
//! use quando::availability::Resource;
//! use quando::booking::{Actor, Status};
//! use quando::idempotency::IdempotencyKey;
//! use quando_engine::record::{Provider, Service};
//! use quando_engine::personal::MasterKeys;
//! use quando_engine::{
//!     Context, Engine, Expected, MemoryStore, NewBooking, Settings, SystemClock, SystemEntropy, wait,
//! };
//!
//! let keys = MasterKeys::parse(&format!("first:{},index:{}", "2b7e".repeat(16), "9c41".repeat(16)))?;
//! let engine = Engine::new(MemoryStore::new(), Settings {
//!     clock: Box::new(SystemClock),
//!     entropy: Box::new(SystemEntropy),
//!     keys,
//! });
//!
//! // Ana cuts hair on every day from nine to five, for 40 euros.
//! let provider: Provider =
//!     serde_json::from_str(r#"{"id": "ana", "name": "Ana's", "zone": "Europe/Berlin"}"#)?;
//! let day = r#"[{"from": "09:00", "to": "17:00"}]"#;
//! let resource: Resource = serde_json::from_str(&format!(
//!     r#"{{"id": "ana", "schedule": {{"zone": "Europe/Berlin", "weekly": {{
//!         "mon": {day}, "tue": {day}, "wed": {day}, "thu": {day}, "fri": {day},
//!         "sat": {day}, "sun": {day}}}}}}}"#))?;
//! let service: Service = serde_json::from_str(r#"{
//!     "id": "cut", "name": "Haircut", "timing": {"durationMinutes": 60},
//!     "offer": {"terms": {"price": {"base": {
//!         "kind": "perBooking", "price": {"amount": "40.00", "currency": "EUR"}}}}}}"#)?;
//! wait(async {
//!     let operator = || Context::new(Actor::Operator);
//!     let ana = provider.id.clone();
//!     engine.put_provider(operator(), provider, Expected::New).await?;
//!     engine.put_resource(operator(), ana.clone(), resource, Expected::Any).await?;
//!     engine.put_service(operator(), ana.clone(), service, Expected::New).await?;
//!
//!     let cut = "cut".try_into()?;
//!     let next = engine.next_slots(&ana, &cut, None, &Default::default()).await?;
//!     let new: NewBooking = serde_json::from_value(serde_json::json!({
//!         "provider": "ana", "service": "cut", "customer": "customer-1",
//!         "start": next[0].start}))?;
//!     let customer = Context::named(Actor::Customer, "customer-1".try_into()?)
//!         .with_key(IdempotencyKey::new("order-17")?);
//!     let booked = engine.create_booking(customer.clone(), new.clone()).await?;
//!     assert_eq!(booked.value.status, Status::Confirmed);
//!
//!     // The answer got lost, and the customer asks again: the same booking, byte for byte.
//!     let again = engine.create_booking(customer, new).await?;
//!     assert!(again.replayed);
//!     assert_eq!(again.json, booked.json);
//!     Ok::<(), Box<dyn std::error::Error>>(())
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where things are
//!
//! | module | what it has |
//! |---|---|
//! | [`Engine`] | every use case |
//! | [`store`] | the port, and what each store has to keep |
//! | [`record`] | providers and services, as they are written |
//! | [`personal`] | personal data, sealed with a key for each person |
//! | [`gateway`] | the payment processor, as a port |
//! | [`audit`] | the journal and its chains |
//! | [`statistics`], [`listing`] | what bookings add up to, and what searches find |
//! | [`MemoryStore`] | the reference store |
//! | `testkit` | the suite for any store, with the feature of that name |
//!
//! # What hosts do
//!
//! - They call `Engine::relay_events`, `Engine::fire_deadlines` and
//!   `Engine::dispatch_instructions` again and again; a second worker does no harm.
//! - They say who acts ([`Context`]), and make sure that it is who it says.
//! - They repeat what was answered with [`store::StoreError::Unknown`], under the same key.

pub mod audit;
mod clock;
mod codec;
mod context;
mod engine;
mod error;
pub mod gateway;
pub mod limits;
pub mod listing;
mod memory;
pub mod personal;
mod question;
pub mod record;
mod refusal;
#[doc(hidden)]
pub mod sabotage;
pub mod statistics;
pub mod store;
#[cfg(feature = "testkit")]
#[expect(
    clippy::unwrap_used,
    reason = "a suite of tests: what is not as it should be is to panic"
)]
pub mod testkit;
mod use_case;
mod wait;
mod write;

pub use clock::{Clock, Entropy, SystemClock, SystemEntropy};
pub use codec::BookingEvents;
pub use context::Context;
pub use engine::{Done, Engine, Settings};
pub use error::Error;
pub use memory::MemoryStore;
pub use refusal::{Refusal, Widen};
pub use use_case::*;
pub use wait::wait;
