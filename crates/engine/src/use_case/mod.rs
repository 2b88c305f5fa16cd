//! What the engine does, one file for each use case.

mod api_keys;
mod booking;
mod booking_statement;
mod bookings;
mod calendars;
mod catalogue;
mod deliveries;
mod dispatch_instructions;
mod export_person;
mod fire_deadlines;
#[cfg(test)]
mod fixture;
mod guests;
mod list_slots;
mod person;
mod relay_events;
mod reschedule_series;
mod search_providers;
mod series;
mod subscriptions;
mod verify;
mod verify_provider;
mod webhooks;
mod what_if;

pub use api_keys::{ApiKey, KnownApiKey, NewApiKey};
pub use booking::{
    Act, ActOn, BookHold, BookingKey, Held, NewBooking, RefundRequest, RefundRequestStatus,
    Refunded, WantedRefund,
};
pub use booking_statement::{BookingChange, StatementEntry};
pub use calendars::{CalendarLink, LinkScope, NewCalendarLink};
pub use catalogue::{BusySource, BusyTime, Deleted, Expected};
pub use deliveries::{
    AttemptOutcome, ClaimedDelivery, Deliveries, Delivery, DeliveryStatus, EVENT_TYPES, Endpoints,
    FannedOut, RETRY_SCHEDULE,
};
pub use dispatch_instructions::Dispatched;
pub use export_person::{ExportedBooking, ExportedChange, PersonExport};
pub use fire_deadlines::Fired;
pub use guests::is_guest;
pub use list_slots::{Slots, SlotsRequest};
pub use person::{PersonChanged, Rotated};
pub use relay_events::Activity;
pub use reschedule_series::MoveSeries;
pub use search_providers::{Found, FoundProvider};
pub use series::{NewSeries, OccurrenceResult, SeriesReport};
pub use subscriptions::{Subscribed, Subscription, SubscriptionKey, SubscriptionState};
pub use verify::{Finding, Flaw, Verification, VerifyProgress};
pub use verify_provider::{Proof, ProviderVerification, VerificationStatus};
pub use webhooks::{DisabledReason, NewWebhook, Webhook, WebhookChange};
