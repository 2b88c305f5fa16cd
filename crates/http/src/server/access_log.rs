//! One line for each answer, with nothing in it that is somebody's: no path with ids, no query
//! string, no token, no name, no address.

use std::fmt;

use axum::http::Method;
use chrono::{DateTime, Utc};
use serde::Serialize;

/// What is noted of an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Access<'a> {
    /// When the request came.
    pub time: DateTime<Utc>,
    /// `info`, or `error` when the server failed.
    pub level: &'static str,
    /// The id that the answer has in `X-Request-Id`.
    pub request_id: &'a str,
    /// The method; `OTHER` when it is none that the server knows.
    pub method: &'static str,
    /// The template of the path, such as `/api/bookings/{booking}`; empty when there is none.
    pub route: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// From the head of the request to the head of the answer, in milliseconds.
    pub duration_ms: f64,
    /// Who asked: `anonymous`, `guest`, `customer`, `provider` or `operator`.
    pub role: &'static str,
}

/// Where lines go.
pub trait AccessLog: fmt::Debug + Send + Sync {
    /// Notes an answer; it must not wait for anything.
    fn note(&self, access: &Access<'_>);
}

/// The name of a method that the server knows: others are texts of whoever sends them.
pub(super) fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
