//! Complaints and refunds, by one operator or by two.

use futures_util::future::join;
use quando_http::identity::Standing;
use serde_json::{Value, json};

use crate::story::{paid_visit, pay, with_visit};
use crate::support::{Answer, Host};

fn euros(amount: &str) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

/// A visit for 2,000.00 euros, paid.
async fn dear_visit(host: &Host) -> String {
    host.with_ana().await;
    let service = json!({
        "id": "visit", "name": "New pipes", "timing": {"durationMinutes": 60},
        "offer": {"terms": {
            "price": {"base": {"kind": "perBooking", "price": euros("2000.00")}},
            "rules": {"payment": "upFront", "approval": true},
        }},
    });
    let path = ("/api/providers/ana/services", "");
    let made = host.post(&host.provider("ana"), path, service).await;
    assert_eq!(made.status, 201, "{}", made.text);
    paid_visit(host).await
}

fn lee(host: &Host) -> String {
    host.token("lee", Standing::Operator)
}

async fn refund(host: &Host, path: &str, (token, key): (&str, &str), amount: &str) -> Answer {
    let body = json!({"amount": euros(amount), "reason": "It drips again."});
    host.post(token, (&format!("{path}/refunds"), key), body)
        .await
}

#[tokio::test]
async fn a_small_refund_is_one_operator_s_and_many_small_ones_are_a_large_one() {
    let host = Host::start().await;
    let path = dear_visit(&host).await;
    let kim = host.operator();
    let customer = refund(&host, &path, (&host.customer("cem"), "c"), "1.00").await;
    assert_eq!(customer.problem(), (403, "actor-not-allowed".to_owned()));
    let first = refund(&host, &path, (&kim, "r1"), "300.00").await;
    assert_eq!(first.status, 200, "{}", first.text);
    let rest = refund(&host, &path, (&kim, "r2"), "200.00").await;
    assert_eq!(rest.status, 200, "{}", rest.text);
    // A cent more than 500.00 in all.
    let more = refund(&host, &path, (&kim, "r3"), "0.01").await;
    assert_eq!(more.status, 202, "{}", more.text);
    // What was answered is answered again, though more was given back since.
    let again = refund(&host, &path, (&kim, "r1"), "300.00").await;
    assert_eq!(
        (again.status, again.header("idempotent-replayed")),
        (first.status, "true")
    );
    let again = refund(&host, &path, (&kim, "r3"), "0.01").await;
    assert_eq!(again.text, more.text);
    let listed = host.get(&kim, &format!("{path}/refunds")).await.json();
    assert_eq!(
        listed["items"],
        json!([
            {"number": 1, "reason": "goodwill", "amount": euros("300.00"), "status": "asked"},
            {"number": 2, "reason": "goodwill", "amount": euros("200.00"), "status": "asked"},
        ])
    );
    let mut paid = [pay(&host, &path).await, pay(&host, &path).await];
    paid.sort_unstable();
    assert_eq!(paid, ["refund/1/1", "refund/2/1"]);
    let listed = host.get(&kim, &format!("{path}/refunds")).await.json();
    for item in listed["items"].as_array().unwrap() {
        assert_eq!(item["status"], "done");
    }
    // The provider's money is the provider's to give.
    let own = refund(&host, &path, (&host.provider("ana"), "p"), "900.00").await;
    assert_eq!(own.status, 200, "{}", own.text);
    let above = refund(&host, &path, (&host.provider("ana"), "q"), "600.01").await;
    assert_eq!(above.problem(), (409, "refund-over-captured".to_owned()));
    for amount in ["0.00", "-1.00"] {
        let wrong = refund(&host, &path, (&kim, amount), amount).await;
        assert_eq!(wrong.status, 422, "{}", wrong.text);
    }
}

#[tokio::test]
async fn a_large_refund_needs_another_operator() {
    let host = Host::start().await;
    let path = dear_visit(&host).await;
    let (kim, lee) = (host.operator(), lee(&host));
    let asked = refund(&host, &path, (&kim, "r"), "700.00").await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let request = asked.header("location").to_owned();
    let told = asked.json();
    assert_eq!(
        (&told["status"], &told["requestedBy"], &told["reason"]),
        (&json!("open"), &json!("kim"), &json!("It drips again."))
    );
    let open = host.get(&lee, "/api/refund-requests").await.json();
    assert_eq!(open["items"], json!([told]));
    let hidden = host.get(&host.provider("ana"), &request).await;
    assert_eq!(hidden.problem().0, 403);
    let none = host.get(&kim, &format!("{path}/refunds")).await.json();
    assert_eq!(none["items"], json!([]));

    let approve = format!("{request}/approve");
    let own = host.post(&kim, (&approve, "a"), json!({})).await;
    assert_eq!(own.problem(), (403, "record-same-person".to_owned()));
    let done = host.post(&lee, (&approve, "a"), json!({})).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(
        (&done.json()["status"], &done.json()["decidedBy"]),
        (&json!("approved"), &json!("lee"))
    );
    let again = host.post(&lee, (&approve, "a"), json!({})).await;
    assert_eq!((again.text, again.status), (done.text, done.status));
    let twice = host.post(&lee, (&approve, "b"), json!({})).await;
    assert_eq!(twice.problem(), (409, "record-decided".to_owned()));
    let late = host
        .post(&lee, (&format!("{request}/reject"), "c"), json!({}))
        .await;
    assert_eq!(late.problem(), (409, "record-decided".to_owned()));
    let refunds = host.get(&kim, &format!("{path}/refunds")).await.json();
    assert_eq!(refunds["items"].as_array().unwrap().len(), 1);
    assert_eq!(refunds["items"][0]["amount"], euros("700.00"));
    let open = host.get(&lee, "/api/refund-requests").await.json();
    assert_eq!(open["items"], json!([]));
    assert_eq!(host.get(&lee, "/api/refund-requests/x.1").await.status, 404);
}

#[tokio::test]
async fn approvals_that_race_refund_once() {
    let host = Host::start().await;
    let path = dear_visit(&host).await;
    let asked = refund(&host, &path, (&host.operator(), "r"), "700.00").await;
    let approve = format!("{}/approve", asked.header("location"));
    let (lee, max) = (lee(&host), host.token("max", Standing::Operator));
    let (one, other) = join(
        host.post(&lee, (&approve, "a"), json!({})),
        host.post(&max, (&approve, "a"), json!({})),
    )
    .await;
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.text, other.text);
    let refunds = host.get(&lee, &format!("{path}/refunds")).await.json();
    assert_eq!(refunds["items"].as_array().unwrap().len(), 1, "{refunds}");
    while !host.engine.relay_events(100).await.unwrap().is_empty() {}
    let found = host.engine.verify(|_| ()).await.unwrap();
    assert!(found.findings.is_empty(), "{found:?}");
}

#[tokio::test]
async fn a_request_that_is_rejected_moves_no_money() {
    let host = Host::start().await;
    let path = dear_visit(&host).await;
    let asked = refund(&host, &path, (&host.operator(), "r"), "700.00").await;
    let reject = format!("{}/reject", asked.header("location"));
    let no = json!({"reason": "Half of it is enough."});
    let lee = lee(&host);
    let done = host.post(&lee, (&reject, "n"), no).await.json();
    assert_eq!(
        (&done["status"], &done["decisionReason"]),
        (&json!("rejected"), &json!("Half of it is enough."))
    );
    let refunds = host.get(&lee, &format!("{path}/refunds")).await.json();
    assert_eq!(refunds["items"], json!([]));
}

#[tokio::test]
async fn a_complaint_freezes_the_money_until_an_operator_decides() {
    let host = Host::start().await;
    with_visit(&host).await;
    let path = paid_visit(&host).await;
    host.clock.set("2026-03-02T10:00:00Z");
    let (cem, kim) = (host.customer("cem"), host.operator());
    let done = host
        .post(
            &host.provider("ana"),
            (&format!("{path}/complete"), "d"),
            json!({}),
        )
        .await;
    assert_eq!(done.status, 200, "{}", done.text);
    let complaint = json!({"reason": "Half the time."});
    let opened = host
        .post(&cem, (&format!("{path}/dispute"), "o"), complaint)
        .await;
    assert_eq!(opened.json()["money"], "disputed", "{}", opened.text);
    let disputes = host.get(&cem, &format!("{path}/disputes")).await.json();
    let dispute = &disputes["items"][0];
    assert_eq!(
        (&dispute["open"], &dispute["reason"], &dispute["amount"]),
        (&json!(true), &json!("Half the time."), &euros("100.00"))
    );
    let id = dispute["id"].as_str().unwrap();
    let resolve = format!("{path}/disputes/{id}/resolve");
    let half = json!({"refund": euros("50.00")});
    let own = host.post(&cem, (&resolve, "x"), half.clone()).await;
    assert_eq!(own.problem(), (403, "not-allowed".to_owned()));
    let decided = host.post(&kim, (&resolve, "x"), half).await;
    assert_eq!(decided.status, 200, "{}", decided.text);
    let disputes = host.get(&kim, &format!("{path}/disputes")).await.json();
    assert_eq!(disputes["items"][0]["open"], false);
    assert_eq!(pay(&host, &path).await, "refund/1/1");
    let statement = host.get(&cem, &format!("{path}/statement")).await.json();
    assert_eq!(
        statement["balances"],
        json!([
            {"account": "captured", "amount": euros("100.00")},
            {"account": "refunded", "amount": euros("50.00")},
        ])
    );
}

#[tokio::test]
async fn a_complaint_that_gives_much_back_needs_another_operator_too() {
    let host = Host::start().await;
    let path = dear_visit(&host).await;
    host.clock.set("2026-03-02T10:00:00Z");
    let (cem, kim) = (host.customer("cem"), host.operator());
    host.post(&kim, (&format!("{path}/complete"), "d"), json!({}))
        .await;
    let complaint = json!({"reason": "The wrong pipes."});
    let opened = host
        .post(&cem, (&format!("{path}/dispute"), "o"), complaint)
        .await;
    assert_eq!(opened.status, 200, "{}", opened.text);
    let disputes = host.get(&kim, &format!("{path}/disputes")).await.json();
    let id = disputes["items"][0]["id"].as_str().unwrap().to_owned();
    let resolve = format!("{path}/disputes/{id}/resolve");
    let all = json!({"refund": euros("2000.00")});
    let asked = host.post(&kim, (&resolve, "x"), all).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let approve = format!("{}/approve", asked.header("location"));
    let done = host.post(&lee(&host), (&approve, "a"), json!({})).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let disputes = host.get(&kim, &format!("{path}/disputes")).await.json();
    assert_eq!(disputes["items"][0]["open"], false);
    let refunds = host.get(&kim, &format!("{path}/refunds")).await.json();
    assert_eq!(refunds["items"][0]["reason"], "dispute");
}
