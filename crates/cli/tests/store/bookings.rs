//! Free slots, bookings and holds.

use serde_json::{Value, json};

use super::{Folder, NOW, text_of};

/// The starts that `free` lists.
fn starts(shop: &Folder, args: &[&str]) -> Vec<Value> {
    let free = shop.json(&[&["free", "ana", "cut"], args].concat());
    let slots = free["slots"].as_array().unwrap();
    slots.iter().map(|slot| slot["start"].clone()).collect()
}

const MONDAY: [&str; 4] = [
    "--from",
    "2026-03-02T00:00:00Z",
    "--to",
    "2026-03-03T00:00:00Z",
];

#[test]
fn what_is_free_can_be_booked_once() {
    let shop = Folder::with_ana();
    // From nine to five in Madrid, where it is an hour later than in UTC.
    let hours = 8..16;
    let expected: Vec<String> = hours
        .map(|hour| format!("2026-03-02T{hour:02}:00:00Z"))
        .collect();
    assert_eq!(starts(&shop, &MONDAY), expected);
    let book = [
        "book",
        "ana",
        "cut",
        "2026-03-02T09:00:00Z",
        "--customer",
        "c17",
    ];
    let booking = shop.json(&book);
    assert_eq!(booking["status"], "confirmed");
    assert_eq!(booking["slot"]["end"], "2026-03-02T10:00:00Z");
    let mut left = expected;
    left.remove(1);
    assert_eq!(starts(&shop, &MONDAY), left);
    let other = [
        "book",
        "ana",
        "cut",
        "2026-03-02T09:00:00Z",
        "--customer",
        "c18",
    ];
    shop.refused(&other, "the slot is not free: claim of ana (slot-not-free)");
    shop.refused(
        &[
            "book",
            "ana",
            "cut",
            "2026-03-02T11:30:00Z",
            "--customer",
            "c18",
        ],
        "the slot is not free: off-grid (slot-not-free)",
    );
}

#[test]
fn the_next_slots_are_found_however_far_ahead() {
    let shop = Folder::with_ana();
    let next = ["--next", "2", "--from", "2026-03-06T15:00:00Z"];
    // Friday's last hour, and Monday's first.
    assert_eq!(
        starts(&shop, &next),
        ["2026-03-06T15:00:00Z", "2026-03-09T08:00:00Z"]
    );
    let text = shop.text(&[["free", "ana", "cut"].as_slice(), &next].concat());
    assert!(
        text.starts_with("Fri 6 March 2026, UTC+01:00\n  16:00 - 17:00   ana\n"),
        "{text}"
    );
    let saturday = ["--from", "2026-03-07T00:00:00Z", "--days", "1"];
    assert_eq!(starts(&shop, &saturday), Vec::<Value>::new());
    let text = shop.text(&[["free", "ana", "cut"].as_slice(), &saturday].concat());
    assert!(text.starts_with("no free slot in this time"), "{text}");
}

#[test]
fn refused_starts_are_explained_on_request() {
    let shop = Folder::with_ana();
    shop.booked("cut", "2026-03-02T09:00:00Z");
    let args = [["free", "ana", "cut", "--explain"].as_slice(), &MONDAY].concat();
    let refused = shop.json(&args)["refused"].clone();
    let expected = json!({
        "start": "2026-03-02T09:00:00Z",
        "reasons": [{"code": "claim", "resource": "ana"}],
    });
    assert!(refused.as_array().unwrap().contains(&expected), "{refused}");
}

#[test]
fn what_cannot_be_listed_or_booked_is_said() {
    let shop = Folder::with_ana();
    shop.refused(
        &["free", "eve", "cut"],
        "there is no such provider (not-found)",
    );
    shop.refused(
        &["free", "ana", "dye"],
        "there is no such service (not-found)",
    );
    shop.wrong(&["free", "ana", "cut", "--next", "0"], "--next");
    shop.wrong(
        &["free", "ana", "cut", "--next", "1", "--days", "2"],
        "cannot be used with",
    );
    let reversed = [
        "--from",
        "2026-03-03T00:00:00Z",
        "--to",
        "2026-03-02T00:00:00Z",
    ];
    shop.wrong(
        &[["free", "ana", "cut"].as_slice(), &reversed].concat(),
        "--from and --to",
    );
    shop.wrong(&["book", "ana", "cut"], "--customer");
    shop.wrong(
        &["book", "ana", "cut", "today", "--customer", "c17"],
        "RFC 3339",
    );
    shop.wrong(&["book", "--held", "b1"], "--token");
    shop.wrong(
        &["bookings", "ana", "--status", "open"],
        "expected one of held, pending, confirmed",
    );
    shop.wrong(&["bookings"], "required");
}

#[test]
fn a_request_with_a_key_happens_once() {
    let shop = Folder::with_ana();
    let book = |start: &str, who: &str| {
        let args = [
            "book",
            "ana",
            "cut",
            start,
            "--customer",
            "c17",
            "--key",
            "order-1",
        ];
        shop.at(NOW, &[args.as_slice(), &["--as", who]].concat())
    };
    let first = book("2026-03-02T09:00:00Z", "customer:c17");
    assert_eq!(first.status, 0, "{}", first.stderr);
    let again = book("2026-03-02T09:00:00Z", "customer:c17");
    assert_eq!((again.stdout, again.stderr), (first.stdout, String::new()));
    let other = book("2026-03-02T10:00:00Z", "customer:c17");
    assert_eq!(other.status, 1);
    assert!(other.stderr.contains("idempotency"), "{}", other.stderr);
    // Another principal has keys of its own.
    assert_eq!(book("2026-03-02T10:00:00Z", "customer:c18").status, 0);
    assert_eq!(shop.lines(&["bookings", "ana"]).len(), 2);
    shop.wrong(&["bookings", "ana", "--as", "king"], "unexpected argument");
    shop.wrong(
        &["cancel", "b1", "--as", "king"],
        "expected customer, provider or operator",
    );
}

#[test]
fn a_hold_becomes_a_booking_for_its_holder() {
    let shop = Folder::with_ana();
    let start = "2026-03-02T09:00:00Z";
    let held = shop.json(&["book", "ana", "cut", start, "--customer", "c17", "--hold"]);
    let (id, token) = (text_of(&held, "/booking/id"), text_of(&held, "/token"));
    assert_eq!(held["booking"]["status"], "held");
    assert_eq!(held["booking"]["dueAt"], "2026-03-01T10:10:00Z");
    let extend = ["booking", "extend-hold", &id, "--token", &token];
    let extended = shop.json_at("2026-03-01T10:05:00Z", &extend);
    assert_eq!(extended["dueAt"], "2026-03-01T10:15:00Z");
    let other = "0".repeat(64);
    shop.refused(
        &["book", "--held", &id, "--token", &other],
        "this is not the token of the hold (not-the-holder)",
    );
    let booked = shop.json(&["book", "--held", &id, "--token", &token]);
    assert_eq!(
        (&booked["id"], &booked["status"]),
        (&json!(id), &json!("confirmed"))
    );
    let late = shop.json(&[
        "book",
        "ana",
        "cut",
        "2026-03-02T10:00:00Z",
        "--customer",
        "c17",
        "--hold",
    ]);
    let (id, token) = (text_of(&late, "/booking/id"), text_of(&late, "/token"));
    shop.refused_at(
        "2026-03-01T10:10:00Z",
        &["book", "--held", &id, "--token", &token],
        "the hold or the booking has expired (hold-expired)",
    );
}

#[test]
fn bookings_are_listed_by_status_and_page() {
    let shop = Folder::with_ana();
    let first = shop.booked("cut", "2026-03-02T09:00:00Z");
    let args = [
        "book",
        "ana",
        "cut",
        "2026-03-02T10:00:00Z",
        "--customer",
        "c18",
    ];
    let second = text_of(&shop.json_at("2026-03-01T11:00:00Z", &args), "/id");
    let ids = |args: &[&str]| -> Vec<Value> {
        let lines = shop.lines(&[&["bookings", "ana"], args].concat());
        lines.into_iter().map(|line| line["id"].clone()).collect()
    };
    assert_eq!(ids(&[]), [second.as_str(), first.as_str()]);
    assert_eq!(ids(&["--after", &second]), [first.as_str()]);
    assert_eq!(ids(&["--limit", "1"]), [second.as_str()]);
    shop.json(&["cancel", &first]);
    assert_eq!(ids(&["--status", "cancelled"]), [first.as_str()]);
    let text = shop.text(&["bookings", "ana", "--status", "confirmed"]);
    let when = "Mon 2 March 2026 11:00 - 12:00 (Europe/Madrid)";
    assert_eq!(
        text,
        format!("{second}  confirmed  {when}  cut  c18  40.00 EUR\n")
    );
    assert_eq!(shop.text(&["bookings", "eve"]), "no bookings\n");
}

#[test]
fn a_cancellation_is_seen_before_it_is_made() {
    let shop = Folder::with_ana();
    let id = shop.booked("cut", "2026-03-02T09:00:00Z");
    let nothing = json!({"amount": "0.00", "currency": "EUR"});
    let preview = shop.json(&["cancel", &id, "--preview", "--as", "customer"]);
    assert_eq!(preview["refund"], nothing);
    assert_eq!(shop.json(&["booking", "show", &id])["status"], "confirmed");
    let cancelled = shop.json(&["cancel", &id, "--as", "customer:c17", "--reason", "ill"]);
    assert_eq!(cancelled["status"], "cancelled");
    let by = json!({"actor": "customer", "id": "c17"});
    assert_eq!(cancelled["cancellation"]["by"], by);
    shop.refused(
        &["cancel", &id],
        "the booking has ended: it is cancelled (booking-ended)",
    );
    shop.refused(
        &["cancel", "b1", "--preview"],
        "there is no such booking (not-found)",
    );
    let text = shop.text(&["booking", "show", &id]);
    assert!(
        text.starts_with(&format!("booking    {id}\nstatus     cancelled\n")),
        "{text}"
    );
}

#[test]
fn an_operator_books_over_a_conflict_with_a_reason() {
    let shop = Folder::with_ana();
    let start = "2026-03-02T09:00:00Z";
    shop.booked("cut", start);
    let book = ["book", "ana", "cut", start, "--customer", "c18"];
    shop.refused(&book, "the slot is not free: claim of ana (slot-not-free)");
    let over = ["--over", "a friend of the house", "--resources", "ana"];
    let booked = shop.json(&[book.as_slice(), &over].concat());
    assert_eq!(booked["overridden"]["by"]["actor"], "operator");
    let customer = shop.at(
        NOW,
        &[book.as_slice(), &over, &["--as", "customer"]].concat(),
    );
    assert_eq!(
        (customer.status, customer.stdout.as_str()),
        (1, ""),
        "{}",
        customer.stderr
    );
    shop.wrong(
        &[book.as_slice(), &["--over", "why not"]].concat(),
        "--resources",
    );
}
