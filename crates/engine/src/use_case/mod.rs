//! What the engine does, one file for each use case.

mod booking;
mod bookings;
mod catalogue;
mod dispatch_instructions;
mod export_person;
mod fire_deadlines;
#[cfg(test)]
mod fixture;
mod list_slots;
mod person;
mod relay_events;
mod reschedule_series;
mod search_providers;
mod series;
mod verify;
mod webhooks;
mod what_if;

pub use booking::{Act, ActOn, BookHold, BookingKey, Held, NewBooking};
pub use catalogue::{BusySource, BusyTime, Deleted, Expected};
pub use dispatch_instructions::Dispatched;
pub use export_person::{ExportedBooking, ExportedChange, PersonExport};
pub use fire_deadlines::Fired;
pub use list_slots::{Slots, SlotsRequest};
pub use person::{PersonChanged, Rotated};
pub use reschedule_series::MoveSeries;
pub use search_providers::{Found, FoundProvider};
pub use series::{NewSeries, OccurrenceResult, SeriesReport};
pub use verify::{Finding, Flaw, Verification, VerifyProgress};
pub use webhooks::{NewWebhook, Webhook};
