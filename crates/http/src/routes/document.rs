//! The description of all paths, as OpenAPI 3.1.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use utoipa::openapi::{Info, OpenApi, OpenApiBuilder};

/// The document before any path.
pub(super) fn frame() -> OpenApi {
    let mut info = Info::new("quando", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Bookings of services at providers. Instants are RFC 3339 in UTC, durations whole minutes, \
         amounts decimal strings with their currency. Problems are `application/problem+json` with a \
         stable `code`."
            .to_owned(),
    );
    OpenApiBuilder::new().info(info).build()
}

pub(super) fn answer(text: Bytes) -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], text).into_response()
}
