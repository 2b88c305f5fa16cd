//! What the components of a calendar are read with: zones, the default zone, problems.

use super::component::{Component, Name, Property};
use super::content_line::unescape;
use super::problem::{CalendarError, ProblemKind, Problems};
use super::value::{Stamp, parse_stamp};
use super::zones::Zones;
use crate::time::{Zone, civil::DAY};

/// A date or date-time with its zone, if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// In days since 1970.
    Date(i64),
    /// In local seconds; without a zone it is floating.
    Local(i64, Option<Zone>),
    /// In seconds since 1970-01-01T00:00:00Z.
    Utc(i64),
}

/// Why a component is left out.
#[derive(Debug)]
pub(super) enum Fault {
    /// For something in the given line; the others are read.
    Problem(u32, ProblemKind),
    /// Nothing more is read.
    Fatal(CalendarError),
}

impl From<CalendarError> for Fault {
    fn from(error: CalendarError) -> Fault {
        Fault::Fatal(error)
    }
}

/// The state of reading one text.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) problems: Problems,
    zones: Zones<'a>,
    /// The zone that the caller chose for dates and floating times.
    chosen: Option<Zone>,
    /// The zone that the caller gave for calendars that name none.
    fallback: Option<Zone>,
    /// The zone for dates and floating times of the calendar being read.
    default: Zone,
    /// Whether that is UTC for want of anything better, and nobody was told yet.
    assumed: bool,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        problems: Problems,
        chosen: Option<Zone>,
        fallback: Option<Zone>,
    ) -> Context<'a> {
        let default = chosen.clone().unwrap_or_else(Zone::utc);
        Context {
            problems,
            zones: Zones::default(),
            chosen,
            fallback,
            default,
            assumed: false,
        }
    }

    /// Turns to another calendar of the text.
    pub(super) fn enter(&mut self, calendar: &'a Component) -> Result<(), CalendarError> {
        self.zones.enter(calendar);
        self.assumed = false;
        if let Some(zone) = &self.chosen {
            self.default = zone.clone();
            return Ok(());
        }
        let named = calendar.first(Name::WrTimeZone);
        let name = named
            .map(|name| unescape(name.value()))
            .or_else(|| self.zones.only());
        match name.map(|name| self.zones.resolve(&name)).transpose()? {
            Some(Ok(zone)) => self.default = zone,
            Some(Err(kind)) => {
                let line = named.map_or(calendar.line, |name| name.line);
                self.problems.add(line, kind, None);
                self.fall_back();
            }
            None => self.fall_back(),
        }
        Ok(())
    }

    fn fall_back(&mut self) {
        self.assumed = self.fallback.is_none();
        self.default = self.fallback.clone().unwrap_or_else(Zone::utc);
    }

    /// The zone of a date or floating time in the given line.
    pub(super) fn default_zone(&mut self, line: u32) -> Zone {
        if std::mem::take(&mut self.assumed) {
            self.problems.add(line, ProblemKind::AssumedUtc, None);
        }
        self.default.clone()
    }

    /// The moment that a property stands for.
    pub(super) fn moment(&mut self, property: &Property) -> Result<Moment, Fault> {
        self.moment_of(property, property.value())
    }

    /// The moment that a value of a property stands for.
    pub(super) fn moment_of(&mut self, property: &Property, value: &str) -> Result<Moment, Fault> {
        match parse_stamp(value.trim()) {
            Some(stamp) => self.moment_at(property, stamp),
            None => {
                let kind = ProblemKind::value(property.name.text(), value);
                Err(Fault::Problem(property.line, kind))
            }
        }
    }

    /// The instant that a value of a property stands for.
    pub(super) fn instant(&mut self, property: &Property, stamp: Stamp) -> Result<i64, Fault> {
        let moment = self.moment_at(property, stamp)?;
        Ok(match &moment {
            Moment::Utc(instant) => *instant,
            Moment::Local(_, Some(zone)) => moment.instant(zone),
            Moment::Local(_, None) | Moment::Date(_) => {
                moment.instant(&self.default_zone(property.line))
            }
        })
    }

    /// The moment that a stamp in a property stands for.
    pub(super) fn moment_at(&mut self, property: &Property, stamp: Stamp) -> Result<Moment, Fault> {
        match (stamp, property.content.param("TZID")) {
            (Stamp::Date(days), _) => Ok(Moment::Date(days)),
            (Stamp::Utc(instant), _) => Ok(Moment::Utc(instant)),
            (Stamp::Local(local), None) => Ok(Moment::Local(local, None)),
            (Stamp::Local(local), Some(tzid)) => match self.zones.resolve(tzid)? {
                Ok(zone) => Ok(Moment::Local(local, Some(zone))),
                Err(kind) => Err(Fault::Problem(property.line, kind)),
            },
        }
    }
}

impl Moment {
    /// The instant, dates at their midnight, with a zone for what has none.
    pub(super) fn instant(&self, default: &Zone) -> i64 {
        match self {
            Moment::Date(days) => default.offsets(days * DAY, days * DAY).wall(days * DAY),
            Moment::Local(local, zone) => zone
                .as_ref()
                .unwrap_or(default)
                .offsets(*local, *local)
                .occurrence(*local),
            Moment::Utc(instant) => *instant,
        }
    }

    /// What the clock of a zone shows then, in local seconds; dates and floating times as written.
    pub(super) fn local(&self, zone: &Zone) -> i64 {
        match self {
            Moment::Date(days) => days * DAY,
            Moment::Local(local, None) => *local,
            Moment::Local(local, Some(own)) if own == zone => *local,
            Moment::Local(..) | Moment::Utc(_) => {
                let instant = self.instant(zone);
                zone.offsets(instant, instant).local(instant)
            }
        }
    }
}

/// The zone that a moment is in, or the default one.
pub(super) fn zone_of(moment: &Moment, property: &Property, context: &mut Context<'_>) -> Zone {
    match moment {
        Moment::Utc(_) => Zone::utc(),
        Moment::Local(_, Some(zone)) => zone.clone(),
        Moment::Local(_, None) | Moment::Date(_) => context.default_zone(property.line),
    }
}
