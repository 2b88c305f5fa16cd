//! A zone's UTC offsets as a sorted table, and a cursor that maps civil time through it.

use std::borrow::Cow;

use jiff::{Timestamp, tz::TimeZone};

use super::civil::DAY;
use crate::limits::{INSTANT_MAX, INSTANT_MIN};

/// A stretch of time during which a zone keeps one offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// First second of the stretch, in UTC.
    pub(crate) start: i64,
    /// First second after the stretch, in UTC.
    pub(crate) end: i64,
    /// Seconds east of UTC.
    pub(crate) offset: i64,
    /// The latest civil time that the wall clock has approached by `end`, over this and all
    /// earlier segments. A civil time `b` is first reached, or skipped, in the first segment whose
    /// reach is later than `b`.
    reach: i64,
}

/// Offsets of a zone from 1970 to the end of 2099, kept with the zone; other years are listed when
/// asked for.
const CACHED_FROM: i64 = 0;
const CACHED_TO: i64 = 4_102_444_800;

/// Further than any instant; sums of a few of these do not overflow.
const FAR: i64 = i64::MAX / 4;

/// No zone is further from UTC than this.
const OFFSET_MAX: i64 = 26 * super::civil::HOUR;

/// All segments of the cached years.
pub(crate) fn cached_segments(zone: &TimeZone) -> Box<[Segment]> {
    list_segments(zone, CACHED_FROM, CACHED_TO).into_boxed_slice()
}

/// Segments from listed transitions: the instant and the offset from then on, in order.
///
/// The first and the last segment have no end; a transition that changes nothing is dropped.
pub(crate) fn listed_segments(offset: i64, changes: &[(i64, i64)]) -> Box<[Segment]> {
    let mut segments = Segments::default();
    let (mut start, mut offset) = (-FAR, offset);
    for &(at, next) in changes {
        if at > start {
            segments.push(start, at, offset);
            start = at;
        }
        offset = next;
    }
    segments.push(start, FAR, offset);
    segments.0.into_boxed_slice()
}

/// The segments in which any instant of `[from, to]`, or any civil time near it, can lie.
pub(crate) fn slice<'a>(
    zone: &TimeZone,
    cached: &'a [Segment],
    from: i64,
    to: i64,
) -> Cow<'a, [Segment]> {
    let (from, to) = (from - 2 * OFFSET_MAX, to + 2 * OFFSET_MAX);
    if from < CACHED_FROM || to > CACHED_TO {
        return Cow::Owned(list_segments(zone, from, to));
    }
    let first = cached.partition_point(|segment| segment.end <= from);
    let count = cached[first..].partition_point(|segment| segment.start <= to);
    Cow::Borrowed(&cached[first..first + count])
}

fn list_segments(zone: &TimeZone, from: i64, to: i64) -> Vec<Segment> {
    let from = from.clamp(INSTANT_MIN, INSTANT_MAX - DAY);
    let to = to.clamp(from + 1, INSTANT_MAX);
    let mut segments = Segments::default();
    let mut start = from;
    let mut offset = offset_at(zone, from);
    for transition in zone.following(timestamp(from)) {
        let at = transition.timestamp().as_second();
        if at > to {
            break;
        }
        segments.push(start, at, offset);
        start = at;
        offset = i64::from(transition.offset().seconds());
    }
    segments.push(start, FAR, offset);
    segments.0
}

/// Segments in order; neighbours of one offset become one.
#[derive(Default)]
struct Segments(Vec<Segment>);

impl Segments {
    fn push(&mut self, start: i64, end: i64, offset: i64) {
        let reach = end + offset;
        match self.0.last_mut() {
            Some(last) if last.offset == offset => {
                last.end = end;
                last.reach = last.reach.max(reach);
            }
            Some(last) => {
                let reach = reach.max(last.reach);
                self.0.push(Segment {
                    start,
                    end,
                    offset,
                    reach,
                });
            }
            None => self.0.push(Segment {
                start,
                end,
                offset,
                reach,
            }),
        }
    }
}

fn offset_at(zone: &TimeZone, second: i64) -> i64 {
    i64::from(zone.to_offset(timestamp(second)).seconds())
}

fn timestamp(second: i64) -> Timestamp {
    Timestamp::from_second(second.clamp(INSTANT_MIN, INSTANT_MAX))
        .expect("the range of instants lies inside the library's")
}

/// Maps between instants and civil times, fastest when asked in roughly ascending order.
#[derive(Clone, Debug)]
pub(crate) struct OffsetCursor<'a> {
    segments: Cow<'a, [Segment]>,
    at: usize,
}

impl<'a> OffsetCursor<'a> {
    pub(crate) fn new(segments: Cow<'a, [Segment]>) -> OffsetCursor<'a> {
        debug_assert!(!segments.is_empty(), "a zone has an offset at all times");
        OffsetCursor { segments, at: 0 }
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The first instant at which the wall clock reads `local` or later.
    pub(crate) fn wall(&mut self, local: i64) -> i64 {
        let segment = self.seek_local(local);
        segment.start.max(local - segment.offset)
    }

    /// The instant of an event at `local`: the first pass of a fold, the offset from before a gap.
    pub(crate) fn occurrence(&mut self, local: i64) -> i64 {
        let segment = self.seek_local(local);
        let instant = local - segment.offset;
        if instant >= segment.start || self.at == 0 {
            return instant;
        }
        local - self.segments[self.at - 1].offset
    }

    /// What the wall clock reads at an instant, in local seconds.
    pub(crate) fn local(&mut self, instant: i64) -> i64 {
        instant + self.segment_at(instant).offset
    }

    /// The segment that contains an instant.
    pub(crate) fn segment_at(&mut self, instant: i64) -> Segment {
        let current = self.segments[self.at];
        if instant < current.start || instant >= current.end {
            let after = self
                .segments
                .partition_point(|segment| segment.start <= instant);
            self.at = after.saturating_sub(1);
        }
        self.segments[self.at]
    }

    /// The first segment whose reach is later than `local`.
    fn seek_local(&mut self, local: i64) -> Segment {
        let starts_here = self.at == 0 || self.segments[self.at - 1].reach <= local;
        if !(starts_here && self.segments[self.at].reach > local) {
            self.at = self
                .segments
                .partition_point(|segment| segment.reach <= local)
                .min(self.segments.len() - 1);
        }
        self.segments[self.at]
    }
}
