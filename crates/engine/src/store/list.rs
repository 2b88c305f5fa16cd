use chrono::{DateTime, Utc};
use quando::booking::Status;
use quando::id::{BookingId, CustomerId, ProviderId};

use super::{
    BookingRow, ClaimRow, Document, DocumentKey, DocumentKind, FeedEntry, InstructionRow,
    ListingRow, Partition, PostingRow,
};
use crate::audit::JournalEntry;
use crate::statistics::Statistics;

/// A list that is asked for: at most `limit` items after a place, in a total order that stays.
///
/// Ids are ordered by their bytes where nothing else is said. *By provider* or *by partition* may
/// be any order of them that a store keeps to.
#[derive(Clone, Debug, PartialEq)]
pub enum List {
    /// Documents of a kind, by the ids of their partitions and their own: of one partition, or of
    /// all.
    Documents {
        /// Of what kind.
        kind: DocumentKind,
        /// Whose; everybody's when absent.
        partition: Option<Partition>,
        /// After this one.
        after: Option<DocumentKey>,
        /// At most so many.
        limit: u32,
    },
    /// Documents of a kind by their second key ([`Document::index`]), in the same order.
    DocumentsByIndex {
        /// Of what kind.
        kind: DocumentKind,
        /// The second key.
        index: Box<[u8]>,
        /// After this one.
        after: Option<DocumentKey>,
        /// At most so many.
        limit: u32,
    },
    /// A booking, whoever's it is.
    Booking(BookingId),
    /// Bookings of a provider, the newest id first.
    Bookings {
        /// Whose.
        provider: ProviderId,
        /// Only those that stand there.
        status: Option<Status>,
        /// Older than this one.
        after: Option<BookingId>,
        /// At most so many.
        limit: u32,
    },
    /// Bookings of a customer with anybody, the newest id first; as far as they were relayed.
    CustomerBookings {
        /// Whose.
        customer: CustomerId,
        /// Older than this one.
        after: Option<BookingId>,
        /// At most so many.
        limit: u32,
    },
    /// Bookings that the engine has to look at, the most overdue first.
    Due {
        /// At this instant.
        now: DateTime<Utc>,
        /// At most so many.
        limit: u32,
    },
    /// Instructions to send, the most overdue first.
    Instructions {
        /// To be sent by this instant; all of them, also those that await an answer, when absent.
        due: Option<DateTime<Utc>>,
        /// At most so many.
        limit: u32,
    },
    /// The feed, in its order.
    Feed {
        /// After this position.
        after: u64,
        /// At most so many.
        limit: u32,
    },
    /// Where a consumer of the feed is.
    Cursor(Box<str>),
    /// The journal, by partition, subject and version.
    Journal {
        /// Whose; everybody's when absent.
        partition: Option<Partition>,
        /// Of this subject only.
        subject: Option<Box<str>>,
        /// After this place.
        after: Option<Position>,
        /// At most so many.
        limit: u32,
    },
    /// Entries that wait in the outbox, the oldest first.
    Outbox {
        /// At most so many.
        limit: u32,
    },
    /// Claims, by provider and resource, which may be in any order, then by unit and start.
    Claims {
        /// Whose; everybody's when absent.
        provider: Option<ProviderId>,
        /// After this one.
        after: Option<(ProviderId, Box<ClaimRow>)>,
        /// At most so many.
        limit: u32,
    },
    /// Postings, by provider, booking, version, entry and number.
    Postings {
        /// Whose; everybody's when absent.
        provider: Option<ProviderId>,
        /// Of this booking only.
        booking: Option<BookingId>,
        /// After this one.
        after: Option<Box<PostingRow>>,
        /// At most so many.
        limit: u32,
    },
    /// Bookings of everybody, by provider and id.
    AllBookings {
        /// After this one.
        after: Option<(ProviderId, BookingId)>,
        /// At most so many.
        limit: u32,
    },
    /// The statistics of a provider.
    Statistics(ProviderId),
    /// Listings of a category in some cells, the best rated first, then by provider.
    Listings {
        /// Which category; empty for all.
        category: Box<str>,
        /// In which cells; everywhere when absent.
        cells: Option<Vec<i32>>,
        /// With all of these words, the beginning of a word being enough.
        words: Vec<Box<str>>,
        /// Rated less, or as well with a greater provider id.
        after: Option<(i64, ProviderId)>,
        /// At most so many.
        limit: u32,
    },
}

/// A place in the journal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Whose.
    pub partition: Partition,
    /// Of what.
    pub subject: Box<str>,
    /// Which version of it.
    pub version: u64,
}

/// An item of a list: which kind it is follows from the list.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "documented at the types that they hold")]
pub enum Item {
    Document(Box<Document>),
    Booking(Box<BookingRow>),
    Instruction(Box<InstructionRow>),
    Feed(Box<FeedEntry>),
    Cursor(u64),
    Journal(Box<JournalEntry>),
    Claim(ProviderId, Box<ClaimRow>),
    Posting(Box<PostingRow>),
    Statistics(Box<Statistics>),
    Listing(Box<ListingRow>),
}
