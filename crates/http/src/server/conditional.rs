//! Answers that are not sent again to whoever has them (RFC 9110 section 13.1.2).

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

pub(super) async fn conditional(request: Request, next: Next) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return next.run(request).await;
    }
    let seen = request.headers().get_all(header::IF_NONE_MATCH);
    let seen: Vec<HeaderValue> = seen.iter().cloned().collect();
    let mut response = next.run(request).await;
    if response.status() != StatusCode::OK || !response.headers().contains_key(header::ETAG) {
        return response;
    }
    let headers = response.headers_mut();
    let ask_again = HeaderValue::from_static("private, no-cache");
    headers.entry(header::CACHE_CONTROL).or_insert(ask_again);
    if is_seen(headers, &seen) {
        headers.remove(header::CONTENT_TYPE);
        headers.remove(header::CONTENT_LENGTH);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
    }
    response
}

/// Whether the answer's tag is among those that were seen. Weak and strong ones compare alike.
fn is_seen(headers: &HeaderMap, seen: &[HeaderValue]) -> bool {
    let Some(own) = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()) else {
        return false;
    };
    let texts = seen.iter().filter_map(|value| value.to_str().ok());
    // Our own tags have no commas.
    let mut tags = texts.flat_map(|text| text.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_seen_as_itself_weak_or_in_a_list() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ETAG, HeaderValue::from_static("\"3\""));
        let check = |seen: &'static str, expected: bool| {
            let seen = [HeaderValue::from_static(seen)];
            assert_eq!(is_seen(&headers, &seen), expected, "{seen:?}");
        };
        check("\"3\"", true);
        check("W/\"3\"", true);
        check("\"1\", \"3\"", true);
        check("*", true);
        check("\"33\"", false);
        check("3", false);
        check("", false);
    }
}
