//! Repeatable choices: SplitMix64.

/// A sequence of choices that two numbers determine.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// The choices of one step of a story. Each step has its own, so that a story from which steps
    /// were dropped goes on as before.
    pub(super) fn new(seed: u64, step: u64) -> Random {
        let mut random = Random(seed ^ 0x2545_f491_4f6c_dd1d);
        random.0 = random.next().wrapping_add(step.wrapping_mul(0x9e37_79b9));
        random.next();
        random
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 on, below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).expect("a small number");
        usize::try_from(self.next() % end).expect("a small number")
    }

    /// A number in a range, both ends included.
    pub(super) fn within(&mut self, low: i64, high: i64) -> i64 {
        let range = usize::try_from(high - low + 1).expect("a range");
        low + i64::try_from(self.below(range)).expect("a small number")
    }

    pub(super) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(super) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    pub(super) fn code_seed(&mut self) -> [u8; 4] {
        let bytes = self.next().to_be_bytes();
        [bytes[0], bytes[1], bytes[2], bytes[3]]
    }
}
