//! Providers show who they are.

use serde_json::json;

use crate::support::Host;

#[tokio::test]
async fn who_has_shown_who_it_is_is_verified_for_everybody() {
    let host = Host::start().await;
    host.with_ana().await;
    let (ana, kim) = (host.provider("ana"), host.operator());
    let path = "/api/providers/ana/verification";
    let approve = (&*format!("{path}/approve"), "");
    let nothing = host.post(&kim, approve, json!({})).await;
    assert_eq!(nothing.problem(), (404, "not-found".to_owned()));
    let documents = json!({"documents": [{
        "kind": "tradeLicence", "reference": "https://files.example.com/4711",
        "note": "From the chamber of crafts.",
    }]});
    for token in [host.provider("ben"), host.customer("cem")] {
        let strange = host.put(&token, (path, ""), documents.clone()).await;
        assert_eq!(strange.problem(), (403, "not-allowed".to_owned()));
        assert_eq!(host.get(&token, path).await.problem().0, 403);
        let decided = host.post(&token, approve, json!({})).await;
        assert_eq!(decided.problem().0, 403);
    }
    let submitted = host.put(&ana, (path, ""), documents).await;
    assert_eq!(
        submitted.json()["status"],
        "submitted",
        "{}",
        submitted.text
    );
    let own = host.post(&ana, approve, json!({})).await;
    assert_eq!(own.problem(), (403, "not-allowed".to_owned()));
    let waiting = host.get(&kim, "/api/verifications").await.json();
    assert_eq!(waiting["items"][0]["provider"], "ana");
    let verified = async || {
        let filtered = "/api/providers?filter=verified:true";
        let found = host.get("", filtered).await.json();
        let shown = host.get("", "/api/providers/ana").await.json();
        let found = found["items"].as_array().unwrap().len();
        (found, shown.get("verified").cloned())
    };
    assert_eq!(verified().await, (0, None));
    let decided = host.post(&kim, approve, json!({})).await;
    assert_eq!(decided.json()["decidedBy"], "kim", "{}", decided.text);
    assert_eq!(verified().await, (1, Some(json!(true))));
    let found = host.get("", "/api/providers").await.json();
    assert_eq!(found["items"][0]["provider"]["verified"], true, "{found}");
    let twice = host.post(&kim, approve, json!({})).await;
    assert_eq!(twice.problem(), (409, "record-decided".to_owned()));
}

#[tokio::test]
async fn who_is_rejected_learns_why() {
    let host = Host::start().await;
    host.with_ana().await;
    let (ana, kim) = (host.provider("ana"), host.operator());
    let path = "/api/providers/ana/verification";
    let none = host.put(&ana, (path, ""), json!({"documents": []})).await;
    assert_eq!(none.problem(), (422, "record-too-many".to_owned()));
    let documents = json!({"documents": [{"kind": "passport", "reference": "No. 4711"}]});
    host.put(&ana, (path, ""), documents).await;
    let reject = (&*format!("{path}/reject"), "");
    let silent = host.post(&kim, reject, json!({})).await;
    assert_eq!(silent.problem().0, 422);
    let reason = json!({"reason": "It has expired."});
    let rejected = host.post(&kim, reject, reason).await;
    assert_eq!(rejected.status, 200, "{}", rejected.text);
    let seen = host.get(&ana, path).await.json();
    assert_eq!(
        (&seen["status"], &seen["reason"]),
        (&json!("rejected"), &json!("It has expired."))
    );
    let waiting = host.get(&kim, "/api/verifications").await.json();
    assert_eq!(waiting["items"], json!([]));
}
