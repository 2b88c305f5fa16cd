//! How many units are taken over time, with fast maxima.

/// A step function of taken units. Before the first step nothing is taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Profile {
    /// Where the number changes, ascending.
    times: Vec<i64>,
    /// `levels[0][i]` units are taken from `times[i]` to `times[i + 1]`; `levels[k][i]` is the
    /// maximum over `2^k` steps from `i` on.
    levels: Vec<Vec<u32>>,
}

impl Profile {
    /// The sum of `(start, end, units)`, each taken from its start until before its end.
    pub(super) fn new(taken: impl IntoIterator<Item = (i64, i64, u32)>) -> Profile {
        let mut changes: Vec<(i64, i64)> = Vec::new();
        for (start, end, units) in taken {
            changes.push((start, i64::from(units)));
            changes.push((end, -i64::from(units)));
        }
        changes.sort_unstable();
        let (mut times, mut used) = (Vec::new(), Vec::new());
        let mut sum = 0_i64;
        for (at, change) in changes {
            sum += change;
            let level = u32::try_from(sum).unwrap_or(u32::MAX);
            if times.last() == Some(&at) {
                *used
                    .last_mut()
                    .expect("times and levels have the same length") = level;
            } else {
                times.push(at);
                used.push(level);
            }
        }
        Profile {
            times,
            levels: maxima(used),
        }
    }

    /// The most units taken at once in `[from, to)`.
    pub(super) fn max(&self, from: i64, to: i64) -> u32 {
        if from >= to || self.times.is_empty() {
            return 0;
        }
        let after = self.times.partition_point(|time| *time < to);
        let first = self.times.partition_point(|time| *time <= from);
        // The step before `from` still holds at `from`.
        let first = first.saturating_sub(1);
        if first >= after {
            return 0;
        }
        let level = (after - first).ilog2() as usize;
        self.levels[level][first].max(self.levels[level][after - (1 << level)])
    }

    /// Units taken at an instant.
    pub(super) fn at(&self, second: i64) -> u32 {
        match self.times.partition_point(|time| *time <= second) {
            0 => 0,
            after => self.levels[0][after - 1],
        }
    }

    /// The stretches `(from, to)` in which more than `most` units are taken.
    pub(super) fn above(&self, most: u32) -> impl Iterator<Item = (i64, i64)> + '_ {
        let used = self.levels.first().map_or(&[][..], Vec::as_slice);
        used.iter()
            .enumerate()
            .filter(move |(_, units)| **units > most)
            .map(|(at, _)| {
                // INVARIANT: the last step takes nothing, so one above `most` has a successor.
                (self.times[at], self.times[at + 1])
            })
    }
}

/// Maxima over runs whose length is a power of two.
fn maxima(used: Vec<u32>) -> Vec<Vec<u32>> {
    let mut levels = vec![used];
    let mut half = 1;
    while let Some(last) = levels.last()
        && last.len() > half
    {
        let next = last
            .iter()
            .zip(&last[half..])
            .map(|(a, b)| *a.max(b))
            .collect();
        levels.push(next);
        half *= 2;
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maxima_agree_with_a_scan() {
        let taken = [
            (0, 10, 1),
            (5, 20, 2),
            (20, 30, 4),
            (25, 26, 1),
            (40, 41, 3),
        ];
        let profile = Profile::new(taken);
        let at = |second: i64| -> u32 {
            taken
                .iter()
                .filter(|(s, e, _)| (*s..*e).contains(&second))
                .map(|(_, _, u)| u)
                .sum()
        };
        for from in -2..45 {
            assert_eq!(profile.at(from), at(from), "{from}");
            for to in from + 1..46 {
                assert_eq!(
                    profile.max(from, to),
                    (from..to).map(at).max().unwrap(),
                    "{from} {to}"
                );
            }
        }
        let above: Vec<_> = profile.above(2).collect();
        assert_eq!(above, [(5, 10), (20, 25), (25, 26), (26, 30), (40, 41)]);
        assert_eq!(Profile::new([]).max(0, 9), 0);
    }
}
