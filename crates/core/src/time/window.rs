use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};

use super::text::{InstantText, serde_form};
use super::{Interval, IntervalError};

/// The span of time that a question is about, `[from, to)`, never empty.
///
/// It is an [`Interval`] under the names that questions use; its JSON form is
/// `{"from":"2026-03-02T00:00:00Z","to":"2026-04-01T00:00:00Z"}`.
///
/// # Example
///
/// ```
/// use quando::time::Window;
///
/// let window = Window::parse("2026-03-02T00:00:00Z", "2026-04-01T00:00:00Z")?;
/// assert_eq!(window.interval().duration().num_days(), 30);
/// assert!(Window::new(window.start(), window.start()).is_err());
/// # Ok::<(), quando::time::IntervalError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "WindowFields")]
pub struct Window(Interval);

impl Window {
    /// The window from `from`, included, to `to`, excluded.
    ///
    /// # Errors
    ///
    /// As [`Interval::new`].
    pub fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Window, IntervalError> {
        Interval::new(from, to).map(Window)
    }

    /// The window between two instants in RFC 3339.
    ///
    /// # Errors
    ///
    /// As [`Interval::parse`].
    pub fn parse(from: &str, to: &str) -> Result<Window, IntervalError> {
        Interval::parse(from, to).map(Window)
    }

    /// The same span as an interval.
    pub fn interval(self) -> Interval {
        self.0
    }

    /// The first instant inside.
    pub fn start(self) -> DateTime<Utc> {
        self.0.start()
    }

    /// The first instant after.
    pub fn end(self) -> DateTime<Utc> {
        self.0.end()
    }
}

impl From<Interval> for Window {
    fn from(interval: Interval) -> Window {
        Window(interval)
    }
}

impl From<Window> for Interval {
    fn from(window: Window) -> Interval {
        window.0
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Window", 2)?;
        fields.serialize_field("from", InstantText::new(self.0.start_timestamp()).as_str())?;
        fields.serialize_field("to", InstantText::new(self.0.end_timestamp()).as_str())?;
        fields.end()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowFields {
    #[serde(deserialize_with = "serde_form::instant::seconds")]
    from: i64,
    #[serde(deserialize_with = "serde_form::instant::seconds")]
    to: i64,
}

impl TryFrom<WindowFields> for Window {
    type Error = IntervalError;

    fn try_from(fields: WindowFields) -> Result<Window, IntervalError> {
        Interval::from_timestamps(fields.from, fields.to).map(Window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_round_trips_and_empty_windows_are_refused() {
        let json = r#"{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}"#;
        let window: Window = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&window).unwrap(), json);
        for json in [
            r#"{"from":"2026-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z"}"#,
            r#"{"from":"2026-01-01T00:00:00Z"}"#,
            r#"{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z","till":1}"#,
        ] {
            assert!(serde_json::from_str::<Window>(json).is_err(), "{json}");
        }
    }
}
