//! The windows of an availability: `AVAILABLE` components (RFC 7953 section 3.1).

use chrono::NaiveDateTime;

use super::component::{Component, Name, Property};
use super::context::{Context, Fault, Moment, zone_of};
use super::problem::{CalendarError, ProblemKind, limit, shorten};
use super::value::{PeriodEnd, parse_period, parse_span};
use crate::limits::CALENDAR_PAIRS_MAX;
use crate::recurrence::Rule;
use crate::schedule::OpenRule;
use crate::time::civil::{DAY, MINUTE, civil_from_local};
use crate::time::{Minutes, Zone};

/// An `AVAILABLE` component in civil time of the schedule's zone.
pub(super) struct Window {
    uid: Option<String>,
    /// The start of the instance that it changes, if it is such a change.
    changes: Option<NaiveDateTime>,
    start: NaiveDateTime,
    length: Minutes,
    rules: Vec<Rule>,
    exdates: Vec<NaiveDateTime>,
    rdates: Vec<NaiveDateTime>,
    /// Further windows with a length of their own.
    periods: Vec<(NaiveDateTime, Minutes)>,
}

/// Reads an `AVAILABLE` component of a schedule in the zone.
pub(super) fn window(
    component: &Component,
    zone: &Zone,
    context: &mut Context<'_>,
) -> Result<Window, Fault> {
    let missing = |name: Name| {
        Fault::Problem(
            component.line,
            ProblemKind::Missing {
                property: name.text(),
            },
        )
    };
    let property = component
        .single(Name::DtStart, &mut context.problems)
        .ok_or_else(|| missing(Name::DtStart))?;
    let moment = context.moment(property)?;
    let own = zone_of(&moment, property, context);
    if own != *zone {
        let (tzid, expected) = (shorten(own.name()), zone.name().to_owned());
        return Err(Fault::Problem(
            property.line,
            ProblemKind::OtherZone { tzid, expected },
        ));
    }
    let start = moment.local(zone);
    let length = if let Some(end) = component.single(Name::DtEnd, &mut context.problems) {
        minutes(context.moment(end)?.local(zone) - start, end)?
    } else {
        let duration = component
            .single(Name::Duration, &mut context.problems)
            .ok_or_else(|| missing(Name::DtEnd))?;
        let span = parse_span(duration.value())
            .ok_or_else(|| Fault::Problem(duration.line, duration.unreadable()))?;
        minutes(span.days * DAY + span.seconds, duration)?
    };
    let mut window = Window {
        uid: component.uid(),
        changes: changed_instance(component, start, zone, context)?,
        start: civil_from_local(start),
        length,
        rules: Vec::new(),
        exdates: Vec::new(),
        rdates: Vec::new(),
        periods: Vec::new(),
    };
    for property in component.all(Name::RRule) {
        let rule = property
            .value()
            .trim_end_matches(';')
            .parse()
            .map_err(|error| {
                let reason = format!("{error}");
                Fault::Problem(property.line, ProblemKind::Recurrence { reason })
            })?;
        window.rules.push(rule);
    }
    let time = start.rem_euclid(DAY);
    for property in component.all(Name::ExDate) {
        for value in property.value().split(',') {
            let civil = civil_start(&context.moment_of(property, value)?, time, zone);
            window.exdates.push(civil);
        }
    }
    for property in component.all(Name::RDate) {
        read_rdates(property, &mut window, (time, zone), context)?;
    }
    Ok(window)
}

fn changed_instance(
    component: &Component,
    start: i64,
    zone: &Zone,
    context: &mut Context<'_>,
) -> Result<Option<NaiveDateTime>, Fault> {
    let Some(property) = component.single(Name::RecurrenceId, &mut context.problems) else {
        return Ok(None);
    };
    if property.content.param("RANGE").is_some() {
        let kind = ProblemKind::Unsupported {
            what: "a change of all later windows",
        };
        return Err(Fault::Problem(property.line, kind));
    }
    let moment = context.moment(property)?;
    Ok(Some(civil_start(&moment, start.rem_euclid(DAY), zone)))
}

fn read_rdates(
    property: &Property,
    window: &mut Window,
    (time, zone): (i64, &Zone),
    context: &mut Context<'_>,
) -> Result<(), Fault> {
    for value in property.value().split(',') {
        if !value.contains('/') {
            let civil = civil_start(&context.moment_of(property, value)?, time, zone);
            window.rdates.push(civil);
            continue;
        }
        let (start, end) = parse_period(value.trim()).ok_or_else(|| {
            Fault::Problem(
                property.line,
                ProblemKind::value(property.name.text(), value),
            )
        })?;
        let start = context.moment_at(property, start)?.local(zone);
        let seconds = match end {
            PeriodEnd::At(end) => context.moment_at(property, end)?.local(zone) - start,
            PeriodEnd::After(span) => span.days * DAY + span.seconds,
        };
        window
            .periods
            .push((civil_from_local(start), minutes(seconds, property)?));
    }
    Ok(())
}

/// The civil start that a moment means; a date has the time of day of the first window.
fn civil_start(moment: &Moment, time: i64, zone: &Zone) -> NaiveDateTime {
    let local = moment.local(zone);
    let is_date = matches!(moment, Moment::Date(_));
    civil_from_local(if is_date { local + time } else { local })
}

fn minutes(seconds: i64, property: &Property) -> Result<Minutes, Fault> {
    let whole = (seconds > 0 && seconds % MINUTE == 0).then_some(seconds / MINUTE);
    whole
        .and_then(|minutes| Minutes::new(u32::try_from(minutes).ok()?).ok())
        .ok_or(Fault::Problem(property.line, ProblemKind::WindowLength))
}

/// Refuses what would take long to compare and to write down: every rule carries all exclusions of
/// its component and of its UID.
pub(super) fn check_pairs(windows: &[Window], line: u32) -> Result<(), CalendarError> {
    let changes = windows
        .iter()
        .filter(|window| window.changes.is_some())
        .count();
    let pairs = windows.iter().map(|window| {
        let rules = window.rules.len().max(1);
        rules.saturating_mul(window.exdates.len().saturating_add(changes))
    });
    if pairs.fold(0, usize::saturating_add) > CALENDAR_PAIRS_MAX {
        return Err(limit!(CALENDAR_PAIRS_MAX, Some(line)));
    }
    Ok(())
}

/// The windows as rules; changed instances are taken out of the rules of their UID.
pub(super) fn open_rules(windows: Vec<Window>) -> Vec<OpenRule> {
    let mut changed: Vec<(String, NaiveDateTime)> = windows
        .iter()
        .filter_map(|window| Some((window.uid.clone()?, window.changes?)))
        .collect();
    changed.sort();
    let mut rules = Vec::new();
    for mut window in windows {
        if let (Some(uid), None) = (&window.uid, window.changes) {
            let first = changed.partition_point(|(other, _)| other < uid);
            let own = changed[first..]
                .iter()
                .take_while(|(other, _)| other == uid);
            window.exdates.extend(own.map(|(_, start)| *start));
        }
        window.exdates.sort_unstable();
        window.exdates.dedup();
        let single = |start: NaiveDateTime, length: Minutes| OpenRule {
            start,
            duration_minutes: length,
            rrule: None,
            exdates: Vec::new(),
            rdates: Vec::new(),
        };
        let with_rule = |rrule: Option<Rule>| OpenRule {
            rrule,
            exdates: window.exdates.clone(),
            rdates: window.rdates.clone(),
            ..single(window.start, window.length)
        };
        let repeats = window.changes.is_none() && !window.rules.is_empty();
        let before = rules.len();
        if repeats {
            rules.extend(window.rules.iter().cloned().map(Some).map(with_rule));
        } else {
            rules.push(with_rule(None));
        }
        // Further windows belong to one rule, not to each.
        rules
            .iter_mut()
            .skip(before + 1)
            .for_each(|rule| rule.rdates.clear());
        let periods = window.periods.iter();
        let taken = periods.filter(|(start, _)| window.exdates.binary_search(start).is_err());
        rules.extend(taken.map(|(start, length)| single(*start, *length)));
    }
    rules
}
