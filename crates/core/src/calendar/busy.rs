use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::component::{Component, Kind, Name, Property, read_calendars};
use super::context::{Context, Fault};
use super::event::{Event, read_event};
use super::problem::{CalendarError, CalendarProblem, ProblemKind, Problems, limit};
use super::series::{Taken, expand_all};
use super::status::BusyStatus;
use super::value::{PeriodEnd, parse_period};
use crate::limits::{CALENDAR_BUSY_MAX, INSTANT_MAX, INSTANT_MIN};
use crate::time::{Interval, IntervalSet, Zone, civil::DAY};

/// What to read from a calendar.
///
/// Only `window` is required.
///
/// # Example
///
/// ```
/// use quando::calendar::CalendarOptions;
///
/// let json = r#"{"window":{"start":"2026-03-01T00:00:00Z","end":"2026-04-01T00:00:00Z"},
///     "zone":"Europe/Berlin","blocking":["busy","away"],"ignoredUids":["b-1@example.com"]}"#;
/// let options: CalendarOptions = serde_json::from_str(json)?;
/// assert!(options.ignored_uids.contains("b-1@example.com"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CalendarOptions {
    /// Only what meets this window is listed. How long ago a series started makes no difference to
    /// the cost, unless its rule has a `COUNT`.
    pub window: Interval,
    /// The zone of all-day events and of times without a zone. Without it, the calendar's
    /// `X-WR-TIMEZONE` is taken, else the only zone that the calendar defines, else
    /// `fallback_zone`, else UTC, which is reported as a problem.
    #[serde(default)]
    pub zone: Option<Zone>,
    /// The zone of such times in a calendar that names none, in place of UTC and without a problem.
    /// It makes no difference when there is a `zone`.
    #[serde(default)]
    pub fallback_zone: Option<Zone>,
    /// The statuses that take time; the default is all but [`BusyStatus::Free`].
    #[serde(default = "blocking_default")]
    pub blocking: BTreeSet<BusyStatus>,
    /// UIDs of events that mirror the host's own claims. They are left out, whole series at once:
    /// a booking must not conflict with its copy in the calendar.
    #[serde(default)]
    pub ignored_uids: BTreeSet<String>,
}

impl CalendarOptions {
    /// The default options for a window.
    pub fn new(window: Interval) -> CalendarOptions {
        CalendarOptions {
            window,
            zone: None,
            fallback_zone: None,
            blocking: blocking_default(),
            ignored_uids: BTreeSet::new(),
        }
    }
}

/// What a calendar takes of a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarBusy {
    /// The events that meet the window and whose status takes time, uncut, by start. A
    /// recurrence that could not be expanded is one event, cut to the window.
    pub events: Vec<BusyEvent>,
    /// The instants of the window that they take.
    pub busy: IntervalSet,
    /// What was left out or guessed, by line. An event with a problem may be missing above.
    pub problems: Vec<CalendarProblem>,
    /// How many further problems were found beyond
    /// [`CALENDAR_PROBLEMS_MAX`](crate::limits::CALENDAR_PROBLEMS_MAX).
    pub problems_left_off: usize,
}

/// One occurrence of an event, or one period of a `VFREEBUSY`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BusyEvent {
    /// When it takes place.
    #[serde(flatten)]
    pub interval: Interval,
    /// What the calendar says about the time.
    pub status: BusyStatus,
    /// The UID of its event.
    pub uid: Option<String>,
    /// The line of its event's `BEGIN`, from 1.
    pub line: u32,
}

/// Reads the busy time of an iCalendar text (RFC 5545): events, their recurrences and changes, and
/// `VFREEBUSY` periods, of all calendars in the text.
///
/// The text need not be trusted. A part that cannot be read is reported in
/// [`CalendarBusy::problems`] and does not hide the others.
///
/// # Errors
///
/// [`CalendarError`] when the text is no calendar at all or goes over a limit.
///
/// # Example
///
/// ```
/// use quando::calendar::{CalendarOptions, read_busy};
/// use quando::time::Interval;
///
/// let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n\
///     DTSTART;TZID=Eastern Standard Time:20260309T090000\r\nDURATION:PT1H\r\n\
///     RRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
/// let window = Interval::parse("2026-03-16T00:00:00Z", "2026-03-17T00:00:00Z")?;
/// let answer = read_busy(text, &CalendarOptions::new(window))?;
/// let monday = Interval::parse("2026-03-16T13:00:00Z", "2026-03-16T14:00:00Z")?;
/// assert_eq!(answer.busy.as_slice(), [monday]);
/// assert!(answer.problems.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_busy(
    text: impl AsRef<[u8]>,
    options: &CalendarOptions,
) -> Result<CalendarBusy, CalendarError> {
    read(text.as_ref(), options)
}

fn read(text: &[u8], options: &CalendarOptions) -> Result<CalendarBusy, CalendarError> {
    let mut problems = Problems::default();
    let calendars = read_calendars(text, &mut problems)?;
    let mut context = Context::new(
        problems,
        options.zone.clone(),
        options.fallback_zone.clone(),
    );
    let mut taken = TakenList {
        options,
        events: Vec::new(),
    };
    let mut events: Vec<Event> = Vec::new();
    for calendar in &calendars {
        context.enter(calendar)?;
        let cancels = calendar
            .first(Name::Method)
            .is_some_and(|method| method.says("CANCEL"));
        for component in &calendar.children {
            match component.kind {
                _ if is_ignored(component, options) => {}
                Kind::Event => {
                    let event = read_event(component, &mut context)?;
                    events.extend(event.map(|mut event| {
                        event.status = event.status.filter(|_| !cancels);
                        event
                    }));
                }
                Kind::FreeBusy => read_free_busy(component, &mut context, &mut taken)?,
                _ => {}
            }
        }
    }
    expand_all(events, options.window, &mut context.problems, &mut |each| {
        taken.push(each)
    })?;
    let (problems, problems_left_off) = context.problems.finish();
    let events = taken.finish();
    let busy = events
        .iter()
        .filter_map(|event| event.interval.intersection(options.window));
    Ok(CalendarBusy {
        busy: busy.collect(),
        events,
        problems,
        problems_left_off,
    })
}

fn is_ignored(component: &Component, options: &CalendarOptions) -> bool {
    !options.ignored_uids.is_empty()
        && component
            .uid()
            .is_some_and(|uid| options.ignored_uids.contains(&uid))
}

/// The busy events so far.
struct TakenList<'a> {
    options: &'a CalendarOptions,
    events: Vec<BusyEvent>,
}

impl TakenList<'_> {
    fn push(&mut self, taken: Taken<'_>) -> Result<(), CalendarError> {
        let (start, end) = (taken.start.max(INSTANT_MIN), taken.end.min(INSTANT_MAX));
        let Ok(interval) = Interval::from_timestamps(start, end) else {
            return Ok(());
        };
        let blocks = self.options.blocking.contains(&taken.status);
        if !blocks || !interval.overlaps(self.options.window) {
            return Ok(());
        }
        if self.events.len() == CALENDAR_BUSY_MAX {
            return Err(limit!(CALENDAR_BUSY_MAX, Some(taken.line)));
        }
        let uid = taken.uid.map(str::to_owned);
        self.events.push(BusyEvent {
            interval,
            status: taken.status,
            uid,
            line: taken.line,
        });
        Ok(())
    }

    /// The events in order, each once whatever says it twice.
    fn finish(mut self) -> Vec<BusyEvent> {
        self.events.sort();
        self.events.dedup_by(|second, first| {
            (second.interval, second.status, &second.uid)
                == (first.interval, first.status, &first.uid)
        });
        self.events
    }
}

/// Reads the periods of a `VFREEBUSY`.
fn read_free_busy(
    component: &Component,
    context: &mut Context<'_>,
    taken: &mut TakenList<'_>,
) -> Result<(), CalendarError> {
    let uid = component.uid();
    for property in component.all(Name::FreeBusy) {
        let status = free_busy_status(property);
        for value in property
            .value()
            .split(',')
            .filter(|value| !value.trim().is_empty())
        {
            match period(property, value.trim(), context) {
                Ok((start, end)) => taken.push(Taken {
                    start,
                    end,
                    status,
                    uid: uid.as_deref(),
                    line: component.line,
                })?,
                Err(Fault::Problem(line, kind)) => {
                    context.problems.add(line, kind, uid.as_deref());
                }
                Err(Fault::Fatal(error)) => return Err(error),
            }
        }
    }
    Ok(())
}

/// What kind of time the periods are; an unknown kind is busy (RFC 5545 section 3.2.9).
fn free_busy_status(property: &Property) -> BusyStatus {
    let kind = property
        .content
        .param("FBTYPE")
        .map(str::to_ascii_uppercase);
    match kind.as_deref() {
        Some("FREE") => BusyStatus::Free,
        Some("BUSY-UNAVAILABLE") => BusyStatus::Away,
        Some("BUSY-TENTATIVE") => BusyStatus::Tentative,
        _ => BusyStatus::Busy,
    }
}

fn period(
    property: &Property,
    value: &str,
    context: &mut Context<'_>,
) -> Result<(i64, i64), Fault> {
    let (start, end) = parse_period(value).ok_or_else(|| {
        Fault::Problem(
            property.line,
            ProblemKind::value(property.name.text(), value),
        )
    })?;
    let start = context.instant(property, start)?;
    let end = match end {
        PeriodEnd::At(end) => context.instant(property, end)?,
        PeriodEnd::After(span) => start + span.days * DAY + span.seconds,
    };
    if end < start {
        return Err(Fault::Problem(property.line, ProblemKind::EndBeforeStart));
    }
    Ok((start, end))
}

fn blocking_default() -> BTreeSet<BusyStatus> {
    BusyStatus::ALL
        .into_iter()
        .filter(|status| *status != BusyStatus::Free)
        .collect()
}
