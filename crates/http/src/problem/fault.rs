//! What is wrong with a request before the engine is asked, and what the server itself lacks.

use axum::http::StatusCode;

/// A fault of the request or of the server, with nothing of the engine in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// There is no such path.
    #[error("there is no such path")]
    NoRoute,
    /// The path does not take the method.
    #[error("the path does not take this method")]
    Method,
    /// The request needs a bearer token.
    #[error("the request needs a bearer token")]
    Unauthenticated,
    /// The bearer token is not accepted.
    #[error("the bearer token is not accepted: {0}")]
    BadToken(&'static str),
    /// The action token is not accepted.
    #[error("the action token is not accepted: {0}")]
    ActionToken(&'static str),
    /// The caller may not do that.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// The body is longer than it may be.
    #[error("a body has at most {most} bytes")]
    BodyTooLarge {
        /// The most bytes.
        most: usize,
    },
    /// The body did not arrive in time.
    #[error("the body did not arrive in time")]
    BodyTimeout,
    /// The body was cut off.
    #[error("the body was cut off")]
    BodyCut,
    /// The body is of another type.
    #[error("the body has to be {0}")]
    ContentType(&'static str),
    /// The body is compressed.
    #[error("compressed bodies are not taken")]
    ContentEncoding,
    /// The JSON is nested too deeply, or has a list that is too long.
    #[error("{0}")]
    JsonShape(&'static str),
    /// The body is not UTF-8.
    #[error("the body is not UTF-8")]
    BodyNotUtf8,
    /// A parameter of the query string is unknown or of another form.
    #[error("{0}")]
    Parameter(String),
    /// Parameters contradict each other, or ask for too much at once.
    #[error("{0}")]
    ParameterRange(String),
    /// A header is of another form.
    #[error("the header `{name}` {problem}")]
    Header {
        /// Which.
        name: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// What books or moves money needs a key.
    #[error("the request needs an `Idempotency-Key` header")]
    KeyMissing,
    /// What is written over something needs its version.
    #[error("the request needs an `If-Match` header with the version that it replaces")]
    PreconditionMissing,
    /// The version in `If-Match` is not the present one.
    #[error("the version has changed")]
    PreconditionFailed,
    /// A field contradicts what is there.
    #[error("{message}")]
    Field {
        /// RFC 6901 pointer to it.
        pointer: &'static str,
        /// What is wrong with it.
        message: &'static str,
    },
    /// Somebody asks too often.
    #[error("that is more than may be asked for in a minute")]
    RateLimited {
        /// When to come back.
        seconds: u32,
    },
    /// The answer was not ready in time; what was asked for may still happen.
    #[error("the answer was not ready in time; what was asked for may still happen")]
    Deadline,
    /// Too many requests are being answered.
    #[error("too many requests are being answered")]
    Busy,
    /// The server failed.
    #[error("the server failed")]
    Internal,
}

impl Fault {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::NoRoute => "no-route",
            Fault::Method => "method-not-allowed",
            Fault::Unauthenticated => "unauthenticated",
            Fault::BadToken(_) => "bearer-token",
            Fault::ActionToken(_) => "action-token",
            Fault::NotAllowed(_) => "not-allowed",
            Fault::BodyTooLarge { .. } => "body-too-large",
            Fault::BodyTimeout => "body-timeout",
            Fault::BodyCut => "body-cut",
            Fault::ContentType(_) => "content-type",
            Fault::ContentEncoding => "content-encoding",
            Fault::JsonShape(_) => "json-shape",
            Fault::BodyNotUtf8 => "body-not-utf8",
            Fault::Parameter(_) => "parameter",
            Fault::ParameterRange(_) => "parameter-range",
            Fault::Header { .. } => "header",
            Fault::KeyMissing => "idempotency-key-missing",
            Fault::PreconditionMissing => "precondition-missing",
            Fault::PreconditionFailed => "precondition-failed",
            Fault::Field { .. } => "field",
            Fault::RateLimited { .. } => "rate-limited",
            Fault::Deadline => "deadline",
            Fault::Busy => "server-busy",
            Fault::Internal => "server-failed",
        }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        match self {
            Fault::NoRoute => StatusCode::NOT_FOUND,
            Fault::Method => StatusCode::METHOD_NOT_ALLOWED,
            Fault::Unauthenticated | Fault::BadToken(_) | Fault::ActionToken(_) => {
                StatusCode::UNAUTHORIZED
            }
            Fault::NotAllowed(_) => StatusCode::FORBIDDEN,
            Fault::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Fault::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Fault::ContentType(_) | Fault::ContentEncoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Fault::BodyCut
            | Fault::JsonShape(_)
            | Fault::BodyNotUtf8
            | Fault::Parameter(_)
            | Fault::Header { .. }
            | Fault::KeyMissing => StatusCode::BAD_REQUEST,
            Fault::PreconditionMissing => StatusCode::PRECONDITION_REQUIRED,
            Fault::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Fault::ParameterRange(_) | Fault::Field { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Fault::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Fault::Deadline | Fault::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Fault::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}
