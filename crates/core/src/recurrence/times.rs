//! The times of day, or of an hour or minute, at which a period has occurrences, and the sink that
//! occurrences go into.

use super::budget::{Budget, ExpandError};

/// Sorted seconds since the beginning of a span: every sum of an hour, a minute and a second.
///
/// Kept as three short lists, for a rule may list every second of the day.
#[derive(Clone, Debug)]
pub(super) struct Times {
    /// How long the day, hour or minute is that the times lie in.
    pub(super) span: i64,
    pub(super) hours: Vec<i64>,
    pub(super) minutes: Vec<i64>,
    pub(super) seconds: Vec<i64>,
}

impl Times {
    /// The given seconds.
    pub(super) fn list(span: i64, seconds: Vec<i64>) -> Times {
        Times {
            span,
            hours: vec![0],
            minutes: vec![0],
            seconds,
        }
    }

    pub(super) fn len(&self) -> u64 {
        (self.hours.len() * self.minutes.len() * self.seconds.len()) as u64
    }

    /// The time with this number, counted from 0; the caller has checked that it is below `len`.
    pub(super) fn at(&self, index: u64) -> i64 {
        let index = usize::try_from(index).expect("an index below the product of three lengths");
        let (rest, second) = (index / self.seconds.len(), index % self.seconds.len());
        let (hour, minute) = (rest / self.minutes.len(), rest % self.minutes.len());
        self.hours[hour] + self.minutes[minute] + self.seconds[second]
    }

    /// Gives all times of the span that begins at `base` to the sink.
    ///
    /// `false` means that no later time is wanted.
    pub(super) fn emit(&self, base: i64, sink: &mut Sink<'_>) -> Result<bool, ExpandError> {
        if base + self.span <= sink.lower {
            return Ok(sink.skip(self.len()));
        }
        for hour in &self.hours {
            for minute in &self.minutes {
                for second in &self.seconds {
                    if !sink.accept(base + hour + minute + second)? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }
}

/// Takes occurrences in ascending order and keeps those in a window, as far as `COUNT` reaches.
#[derive(Debug)]
pub(super) struct Sink<'a> {
    /// Earlier ones count but are not kept: the later one of window and start.
    pub(super) lower: i64,
    /// The first local second that is not wanted any more.
    pub(super) to: i64,
    /// How many more may come, kept or not.
    pub(super) left: u64,
    pub(super) budget: &'a mut Budget,
    pub(super) out: &'a mut Vec<i64>,
}

impl Sink<'_> {
    #[inline]
    pub(super) fn accept(&mut self, local: i64) -> Result<bool, ExpandError> {
        if local >= self.to || self.left == 0 {
            return Ok(false);
        }
        self.left -= 1;
        if local >= self.lower {
            self.budget.spend_occurrence()?;
            self.out.push(local);
        }
        Ok(true)
    }

    /// Counts occurrences that lie before the window.
    pub(super) fn skip(&mut self, occurrences: u64) -> bool {
        self.left = self.left.saturating_sub(occurrences);
        self.left > 0
    }
}
