//! The description of the paths, and the pages that show it.

use std::collections::BTreeSet;

use crate::support::{Host, send};

#[tokio::test]
async fn the_description_is_served_as_it_is_written() {
    let host = Host::start().await;
    let served = host.get("", "/api/openapi.json").await;
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.json(), quando_http::description());
    assert!(
        served.json()["openapi"]
            .as_str()
            .unwrap()
            .starts_with("3.1")
    );
}

#[tokio::test]
async fn the_pages_need_nothing_from_elsewhere() {
    let host = Host::start().await;
    let page = host.get("", "/docs").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    // Whatever the page loads is there, of the right type, and of this server.
    let mut loaded = BTreeSet::new();
    for attribute in ["href=\"", "src=\""] {
        let parts = page.text.split(attribute).skip(1);
        loaded.extend(parts.map(|part| part.split('"').next().unwrap()));
    }
    assert!(
        loaded.contains("/docs/docs.js") && loaded.contains("/docs/docs.css"),
        "{loaded:?}"
    );
    for path in loaded {
        assert!(path.starts_with('/') && !path.starts_with("//"), "{path}");
        assert_eq!(host.get("", path).await.status, 200, "{path}");
    }
    // No style or script in the page itself, which the policy would not run.
    for inline in ["<style", "style=", "onclick=", "onload=", "<script>"] {
        assert!(!page.text.contains(inline), "{inline}");
    }
    let script = host.get("", "/docs/docs.js").await;
    assert_eq!(
        script.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    for markup in [
        "innerHTML",
        "outerHTML",
        "document.write",
        "http://",
        "https://",
        "eval(",
    ] {
        assert!(!script.text.contains(markup), "{markup}");
    }
}

#[tokio::test]
async fn the_root_leads_to_the_pages() {
    let host = Host::start().await;
    let plain = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none());
    let url = format!("http://{}/", host.address);
    let answer = send(plain.build().unwrap().get(url)).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, "/docs")
    );
}
