//! Bookings, holds, quotes, and what is done to them.

use quando::limits::REVIEW_TEXT_BYTES_MAX;
use serde_json::{Value, json};

use super::form::{
    Field, any_of, can, closed, count, items, list, may, must, of, open, pattern, text, whole,
};
use super::operation::{Need, Operation};
use super::parameters::STATUSES;
use super::problems::{self, Refusal};
use super::schedules::yes;

const NUMBER: u64 = 4_294_967_295;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let hold = closed([must("id", of("Id"), ""), must("token", of("HoldToken"), "")]);
    let mut booking: Vec<Field> = wish().into();
    booking.push(can("hold", hold, "The hold that becomes the booking."));
    let mut booking = open(booking);
    booking["additionalProperties"] = json!(false);
    let mut held: Vec<Field> = view().into();
    held.push(must(
        "token",
        of("HoldToken"),
        "Whoever knows it makes a booking of the hold.",
    ));
    vec![
        ("NewBooking", booking),
        ("NewHold", closed(wish())),
        ("Booking", open(view())),
        ("Hold", open(held)),
        ("BookingPage", super::catalogue::page("Booking")),
        ("Review", review()),
        ("ReviewPage", review_page()),
        ("Offered", offered()),
        ("CancellationPreview", preview()),
        ("Nothing", closed([])),
        ("Refusal", closed([can("reason", note(), "Why.")])),
        ("CallOff", call_off()),
        ("Move", moved()),
        ("Missed", missed()),
        (
            "Complaint",
            closed([must("reason", note(), "What is wrong.")]),
        ),
        ("Opinion", opinion()),
    ]
}

/// What the text of a request may be: shorter than what is kept.
pub(super) fn note() -> Value {
    text(0, 500, r"\n\r\t")
}

fn wish() -> [Field; 13] {
    let guest = closed([
        must("name", text(1, 200, ""), ""),
        must("email", pattern(r"^[^@\s]+@[^@\s]+$"), ""),
        can("phone", text(1, 40, ""), ""),
    ]);
    [
        must("providerId", of("Id"), ""),
        must("serviceId", of("Id"), ""),
        must("date", of("Instant"), "When it starts."),
        can(
            "duration",
            of("Minutes"),
            "In minutes; as the service says when absent.",
        ),
        can(
            "customerId",
            of("Id"),
            "For whom, where that is not the caller.",
        ),
        can("notes", note(), "What the customer wants to say."),
        can(
            "party",
            whole(1, NUMBER),
            "For how many; for one when absent.",
        ),
        may(
            "addOns",
            list(of("Id"), 0, 1_000),
            "Of the service's price.",
        ),
        can("discount", of("Id"), "The code of one."),
        can("tips", of("Price"), "What the customer gives on top."),
        can(
            "resources",
            of("ResourceChoice"),
            "Where the customer chose.",
        ),
        can(
            "guest",
            guest,
            "Who books, where that is somebody without a token.",
        ),
        can(
            "overrideReason",
            of("Note"),
            "Why although it is taken; not for customers.",
        ),
    ]
}

fn view() -> [Field; 26] {
    let states = [
        "none",
        "authorised",
        "captured",
        "releasable",
        "released",
        "partRefunded",
        "refunded",
        "disputed",
        "failed",
    ];
    let awaiting = open([
        must("payment", yes(false), ""),
        must("approval", yes(false), ""),
    ]);
    let cancellation = open([
        must("by", of("Actor"), ""),
        must("at", of("Instant"), ""),
        may("reason", of("Note"), ""),
        must("refund", of("Money"), "What went back."),
    ]);
    [
        must("id", of("Id"), ""),
        must("status", any_of(STATUSES), "Where it stands."),
        may(
            "confirmationCode",
            of("ConfirmationCode"),
            "Once it was confirmed.",
        ),
        must("providerId", of("Id"), ""),
        must("serviceId", of("Id"), ""),
        must("customerId", of("Id"), ""),
        must("date", of("Instant"), "When it starts."),
        must("end", of("Instant"), ""),
        must("duration", of("Minutes"), "In minutes."),
        must("party", whole(1, NUMBER), ""),
        may("notes", of("Note"), ""),
        must("resources", of("ResourceChoice"), ""),
        may("addOns", items(of("Id")), ""),
        may("series", of("Id"), "The series that it is of."),
        must("price", of("Money"), "What the customer pays."),
        must("quote", of("Quote"), "The same, line by line."),
        must("money", any_of(states), "Where the money is."),
        may(
            "awaiting",
            awaiting,
            "What is still to come before it is confirmed.",
        ),
        may(
            "expiresAt",
            of("Instant"),
            "When a hold or a pending booking lapses.",
        ),
        may("cancellation", cancellation, ""),
        may("noShow", of("Actor"), "Who did not come."),
        may(
            "reviews",
            items(of("Review")),
            "As far as the caller may see them.",
        ),
        may(
            "actions",
            actions(),
            "Of a guest: what may be done, each with its token.",
        ),
        must("version", count(), "Grows with each change."),
        must("createdAt", of("Instant"), ""),
        must("updatedAt", of("Instant"), ""),
    ]
}

/// Tokens for single purposes.
fn actions() -> Value {
    json!({"type": "object", "additionalProperties": {"type": "string"}})
}

fn review() -> Value {
    open([
        must("by", any_of(["customer", "provider"]), ""),
        must("rating", whole(1, 5), ""),
        may("text", text(0, REVIEW_TEXT_BYTES_MAX, r"\n"), ""),
        must("at", of("Instant"), ""),
    ])
}

fn review_page() -> Value {
    open([
        must("ratings", of("Ratings"), "The sum of all."),
        must("items", items(of("Review")), ""),
        may(
            "next",
            json!({"type": "string"}),
            "For `cursor`; none on the last page.",
        ),
    ])
}

fn offered() -> Value {
    open([
        must("quote", of("Quote"), "The price."),
        must(
            "refund",
            of("RefundPolicy"),
            "What a cancellation gives back.",
        ),
    ])
}

fn preview() -> Value {
    open([
        must("share", of("Share"), "The part that the tiers give back."),
        must("charge", of("Money"), "What is kept of that."),
        must("refund", of("Money"), "What goes back."),
        must(
            "feeReversed",
            of("Money"),
            "Of that, out of the platform's fee.",
        ),
        must(
            "fromProvider",
            of("Money"),
            "Of that, out of the provider's part.",
        ),
        must("kept", of("Money"), ""),
        must("feeKept", of("Money"), ""),
    ])
}

fn call_off() -> Value {
    closed([
        can("reason", note(), "Why."),
        can(
            "token",
            of("HoldToken"),
            "Of a hold, the secret of its holder.",
        ),
    ])
}

fn moved() -> Value {
    closed([
        must("date", of("Instant"), "The new start."),
        can(
            "resources",
            of("ResourceChoice"),
            "The same ones when absent, where that is possible.",
        ),
    ])
}

fn missed() -> Value {
    closed([can(
        "whose",
        of("Actor"),
        "The other side when absent; operators have to say it.",
    )])
}

fn opinion() -> Value {
    closed([
        must("rating", whole(1, 5), "Stars."),
        may(
            "text",
            text(0, REVIEW_TEXT_BYTES_MAX, r"\n"),
            "At most 8,192 bytes.",
        ),
    ])
}

pub(super) fn operations() -> Vec<Operation> {
    let mut all = making();
    all.extend(reading());
    all.extend(acting());
    all
}

fn making() -> Vec<Operation> {
    let wish = json!({
        "providerId": "ana", "serviceId": "repair", "date": "2026-03-02T09:00:00Z",
        "notes": "The bell is broken.",
    });
    let mut held = booked("held");
    held["token"] = json!("5f".repeat(32));
    held["expiresAt"] = json!("2026-03-02T08:10:00Z");
    let wishes: [&[Refusal]; 5] = [
        problems::ALLOWED,
        problems::NOT_FOUND,
        problems::FIELD,
        problems::SLOTS,
        problems::PRICE,
    ];
    vec![
        Operation::new("createBooking")
            .with_action_token()
            .takes("NewBooking", wish.clone())
            .keyed(Need::Must)
            .gives(201, "Booking", booked("confirmed"))
            .tagged()
            .placed()
            .refuses(&wishes)
            .refuses(&[problems::SIGNED_IN, problems::TAKE, problems::HELD]),
        Operation::new("createHold")
            .takes("NewHold", wish.clone())
            .keyed(Need::Must)
            .gives(201, "Hold", held)
            .tagged()
            .placed()
            .refuses(&wishes)
            .refuses(&[problems::SIGNED_IN, problems::TAKE]),
        Operation::new("deleteHold")
            .with_hold_token()
            .with_action_token()
            .gives_nothing()
            .refuses(&[problems::SIGNED_IN, problems::NOT_FOUND])
            .refuses(&[problems::HELD, problems::ACT]),
        Operation::new("quote")
            .takes("NewHold", wish)
            .gives(
                200,
                "Offered",
                json!({"quote": quote(), "refund": {"tiers": []}}),
            )
            .refuses(&wishes[1..])
            .refuses(&[problems::TOKEN]),
    ]
}

fn reading() -> Vec<Operation> {
    let review = json!({
        "by": "customer", "rating": 5, "text": "On time.", "at": "2026-03-02T10:30:00Z",
    });
    let euros = |amount: &str| json!({"amount": amount, "currency": "EUR"});
    let preview = json!({
        "share": "0.5", "charge": euros("0.00"), "refund": euros("40.00"),
        "feeReversed": euros("2.80"), "fromProvider": euros("37.20"),
        "kept": euros("40.00"), "feeKept": euros("2.80"),
    });
    let page = json!({"ratings": {"counts": [0, 0, 0, 0, 1]}, "items": [review]});
    let one = [problems::SIGNED_IN, problems::NOT_FOUND];
    vec![
        Operation::new("listBookings")
            .gives(200, "BookingPage", json!({"items": [booked("confirmed")]}))
            .conditional()
            .refuses(&[problems::SIGNED_IN, problems::ALLOWED, problems::QUERY]),
        Operation::new("showBooking")
            .with_action_token()
            .gives(200, "Booking", booked("confirmed"))
            .conditional()
            .refuses(&one),
        Operation::new("previewCancellation")
            .with_action_token()
            .gives(200, "CancellationPreview", preview)
            .refuses(&one)
            .refuses(&[problems::ACT, problems::IN_TIME]),
        Operation::new("listReviews")
            .gives(200, "ReviewPage", page)
            .conditional()
            .refuses(&[problems::TOKEN, problems::QUERY, problems::NOT_FOUND]),
    ]
}

fn acting() -> Vec<Operation> {
    let act = |id, (schema, body): (&str, Value), status: &str| {
        Operation::new(id)
            .takes(schema, body)
            .with_action_token()
            .keyed(Need::Must)
            .over_version(Need::May)
            .gives(200, "Booking", booked(status))
            .tagged()
            .refuses(&[problems::SIGNED_IN, problems::NOT_FOUND, problems::ACT])
    };
    let nothing = || ("Nothing", json!({}));
    let reason = || json!({"reason": "I am ill."});
    let moved = json!({"date": "2026-03-02T10:00:00Z"});
    let opinion = json!({"rating": 5, "text": "On time."});
    vec![
        act("confirmBooking", nothing(), "confirmed").refuses(&[problems::TAKE]),
        act("declineBooking", ("Refusal", reason()), "declined").refuses(&[
            problems::FIELD,
            problems::REASON,
            problems::MONEY,
        ]),
        act("cancelBooking", ("CallOff", reason()), "cancelled")
            .refuses(&[problems::FIELD, problems::REASON, problems::MONEY])
            .refuses(&[problems::IN_TIME, problems::HELD]),
        act("rescheduleBooking", ("Move", moved), "confirmed")
            .refuses(&[problems::MOVE, problems::IN_TIME, problems::MONEY])
            .refuses(&[problems::TAKE, problems::SLOTS, problems::PRICE]),
        act("checkIn", nothing(), "inProgress").refuses(&[problems::IN_TIME]),
        act("completeBooking", nothing(), "completed")
            .refuses(&[problems::IN_TIME, problems::MONEY]),
        act(
            "markNoShow",
            ("Missed", json!({"whose": "customer"})),
            "noShow",
        )
        .refuses(&[
            problems::FIELD,
            problems::NO_SHOW,
            problems::IN_TIME,
            problems::MONEY,
        ]),
        act("disputeBooking", ("Complaint", reason()), "completed").refuses(&[
            problems::FIELD,
            problems::IN_TIME,
            problems::MONEY,
        ]),
        act("review", ("Opinion", opinion), "completed").refuses(&[problems::REVIEW]),
    ]
}

fn quote() -> Value {
    let euros = |amount: &str| json!({"amount": amount, "currency": "EUR"});
    json!({
        "lines": [{"kind": "base", "amount": euros("80.00")}],
        "net": euros("80.00"), "tax": euros("0.00"), "tips": euros("0.00"),
        "total": euros("80.00"),
        "fee": {"total": euros("5.60"), "customer": euros("0.00"), "provider": euros("5.60")},
        "providerGets": euros("74.40"), "dueNow": euros("80.00"),
        "durationMinutes": 60, "tzdb": "2026f",
    })
}

/// A booking of an hour with Ana.
pub(super) fn booked(status: &str) -> Value {
    json!({
        "id": "019cad5e-6c00-7a3f-9f0e-1f1d8a1b9c11", "status": status,
        "providerId": "ana", "serviceId": "repair", "customerId": "cem",
        "date": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z", "duration": 60,
        "party": 1, "resources": [["ana"]],
        "price": {"amount": "80.00", "currency": "EUR"}, "quote": quote(), "money": "none",
        "version": 1,
        "createdAt": "2026-03-02T08:00:00Z", "updatedAt": "2026-03-02T08:00:00Z",
    })
}
