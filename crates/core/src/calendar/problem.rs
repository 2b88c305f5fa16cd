use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::limits::CALENDAR_PROBLEMS_MAX;

/// Why an iCalendar text could not be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// The text has no component of iCalendar: an empty file or an error page, for instance.
    ///
    /// This is not an empty calendar, and reading it as one would set everybody free.
    #[error("not an iCalendar text: no line `BEGIN:VCALENDAR`")]
    NotCalendar,
    /// The text is larger, more deeply nested or yields more than is read.
    #[error("the calendar is over the limit `{name}` of {max}{}", line_text(*.line))]
    Limit {
        /// Name of the limit in [`crate::limits`].
        name: &'static str,
        /// Its value.
        max: u64,
        /// The line where it was reached, when there is one.
        line: Option<u32>,
    },
}

impl CalendarError {
    /// A short name that never changes: `not-calendar` or `calendar-limit`.
    pub fn code(&self) -> &'static str {
        match self {
            CalendarError::NotCalendar => "not-calendar",
            CalendarError::Limit { .. } => "calendar-limit",
        }
    }
}

/// Something in a calendar that was left out or guessed.
///
/// Its JSON form is `{"line":12,"code":"unknown-zone","message":"...","uid":"..."}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CalendarProblem {
    /// The line it is about, from 1: of a property, else of the component's `BEGIN`.
    pub line: u32,
    /// What is wrong.
    pub kind: ProblemKind,
    /// The event or component it is about, when it has a UID.
    pub uid: Option<String>,
}

/// What is wrong with a part of a calendar, and what was made of it.
///
/// Text of the calendar is quoted with at most 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The line is skipped.
    #[error("not a content line")]
    NotContentLine,
    /// The component is left out, because one of its lines could not be read to its end.
    #[error("a line of the component is over the limit `CALENDAR_LINE_BYTES_MAX`")]
    LineTooLong,
    /// The component is left out unless it is a `VCALENDAR`.
    #[error("`{component}` has no end")]
    NoEnd {
        /// Name of the component.
        component: String,
    },
    /// The line is skipped.
    #[error("`END:{component}` ends nothing")]
    NothingToEnd {
        /// Name of the component.
        component: String,
    },
    /// The component is read as if it were in a calendar.
    #[error("`{component}` is outside a calendar")]
    OutsideCalendar {
        /// Name of the component.
        component: String,
    },
    /// The component is left out.
    #[error("the property `{property}` is missing")]
    Missing {
        /// Name of the property.
        property: &'static str,
    },
    /// The first value counts.
    #[error("a second property `{property}`")]
    Repeated {
        /// Name of the property.
        property: &'static str,
    },
    /// The component is left out; of a recurrence only the value.
    #[error("`{value}` is no value of `{property}`")]
    Value {
        /// Name of the property.
        property: &'static str,
        /// The value, shortened.
        value: String,
    },
    /// The component is left out.
    #[error("unknown time zone `{tzid}`")]
    UnknownZone {
        /// Name of the zone, shortened.
        tzid: String,
    },
    /// The zone is unknown to all that name it.
    #[error("the definition of time zone `{tzid}` cannot be used: {reason}")]
    Zone {
        /// Name of the zone, shortened.
        tzid: String,
        /// What is wrong with its definition.
        reason: String,
    },
    /// UTC was assumed.
    #[error("dates and times without a zone are read in UTC, for the calendar does not name one")]
    AssumedUtc,
    /// A recurrence that cannot be read is left out: the start is taken as the one occurrence. One
    /// that runs into a limit takes all of the window from its start on.
    #[error("the recurrence cannot be used: {reason}")]
    Recurrence {
        /// What is wrong with it.
        reason: String,
    },
    /// The component is left out.
    #[error("the end is before the start")]
    EndBeforeStart,
    /// The opening window is left out: its zone is not that of the other windows.
    #[error("the zone `{tzid}` differs from that of the availability, `{expected}`")]
    OtherZone {
        /// The zone of the window.
        tzid: String,
        /// The zone of the schedule.
        expected: String,
    },
    /// The component is left out: a schedule is stored with the name of its zone.
    #[error("the zone `{tzid}` is defined by the calendar only; a schedule needs an IANA zone")]
    NotIana {
        /// Name of the zone, shortened.
        tzid: String,
    },
    /// The part of a day is taken as closed.
    #[error("the validity does not begin and end at midnight: the part of a day is left out")]
    NotMidnight,
    /// The opening window is left out.
    #[error("an opening window lasts whole minutes, at least one and at most `MINUTES_MAX`")]
    WindowLength,
    /// The part is left out.
    #[error("{what} is not supported")]
    Unsupported {
        /// What the calendar asks for.
        what: &'static str,
    },
}

impl ProblemKind {
    /// A short name that never changes, such as `unknown-zone`.
    pub fn code(&self) -> &'static str {
        match self {
            ProblemKind::NotContentLine => "not-content-line",
            ProblemKind::LineTooLong => "line-too-long",
            ProblemKind::NoEnd { .. } => "no-end",
            ProblemKind::NothingToEnd { .. } => "nothing-to-end",
            ProblemKind::OutsideCalendar { .. } => "outside-calendar",
            ProblemKind::Missing { .. } => "missing-property",
            ProblemKind::Repeated { .. } => "repeated-property",
            ProblemKind::Value { .. } => "bad-value",
            ProblemKind::UnknownZone { .. } => "unknown-zone",
            ProblemKind::Zone { .. } => "bad-zone",
            ProblemKind::AssumedUtc => "assumed-utc",
            ProblemKind::Recurrence { .. } => "bad-recurrence",
            ProblemKind::EndBeforeStart => "end-before-start",
            ProblemKind::OtherZone { .. } => "other-zone",
            ProblemKind::NotIana { .. } => "not-iana",
            ProblemKind::NotMidnight => "not-midnight",
            ProblemKind::WindowLength => "window-length",
            ProblemKind::Unsupported { .. } => "unsupported",
        }
    }

    pub(super) fn value(property: &'static str, value: &str) -> ProblemKind {
        ProblemKind::Value {
            property,
            value: shorten(value),
        }
    }
}

impl std::fmt::Display for CalendarProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.kind)?;
        match &self.uid {
            Some(uid) => write!(f, " (UID `{}`)", shorten(uid)),
            None => Ok(()),
        }
    }
}

impl Serialize for CalendarProblem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("CalendarProblem", 4)?;
        fields.serialize_field("line", &self.line)?;
        fields.serialize_field("code", self.kind.code())?;
        fields.serialize_field("message", &self.kind.to_string())?;
        fields.serialize_field("uid", &self.uid)?;
        fields.end()
    }
}

/// Problems in the making: listed up to the limit, counted beyond.
#[derive(Debug, Default)]
pub(super) struct Problems {
    listed: Vec<CalendarProblem>,
    left_off: usize,
}

impl Problems {
    pub(super) fn add(&mut self, line: u32, kind: ProblemKind, uid: Option<&str>) {
        if self.listed.len() < CALENDAR_PROBLEMS_MAX {
            self.listed.push(CalendarProblem {
                line,
                kind,
                uid: uid.map(str::to_owned),
            });
        } else {
            self.left_off += 1;
        }
    }

    /// The problems in the order of their lines, and how many more there were.
    pub(super) fn finish(mut self) -> (Vec<CalendarProblem>, usize) {
        self.listed.sort();
        self.listed.dedup();
        (self.listed, self.left_off)
    }
}

/// The error of a limit by its name and value.
macro_rules! limit {
    ($name:ident, $line:expr) => {
        $crate::calendar::CalendarError::Limit {
            name: stringify!($name),
            max: $crate::limits::$name as u64,
            line: $line,
        }
    };
}
pub(super) use limit;

/// At most 64 characters of what somebody else wrote, on one line.
pub(super) fn shorten(text: &str) -> String {
    text.chars()
        .take(64)
        .map(|each| if each.is_control() { ' ' } else { each })
        .collect()
}

fn line_text(line: Option<u32>) -> String {
    line.map_or_else(String::new, |line| format!(", reached in line {line}"))
}
