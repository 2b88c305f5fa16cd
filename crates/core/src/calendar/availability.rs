use serde::{Deserialize, Serialize};

use super::available::{check_pairs, open_rules, window};
use super::component::{Component, Kind, Name, Property, read_calendars};
use super::context::{Context, Fault, zone_of};
use super::problem::{CalendarError, CalendarProblem, ProblemKind, Problems, shorten};
use super::status::BusyStatus;
use super::value::parse_span;
use super::zones::VERSION;
use crate::limits::INSTANT_MAX;
use crate::schedule::Schedule;
use crate::time::Zone;
use crate::time::civil::{DAY, days_to_date};

/// How to read availability.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AvailabilityOptions {
    /// The zone of times that name none. Without it, the calendar's `X-WR-TIMEZONE` is taken, else
    /// the only zone that the calendar defines, else `fallback_zone`, else UTC, which is
    /// reported as a problem.
    #[serde(default)]
    pub zone: Option<Zone>,
    /// The zone of such times in a calendar that names none, in place of UTC and without a problem.
    /// It makes no difference when there is a `zone`.
    #[serde(default)]
    pub fallback_zone: Option<Zone>,
}

/// The schedules that a calendar describes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportedSchedules {
    /// One for each `VAVAILABILITY`, the highest priority first, then as they are listed.
    ///
    /// Within the span of a schedule (`validFrom` to `validThrough`) those with a lower priority
    /// are hidden (RFC 7953 section 4); they are not merged here.
    pub schedules: Vec<ImportedSchedule>,
    /// What was left out or guessed, by line. A window with a problem is closed.
    pub problems: Vec<CalendarProblem>,
    /// How many further problems were found beyond
    /// [`CALENDAR_PROBLEMS_MAX`](crate::limits::CALENDAR_PROBLEMS_MAX).
    pub problems_left_off: usize,
}

/// A `VAVAILABILITY` component as a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportedSchedule {
    /// The open windows, one rule for each `AVAILABLE` component.
    pub schedule: Schedule,
    /// `PRIORITY`: 1 is the highest, 9 the lowest but for 0, which is none.
    pub priority: u8,
    /// `BUSYTYPE`: what the time outside the windows is; `BUSY-UNAVAILABLE`, the default, is
    /// [`BusyStatus::Away`].
    pub closed_as: BusyStatus,
    /// The UID, if there is one.
    pub uid: Option<String>,
    /// The line of the component's `BEGIN`, from 1.
    pub line: u32,
}

/// Reads the opening hours of an iCalendar text: its `VAVAILABILITY` components (RFC 7953).
///
/// Each `AVAILABLE` becomes an [`OpenRule`](crate::schedule::OpenRule): windows are civil, so that a `DURATION` of hours is
/// hours on the clock. A changed instance (`RECURRENCE-ID`) becomes a rule of its own, and its
/// original start is excluded from the rule it belongs to. A window that begins within the validity
/// keeps its tail, as everywhere in a [`Schedule`].
///
/// # Errors
///
/// [`CalendarError`] when the text is no calendar at all or goes over a limit.
///
/// # Example
///
/// ```
/// use quando::calendar::{AvailabilityOptions, read_availability};
///
/// let text = "BEGIN:VCALENDAR\nBEGIN:VAVAILABILITY\nPRIORITY:1\nBEGIN:AVAILABLE\n\
///     DTSTART;TZID=Europe/Berlin:20260302T090000\nDTEND;TZID=Europe/Berlin:20260302T170000\n\
///     RRULE:FREQ=WEEKLY;BYDAY=MO,TU\nEND:AVAILABLE\nEND:VAVAILABILITY\nEND:VCALENDAR\n";
/// let imported = read_availability(text, &AvailabilityOptions::default())?;
/// let schedule = &imported.schedules[0].schedule;
/// assert_eq!(schedule.zone.name(), "Europe/Berlin");
/// assert_eq!(schedule.rules[0].duration_minutes.get(), 480);
/// # Ok::<(), quando::calendar::CalendarError>(())
/// ```
pub fn read_availability(
    text: impl AsRef<[u8]>,
    options: &AvailabilityOptions,
) -> Result<ImportedSchedules, CalendarError> {
    read(text.as_ref(), options)
}

fn read(text: &[u8], options: &AvailabilityOptions) -> Result<ImportedSchedules, CalendarError> {
    let mut problems = Problems::default();
    let calendars = read_calendars(text, &mut problems)?;
    let mut context = Context::new(
        problems,
        options.zone.clone(),
        options.fallback_zone.clone(),
    );
    let mut schedules = Vec::new();
    for calendar in &calendars {
        context.enter(calendar)?;
        for component in calendar.of_kind(Kind::Availability) {
            let imported = imported_schedule(component, &mut context);
            schedules.extend(settle(imported, component, &mut context)?);
        }
    }
    // Priority 0, none, comes last.
    schedules.sort_by_key(|imported| (imported.priority == 0, imported.priority));
    let (problems, problems_left_off) = context.problems.finish();
    Ok(ImportedSchedules {
        schedules,
        problems,
        problems_left_off,
    })
}

/// Reports what is wrong with a component and goes on without it.
fn settle<T>(
    result: Result<T, Fault>,
    component: &Component,
    context: &mut Context<'_>,
) -> Result<Option<T>, CalendarError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Fault::Problem(line, kind)) => {
            context.problems.add(line, kind, component.uid().as_deref());
            Ok(None)
        }
        Err(Fault::Fatal(error)) => Err(error),
    }
}

fn imported_schedule(
    component: &Component,
    context: &mut Context<'_>,
) -> Result<ImportedSchedule, Fault> {
    let zone = schedule_zone(component, context)?;
    let mut schedule = Schedule::new(zone);
    read_validity(component, &mut schedule, context)?;
    let mut windows = Vec::new();
    for available in component.of_kind(Kind::Available) {
        let window = window(available, &schedule.zone, context);
        windows.extend(settle(window, available, context)?);
    }
    check_pairs(&windows, component.line)?;
    schedule.rules = open_rules(windows);
    let priority = component.single(Name::Priority, &mut context.problems);
    let priority = priority.map_or(Ok(0), |property| match property.value().parse() {
        Ok(priority @ 0..=9) => Ok(priority),
        _ => Err(Fault::Problem(property.line, property.unreadable())),
    })?;
    let closed_as = component.first(Name::BusyType).map_or("", Property::value);
    let closed_as = match closed_as.to_ascii_uppercase().as_str() {
        "BUSY" => BusyStatus::Busy,
        "BUSY-TENTATIVE" => BusyStatus::Tentative,
        _ => BusyStatus::Away,
    };
    let uid = component.uid();
    Ok(ImportedSchedule {
        schedule,
        priority,
        closed_as,
        uid,
        line: component.line,
    })
}

/// The zone of the first window; without windows, of the validity.
fn schedule_zone(component: &Component, context: &mut Context<'_>) -> Result<Zone, Fault> {
    let starts = component.of_kind(Kind::Available).chain([component]);
    for start in starts.filter_map(|each| each.first(Name::DtStart)) {
        // A start that cannot be read is reported with its window.
        let Ok(moment) = context.moment(start) else {
            continue;
        };
        let zone = zone_of(&moment, start, context);
        if zone.version() == VERSION {
            let kind = ProblemKind::NotIana {
                tzid: shorten(zone.name()),
            };
            return Err(Fault::Problem(start.line, kind));
        }
        return Ok(zone);
    }
    Ok(context.default_zone(component.line))
}

/// `DTSTART` and `DTEND` or `DURATION` of the whole as the first and last date of the schedule.
fn read_validity(
    component: &Component,
    schedule: &mut Schedule,
    context: &mut Context<'_>,
) -> Result<(), Fault> {
    let start = component.single(Name::DtStart, &mut context.problems);
    let start = start
        .map(|start| Ok::<_, Fault>((start, context.moment(start)?)))
        .transpose()?;
    let end = match component.single(Name::DtEnd, &mut context.problems) {
        Some(end) => Some((end, context.moment(end)?.local(&schedule.zone))),
        None => match (
            &start,
            component.single(Name::Duration, &mut context.problems),
        ) {
            (Some((_, start)), Some(duration)) => {
                let span = parse_span(duration.value())
                    .ok_or_else(|| Fault::Problem(duration.line, duration.unreadable()))?;
                let local = start.local(&schedule.zone) + span.days * DAY + span.seconds;
                Some((duration, local))
            }
            _ => None,
        },
    };
    if let Some((property, start)) = &start {
        let local = start.local(&schedule.zone);
        report_part_of_day(property, local, component, context);
        schedule.valid_from = Some(days_to_date((local + DAY - 1).div_euclid(DAY)));
    }
    // An end after all time is no end.
    if let Some((property, local)) = end.filter(|(_, local)| *local < INSTANT_MAX) {
        report_part_of_day(property, local, component, context);
        schedule.valid_through = Some(days_to_date(local.div_euclid(DAY) - 1));
        if schedule.valid_through < schedule.valid_from {
            return Err(Fault::Problem(property.line, ProblemKind::EndBeforeStart));
        }
    }
    Ok(())
}

fn report_part_of_day(
    property: &Property,
    local: i64,
    component: &Component,
    context: &mut Context<'_>,
) {
    if local.rem_euclid(DAY) != 0 {
        let uid = component.uid();
        context
            .problems
            .add(property.line, ProblemKind::NotMidnight, uid.as_deref());
    }
}
