//! Bodies: how long, of which type, and as which value.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use quando::availability::QueryError;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::headers::is_json;
use super::shape::check_shape;
use crate::problem::{Fault, Problem};

/// Longest JSON body, in bytes.
const JSON_BYTES_MAX: usize = 256 * 1024;
/// Longest calendar, in bytes: some thousand events.
pub(crate) const CALENDAR_BYTES_MAX: usize = 2 * 1024 * 1024;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A JSON body. One that is empty counts as `{}`, for actions that need nothing more.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<S, T> FromRequest<S> for Json<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Json<T>, Problem> {
        let JsonText(text) = JsonText::from_request(request, state).await?;
        parse(&text).map(Json)
    }
}

/// The text of a JSON body, of a shape that is safe to read.
#[derive(Debug)]
pub(crate) struct JsonText(pub(crate) String);

impl<S: Send + Sync> FromRequest<S> for JsonText {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<JsonText, Problem> {
        let (parts, body) = request.into_parts();
        let text = read_text(&parts.headers, body, JSON_BYTES_MAX).await?;
        if text.is_empty() {
            return Ok(JsonText("{}".to_owned()));
        }
        if !is_json(&parts.headers) {
            return Err(Fault::ContentType("application/json").into());
        }
        check_shape(&text)?;
        Ok(JsonText(text))
    }
}

/// Reads a value out of a JSON text.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    check_shape(text)?;
    quando::json::parse(text).map_err(|error| refused(text, error))
}

/// What is wrong with a text: 400 for what is no JSON, 422 for JSON of another form.
pub(crate) fn refused(text: &str, error: QueryError) -> Problem {
    let mut problem = Problem::from(error);
    if serde_json::from_str::<IgnoredAny>(text).is_ok() {
        problem.status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    }
    problem
}

/// The whole body as a text.
pub(crate) async fn read_text(
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<String, Problem> {
    let encoding = headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Fault::ContentEncoding.into());
    }
    // What says that it is too long is not read at all.
    let announced = headers.get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let most_announced = u64::try_from(most).unwrap_or(u64::MAX);
    if announced.is_some_and(|length| length > most_announced) {
        return Err(Fault::BodyTooLarge { most }.into());
    }
    let read = Limited::new(body, most).collect();
    let collected = match tokio::time::timeout(BODY_TIMEOUT, read).await {
        Err(_) => return Err(Fault::BodyTimeout.into()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return Err(Fault::BodyTooLarge { most }.into());
        }
        Ok(Err(_)) => return Err(Fault::BodyCut.into()),
        Ok(Ok(collected)) => collected,
    };
    String::from_utf8(collected.to_bytes().into()).map_err(|_| Fault::BodyNotUtf8.into())
}
