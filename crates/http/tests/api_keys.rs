//! Keys that programs sign in with.

use serde_json::json;

use crate::support::Host;

const PATH: (&str, &str) = ("/api/api-keys", "");

#[tokio::test]
async fn a_program_signs_in_until_its_key_is_deleted() {
    let host = Host::start().await;
    host.with_ana().await;
    let ana = host.provider("ana");
    let made = host
        .post(&ana, PATH, json!({"name": "till", "role": "provider"}))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let (json, text) = (made.json(), made.json()["key"].as_str().unwrap().to_owned());
    let id = json["id"].as_str().unwrap();
    assert_eq!(made.header("location"), format!("/api/api-keys/{id}"));
    assert_eq!(
        (&json["role"], &json["provider"]),
        (&json!("provider"), &json!("ana"))
    );
    // 32 bytes have 43 digits of base64url.
    let secret = text.strip_prefix(&format!("qk_{id}_")).unwrap();
    assert_eq!(secret.len(), 43);
    let hidden = "/api/providers/ana/resources/ana/schedule";
    assert_eq!(host.get(&text, hidden).await.status, 200);
    assert_eq!(host.get(&text, "/api/bookings").await.status, 200);
    // The list tells no secret, and neither does the journal of the engine.
    let listed = host.get(&ana, "/api/api-keys").await;
    assert_eq!(listed.json()["items"][0]["name"], "till");
    assert!(
        !listed.text.contains(secret) && !listed.text.contains("hash"),
        "{}",
        listed.text
    );
    // Of the right key, a wrong secret; and no key at all.
    let wrong = if secret.starts_with('A') { "B" } else { "A" };
    for forged in [
        format!("qk_{id}_{wrong}{}", &secret[1..]),
        format!("qk_{id}_"),
        format!("qk_{id}"),
        format!("qk_00000000-0000-7000-8000-000000000000_{secret}"),
        format!("qk_%00_{secret}"),
        "qk_".to_owned(),
    ] {
        assert_eq!(
            host.get(&forged, hidden).await.problem(),
            (401, "bearer-token".to_owned())
        );
    }
    let path = format!("/api/api-keys/{id}");
    assert_eq!(host.delete(&ana, &path).await.status, 204);
    assert_eq!(host.get(&text, hidden).await.status, 401);
    assert_eq!(host.delete(&ana, &path).await.status, 404);
    assert_eq!(host.delete(&ana, "/api/api-keys/%00").await.status, 404);
}

#[tokio::test]
async fn nobody_makes_a_key_for_more_than_it_may() {
    let host = Host::start().await;
    host.with_ana().await;
    let check = async |token: &str, body: serde_json::Value, expected: u16| {
        let answer = host.post(token, PATH, body.clone()).await;
        assert_eq!(answer.status, expected, "{body} {}", answer.text);
        answer
    };
    let ana = host.provider("ana");
    let operator = host.operator();
    check("", json!({"name": "x", "role": "provider"}), 401).await;
    check(
        &host.customer("ana"),
        json!({"name": "x", "role": "provider", "provider": "ana"}),
        403,
    )
    .await;
    check(
        &ana,
        json!({"name": "x", "role": "provider", "provider": "ben"}),
        403,
    )
    .await;
    check(&ana, json!({"name": "x", "role": "operator"}), 403).await;
    check(&ana, json!({"name": "", "role": "provider"}), 422).await;
    check(&ana, json!({"name": "x", "role": "customer"}), 422).await;
    check(&operator, json!({"name": "x", "role": "provider"}), 422).await;
    check(
        &operator,
        json!({"name": "x", "role": "operator", "provider": "ana"}),
        422,
    )
    .await;
    check(
        &operator,
        json!({"name": "of ana", "role": "provider", "provider": "ana"}),
        201,
    )
    .await;
    let of_staff = check(
        &operator,
        json!({"name": "of staff", "role": "operator"}),
        201,
    )
    .await;
    let program = of_staff.json()["key"].as_str().unwrap().to_owned();
    assert_eq!(
        host.get(&program, "/api/bookings?customerId=cem")
            .await
            .status,
        200
    );
    // Keys make no keys, but may delete them.
    check(&program, json!({"name": "x", "role": "operator"}), 403).await;
    let list = async |token: &str| {
        let items = host.get(token, "/api/api-keys").await.json()["items"].clone();
        items.as_array().unwrap().len()
    };
    assert_eq!((list(&ana).await, list(&operator).await), (1, 2));
    assert_eq!(
        host.get(&host.customer("ana"), "/api/api-keys")
            .await
            .status,
        403
    );
    let path = format!("/api/api-keys/{}", of_staff.json()["id"].as_str().unwrap());
    assert_eq!(host.delete(&ana, &path).await.status, 404);
    assert_eq!(host.delete(&program, &path).await.status, 204);
    assert_eq!(host.get(&program, "/api/api-keys").await.status, 401);
}

#[tokio::test]
async fn a_key_expires_and_is_told_once() {
    let host = Host::start().await;
    host.with_ana().await;
    let ana = host.provider("ana");
    let body = json!({"name": "x", "role": "provider", "expiresAt": "2026-03-02T08:10:00Z"});
    let path = ("/api/api-keys", "once");
    let made = host.post(&ana, path, body.clone()).await;
    let key = made.json()["key"].as_str().unwrap().to_owned();
    let again = host.post(&ana, path, body).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.json()["id"], made.json()["id"]);
    assert_eq!(again.json()["key"], serde_json::Value::Null);
    assert_eq!(host.get(&key, "/api/bookings").await.status, 200);
    host.clock.set("2026-03-02T08:09:59Z");
    assert_eq!(host.get(&key, "/api/bookings").await.status, 200);
    host.clock.set("2026-03-02T08:10:00Z");
    assert_eq!(host.get(&key, "/api/bookings").await.status, 401);
}
