use bytes::Bytes;
use chrono::{DateTime, Utc};
use quando::availability::Busy;
use quando::id::{BookingId, ProviderId, ResourceId};
use quando::payment::InstructionId;

use super::{
    BookingRow, ClaimRow, Document, DocumentKey, InstructionRow, ListingRow, Owner, PostingRow,
};
use crate::audit::JournalEntry;

/// What a decision came to: rows to write, and the reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// What is written, in this order.
    pub changes: Vec<Change>,
    /// Documents that the decision relied on, and the guard that it saw. Those that are written
    /// themselves need not be named.
    pub relied: Vec<(DocumentKey, u64)>,
    /// What the caller is answered, and again when it asks again under the same key.
    pub reply: Bytes,
}

/// A row to write. Each store matches it without a wildcard arm.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Writes a document over the version `previous`; 0 is one that is not there. The store counts
    /// its guard up. A document with an empty body has been deleted: it keeps its version, and
    /// lists leave it out. Terms are named by what they say: writing them again changes nothing.
    PutDocument {
        /// As it is from now on.
        document: Box<Document>,
        /// The version that the decision saw.
        previous: u64,
    },
    /// Takes away a document of a kind that the journal does not tell of, and leaves nothing; one
    /// that is not there stays so.
    DropDocument(DocumentKey),
    /// Replaces all busy time of a resource that came from one source, and counts up the guard of
    /// the resource's document.
    ReplaceBusy {
        /// Whose.
        provider: ProviderId,
        /// Of which resource.
        resource: ResourceId,
        /// Where it comes from.
        source: Box<str>,
        /// All there is from there now.
        busy: Vec<Busy>,
    },
    /// Writes a booking over the version `previous`; 0 is one that is not there.
    PutBooking {
        /// As it is from now on.
        row: Box<BookingRow>,
        /// The version that the decision saw.
        previous: u64,
    },
    /// Takes away all claims of an owner, and lays these.
    ReplaceClaims {
        /// Whose.
        provider: ProviderId,
        /// What they belong to.
        owner: Owner,
        /// Whether there are claims of the owner already.
        had: bool,
        /// All that there are from now on.
        rows: Vec<ClaimRow>,
    },
    /// Appends to the journal, and to the outbox. Never changed afterwards.
    Record(Box<JournalEntry>),
    /// Writes postings into the ledger. Never changed afterwards.
    Post(Vec<PostingRow>),
    /// Asks something of the payment processor, or notes how that goes on.
    PutInstruction(Box<InstructionRow>),
    /// An instruction has been answered.
    DropInstruction {
        /// Of which provider.
        provider: ProviderId,
        /// Of which booking.
        booking: BookingId,
        /// Which.
        instruction: InstructionId,
    },
    /// Replaces what searches find of a provider; its ratings stay.
    ReplaceListings {
        /// Whose.
        provider: ProviderId,
        /// One for each category.
        rows: Vec<ListingRow>,
    },
    /// A consumer of the feed has done all up to a position.
    PutCursor {
        /// Which consumer.
        consumer: Box<str>,
        /// Up to where.
        position: u64,
        /// When.
        at: DateTime<Utc>,
    },
}
