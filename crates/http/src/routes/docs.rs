//! The description of the paths as pages to look at, with nothing from elsewhere.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use quando_engine::store::Store;

use crate::App;

pub(super) fn add<S: Store + 'static>(router: Router<App<S>>) -> Router<App<S>> {
    let file = |kind, text| get(move || std::future::ready(page(kind, text)));
    router
        .route("/", get(|| std::future::ready(Redirect::to("/docs"))))
        .route("/docs", file("text/html; charset=utf-8", HTML))
        .route("/docs/docs.css", file("text/css; charset=utf-8", STYLE))
        .route(
            "/docs/docs.js",
            file("text/javascript; charset=utf-8", SCRIPT),
        )
}

fn page(kind: &'static str, text: &'static str) -> Response {
    let fixed = HeaderValue::from_static;
    let headers = [
        (header::CONTENT_TYPE, fixed(kind)),
        (header::CONTENT_SECURITY_POLICY, fixed(POLICY)),
        (header::REFERRER_POLICY, fixed("no-referrer")),
        (header::CACHE_CONTROL, fixed("no-cache")),
    ];
    (headers, text).into_response()
}

const HTML: &str = include_str!("../docs/index.html");
const STYLE: &str = include_str!("../docs/docs.css");
const SCRIPT: &str = include_str!("../docs/docs.js");

/// Files and answers of this server, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
