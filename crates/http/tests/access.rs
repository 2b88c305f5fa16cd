//! Who may do what.

use chrono::{DateTime, Utc};
use quando_http::identity::Tokens;
use serde_json::json;

use crate::support::{Host, MONDAY};

const TEN: &str = "2026-03-02T09:00:00Z";

#[tokio::test]
async fn a_booking_is_there_for_its_parties_alone() {
    let host = Host::start().await;
    host.with_ana().await;
    let booked = host.book("cem", TEN).await;
    let path = format!("/api/bookings/{}", booked.json()["id"].as_str().unwrap());
    let check = async |token: String, expected: u16| {
        assert_eq!(host.get(&token, &path).await.status, expected, "{token}");
        let cancel = host
            .get(&token, &format!("{path}/cancellation-preview"))
            .await;
        assert_eq!(cancel.status, expected, "{token}");
    };
    check(host.customer("cem"), 200).await;
    check(host.provider("ana"), 200).await;
    check(host.operator(), 200).await;
    check(host.customer("dora"), 404).await;
    // A customer of the provider's name is not the provider.
    check(host.customer("ana"), 404).await;
    check(host.provider("cem"), 404).await;
    check(String::new(), 401).await;
    let cancel = format!("{path}/cancel");
    let dora = host.customer("dora");
    let strange = host.post(&dora, (&cancel, "k"), json!({}));
    assert_eq!(strange.await.problem(), (404, "not-found".to_owned()));
}

#[tokio::test]
async fn only_who_manages_a_provider_changes_it() {
    let host = Host::start().await;
    host.with_ana().await;
    let edit = json!({"name": "Mine now", "zone": "Europe/Berlin"});
    let path = "/api/providers/ana";
    for token in [host.customer("cem"), host.provider("ben")] {
        let refused = host.put(&token, (path, "*"), edit.clone()).await;
        assert_eq!(refused.problem(), (403, "not-allowed".to_owned()));
        let hidden = host
            .get(&token, "/api/providers/ana/resources/ana/schedule")
            .await;
        assert_eq!(hidden.problem().0, 403);
        let explained = "/api/providers/ana/slots/explain?serviceId=repair\
            &from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z";
        assert_eq!(host.get(&token, explained).await.problem().0, 403);
    }
    let anonymous = host.put("", (path, "*"), edit).await;
    assert_eq!(anonymous.problem(), (401, "unauthenticated".to_owned()));
    assert_eq!(anonymous.header("www-authenticate"), "Bearer");
    assert_eq!(host.get("", path).await.json()["name"], "Ana's pipes");
    // Nobody books for others.
    let body = json!({
        "providerId": "ana", "serviceId": "repair", "date": TEN, "customerId": "dora",
    });
    for token in [host.customer("cem"), host.provider("ben")] {
        let refused = host
            .post(&token, ("/api/bookings", "k"), body.clone())
            .await;
        assert_eq!(refused.problem(), (403, "not-allowed".to_owned()));
    }
}

#[tokio::test]
async fn a_token_is_accepted_while_it_lasts_and_from_its_issuer() {
    let host = Host::start().await;
    let status = async |token: &str| host.get(token, "/api/bookings").await.status.as_u16();
    let good = host.customer("cem");
    assert_eq!(status(&good).await, 200);
    // One minute of skew, and not a second more, after 400 days.
    host.clock.set("2027-04-06T08:00:59Z");
    assert_eq!(status(&good).await, 200);
    host.clock.set("2027-04-06T08:01:00Z");
    assert_eq!(status(&good).await, 401);

    let now: DateTime<Utc> = MONDAY.parse().unwrap();
    let identity = quando_http::identity::Identity {
        subject: "cem".to_owned().try_into().unwrap(),
        standing: quando_http::identity::Standing::Operator,
    };
    let other = Tokens::new(&[7; 32]).unwrap();
    let forged = other.mint(&identity, now, chrono::TimeDelta::days(4_000));
    assert_eq!(status(&forged).await, 401);
    // {"alg":"none","typ":"JWT"} and the claims of an operator, without a signature.
    let claims = good.split('.').nth(1).unwrap();
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
    assert_eq!(status(&unsigned).await, 401);
    assert_eq!(status("nonsense").await, 401);
    assert!(Tokens::new(&[7; 31]).is_err());
}
