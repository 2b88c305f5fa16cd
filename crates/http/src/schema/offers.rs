//! Prices, fees, refunds and the rules of a booking's life.

use quando::limits::{PRICE_ITEMS_MAX, REFUND_TIERS_MAX, REMINDERS_MAX};
use serde_json::{Value, json};

use super::form::{
    Field, any_of, can, closed, either, list, may, must, of, open, or, saying, whole,
};
use super::schedules::{kind, yes};

/// Most items of a list of a body.
const ITEMS: usize = 1_000;
const NUMBER: u64 = 4_294_967_295;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("Charge", charge()),
        ("BasePrice", base()),
        ("PricePolicy", price()),
        ("FeePolicy", fee()),
        ("RefundPolicy", refund()),
        ("Rules", rules()),
        ("Terms", terms()),
        ("Assignment", assignment()),
        ("Offer", offer()),
        ("Quote", quote()),
    ]
}

fn charge() -> Value {
    either([
        closed([must("rate", of("Rate"), "A part.")]),
        closed([must("amount", of("Price"), "An amount.")]),
    ])
}

fn base() -> Value {
    let price = |says| must("price", of("Price"), says);
    let row = closed([
        must("minutes", of("Minutes"), "A duration."),
        price("Its price."),
    ]);
    either([
        closed([kind("perBooking"), price("Whatever the duration.")]),
        closed([kind("perHour"), price("In proportion.")]),
        closed([
            kind("perMinutes"),
            must("minutes", of("Minutes"), "At least one."),
            price("Of so many minutes, in proportion."),
        ]),
        closed([
            kind("byDuration"),
            must(
                "prices",
                list(row, 1, PRICE_ITEMS_MAX),
                "Other durations have no price.",
            ),
        ]),
    ])
}

fn price() -> Value {
    let add_on = closed([
        must("id", of("Id"), ""),
        can("label", of("Label"), "For people."),
        must("price", of("Price"), ""),
        may("minutes", of("Minutes"), "By how much it gets longer."),
        may(
            "perSeat",
            yes(false),
            "Whether it is for each of the party.",
        ),
    ]);
    let tax = closed([
        must("rate", of("Rate"), ""),
        must("mode", any_of(["inclusive", "exclusive"]), ""),
    ]);
    let discount = closed(reduced_or_raised("A part of all of it."));
    closed([
        must("base", of("BasePrice"), "What the booking itself costs."),
        may("perSeat", yes(false), "Whether that is for each."),
        may("addOns", list(add_on, 0, ITEMS), "What can be had as well."),
        may("surcharges", list(surcharge(), 0, ITEMS), "At some times."),
        may("discounts", list(discount, 0, ITEMS), "Taken off, by id."),
        can("tax", tax, ""),
        can("deposit", of("Charge"), "Due at once; all when absent."),
        may("rounding", of("Rounding"), ""),
    ])
}

fn surcharge() -> Value {
    let dates = closed([
        must("from", of("Date"), ""),
        must("through", of("Date"), ""),
    ]);
    let when = closed([
        may("weekdays", list(of("Weekday"), 0, 7), ""),
        can("hours", of("Hours"), ""),
        can("dates", dates, ""),
    ]);
    let says = "All that is given has to hold, and something is given.";
    let mut all = reduced_or_raised("A part of base and add-ons.");
    all.push(must("when", when, says));
    closed(all)
}

/// By a rate or by an amount.
fn reduced_or_raised(rate: &str) -> Vec<Field> {
    vec![
        must("id", of("Id"), ""),
        can("label", of("Label"), "For people."),
        can("rate", of("Rate"), rate),
        can("amount", of("Price"), "Or an amount."),
    ]
}

fn fee() -> Value {
    let side = or(any_of(["provider", "customer", "split"]), "provider");
    closed([
        may("rate", or_rate("0.07"), "So much of the base."),
        can("fixed", of("Price"), "And so much on top."),
        can("minimum", of("Price"), ""),
        can("maximum", of("Price"), ""),
        may("rounding", of("Rounding"), ""),
        may("side", side, "Who bears it."),
        can(
            "customerShare",
            of("Share"),
            "With `split`, and only there.",
        ),
        may(
            "feeBase",
            or(any_of(["net", "gross"]), "net"),
            "Without tax, or with it.",
        ),
    ])
}

fn or_rate(default: &str) -> Value {
    or(of("Rate"), default)
}

fn refund() -> Value {
    let tier = closed([
        must(
            "hoursBefore",
            whole(0, NUMBER),
            "At least so long before the start.",
        ),
        must("refund", of("Share"), "The part that is given back."),
    ]);
    closed([
        may(
            "tiers",
            list(tier, 0, REFUND_TIERS_MAX),
            "The first one that fits counts.",
        ),
        can(
            "cancellationFee",
            of("Charge"),
            "Kept of what the tiers give a customer.",
        ),
        can(
            "noShowFee",
            of("Charge"),
            "Kept when the customer does not come; all when absent.",
        ),
        may("rounding", of("Rounding"), ""),
    ])
}

fn rules() -> Value {
    let of_minutes = MINUTES
        .into_iter()
        .map(|(name, default, says)| may(name, minutes(default), says));
    closed(of_minutes.chain(other_rules()))
}

fn other_rules() -> Vec<Field> {
    let notice = closed([
        must("action", any_of(ACTIONS), "Of `cancel` and `reschedule`."),
        must("actor", of("Actor"), ""),
        must("minutes", of("Minutes"), ""),
    ]);
    let reminders = || list(of("Minutes"), 0, REMINDERS_MAX);
    let reminders = closed([
        may("beforeStartMinutes", reminders(), ""),
        may("afterEndMinutes", reminders(), ""),
    ]);
    let period = may("periodMinutes", minutes(20_160), "How long they are taken.");
    let choice = |name, values: [&str; 2], says| {
        let default = values[0].to_owned();
        may(name, or(any_of(values), default), says)
    };
    vec![
        choice("payment", ["none", "upFront"], "Who collects the money."),
        may(
            "approval",
            yes(false),
            "Whether the provider says yes to each.",
        ),
        may(
            "notice",
            list(notice, 0, ITEMS),
            "Who is not listed is exempt.",
        ),
        may(
            "reasonRequired",
            list(of("Actor"), 0, ITEMS),
            "Who says why.",
        ),
        may(
            "maxHoldDays",
            or(whole(0, NUMBER), 90),
            "Of money, at most.",
        ),
        choice("atHoldLimit", ["refund", "release"], "What happens then."),
        choice("latePayment", ["refund", "rebook"], "After it expired."),
        may("review", closed([period]), ""),
        may("reminders", reminders, ""),
        choice("anchor", ["wall", "instant"], "What the booking keeps."),
    ]
}

const MINUTES: [(&str, u32, &str); 11] = [
    ("holdMinutes", 10, "How long a hold lasts."),
    ("holdMinutesMax", 30, "How long extensions make it at most."),
    ("paymentMinutes", 30, "How long a payment is awaited."),
    ("approvalMinutes", 1_440, "How long an approval is awaited."),
    (
        "authorisationMarginMinutes",
        60,
        "Before it ends by itself.",
    ),
    ("balanceMinutesBefore", 0, "When a balance is asked for."),
    (
        "checkInMinutesBefore",
        60,
        "How early a check-in is possible.",
    ),
    (
        "noShowGraceMinutes",
        15,
        "Then somebody counts as not there.",
    ),
    ("noShowUndoMinutes", 1_440, "How long that can be undone."),
    (
        "completeMinutesAfter",
        0,
        "Then a booking completes by itself.",
    ),
    (
        "disputeMinutes",
        2_880,
        "How long money is held for complaints.",
    ),
];

fn minutes(default: u32) -> Value {
    or(of("Minutes"), default)
}

fn terms() -> Value {
    closed([
        must("price", of("PricePolicy"), "What it costs."),
        may("fee", of("FeePolicy"), "What the platform takes of it."),
        may("refund", of("RefundPolicy"), "What is given back."),
        may("rules", of("Rules"), "How a booking lives."),
    ])
}

fn assignment() -> Value {
    let per = || any_of(["day", "week", "month", "year"]);
    let by = |number: &'static str| {
        let row = closed([
            must("resource", of("Id"), ""),
            must(number, whole(0, NUMBER), ""),
        ]);
        list(row, 0, ITEMS)
    };
    let one = |name, inner| closed([must(name, inner, "")]);
    let policy = either([
        json!({"type": "string", "const": "leastRecent"}),
        one("leastOften", closed([must("per", per(), "")])),
        one("leastBusy", closed([must("per", per(), "")])),
        one("weighted", closed([must("weights", by("weight"), "")])),
        one("priority", closed([must("ranks", by("rank"), "")])),
        one(
            "chosen",
            closed([must("resources", of("ResourceChoice"), "")]),
        ),
    ]);
    let past = closed([
        must("resource", of("Id"), ""),
        must("start", of("Instant"), ""),
        may("withdrawn", yes(false), ""),
    ]);
    closed([
        may("policy", policy, "Who serves, among those who are free."),
        may("ledger", list(past, 0, ITEMS), "What was assigned before."),
        may(
            "seed",
            whole(0, u64::MAX),
            "Where the chance of `weighted` comes from.",
        ),
    ])
}

fn offer() -> Value {
    let quota = closed([
        may(
            "holds",
            or(whole(0, NUMBER), 3),
            "Most live holds of a customer.",
        ),
        may(
            "active",
            or(whole(0, NUMBER), 20),
            "Most holds and active bookings together.",
        ),
    ]);
    closed([
        must("terms", of("Terms"), "What is frozen on a booking."),
        may("assignment", of("Assignment"), "Who serves."),
        may("quota", quota, ""),
    ])
}

fn quote() -> Value {
    let kinds = [
        "base",
        "addOn",
        "surcharge",
        "discount",
        "taxInPrices",
        "tax",
        "tips",
        "fee",
    ];
    let line = open([
        must("kind", any_of(kinds), ""),
        may("id", of("Id"), "Of the add-on, surcharge or discount."),
        may("label", of("Label"), ""),
        must("amount", of("Money"), ""),
    ]);
    let fee = open([
        must("total", of("Money"), ""),
        must("customer", of("Money"), "The customer's part."),
        must("provider", of("Money"), "The provider's part."),
    ]);
    let lines = json!({"type": "array", "items": line});
    let quote = open([
        must("lines", lines, "They sum to `total`."),
        must("net", of("Money"), "After discount, without tax."),
        must("tax", of("Money"), ""),
        must("tips", of("Money"), ""),
        must("total", of("Money"), "What the customer pays."),
        must("fee", fee, "What the platform takes, and who bears it."),
        must("providerGets", of("Money"), "The total without the fee."),
        must("dueNow", of("Money"), "The deposit, or the total."),
        must("durationMinutes", of("Minutes"), "With add-ons."),
        must(
            "tzdb",
            json!({"type": "string"}),
            "The version of the zone database.",
        ),
    ]);
    saying(quote, "A price, line by line; frozen on a booking.")
}

const ACTIONS: [&str; 23] = [
    "hold",
    "extendHold",
    "create",
    "approve",
    "decline",
    "confirmPayment",
    "collectPayment",
    "cancel",
    "reschedule",
    "reassign",
    "checkIn",
    "complete",
    "markNoShow",
    "undoNoShow",
    "settleNoShow",
    "expire",
    "dispute",
    "resolveDispute",
    "refund",
    "releaseFunds",
    "retryPayment",
    "review",
    "publishReviews",
];
