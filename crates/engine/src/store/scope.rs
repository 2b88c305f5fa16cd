use quando::id::{BookingId, CustomerId, ResourceId, ServiceId};
use quando::time::Interval;

use super::{BookingRow, BusyRow, ClaimRow, Document, DocumentKey, Partition, UsageRow};

/// What is to be read, from the request alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Whose data; a read and a write are always in one partition.
    pub partition: Partition,
    /// Single documents.
    pub documents: Vec<DocumentKey>,
    /// A service; its provider's document comes with it.
    pub service: Option<ServiceId>,
    /// All services of the provider, and the provider's document.
    pub services: bool,
    /// Which resources, with their claims and busy time in the span.
    pub resources: ResourceScope,
    /// Claims and busy time that meet this; none are read without it.
    pub span: Option<Interval>,
    /// A booking.
    pub booking: Option<BookingId>,
    /// The holds and active bookings of a customer with this provider.
    pub customer: Option<CustomerId>,
    /// Whether the decision rests on more than overlap, versions and slots, so that nobody else who
    /// says so may decide on these resources meanwhile; with all services or all resources, on
    /// anything of the provider.
    pub lock: bool,
}

/// Which resources are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ResourceScope {
    /// None.
    #[default]
    None,
    /// Those that the scope's service names ([`Document::resources`]).
    OfService,
    /// These.
    Named(Vec<ResourceId>),
    /// All of the provider.
    All,
}

impl Scope {
    /// Nothing of a partition.
    pub fn new(partition: impl Into<Partition>) -> Scope {
        Scope {
            partition: partition.into(),
            documents: Vec::new(),
            service: None,
            services: false,
            resources: ResourceScope::None,
            span: None,
            booking: None,
            customer: None,
            lock: false,
        }
    }

    /// With a document.
    #[must_use]
    pub fn document(mut self, key: DocumentKey) -> Scope {
        self.documents.push(key);
        self
    }

    /// With a booking.
    #[must_use]
    pub fn booking(mut self, id: BookingId) -> Scope {
        self.booking = Some(id);
        self
    }
}

/// What was read. What is not there is absent; nothing is an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The documents that were asked for, in any order.
    pub documents: Vec<Document>,
    /// The booking.
    pub booking: Option<BookingRow>,
    /// Claims of the resources that meet the span, in the order of their spans.
    pub claims: Vec<ClaimRow>,
    /// External busy time of the resources that meets the span.
    pub busy: Vec<BusyRow>,
    /// What the customer holds and has booked.
    pub usage: Vec<UsageRow>,
}

impl Snapshot {
    /// A document that was read.
    pub fn document(&self, key: &DocumentKey) -> Option<&Document> {
        self.documents.iter().find(|each| each.key == *key)
    }
}
