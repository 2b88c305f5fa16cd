//! A booking as it is kept, for whoever wants all that is known.

use serde_json::{Value, json};

use super::form::{Field, any_of, count, flag, items, may, must, of, open, pattern, whole};
use super::parameters::STATUSES;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("By", by()),
        ("Take", take()),
        ("Failures", failures()),
        ("Payment", payment()),
        ("KeptBooking", booking()),
    ]
}

fn by() -> Value {
    open([must("actor", of("Actor"), ""), may("id", of("Id"), "")])
}

fn take() -> Value {
    open([
        must("resource", of("Id"), ""),
        must("role", count(), "Which role of the service, from 0 on."),
        must("units", count(), ""),
        may("bufferBeforeMinutes", of("Minutes"), ""),
        may("bufferAfterMinutes", of("Minutes"), ""),
        may(
            "session",
            flag(),
            "Whether it is part of a class's session.",
        ),
        may("with", of("Id"), "The session's primary resource."),
        may("place", of("Id"), ""),
    ])
}

fn failures() -> Value {
    items(open([
        must("instruction", instruction(), ""),
        may("reason", of("Note"), ""),
    ]))
}

fn instruction() -> Value {
    pattern("^(authorise|capture|void|refund|payout)/[0-9]+/[0-9]+$")
}

fn money(names: &[&'static str]) -> Vec<Field> {
    names
        .iter()
        .map(|name| must(name, of("Money"), ""))
        .collect()
}

fn payment() -> Value {
    let intent = open([
        must("purpose", any_of(["price", "deposit", "balance"]), ""),
        must("amount", of("Money"), ""),
        may("authorised", flag(), ""),
        may("authorisedUntil", of("Instant"), ""),
        may("captureAttempts", count(), ""),
        may("captured", flag(), ""),
        may("voidAttempts", count(), ""),
        may("voided", flag(), ""),
        may("passedOn", of("Id"), "To which booking."),
        may("takenOver", of("Id"), "From which booking."),
        may("failures", of("Failures"), ""),
    ]);
    let reasons = [
        "cancelled",
        "declined",
        "expired",
        "noShow",
        "overpaid",
        "dispute",
        "goodwill",
    ];
    let refund = open([
        must("reason", any_of(reasons), ""),
        must("amount", of("Money"), ""),
        must("attempts", count(), ""),
        may("done", flag(), ""),
        may("dropped", flag(), ""),
        may("failures", of("Failures"), ""),
    ]);
    let payout = open([
        must("amount", of("Money"), ""),
        must("attempts", count(), ""),
        may("done", flag(), ""),
        may("failures", of("Failures"), ""),
    ]);
    let dispute = open([
        must("id", of("Id"), ""),
        must("by", of("Actor"), ""),
        must("amount", of("Money"), ""),
        must("at", of("Instant"), ""),
        may("reason", of("Note"), ""),
        may("outcome", any_of(["won", "lost"]), ""),
    ]);
    open([
        must("basis", open(money(&["total", "fee"])), ""),
        must("owed", of("Money"), ""),
        must("rounding", of("Rounding"), ""),
        must("balances", open(money(BALANCES)), "By account."),
        may("intents", items(intent), "Payments of the customer."),
        may("refunds", items(refund), ""),
        may("payouts", items(payout), ""),
        may("disputes", items(dispute), ""),
        must("processorFees", of("Money"), ""),
        may(
            "parked",
            items(answer()),
            "Answers to what was not asked yet.",
        ),
        may("capturedAt", of("Instant"), ""),
        may("releaseAt", of("Instant"), ""),
        may("released", flag(), ""),
    ])
}

/// What the processor said.
fn answer() -> Value {
    let outcomes = [
        "authorised",
        "captured",
        "voided",
        "refunded",
        "paidOut",
        "failed",
        "disputeOpened",
        "disputeWon",
        "disputeLost",
    ];
    open([
        must("outcome", any_of(outcomes), ""),
        may("instruction", instruction(), ""),
        may("until", of("Instant"), ""),
        may("amount", of("Money"), ""),
        may("processorFee", of("Money"), ""),
        may("reason", of("Note"), ""),
        may("dispute", of("Id"), ""),
    ])
}

fn booking() -> Value {
    let moved = open([
        must("at", of("Instant"), ""),
        must("start", of("Instant"), "The time that it had."),
        must("by", of("Actor"), ""),
    ]);
    let cancellation = open([
        must("by", of("By"), ""),
        must("at", of("Instant"), ""),
        may("reason", of("Note"), ""),
        must("refund", of("Money"), ""),
        must("refundedBefore", of("Money"), ""),
        must("byTerms", flag(), ""),
    ]);
    let no_show = open([
        must("whose", of("Actor"), ""),
        must("by", of("By"), ""),
        must("at", of("Instant"), ""),
        may("settled", flag(), ""),
    ]);
    let reviews = open([
        must("opensAt", of("Instant"), ""),
        must("closesAt", of("Instant"), ""),
        may("customer", of("Review"), ""),
        may("provider", of("Review"), ""),
        may("published", flag(), ""),
    ]);
    let overridden = open([must("by", of("By"), ""), must("reason", of("Note"), "")]);
    let awaiting = open([must("payment", flag(), ""), must("approval", flag(), "")]);
    let mut all = fields();
    all.extend([
        may("awaiting", awaiting, ""),
        may("overridden", overridden, "It was booked over a conflict."),
        may("reschedules", items(moved), "The times that it had before."),
        may("cancellation", cancellation, ""),
        may("noShow", no_show, ""),
        must("payment", of("Payment"), "Its money."),
        may("reviews", reviews, "What the two sides say."),
    ]);
    open(all)
}

fn fields() -> Vec<Field> {
    let text = || json!({"type": "string"});
    let slot = open([
        must("start", of("Instant"), ""),
        must("end", of("Instant"), ""),
    ]);
    let anchor = open([
        must("instant", of("Instant"), ""),
        must("offsetSeconds", json!({"type": "integer"}), ""),
        must("zone", text(), ""),
        must("civil", of("CivilTime"), ""),
        must("tzdb", text(), ""),
        must("kind", any_of(["wall", "instant"]), ""),
    ]);
    vec![
        must("id", of("Id"), ""),
        must("provider", of("Id"), ""),
        must("customer", of("Id"), ""),
        must("service", of("Id"), ""),
        may("series", of("Id"), ""),
        may(
            "succeeds",
            of("Id"),
            "The booking whose late payment it took.",
        ),
        must("status", any_of(STATUSES), ""),
        must("version", count(), ""),
        must("sequence", count(), ""),
        must("slot", slot, "When, without buffers."),
        must("anchor", anchor, "The start as it was meant."),
        must("party", whole(1, 4_294_967_295), ""),
        must(
            "takes",
            items(of("Take")),
            "What it takes of which resource.",
        ),
        must("terms", of("Terms"), "As agreed on."),
        must("quote", of("Quote"), ""),
        may("addOns", items(of("Id")), ""),
        may("discount", of("Id"), ""),
        may("tips", of("Money"), ""),
        may(
            "notes",
            text(),
            "Sealed, as it is kept; the words are in `texts`.",
        ),
        may("holdToken", pattern("^[0-9a-f]{64}$"), "A hash of it."),
        may("dueAt", of("Instant"), ""),
        may("confirmationCode", of("ConfirmationCode"), ""),
        must("createdAt", of("Instant"), ""),
        must("scheduledAt", of("Instant"), ""),
        must("updatedAt", of("Instant"), ""),
        may("completedAt", of("Instant"), ""),
    ]
}

const BALANCES: &[&str] = &[
    "captured",
    "refunded",
    "disputed",
    "platformFee",
    "processorFee",
    "paidOut",
    "providerPayable",
    "held",
    "providerReceivable",
    "platformExpense",
    "processorClaim",
];
