//! The components of an iCalendar text and the properties that matter, as a tree.
//!
//! What is broken stays by itself: a component whose end is missing is closed by the next one that
//! cannot be inside it, reported, and left out; its neighbours are read. Components and properties
//! that nobody here asks for are skipped while reading.

use super::content_line::{ContentLine, Line, Lines, unescape};
use super::problem::{CalendarError, ProblemKind, Problems, limit, shorten};
use crate::limits::{CALENDAR_BYTES_MAX, CALENDAR_COMPONENTS_MAX, CALENDAR_DEPTH_MAX};

/// A component with the properties that matter.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) kind: Kind,
    /// The line of its `BEGIN`.
    pub(super) line: u32,
    pub(super) properties: Vec<Property>,
    pub(super) children: Vec<Component>,
    /// Whether a line of it could not be read to its end.
    cut: bool,
}

/// A property that matters.
#[derive(Clone, Debug)]
pub(super) struct Property {
    pub(super) name: Name,
    pub(super) line: u32,
    pub(super) content: ContentLine,
}

macro_rules! names {
    ($(#[$meta:meta])* $type:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum $type {
            $($variant),+
        }

        impl $type {
            /// The one with this name, in any case.
            fn find(name: &[u8]) -> Option<$type> {
                const ALL: &[($type, &str)] = &[$(($type::$variant, $text)),+];
                let mut all = ALL.iter();
                all.find(|(_, text)| name.eq_ignore_ascii_case(text.as_bytes())).map(|each| each.0)
            }

            pub(super) const fn text(self) -> &'static str {
                match self {
                    $($type::$variant => $text),+
                }
            }
        }
    };
}

names! {
    /// The components that are read.
    Kind {
        Calendar = "VCALENDAR",
        Event = "VEVENT",
        FreeBusy = "VFREEBUSY",
        TimeZone = "VTIMEZONE",
        Standard = "STANDARD",
        Daylight = "DAYLIGHT",
        Availability = "VAVAILABILITY",
        Available = "AVAILABLE",
        // Read to know where they end.
        Todo = "VTODO",
        Journal = "VJOURNAL",
    }
}

names! {
    /// The properties that are read.
    Name {
        Begin = "BEGIN",
        BusyType = "BUSYTYPE",
        DtEnd = "DTEND",
        DtStamp = "DTSTAMP",
        DtStart = "DTSTART",
        Duration = "DURATION",
        End = "END",
        ExDate = "EXDATE",
        ExRule = "EXRULE",
        FreeBusy = "FREEBUSY",
        LicLocation = "X-LIC-LOCATION",
        Method = "METHOD",
        MicrosoftAllDay = "X-MICROSOFT-CDO-ALLDAYEVENT",
        MicrosoftBusyStatus = "X-MICROSOFT-CDO-BUSYSTATUS",
        Priority = "PRIORITY",
        RDate = "RDATE",
        RecurrenceId = "RECURRENCE-ID",
        RRule = "RRULE",
        Sequence = "SEQUENCE",
        Status = "STATUS",
        Transp = "TRANSP",
        TzId = "TZID",
        TzOffsetFrom = "TZOFFSETFROM",
        TzOffsetTo = "TZOFFSETTO",
        Uid = "UID",
        WrTimeZone = "X-WR-TIMEZONE",
    }
}

impl Kind {
    /// Whether it stands directly in a calendar.
    fn is_top_level(self) -> bool {
        !matches!(
            self,
            Kind::Calendar | Kind::Standard | Kind::Daylight | Kind::Available
        )
    }
}

impl Component {
    /// The properties of one name.
    pub(super) fn all(&self, name: Name) -> impl Iterator<Item = &Property> {
        self.properties
            .iter()
            .filter(move |property| property.name == name)
    }

    /// The first property of a name.
    pub(super) fn first(&self, name: Name) -> Option<&Property> {
        self.all(name).next()
    }

    /// The only property of a name; further ones are reported.
    pub(super) fn single(&self, name: Name, problems: &mut Problems) -> Option<&Property> {
        let mut all = self.all(name);
        let first = all.next()?;
        if let Some(second) = all.next() {
            let kind = ProblemKind::Repeated {
                property: name.text(),
            };
            problems.add(second.line, kind, self.uid().as_deref());
        }
        Some(first)
    }

    /// The UID, unless it is missing or empty.
    pub(super) fn uid(&self) -> Option<String> {
        let uid = unescape(self.first(Name::Uid)?.content.value.trim());
        (!uid.is_empty()).then_some(uid)
    }

    /// The components of one kind directly inside.
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Component> {
        self.children.iter().filter(move |child| child.kind == kind)
    }
}

impl Property {
    pub(super) fn value(&self) -> &str {
        self.content.value.trim()
    }

    /// Whether the value is this keyword, in any case.
    pub(super) fn says(&self, keyword: &str) -> bool {
        self.value().eq_ignore_ascii_case(keyword)
    }

    /// The problem of having no readable value.
    pub(super) fn unreadable(&self) -> ProblemKind {
        ProblemKind::value(self.name.text(), self.value())
    }
}

/// The calendars of a text.
///
/// # Errors
///
/// [`CalendarError`] when there is none, and at the limits of size, number and nesting.
pub(super) fn read_calendars(
    text: &[u8],
    problems: &mut Problems,
) -> Result<Vec<Component>, CalendarError> {
    if text.len() > CALENDAR_BYTES_MAX {
        return Err(limit!(CALENDAR_BYTES_MAX, None));
    }
    let mut reader = Reader {
        open: Vec::new(),
        calendars: Vec::new(),
        components: 0,
        problems,
    };
    for line in Lines::new(text) {
        reader.read(&line)?;
    }
    reader.close(0);
    if reader.calendars.is_empty() {
        Err(CalendarError::NotCalendar)
    } else {
        Ok(reader.calendars)
    }
}

/// A component whose end has not come yet.
struct Open {
    /// The name as it was written, in upper case.
    name: String,
    /// The component, or `None` when it is skipped.
    component: Option<Component>,
    uid: Option<String>,
    line: u32,
}

struct Reader<'a> {
    /// INVARIANT: the first is a calendar.
    open: Vec<Open>,
    calendars: Vec<Component>,
    components: usize,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn read(&mut self, line: &Line<'_>) -> Result<(), CalendarError> {
        if line.is_blank() {
            return Ok(());
        }
        let Some(name) = line.name() else {
            self.not_content(line);
            return Ok(());
        };
        let Some(name) = Name::find(name) else {
            return Ok(());
        };
        match (name, line.content()) {
            (_, None) => self.not_content(line),
            (Name::Begin, Some(content)) => self.begin(line.number, content.value.trim())?,
            (Name::End, Some(content)) => self.end(line.number, content.value.trim()),
            (name, Some(content)) => self.property(name, line, content),
        }
        Ok(())
    }

    /// A stray line outside a calendar is part of whatever surrounds it, an e-mail for instance.
    fn not_content(&mut self, line: &Line<'_>) {
        if !self.open.is_empty() {
            let uid = innermost_uid(&self.open);
            self.problems
                .add(line.number, ProblemKind::NotContentLine, uid);
        }
    }

    fn property(&mut self, name: Name, line: &Line<'_>, content: ContentLine) {
        let Some(Open {
            component: Some(component),
            uid,
            ..
        }) = self.open.last_mut()
        else {
            return;
        };
        component.cut |= line.too_long;
        component.properties.push(Property {
            name,
            line: line.number,
            content,
        });
        if name == Name::Uid && uid.is_none() {
            *uid = component.uid();
        }
    }

    fn begin(&mut self, line: u32, name: &str) -> Result<(), CalendarError> {
        self.components += 1;
        if self.components > CALENDAR_COMPONENTS_MAX {
            return Err(limit!(CALENDAR_COMPONENTS_MAX, Some(line)));
        }
        let kind = Kind::find(name.as_bytes());
        match kind {
            Some(Kind::Calendar) => self.close(0),
            Some(kind) if kind.is_top_level() => {
                self.close(1);
                if self.open.is_empty() {
                    let component = shorten(name);
                    self.problems
                        .add(line, ProblemKind::OutsideCalendar { component }, None);
                    self.push(line, Kind::Calendar.text(), Some(Kind::Calendar));
                }
            }
            _ if self.open.is_empty() => return Ok(()),
            _ => {}
        }
        if self.open.len() == CALENDAR_DEPTH_MAX {
            return Err(limit!(CALENDAR_DEPTH_MAX, Some(line)));
        }
        let parent = self.open.last().and_then(|open| open.component.as_ref());
        let kept = match (kind, parent.map(|parent| parent.kind)) {
            (Some(Kind::Todo | Kind::Journal), _) => None,
            (Some(Kind::Standard | Kind::Daylight), Some(Kind::TimeZone))
            | (Some(Kind::Available), Some(Kind::Availability)) => kind,
            (Some(kind), _) if kind.is_top_level() || kind == Kind::Calendar => Some(kind),
            _ => None,
        };
        self.push(line, name, kept);
        Ok(())
    }

    fn push(&mut self, line: u32, name: &str, kind: Option<Kind>) {
        let component = kind.map(|kind| Component {
            kind,
            line,
            properties: Vec::new(),
            children: Vec::new(),
            cut: false,
        });
        self.open.push(Open {
            name: name.to_ascii_uppercase(),
            component,
            uid: None,
            line,
        });
    }

    fn end(&mut self, line: u32, name: &str) {
        let open = self
            .open
            .iter()
            .rposition(|open| open.name.eq_ignore_ascii_case(name));
        match open {
            Some(index) => {
                self.close(index + 1);
                self.finish();
            }
            // The end of an unknown component outside any calendar is not ours.
            None if self.open.is_empty() => {}
            None => {
                let kind = ProblemKind::NothingToEnd {
                    component: shorten(name),
                };
                self.problems.add(line, kind, innermost_uid(&self.open));
            }
        }
    }

    /// Gives up all components but the outermost `keep`, which a line came too early for.
    fn close(&mut self, keep: usize) {
        while self.open.len() > keep {
            let open = self
                .open
                .last_mut()
                .expect("the list is longer than `keep`");
            let kind = ProblemKind::NoEnd {
                component: shorten(&open.name),
            };
            self.problems.add(open.line, kind, open.uid.as_deref());
            let is_calendar = self.open.len() == 1;
            if is_calendar {
                self.finish();
            } else {
                self.open.pop();
            }
        }
    }

    /// Moves the innermost component to where it belongs.
    fn finish(&mut self) {
        let Some(Open {
            component: Some(component),
            uid,
            ..
        }) = self.open.pop()
        else {
            return;
        };
        if component.cut {
            self.problems
                .add(component.line, ProblemKind::LineTooLong, uid.as_deref());
            if component.kind != Kind::Calendar {
                return;
            }
        }
        match self.open.last_mut() {
            None => self.calendars.push(component),
            Some(Open {
                component: Some(parent),
                ..
            }) => parent.children.push(component),
            Some(_) => {}
        }
    }
}

fn innermost_uid(open: &[Open]) -> Option<&str> {
    open.iter().rev().find_map(|open| open.uid.as_deref())
}
