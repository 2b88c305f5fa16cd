//! A `VEVENT` as typed values.

use super::component::{Component, Name, Property};
use super::context::{Context, Fault, Moment, zone_of};
use super::problem::{CalendarError, ProblemKind};
use super::status::BusyStatus;
use super::value::{PeriodEnd, Span, Stamp, parse_period, parse_span, parse_stamp};
use crate::recurrence::{Rule, RuleEnd, Until};
use crate::time::Zone;
use crate::time::civil::{DAY, civil_from_local};

/// An event: a single one, a series, or the changed instance of a series.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) line: u32,
    pub(super) uid: Option<String>,
    /// `SEQUENCE`, then `DTSTAMP`: the greater one is the later version.
    pub(super) version: (i64, i64),
    /// `None` when it is cancelled.
    pub(super) status: Option<BusyStatus>,
    pub(super) frame: Frame,
    /// The start as a key of the frame.
    pub(super) start: i64,
    pub(super) length: Span,
    pub(super) rules: Vec<Rule>,
    pub(super) rdates: Vec<(Moment, Option<Span>)>,
    pub(super) exdates: Vec<Moment>,
    pub(super) recurrence_id: Option<RecurrenceId>,
}

/// Which instance of a series an event changes.
#[derive(Clone, Debug)]
pub(super) struct RecurrenceId {
    pub(super) moment: Moment,
    /// Whether it changes all later ones, too.
    pub(super) and_future: bool,
}

/// How the occurrences of an event are counted.
///
/// The key of an occurrence of an all-day event is the local second of its midnight, whatever the
/// zone; that of any other is its instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) all_day: bool,
    pub(super) zone: Zone,
}

impl Frame {
    /// The key of the occurrence at a local second.
    pub(super) fn key(&self, local: i64) -> i64 {
        if self.all_day {
            local.div_euclid(DAY) * DAY
        } else {
            self.zone.offsets(local, local).occurrence(local)
        }
    }

    /// The local second of a key.
    pub(super) fn local(&self, key: i64) -> i64 {
        if self.all_day {
            key
        } else {
            self.zone.offsets(key, key).local(key)
        }
    }

    /// The key that a moment means; floating times are those of this zone.
    pub(super) fn key_of(&self, moment: &Moment) -> i64 {
        match (self.all_day, moment) {
            // A date-time means its date, as it is written.
            (true, Moment::Local(local, _)) => self.key(*local),
            (true, moment) => self.key(moment.local(&self.zone)),
            (false, moment) => moment.instant(&self.zone),
        }
    }

    /// The start and end of an occurrence, in seconds since 1970.
    pub(super) fn span(&self, key: i64, length: Span) -> (i64, i64) {
        if self.all_day {
            let mut offsets = self.zone.offsets(key, key + length.days * DAY);
            return (offsets.wall(key), offsets.wall(key + length.days * DAY));
        }
        let end = match length.days {
            0 => key,
            days => self.key(self.local(key) + days * DAY),
        };
        (key, end + length.seconds)
    }
}

/// Reads an event; what is wrong with it is reported.
pub(super) fn read_event(
    component: &Component,
    context: &mut Context<'_>,
) -> Result<Option<Event>, CalendarError> {
    match event(component, context) {
        Ok(event) => Ok(Some(event)),
        Err(Fault::Problem(line, kind)) => {
            context.problems.add(line, kind, component.uid().as_deref());
            Ok(None)
        }
        Err(Fault::Fatal(error)) => Err(error),
    }
}

fn event(component: &Component, context: &mut Context<'_>) -> Result<Event, Fault> {
    let uid = component.uid();
    let Some(property) = component.single(Name::DtStart, &mut context.problems) else {
        let kind = ProblemKind::Missing {
            property: Name::DtStart.text(),
        };
        return Err(Fault::Problem(component.line, kind));
    };
    let start = context.moment(property)?;
    let end = component.single(Name::DtEnd, &mut context.problems);
    let end = end
        .map(|end| Ok::<_, Fault>((end, context.moment(end)?)))
        .transpose()?;
    let mut frame = frame(&start, property, context);
    let mut first = frame.key_of(&start);
    let length = match (
        &end,
        component.single(Name::Duration, &mut context.problems),
    ) {
        (Some((property, end)), _) => match microsoft_days(component, &start, end, context) {
            Some((all_day, day, days)) => {
                (frame, first) = (all_day, day * DAY);
                Span { days, seconds: 0 }
            }
            None => length_until(&mut frame, &mut first, (&start, end))
                .ok_or(Fault::Problem(property.line, ProblemKind::EndBeforeStart))?,
        },
        (None, Some(duration)) => length_of(&frame, duration)?,
        (None, None) => Span {
            days: i64::from(frame.all_day),
            seconds: 0,
        },
    };
    let recurrence_id = match component.single(Name::RecurrenceId, &mut context.problems) {
        Some(property) => Some(RecurrenceId {
            moment: context.moment(property)?,
            and_future: property
                .content
                .param("RANGE")
                .is_some_and(is_this_and_future),
        }),
        None => None,
    };
    let mut event = Event {
        line: component.line,
        version: version(component),
        status: status(component),
        frame,
        start: first,
        length,
        rules: Vec::new(),
        rdates: Vec::new(),
        exdates: Vec::new(),
        recurrence_id,
        uid,
    };
    read_recurrence(component, &mut event, context)?;
    Ok(event)
}

/// How an event that starts then is counted.
fn frame(start: &Moment, property: &Property, context: &mut Context<'_>) -> Frame {
    let zone = zone_of(start, property, context);
    Frame {
        all_day: matches!(start, Moment::Date(_)),
        zone,
    }
}

/// The length of an event by its end; `None` when that is before the start.
///
/// A date beside a date-time means its midnight, and then the event does not last whole days. An
/// event of dates that ends on the day it starts lasts that day, as many programs mean it.
fn length_until(frame: &mut Frame, first: &mut i64, span: (&Moment, &Moment)) -> Option<Span> {
    let (start, end) = span;
    if let (Moment::Date(start), Moment::Date(end)) = (start, end) {
        return (end >= start).then(|| Span {
            days: (end - start).max(1),
            seconds: 0,
        });
    }
    let from = start.instant(&frame.zone);
    let seconds = end.instant(&frame.zone) - from;
    if frame.all_day {
        *frame = Frame {
            all_day: false,
            zone: frame.zone.clone(),
        };
        *first = from;
    }
    (seconds >= 0).then_some(Span { days: 0, seconds })
}

/// The length of an event by its `DURATION`: whole days, begun ones included, for dates.
fn length_of(frame: &Frame, duration: &Property) -> Result<Span, Fault> {
    let span = parse_span(duration.value())
        .ok_or_else(|| Fault::Problem(duration.line, duration.unreadable()))?;
    if !frame.all_day {
        return Ok(span);
    }
    let days = span.days + (span.seconds + DAY - 1).div_euclid(DAY);
    Ok(Span {
        days: days.max(1),
        seconds: 0,
    })
}

/// Frame, first day and number of days of an event that Outlook marks as lasting whole days.
///
/// It writes such events as date-times from midnight to midnight, of the zone named or, in UTC, of
/// the calendar's own.
fn microsoft_days(
    component: &Component,
    start: &Moment,
    end: &Moment,
    context: &mut Context<'_>,
) -> Option<(Frame, i64, i64)> {
    let mark = component.first(Name::MicrosoftAllDay)?;
    if !mark.says("TRUE") {
        return None;
    }
    let zone = match start {
        Moment::Local(_, Some(zone)) => zone.clone(),
        Moment::Local(_, None) | Moment::Utc(_) => context.default_zone(mark.line),
        Moment::Date(_) => return None,
    };
    let day = |moment: &Moment| match moment {
        Moment::Utc(instant) if instant.rem_euclid(DAY) == 0 => Some(instant / DAY),
        moment => Some(moment.local(&zone))
            .filter(|local| local % DAY == 0)
            .map(|at| at / DAY),
    };
    let (first, last) = (day(start)?, day(end)?);
    (last > first).then_some((
        Frame {
            all_day: true,
            zone,
        },
        first,
        last - first,
    ))
}

fn is_this_and_future(range: &str) -> bool {
    range.eq_ignore_ascii_case("THISANDFUTURE")
}

fn version(component: &Component) -> (i64, i64) {
    let sequence = component
        .first(Name::Sequence)
        .and_then(|value| value.value().parse().ok());
    let stamp = component
        .first(Name::DtStamp)
        .and_then(|value| parse_stamp(value.value()));
    let second = match stamp {
        Some(Stamp::Utc(second) | Stamp::Local(second)) => second,
        Some(Stamp::Date(days)) => days * DAY,
        None => i64::MIN,
    };
    (sequence.unwrap_or(0), second)
}

/// What the event says about its time; `None` when it is cancelled.
///
/// Outlook's own property is the most precise one and wins; then transparency, then `STATUS`.
fn status(component: &Component) -> Option<BusyStatus> {
    let status = component.first(Name::Status);
    if status.is_some_and(|status| status.says("CANCELLED")) {
        return None;
    }
    let microsoft = component
        .first(Name::MicrosoftBusyStatus)
        .map(|status| status.value());
    match microsoft.map(str::to_ascii_uppercase).as_deref() {
        Some("FREE") => return Some(BusyStatus::Free),
        Some("TENTATIVE") => return Some(BusyStatus::Tentative),
        Some("BUSY") => return Some(BusyStatus::Busy),
        Some("OOF") => return Some(BusyStatus::Away),
        Some("WORKINGELSEWHERE") => return Some(BusyStatus::Elsewhere),
        _ => {}
    }
    if component
        .first(Name::Transp)
        .is_some_and(|transparency| transparency.says("TRANSPARENT"))
    {
        return Some(BusyStatus::Free);
    }
    let tentative = status.is_some_and(|status| status.says("TENTATIVE"));
    Some(if tentative {
        BusyStatus::Tentative
    } else {
        BusyStatus::Busy
    })
}

/// Rules and dates of a series. What cannot be read is reported and left out; without a rule the
/// start stays as the one occurrence, so that it is not offered to anybody.
fn read_recurrence(
    component: &Component,
    event: &mut Event,
    context: &mut Context<'_>,
) -> Result<(), Fault> {
    for property in component.all(Name::RRule) {
        match property.value().trim_end_matches(';').parse::<Rule>() {
            Ok(rule) => event.rules.push(in_frame(rule, &event.frame)),
            Err(error) => {
                let kind = ProblemKind::Recurrence {
                    reason: error.to_string(),
                };
                context
                    .problems
                    .add(property.line, kind, event.uid.as_deref());
            }
        }
    }
    for property in component.all(Name::ExRule) {
        let kind = ProblemKind::Unsupported { what: "`EXRULE`" };
        context
            .problems
            .add(property.line, kind, event.uid.as_deref());
    }
    let dates = component.properties.iter();
    for property in dates.filter(|each| matches!(each.name, Name::ExDate | Name::RDate)) {
        for value in property
            .value()
            .split(',')
            .filter(|value| !value.trim().is_empty())
        {
            let read = if property.name == Name::ExDate {
                context
                    .moment_of(property, value)
                    .map(|moment| event.exdates.push(moment))
            } else {
                rdate(property, value.trim(), &event.frame, context)
                    .map(|rdate| event.rdates.push(rdate))
            };
            match read {
                Ok(()) => {}
                Err(Fault::Problem(line, kind)) => {
                    context.problems.add(line, kind, event.uid.as_deref());
                }
                Err(fatal) => return Err(fatal),
            }
        }
    }
    Ok(())
}

/// A further date, which as a period brings its own length.
fn rdate(
    property: &Property,
    value: &str,
    frame: &Frame,
    context: &mut Context<'_>,
) -> Result<(Moment, Option<Span>), Fault> {
    if !value.contains('/') {
        return Ok((context.moment_of(property, value)?, None));
    }
    let unreadable = || {
        Fault::Problem(
            property.line,
            ProblemKind::value(property.name.text(), value),
        )
    };
    let (start, end) = parse_period(value).ok_or_else(unreadable)?;
    let start = context.moment_at(property, start)?;
    let length = match end {
        PeriodEnd::After(span) => span,
        PeriodEnd::At(end) => {
            let end = context.moment_at(property, end)?.instant(&frame.zone);
            Span {
                days: 0,
                seconds: end - start.instant(&frame.zone),
            }
        }
    };
    if length.seconds < 0 {
        return Err(Fault::Problem(property.line, ProblemKind::EndBeforeStart));
    }
    Ok((start, Some(length)))
}

/// The rule as the occurrences of the frame are counted.
///
/// The `UNTIL` of an event of whole days should be a date. Programs that write an instant mean the
/// date of that instant in the calendar's zone, or in UTC when it is a midnight there.
fn in_frame(rule: Rule, frame: &Frame) -> Rule {
    let RuleEnd::Until(Until::Utc(instant)) = rule.parts().end else {
        return rule;
    };
    if !frame.all_day {
        return rule;
    }
    let second = instant.timestamp();
    let local = match second.rem_euclid(DAY) {
        0 => second,
        _ => frame.zone.offsets(second, second).local(second),
    };
    let mut parts = rule.parts().clone();
    parts.end = RuleEnd::Until(Until::Date(civil_from_local(local).date()));
    Rule::new(parts).unwrap_or(rule)
}
