//! What is known of the caller, endpoints, and how the server is.

use serde_json::{Value, json};

use super::form::{
    any_of, closed, constant, count, flag, items, list, may, must, of, open, or_null, pattern, text,
};
use super::operation::{Need, Operation};
use super::problems;

/// Longest URL of an endpoint, in bytes.
const URL: usize = 2_048;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let text = || json!({"type": "string"});
    let change = open([
        must("at", of("Instant"), ""),
        must("action", text(), "What was done."),
        must("by", text(), "By whom."),
    ]);
    let booking = open([
        must("booking", of("KeptBooking"), "As it is kept."),
        must("texts", items(text()), "What was written in it."),
        must("changes", items(of("Change")), ""),
    ]);
    let profile = open(["name", "email", "phone", "notes"].map(|name| may(name, text(), "")));
    let export = open([
        must("person", text(), ""),
        must("at", of("Instant"), "When it was put together."),
        must("profile", or_null(profile), "None when nothing is known."),
        must("bookings", items(of("ExportedBooking")), ""),
        must("changes", items(of("Change")), "Of the profile."),
    ]);
    vec![
        ("Change", change),
        ("ExportedBooking", booking),
        ("PersonExport", export),
        ("Alive", open([must("status", constant("ok"), "")])),
        (
            "Ready",
            open([
                must("status", any_of(["ready", "lagging"]), ""),
                must(
                    "relayLagSeconds",
                    count(),
                    "For how long the oldest event has been waiting.",
                ),
            ]),
        ),
        ("NewWebhook", new_webhook()),
        ("Webhook", open(webhook())),
        ("MadeWebhook", made_webhook()),
        ("WebhookPage", super::catalogue::page("Webhook")),
    ]
}

fn url() -> Value {
    let mut url = pattern(URL_FORM);
    url["maxLength"] = json!(URL);
    url
}

fn new_webhook() -> Value {
    let says = "Encrypted, but on this machine; without a name and password.";
    closed([
        must("url", url(), says),
        may(
            "events",
            list(text(1, 64, ""), 0, 64),
            "Kinds of events; all when empty.",
        ),
        super::form::can(
            "provider",
            of("Id"),
            "Of which provider; of all for operators.",
        ),
    ])
}

fn webhook() -> [super::form::Field; 12] {
    [
        must("id", of("Id"), ""),
        must("url", url(), ""),
        may("events", items(json!({"type": "string"})), ""),
        may("provider", of("Id"), ""),
        must("active", flag(), ""),
        must(
            "createdAt",
            of("Instant"),
            "It is told what happened from then on.",
        ),
        may(
            "disabled",
            any_of(["gone", "failing"]),
            "Why it is not told anything.",
        ),
        may(
            "failingSince",
            of("Instant"),
            "Since when nothing has arrived there.",
        ),
        may(
            "secretNumber",
            count(),
            "How often its secret was replaced.",
        ),
        may("rotatedAt", of("Instant"), "When that was, the last time."),
        must("version", count(), ""),
        must("updatedAt", of("Instant"), ""),
    ]
}

fn made_webhook() -> Value {
    let mut all: Vec<super::form::Field> = webhook().into();
    let secret = pattern("^whsec_[A-Za-z0-9+/]{43}=$");
    all.push(must(
        "secret",
        secret,
        "What messages are signed with, shown once.",
    ));
    open(all)
}

/// An endpoint, and the same with its secret.
pub(super) fn webhook_example() -> (Value, Value) {
    let hook = json!({
        "id": "3b0c9f5e", "url": "https://example.org/hook", "provider": "ana", "active": true,
        "createdAt": "2026-03-02T08:00:00Z", "version": 1, "updatedAt": "2026-03-02T08:00:00Z",
    });
    let mut made = hook.clone();
    made["secret"] = json!(format!("whsec_{}=", "A".repeat(43)));
    (hook, made)
}

pub(super) fn operations() -> Vec<Operation> {
    let (hook, made) = webhook_example();
    let export = json!({
        "person": "cem", "at": "2026-03-02T08:00:00Z", "profile": null, "bookings": [],
        "changes": [],
    });
    vec![
        Operation::new("exportMe")
            .gives(200, "PersonExport", export)
            .refuses(&[problems::SIGNED_IN, problems::NOT_FOUND]),
        Operation::new("eraseMe")
            .keyed(Need::May)
            .gives_nothing()
            .refuses(&[problems::SIGNED_IN, problems::NOT_FOUND]),
        Operation::new("alive")
            .gives(200, "Alive", json!({"status": "ok"}))
            .without_store(),
        Operation::new("ready").gives(
            200,
            "Ready",
            json!({"status": "ready", "relayLagSeconds": 0}),
        ),
        Operation::new("listWebhooks")
            .gives(200, "WebhookPage", json!({"items": [hook]}))
            .refuses(&[problems::SIGNED_IN]),
        Operation::new("createWebhook")
            .takes("NewWebhook", json!({"url": "https://example.org/hook"}))
            .keyed(Need::May)
            .gives(201, "MadeWebhook", made)
            .tagged()
            .placed()
            .refuses(&[problems::SIGNED_IN, problems::ALLOWED, problems::URL])
            .refuses(&[problems::RECORD, problems::EVENT]),
        Operation::new("deleteWebhook")
            .keyed(Need::May)
            .over_version(Need::May)
            .gives_nothing()
            .refuses(&[problems::SIGNED_IN, problems::NOT_FOUND])
            .refuses(&[&problems::RECORD[..1]]),
    ]
}

/// With a name or an address and perhaps a port, and printable characters after them.
const URL_FORM: &str =
    r"^https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?([/?#][!-\[\]-~]*)?$";
