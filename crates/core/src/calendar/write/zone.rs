//! Time zones as calendars define them: `VTIMEZONE` with every change that matters.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{CalendarWriteError, over};
use super::lines::Lines;
use super::text;
use crate::calendar::problem::shorten;
use crate::limits::{CALENDAR_TRANSITIONS_MAX, INSTANT_MAX, INSTANT_MIN};
use crate::time::civil::{DAY, HOUR, civil_from_days, days_from_civil};
use crate::time::offsets::Segment;
use crate::time::{Interval, Zone};

/// The zones that the events of a calendar are written in, each with its years.
#[derive(Debug, Default)]
pub(super) struct ZonesUsed<'a> {
    by_name: BTreeMap<&'a str, (&'a Zone, BTreeSet<i64>)>,
}

/// The change to the offset that a `STANDARD` or `DAYLIGHT` describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Observance {
    /// Seconds east of UTC before and from then on.
    from: i64,
    to: i64,
    daylight: bool,
}

/// What a clock shows at the start and the end of an event, in local seconds; `None` when it
/// cannot say so and the event is written in UTC.
///
/// A local time that the clock shows twice means its first pass (RFC 5545 section 3.3.5), so that
/// the second one has no local form. Before 1970 offsets are not whole minutes everywhere.
pub(super) fn local_times(zone: &Zone, interval: Interval) -> Option<[i64; 2]> {
    if zone.name() == "UTC" {
        return None;
    }
    let (start, end) = (interval.start_timestamp(), interval.end_timestamp());
    let mut offsets = zone.offsets(start, end);
    let [start, end] = [start, end].map(|instant| {
        let local = offsets.local(instant);
        let is_exact = offsets.occurrence(local) == instant;
        let is_near = (1970..=YEAR_MAX).contains(&year(local));
        (is_exact && is_near).then_some(local)
    });
    Some([start?, end?])
}

impl<'a> ZonesUsed<'a> {
    /// Takes note of an event between two local times of a zone.
    pub(super) fn add(
        &mut self,
        zone: &'a Zone,
        local: [i64; 2],
    ) -> Result<(), CalendarWriteError> {
        let (known, years) = self
            .by_name
            .entry(zone.name())
            .or_insert_with(|| (zone, BTreeSet::new()));
        if *known != zone {
            return Err(CalendarWriteError::ZonesDiffer {
                zone: shorten(zone.name()),
            });
        }
        years.extend(year(local[0])..=year(local[1]));
        Ok(())
    }

    /// Writes a `VTIMEZONE` for each zone, by name.
    pub(super) fn write(&self, lines: &mut Lines) -> Result<(), CalendarWriteError> {
        for (name, (zone, years)) in &self.by_name {
            let mut observances = BTreeMap::new();
            for year in years {
                collect(zone, *year, &mut observances);
                if observances.len() > CALENDAR_TRANSITIONS_MAX {
                    return Err(over!("VTIMEZONE", CALENDAR_TRANSITIONS_MAX));
                }
            }
            lines.push("BEGIN:VTIMEZONE");
            lines.push(&format!("TZID:{}", text::label("TZID", name)?));
            for (onset, observance) in observances {
                observance.write(onset, lines);
            }
            lines.push("END:VTIMEZONE");
            lines.check_size()?;
        }
        Ok(())
    }
}

impl Observance {
    /// Writes one change, for its local time before it.
    fn write(self, onset: i64, lines: &mut Lines) {
        let name = if self.daylight {
            "DAYLIGHT"
        } else {
            "STANDARD"
        };
        lines.push(&format!("BEGIN:{name}"));
        lines.push(&format!("DTSTART:{}", text::local(onset + self.from)));
        lines.push(&format!("TZOFFSETFROM:{}", text::offset(self.from)));
        lines.push(&format!("TZOFFSETTO:{}", text::offset(self.to)));
        lines.push(&format!("END:{name}"));
    }
}

/// Adds the offsets that a zone keeps in a civil year, by the instant at which they begin.
fn collect(zone: &Zone, year: i64, observances: &mut BTreeMap<i64, Observance>) {
    let from = days_from_civil(year, 1, 1) * DAY - OFFSET_MAX;
    let to = days_from_civil(year + 1, 1, 1) * DAY + OFFSET_MAX;
    // With the years around, so that both neighbours of a season are known.
    let offsets = zone.offsets(from - YEAR, to + YEAR);
    let segments = offsets.segments();
    for (index, segment) in segments.iter().enumerate() {
        if segment.end <= from || segment.start >= to {
            continue;
        }
        let before = offset_before(zone, segment);
        // An offset that was there all along begins at midnight in 1970, as a change to itself.
        let is_old = before == segment.offset && segment.start <= 0;
        let onset = if is_old { -before } else { segment.start };
        let observance = Observance {
            from: before,
            to: segment.offset,
            daylight: is_daylight(before, segment, segments.get(index + 1)),
        };
        observances.entry(onset).or_insert(observance);
    }
}

/// The offset that a zone keeps until a segment begins.
fn offset_before(zone: &Zone, segment: &Segment) -> i64 {
    let instant = segment.start.max(INSTANT_MIN) - 1;
    zone.offsets(instant, instant).segment_at(instant).offset
}

/// Whether clocks are ahead for a season: both neighbours are behind, within less than a year.
///
/// The name of an offset changes nothing in what time it is. Zones that are behind for a season,
/// such as Morocco's, have the more common time as their standard.
fn is_daylight(before: i64, segment: &Segment, after: Option<&Segment>) -> bool {
    before < segment.offset
        && after.is_some_and(|after| after.offset < segment.offset)
        && segment.end - segment.start < SEASON_MAX
}

fn year(local: i64) -> i64 {
    civil_from_days(local.div_euclid(DAY)).0
}

const YEAR: i64 = 366 * DAY;

/// The longest summer time; the shortest time between two stays above.
const SEASON_MAX: i64 = 300 * DAY;

/// No zone is further from UTC than this.
const OFFSET_MAX: i64 = 26 * HOUR;

/// The last year of which all of the following year is still an instant.
const YEAR_MAX: i64 = 9997;

const _: () = assert!((days_from_civil(YEAR_MAX + 2, 1, 1) + 2) * DAY < INSTANT_MAX);
