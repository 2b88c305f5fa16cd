//! The cases of the suite that are about who comes first, without group commit.

#[path = "support/builder.rs"]
mod builder;
#[path = "support/database.rs"]
mod database;

use builder::PostgresBuilder;

quando_engine::store_tests! {
    (run, PostgresBuilder::new(false))
    booking::from_offer_to_review
    booking::a_hold_becomes_a_booking
    booking::an_approval_and_a_refusal_of_one
    booking::moved_and_reassigned
    booking::a_no_show_and_its_undoing
    booking::a_series_and_its_end
    booking::read_in_every_way
    booking::over_a_conflict_knowingly
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
    idempotency::a_repetition_is_answered_byte_for_byte
    idempotency::a_repeated_hold_has_its_token
    idempotency::another_body_is_refused
    idempotency::keys_are_of_a_principal_a_route_and_a_partition
    idempotency::a_request_in_flight_is_not_run_twice
    idempotency::refusals_are_not_kept
    idempotency::a_reply_without_changes_is_kept
    idempotency::another_engine_gives_the_same_answer
    idempotency::every_write_has_a_key
}
