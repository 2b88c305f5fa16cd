//! Texts, numbers, amounts and times that nobody means well with: each has its answer, which is the
//! same on all stores, and never that the server failed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Host, authorised, send};

const TEN: &str = "2026-03-02T09:00:00Z";

/// Sends a text as JSON, as it stands.
async fn post_text(host: &Host, token: &str, (path, key): (&str, &str), text: String) -> Answer {
    let request = authorised(host.request(Method::POST, path), token);
    let request = request.header("Idempotency-Key", key);
    send(
        request
            .header("Content-Type", "application/json")
            .body(text),
    )
    .await
}

/// Texts that are kept as they are.
fn naughty() -> Vec<String> {
    let mut all: Vec<String> = [
        "null",
        "undefined",
        "true",
        "0",
        "-1",
        "1e400",
        "NaN",
        "\\",
        "\"",
        "'",
        "`",
        "${x}",
        "%00",
        "%s%n",
        "{{7*7}}",
        "../../etc/passwd",
        "'; DROP TABLE bookings; --",
        "<script>alert(1)</script>",
        "\u{202e}evirp",
        "\u{2066}a\u{2069}",
        "a\u{200b}b\u{feff}c",
        "\u{fffd}",
        "\u{fffe}",
        "\u{10ffff}",
        // The same letter, composed and decomposed: two texts.
        "\u{e9}",
        "e\u{301}",
        "İıſK",
        "ﷺ",
        "田中さん",
        "👩‍👩‍👧‍👦🏳️‍🌈",
        "مرحبا",
        "\u{0e01}\u{0e33}",
    ]
    .map(str::to_owned)
    .into();
    all.push(format!("Z{}", "\u{335}".repeat(400)));
    all
}

#[tokio::test]
async fn texts_are_kept_as_they_are() {
    let host = Host::start().await;
    host.with_ana().await;
    let (cem, ana) = (host.customer("cem"), host.provider("ana"));
    let booked = host.book("cem", TEN).await.json();
    let path = format!("/api/bookings/{}", booked["id"].as_str().unwrap());
    for (number, text) in naughty().into_iter().enumerate() {
        let mut profile = host.get(&ana, "/api/providers/ana").await.json();
        profile["description"] = json!(text);
        let written = host.put(&ana, ("/api/providers/ana", "*"), profile).await;
        assert_eq!(written.json()["description"], text, "{}", written.text);
        let shown = host.get("", "/api/providers/ana").await.json();
        assert_eq!(shown["description"], text);
        let mut wish = json!({"providerId": "ana", "serviceId": "repair", "notes": text});
        wish["date"] = json!(format!("2026-03-{:02}T10:00:00Z", 9 + number % 5));
        let key = format!("text-{number}");
        let held = host.post(&cem, ("/api/bookings", &key), wish).await;
        assert_eq!(held.json()["notes"], text, "{}", held.text);
        let made = format!("/api/bookings/{}", held.json()["id"].as_str().unwrap());
        assert_eq!(host.get(&ana, &made).await.json()["notes"], text);
        let cancel = format!("{made}/cancel");
        let reason = json!({"reason": text});
        let off = host.post(&cem, (&cancel, &key), reason).await;
        assert_eq!(off.json()["cancellation"]["reason"], text, "{}", off.text);
    }
    assert_eq!(host.get(&cem, &path).await.status, 200);
}

#[tokio::test]
async fn what_is_no_text_is_refused() {
    let host = Host::start().await;
    host.with_ana().await;
    let cem = host.customer("cem");
    let check = async |notes: &str, expected: (u16, &str)| {
        let text = format!(
            "{{\"providerId\":\"ana\",\"serviceId\":\"repair\",\"date\":\"{TEN}\",\"notes\":\"{notes}\"}}"
        );
        let answer = post_text(&host, &cem, ("/api/bookings", "k"), text).await;
        if expected.0 == 201 {
            assert_eq!(answer.status, 201, "{}", answer.text);
            return;
        }
        assert_eq!(
            answer.problem(),
            (expected.0, expected.1.to_owned()),
            "{notes}"
        );
    };
    // Halves of a pair of surrogates are JSON and no text; a bare control character is no JSON.
    check("\\ud800", (422, "malformed")).await;
    check("\\udc00\\ud800", (422, "malformed")).await;
    check("\u{1}", (400, "malformed")).await;
    check(&"n".repeat(501), (422, "field")).await;
    check(&"\u{e9}".repeat(500), (201, "")).await;
}

#[tokio::test]
async fn nul_is_refused_wherever_a_text_is() {
    let host = Host::start().await;
    host.with_ana().await;
    let (cem, ana) = (host.customer("cem"), host.provider("ana"));
    let wish = json!({"providerId": "ana", "serviceId": "repair", "date": TEN});
    for field in [
        "providerId",
        "serviceId",
        "customerId",
        "notes",
        "discount",
        "overrideReason",
    ] {
        let mut wish = wish.clone();
        wish[field] = json!("a\u{0}b");
        for path in ["/api/bookings", "/api/holds", "/api/quotes"] {
            let refused = host.post(&cem, (path, field), wish.clone()).await;
            assert_eq!(refused.status, 422, "{path} {field}: {}", refused.text);
        }
    }
    let profile = json!({"name": "Ana", "zone": "Europe/Berlin"});
    for field in ["id", "name", "zone", "description"] {
        let mut profile = profile.clone();
        profile[field] = json!("a\u{0}b");
        let refused = host.put(&ana, ("/api/providers/ana", "*"), profile).await;
        assert_eq!(refused.status, 422, "{field}: {}", refused.text);
    }
    for field in ["categories", "languages", "attributes"] {
        let mut profile = profile.clone();
        profile[field] = json!(["a\u{0}b"]);
        let refused = host.put(&ana, ("/api/providers/ana", "*"), profile).await;
        assert_eq!(refused.status, 422, "{field}: {}", refused.text);
    }
    // In a path it names nothing, and in the query string it is no value.
    assert_eq!(host.get("", "/api/providers/a%00b").await.status, 404);
    for query in [
        "q=a%00b",
        "filter=category:a%00b",
        "cursor=%00",
        "near=%00,1",
    ] {
        let answer = host.get("", &format!("/api/providers?{query}")).await;
        assert!(answer.status.as_u16() < 500, "{query}: {}", answer.text);
    }
    let source = "/api/providers/ana/resources/ana/busy/a%00b";
    let refused = host.put(&ana, (source, ""), json!({"busy": []})).await;
    assert_eq!(refused.problem(), (422, "record-name".to_owned()));
}

#[tokio::test]
async fn numbers_have_bounds() {
    let host = Host::start().await;
    host.with_ana().await;
    let cem = host.customer("cem");
    let numbers = [
        "0",
        "-1",
        "1.5",
        "1e400",
        "-1e400",
        "4294967296",
        "9223372036854775808",
        "99999999999999999999999999999999",
        "\"1\"",
        "\"١٢\"",
        "true",
        "[]",
        "{}",
    ];
    for field in ["duration", "party"] {
        for number in numbers {
            let text = format!(
                "{{\"providerId\":\"ana\",\"serviceId\":\"repair\",\"date\":\"{TEN}\",\"{field}\":{number}}}"
            );
            for path in ["/api/bookings", "/api/holds", "/api/quotes"] {
                let refused = post_text(&host, &cem, (path, "k"), text.clone()).await;
                assert_eq!(
                    refused.status, 422,
                    "{path} {field} {number}: {}",
                    refused.text
                );
            }
        }
    }
    let slots = "/api/providers/ana/slots?serviceId=repair\
        &from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z";
    for field in ["duration", "party"] {
        for number in [
            "-1",
            "1.5",
            "1e9",
            "4294967296",
            "99999999999999999999",
            "",
            "x",
            "١",
        ] {
            let refused = host.get("", &format!("{slots}&{field}={number}")).await;
            assert_eq!(refused.problem().0, 400, "{field} {number}");
        }
    }
    let odd = host.get("", &format!("{slots}&party=0")).await;
    assert_eq!(odd.problem().0, 400);
    for number in ["NaN", "inf", "-1", "1e400", "20100.1"] {
        let refused = host
            .get("", &format!("/api/providers?near=1,1&radiusKm={number}"))
            .await;
        assert_eq!(refused.problem().0, 400, "{number}");
    }
}

#[tokio::test]
async fn amounts_are_of_their_currency_and_not_below_zero() {
    let host = Host::start().await;
    host.with_ana().await;
    let ana = host.provider("ana");
    let service = host
        .get("", "/api/providers/ana/services/repair")
        .await
        .json();
    let check = async |amount: Value, currency: &str, expected: u16| {
        let mut service = service.clone();
        let price = json!({"amount": amount, "currency": currency});
        service["offer"]["terms"]["price"]["base"]["price"] = price;
        let path = "/api/providers/ana/services/repair";
        let answer = host.put(&ana, (path, "*"), service).await;
        assert_eq!(
            answer.status, expected,
            "{amount} {currency}: {}",
            answer.text
        );
    };
    for refused in [
        "-0.01",
        "-1",
        "0.001",
        "1e2",
        "1,00",
        "",
        " 1",
        "+1",
        ".5",
        "1.",
        "٣",
        "NaN",
        "99999999999999999999",
        "100000000000000.01",
    ] {
        check(json!(refused), "EUR", 422).await;
    }
    check(json!(80), "EUR", 422).await;
    check(json!(0.1), "EUR", 422).await;
    check(json!("0.00"), "EUR", 200).await;
    // Yen have no decimals, dinars have three; gold is no money to pay with.
    check(json!("80"), "JPY", 200).await;
    check(json!("80.5"), "JPY", 422).await;
    check(json!("1.234"), "KWD", 200).await;
    check(json!("1.2345"), "KWD", 422).await;
    check(json!("1"), "ISK", 200).await;
    check(json!("1.00"), "HUF", 200).await;
    check(json!("1"), "XAU", 422).await;
    check(json!("1"), "ZZZ", 422).await;
    check(json!("1"), "eur", 422).await;
    check(json!("80.00"), "EUR", 200).await;
    let wish = |tips: Value| json!({"providerId": "ana", "serviceId": "repair", "date": TEN, "tips": tips});
    let tips = wish(json!({"amount": "5.00", "currency": "USD"}));
    let refused = host.post("", ("/api/quotes", ""), tips).await;
    assert_eq!(refused.problem(), (422, "tips-currency".to_owned()));
    let tips = wish(json!({"amount": "-5.00", "currency": "EUR"}));
    let refused = host.post("", ("/api/quotes", ""), tips).await;
    assert_eq!(refused.problem().0, 422);
}

#[tokio::test]
async fn times_are_of_this_calendar() {
    let host = Host::start().await;
    host.with_ana().await;
    let cem = host.customer("cem");
    let times = [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-30T00:00:00Z",
        "+10000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "2026-02-29T09:00:00Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T09:60:00Z",
        "2026-03-02T09:00:60Z",
        "2016-12-31T23:59:60Z",
        "2026-03-02T09:00:00.5Z",
        "2026-03-02T09:00:00",
        "2026-03-02",
        "1772442000",
        "-infinity",
        "",
        "tomorrow",
    ];
    for time in times {
        let wish = json!({"providerId": "ana", "serviceId": "repair", "date": time});
        for path in ["/api/bookings", "/api/holds"] {
            let refused = host.post(&cem, (path, time), wish.clone()).await;
            let status = refused.status.as_u16();
            // What is a time, and one that is long past or far ahead, is not free.
            assert!(
                matches!(status, 409 | 422 | 400),
                "{path} {time}: {}",
                refused.text
            );
            assert!(
                status != 400 || time.is_empty(),
                "{path} {time}: {}",
                refused.text
            );
        }
        let window = "/api/providers/ana/slots?serviceId=repair";
        for query in [
            format!("from={time}&to=2026-03-03T00:00:00Z"),
            format!("from=2026-03-02T00:00:00Z&to={time}"),
        ] {
            let query = query.replace('+', "%2B");
            let refused = host.get("", &format!("{window}&{query}")).await;
            assert!(
                matches!(refused.status.as_u16(), 400 | 422),
                "{query}: {}",
                refused.text
            );
        }
    }
    let far = json!({"busy": [{"start": "0001-01-01T00:00:00Z", "end": "9999-12-30T00:00:00Z"}]});
    let path = "/api/providers/ana/resources/ana/busy/far";
    let answer = host.put(&host.provider("ana"), (path, ""), far).await;
    assert!(answer.status.as_u16() < 500, "{}", answer.text);
}
