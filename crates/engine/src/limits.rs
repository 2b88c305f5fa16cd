//! Every upper bound of the engine, with its reason.

use std::num::NonZeroUsize;

/// Longest description of a provider or a service, in bytes: some pages.
pub const DESCRIPTION_BYTES_MAX: usize = 10_000;
/// Most categories, languages or attributes of a provider: each category is a row of the search.
pub const TAGS_MAX: usize = 32;
/// How often a store decides anew because others were quicker, before it gives up. Whoever loses
/// so often meets a slot that is wanted by more people than can be served one after the other.
pub const DECISIONS_MAX: u32 = 16;
/// How often the engine asks a store again because the decision needed to see more, lapsed holds
/// were in the way or the booking had changed.
pub const SCOPES_MAX: u32 = 8;
/// Most lapsed bookings that one request lets expire to get them out of its way.
pub const LAPSED_MAX: usize = 64;
/// Longest page of a list.
pub const PAGE_MAX: u32 = 1_000;
/// Longest URL or reference, in bytes: what browsers and servers take.
pub const URL_BYTES_MAX: usize = 2_048;
/// Most documents that a provider shows who it is by.
pub const PROOFS_MAX: usize = 20;
/// Most intervals of busy time from one source of one resource: hourly events for a decade.
pub const BUSY_MAX: usize = 100_000;
/// How far back and ahead claims are read for whoever served least recently, in days.
pub const ROTATION_DAYS: i64 = 31;
/// Most entries that a relay takes at a time: a transaction of some milliseconds.
pub const RELAY_MAX: u32 = 500;
/// Most seats and units that are told apart by number.
pub const UNITS_MAX: i64 = 1 << 24;
/// Most services that the engine remembers the reach of, to ask for the right span at once.
pub const HINTS_MAX: usize = 100_000;
/// Most terms that are remembered by their hash.
pub const TERMS_REMEMBERED_MAX: usize = 10_000;
/// Most cells of a tenth of a degree that a search names one by one; with more it looks everywhere.
/// Those of a circle of some 100 km.
pub const LISTING_CELLS_MAX: usize = 1_000;
/// Longest text of a provider that searches look into, in bytes: its description and the names of
/// a hundred services.
pub const LISTING_TEXT_BYTES_MAX: usize = 16 * 1_024;
/// Most documents that are remembered as they were read: providers, services and resources.
pub const DOCUMENTS_REMEMBERED_MAX: usize = 20_000;
/// Most candidates of a search whose own slots are looked at, each some microseconds and a read.
pub const AVAILABILITY_CANDIDATES_MAX: NonZeroUsize = NonZeroUsize::new(500).expect("not zero");
