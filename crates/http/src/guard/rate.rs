//! How often somebody may ask: as many times at once as in a minute, refilled evenly.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// How many requests of each kind somebody may make in a minute. Providers and operators may make
/// ten times as many, but for failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Searches, slots and quotes.
    pub search: NonZeroU32,
    /// Other reads.
    pub read: NonZeroU32,
    /// Writes that are not about bookings.
    pub edit: NonZeroU32,
    /// Bookings, holds, what is done to them, and money.
    pub book: NonZeroU32,
    /// The same without an account, of one address.
    pub guest: NonZeroU32,
    /// Tokens that are not accepted, of one address.
    pub failures: NonZeroU32,
}

impl Default for Rates {
    fn default() -> Rates {
        let number = |number| NonZeroU32::new(number).expect("not zero");
        Rates {
            search: number(300),
            read: number(600),
            edit: number(120),
            book: number(60),
            guest: number(10),
            failures: number(30),
        }
    }
}

/// Why a text is not accepted as [`Rates`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RatesError {
    /// There is something else than `name=number`.
    #[error("`{0}` is not of the form `name=number`, with a number from 1 on")]
    Form(String),
    /// There is no such kind.
    #[error(
        "there is no kind of requests `{0}`; there are search, read, edit, book, guest and failures"
    )]
    Name(String),
}

/// `search=300,book=60`: what is not named stays as it is by default.
impl FromStr for Rates {
    type Err = RatesError;

    fn from_str(text: &str) -> Result<Rates, RatesError> {
        let mut rates = Rates::default();
        for part in text.split(',').map(str::trim) {
            let form = || RatesError::Form(part.to_owned());
            let (name, number) = part.split_once('=').ok_or_else(form)?;
            let number: NonZeroU32 = number.trim().parse().map_err(|_| form())?;
            let rate = match name.trim() {
                "search" => &mut rates.search,
                "read" => &mut rates.read,
                "edit" => &mut rates.edit,
                "book" => &mut rates.book,
                "guest" => &mut rates.guest,
                "failures" => &mut rates.failures,
                other => return Err(RatesError::Name(other.to_owned())),
            };
            *rate = number;
        }
        Ok(rates)
    }
}

/// How long it takes until an empty budget is full again, in seconds.
const WINDOW_SECONDS: u64 = 60;
/// Most of whom a budget is kept at the same time; whoever has not asked for a minute is forgotten.
const KEYS_MAX: usize = 100_000;
/// Where addresses come together when there are more of them than that.
const SHARED_KEYS: u64 = 4_096;
/// After how many requests it is looked whether there are too many.
const CHECK_EVERY: u32 = 256;

/// Of whom something is counted: a hash that nobody outside can choose.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    /// Somebody with a token; there are as many as tokens were issued for.
    Principal(u64),
    /// An address; anybody may have very many of IPv6.
    Address(u64),
}

/// What is left to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ration {
    name: &'static str,
    most: u32,
    left: u32,
    /// Until everything is there again.
    full_seconds: u64,
    /// When to come back, if the request is refused.
    pub(crate) retry_seconds: Option<u32>,
}

impl Ration {
    /// The value of `RateLimit-Policy`.
    pub(crate) fn policy(&self) -> String {
        format!("\"{}\";q={};w={WINDOW_SECONDS}", self.name, self.most)
    }

    /// The value of `RateLimit`.
    pub(crate) fn state(&self) -> String {
        format!("\"{}\";r={};t={}", self.name, self.left, self.full_seconds)
    }
}

type Limiter<C> = RateLimiter<u64, HashMapStateStore<u64>, C, StateInformationMiddleware>;

/// What requests of one kind draw on.
#[derive(Debug)]
pub(super) struct Budget<C: Clock = MonotonicClock> {
    name: &'static str,
    most: NonZeroU32,
    keys_max: usize,
    clock: C,
    limiter: Limiter<C>,
    draws: AtomicU32,
    is_crowded: AtomicBool,
}

impl Budget {
    pub(super) fn new(name: &'static str, most: NonZeroU32) -> Budget {
        Budget::with_clock(name, (most, KEYS_MAX), MonotonicClock)
    }
}

impl<C: Clock + Clone> Budget<C> {
    fn with_clock(
        name: &'static str,
        (most, keys_max): (NonZeroU32, usize),
        clock: C,
    ) -> Budget<C> {
        let store = HashMapStateStore::default();
        Budget {
            name,
            most,
            keys_max,
            limiter: RateLimiter::new(Quota::per_minute(most), store, clock.clone()),
            clock,
            draws: AtomicU32::new(0),
            is_crowded: AtomicBool::new(false),
        }
    }

    /// Takes one, and says what is left.
    pub(super) fn draw(&self, key: Key) -> Ration {
        self.tidy();
        let key = match key {
            Key::Principal(key) => key,
            Key::Address(key) if self.is_crowded.load(Ordering::Relaxed) => key % SHARED_KEYS,
            Key::Address(key) => key,
        };
        let drawn = self.limiter.check_key(&key);
        let left = drawn
            .as_ref()
            .map_or(0, |state| state.remaining_burst_capacity());
        let retry_seconds = drawn.err().map(|until| {
            let wait = until.wait_time_from(self.clock.now());
            u32::try_from(whole_seconds(wait)).unwrap_or(u32::MAX)
        });
        let most = self.most.get();
        let missing = u64::from(most.saturating_sub(left));
        Ration {
            name: self.name,
            most,
            left,
            full_seconds: (missing * WINDOW_SECONDS).div_ceil(u64::from(most)),
            retry_seconds,
        }
    }

    /// Forgets who has a full budget anyway, now and then.
    fn tidy(&self) {
        let draws = self.draws.fetch_add(1, Ordering::Relaxed);
        if !draws.is_multiple_of(CHECK_EVERY) {
            return;
        }
        if self.limiter.len() >= self.keys_max {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        let is_crowded = self.limiter.len() >= self.keys_max;
        self.is_crowded.store(is_crowded, Ordering::Relaxed);
    }
}

/// At least one.
fn whole_seconds(duration: Duration) -> u64 {
    let more = u64::from(duration.subsec_nanos() > 0);
    (duration.as_secs() + more).max(1)
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn budget(most: u32, keys_max: usize) -> (Budget<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let most = NonZeroU32::new(most).unwrap();
        let budget = Budget::with_clock("book", (most, keys_max), clock.clone());
        (budget, clock)
    }

    #[test]
    fn a_budget_is_used_up_and_comes_back() {
        let (budget, clock) = budget(3, 10);
        let key = Key::Principal(1);
        for left in [2, 1, 0] {
            let ration = budget.draw(key);
            assert_eq!((ration.left, ration.retry_seconds), (left, None));
        }
        let refused = budget.draw(key);
        // Three a minute: one in twenty seconds.
        assert_eq!(refused.retry_seconds, Some(20));
        assert_eq!(refused.policy(), "\"book\";q=3;w=60");
        assert_eq!(refused.state(), "\"book\";r=0;t=60");
        assert_eq!(budget.draw(Key::Principal(2)).left, 2);
        clock.advance(Duration::from_secs(19));
        assert_eq!(budget.draw(key).retry_seconds, Some(1));
        clock.advance(Duration::from_secs(1));
        assert_eq!(budget.draw(key).retry_seconds, None);
        clock.advance(Duration::from_secs(60));
        assert_eq!(budget.draw(key).state(), "\"book\";r=2;t=20");
    }

    #[test]
    fn a_flood_of_addresses_takes_no_memory_without_end() {
        let (budget, clock) = budget(3, 1_000);
        for address in 0..50_000_u64 {
            // Spread as hashes are.
            budget.draw(Key::Address(address.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        }
        let most = 1_000 + usize::try_from(CHECK_EVERY).unwrap() + 4_096;
        assert!(budget.limiter.len() <= most, "{}", budget.limiter.len());
        assert!(budget.is_crowded.load(Ordering::Relaxed));
        // Whoever has a token is counted alone all the same.
        assert_eq!(budget.draw(Key::Principal(u64::MAX)).left, 2);
        clock.advance(Duration::from_secs(120));
        for _ in 0..=CHECK_EVERY {
            budget.draw(Key::Principal(5));
        }
        assert!(!budget.is_crowded.load(Ordering::Relaxed));
        assert!(budget.limiter.len() < 1_000);
    }

    #[test]
    fn rates_are_read() {
        let check = |text: &str, expected: Result<(u32, u32), &str>| {
            let found: Result<Rates, RatesError> = text.parse();
            let found = found.map(|rates| (rates.search.get(), rates.book.get()));
            let expected = expected.map_err(str::to_owned);
            assert_eq!(found.map_err(|error| error.to_string()), expected, "{text}");
        };
        check("search=5", Ok((5, 60)));
        check("book=7, search=9", Ok((9, 7)));
        let form = |part: &str| {
            format!("`{part}` is not of the form `name=number`, with a number from 1 on")
        };
        check("", Err(&form("")));
        check("search", Err(&form("search")));
        check("search=0", Err(&form("search=0")));
        check("search=-1", Err(&form("search=-1")));
        check(
            "find=1",
            Err(
                "there is no kind of requests `find`; there are search, read, edit, book, guest and failures",
            ),
        );
    }
}
