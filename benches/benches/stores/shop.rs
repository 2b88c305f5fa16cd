//! Many providers with bookings, made through the engine, and the slots that are still free there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use quando::availability::Resource;
use quando::booking::Actor;
use quando::id::{ActorId, CustomerId, ProviderId, ServiceId};
use quando::idempotency::IdempotencyKey;
use quando_engine::personal::MasterKeys;
use quando_engine::store::Store;
use quando_engine::{
    Clock, Context, Engine, Entropy, Error, Expected, NewBooking, Settings, SystemClock,
    SystemEntropy, record,
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::measure::Outcome;

/// The provider that all others are copies of.
pub(crate) const TEMPLATE: u32 = 0;
/// Beyond all others: one that everybody wants to book.
pub(crate) const HOT: u32 = 0x00ff_0001;
/// One with a calendar that is half full.
pub(crate) const CALENDAR: u32 = 0x00ff_0002;

/// A day of a provider: 24 half hours from eight o'clock on. Every third is booked before the
/// measurement begins, and the others are for the measurement.
pub(crate) const LOADED_A_DAY: u32 = 8;
const FREE_A_DAY: u32 = 16;

/// An engine over a store with providers, and where the next free slots are.
#[derive(Debug)]
pub(crate) struct Shop<S> {
    pub(crate) engine: Engine<S>,
    calendar: Arc<Calendar>,
}

impl<S> Clone for Shop<S> {
    fn clone(&self) -> Shop<S> {
        Shop {
            engine: self.engine.clone(),
            calendar: Arc::clone(&self.calendar),
        }
    }
}

/// Where the next free slots are; shared by all stores over one database.
#[derive(Debug)]
pub(crate) struct Calendar {
    /// The midnight before the first free slot.
    pub(crate) midnight: DateTime<Utc>,
    /// How many slots of each provider were given out.
    next: Vec<AtomicU32>,
    hot: AtomicU32,
    wanted: AtomicU32,
    random: AtomicU64,
}

impl Calendar {
    pub(crate) fn new(providers: u32) -> Arc<Calendar> {
        let now = SystemClock.now();
        let today = now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
        Arc::new(Calendar {
            midnight: today + TimeDelta::days(1),
            next: (0..providers).map(|_| AtomicU32::new(0)).collect(),
            hot: AtomicU32::new(0),
            wanted: AtomicU32::new(0),
            random: AtomicU64::new(1),
        })
    }

    /// A number of the SplitMix64 sequence.
    fn random(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.random.fetch_add(STEP, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Any provider but the template.
    pub(crate) fn any_provider(&self) -> u32 {
        let count = u64::try_from(self.next.len()).expect("a length fits into 64 bits");
        let place = self.random() % count;
        u32::try_from(place).expect("below a number of 32 bits") + 1
    }

    /// A slot of any provider that nobody has.
    fn spread(&self) -> (u32, DateTime<Utc>) {
        let provider = self.any_provider();
        let place = usize::try_from(provider - 1).expect("an index");
        let number = self.next[place].fetch_add(1, Ordering::Relaxed);
        let (day, part) = (number / FREE_A_DAY, number % FREE_A_DAY);
        let slot = 16 + 3 * (part / 2) + 1 + part % 2;
        let start = self.midnight + TimeDelta::days(i64::from(day) + 1);
        (provider, start + TimeDelta::minutes(30 * i64::from(slot)))
    }

    /// The next slot of the hot provider that nobody has.
    fn hot(&self) -> (u32, DateTime<Utc>) {
        let number = self.hot.fetch_add(1, Ordering::Relaxed);
        (
            HOT,
            self.midnight + TimeDelta::minutes(5 * i64::from(number)),
        )
    }

    /// Slots that nobody has had, for some hundred thousand attempts.
    pub(crate) fn fresh(&self) -> Wanted {
        let year = self.wanted.fetch_add(1, Ordering::Relaxed);
        Wanted {
            // After those that the others give out.
            first: self.midnight + TimeDelta::days(365 * (10 + i64::from(year))),
            attempts: AtomicU32::new(0),
        }
    }
}

/// Slots of the hot provider that many want, one after the other.
#[derive(Debug)]
pub(crate) struct Wanted {
    first: DateTime<Utc>,
    attempts: AtomicU32,
}

impl Wanted {
    /// The slot that the next attempt is at, when each is tried so often.
    fn next(&self, tries: u32) -> (u32, DateTime<Utc>) {
        let number = self.attempts.fetch_add(1, Ordering::Relaxed) / tries;
        (HOT, self.first + TimeDelta::minutes(5 * i64::from(number)))
    }
}

/// The id of a provider by number; of its resource, too.
pub(crate) fn provider_id(number: u32) -> ProviderId {
    id(provider_uuid(number))
}

/// The same as a UUID. Its first bits are as different from provider to provider as those of real
/// ids: where a UUID goes in a GiST index is weighed by its first 53 bits, and ids that begin alike
/// would lie about anywhere.
pub(crate) fn provider_uuid(number: u32) -> Uuid {
    let mixed = number.wrapping_mul(MIXER);
    Uuid::from_u128(u128::from(mixed) << 96 | PROVIDERS | u128::from(number))
}

/// The same as an SQL expression over an expression for the number.
pub(crate) fn provider_sql(number: &str) -> String {
    let rest = Uuid::from_u128(PROVIDERS).to_string();
    let (rest, _) = rest[8..].split_at(16);
    format!(
        "(lpad(to_hex(({number})::bigint * {MIXER} % 4294967296), 8, '0') || '{rest}' \
         || lpad(to_hex(({number})::bigint), 12, '0'))::uuid"
    )
}

/// An odd number: what it is multiplied with takes each value of 32 bits once.
const MIXER: u32 = 2_654_435_761;

/// What the ids of all providers have in common.
const PROVIDERS: u128 = 0x0000_0000_0000_4000_8000_0000_0000_0000;

fn id<T: TryFrom<String, Error: std::fmt::Debug>>(uuid: Uuid) -> T {
    T::try_from(uuid.to_string()).expect("a UUID is an id")
}

/// A random id.
pub(crate) fn random() -> Uuid {
    let mut bytes = [0; 16];
    SystemEntropy.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// An id that begins with the time.
pub(crate) fn timely() -> Uuid {
    let mut bytes = [0; 10];
    SystemEntropy.fill(&mut bytes);
    let millis = SystemClock.now().timestamp_millis();
    let millis = u64::try_from(millis).expect("after 1970");
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

impl<S: Store> Shop<S> {
    pub(crate) fn new(store: S, calendar: Arc<Calendar>) -> Shop<S> {
        let keys = format!(
            "a:{},index:{}",
            "0123456789abcdef".repeat(4),
            "fedcba9876543210".repeat(4)
        );
        let settings = Settings {
            clock: Box::new(SystemClock),
            entropy: Box::new(SystemEntropy),
            keys: MasterKeys::parse(&keys).expect("the keys are well formed"),
        };
        Shop {
            engine: Engine::new(store, settings),
            calendar,
        }
    }

    /// Makes a provider that is open around the clock, with a service of so many minutes.
    pub(crate) async fn open(&self, number: u32, minutes: u32) -> Result<(), Error> {
        let id = provider_id(number);
        let operator = || Context::new(Actor::Operator);
        let provider: record::Provider = parse(&format!(
            r#"{{"id": "{id}", "name": "Ana's", "zone": "UTC"}}"#
        ));
        self.engine
            .put_provider(operator(), provider, Expected::New)
            .await?;
        let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let days = days.map(|day| format!(r#""{day}": [{{"from": "00:00", "to": "24:00"}}]"#));
        let resource: Resource = parse(&format!(
            r#"{{"id": "{id}", "schedule": {{"zone": "UTC", "weekly": {{{}}}}}}}"#,
            days.join(", ")
        ));
        self.engine
            .put_resource(operator(), id.clone(), resource, Expected::Version(1))
            .await?;
        let service: record::Service = parse(&format!(
            r#"{{"id": "cut", "name": "Cut", "timing": {{"durationMinutes": {minutes}}},
                "offer": {{"terms": {{"price": {{"base": {{"kind": "perBooking",
                    "price": {{"amount": "40.00", "currency": "EUR"}}}}}}}}}}}}"#
        ));
        self.engine
            .put_service(operator(), id, service, Expected::New)
            .await?;
        Ok(())
    }

    /// A slot of any provider.
    pub(crate) async fn book_spread(&self) -> Outcome {
        outcome(self.book(self.calendar.spread(), random()).await)
    }

    /// A slot of the one provider whom everybody books.
    pub(crate) async fn book_hot(&self) -> Outcome {
        outcome(self.book(self.calendar.hot(), random()).await)
    }

    /// A slot that so many want.
    pub(crate) async fn book_wanted(&self, wanted: &Wanted, tries: u32) -> Outcome {
        outcome(self.book(wanted.next(tries), random()).await)
    }

    /// Slots that nobody has had.
    pub(crate) fn fresh(&self) -> Arc<Wanted> {
        Arc::new(self.calendar.fresh())
    }

    /// Books a slot for somebody, under a key of its own, which is the customer's id as well.
    pub(crate) async fn book(
        &self,
        (provider, start): (u32, DateTime<Utc>),
        customer: Uuid,
    ) -> Result<quando::booking::Booking, Error> {
        let key = IdempotencyKey::new(timely().to_string()).expect("a UUID is a key");
        let who: ActorId = id(customer);
        let context = Context::named(Actor::Customer, who).with_key(key);
        let new = NewBooking {
            provider: provider_id(provider),
            service: cut(),
            customer: id::<CustomerId>(customer),
            start,
            duration_minutes: None,
            party: None,
            add_ons: Vec::new(),
            discount: None,
            tips: None,
            notes: None,
            resources: None,
            override_reason: None,
            series: None,
        };
        let done = self.engine.create_booking(context, new).await?;
        Ok(done.value)
    }
}

/// The service of all providers.
pub(crate) fn cut() -> ServiceId {
    ServiceId::new("cut").expect("a word is an id")
}

pub(crate) fn outcome<T>(answer: Result<T, Error>) -> Outcome {
    match answer {
        Ok(_) => Outcome::Done,
        Err(Error::Rejected(_)) => Outcome::Refused,
        Err(error) => Outcome::Failed(error.code().to_owned()),
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
