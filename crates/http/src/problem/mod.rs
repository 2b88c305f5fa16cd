//! Problems as answers: `application/problem+json` (RFC 9457) with a stable code.

mod fault;
mod map;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use quando::availability::Reason;
use serde::Serialize;

use crate::guard::retry_seconds;

pub use fault::Fault;

/// What is answered in place of what was asked for.
///
/// It goes through the server as an extension of an empty answer; the body is written at the edge,
/// where the id of the request is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Of the answer.
    pub status: StatusCode,
    /// Names the kind of problem for programs; see `docs/codes.md`.
    pub code: &'static str,
    /// What is wrong, for people.
    pub detail: String,
    /// RFC 6901 pointer to the field of the request that is wrong; empty for none.
    pub pointer: String,
    /// After how many seconds it may help to ask again.
    pub retry_after: Option<u32>,
    /// Why a slot is not free; reveals who is busy, and is for providers and operators only.
    pub reasons: Vec<Reason>,
}

/// The JSON form of a [`Problem`].
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pointer: &'a str,
    #[serde(skip_serializing_if = "<[Reason]>::is_empty")]
    reasons: &'a [Reason],
    request_id: &'a str,
}

impl Problem {
    /// A problem with nothing but what every one has.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Problem {
        Problem {
            status,
            code,
            detail: detail.into(),
            pointer: String::new(),
            retry_after: None,
            reasons: Vec::new(),
        }
    }

    /// That a document is JSON of the right form, and says what cannot be.
    pub(crate) fn unprocessable(
        code: &'static str,
        detail: String,
        pointer: impl Into<String>,
    ) -> Problem {
        let mut problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail);
        problem.pointer = pointer.into();
        problem
    }

    /// That something is not there, or is not the caller's: nobody learns which of the two.
    pub fn not_found(what: &'static str) -> Problem {
        quando_engine::Error::NotFound { what }.into()
    }

    /// The answer, with the id of the request.
    pub fn render(&self, request_id: &str) -> Response {
        let document = Document {
            r#type: format!("urn:quando:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("problem"),
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            pointer: &self.pointer,
            reasons: &self.reasons,
            request_id,
        };
        let body = serde_json::to_vec(&document).expect("a problem has a JSON form");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Problem {
        let mut problem = Problem::new(fault.status(), fault.code(), fault.to_string());
        match &fault {
            Fault::Busy | Fault::Deadline => problem.retry_after = Some(retry_seconds()),
            Fault::RateLimited { seconds } => problem.retry_after = Some(*seconds),
            Fault::Field { pointer, .. } => (*pointer).clone_into(&mut problem.pointer),
            _ => {}
        }
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        response.extensions_mut().insert(self);
        response
    }
}
