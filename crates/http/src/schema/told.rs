//! What others are told: endpoints, messages to them, and live events.

use serde_json::{Value, json};

use super::catalogue::page;
use super::form::{any_of, count, may, must, of, open, whole};
use super::operation::{Need, Operation};
use super::people::webhook_example;
use super::problems;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let text = || json!({"type": "string"});
    let delivery = open([
        must("id", text(), "Among those of its endpoint."),
        must("webhook", text(), "The endpoint."),
        must(
            "message",
            text(),
            "The same for all endpoints, and for each attempt.",
        ),
        must("type", text(), "The kind of event."),
        must("timestamp", of("Instant"), "When that happened."),
        must(
            "data",
            json!({"type": "object", "additionalProperties": true}),
            "Whom and what it is about: ids and numbers.",
        ),
        must("status", any_of(STATUSES), ""),
        must("attempts", count(), ""),
        may("nextAt", of("Instant"), "When it is tried next."),
        may("lastAt", of("Instant"), "When it was tried last."),
        may("lastStatus", whole(100, 999), "What was answered last."),
        may(
            "lastError",
            text(),
            "What stood in the way, where nothing was answered.",
        ),
        must("createdAt", of("Instant"), ""),
    ]);
    vec![("Delivery", delivery), ("DeliveryPage", page("Delivery"))]
}

pub(super) const STATUSES: [&str; 3] = ["pending", "delivered", "dead"];

pub(super) fn operations() -> Vec<Operation> {
    let delivery = json!({
        "id": "019cad5e", "webhook": "3b0c9f5e", "message": "msg_17", "type": "booking.confirmed",
        "timestamp": "2026-03-02T08:00:00Z", "data": {"booking": "b1", "provider": "ana"},
        "status": "delivered", "attempts": 1, "lastAt": "2026-03-02T08:00:01Z", "lastStatus": 204,
        "createdAt": "2026-03-02T08:00:00Z",
    });
    let found = || [problems::SIGNED_IN, problems::NOT_FOUND];
    let (hook, made) = webhook_example();
    vec![
        Operation::new("showWebhook")
            .gives(200, "Webhook", hook.clone())
            .tagged()
            .refuses(&found()),
        Operation::new("rotateWebhookSecret")
            .keyed(Need::May)
            .over_version(Need::May)
            .gives(200, "MadeWebhook", made)
            .tagged()
            .refuses(&found())
            .refuses(&[&problems::RECORD[..1]]),
        Operation::new("enableWebhook")
            .keyed(Need::May)
            .over_version(Need::May)
            .gives(200, "Webhook", hook)
            .tagged()
            .refuses(&found())
            .refuses(&[&problems::RECORD[..1]]),
        Operation::new("testWebhook")
            .gives(202, "Delivery", delivery.clone())
            .refuses(&found()),
        Operation::new("listDeliveries")
            .gives(200, "DeliveryPage", json!({"items": [delivery]}))
            .refuses(&found())
            .refuses(&[problems::QUERY]),
        Operation::new("redeliver")
            .gives(202, "Delivery", delivery)
            .refuses(&found()),
        Operation::new("listen")
            .gives_text("text/event-stream", EVENT)
            .refuses(&[problems::TOKEN, problems::QUERY]),
        Operation::new("metrics")
            .gives_text(METRICS_FORM, "bookings_created_total 17\n# EOF\n")
            .without_store()
            .refuses(&[problems::SIGNED_IN]),
    ]
}

const METRICS_FORM: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const EVENT: &str = "id: 17\nevent: availability.changed\ndata: {\"provider\":\"ana\"}\n\n";
