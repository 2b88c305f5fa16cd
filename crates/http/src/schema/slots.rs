//! When a service can be booked.

use serde_json::{Value, json};

use super::form::{any_of, count, items, may, must, of, open};
use super::operation::Operation;
use super::problems;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let slot = open([
        must("start", of("Instant"), ""),
        must("end", of("Instant"), ""),
        must(
            "resources",
            of("ResourceChoice"),
            "By role, who is in some complete choice.",
        ),
        must(
            "seatsLeft",
            count(),
            "The largest party that one choice still takes.",
        ),
    ]);
    let codes = [
        "notice",
        "horizon",
        "off-grid",
        "outside-hours",
        "busy",
        "claim",
        "capacity",
        "session-full",
        "limit",
        "no-resource",
    ];
    let reason = open([
        must("code", any_of(codes), "The rule that refuses."),
        may("resource", of("Id"), "Whose rule it is."),
        may("scope", of("Id"), "Whose shared limit it is."),
        may("redirectTo", of("Id"), "Who takes over."),
    ]);
    let refused = open([
        must("start", of("Instant"), ""),
        must("reasons", items(of("Reason")), ""),
    ]);
    let slots = open([
        must("slots", items(of("Slot")), "By start."),
        may(
            "refused",
            items(of("RefusedStart")),
            "Of `explain`: the other starts.",
        ),
        must(
            "tzdb",
            json!({"type": "string"}),
            "The version of the zone database.",
        ),
    ]);
    vec![
        ("Slot", slot),
        ("Reason", reason),
        ("RefusedStart", refused),
        ("Slots", slots),
        (
            "NextSlots",
            open([must("slots", items(of("Slot")), "By start.")]),
        ),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    let slot = json!({
        "start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z",
        "resources": [["ana"]], "seatsLeft": 1,
    });
    let window = [
        ("serviceId", "repair"),
        ("from", "2026-03-02T00:00:00Z"),
        ("to", "2026-03-03T00:00:00Z"),
    ];
    let refused = json!({
        "start": "2026-03-02T11:00:00Z",
        "reasons": [{"code": "claim", "resource": "ana"}],
    });
    vec![
        Operation::new("listSlots")
            .gives(200, "Slots", json!({"slots": [slot], "tzdb": "2026f"}))
            .tagged()
            .asked_with(&window)
            .refuses(&[problems::QUERY, problems::NOT_FOUND, problems::SLOTS]),
        Operation::new("nextSlots")
            .gives(200, "NextSlots", json!({"slots": [slot]}))
            .asked_with(&[("serviceId", "repair"), ("count", "1")])
            .refuses(&[problems::QUERY, problems::NOT_FOUND, problems::SLOTS]),
        Operation::new("explainSlots")
            .gives(
                200,
                "Slots",
                json!({"slots": [slot], "refused": [refused], "tzdb": "2026f"}),
            )
            .asked_with(&window)
            .refuses(&[problems::SIGNED_IN, problems::ALLOWED])
            .refuses(&[problems::QUERY, problems::NOT_FOUND, problems::SLOTS]),
    ]
}
