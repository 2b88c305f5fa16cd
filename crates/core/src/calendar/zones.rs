//! From a `TZID` to a [`Zone`].
//!
//! A name that IANA or Windows knows means the zone of the compiled-in database, whatever the
//! calendar says about it: calendars carry the rules of the day they were exported on. Only a name
//! of the calendar's own is taken from its `VTIMEZONE`.

use std::collections::HashMap;

use super::component::{Component, Kind, Name, Property};
use super::content_line::unescape;
use super::context::Fault;
use super::expand::{Cost, Start};
use super::problem::{CalendarError, ProblemKind, limit, shorten};
use super::value::{Stamp, parse_offset, parse_stamp};
use super::windows_zones::{iana_of_display, iana_of_key};
use crate::limits::{CALENDAR_TRANSITIONS_MAX, CALENDAR_ZONES_MAX, INSTANT_MIN};
use crate::time::civil::days_from_civil;
use crate::time::{Interval, Zone, civil::DAY, tzdb::name_in_any_case};

/// What [`Zone::version`] says of zones that a calendar defines.
pub(super) const VERSION: &str = "vtimezone";

/// The zones of the calendar that is being read, each resolved once.
#[derive(Debug, Default)]
pub(super) struct Zones<'a> {
    definitions: HashMap<String, &'a Component>,
    resolved: HashMap<String, Result<Zone, ProblemKind>>,
    /// Zones built from definitions, over all calendars of the text.
    built: usize,
    /// What their rules have cost.
    cost: Cost,
}

impl<'a> Zones<'a> {
    /// Turns to the zones that another calendar defines.
    pub(super) fn enter(&mut self, calendar: &'a Component) {
        self.definitions.clear();
        self.resolved.clear();
        for definition in calendar.of_kind(Kind::TimeZone) {
            if let Some(name) = definition.first(Name::TzId) {
                self.definitions
                    .entry(unescape(name.value()))
                    .or_insert(definition);
            }
        }
    }

    /// The zone of a `TZID`.
    ///
    /// # Errors
    ///
    /// The inner one when there is no such zone; the outer one when too many were defined.
    pub(super) fn resolve(
        &mut self,
        tzid: &str,
    ) -> Result<Result<Zone, ProblemKind>, CalendarError> {
        if let Some(known) = self.resolved.get(tzid) {
            return Ok(known.clone());
        }
        let zone = match (named_zone(tzid), self.definitions.get(tzid)) {
            (Some(zone), _) => Ok(zone),
            (None, Some(definition)) => {
                self.built += 1;
                if self.built > CALENDAR_ZONES_MAX {
                    return Err(limit!(CALENDAR_ZONES_MAX, Some(definition.line)));
                }
                let definition = Definition {
                    tzid,
                    component: definition,
                };
                match definition.zone(&mut self.cost) {
                    Ok(zone) => Ok(zone),
                    Err(Fault::Problem(_, kind)) => Err(kind),
                    Err(Fault::Fatal(error)) => return Err(error),
                }
            }
            (None, None) => Err(ProblemKind::UnknownZone {
                tzid: shorten(tzid),
            }),
        };
        self.resolved.insert(tzid.to_owned(), zone.clone());
        Ok(zone)
    }

    /// The name of the zone that the calendar defines, if it defines just one.
    pub(super) fn only(&self) -> Option<String> {
        let mut names = self.definitions.keys();
        names
            .next()
            .filter(|_| self.definitions.len() == 1)
            .cloned()
    }
}

/// The zone of an IANA name, also at the end of a path, or of a Windows or Outlook name.
fn named_zone(tzid: &str) -> Option<Zone> {
    let tzid = tzid.trim();
    Zone::find(tzid)
        .or_else(|| Zone::find(iana_of_key(tzid)?))
        .or_else(|| Zone::find(iana_of_display(tzid)?))
        .or_else(|| Zone::find(name_in_any_case(tzid)?))
        .or_else(|| zone_at_end_of_path(tzid))
}

/// The zone of `/mozilla.org/20050126_1/America/New_York`, `tzone://Microsoft/Utc` and the like.
fn zone_at_end_of_path(path: &str) -> Option<Zone> {
    const PARTS_MAX: usize = 3;
    if !(path.starts_with('/') || path.contains("://")) {
        return None;
    }
    let starts: Vec<usize> = path
        .rmatch_indices('/')
        .take(PARTS_MAX)
        .map(|(index, _)| index + 1)
        .collect();
    // The longest name first: `America/Indiana/Knox` before `Knox`.
    starts.iter().rev().find_map(|start| {
        let name = &path[*start..];
        Zone::find(name).or_else(|| Zone::find(name_in_any_case(name)?))
    })
}

/// A `VTIMEZONE`.
struct Definition<'a> {
    tzid: &'a str,
    component: &'a Component,
}

/// A change of the clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    /// When, in seconds since 1970.
    at: i64,
    /// Seconds east of UTC before and after.
    from: i64,
    to: i64,
}

impl Definition<'_> {
    fn zone(&self, cost: &mut Cost) -> Result<Zone, Fault> {
        let location = self.component.first(Name::LicLocation);
        if let Some(zone) = location.and_then(|name| named_zone(&unescape(name.value()))) {
            return Ok(zone);
        }
        let mut changes = Vec::new();
        for observance in &self.component.children {
            changes.extend(self.changes(observance, cost)?);
            if changes.len() > CALENDAR_TRANSITIONS_MAX {
                return Err(self.fault("it is over the limit `CALENDAR_TRANSITIONS_MAX`"));
            }
        }
        changes.sort_unstable();
        let Some(first) = changes.first() else {
            return Err(self.fault("it has neither `STANDARD` nor `DAYLIGHT`"));
        };
        let before = first.from;
        let changes: Vec<(i64, i64)> = changes
            .iter()
            .map(|change| (change.at, change.to))
            .collect();
        Ok(Zone::listed(&shorten(self.tzid), VERSION, before, &changes))
    }

    /// The changes to the time that a `STANDARD` or `DAYLIGHT` component describes, up to 2100.
    fn changes(&self, observance: &Component, cost: &mut Cost) -> Result<Vec<Change>, Fault> {
        let offset = |name: Name| {
            let property = self.property(observance, name)?;
            parse_offset(property.value()).ok_or_else(|| self.unreadable(property))
        };
        let (from, to) = (offset(Name::TzOffsetFrom)?, offset(Name::TzOffsetTo)?);
        let start = self.property(observance, Name::DtStart)?;
        let local = local(start.value(), from).ok_or_else(|| self.unreadable(start))?;
        // Until the change the clock keeps one offset, in which all local times are written.
        let zone = Zone::listed(self.tzid, VERSION, from, &[]);
        let start = Start { local, zone: &zone };
        let mut instants = Vec::new();
        for property in observance.all(Name::RRule) {
            let rule = property.value().trim_end_matches(';').parse();
            let rule = rule.map_err(|_| self.unreadable(property))?;
            let found = cost.expand(&rule, start, transition_window(), observance.line)?;
            instants.extend(found.map_err(|error| self.fault(&error.to_string()))?);
        }
        if observance.first(Name::RRule).is_none() {
            instants.push(local - from);
        }
        for property in observance.all(Name::RDate) {
            let room = (CALENDAR_TRANSITIONS_MAX + 1).saturating_sub(instants.len());
            for value in property.value().split(',').take(room) {
                // A period counts by its start.
                let value = value.split('/').next().unwrap_or(value);
                let local = self::local(value, from).ok_or_else(|| self.unreadable(property))?;
                instants.push(local - from);
            }
        }
        Ok(instants
            .into_iter()
            .map(|at| Change { at, from, to })
            .collect())
    }

    fn property<'p>(&self, component: &'p Component, name: Name) -> Result<&'p Property, Fault> {
        let missing = ProblemKind::Missing {
            property: name.text(),
        };
        component
            .first(name)
            .ok_or_else(|| self.fault(&missing.to_string()))
    }

    fn unreadable(&self, property: &Property) -> Fault {
        self.fault(&property.unreadable().to_string())
    }

    fn fault(&self, reason: &str) -> Fault {
        let kind = ProblemKind::Zone {
            tzid: shorten(self.tzid),
            reason: reason.to_owned(),
        };
        Fault::Problem(self.component.line, kind)
    }
}

/// A date-time of an observance in local seconds.
fn local(value: &str, offset: i64) -> Option<i64> {
    match parse_stamp(value.trim())? {
        Stamp::Local(local) => Some(local),
        Stamp::Utc(instant) => Some(instant + offset),
        Stamp::Date(days) => Some(days * DAY),
    }
}

/// From the year 1, for a rule of 1601 may be the one in force, to the year 2100.
fn transition_window() -> Interval {
    Interval::from_seconds(INSTANT_MIN, days_from_civil(2100, 1, 1) * DAY)
}
