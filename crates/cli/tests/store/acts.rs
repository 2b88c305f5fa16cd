//! Each thing that can be done to a booking, in the normal way and refused.

use serde_json::json;

use super::{Folder, text_of};

const START: &str = "2026-03-02T09:00:00Z";
const END: &str = "2026-03-02T10:00:00Z";

/// A shop whose haircut the provider approves.
fn approving() -> Folder {
    let shop = Folder::with_ana();
    shop.json(&["service", "put", "ana", "cut", "--approval", "true"]);
    shop
}

#[test]
fn a_booking_is_approved_or_declined() {
    let shop = approving();
    let id = shop.booked("cut", START);
    assert_eq!(shop.json(&["booking", "show", &id])["status"], "pending");
    shop.refused(
        &["booking", "approve", &id, "--as", "customer"],
        "`approve` is not for the customer (actor-not-allowed)",
    );
    let approved = shop.json(&["booking", "approve", &id, "--as", "provider:ana"]);
    assert_eq!(approved["status"], "confirmed");
    let other = shop.booked("cut", "2026-03-02T11:00:00Z");
    let declined = shop.json(&["booking", "decline", &other, "--reason", "on holiday"]);
    assert_eq!(declined["status"], "declined");
    shop.refused(
        &["booking", "approve", &other],
        "the booking has ended: it is declined (booking-ended)",
    );
}

#[test]
fn a_booking_moves_to_another_time_and_to_others() {
    let shop = Folder::with_ana();
    shop.json(&[
        "resource",
        "put",
        "ana",
        "ben",
        "--hours",
        "mon-fri 09:00-17:00",
    ]);
    shop.service("wash", &["--need", "ana,ben"]);
    let id = shop.booked("wash", START);
    let later = "2026-03-03T09:00:00Z";
    let moved = shop.json(&["booking", "reschedule", &id, "--start", later]);
    assert_eq!(moved["slot"]["start"], later);
    let served = text_of(&moved, "/takes/0/resource");
    let other = if served == "ana" { "ben" } else { "ana" };
    let given = shop.json(&["booking", "reassign", &id, "--resources", other]);
    assert_eq!(given["takes"][0]["resource"], other);
    shop.refused(
        &["booking", "reschedule", &id, "--start", later],
        "the booking has that time already (same-time)",
    );
    shop.wrong(&["booking", "reschedule", &id], "--start");
}

#[test]
fn a_customer_comes_and_both_sides_say_how_it_was() {
    let shop = Folder::with_ana();
    let id = shop.booked("cut", START);
    shop.refused_at(
        "2026-03-02T07:59:59Z",
        &["booking", "check-in", &id, "--as", "customer"],
        "that is possible from 2026-03-02 08:00:00 UTC on (too-early)",
    );
    let there = shop.json_at(START, &["booking", "check-in", &id]);
    assert_eq!(there["status"], "inProgress");
    let done = shop.json_at(END, &["booking", "complete", &id, "--as", "provider"]);
    assert_eq!(
        (&done["status"], &done["completedAt"]),
        (&json!("completed"), &json!(END))
    );
    let review = [
        "booking", "review", &id, "--as", "customer", "--rating", "5",
    ];
    let reviewed = shop.json_at(END, &[review.as_slice(), &["--text", "Lovely"]].concat());
    assert_eq!(reviewed["reviews"]["customer"]["rating"], 5);
    let again = shop.at(END, &review);
    assert_eq!(
        (again.status, again.stdout.as_str()),
        (1, ""),
        "{}",
        again.stderr
    );
    shop.wrong(&["booking", "review", &id, "--rating", "6"], "--rating");
}

#[test]
fn a_no_show_can_be_undone() {
    let shop = Folder::with_ana();
    let id = shop.booked("cut", START);
    let mark = [
        "booking", "no-show", &id, "--whose", "customer", "--as", "provider",
    ];
    shop.refused_at(
        START,
        &mark,
        "that is possible from 2026-03-02 09:15:00 UTC on (too-early)",
    );
    let marked = shop.json_at("2026-03-02T09:15:00Z", &mark);
    assert_eq!(marked["status"], "noShow");
    let undone = shop.json_at("2026-03-02T09:20:00Z", &["booking", "undo-no-show", &id]);
    assert_eq!(undone["status"], "confirmed");
    shop.wrong(
        &["booking", "no-show", &id, "--whose", "weather"],
        "customer or provider",
    );
}

#[test]
fn the_version_that_was_seen_can_be_asked_for() {
    let shop = Folder::with_ana();
    let id = shop.booked("cut", START);
    shop.refused(
        &["booking", "cancel", &id, "--expected-version", "7"],
        "the booking has version 1, and the command is for version 7 (version-conflict)",
    );
    let cancelled = shop.json(&["booking", "cancel", &id, "--expected-version", "1"]);
    assert_eq!(
        (&cancelled["status"], &cancelled["version"]),
        (&json!("cancelled"), &json!(2))
    );
}
