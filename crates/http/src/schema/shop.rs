//! Payments by hand, refunds, complaints, statements, verification and API keys.

use serde_json::{Value, json};

use super::bookings::{booked, note};
use super::catalogue::page;
use super::form::{
    Field, any_of, can, closed, constant, count, flag, items, list, may, must, of, open, pattern,
    text, whole,
};
use super::operation::{Need, Operation};
use super::problems::{self, Refusal};

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let mut all = of_payments();
    all.extend(of_refunds());
    all.extend(of_statements());
    all.extend(of_verification());
    all
}

fn instruction() -> Value {
    pattern("^(authorise|capture|void|refund|payout)/[1-9][0-9]{0,9}/[1-9][0-9]{0,9}$")
}

fn of_payments() -> Vec<(&'static str, Value)> {
    let kinds = ["authorise", "capture", "void", "refund", "payout"];
    let asked = open([
        must("bookingId", of("Id"), ""),
        must("providerId", of("Id"), ""),
        must("instruction", instruction(), "Kind, number and attempt."),
        must("kind", any_of(kinds), ""),
        must("amount", of("Money"), ""),
        must("whenDone", of("Fact"), "To be reported once it is done."),
    ]);
    vec![
        ("Fact", fact()),
        ("Instruction", asked),
        ("InstructionPage", page("Instruction")),
        (
            "Again",
            closed([must("instruction", instruction(), "The one that failed.")]),
        ),
    ]
}

/// What the processor, or an operator in its place, says.
fn fact() -> Value {
    let about = || must("instruction", instruction(), "What it is an answer to.");
    let outcome = |name: &str| must("outcome", constant(name), "");
    let dispute = || must("dispute", of("Id"), "A name of the bank's.");
    let simple = |name: &str| closed([outcome(name), about()]);
    json!({"oneOf": [
        closed([outcome("authorised"), about(), can("until", of("Instant"), "When it ends.")]),
        closed([
            outcome("captured"),
            about(),
            must("amount", of("Money"), ""),
            can("processorFee", of("Money"), ""),
        ]),
        simple("voided"),
        simple("refunded"),
        simple("paidOut"),
        closed([outcome("failed"), about(), can("reason", of("Note"), "")]),
        closed([outcome("disputeOpened"), dispute(), must("amount", of("Money"), "")]),
        closed([outcome("disputeWon"), dispute()]),
        closed([outcome("disputeLost"), dispute()]),
    ]})
}

fn of_refunds() -> Vec<(&'static str, Value)> {
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
        must(
            "number",
            whole(1, 64),
            "Its instructions are `refund/{number}/…`.",
        ),
        must("reason", any_of(reasons), ""),
        must("amount", of("Money"), ""),
        must(
            "status",
            any_of(["asked", "failed", "done", "dropped"]),
            "How far it has come.",
        ),
    ]);
    let dispute = open([
        must("id", of("Id"), ""),
        must("by", of("Actor"), ""),
        must("amount", of("Money"), ""),
        must("at", of("Instant"), ""),
        may("reason", of("Note"), ""),
        must("open", flag(), "Whether it is still to be decided."),
        may("outcome", any_of(["won", "lost"]), ""),
    ]);
    let give_back = closed([
        must("amount", of("Price"), ""),
        can("reason", note(), "Why."),
    ]);
    let verdict = closed([can(
        "refund",
        of("Price"),
        "What goes back; nothing when absent.",
    )]);
    vec![
        ("Refund", refund),
        ("RefundPage", page("Refund")),
        ("Dispute", dispute),
        ("DisputePage", page("Dispute")),
        ("GiveBack", give_back),
        ("Verdict", verdict),
        ("RefundRequest", refund_request()),
        ("RefundRequestPage", page("RefundRequest")),
    ]
}

fn refund_request() -> Value {
    open([
        must("id", of("Id"), ""),
        must("bookingId", of("Id"), ""),
        must("providerId", of("Id"), ""),
        must("amount", of("Money"), ""),
        may("reason", of("Note"), ""),
        may("dispute", of("Id"), "The complaint that it decides."),
        must("status", any_of(["open", "approved", "rejected"]), ""),
        must("requestedBy", of("Id"), ""),
        must("requestedAt", of("Instant"), ""),
        may("decidedBy", of("Id"), "Somebody else."),
        may("decidedAt", of("Instant"), ""),
        may("decisionReason", of("Note"), ""),
        must("version", count(), ""),
    ])
}

fn of_statements() -> Vec<(&'static str, Value)> {
    let name = || json!({"type": "string"});
    let change = open([
        must("version", count(), "The booking's, after it."),
        must("at", of("Instant"), ""),
        must("by", of("Actor"), ""),
        must("action", name(), "The name of a command."),
    ]);
    let accounts = [
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
    let account = || must("account", any_of(accounts), "");
    let line = open([
        account(),
        may("debit", of("Money"), "One of the two is there."),
        may("credit", of("Money"), ""),
    ]);
    let reasons = [
        "capture",
        "pullBack",
        "refund",
        "disputeOpened",
        "disputeWon",
        "disputeLost",
        "release",
        "payout",
    ];
    let entry = open([
        must("version", count(), "Of the booking that it came with."),
        must("at", of("Instant"), ""),
        must("reason", any_of(reasons), "Why money moved."),
        must("text", name(), "The same in words."),
        must("lines", items(line), ""),
    ]);
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
    let balance = open([account(), must("amount", of("Money"), "")]);
    let statement = open([
        must("bookingId", of("Id"), ""),
        must("currency", of("Currency"), ""),
        must("money", any_of(states), "Where the money is."),
        must("entries", items(entry), "From the first one on."),
        must("balances", items(balance), "In the end, by account."),
    ]);
    vec![
        ("BookingChange", change),
        ("BookingHistory", page("BookingChange")),
        ("Statement", statement),
    ]
}

/// A document by reference.
fn proof() -> Value {
    closed([
        must(
            "kind",
            text(1, 200, ""),
            "What it is, such as `tradeLicence`.",
        ),
        must(
            "reference",
            text(1, 2_048, ""),
            "A URL, or a number by which it is found.",
        ),
        can("note", note(), ""),
    ])
}

fn verification() -> [Field; 9] {
    [
        must("provider", of("Id"), ""),
        must("status", any_of(["submitted", "approved", "rejected"]), ""),
        must("documents", items(of("Proof")), ""),
        must("submittedAt", of("Instant"), ""),
        may("decidedBy", of("Id"), "Which operator."),
        may("decidedAt", of("Instant"), ""),
        may("reason", of("Note"), ""),
        must("version", count(), ""),
        must("updatedAt", of("Instant"), ""),
    ]
}

fn of_verification() -> Vec<(&'static str, Value)> {
    let key = || -> Vec<Field> {
        vec![
            must("id", of("Id"), "It is not secret."),
            must("name", text(1, 200, ""), ""),
            must("role", any_of(["provider", "operator"]), ""),
            may("provider", of("Id"), ""),
            may("expiresAt", of("Instant"), "For ever when absent."),
            must("version", count(), ""),
            must("updatedAt", of("Instant"), ""),
        ]
    };
    let mut made = key();
    let says = "To sign in with; shown once, and not when the request is repeated.";
    made.push(may(
        "key",
        pattern("^qk_[A-Za-z0-9-]+_[A-Za-z0-9_-]+$"),
        says,
    ));
    let wanted = closed([
        must("name", text(1, 200, ""), "What its owner calls it."),
        must("role", any_of(["provider", "operator"]), ""),
        can("provider", of("Id"), "The caller's own when absent."),
        can("expiresAt", of("Instant"), "For ever when absent."),
    ]);
    let documents = must(
        "documents",
        list(of("Proof"), 1, 32),
        "What shows who it is.",
    );
    vec![
        ("Proof", proof()),
        ("Submission", closed([documents])),
        (
            "Lack",
            closed([must("reason", note(), "The provider has to know.")]),
        ),
        ("Verification", open(verification())),
        ("VerificationPage", page("Verification")),
        ("NewApiKey", wanted),
        ("ApiKey", open(key())),
        ("MadeApiKey", open(made)),
        ("ApiKeyPage", page("ApiKey")),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    let mut all = payments();
    all.extend(refunds());
    all.extend(decisions());
    all.extend(reading());
    all.extend(verifying());
    all.extend(keys());
    all
}

fn staff() -> [&'static [Refusal]; 3] {
    [problems::SIGNED_IN, problems::ALLOWED, problems::NOT_FOUND]
}

/// Something that is done to the money of a booking.
fn moves(id: &'static str, (schema, body): (&str, Value)) -> Operation {
    Operation::new(id)
        .takes(schema, body)
        .keyed(Need::Must)
        .over_version(Need::May)
        .gives(200, "Booking", booked("confirmed"))
        .tagged()
        .refuses(&staff())
        .refuses(&[problems::ACT, problems::MONEY, problems::PROCESSOR])
}

fn payments() -> Vec<Operation> {
    let fact = json!({
        "outcome": "captured", "instruction": "capture/1/1",
        "amount": {"amount": "80.00", "currency": "EUR"},
    });
    let asked = json!({
        "bookingId": "019cad5e-6c00-7a3f-9f0e-1f1d8a1b9c11", "providerId": "ana",
        "instruction": "capture/1/1", "kind": "capture",
        "amount": {"amount": "80.00", "currency": "EUR"}, "whenDone": fact,
    });
    let nothing = || ("Nothing", json!({}));
    let again = json!({"instruction": "refund/1/1"});
    vec![
        Operation::new("listInstructions")
            .gives(200, "InstructionPage", json!({"items": [asked]}))
            .refuses(&staff()[..2])
            .refuses(&[problems::QUERY]),
        moves("reportPayment", ("Fact", fact)).refuses(&[problems::TAKE]),
        moves("collectPayment", nothing()).refuses(&[problems::IN_TIME]),
        moves("retryPayment", ("Again", again)),
        moves("releaseFunds", nothing()).refuses(&[problems::IN_TIME]),
    ]
}

fn a_request() -> Value {
    json!({
        "id": "8f3a2c", "bookingId": "019cad5e-6c00-7a3f-9f0e-1f1d8a1b9c11",
        "providerId": "ana", "amount": {"amount": "900.00", "currency": "EUR"},
        "status": "open", "requestedBy": "kim", "requestedAt": "2026-03-02T08:00:00Z",
        "version": 1,
    })
}

fn refunds() -> Vec<Operation> {
    let euros = |amount: &str| json!({"amount": amount, "currency": "EUR"});
    let refund = json!({
        "number": 1, "reason": "goodwill", "amount": euros("20.00"), "status": "asked",
    });
    let dispute = json!({
        "id": "d1", "by": "customer", "amount": euros("80.00"), "at": "2026-03-02T12:00:00Z",
        "open": true,
    });
    let own = || [problems::SIGNED_IN, problems::NOT_FOUND];
    let give_back = json!({"amount": euros("20.00"), "reason": "It took too long."});
    let verdict = json!({"refund": euros("20.00")});
    let or_asked = |operation: Operation| {
        operation
            .or_gives(202, "RefundRequest", a_request())
            .placed()
            .refuses(&[problems::REASON, problems::FIELD, problems::GIVE_BACK])
    };
    vec![
        Operation::new("listRefunds")
            .gives(200, "RefundPage", json!({"items": [refund]}))
            .refuses(&own()),
        Operation::new("listDisputes")
            .gives(200, "DisputePage", json!({"items": [dispute]}))
            .refuses(&own()),
        or_asked(moves("refund", ("GiveBack", give_back))),
        or_asked(moves("resolveDispute", ("Verdict", verdict))),
    ]
}

fn decisions() -> Vec<Operation> {
    let decided = |id, (schema, body): (&str, Value)| {
        Operation::new(id)
            .takes(schema, body)
            .keyed(Need::Must)
            .gives(200, "RefundRequest", a_request())
            .tagged()
            .refuses(&staff())
            .refuses(&[problems::DECIDED, problems::FIELD, problems::RECORD])
    };
    let reason = json!({"reason": "That is too much."});
    vec![
        Operation::new("listRefundRequests")
            .gives(200, "RefundRequestPage", json!({"items": [a_request()]}))
            .refuses(&staff()[..2])
            .refuses(&[problems::QUERY]),
        Operation::new("showRefundRequest")
            .gives(200, "RefundRequest", a_request())
            .conditional()
            .refuses(&staff()),
        decided("approveRefund", ("Nothing", json!({}))).refuses(&[
            problems::ACT,
            problems::MONEY,
            problems::PROCESSOR,
            problems::GIVE_BACK,
        ]),
        decided("rejectRefund", ("Refusal", reason)),
    ]
}

fn reading() -> Vec<Operation> {
    let change = json!({
        "version": 1, "at": "2026-03-02T08:00:00Z", "by": "customer", "action": "create",
    });
    let statement = json!({
        "bookingId": "019cad5e-6c00-7a3f-9f0e-1f1d8a1b9c11", "currency": "EUR",
        "money": "none", "entries": [], "balances": [],
    });
    let own = || [problems::SIGNED_IN, problems::NOT_FOUND];
    vec![
        Operation::new("showBookingHistory")
            .gives(200, "BookingHistory", json!({"items": [change]}))
            .refuses(&own()),
        Operation::new("showStatement")
            .gives(200, "Statement", statement)
            .refuses(&own()),
        Operation::new("deleteProvider")
            .keyed(Need::May)
            .over_version(Need::May)
            .gives_nothing()
            .refuses(&staff())
            .refuses(&[&problems::RECORD[..1], problems::BOOKED]),
    ]
}

fn verifying() -> Vec<Operation> {
    let documents = json!([{"kind": "tradeLicence", "reference": "HRB 12345"}]);
    let shown = json!({
        "provider": "ana", "status": "submitted", "documents": documents,
        "submittedAt": "2026-03-02T08:00:00Z", "version": 1,
        "updatedAt": "2026-03-02T08:00:00Z",
    });
    let written = |id, (schema, body): (&str, Value)| {
        Operation::new(id)
            .takes(schema, body)
            .keyed(Need::May)
            .over_version(Need::May)
            .gives(200, "Verification", shown.clone())
            .tagged()
            .refuses(&staff())
            .refuses(&[problems::FIELD, problems::RECORD, problems::DECIDED])
    };
    let reason = || json!({"reason": "The licence has expired."});
    vec![
        Operation::new("showVerification")
            .gives(200, "Verification", shown.clone())
            .conditional()
            .refuses(&staff()),
        written(
            "submitVerification",
            ("Submission", json!({"documents": documents})),
        )
        .refuses(&[problems::PROOF]),
        written("approveVerification", ("Refusal", json!({}))),
        written("rejectVerification", ("Lack", reason())),
        Operation::new("listVerifications")
            .gives(200, "VerificationPage", json!({"items": [shown]}))
            .refuses(&staff()[..2])
            .refuses(&[problems::QUERY]),
    ]
}

fn keys() -> Vec<Operation> {
    let key = json!({
        "id": "4f6d2a", "name": "Till", "role": "provider", "provider": "ana", "version": 1,
        "updatedAt": "2026-03-02T08:00:00Z",
    });
    let wanted = json!({"name": "Till", "role": "provider", "provider": "ana"});
    vec![
        Operation::new("listApiKeys")
            .gives(200, "ApiKeyPage", json!({"items": [key]}))
            .refuses(&staff()[..2]),
        Operation::new("createApiKey")
            .takes("NewApiKey", wanted)
            .keyed(Need::May)
            .gives(201, "MadeApiKey", key)
            .tagged()
            .placed()
            .refuses(&staff()[..2])
            .refuses(&[problems::FIELD, problems::RECORD]),
        Operation::new("deleteApiKey")
            .keyed(Need::May)
            .over_version(Need::May)
            .gives_nothing()
            .refuses(&staff())
            .refuses(&[&problems::RECORD[..1]]),
    ]
}
