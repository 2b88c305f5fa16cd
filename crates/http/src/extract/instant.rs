//! Instants in bodies: RFC 3339 with whole seconds, as everywhere.

use chrono::{DateTime, Utc};
use quando::time::parse_instant;
use serde::Deserialize;

/// An instant of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Instant(pub(crate) DateTime<Utc>);

impl TryFrom<String> for Instant {
    type Error = String;

    fn try_from(text: String) -> Result<Instant, String> {
        let instant = parse_instant(&text).map_err(|error| error.to_string())?;
        Ok(Instant(instant))
    }
}
