//! Answers in the forms that all paths share.

use std::fmt::Write as _;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use quando_engine::Done;
use quando_engine::record::Versioned;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::extract::etag;
use crate::problem::{Fault, Problem};

/// How much of a hash tells pages apart.
const TAG_BYTES: usize = 16;

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A page of a list.
#[derive(Debug, Serialize)]
pub(super) struct ListPage<T> {
    /// What is on it.
    pub(super) items: Vec<T>,
    /// What the next page begins after; none on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

impl<T> ListPage<T> {
    /// A page of what was read with one item more than fits, which says whether there is a next.
    pub(super) fn cut(mut items: Vec<T>, limit: u32, id: impl Fn(&T) -> String) -> ListPage<T> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(id);
        ListPage { items, next }
    }
}

/// A page, tagged with what is on it: whoever has it need not get it again.
pub(super) fn listed<T: Serialize>(page: &T) -> Response {
    let body = serde_json::to_vec(page).expect("a page has a JSON form");
    let hash = Sha256::digest(&body);
    let mut tag = String::from("\"");
    for byte in hash.iter().take(TAG_BYTES) {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    let tag = HeaderValue::from_str(&tag).expect("digits are printable");
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json), (header::ETAG, tag)], body).into_response()
}

/// Something with a version, as it is.
pub(super) fn versioned<T: Serialize>(version: u64, value: &T) -> Response {
    let mut response = Json(value).into_response();
    response.headers_mut().insert(header::ETAG, etag(version));
    response
}

/// What was written, byte for byte as it was answered the first time.
pub(super) fn written<T>(status: StatusCode, done: Done<Versioned<T>>) -> Response {
    let json = HeaderValue::from_static("application/json");
    let tag = etag(done.value.version);
    let headers = [(header::CONTENT_TYPE, json), (header::ETAG, tag)];
    mark((status, headers, done.json).into_response(), done.replayed)
}

/// That it was done before, under the same key.
pub(super) fn mark(mut response: Response, replayed: bool) -> Response {
    if replayed {
        let yes = HeaderValue::from_static("true");
        response.headers_mut().insert(REPLAYED, yes);
    }
    response
}

/// Where something new is.
pub(super) fn at(mut response: Response, path: &str) -> Response {
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(header::LOCATION, path);
    }
    response
}

/// A record with the id of its address. What answers have beside the record, its version and when
/// it was written, may be sent back and says nothing.
pub(super) fn with_id(mut record: Map<String, Value>, id: &str) -> Result<Value, Problem> {
    record.remove("version");
    record.remove("updatedAt");
    let own = record.entry("id").or_insert_with(|| id.into());
    if own != id {
        let (pointer, message) = ("/id", "the address says another id");
        return Err(Fault::Field { pointer, message }.into());
    }
    Ok(Value::Object(record))
}
