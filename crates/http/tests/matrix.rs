//! Every operation of the description, asked by everybody: who may do what.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Host, authorised, send};

/// Who asks, in the order of the columns: nobody, the customer of the booking, another customer,
/// the provider, another provider, an operator.
const CALLERS: usize = 6;

/// What an operation answers to each. Written by hand, after what each may do.
const TABLE: &[(&str, [u16; CALLERS])] = &[
    ("listProviders", EVERYBODY),
    ("createProvider", [401, 403, 403, 403, 403, 201]),
    ("showProvider", EVERYBODY),
    ("replaceProvider", MANAGED),
    ("listServices", EVERYBODY),
    ("createService", [401, 403, 403, 201, 403, 201]),
    ("showService", EVERYBODY),
    ("replaceService", MANAGED),
    ("deleteService", [401, 403, 403, 204, 403, 204]),
    ("listResources", MANAGED),
    ("createResource", [401, 403, 403, 201, 403, 201]),
    ("showResource", MANAGED),
    ("replaceResource", MANAGED),
    ("deleteResource", [401, 403, 403, 204, 403, 204]),
    ("showSchedule", MANAGED),
    ("replaceSchedule", MANAGED),
    ("replaceBusy", MANAGED),
    ("listSlots", EVERYBODY),
    ("nextSlots", EVERYBODY),
    ("explainSlots", MANAGED),
    ("quote", EVERYBODY),
    // For the customer `cem`: by itself, or by who manages the provider.
    ("createHold", [401, 201, 403, 201, 403, 201]),
    ("createBooking", [401, 201, 403, 201, 403, 201]),
    ("deleteHold", [401, 204, 404, 204, 404, 204]),
    // Operators have to say of whom.
    ("listBookings", [401, 200, 200, 200, 200, 422]),
    ("showBooking", PARTIES),
    ("previewCancellation", PARTIES),
    ("confirmBooking", [401, 403, 404, 200, 404, 200]),
    ("declineBooking", [401, 403, 404, 200, 404, 200]),
    ("cancelBooking", PARTIES),
    ("rescheduleBooking", PARTIES),
    ("checkIn", PARTIES),
    ("completeBooking", PARTIES),
    // That the customer did not come: nobody says so of itself.
    ("markNoShow", [401, 422, 404, 200, 404, 200]),
    // All may, and there is no money to complain about.
    ("disputeBooking", [401, 409, 404, 409, 404, 409]),
    ("review", [401, 200, 404, 200, 404, 403]),
    ("listReviews", EVERYBODY),
    ("listWebhooks", [401, 200, 200, 200, 200, 200]),
    ("createWebhook", [401, 403, 403, 201, 201, 201]),
    ("deleteWebhook", [401, 404, 404, 204, 404, 204]),
    // Of whoever has booked nothing, nothing is known.
    ("exportMe", [401, 200, 404, 404, 404, 404]),
    ("eraseMe", [401, 204, 404, 404, 404, 404]),
    ("deleteProvider", [401, 403, 403, 409, 403, 409]),
    ("showBookingHistory", PARTIES),
    ("showStatement", PARTIES),
    ("listRefunds", PARTIES),
    ("listDisputes", PARTIES),
    ("listInstructions", OPERATED),
    ("listRefundRequests", OPERATED),
    ("listVerifications", OPERATED),
    // What the processor says before it was asked is kept until it is asked.
    ("reportPayment", [401, 403, 403, 403, 403, 200]),
    // There is no money: whoever may ask is told that nothing is due.
    ("collectPayment", [401, 409, 404, 403, 404, 409]),
    ("retryPayment", [401, 403, 403, 403, 403, 409]),
    ("releaseFunds", [401, 403, 403, 403, 403, 409]),
    ("refund", [401, 403, 404, 409, 404, 409]),
    ("resolveDispute", [401, 403, 403, 403, 403, 409]),
    // There is no such request.
    ("showRefundRequest", [401, 403, 403, 403, 403, 404]),
    ("approveRefund", [401, 403, 403, 403, 403, 404]),
    ("rejectRefund", [401, 403, 403, 403, 403, 404]),
    ("showVerification", MANAGED),
    ("submitVerification", MANAGED),
    // Decided once; the operator is the first and only one to whom it is given.
    ("approveVerification", OPERATED),
    ("rejectVerification", OPERATED),
    ("listApiKeys", [401, 403, 403, 200, 200, 200]),
    // For the provider `ana`.
    ("createApiKey", [401, 403, 403, 201, 403, 201]),
    ("deleteApiKey", [401, 403, 403, 404, 404, 404]),
    ("showWebhook", [401, 404, 404, 200, 404, 200]),
    ("rotateWebhookSecret", [401, 404, 404, 200, 404, 200]),
    ("enableWebhook", [401, 404, 404, 200, 404, 200]),
    ("testWebhook", [401, 404, 404, 202, 404, 202]),
    ("listDeliveries", [401, 404, 404, 200, 404, 200]),
    // There is no such delivery.
    ("redeliver", [401, 404, 404, 404, 404, 404]),
    ("listCalendarLinks", MANAGED),
    ("createCalendarLink", [401, 403, 403, 201, 403, 201]),
    // There is no such link.
    ("deleteCalendarLink", [401, 403, 403, 404, 403, 404]),
    // Without what opens them there is nothing to see.
    ("showCalendar", NOBODY),
    ("showFreeBusy", NOBODY),
    ("showBookingCalendar", PARTIES),
    ("listSubscriptions", MANAGED),
    ("putSubscription", MANAGED),
    // There is no such subscription.
    ("showSubscription", [401, 403, 403, 404, 403, 404]),
    ("readSubscription", [401, 403, 403, 404, 403, 404]),
    ("deleteSubscription", [401, 403, 403, 404, 403, 404]),
    ("computeSlots", SIGNED_IN),
    ("computeExplain", SIGNED_IN),
    ("computeCheck", SIGNED_IN),
    ("computeNext", SIGNED_IN),
    ("computeExpand", SIGNED_IN),
    ("computeQuote", SIGNED_IN),
    ("computeRefund", SIGNED_IN),
    // Without a token a provider has to be named; the answer has no end.
    ("listen", [400, 200, 200, 200, 200, 200]),
    // Everybody who is on the same machine.
    ("metrics", EVERYBODY),
    ("alive", EVERYBODY),
    ("ready", EVERYBODY),
];

const EVERYBODY: [u16; CALLERS] = [200; CALLERS];
const NOBODY: [u16; CALLERS] = [404; CALLERS];
const SIGNED_IN: [u16; CALLERS] = [401, 200, 200, 200, 200, 200];
const MANAGED: [u16; CALLERS] = [401, 403, 403, 200, 403, 200];
const OPERATED: [u16; CALLERS] = [401, 403, 403, 403, 403, 200];
const PARTIES: [u16; CALLERS] = [401, 200, 404, 200, 404, 200];

/// An operation as the description has it.
#[derive(Debug)]
struct Operation {
    id: String,
    method: Method,
    path: String,
    described: Value,
}

fn operations() -> Vec<Operation> {
    let document = quando_http::description();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, described) in item.as_object().unwrap() {
            all.push(Operation {
                id: described["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                described: described.clone(),
            });
        }
    }
    all
}

#[test]
fn every_operation_has_a_row() {
    let described: BTreeSet<String> = operations().into_iter().map(|each| each.id).collect();
    let rows: BTreeSet<String> = TABLE.iter().map(|(id, _)| (*id).to_owned()).collect();
    assert_eq!(described, rows);
    assert_eq!(rows.len(), TABLE.len());
}

#[test]
fn paths_are_added_with_their_description_alone() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/routes");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // The pages and the description itself describe nothing.
        if name == "docs.rs" || name == "mod.rs" || path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            !text.contains(".route("),
            "{name} adds a path without a description"
        );
    }
}

#[tokio::test]
async fn everybody_may_do_what_the_table_says() {
    let mut wrong = Vec::new();
    for operation in operations() {
        let Some((_, expected)) = TABLE.iter().find(|(id, _)| *id == operation.id) else {
            continue;
        };
        let host = Host::start().await;
        host.with_ana().await;
        for (caller, expected) in expected.iter().enumerate() {
            let answer = ask(&host, &operation, caller).await;
            if answer.status != *expected {
                let found = answer.status.as_u16();
                wrong.push(format!(
                    "{} {caller}: {found}, not {expected}: {}",
                    operation.id, answer.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The start of the booking that is there for a caller: an hour of its own.
fn start(caller: usize) -> String {
    format!("2026-03-02T{:02}:00:00Z", 9 + caller)
}

async fn ask(host: &Host, operation: &Operation, caller: usize) -> Answer {
    let booking = prepare(host, &operation.id, caller).await;
    let token = [
        String::new(),
        host.customer("cem"),
        host.customer("dora"),
        host.provider("ana"),
        host.provider("ben"),
        host.operator(),
    ][caller]
        .clone();
    let id = booking["id"].as_str().unwrap_or("");
    let spare = format!("spare-{caller}");
    let (service, resource) = match operation.id.as_str() {
        "deleteService" => (spare.as_str(), "ana"),
        "deleteResource" => ("repair", spare.as_str()),
        _ => ("repair", "ana"),
    };
    let path = operation
        .path
        .replace("{provider}", "ana")
        .replace("{service}", service);
    let path = path.replace("{dispute}", "d1").replace("{request}", "none").replace("{key}", "none");
    let path = path.replace("{link}", "none").replace("{delivery}", "none");
    let path = path
        .replace("{resource}", resource)
        .replace("{source}", "google");
    let path = path
        .replace("{booking}", id)
        .replace("{hold}", id)
        .replace("{webhook}", id);
    let needed = operation.described["parameters"].as_array();
    let needed = needed
        .into_iter()
        .flatten()
        .filter(|each| each["required"] == true);
    let needed: Vec<&Value> = needed.collect();
    let query = needed.iter().filter(|each| each["in"] == "query");
    let query: Vec<String> = query.map(|each| in_query(each)).collect();
    let path = format!("{path}?{}", query.join("&"));
    let mut request = authorised(host.request(operation.method.clone(), &path), &token);
    for header in needed.iter().filter(|each| each["in"] == "header") {
        let name = header["name"].as_str().unwrap();
        request = match name {
            "If-Match" => request.header(name, "*"),
            _ => request.header(name, format!("key-{caller}")),
        };
    }
    if let Some(secret) = booking["token"].as_str() {
        request = request.header("Hold-Token", secret);
    }
    if operation.described.get("requestBody").is_some() {
        request = request.json(&body(operation, caller));
    }
    send(request).await
}

fn in_query(parameter: &Value) -> String {
    let (name, example) = (parameter["name"].as_str().unwrap(), &parameter["example"]);
    let text = example.as_str().map_or(example.to_string(), str::to_owned);
    format!("{name}={text}")
}

/// The example of the description, of the caller's own hour and under an id of its own.
fn body(operation: &Operation, caller: usize) -> Value {
    let content = &operation.described["requestBody"]["content"]["application/json"];
    let mut body = content["example"].clone();
    match operation.id.as_str() {
        "createBooking" | "createHold" => {
            body["date"] = json!(start(caller));
            body["customerId"] = json!("cem");
        }
        "rescheduleBooking" => {
            body["date"] = json!(start(caller).replace("03-02", "03-03"));
        }
        // The address says it.
        "replaceResource" => body["id"] = json!("ana"),
        "createProvider" | "createService" | "createResource" => {
            body["id"] = json!(format!("new-{caller}"));
        }
        _ => {}
    }
    body
}

/// What has to be there for a caller: the booking, hold or endpoint that the path names.
async fn prepare(host: &Host, operation: &str, caller: usize) -> Value {
    let (cem, ana, kim) = (host.customer("cem"), host.provider("ana"), host.operator());
    let mut wish = wish(caller);
    let key = format!("prepared-{caller}");
    match operation {
        "deleteHold" => {
            // The hold of the caller before has lapsed: a customer has few at a time.
            host.clock.set(&format!("2026-03-02T08:{:02}:00Z", 11 * caller));
            host.post(&cem, ("/api/holds", &key), wish).await.json()
        }
        "deleteWebhook" | "showWebhook" | "rotateWebhookSecret" | "enableWebhook"
        | "testWebhook" | "listDeliveries" | "redeliver" => {
            let body = json!({"url": "https://example.org/hook"});
            host.post(&ana, ("/api/webhooks", ""), body).await.json()
        }
        "deleteService" | "deleteResource" => {
            let id = format!("spare-{caller}");
            let kind = match operation {
                "deleteService" => "services",
                _ => "resources",
            };
            let shown = host
                .get(&kim, &format!("/api/providers/ana/{kind}?limit=1"))
                .await;
            let mut body = shown.json()["items"][0].clone();
            body["id"] = json!(id);
            if kind == "services" {
                body["timing"] = json!({"durationMinutes": 60});
            }
            let path = format!("/api/providers/ana/{kind}");
            host.post(&kim, (&path, ""), body).await.json()
        }
        "confirmBooking" | "declineBooking" => {
            if caller == 0 {
                host.with_approval().await;
            }
            wish["serviceId"] = json!("survey");
            host.post(&cem, ("/api/bookings", &key), wish).await.json()
        }
        "exportMe" | "eraseMe" if caller > 0 => json!({}),
        "showBookingCalendar" | "showBookingHistory" | "showStatement" | "listRefunds" | "listDisputes"
        | "reportPayment" | "collectPayment" | "retryPayment" | "releaseFunds" | "refund"
        | "resolveDispute" | "showBooking"
        | "previewCancellation"
        | "cancelBooking"
        | "rescheduleBooking"
        | "exportMe"
        | "eraseMe" => host.post(&cem, ("/api/bookings", &key), wish).await.json(),
        "checkIn" | "completeBooking" | "markNoShow" | "disputeBooking" | "review" => {
            let booked = host.post(&cem, ("/api/bookings", &key), wish).await.json();
            let at = if operation == "checkIn" {
                "00:00Z"
            } else {
                "20:00Z"
            };
            host.clock.set(&start(caller).replace("00:00Z", at));
            if matches!(operation, "disputeBooking" | "review") {
                let path = format!("/api/bookings/{}/complete", booked["id"].as_str().unwrap());
                let done = host.post(&ana, (&path, &key), json!({})).await;
                assert_eq!(done.status, 200, "{}", done.text);
            }
            booked
        }
        "deleteProvider" if caller == 0 => host.book("cem", &start(0)).await.json(),
        "showVerification" | "approveVerification" | "rejectVerification" => {
            hand_in(host, &ana).await;
            json!({})
        }
        _ => json!({}),
    }
}

/// An hour of the caller's own, with a word about it.
fn wish(caller: usize) -> Value {
    json!({
        "providerId": "ana", "serviceId": "repair", "date": start(caller), "notes": "Third floor.",
    })
}

/// Something to decide about.
async fn hand_in(host: &Host, ana: &str) {
    let documents = json!({"documents": [{"kind": "id", "reference": "1"}]});
    let path = "/api/providers/ana/verification";
    let handed = host.put(ana, (path, ""), documents).await;
    assert_eq!(handed.status, 200, "{}", handed.text);
}
