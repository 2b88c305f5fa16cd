//! Every upper bound of the engine, with its reason.
//!
//! Each limit is reported by name in the typed error of whatever ran into it. A host that needs
//! more asks several times: windows can be split at any point without changing the answer.

/// Earliest instant, 0001-01-01T00:00:00Z in seconds since 1970: RFC 3339 has four-digit years.
pub const INSTANT_MIN: i64 = -62_135_596_800;

/// Latest instant, 9999-12-30T00:00:00Z in seconds since 1970: zone offsets are defined up to there.
pub const INSTANT_MAX: i64 = 253_402_128_000;

/// Longest id, in bytes: ids end up in database keys and in every answer.
pub const ID_BYTES_MAX: usize = 200;

/// Longest duration, buffer, step or notice in minutes: 366 days. Nothing that is booked by the
/// minute lasts longer, and sums of a few of them stay far from overflow.
pub const MINUTES_MAX: u32 = 527_040;

/// Most dates and windows of opening hours that one answer visits, over all schedules: a hundred
/// resources with five windows a day for ten years.
pub const OPEN_WINDOWS_MAX: usize = 2_000_000;

/// Longest window of one question, in days: ten years and the leap days in them.
pub const WINDOW_DAYS_MAX: i64 = 3_660;

/// Most resources of one question.
pub const RESOURCES_MAX: usize = 10_000;

/// Most roles of one need: more than any service combines, and few enough for one machine word.
pub const ROLES_MAX: usize = 32;

/// Most claims, busy times, absences and capacity windows of one question, over all resources.
pub const OCCUPANCY_MAX: usize = 1_000_000;

/// Most limits of a service, of a resource or of a question.
pub const LIMITS_MAX: usize = 64;

/// Most starts times resources that one answer weighs up. A start on a fine grid with many
/// resources is asked for in smaller windows.
pub const CELLS_MAX: usize = 20_000_000;

/// Longest horizon in days: a hundred years.
pub const HORIZON_DAYS_MAX: u32 = 36_525;

/// Most schedules by service of one resource; the host sends the ones that matter.
pub const SERVICE_SCHEDULES_MAX: usize = 64;

/// Most candidate starts that one answer weighs up: every quarter of an hour for 28 years, or
/// every minute for almost two. A page of slots stays within a hundred megabytes of JSON.
pub const STARTS_MAX: usize = 1_000_000;

/// Most starts that one explanation answers for; each carries a list of reasons.
pub const EXPLAINED_STARTS_MAX: usize = 100_000;

/// How far the next slots are looked for when the service has no horizon, in days: two years.
pub const NEXT_DAYS_MAX: i64 = 732;
/// Longest recurrence rule, in bytes: a rule that lists every value of every part is shorter.
pub const RULE_BYTES_MAX: usize = 4_096;

/// Longest `DTSTART`/`RRULE`/`EXDATE`/`RDATE` block, in bytes: thousands of dates fit.
pub const RECURRENCE_TEXT_BYTES_MAX: usize = 262_144;

/// Most occurrences of one expansion: every minute of two months, every hour of eleven years.
/// More of them belong into several windows.
pub const EXPAND_OCCURRENCES_MAX: u32 = 100_000;

/// Most steps of one expansion. A step is a period of the rule (a year counts for each month or
/// week that it is built from), or a stretch of time that sub-daily rules enter or jump over. It
/// costs some 10 ns, so that a rule which hardly ever occurs still ends within milliseconds;
/// without COUNT a day-by-day rule needs fewer for a window of a thousand years.
pub const EXPAND_STEPS_MAX: u32 = 500_000;

/// Largest iCalendar text, in bytes: a calendar of twenty busy years takes less.
pub const CALENDAR_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Longest line of an iCalendar text that is read, in bytes after unfolding: room for thousands of
/// `EXDATE` values. Longer lines of properties that play no part (attachments) are skipped.
pub const CALENDAR_LINE_BYTES_MAX: usize = 64 * 1024;

/// Most components of an iCalendar text, alarms and other skipped ones included.
pub const CALENDAR_COMPONENTS_MAX: usize = 100_000;

/// Deepest nesting of components: the standards need three.
pub const CALENDAR_DEPTH_MAX: usize = 16;

/// Most time zones that an iCalendar text defines itself and uses; each costs an expansion.
pub const CALENDAR_ZONES_MAX: usize = 100;

/// Most transitions of a time zone that an iCalendar text defines: two a year since 1601 and more.
pub const CALENDAR_TRANSITIONS_MAX: usize = 4_000;

/// Most expansions of recurrence rules for one iCalendar text: each rule is expanded once for each
/// "this and future" change of its series.
pub const CALENDAR_EXPANSIONS_MAX: usize = 20_000;

/// Most steps of all expansions of one iCalendar text, see [`EXPAND_STEPS_MAX`]: rules that are
/// cheap by themselves add up.
pub const CALENDAR_STEPS_MAX: u32 = 20_000_000;

/// Most occurrences of all expansions of one iCalendar text, excluded and free ones included.
pub const CALENDAR_OCCURRENCES_MAX: usize = 1_000_000;

/// Most pairs that are compared under one UID: series or further dates with changed instances. A
/// sound calendar has one series for each UID, and few dates.
pub const CALENDAR_PAIRS_MAX: usize = 1_000_000;

/// Most busy events in one answer; ask for a shorter window to get fewer.
pub const CALENDAR_BUSY_MAX: usize = 100_000;

/// Most problems that are listed for one iCalendar text; further ones are counted.
pub const CALENDAR_PROBLEMS_MAX: usize = 1_000;

/// Most steps that the rules of all schedules of one answer take: twenty of the costliest rules.
pub const OPEN_STEPS_MAX: u32 = 10_000_000;

/// Most starts on the grids of all primary resources together, counted once for each grid.
pub const GRID_STARTS_MAX: usize = 5_000_000;

/// Most travel times of one question: those to and from the place of the slot matter.
pub const TRAVEL_MAX: usize = 1_000;

/// Largest amount either way, in minor units: a hundred trillion dollars. Products of two of them,
/// and of one with a rate, are exact in 128 bits.
pub const MONEY_MINOR_MAX: i64 = 10_000_000_000_000_000;

/// Most digits of a rate after the point: no tax or commission is finer.
pub const RATE_DIGITS_MAX: u32 = 12;

/// Largest rate, as a multiple of the amount it is applied to.
pub const RATE_MAX: i64 = 1_000;

/// Most add-ons, surcharges, discounts or durations of one price policy, each counted by itself.
pub const PRICE_ITEMS_MAX: usize = 1_000;

/// Longest label of a price item, in bytes: a line of a receipt.
pub const LABEL_BYTES_MAX: usize = 200;

/// Most tiers of a refund policy: more than anybody reads before booking.
pub const REFUND_TIERS_MAX: usize = 64;
/// Longest text of a review, in bytes: three printed pages.
pub const REVIEW_TEXT_BYTES_MAX: usize = 8_192;

/// Most ratings of one value in a summary; means of that many are still compared exactly.
pub const RATINGS_MAX: u64 = 1_000_000_000_000;

/// Most reminders on one side of a booking, before its start or after its end.
pub const REMINDERS_MAX: usize = 16;

/// Most candidates of one search: what a database finds in a city, before anything is filtered.
pub const SEARCH_CANDIDATES_MAX: usize = 100_000;

/// Most openings, tags and corners of service areas of one search, over all candidates.
pub const SEARCH_PARTS_MAX: usize = 2_000_000;

/// Most bytes of names and texts of one search, over all candidates: each is read once.
pub const SEARCH_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Longest text that is searched for, in bytes: some fifty words.
pub const SEARCH_TEXT_BYTES_MAX: usize = 500;

/// Most categories, languages or attributes that one filter lists.
pub const FILTER_VALUES_MAX: usize = 100;

/// Most hits of one page.
pub const PAGE_HITS_MAX: usize = 1_000;

/// Most corners of a polygon: an outline that is drawn by hand has fewer.
pub const POLYGON_CORNERS_MAX: usize = 1_000;

/// Longest reason or note of a booking, in bytes: 500 characters of any script.
pub const NOTE_BYTES_MAX: usize = 2_000;

/// Most answers of a payment processor that wait for instructions which were not given yet: each
/// booking gives a few.
pub const PARKED_ANSWERS_MAX: usize = 32;

/// Most payments, refunds, payouts or disputes of one booking, each counted by itself.
pub const PAYMENT_STEPS_MAX: usize = 64;

/// Most times that one booking is moved: each is kept, for it caps what a cancellation gives back.
pub const RESCHEDULES_MAX: usize = 100;
/// Longest title, place or name that is written to a calendar, in bytes.
pub const CALENDAR_LABEL_BYTES_MAX: usize = 1_000;

/// Longest description that is written to a calendar, in bytes: escaped twice as long, it still is
/// a line that is read, see [`CALENDAR_LINE_BYTES_MAX`].
pub const CALENDAR_TEXT_BYTES_MAX: usize = 16_384;

/// Longest UID that is written to a calendar, in bytes: what every reader has to keep (RFC 5545).
pub const CALENDAR_UID_BYTES_MAX: usize = 255;

/// Longest e-mail address that is written to a calendar, in bytes: what mail can carry (RFC 5321).
pub const CALENDAR_ADDRESS_BYTES_MAX: usize = 254;

/// Longest web address that is written to a calendar, in bytes: what browsers agree on.
pub const CALENDAR_URL_BYTES_MAX: usize = 2_048;

/// Most attendees of an event that is written; each is told of all when everybody may know.
pub const CALENDAR_ATTENDEES_MAX: usize = 1_000;

/// Most alarms of an event that is written.
pub const CALENDAR_ALARMS_MAX: usize = 16;

/// Longest idempotency key, in bytes: what clients and payment processors agree on.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;

/// Most bookings, and most idempotency keys, of one simulated story: each command looks at all
/// bookings.
pub const STORY_SIZE_MAX: usize = 10_000;
/// Most occurrences of one series of bookings: each day of a year, each week of seven.
pub const SERIES_OCCURRENCES_MAX: usize = 366;

/// Most entries of one waitlist: more than ever get their turn.
pub const WAITLIST_ENTRIES_MAX: usize = 10_000;

/// Most offers that one entry of a waitlist lets pass and still waits for others: each is kept, so
/// that it is not made again.
pub const WAITLIST_PASSED_MAX: usize = 100;

/// Most times that one proposal names: more is a calendar, and not a proposal.
pub const PROPOSAL_TIMES_MAX: usize = 20;
