//! Lists, page by page, and answers that are not sent again.

use reqwest::Method;
use serde_json::json;

use crate::support::{Host, authorised, send};

/// Ana with five services and five resources.
async fn with_many(host: &Host) {
    host.with_ana().await;
    let ana = host.provider("ana");
    for kind in ["services", "resources"] {
        let path = format!("/api/providers/ana/{kind}");
        let mut body = host.get(&ana, &path).await.json()["items"][0].clone();
        for number in 0..4 {
            body["id"] = json!(format!("more-{number}"));
            if kind == "services" {
                body["timing"] = json!({"durationMinutes": 60});
            }
            let made = host.post(&ana, (&path, ""), body.clone()).await;
            assert_eq!(made.status, 201, "{}", made.text);
        }
    }
}

#[tokio::test]
async fn pages_have_everything_once_and_in_order() {
    let host = Host::start().await;
    with_many(&host).await;
    let ana = host.provider("ana");
    for kind in ["services", "resources"] {
        let mut found = Vec::new();
        let mut next = Some(String::new());
        while let Some(cursor) = next {
            let path = format!("/api/providers/ana/{kind}?limit=2{cursor}");
            let page = host.get(&ana, &path).await.json();
            let items = page["items"].as_array().unwrap();
            assert!((1..=2).contains(&items.len()), "{page}");
            found.extend(
                items
                    .iter()
                    .map(|each| each["id"].as_str().unwrap().to_owned()),
            );
            next = page["next"].as_str().map(|next| format!("&cursor={next}"));
        }
        let own = if kind == "services" { "repair" } else { "ana" };
        let mut expected = vec![own, "more-0", "more-1", "more-2", "more-3"];
        expected.sort_unstable();
        assert_eq!(found, expected, "{kind}");
    }
}

#[tokio::test]
async fn pages_have_bounds() {
    let host = Host::start().await;
    host.with_ana().await;
    let ana = host.provider("ana");
    for list in [
        "/api/providers/ana/services",
        "/api/providers/ana/resources",
        "/api/providers/ana/reviews",
        "/api/bookings",
    ] {
        for limit in ["0", "201", "-1", "x", "", "4294967296"] {
            let refused = host.get(&ana, &format!("{list}?limit={limit}")).await;
            assert_eq!(
                refused.problem(),
                (400, "parameter".to_owned()),
                "{list} {limit}"
            );
        }
        let long = "a".repeat(201);
        let refused = host.get(&ana, &format!("{list}?cursor={long}")).await;
        assert_eq!(refused.problem(), (400, "parameter".to_owned()), "{list}");
        assert_eq!(
            host.get(&ana, &format!("{list}?limit=200")).await.status,
            200,
            "{list}"
        );
    }
}

#[tokio::test]
async fn what_the_caller_has_is_not_sent_again() {
    let host = Host::start().await;
    host.with_ana().await;
    let ana = host.provider("ana");
    let booked = host.book("cem", "2026-03-02T09:00:00Z").await.json();
    let booking = format!("/api/bookings/{}", booked["id"].as_str().unwrap());
    let paths = [
        "/api/providers",
        "/api/providers/ana",
        "/api/providers/ana/services",
        "/api/providers/ana/services/repair",
        "/api/providers/ana/resources",
        "/api/providers/ana/resources/ana",
        "/api/providers/ana/resources/ana/schedule",
        "/api/providers/ana/reviews",
        "/api/bookings",
        &booking,
    ];
    for path in paths {
        let first = host.get(&ana, path).await;
        let tag = first.header("etag").to_owned();
        assert!(first.status == 200 && tag.len() > 2, "{path} {tag}");
        let ask = async |tag: &str| {
            let request = authorised(host.request(Method::GET, path), &ana);
            send(request.header("If-None-Match", tag)).await
        };
        let again = ask(&tag).await;
        assert_eq!(
            (again.status.as_u16(), again.text.as_str()),
            (304, ""),
            "{path}"
        );
        assert_eq!(again.header("etag"), tag, "{path}");
        assert_eq!(
            ask(&format!("\"other\", W/{tag}")).await.status,
            304,
            "{path}"
        );
        assert_eq!(ask("\"other\"").await.text, first.text, "{path}");
    }
}

#[tokio::test]
async fn a_page_that_changed_is_sent() {
    let host = Host::start().await;
    host.with_ana().await;
    let ana = host.provider("ana");
    let path = "/api/providers/ana/services";
    let first = host.get(&ana, path).await;
    let mut service = first.json()["items"][0].clone();
    service["name"] = json!("Repair and more");
    let one = format!("{path}/repair");
    assert_eq!(host.put(&ana, (&one, "\"1\""), service).await.status, 200);
    let request = authorised(host.request(Method::GET, path), &ana);
    let second = send(request.header("If-None-Match", first.header("etag"))).await;
    assert_eq!(second.status, 200);
    assert_eq!(second.json()["items"][0]["name"], "Repair and more");
}

#[tokio::test]
async fn conditions_do_not_hide_refusals() {
    let host = Host::start().await;
    let request = host.request(Method::GET, "/api/providers/nobody");
    let answer = send(request.header("If-None-Match", "*")).await;
    assert_eq!(answer.problem(), (404, "not-found".to_owned()));
}
