//! From the events of a calendar to the spans of time that they take.
//!
//! Events of one UID are one series: the latest version of the event itself, and changes to single
//! instances or to all from one on. Which instance is meant is decided by instants, so that neither
//! the zone nor the order in which things are written matters.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::context::Moment;
use super::event::{Event, Frame};
use super::expand::{Cost, Start, window};
use super::problem::{CalendarError, ProblemKind, Problems, limit};
use super::status::BusyStatus;
use super::value::Span;
use crate::limits::{CALENDAR_PAIRS_MAX, INSTANT_MAX};
use crate::time::civil::DAY;
use crate::time::{Interval, Zone};

/// A span of time that a calendar takes, wherever it lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken<'a> {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) status: BusyStatus,
    pub(super) uid: Option<&'a str>,
    pub(super) line: u32,
}

/// Hands the spans that may meet the window to `take`.
///
/// # Errors
///
/// [`CalendarError::Limit`] of the expansion or of `take`.
pub(super) fn expand_all(
    events: Vec<Event>,
    window: Interval,
    problems: &mut Problems,
    take: &mut dyn FnMut(Taken<'_>) -> Result<(), CalendarError>,
) -> Result<(), CalendarError> {
    let mut expansion = Expansion {
        window,
        cost: Cost::default(),
        problems,
        take,
    };
    let mut series: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for event in events {
        match event.uid.clone() {
            Some(uid) => series.entry(uid).or_default().push(event),
            None => expansion.expand(&[event])?,
        }
    }
    series
        .values()
        .try_for_each(|events| expansion.expand(events))
}

struct Expansion<'a> {
    window: Interval,
    cost: Cost,
    problems: &'a mut Problems,
    take: &'a mut dyn FnMut(Taken<'_>) -> Result<(), CalendarError>,
}

/// The occurrences of a series from one change of all later ones to the next.
struct Segment<'a> {
    /// First key and first key after.
    from: i64,
    to: i64,
    /// The change, and how far it moves the occurrences on the clock.
    change: Option<(&'a Event, i64)>,
}

/// Occurrences that do not take place as the series says: excluded, moved or cancelled ones.
#[derive(Default)]
struct Excluded {
    keys: HashSet<i64>,
    days: HashSet<i64>,
}

impl Expansion<'_> {
    /// Expands the events of one UID.
    fn expand(&mut self, events: &[Event]) -> Result<(), CalendarError> {
        let (changes, masters): (Vec<&Event>, Vec<&Event>) = events
            .iter()
            .partition(|event| event.recurrence_id.is_some());
        let latest = masters.iter().map(|master| master.version).max();
        let masters: Vec<&Event> = masters
            .into_iter()
            .filter(|master| Some(master.version) == latest)
            .collect();
        let mut changes = latest_changes(changes);
        check_pairs(&masters, &changes)?;
        if let Some((cancelled, _)) =
            latest.filter(|_| masters.iter().all(|master| master.status.is_none()))
        {
            // A series that is cancelled takes along the changes that were made before.
            changes.retain(|change| change.version.0 > cancelled);
        }
        for change in &changes {
            self.take(
                change,
                &change.frame,
                change.start,
                (change.length, change.status),
            )?;
        }
        masters
            .iter()
            .try_for_each(|master| self.expand_master(master, &changes))
    }

    fn expand_master(&mut self, master: &Event, changes: &[&Event]) -> Result<(), CalendarError> {
        if master.status.is_none() {
            return Ok(());
        }
        let mut excluded = Excluded::default();
        let moments = changes
            .iter()
            .filter_map(|change| change.recurrence_id.as_ref());
        for moment in moments.map(|id| &id.moment).chain(&master.exdates) {
            excluded.add(&master.frame, moment);
        }
        for segment in segments(master, changes) {
            if segment
                .change
                .is_some_and(|(change, _)| change.status.is_none())
            {
                continue;
            }
            for (key, length) in self.keys(master, &segment)? {
                let inside = (segment.from..segment.to).contains(&key);
                if !inside || excluded.has(&master.frame, key) {
                    continue;
                }
                match segment.change {
                    None => {
                        let length = length.unwrap_or(master.length);
                        self.take(master, &master.frame, key, (length, master.status))?;
                    }
                    Some((change, shift)) => {
                        let moved = change.frame.key(master.frame.local(key) + shift);
                        self.take(change, &change.frame, moved, (change.length, change.status))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Keys of the series that may matter to the segment, with the length of those that have
    /// their own.
    fn keys(
        &mut self,
        master: &Event,
        segment: &Segment<'_>,
    ) -> Result<Vec<(i64, Option<Span>)>, CalendarError> {
        let mut keys: Vec<(i64, Option<Span>)> = Vec::new();
        let (frame, line) = (&master.frame, master.line);
        let zone = if frame.all_day {
            Zone::utc()
        } else {
            frame.zone.clone()
        };
        let start = Start {
            local: frame.local(master.start),
            zone: &zone,
        };
        if let Some(window) = self.key_window(master, segment) {
            for rule in &master.rules {
                match self.cost.expand(rule, start, window, line)? {
                    Ok(found) => keys.extend(found.into_iter().map(|key| (key, None))),
                    Err(error) => {
                        let reason = format!("{error}; all time from its start on is taken");
                        let kind = ProblemKind::Recurrence { reason };
                        self.problems.add(line, kind, master.uid.as_deref());
                        self.take_all(master, segment)?;
                    }
                }
            }
        }
        if master.rules.is_empty() {
            keys.push((master.start, None));
        }
        keys.extend(master.rdates.iter().map(|(moment, length)| match moment {
            Moment::Date(days) if !frame.all_day => {
                (frame.key(days * DAY + start.local.rem_euclid(DAY)), *length)
            }
            moment => (frame.key_of(moment), *length),
        }));
        Ok(keys)
    }

    /// Takes all of the window from the first occurrence of the segment on, to the end of the last:
    /// which part of it is free cannot be found out.
    fn take_all(&mut self, master: &Event, segment: &Segment<'_>) -> Result<(), CalendarError> {
        let (event, shift) = match segment.change {
            Some((change, shift)) => (change, shift),
            None => (master, 0),
        };
        let Some(status) = event.status else {
            return Ok(());
        };
        let (start, _) = event.frame.span(event.start, event.length);
        let end = if segment.to == i64::MAX {
            INSTANT_MAX
        } else {
            let last = event.frame.key(master.frame.local(segment.to) + shift);
            event.frame.span(last, event.length).1
        };
        let start = start.max(self.window.start_timestamp());
        let end = end.min(self.window.end_timestamp());
        if start >= end {
            return Ok(());
        }
        (self.take)(Taken {
            start,
            end,
            status,
            uid: event.uid.as_deref(),
            line: event.line,
        })
    }

    /// The keys whose occurrences, moved and as long as they are, can meet the window.
    fn key_window(&self, master: &Event, segment: &Segment<'_>) -> Option<Interval> {
        // Keys and instants, and two zones, differ by hours; a change of the clocks by less.
        const SLACK: i64 = 3 * DAY;
        let (length, shift) = match segment.change {
            Some((change, shift)) => (change.length, shift),
            None => (master.length, 0),
        };
        let longest = length.days * DAY + length.seconds;
        let from = self.window.start_timestamp() - longest - shift - SLACK;
        let to = self.window.end_timestamp() - shift + SLACK;
        window(from.max(segment.from), to.min(segment.to))
    }

    fn take(
        &mut self,
        event: &Event,
        frame: &Frame,
        key: i64,
        (length, status): (Span, Option<BusyStatus>),
    ) -> Result<(), CalendarError> {
        let Some(status) = status else {
            return Ok(());
        };
        let (start, end) = frame.span(key, length);
        let meets = start < self.window.end_timestamp() && self.window.start_timestamp() < end;
        if start >= end || !meets {
            return Ok(());
        }
        (self.take)(Taken {
            start,
            end,
            status,
            uid: event.uid.as_deref(),
            line: event.line,
        })
    }
}

/// Refuses what would take long to compare: each series is compared with each change, and each
/// further date with each change of all later occurrences.
fn check_pairs(masters: &[&Event], changes: &[&Event]) -> Result<(), CalendarError> {
    let ids = changes
        .iter()
        .filter_map(|change| change.recurrence_id.as_ref());
    let later = ids.filter(|id| id.and_future).count();
    let dates: usize = masters.iter().map(|master| master.rdates.len()).sum();
    let series = masters.len().saturating_mul(changes.len());
    if series.saturating_add(dates.saturating_mul(later)) > CALENDAR_PAIRS_MAX {
        return Err(limit!(
            CALENDAR_PAIRS_MAX,
            masters.first().map(|master| master.line)
        ));
    }
    Ok(())
}

/// The latest version of the change to each instance; equal versions all stay.
fn latest_changes(changes: Vec<&Event>) -> Vec<&Event> {
    let instance = |change: &Event| {
        let id = change.recurrence_id.as_ref()?;
        Some((id.moment.instant(&change.frame.zone), id.and_future))
    };
    let mut latest: HashMap<_, (i64, i64)> = HashMap::new();
    for change in &changes {
        let version = latest.entry(instance(change)).or_insert(change.version);
        *version = change.version.max(*version);
    }
    let is_latest = |change: &&Event| latest.get(&instance(change)) == Some(&change.version);
    changes.into_iter().filter(is_latest).collect()
}

/// The series, cut where a change of all later occurrences begins.
fn segments<'a>(master: &Event, changes: &[&'a Event]) -> Vec<Segment<'a>> {
    let mut later: Vec<(i64, &Event)> = changes
        .iter()
        .filter_map(|change| Some((*change, change.recurrence_id.as_ref()?)))
        .filter(|(_, id)| id.and_future)
        .map(|(change, id)| (master.frame.key_of(&id.moment), change))
        .collect();
    later.sort_by_key(|(from, change)| (*from, change.version, change.start));
    let starts = later.iter().map(|(from, _)| *from).chain([i64::MAX]);
    let mut segments = vec![Segment {
        from: i64::MIN,
        to: i64::MAX,
        change: None,
    }];
    if let Some((first, _)) = later.first() {
        segments[0].to = *first;
    }
    segments.extend(
        later
            .iter()
            .zip(starts.skip(1))
            .map(|((from, change), to)| {
                let shift = change.frame.local(change.start) - master.frame.local(*from);
                Segment {
                    from: *from,
                    to,
                    change: Some((change, shift)),
                }
            }),
    );
    segments
}

impl Excluded {
    fn add(&mut self, frame: &Frame, moment: &Moment) {
        match moment {
            // Without a time it means all occurrences of that date.
            Moment::Date(days) if !frame.all_day => self.days.insert(*days),
            moment => self.keys.insert(frame.key_of(moment)),
        };
    }

    fn has(&self, frame: &Frame, key: i64) -> bool {
        self.keys.contains(&key)
            || (!self.days.is_empty() && self.days.contains(&frame.local(key).div_euclid(DAY)))
    }
}
