//! The grid of starts.

use crate::time::civil::DAY;
use crate::time::offsets::OffsetCursor;
use crate::time::{Interval, IntervalSet};

/// The grid on the wall clock: minutes since midnight are a multiple of the step, shifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClockGrid {
    step: i64,
    shift: i64,
}

impl ClockGrid {
    /// `step` is positive; both in seconds.
    pub(super) fn new(step: i64, offset: i64) -> ClockGrid {
        ClockGrid {
            step,
            shift: offset % step,
        }
    }

    /// Adds the grid's instants inside both sets, both passes of a fold, in order.
    pub(super) fn starts(
        self,
        offsets: &mut OffsetCursor<'_>,
        open: &IntervalSet,
        region: Interval,
        out: &mut Vec<i64>,
    ) {
        // Where every midnight is on the unshifted grid, one progression serves a whole segment.
        let whole_days = DAY % self.step == 0;
        let mut steps = Steps::new(self.shift, self.step);
        for part in open.parts_of(region) {
            let (mut from, end) = (part.start_timestamp(), part.end_timestamp());
            while from < end {
                let segment = offsets.segment_at(from);
                let to = end.min(segment.end);
                let local = (from + segment.offset, to + segment.offset);
                if whole_days {
                    steps.push(local.0, local.1, segment.offset, out);
                } else {
                    self.push_days(local.0, local.1, segment.offset, out);
                }
                from = to;
            }
        }
    }

    fn push_days(self, from: i64, to: i64, offset: i64, out: &mut Vec<i64>) {
        let mut midnight = from.div_euclid(DAY) * DAY;
        while midnight < to {
            let anchor = midnight + self.shift;
            let mut steps = Steps::new(anchor, self.step);
            steps.push(from.max(anchor), to.min(midnight + DAY), offset, out);
            midnight += DAY;
        }
    }

    pub(super) fn contains(self, offsets: &mut OffsetCursor<'_>, instant: i64) -> bool {
        let second = offsets.local(instant).rem_euclid(DAY);
        second >= self.shift && (second - self.shift) % self.step == 0
    }
}

/// Adds the instants inside both sets that are a whole number of steps after the latest anchor.
/// `anchors` are sorted.
pub(super) fn anchored_starts(
    anchors: &[i64],
    step: i64,
    open: &IntervalSet,
    region: Interval,
    out: &mut Vec<i64>,
) {
    let Some(first) = anchors.first() else { return };
    let (mut at, mut steps) = (0, Steps::new(*first, step));
    for part in open.parts_of(region) {
        let (mut from, end) = (part.start_timestamp(), part.end_timestamp());
        from = from.max(*first);
        while from < end {
            let next = at + 1;
            match anchors.get(next) {
                Some(anchor) if *anchor <= from => {
                    at = next;
                    steps = Steps::new(*anchor, step);
                }
                Some(anchor) if *anchor < end => {
                    steps.push(from, *anchor, 0, out);
                    from = *anchor;
                }
                _ => {
                    steps.push(from, end, 0, out);
                    from = end;
                }
            }
        }
    }
}

/// An arithmetic progression that is walked upwards.
#[derive(Clone, Copy, Debug)]
struct Steps {
    /// A member of the progression.
    at: i64,
    step: i64,
}

impl Steps {
    /// How far to walk before dividing is cheaper.
    const WALK_MAX: i64 = 12;

    fn new(anchor: i64, step: i64) -> Steps {
        Steps { at: anchor, step }
    }

    /// Adds the members in `[from, to)`, less an offset.
    fn push(&mut self, from: i64, to: i64, offset: i64, out: &mut Vec<i64>) {
        if from < self.at || from - self.at > Self::WALK_MAX * self.step {
            self.at = from + (self.at - from).rem_euclid(self.step);
        }
        while self.at < from {
            self.at += self.step;
        }
        while self.at < to {
            out.push(self.at - offset);
            self.at += self.step;
        }
    }
}

/// Whether an instant is a whole number of steps after the latest anchor.
pub(super) fn is_anchored(anchors: &[i64], step: i64, instant: i64) -> bool {
    match anchors.partition_point(|anchor| *anchor <= instant) {
        0 => false,
        after => (instant - anchors[after - 1]) % step == 0,
    }
}
