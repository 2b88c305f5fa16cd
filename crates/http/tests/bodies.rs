//! Bodies that are too large, of another type or of another form.

use reqwest::Method;
use serde_json::json;

use crate::support::{Host, authorised, send};

#[tokio::test]
async fn what_is_wrong_with_a_body_is_told() {
    let host = Host::start().await;
    let token = host.operator();
    let check = async |kind: &str, body: String, expected: (u16, &str)| {
        let request = authorised(host.request(Method::POST, "/api/providers"), &token);
        let head: String = body.chars().take(40).collect();
        let answer = send(request.header("Content-Type", kind).body(body)).await;
        assert_eq!(
            answer.problem(),
            (expected.0, expected.1.to_owned()),
            "{head}"
        );
    };
    let json = "application/json";
    check("text/plain", "{}".to_owned(), (415, "content-type")).await;
    check(json, "{".to_owned(), (400, "malformed")).await;
    check(json, "[1]".to_owned(), (422, "malformed")).await;
    check(json, "[".repeat(100_000), (400, "json-shape")).await;
    check(
        json,
        format!("{{\"a\":[{}1]}}", "1,".repeat(1_000)),
        (400, "json-shape"),
    )
    .await;
    check(
        json,
        format!("\"{}\"", "a".repeat(256 * 1024)),
        (413, "body-too-large"),
    )
    .await;
    let unknown = json!({"id": "a", "name": "A", "zone": "Europe/Berlin", "nmae": "B"});
    check(json, unknown.to_string(), (422, "malformed")).await;
    let control = json!({"id": "a", "name": "A\u{0}", "zone": "Europe/Berlin"});
    check(json, control.to_string(), (422, "record-name")).await;
    let zone = json!({"id": "a", "name": "A", "zone": "Europe/Atlantis"});
    check(json, zone.to_string(), (422, "malformed")).await;
}

#[tokio::test]
async fn a_pointer_leads_to_the_field() {
    let host = Host::start().await;
    host.with_ana().await;
    let body = json!({"providerId": "ana", "serviceId": "repair", "date": "tomorrow"});
    let refused = host
        .post(&host.customer("cem"), ("/api/bookings", "k"), body)
        .await;
    assert_eq!(refused.problem(), (422, "malformed".to_owned()));
    assert_eq!(refused.json()["pointer"], "/date");
    assert_eq!(refused.json()["type"], "urn:quando:problem:malformed");
}

#[tokio::test]
async fn compressed_bodies_are_not_taken() {
    let host = Host::start().await;
    let request = authorised(
        host.request(Method::POST, "/api/providers"),
        &host.operator(),
    );
    let request = request.header("Content-Type", "application/json");
    let answer = send(request.header("Content-Encoding", "gzip").body("{}")).await;
    assert_eq!(answer.problem(), (415, "content-encoding".to_owned()));
}

#[tokio::test]
async fn parameters_and_paths_are_checked() {
    let host = Host::start().await;
    host.with_ana().await;
    let check = async |path: &str, expected: (u16, &str)| {
        let answer = host.get("", path).await;
        assert_eq!(
            answer.problem(),
            (expected.0, expected.1.to_owned()),
            "{path}"
        );
    };
    check("/api/providers?colour=red", (400, "parameter")).await;
    check("/api/providers?limit=0", (400, "parameter")).await;
    check("/api/providers?limit=101", (400, "parameter")).await;
    check("/api/providers?sort=beauty", (400, "parameter")).await;
    check("/api/providers?radiusKm=NaN&near=1,2", (400, "parameter")).await;
    check("/api/providers?page=51&limit=20", (422, "parameter-range")).await;
    check("/api/providers?near=91,0", (422, "latitude-range")).await;
    check(
        "/api/providers/ana/slots?serviceId=repair",
        (400, "parameter"),
    )
    .await;
    let decade = "/api/providers/ana/slots?serviceId=repair\
        &from=2026-03-02T00:00:00Z&to=2036-03-02T00:00:00Z";
    check(decade, (422, "parameter-range")).await;
    check("/api/providers/nobody", (404, "not-found")).await;
    check("/api/providers/%00", (404, "not-found")).await;
    check("/nowhere", (404, "no-route")).await;
    let wrong = host.delete("", "/api/providers").await;
    assert_eq!(wrong.problem(), (405, "method-not-allowed".to_owned()));
    assert!(wrong.header("allow").contains("GET"), "{:?}", wrong.headers);
}
