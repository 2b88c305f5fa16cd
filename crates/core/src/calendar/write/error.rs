/// Why a calendar cannot be written.
///
/// Nothing is cut or left out to make it fit: what somebody is told about their booking is all of
/// it, or an error for whoever runs the host. Properties have their iCalendar names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarWriteError {
    /// A text is empty that must not be.
    #[error("`{property}` is empty")]
    Empty {
        /// Name of the property.
        property: &'static str,
    },
    /// A text has a control character, or one that is no line break where lines are not expected.
    #[error("`{property}` has the control character U+{character:04X}")]
    Control {
        /// Name of the property.
        property: &'static str,
        /// The character.
        character: u32,
    },
    /// A UID begins or ends with white space, which readers do not keep.
    #[error("`UID` begins or ends with white space")]
    UidSpace,
    /// The text is no e-mail address that can stand in a calendar.
    #[error("`{value}` is no e-mail address")]
    Address {
        /// The text, shortened.
        value: String,
    },
    /// The text is no `http` or `https` address.
    #[error("`{value}` is no web address")]
    Url {
        /// The text, shortened.
        value: String,
    },
    /// The text is no domain name.
    #[error("`{value}` is no domain name")]
    Domain {
        /// The text, shortened.
        value: String,
    },
    /// A date, instant or number is outside what the form has room for.
    #[error("`{property}` is outside of what a calendar can hold")]
    OutOfRange {
        /// Name of the property.
        property: &'static str,
    },
    /// The last date of an event is before its first.
    #[error("the last date is before the first")]
    DatesReversed,
    /// A message goes to attendees, and the event has none.
    #[error("the event has no attendees")]
    NoAttendee,
    /// The message is for somebody who is not among the attendees.
    #[error("`{email}` is not among the attendees")]
    UnknownAttendee {
        /// The address, shortened.
        email: String,
    },
    /// Two attendees have one address, or two events of a feed have one UID.
    #[error("a second `{property}` of `{value}`")]
    Duplicate {
        /// Name of the property.
        property: &'static str,
        /// The address or UID, shortened.
        value: String,
    },
    /// Nobody is invited to a cancelled event.
    #[error("a cancelled event is not requested")]
    Cancelled,
    /// The sequence does not rise above what was sent before.
    #[error("the sequence is {sequence} and must be at least {needed}")]
    SequenceTooLow {
        /// The sequence of the event.
        sequence: u32,
        /// The lowest that others will accept as newer.
        needed: u32,
    },
    /// The two revisions have different UIDs.
    #[error("the revisions are of different events")]
    OtherEvent,
    /// The organizer is the same before and after.
    #[error("the organizer does not change")]
    SameOrganizer,
    /// Two events of a feed have zones of one name and different rules.
    #[error("there are different zones of the name `{zone}`")]
    ZonesDiffer {
        /// Name of the zone, shortened.
        zone: String,
    },
    /// Something is longer or more than is written.
    #[error("`{property}` is over the limit `{name}` of {max}")]
    Limit {
        /// Name of the property or component.
        property: &'static str,
        /// Name of the limit in [`crate::limits`].
        name: &'static str,
        /// Its value.
        max: u64,
    },
}

impl CalendarWriteError {
    /// A short name that never changes, such as `calendar-write-control`.
    pub fn code(&self) -> &'static str {
        match self {
            CalendarWriteError::Empty { .. } => "calendar-write-empty",
            CalendarWriteError::Control { .. } => "calendar-write-control",
            CalendarWriteError::UidSpace => "calendar-write-uid-space",
            CalendarWriteError::Address { .. } => "calendar-write-address",
            CalendarWriteError::Url { .. } => "calendar-write-url",
            CalendarWriteError::Domain { .. } => "calendar-write-domain",
            CalendarWriteError::OutOfRange { .. } => "calendar-write-out-of-range",
            CalendarWriteError::DatesReversed => "calendar-write-dates-reversed",
            CalendarWriteError::NoAttendee => "calendar-write-no-attendee",
            CalendarWriteError::UnknownAttendee { .. } => "calendar-write-unknown-attendee",
            CalendarWriteError::Duplicate { .. } => "calendar-write-duplicate",
            CalendarWriteError::Cancelled => "calendar-write-cancelled",
            CalendarWriteError::SequenceTooLow { .. } => "calendar-write-sequence",
            CalendarWriteError::OtherEvent => "calendar-write-other-event",
            CalendarWriteError::SameOrganizer => "calendar-write-same-organizer",
            CalendarWriteError::ZonesDiffer { .. } => "calendar-write-zones-differ",
            CalendarWriteError::Limit { .. } => "calendar-write-limit",
        }
    }
}

/// The error of a limit by its name and value.
macro_rules! over {
    ($property:expr, $name:ident) => {
        $crate::calendar::CalendarWriteError::Limit {
            property: $property,
            name: stringify!($name),
            max: $crate::limits::$name as u64,
        }
    };
}
pub(super) use over;
