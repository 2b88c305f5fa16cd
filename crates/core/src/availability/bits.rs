//! Sets of candidate starts by their place in the sorted list.

use crate::time::IntervalSet;

/// A fixed number of bits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn none(count: usize) -> Bits {
        Bits(vec![0; count.div_ceil(64)])
    }

    pub(super) fn all(count: usize) -> Bits {
        let mut bits = Bits::none(count);
        bits.set_range(0, count);
        bits
    }

    /// The sorted instants that are inside a set.
    pub(super) fn inside(instants: &[i64], set: &IntervalSet) -> Bits {
        let mut bits = Bits::none(instants.len());
        let mut at = 0;
        for interval in set.iter() {
            if at >= instants.len() {
                break;
            }
            at += advance(&instants[at..], interval.start_timestamp());
            let from = at;
            at += advance(&instants[at..], interval.end_timestamp());
            bits.set_range(from, at);
        }
        bits
    }

    pub(super) fn get(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }

    pub(super) fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    pub(super) fn or(&mut self, other: &Bits) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    pub(super) fn and(&mut self, other: &Bits) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
    }

    /// The places of the bits that are set, ascending.
    pub(super) fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros() as usize;
                let found = (rest != 0).then_some(at * 64 + bit);
                rest &= rest.wrapping_sub(1);
                found
            })
        })
    }

    /// What a function makes of the instants whose bits are set, by place.
    pub(super) fn select<T>(&self, instants: &[i64], each: impl Fn(u32, i64) -> T) -> Vec<T> {
        let count: usize = self.0.iter().map(|word| word.count_ones() as usize).sum();
        if count == instants.len() {
            return (0..)
                .zip(instants)
                .map(|(place, instant)| each(place, *instant))
                .collect();
        }
        let mut selected = Vec::with_capacity(count);
        for (word, (chunk, first)) in self
            .0
            .iter()
            .zip(instants.chunks(64).zip((0_u32..).step_by(64)))
        {
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                selected.push(each(first + bit, chunk[bit as usize]));
                rest &= rest - 1;
            }
        }
        selected
    }

    fn set_range(&mut self, from: usize, to: usize) {
        if from >= to {
            return;
        }
        let (first, last) = (from / 64, (to - 1) / 64);
        let head = u64::MAX << (from % 64);
        let tail = u64::MAX >> (63 - (to - 1) % 64);
        if first == last {
            self.0[first] |= head & tail;
            return;
        }
        self.0[first] |= head;
        self.0[first + 1..last].fill(u64::MAX);
        self.0[last] |= tail;
    }
}

/// How many of the sorted instants are before `bound`; quick when they are few.
fn advance(instants: &[i64], bound: i64) -> usize {
    let mut step = 1;
    while step < instants.len() && instants[step] < bound {
        step *= 2;
    }
    let (from, to) = (step / 2, (step + 1).min(instants.len()));
    if instants.first().is_none_or(|first| *first >= bound) {
        return 0;
    }
    from + instants[from..to].partition_point(|instant| *instant < bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Interval;

    #[test]
    fn ranges_and_ones_agree_with_single_bits() {
        for (from, to) in [
            (0, 0),
            (0, 1),
            (3, 64),
            (63, 65),
            (0, 200),
            (64, 128),
            (199, 200),
        ] {
            let mut bits = Bits::none(200);
            bits.set_range(from, to);
            assert_eq!(
                bits.ones().collect::<Vec<_>>(),
                (from..to).collect::<Vec<_>>()
            );
            assert!((0..200).all(|at| bits.get(at) == (from..to).contains(&at)));
        }
        assert_eq!(Bits::all(130).ones().count(), 130);
    }

    #[test]
    fn instants_inside_a_set_are_found_by_galloping() {
        let instants: Vec<i64> = (0..300).map(|at| at * 7).collect();
        let set: IntervalSet = [(-5, 1), (20, 22), (30, 500), (600, 601), (2_000, 9_000)]
            .map(|(start, end)| Interval::from_seconds(start, end))
            .into_iter()
            .collect();
        let bits = Bits::inside(&instants, &set);
        for (at, instant) in instants.iter().enumerate() {
            assert_eq!(bits.get(at), set.contains_second(*instant), "{instant}");
        }
    }
}
