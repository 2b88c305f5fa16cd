//! What handlers take out of a request, each with its own problem when it is wrong.

mod body;
mod headers;
mod instant;
mod shape;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::{Fault, Problem};

pub(crate) use body::{CALENDAR_BYTES_MAX, Json, JsonText, parse, read_text, refused};
pub(crate) use headers::{HoldSecret, IfMatch, Key, KeyIfAny, etag, media_type};
pub(crate) use instant::Instant;

/// Parts of the path. What is no id names nothing, so that it is not found.
#[derive(Debug)]
pub(crate) struct At<T>(pub(crate) T);

impl<S, T> FromRequestParts<S> for At<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<At<T>, Problem> {
        let path: Result<Path<T>, PathRejection> = Path::from_request_parts(parts, state).await;
        match path {
            Ok(Path(value)) => Ok(At(value)),
            Err(_) => Err(Problem::not_found("resource of the path")),
        }
    }
}

/// Parameters of the query string; unknown ones are refused.
#[derive(Debug)]
pub(crate) struct Parameters<T>(pub(crate) T);

impl<S, T> FromRequestParts<S> for Parameters<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Parameters<T>, Problem> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Parameters(value)),
            Err(rejection) => Err(Fault::Parameter(rejection.body_text()).into()),
        }
    }
}
