//! Rounds: who wants what. Each is about one resource on one day.

use crate::history::Want;
use crate::script::{Leftover, STEP, Script, Then};
use crate::world::{DAY, FIRST_DAY, MINUTE};

/// Rounds begin so many days after the first.
const AHEAD: i64 = 10;
/// From one round to the next; more than a deadline.
const BETWEEN: i64 = 3 * MINUTE;

/// The present of an era, in seconds since 1970.
pub(crate) fn now_of(era: usize) -> i64 {
    FIRST_DAY + i64::try_from(era).unwrap() * BETWEEN
}

fn day_of(era: usize) -> i64 {
    FIRST_DAY + (AHEAD + i64::try_from(era).unwrap()) * DAY
}

/// Numbers that look random and are the same in each run of a seed: xorshift.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % end
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let count = u64::try_from(of.len()).unwrap();
        of[usize::try_from(self.below(count)).unwrap()]
    }
}

/// What a round is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    /// One person with several services, one of which is approved.
    Solo,
    /// The same, mostly the one that is approved.
    Approval,
    /// A resource of two units, for one or two.
    Couple,
    /// A resource of five units.
    Five,
    /// Seats of a class, in a room that is also let alone.
    Class,
    /// A resource with a limit per day.
    Limit,
    /// Two resources in either order.
    Pair,
    /// Any of three.
    Anybody,
    /// One customer who holds much.
    Quota,
}

pub(crate) const THEMES: [Theme; 14] = [
    Theme::Solo,
    Theme::Solo,
    Theme::Approval,
    Theme::Couple,
    Theme::Couple,
    Theme::Five,
    Theme::Class,
    Theme::Class,
    Theme::Limit,
    Theme::Limit,
    Theme::Pair,
    Theme::Pair,
    Theme::Anybody,
    Theme::Quota,
];

/// The scripts of a round's clients.
pub(crate) fn scripts(
    (theme, era): (Theme, usize),
    clients: usize,
    leftovers: Vec<Leftover>,
    random: &mut Random,
) -> Vec<Script> {
    let day = day_of(era);
    let hot = day + 9 * 60 * MINUTE + i64::try_from(random.below(8)).unwrap() * STEP;
    let mut scripts: Vec<Script> = Vec::new();
    for leftover in leftovers.into_iter().take(clients / 2) {
        // Somebody wants the slot of the one that lapsed.
        scripts.push(Script::Book(leftover.want));
        scripts.push(Script::Late(leftover));
    }
    let hoarder = format!("hoarder-{era}-{}", random.below(u64::MAX));
    let mut movers = 0;
    while scripts.len() < clients {
        let want = want(theme, hot, random);
        let script = match (theme, random.below(20)) {
            (Theme::Quota, _) => Script::HoldAs(hoarder.clone(), want),
            (_, 0..3) => Script::Hold(want, then(random)),
            _ if want.service == "approved" => {
                Script::Approval(want, random.pick(&[Then::GoOn, Then::Leave]))
            }
            (_, 3..6) => Script::Twice(want),
            (Theme::Limit, 6..9) => Script::Rebook(want),
            (_, 6..10) if movers < 3 => {
                movers += 1;
                let cold = day + (13 + 2 * movers) * 60 * MINUTE;
                mover(
                    Want {
                        start: cold,
                        ..want
                    },
                    want.start,
                    random,
                )
            }
            _ => Script::Book(want),
        };
        scripts.push(script);
    }
    scripts
}

fn then(random: &mut Random) -> Then {
    random.pick(&[Then::GoOn, Then::GoOn, Then::GoOn, Then::Leave])
}

fn mover(cold: Want, hot: i64, random: &mut Random) -> Script {
    let hot_one = Want { start: hot, ..cold };
    match random.below(4) {
        0 => Script::Rebook(hot_one),
        1 => Script::Stale(cold, [hot, hot + STEP]),
        _ => Script::Move(cold, hot),
    }
}

/// Identical, shifted, nested and touching slots.
fn want(theme: Theme, hot: i64, random: &mut Random) -> Want {
    let shift = random.pick(&[0, 0, 0, 1, 1, 2, 4]);
    let service = match theme {
        Theme::Solo => random.pick(&["plain", "plain", "approved", "approved", "buffered", "long"]),
        Theme::Approval => random.pick(&["approved", "approved", "plain"]),
        Theme::Couple => "couple",
        Theme::Five | Theme::Quota => "five",
        Theme::Class => random.pick(&["class", "class", "class", "class", "private"]),
        Theme::Limit => "rare",
        Theme::Pair => random.pick(&["left-right", "right-left", "left", "right"]),
        Theme::Anybody => "anybody",
    };
    let party = match theme {
        Theme::Couple | Theme::Class => random.pick(&[1, 1, 2]),
        Theme::Five => random.pick(&[1, 1, 1, 2, 3]),
        _ => 1,
    };
    let start = match theme {
        // All over the day: what is scarce is the day itself.
        Theme::Limit => hot + i64::try_from(random.below(8)).unwrap() * 2 * STEP,
        Theme::Quota => hot + i64::try_from(random.below(4)).unwrap() * 4 * STEP,
        Theme::Class => hot + i64::from(shift == 4) * STEP,
        _ => hot + shift * STEP,
    };
    Want {
        service,
        start,
        party,
    }
}
