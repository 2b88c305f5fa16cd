//! Civil periods, and the starts that full ones rule out.

use chrono::Weekday;

use super::query::{Limit, Period, Query};
use crate::time::civil::{DAY, MINUTE, civil_from_days, days_from_civil, weekday};
use crate::time::offsets::OffsetCursor;
use crate::time::{Interval, Zone};

/// A booking that a limit counts: its start, and its length without buffers, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) start: i64,
    pub(super) length: i64,
}

impl From<Interval> for Counted {
    fn from(interval: Interval) -> Counted {
        let start = interval.start_timestamp();
        Counted {
            start,
            length: interval.end_timestamp() - start,
        }
    }
}

/// Where periods begin and end: on whose wall clock, and on which day of the week.
#[derive(Clone, Copy, Debug)]
pub(super) struct Civil<'z> {
    pub(super) zone: &'z Zone,
    pub(super) week_start: Weekday,
}

impl Civil<'_> {
    /// The starts within `range` at which one more booking of `length` seconds breaks the limit.
    pub(super) fn full_starts(
        self,
        limit: Limit,
        booked: impl Iterator<Item = Counted>,
        length: i64,
        range: Interval,
    ) -> Vec<Interval> {
        let breaks = |bookings: u64, seconds: i64| {
            limit
                .max_bookings
                .is_some_and(|most| bookings + 1 > u64::from(most))
                || limit
                    .max_minutes
                    .is_some_and(|most| seconds.saturating_add(length) > i64::from(most) * MINUTE)
        };
        if breaks(0, 0) {
            return vec![range];
        }
        let mut offsets = self
            .zone
            .offsets(range.start_timestamp(), range.end_timestamp());
        let first = offsets.local(range.start_timestamp()).div_euclid(DAY) - 1;
        let last = offsets.local(range.end_timestamp()).div_euclid(DAY) + 1;
        let first_period = self.period(limit.per, first).0;
        let after_last = self.period(limit.per, last).1;
        let mut booked_offsets = self.zone.offsets(first_period * DAY, after_last * DAY);
        let near = (first_period - 2) * DAY..(after_last + 2) * DAY;
        let mut per_period: Vec<(i64, i64, i64)> = booked
            .filter(|each| near.contains(&each.start))
            .map(|each| {
                let day = booked_offsets.local(each.start).div_euclid(DAY);
                let (from, to) = self.period(limit.per, day);
                (from, to, each.length)
            })
            .collect();
        per_period.sort_unstable();
        let mut full = Vec::new();
        for period in per_period.chunk_by(|a, b| a.0 == b.0) {
            let seconds = period
                .iter()
                .fold(0, |sum: i64, each| sum.saturating_add(each.2));
            if breaks(period.len() as u64, seconds) {
                let (from, to, _) = period[0];
                local_range(&offsets, from * DAY, to * DAY, range, &mut full);
            }
        }
        full
    }

    /// The first day of the period that contains a day, and the first day after it.
    fn period(self, per: Period, day: i64) -> (i64, i64) {
        match per {
            Period::Day => (day, day + 1),
            Period::Week => {
                let first = i64::from(self.week_start.num_days_from_monday());
                let from = day - (i64::from(weekday(day)) - first).rem_euclid(7);
                (from, from + 7)
            }
            Period::Month => {
                let (year, month, _) = civil_from_days(day);
                let after = if month == 12 {
                    (year + 1, 1)
                } else {
                    (year, month + 1)
                };
                (
                    days_from_civil(year, month, 1),
                    days_from_civil(after.0, after.1, 1),
                )
            }
            Period::Year => {
                let (year, _, _) = civil_from_days(day);
                (days_from_civil(year, 1, 1), days_from_civil(year + 1, 1, 1))
            }
        }
    }
}

/// The instants of `range` at which the wall clock reads `[from, to)`, both passes of a fold.
pub(super) fn local_range(
    offsets: &OffsetCursor<'_>,
    from: i64,
    to: i64,
    range: Interval,
    out: &mut Vec<Interval>,
) {
    for segment in offsets.segments() {
        let start = (from.saturating_sub(segment.offset)).max(segment.start);
        let end = (to.saturating_sub(segment.offset)).min(segment.end);
        let (start, end) = (
            start.max(range.start_timestamp()),
            end.min(range.end_timestamp()),
        );
        if start < end {
            out.push(Interval::from_seconds(start, end));
        }
    }
}

/// The sum of what was booked in the period that contains an instant, given as starts and
/// amounts: for those who share out work by period.
pub(crate) fn booked_seconds(
    query: &Query,
    per: Period,
    instant: i64,
    booked: impl Iterator<Item = (i64, i64)>,
) -> i64 {
    let civil = Civil {
        zone: &query.zone,
        week_start: query.week_start,
    };
    let mut offsets = query.zone.offsets(instant - 366 * DAY, instant + 366 * DAY);
    let (first, after) = civil.period(per, offsets.local(instant).div_euclid(DAY));
    let near = (first - 2) * DAY..(after + 2) * DAY;
    booked
        .filter(|(start, _)| near.contains(start))
        .filter(|(start, _)| (first..after).contains(&offsets.local(*start).div_euclid(DAY)))
        .map(|(_, amount)| amount)
        .sum()
}
