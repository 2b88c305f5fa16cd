//! Starts as a viewer sees them: tables for people.

use std::fmt::Write as _;
use std::path::Path;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use quando::availability::{Answer, Query, Reason, ReasonCode, Refused, Slot};
use quando::limits::NEXT_DAYS_MAX;
use quando::time::{Zone, tzdb_version};

use crate::answer::InOut;
use crate::output::{Failure, note};

/// How starts are shown.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct LocalArgs {
    /// Print a table for people, in the viewer's time zone: ZONE, else that of this computer
    #[arg(long, value_name = "ZONE", num_args = 0..=1, conflicts_with_all = ["jsonl", "pretty", "by_day"])]
    local: Option<Option<String>>,
    /// Print JSON by the dates of a viewer in ZONE, with the zone's UTC offset in each time
    #[arg(long, value_name = "ZONE")]
    by_day: Option<Zone>,
}

/// Whom starts are shown to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// A program that takes instants.
    Utc,
    /// A program that shows dates.
    ByDay(Zone),
    /// A person.
    Local(Zone),
}

impl LocalArgs {
    /// Whom to show the starts to. A word after `--local` that names no zone is the FILE, when
    /// none was given.
    pub(crate) fn viewer(self, io: &mut InOut) -> Result<Viewer, Failure> {
        if let Some(zone) = self.by_day {
            return Ok(Viewer::ByDay(zone));
        }
        match self.local {
            None => Ok(Viewer::Utc),
            Some(None) => Ok(Viewer::Local(own_zone())),
            Some(Some(name)) => match Zone::new(&name) {
                Ok(zone) => Ok(Viewer::Local(zone)),
                Err(_) if io.file.is_none() && (name == "-" || Path::new(&name).exists()) => {
                    io.file = Some(name.into());
                    Ok(Viewer::Local(own_zone()))
                }
                Err(error) => Err(Failure::Usage(format!("--local: {error}"))),
            },
        }
    }
}

/// The zone of this computer: `TZ`, else the system's, else UTC.
fn own_zone() -> Zone {
    #[expect(
        clippy::disallowed_methods,
        reason = "read once at the edge, only to show times"
    )]
    let variable = std::env::var("TZ").ok();
    let variable = variable.as_deref().map(|name| name.trim_start_matches(':'));
    let known = |name: &str| Zone::new(name).ok();
    let system = || {
        iana_time_zone::get_timezone()
            .ok()
            .and_then(|name| known(&name))
    };
    variable.and_then(known).or_else(system).unwrap_or_else(|| {
        note("note: this computer does not say its time zone, so times are UTC; give one: --local ZONE");
        Zone::utc()
    })
}

/// Starts under the viewer's dates.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    zone: &'a Zone,
    rows: Vec<Row>,
    offered: usize,
    /// What to say when nothing is offered.
    nothing: String,
}

#[derive(Debug)]
struct Row {
    start: DateTime<Utc>,
    /// The viewer's clock at the start.
    civil: NaiveDateTime,
    offset: i32,
    times: String,
    seats: String,
    text: String,
    is_refused: bool,
}

impl<'a> Table<'a> {
    /// The slots of a window, and what speaks against the other starts where that was asked.
    pub(crate) fn of_answer(query: &Query, answer: &Answer<'_>, zone: &'a Zone) -> Table<'a> {
        let slots: Vec<Slot> = answer.slots().map(|slot| slot.to_slot()).collect();
        let window = query.window;
        let from = instant_text(window.start(), zone);
        let nothing = format!(
            "no bookable start between {from} and {}",
            instant_text(window.end(), zone)
        );
        let mut table = Table::new(&slots, zone, nothing);
        let length = query.service.duration_minutes.duration();
        let refused = answer.refused().unwrap_or_default();
        table.rows.extend(refused.iter().map(|refused| {
            let text = format!("-- {}", reasons_text(refused, query));
            let row = Row::new(refused.start, refused.start + length, zone, text);
            Row {
                is_refused: true,
                ..row
            }
        }));
        table.rows.sort_by_key(|row| row.start);
        table
    }

    /// The next slots.
    pub(crate) fn of_slots(query: &Query, slots: &[Slot], zone: &'a Zone) -> Table<'a> {
        let from = instant_text(query.window.start().max(query.now), zone);
        let service = &query.service;
        let horizon = if service.horizon_days.is_some() || service.bookable_through.is_some() {
            "up to the service's horizon".to_owned()
        } else {
            format!("in the {NEXT_DAYS_MAX} days after it")
        };
        Table::new(
            slots,
            zone,
            format!("no bookable start from {from} on, {horizon}"),
        )
    }

    /// The free slots of a store, and what is to be said when there are none.
    pub(crate) fn of_free(slots: &[Slot], zone: &'a Zone, nothing: &str) -> Table<'a> {
        Table::new(slots, zone, nothing.to_owned())
    }

    fn new(slots: &[Slot], zone: &'a Zone, nothing: String) -> Table<'a> {
        let shows_seats = slots.iter().any(|slot| slot.seats_left != 1);
        let rows = slots.iter().map(|slot| {
            let mut row = Row::new(slot.start, slot.end, zone, resources_text(slot));
            if shows_seats {
                row.seats = format!("{} left", slot.seats_left);
            }
            row
        });
        Table {
            zone,
            rows: rows.collect(),
            offered: slots.len(),
            nothing,
        }
    }

    /// Appends the table, a line of its own for each date, start and change of clocks.
    pub(crate) fn print(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.text().as_bytes());
    }

    fn text(&self) -> String {
        let width = |text: fn(&Row) -> &str| {
            self.rows
                .iter()
                .map(|row| text(row).chars().count())
                .max()
                .unwrap_or(0)
        };
        let (times, seats) = (width(|row| &row.times), width(|row| &row.seats));
        let mut out = String::new();
        let mut last: Option<&Row> = None;
        for row in &self.rows {
            if last.is_none_or(|last| last.civil.date() != row.civil.date()) {
                let gap = if last.is_some() { "\n" } else { "" };
                let date = date_text(row.civil.date());
                push(
                    &mut out,
                    &format!("{gap}{date}, {}", offset_text(row.offset)),
                );
            } else if last.is_some_and(|last| last.offset != row.offset) {
                push(
                    &mut out,
                    &format!("  -- clocks change to {} --", offset_text(row.offset)),
                );
            }
            let mut line = format!("  {:times$}   ", row.times);
            if seats > 0 && !row.is_refused {
                let _ = write!(line, "{:>seats$}   ", row.seats);
            }
            push(&mut out, (line + &row.text).trim_end());
            last = Some(row);
        }
        if !out.is_empty() {
            out.push('\n');
        }
        push(&mut out, &self.summary());
        out
    }

    fn summary(&self) -> String {
        let (zone, tzdb) = (self.zone, tzdb_version());
        match self.offered {
            0 => format!("{} (times of {zone}, tzdb {tzdb})", self.nothing),
            1 => format!("1 bookable start (times of {zone}, tzdb {tzdb})"),
            many => format!("{many} bookable starts (times of {zone}, tzdb {tzdb})"),
        }
    }
}

impl Row {
    fn new(start: DateTime<Utc>, end: DateTime<Utc>, zone: &Zone, text: String) -> Row {
        let civil = zone.civil(start);
        let offset = zone.offset_seconds(start);
        let times = format!(
            "{} - {}",
            clock_text(civil.time()),
            end_text(start, end, zone)
        );
        Row {
            start,
            civil,
            offset,
            times,
            seats: String::new(),
            text,
            is_refused: false,
        }
    }
}

fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

/// When a slot ends, with the date and the offset where they are not those of its start.
pub(crate) fn end_text(start: DateTime<Utc>, end: DateTime<Utc>, zone: &Zone) -> String {
    let (first, last) = (zone.civil(start), zone.civil(end));
    let tomorrow = first.date().checked_add_days(Days::new(1));
    let mut text = clock_text(last.time());
    if last.date() != first.date() {
        let is_midnight = last.time() == NaiveTime::MIN;
        if tomorrow == Some(last.date()) && is_midnight {
            "24:00".clone_into(&mut text);
        } else if tomorrow == Some(last.date()) {
            text += " next day";
        } else {
            let _ = write!(text, " {}", date_text(last.date()));
        }
    }
    let offset = zone.offset_seconds(end);
    if offset != zone.offset_seconds(start) {
        let _ = write!(text, " {}", offset_text(offset));
    }
    text
}

/// Who can serve a slot: the candidates of each role, the roles apart.
fn resources_text(slot: &Slot) -> String {
    let role = |ids: &Vec<_>| {
        ids.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    slot.resources
        .iter()
        .map(role)
        .collect::<Vec<_>>()
        .join(" | ")
}

/// Each rule that refuses a start with those who break it: `booked: ana, room1; busy: ben`.
fn reasons_text(refused: &Refused, query: &Query) -> String {
    let mut rules: Vec<(String, Vec<String>)> = Vec::new();
    for reason in &refused.reasons {
        let rule = rule_text(reason.code, refused.start, query);
        let place = rules
            .iter()
            .position(|(known, _)| *known == rule)
            .unwrap_or_else(|| {
                rules.push((rule, Vec::new()));
                rules.len() - 1
            });
        rules[place].1.extend(who_text(reason));
    }
    let texts = rules.iter().map(|(rule, who)| match who.as_slice() {
        [] => rule.clone(),
        who => format!("{rule}: {}", who.join(", ")),
    });
    texts.collect::<Vec<_>>().join("; ")
}

fn rule_text(code: ReasonCode, start: DateTime<Utc>, query: &Query) -> String {
    let text = match code {
        ReasonCode::Notice if start < query.now => "in the past",
        ReasonCode::Notice => {
            return format!("less than {} of notice", query.service.min_notice_minutes);
        }
        ReasonCode::Horizon => "too far ahead",
        ReasonCode::OffGrid => "not on the grid",
        ReasonCode::OutsideHours => "not open throughout",
        ReasonCode::Busy => "busy",
        ReasonCode::Claim => "booked",
        ReasonCode::Capacity => "too few units free",
        ReasonCode::SessionFull => "too few seats left",
        ReasonCode::Limit => "limit reached",
        ReasonCode::NoResource => "the roles cannot be filled all at once",
        other => other.as_str(),
    };
    text.to_owned()
}

fn who_text(reason: &Reason) -> Option<String> {
    let who = reason.resource.as_ref().or(reason.scope.as_ref())?;
    Some(match &reason.redirect_to {
        Some(other) => format!("{who} ({other} takes over)"),
        None => who.to_string(),
    })
}

/// `Mon 2 March 2026`
pub(crate) fn date_text(date: NaiveDate) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = MONTHS[date.month0() as usize];
    format!("{} {} {month} {}", date.weekday(), date.day(), date.year())
}

pub(crate) fn instant_text(instant: DateTime<Utc>, zone: &Zone) -> String {
    let civil = zone.civil(instant);
    format!("{} {}", date_text(civil.date()), clock_text(civil.time()))
}

pub(crate) fn clock_text(time: NaiveTime) -> String {
    let format = if time.second() == 0 {
        "%H:%M"
    } else {
        "%H:%M:%S"
    };
    time.format(format).to_string()
}

/// `UTC`, `UTC-05:00`
fn offset_text(seconds: i32) -> String {
    let (sign, length) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    let (hours, minutes, rest) = (length / 3_600, length % 3_600 / 60, length % 60);
    match (length, rest) {
        (0, _) => "UTC".to_owned(),
        (_, 0) => format!("UTC{sign}{hours:02}:{minutes:02}"),
        _ => format!("UTC{sign}{hours:02}:{minutes:02}:{rest:02}"),
    }
}
