//! The one suite that every store passes.
//!
//! A crate with a store implements [`StoreBuilder`], and names it in a test file:
//!
//! ```ignore
//! quando_engine::store_suite!(MyBuilder::new());
//! ```
//!
//! That makes one test for each case. What a store can do beyond the port is said by its type: a
//! store that outlives its process implements [`Reopen`] and adds
//! `quando_engine::store_suite_reopen!(…)`; one whose statements can be made to fail implements
//! [`FailAfter`] and adds `quando_engine::store_suite_fail_after!(…)`; one whose answers can be lost
//! implements [`LoseAnswer`] and adds `quando_engine::store_suite_lose_answer!(…)`.
//!
//! Cases see a store through the engine's use cases, and through the port where only a direct write
//! can show what a store does by itself. Nothing sleeps, and time and chance are given: whatever
//! fails, fails again.
#![expect(
    clippy::needless_pass_by_value,
    reason = "JSON is put together where it is used"
)]

mod audit;
mod booking;
mod capacity;
mod catalogue;
mod clock;
mod conflict;
mod contention;
mod dump;
mod expiry;
mod faults;
mod fixture;
mod idempotency;
mod isolation;
mod model;
mod money;
mod operation;
mod outbox;
mod page;
mod paging;
mod personal;
mod rejections;
mod rollback;
mod shop;
mod texts;

use std::future::Future;
use std::sync::Arc;

use crate::store::Store;

pub use clock::{TestClock, TestEntropy};

/// Makes stores for the suite: an empty one of its own for each case.
pub trait StoreBuilder: Send + Sync {
    /// What is tested.
    type Store: Store;
    /// What the store lies in, such as a directory that is removed with it.
    type Handle: Send + Sync;

    /// A new, empty store.
    fn build(&self) -> impl Future<Output = Built<Self::Store, Self::Handle>>;

    /// Runs a future to its end on this thread. Cases call it from several threads at once.
    fn block_on<F: Future>(&self, future: F) -> F::Output;
}

/// A store, and what it lies in.
#[derive(Debug)]
pub struct Built<S, H> {
    /// The store.
    pub store: Arc<S>,
    /// Kept as long as the store.
    pub handle: H,
}

/// What a builder builds.
pub type BuiltBy<B> = Built<<B as StoreBuilder>::Store, <B as StoreBuilder>::Handle>;

/// A builder of stores that outlive their process.
pub trait Reopen: StoreBuilder {
    /// Lets a store go as a crash does, without closing it, and opens what is left of it.
    fn reopen(&self, built: BuiltBy<Self>) -> impl Future<Output = BuiltBy<Self>>;
}

/// A builder of stores whose statements can be made to fail.
pub trait FailAfter: StoreBuilder {
    /// From now on lets `statements` more statements of writes pass and makes the next one fail,
    /// once; none fails when absent. What begins and ends a transaction counts as well, as far as it
    /// may fail without leaving open whether it was written.
    fn fail_after(&self, built: &BuiltBy<Self>, statements: Option<u32>);
}

/// A builder of stores whose answers can be lost on their way.
pub trait LoseAnswer: StoreBuilder {
    /// The next write that becomes durable is answered with
    /// [`StoreError::Unknown`](crate::store::StoreError::Unknown).
    fn lose_answer(&self, built: &BuiltBy<Self>);
}

/// Calls a macro with the names of all cases that every store passes, after what it is given.
#[doc(hidden)]
#[macro_export]
macro_rules! store_cases {
    ([$($callback:tt)*] $($given:tt)*) => {
        $($callback)*! {
            ($($given)*)
            booking::from_offer_to_review
            booking::a_hold_becomes_a_booking
            booking::an_approval_and_a_refusal_of_one
            booking::moved_and_reassigned
            booking::a_no_show_and_its_undoing
            booking::a_series_and_its_end
            booking::a_series_is_moved
            booking::read_in_every_way
            booking::as_long_as_is_offered
            booking::over_a_conflict_knowingly
            capacity::a_pool_takes_what_its_peak_allows
            capacity::a_need_is_met_as_a_whole
            capacity::a_class_counts_its_seats
            capacity::the_last_who_leaves_frees_the_session
            capacity::a_lapsed_seat_frees_the_session
            capacity::a_class_is_joined_after_its_buffers_changed
            capacity::a_group_sits_together_or_not_at_all
            capacity::neighbours_share_the_larger_buffer
            capacity::limits_count_what_is_booked
            capacity::ways_between_places_take_time
            catalogue::records_grow_by_versions
            catalogue::deleted_records_are_gone_and_may_come_again
            catalogue::busy_time_is_replaced_as_a_whole
            catalogue::listings_are_found_in_order
            catalogue::cursors_never_go_back
            catalogue::dropped_documents_leave_nothing
            conflict::equal_units_never_meet
            conflict::a_stale_document_is_decided_again
            conflict::a_stale_booking_is_decided_again
            conflict::a_changed_guard_is_decided_again
            conflict::busy_time_changes_what_was_relied_on
            conflict::places_of_a_customer_are_unique
            conflict::replaced_claims_are_gone
            conflict::snapshots_hold_what_meets
            contention::one_unit
            contention::three_units
            contention::five_seats
            contention::two_resources_in_both_orders
            contention::approved_once
            contention::moved_into_one_slot
            contention::held_or_booked
            contention::quotas
            contention::holds
            contention::shared_buffers
            contention::limits_of_a_day
            contention::one_key
            contention::edits_of_one_record
            expiry::a_hold_ends_to_the_second
            expiry::lapsed_holds_make_way
            expiry::an_expired_hold_never_comes_back
            expiry::deadlines_are_listed_and_fire
            idempotency::a_repetition_is_answered_byte_for_byte
            idempotency::a_repeated_hold_has_its_token
            idempotency::another_body_is_refused
            idempotency::keys_are_of_a_principal_a_route_and_a_partition
            idempotency::a_request_in_flight_is_not_run_twice
            idempotency::refusals_are_not_kept
            idempotency::a_reply_without_changes_is_kept
            idempotency::another_engine_gives_the_same_answer
            idempotency::every_write_has_a_key
            outbox::every_entry_once_and_in_order
            outbox::two_relays_lose_nothing
            outbox::projections_go_with_the_feed
            audit::chains_recompute
            money::from_card_to_bank
            money::a_cancellation_gives_back
            money::a_failed_payment_is_tried_again
            money::a_chargeback
            money::a_late_payment_books_again
            money::an_answer_that_overtakes_its_sending
            paging::pages_join
            paging::pages_while_rows_are_added
            paging::order_goes_by_bytes
            personal::sealed_found_and_erased
            personal::notes_are_sealed
            personal::keys_are_rotated
            personal::one_key_for_all_at_once
            rejections::of_commands
            rejections::of_records
            rollback::what_a_decision_refuses_is_not_written
            rollback::what_a_store_refuses_is_not_written
            rollback::a_panic_writes_nothing
            texts::ids_of_all_kinds
            texts::what_cannot_be_kept_is_refused
            isolation::providers_do_not_see_each_other
            model::as_in_memory
        }
    };
}

/// Calls a macro with the names of the cases for stores with [`Reopen`].
#[doc(hidden)]
#[macro_export]
macro_rules! store_reopen_cases {
    ([$($callback:tt)*] $($given:tt)*) => {
        $($callback)*! {
            ($($given)*)
            faults::what_was_answered_is_there_after_a_crash
            faults::keys_are_there_after_a_crash
        }
    };
}

/// Calls a macro with the names of the cases for stores with [`FailAfter`].
#[doc(hidden)]
#[macro_export]
macro_rules! store_fail_after_cases {
    ([$($callback:tt)*] $($given:tt)*) => {
        $($callback)*! {
            ($($given)*)
            faults::a_paid_booking_fails_whole
            faults::a_move_of_two_resources_fails_whole
            faults::a_seat_in_a_class_fails_whole
            faults::a_relay_fails_whole
        }
    };
}

/// Calls a macro with the names of the cases for stores with [`LoseAnswer`].
#[doc(hidden)]
#[macro_export]
macro_rules! store_lose_answer_cases {
    ([$($callback:tt)*] $($given:tt)*) => {
        $($callback)*! {
            ($($given)*)
            faults::a_lost_answer_is_settled_by_the_key
        }
    };
}

/// Makes a test of each case that every store passes; takes an expression that gives a
/// [`StoreBuilder`](crate::testkit::StoreBuilder).
#[macro_export]
macro_rules! store_suite {
    ($builder:expr) => {
        $crate::store_cases! { [$crate::store_tests] run, $builder }
    };
}

/// Makes a test of each case for stores with [`Reopen`](crate::testkit::Reopen).
#[macro_export]
macro_rules! store_suite_reopen {
    ($builder:expr) => {
        $crate::store_reopen_cases! { [$crate::store_tests] run_reopen, $builder }
    };
}

/// Makes a test of each case for stores with [`FailAfter`](crate::testkit::FailAfter).
#[macro_export]
macro_rules! store_suite_fail_after {
    ($builder:expr) => {
        $crate::store_fail_after_cases! { [$crate::store_tests] run_fail_after, $builder }
    };
}

/// Makes a test of each case for stores with [`LoseAnswer`](crate::testkit::LoseAnswer).
#[macro_export]
macro_rules! store_suite_lose_answer {
    ($builder:expr) => {
        $crate::store_lose_answer_cases! { [$crate::store_tests] run_lose_answer, $builder }
    };
}

/// Test functions that run cases by name.
#[doc(hidden)]
#[macro_export]
macro_rules! store_tests {
    (($run:ident, $builder:expr) $($topic:ident :: $case:ident)*) => {
        $(
            #[test]
            fn $case() {
                let case = concat!(stringify!($topic), "::", stringify!($case));
                $crate::testkit::$run(&$builder, case);
            }
        )*
    };
}

macro_rules! dispatch {
    (($builder:ident, $case:ident) $($topic:ident :: $name:ident)*) => {
        match $case {
            $(concat!(stringify!($topic), "::", stringify!($name)) => $topic::$name($builder),)*
            _ => panic!("there is no case `{}`", $case),
        }
    };
}

macro_rules! names {
    (() $($topic:ident :: $name:ident)*) => {
        &[$(concat!(stringify!($topic), "::", stringify!($name))),*]
    };
}

/// All cases that every store passes, in order.
pub const CASES: &[&str] = store_cases! { [names] };
/// The cases for stores with [`Reopen`].
pub const REOPEN_CASES: &[&str] = store_reopen_cases! { [names] };
/// The cases for stores with [`FailAfter`].
pub const FAIL_AFTER_CASES: &[&str] = store_fail_after_cases! { [names] };
/// The cases for stores with [`LoseAnswer`].
pub const LOSE_ANSWER_CASES: &[&str] = store_lose_answer_cases! { [names] };

/// Runs one of [`CASES`] on a new store; panics when the store fails it.
pub fn run<B: StoreBuilder>(builder: &B, case: &str) {
    store_cases! { [dispatch] builder, case }
}

/// Runs one of [`REOPEN_CASES`].
pub fn run_reopen<B: Reopen>(builder: &B, case: &str) {
    store_reopen_cases! { [dispatch] builder, case }
}

/// Runs one of [`FAIL_AFTER_CASES`].
pub fn run_fail_after<B: FailAfter>(builder: &B, case: &str) {
    store_fail_after_cases! { [dispatch] builder, case }
}

/// Runs one of [`LOSE_ANSWER_CASES`].
pub fn run_lose_answer<B: LoseAnswer>(builder: &B, case: &str) {
    store_lose_answer_cases! { [dispatch] builder, case }
}
