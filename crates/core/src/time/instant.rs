use chrono::{DateTime, Utc};

use super::civil::instant_from_seconds;
use super::text::{self, TimeTextError};

/// Reads an instant as JSON has it: RFC 3339, any offset, whole seconds.
///
/// # Errors
///
/// [`TimeTextError`] when the text has another form or there is no such time.
///
/// # Example
///
/// ```
/// use quando::time::parse_instant;
///
/// let instant = parse_instant("2026-03-02T15:00:00+01:00")?;
/// assert_eq!(instant, parse_instant("2026-03-02T14:00:00Z")?);
/// assert!(parse_instant("2026-03-02").is_err());
/// # Ok::<(), quando::time::TimeTextError>(())
/// ```
pub fn parse_instant(text: &str) -> Result<DateTime<Utc>, TimeTextError> {
    text::parse_instant(text).map(instant_from_seconds)
}
