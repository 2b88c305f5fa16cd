//! Busy time of iCalendar files, for the questions that resources of the same name stand in.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use clap::ValueEnum;
use quando::availability::{Align, Busy, Query, Resource, Service};
use quando::calendar::{
    BusyStatus, CalendarBusy, CalendarError, CalendarOptions, CalendarProblem, read_busy,
};
use quando::id::ResourceId;
use quando::limits::{CALENDAR_BYTES_MAX, INSTANT_MAX, INSTANT_MIN, NEXT_DAYS_MAX};
use quando::schedule::Schedule;
use quando::time::{Interval, Minutes};

use crate::input::{Problem, Source};
use crate::output::{Failure, note};

/// Calendars that are added to the question's resources.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct BusyArgs {
    /// Add the busy time of an iCalendar file to a resource; may be given several times
    ///
    /// Times without a zone and all-day events are read in the calendar's own zone, or that of the
    /// resource's schedule when the calendar names none.
    /// What cannot be read of a calendar is reported on standard error by file and line.
    #[arg(long = "busy", value_name = "RESOURCE=FILE.ics")]
    busy: Vec<BusyArg>,
    #[command(flatten)]
    statuses: StatusArgs,
}

/// Which events count.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct StatusArgs {
    /// Leave out events of a calendar with this status; may be given several times
    #[arg(long, value_name = "STATUS", value_enum, value_delimiter = ',')]
    ignore_status: Vec<Status>,
}

/// A status of calendar events that takes time unless it is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Status {
    Elsewhere,
    Tentative,
    Busy,
    Away,
}

/// A resource and its calendar.
#[derive(Clone, Debug)]
struct BusyArg {
    resource: ResourceId,
    path: PathBuf,
}

impl FromStr for BusyArg {
    type Err = String;

    fn from_str(text: &str) -> Result<BusyArg, String> {
        match text.split_once('=') {
            Some((id, path)) if !path.is_empty() => {
                let resource = ResourceId::new(id).map_err(|error| error.to_string())?;
                Ok(BusyArg {
                    resource,
                    path: path.into(),
                })
            }
            _ => Err("expected RESOURCE=FILE.ics, such as `ana=work.ics`".to_owned()),
        }
    }
}

impl StatusArgs {
    /// The options for a window, these statuses left out.
    pub(crate) fn options(&self, window: Interval) -> CalendarOptions {
        let mut options = CalendarOptions::new(window);
        for status in &self.ignore_status {
            options.blocking.remove(&match status {
                Status::Elsewhere => BusyStatus::Elsewhere,
                Status::Tentative => BusyStatus::Tentative,
                Status::Busy => BusyStatus::Busy,
                Status::Away => BusyStatus::Away,
            });
        }
        options
    }
}

impl BusyArgs {
    pub(crate) fn load(&self) -> Result<Calendars<'_>, Failure> {
        let calendars = self.busy.iter().map(|arg| {
            let text = read_calendar(&arg.path)?;
            Ok(Calendar {
                arg,
                text,
                last: None,
            })
        });
        let calendars: Result<Vec<Calendar<'_>>, Failure> = calendars.collect();
        Ok(Calendars {
            calendars: calendars?,
            statuses: &self.statuses,
            told: HashSet::new(),
        })
    }
}

/// The text of a calendar, no more of it than tells that it is over the limit.
pub(crate) fn read_calendar(path: &Path) -> Result<Vec<u8>, Failure> {
    let source = Source::File(path.to_owned());
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let one_too_many = CALENDAR_BYTES_MAX as u64 + 1;
        File::open(path)?
            .take(one_too_many)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| source.unreadable(error))
}

pub(crate) fn calendar_problem(error: &CalendarError) -> Problem {
    Problem::new(error.code(), error.to_string())
}

/// How much of a calendar a question needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Starts in its window.
    Window,
    /// One start.
    Start(DateTime<Utc>),
    /// Starts as far ahead as `next` looks.
    Ahead,
}

/// The calendars of the command line, read once.
#[derive(Debug)]
pub(crate) struct Calendars<'a> {
    calendars: Vec<Calendar<'a>>,
    statuses: &'a StatusArgs,
    /// What has been reported already, so that a thousand questions report it once.
    told: HashSet<String>,
}

#[derive(Debug)]
struct Calendar<'a> {
    arg: &'a BusyArg,
    text: Vec<u8>,
    /// The answer to the last question: the next one often needs the same.
    last: Option<(CalendarOptions, Vec<Busy>)>,
}

impl Calendars<'_> {
    /// Adds the busy time that matters to a question to its resources.
    pub(crate) fn add_to(&mut self, query: &mut Query, reach: Reach) -> Result<(), Problem> {
        for calendar in &mut self.calendars {
            let id = &calendar.arg.resource;
            let found = query
                .resources
                .iter()
                .position(|resource| resource.id == *id);
            let place = found.ok_or_else(|| unknown_resource(id))?;
            let Some(window) = span(query, &query.resources[place], reach) else {
                continue;
            };
            let mut options = self.statuses.options(window);
            options.fallback_zone = Some(query.resources[place].schedule.zone.clone());
            let busy = calendar.busy(options, &mut self.told)?;
            query.resources[place].busy.extend_from_slice(busy);
        }
        Ok(())
    }
}

impl Calendar<'_> {
    fn busy(
        &mut self,
        options: CalendarOptions,
        told: &mut HashSet<String>,
    ) -> Result<&[Busy], Problem> {
        let path = &self.arg.path;
        if self
            .last
            .as_ref()
            .is_none_or(|(known, _)| *known != options)
        {
            let read = read_busy(&self.text, &options).map_err(|error| {
                Problem::new(error.code(), format!("{}: {error}", path.display()))
            })?;
            report_problems(path, &read, told);
            let busy = read
                .busy
                .as_slice()
                .iter()
                .copied()
                .map(Busy::from)
                .collect();
            self.last = Some((options, busy));
        }
        Ok(self.last.as_ref().map_or(&[], |(_, busy)| busy))
    }
}

fn unknown_resource(id: &ResourceId) -> Problem {
    let message = format!("no resource has the id `{id}`, which `--busy` names");
    Problem::new("unknown-resource", message).at("/resources")
}

fn report_problems(path: &Path, read: &CalendarBusy, told: &mut HashSet<String>) {
    let mut tell = |text: String| {
        if told.insert(text.clone()) {
            note(&text);
        }
    };
    read.problems
        .iter()
        .for_each(|problem| tell(problem_text(path, problem)));
    if read.problems_left_off > 0 {
        tell(format!(
            "{}: {} more problems",
            path.display(),
            read.problems_left_off
        ));
    }
}

pub(crate) fn problem_text(path: &Path, problem: &CalendarProblem) -> String {
    let uid = problem
        .uid
        .as_ref()
        .map(|uid| format!(" (UID `{uid}`)"))
        .unwrap_or_default();
    format!(
        "{}:{}: warning: {}{uid}",
        path.display(),
        problem.line,
        problem.kind
    )
}

/// The time around the starts in question that busy time may refuse them by.
fn span(query: &Query, resource: &Resource, reach: Reach) -> Option<Interval> {
    let (from, to) = match reach {
        Reach::Window => (query.window.start(), query.window.end()),
        Reach::Start(start) => (start, start.checked_add_signed(TimeDelta::seconds(1))?),
        Reach::Ahead => {
            let from = query.window.start().max(query.now);
            (from, ahead(query, from))
        }
    };
    let service = &query.service;
    let length = |own: Option<Minutes>, usual: Minutes| own.unwrap_or(usual).duration();
    let before = length(
        resource.buffer_before_minutes,
        service.buffer_before_minutes,
    );
    let after = length(resource.buffer_after_minutes, service.buffer_after_minutes);
    let before = before + grid_memory(service, resource);
    let after = after + service.duration_minutes.duration();
    let start = from
        .timestamp()
        .saturating_sub(before.num_seconds())
        .max(INSTANT_MIN);
    let end = to
        .timestamp()
        .saturating_add(after.num_seconds())
        .min(INSTANT_MAX);
    Interval::from_timestamps(start, end).ok()
}

/// The end of what `next` looks at; a day or two too much does no harm.
fn ahead(query: &Query, from: DateTime<Utc>) -> DateTime<Utc> {
    let after = |instant: DateTime<Utc>, days: u64| {
        instant
            .checked_add_days(Days::new(days))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    };
    let service = &query.service;
    let by_limit = after(from, NEXT_DAYS_MAX.unsigned_abs());
    let by_days = service
        .horizon_days
        .map(|days| after(query.now, u64::from(days) + 2));
    let by_date = service.bookable_through;
    let by_date = by_date.map(|date| after(date.and_time(NaiveTime::MIN).and_utc(), 2));
    [by_days, by_date]
        .into_iter()
        .flatten()
        .fold(by_limit, DateTime::min)
}

/// How far before the first start busy time moves a `packed` grid: to the beginning of the opening
/// window around it.
fn grid_memory(service: &Service, resource: &Resource) -> TimeDelta {
    if service.align != Align::Packed {
        return TimeDelta::zero();
    }
    let own = resource.service_schedules.iter().map(|each| &each.schedule);
    let schedules = own.chain(&service.schedule).chain([&resource.schedule]);
    let longest = |schedule: &Schedule| {
        schedule
            .rules
            .iter()
            .map(|rule| rule.duration_minutes.duration())
            .max()
    };
    TimeDelta::days(2) + schedules.filter_map(longest).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn blocking(ignored: Vec<Status>) -> BTreeSet<BusyStatus> {
        let window = Interval::from_timestamps(0, 1).unwrap();
        StatusArgs {
            ignore_status: ignored,
        }
        .options(window)
        .blocking
    }

    #[test]
    fn ignored_statuses_do_not_block_and_free_never_does() {
        use BusyStatus::{Away, Busy, Elsewhere, Tentative};
        assert_eq!(
            blocking(vec![]),
            BTreeSet::from([Away, Busy, Elsewhere, Tentative])
        );
        let left = blocking(vec![Status::Tentative, Status::Elsewhere]);
        assert_eq!(left, BTreeSet::from([Away, Busy]));
    }

    #[test]
    fn a_calendar_is_given_as_resource_and_file() {
        let arg: BusyArg = "ana=a=b.ics".parse().unwrap();
        assert_eq!(
            (arg.resource.as_str(), arg.path),
            ("ana", PathBuf::from("a=b.ics"))
        );
        for text in ["ana", "ana=", "=a.ics"] {
            assert!(text.parse::<BusyArg>().is_err(), "{text}");
        }
    }
}
