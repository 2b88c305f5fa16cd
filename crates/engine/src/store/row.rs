use std::fmt;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use quando::availability::{Busy, Claim};
use quando::booking::Status;
use quando::id::{BookingId, CustomerId, ProviderId, ResourceId, ServiceId};
use quando::ledger::{EntryReason, Posting};
use quando::payment::Instruction;
use quando::time::Interval;

use crate::audit::{Hash, JournalEntry};
use crate::personal::PersonId;
use crate::statistics::StatisticsDelta;

/// Whose data something is. A transaction is always in one partition, so that partitions may lie
/// on different machines.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Partition {
    /// A provider's.
    Provider(ProviderId),
    /// A person's.
    Person(PersonId),
    /// The platform's own.
    Platform,
}

impl Partition {
    /// The id of the provider or the person; empty for the platform.
    pub fn id(&self) -> &str {
        match self {
            Partition::Provider(id) => id.as_str(),
            Partition::Person(id) => id.as_str(),
            Partition::Platform => "",
        }
    }

    /// The provider, when it is one's.
    pub fn provider(&self) -> Option<&ProviderId> {
        match self {
            Partition::Provider(id) => Some(id),
            Partition::Person(_) | Partition::Platform => None,
        }
    }
}

impl From<ProviderId> for Partition {
    fn from(id: ProviderId) -> Partition {
        Partition::Provider(id)
    }
}

impl From<PersonId> for Partition {
    fn from(id: PersonId) -> Partition {
        Partition::Person(id)
    }
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentKind {
    /// A provider; its id is the partition's.
    Provider,
    /// A resource of a provider.
    Resource,
    /// A service of a provider.
    Service,
    /// Where busy time of a resource comes from; its id is `resource/source`.
    BusySource,
    /// Terms that bookings were made under; its id is their hash.
    Terms,
    /// A sealed text of a booking; its id is `booking/number`.
    Note,
    /// A person, sealed; its id is the partition's.
    Person,
    /// An endpoint that is told what happens.
    Webhook,
    /// A key that a program signs in with.
    ApiKey,
    /// Money that somebody wants to give back, and that another one has to agree to.
    RefundRequest,
    /// How a provider showed who it is; its id is the partition's.
    Verification,
    /// A link to a provider's calendar.
    CalendarLink,
    /// A calendar that busy time of a resource is read from; its id is `resource/source`.
    Subscription,
    /// How reading it goes, of the same id; the journal does not tell of it.
    SubscriptionState,
    /// A message that an endpoint is sent; its id begins with the endpoint's. The journal does not
    /// tell of it.
    Delivery,
}

impl DocumentKind {
    /// All of them.
    pub const ALL: [DocumentKind; 15] = [
        DocumentKind::Provider,
        DocumentKind::Resource,
        DocumentKind::Service,
        DocumentKind::BusySource,
        DocumentKind::Terms,
        DocumentKind::Note,
        DocumentKind::Person,
        DocumentKind::Webhook,
        DocumentKind::ApiKey,
        DocumentKind::RefundRequest,
        DocumentKind::Verification,
        DocumentKind::CalendarLink,
        DocumentKind::Subscription,
        DocumentKind::SubscriptionState,
        DocumentKind::Delivery,
    ];

    /// The name, in the names of tables and of journal subjects.
    pub fn name(self) -> &'static str {
        match self {
            DocumentKind::Provider => "provider",
            DocumentKind::Resource => "resource",
            DocumentKind::Service => "service",
            DocumentKind::BusySource => "busy_source",
            DocumentKind::Terms => "terms",
            DocumentKind::Note => "note",
            DocumentKind::Person => "person",
            DocumentKind::Webhook => "webhook",
            DocumentKind::ApiKey => "api_key",
            DocumentKind::RefundRequest => "refund_request",
            DocumentKind::Verification => "verification",
            DocumentKind::CalendarLink => "calendar_link",
            DocumentKind::Subscription => "subscription",
            DocumentKind::SubscriptionState => "subscription_state",
            DocumentKind::Delivery => "delivery",
        }
    }
}

/// Which document.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentKey {
    /// Whose.
    pub partition: Partition,
    /// What.
    pub kind: DocumentKind,
    /// Its id, unique among those of its kind and partition.
    pub id: Box<str>,
}

impl DocumentKey {
    /// A provider's own document.
    pub fn provider(id: &ProviderId) -> DocumentKey {
        DocumentKey::of(id, DocumentKind::Provider, id.as_str())
    }

    /// A resource.
    pub fn resource(provider: &ProviderId, id: &ResourceId) -> DocumentKey {
        DocumentKey::of(provider, DocumentKind::Resource, id.as_str())
    }

    /// A service.
    pub fn service(provider: &ProviderId, id: &ServiceId) -> DocumentKey {
        DocumentKey::of(provider, DocumentKind::Service, id.as_str())
    }

    /// A person.
    pub fn person(id: &PersonId) -> DocumentKey {
        DocumentKey {
            partition: Partition::Person(id.clone()),
            kind: DocumentKind::Person,
            id: id.as_str().into(),
        }
    }

    /// A document of a provider.
    pub fn of(provider: &ProviderId, kind: DocumentKind, id: impl Into<Box<str>>) -> DocumentKey {
        DocumentKey {
            partition: Partition::Provider(provider.clone()),
            kind,
            id: id.into(),
        }
    }
}

/// Something that is stored as a whole: the store does not look into its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Which.
    pub key: DocumentKey,
    /// Grows by one with each edit, from 1 on.
    pub version: u64,
    /// Grows with whatever decisions rely on: edits, and of a resource its busy time. Set by the
    /// store.
    pub guard: u64,
    /// The hash of its latest journal entry.
    pub head: Hash,
    /// What it says.
    pub body: Bytes,
    /// What it can be found by beside its id: of a person the blind index of its e-mail address,
    /// of a note the id of the person whose it is, of what somebody has to decide that it is open,
    /// of a delivery when it is looked at next.
    pub index: Option<Box<[u8]>>,
    /// Of a service, the resources that it may take; empty for all other kinds.
    pub resources: Vec<ResourceId>,
    /// When it was written.
    pub updated_at: DateTime<Utc>,
}

/// A booking, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingRow {
    /// Whose.
    pub provider: ProviderId,
    /// Which.
    pub id: BookingId,
    /// Its version.
    pub version: u64,
    /// Where it stands, whether or not it has lapsed.
    pub status: Status,
    /// Who booked.
    pub customer: CustomerId,
    /// What.
    pub service: ServiceId,
    /// When, without buffers.
    pub slot: Interval,
    /// When a hold or pending booking lapses.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the engine has to look at it again.
    pub next_due: Option<DateTime<Utc>>,
    /// Its place among the customer's live holds and active bookings.
    pub active_slot: Option<u32>,
    /// Its place among the customer's live holds.
    pub hold_slot: Option<u32>,
    /// The hash of its latest journal entry.
    pub head: Hash,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// All of it.
    pub body: Bytes,
}

/// What a customer holds or has booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// Which booking.
    pub booking: BookingId,
    /// Where it stands.
    pub status: Status,
    /// When it lapses.
    pub expires_at: Option<DateTime<Utc>>,
    /// Its place among the customer's live holds and active bookings.
    pub active_slot: Option<u32>,
    /// Its place among the customer's live holds.
    pub hold_slot: Option<u32>,
}

/// What claims belong to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// A booking.
    Booking(BookingId),
    /// A session of a class, whoever sits in it.
    Session(SessionKey),
}

/// A session of a class on one resource: bookings of equal service, time and primary resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey {
    /// The resource that the claims are on.
    pub resource: ResourceId,
    /// The session's primary resource.
    pub leader: ResourceId,
    /// What.
    pub service: ServiceId,
    /// When, in seconds since 1970.
    pub start: i64,
    /// Until when, in seconds since 1970.
    pub end: i64,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Owner::Booking(id) => write!(f, "booking/{id}"),
            Owner::Session(session) => {
                let SessionKey {
                    resource,
                    leader,
                    service,
                    start,
                    end,
                } = session;
                // Lengths keep ids with slashes apart.
                let (a, b) = (resource.as_str().len(), leader.as_str().len());
                write!(
                    f,
                    "session/{start}/{end}/{a}/{b}/{resource}/{leader}/{service}"
                )
            }
        }
    }
}

/// Time of a resource that is taken. No two rows of a provider with equal resource and unit meet;
/// a row without a unit meets anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRow {
    /// Of which resource.
    pub resource: ResourceId,
    /// What it belongs to.
    pub owner: Owner,
    /// Which row of its owner, from 0 on.
    pub number: u32,
    /// Which unit of the resource; none when it is done and takes no time, or when other rows of
    /// the same claim take it.
    pub unit: Option<i64>,
    /// From when to when, buffers included.
    pub span: Interval,
    /// What it says for decisions; rows that only take time say nothing.
    pub claim: Option<Claim>,
    /// When it was laid.
    pub decided_at: DateTime<Utc>,
}

/// External busy time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusyRow {
    /// Of which resource.
    pub resource: ResourceId,
    /// Where it comes from.
    pub source: Box<str>,
    /// When.
    pub busy: Busy,
}

/// A posting of a booking's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingRow {
    /// Whose.
    pub provider: ProviderId,
    /// Of which booking.
    pub booking: BookingId,
    /// Which version of it.
    pub version: u64,
    /// Which entry of that version, from 0 on.
    pub entry: u32,
    /// Which posting of the entry, from 0 on.
    pub number: u32,
    /// Why money moved.
    pub reason: EntryReason,
    /// Which account, and how much.
    pub posting: Posting,
    /// When.
    pub at: DateTime<Utc>,
}

/// Something that the payment processor is to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstructionRow {
    /// Whose.
    pub provider: ProviderId,
    /// What.
    pub instruction: Instruction,
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// How often it was sent.
    pub attempts: u32,
    /// When to send it next; none while an answer is awaited.
    pub next_at: Option<DateTime<Utc>>,
}

/// What a search finds of a provider, once for each of its categories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingRow {
    /// Who.
    pub provider: ProviderId,
    /// Under which category; empty for all providers in one.
    pub category: Box<str>,
    /// Where, as a cell of a tenth of a degree: see `crate::listing::cell`.
    pub cell: Option<i32>,
    /// Where, in millionths of a degree: latitude, longitude.
    pub point: Option<(i32, i32)>,
    /// The words of its name and text, each once, in lower case.
    pub words: Vec<Box<str>>,
    /// The rest, as a search candidate without ratings.
    pub body: Bytes,
    /// The mean of its ratings in millionths of a star, 0 without any. Set by the store from the
    /// provider's statistics when rows are replaced.
    pub rating_micros: i64,
    /// How often it got each rating; likewise.
    pub ratings: [u64; 5],
}

/// An entry of the journal with its place in the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedEntry {
    /// Its place: 1, 2, 3, without a gap, in the order in which a reader can see them.
    pub position: u64,
    /// The hash of the place, the entry and the seal before.
    pub seal: Hash,
    /// The entry.
    pub entry: JournalEntry,
}

/// What follows from entries that were relayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Projection {
    /// A provider's statistics change; of ratings, also what searches find.
    Statistics {
        /// Whose.
        provider: ProviderId,
        /// By how much.
        delta: Box<StatisticsDelta>,
    },
    /// A customer has a booking.
    CustomerBooking {
        /// Who.
        customer: CustomerId,
        /// With whom.
        provider: ProviderId,
        /// Which.
        booking: BookingId,
        /// When it was made.
        at: DateTime<Utc>,
    },
}
