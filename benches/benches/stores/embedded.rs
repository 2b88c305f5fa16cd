//! Bookings a second on SQLite, beside inserts of one plain row each into a file that is as durable.

use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use quando::id::{BookingId, ResourceId};
use quando::time::{Interval, Window};
use quando_engine::store::{ResourceScope, Scope, Store};
use quando_engine::{BookingKey, Clock, SlotsRequest, SystemClock};
use quando_store_sqlite::{Options, SqliteStore};
use rusqlite::Connection;

use crate::measure::{Outcome, Pair, Turns, Work, in_turns};
use crate::report::{Table, milliseconds, rate, ratio};
use crate::settings::Settings;
use crate::shop::{CALENDAR, LOADED_A_DAY, Shop, cut, provider_id, random, timely};

/// How many providers there are: each is made through the engine.
pub(crate) const PROVIDERS: u32 = 100;

pub(crate) async fn bookings<S: Store>(shop: &Shop<S>, folder: &Path, settings: &Settings) {
    for number in 1..=PROVIDERS.min(settings.providers) {
        shop.open(number, 30).await.expect("a provider");
    }
    let columns = [
        "Clients",
        "plain/s",
        "bookings/s",
        "ratio",
        "p50",
        "p99",
        "faults",
    ];
    let table = Table::new("Bookings on SQLite", &columns);
    for &clients in &settings.clients {
        let shop = shop.clone();
        let work = Work::task(move |_| {
            let shop = shop.clone();
            async move { shop.book_spread().await }
        });
        let turns = in_turns(&[plain_inserts(folder), work], clients, settings).await;
        table.row(&cells(clients, &turns));
    }
}

fn cells(clients: usize, turns: &[Turns]) -> Vec<String> {
    let [plain, bookings] = turns else {
        panic!("two subjects took turns");
    };
    let sum = &bookings.sum;
    let refused = if sum.refused > 0 {
        format!("{} refused ", sum.refused)
    } else {
        String::new()
    };
    vec![
        clients.to_string(),
        rate(plain.sum.done_per_second()),
        rate(sum.done_per_second()),
        ratio(bookings.ratio(plain)),
        milliseconds(sum.percentile(50)),
        milliseconds(sum.percentile(99)),
        refused + &sum.failures(),
    ]
}

/// Threads take turns with the one connection that writes, which is the best that plain inserts can
/// do: connections of their own would wait in SQLite's sleeps.
fn plain_inserts(folder: &Path) -> Work {
    let connection = Connection::open(folder.join("plain.sqlite")).expect("a file");
    connection.execute_batch(PLAIN).expect("a table");
    let connection = Arc::new(Mutex::new(connection));
    Work::thread(move |_| {
        let start = SystemClock.now();
        let end = start + TimeDelta::minutes(30);
        let (id, customer) = (timely().into_bytes(), random().into_bytes());
        let connection = connection.lock().expect("nobody panics");
        let mut insert = connection.prepare_cached(INSERT).expect("a statement");
        let row = (id, customer, start.timestamp(), end.timestamp());
        match insert.execute(row) {
            Ok(_) => Outcome::Done,
            Err(error) => Outcome::Failed(error.to_string()),
        }
    })
}

const PLAIN: &str = "
pragma journal_mode = wal;
pragma synchronous = full;
create table if not exists plain (
    id blob primary key, customer blob not null, starts_at integer not null,
    ends_at integer not null
) without rowid, strict";

const INSERT: &str = "insert into plain values (?1, ?2, ?3, ?4)";

/// The store, in a file of its own.
pub(crate) fn open(folder: &Path) -> SqliteStore {
    let options = Options::new(folder.join("quando.sqlite"));
    SqliteStore::open(options, SystemClock.now()).expect("the store is opened")
}

/// Reading, beside the one statement that somebody would write by hand.
pub(crate) async fn reads(
    shop: &Shop<SqliteStore>,
    folder: &Path,
    from: DateTime<Utc>,
    settings: &Settings,
) {
    let ids = fill_calendar(shop, from).await;
    let connection = Connection::open(folder.join("quando.sqlite")).expect("the file is there");
    let table = Table::new("Reads on SQLite, one at a time", &Pair::COLUMNS);
    let (provider, service) = (provider_id(CALENDAR), cut());
    let resource = ResourceId::new(provider.as_str()).expect("ids have one form");
    let claims = |days: i64| {
        let until = from + TimeDelta::days(days);
        let mut statement = connection.prepare_cached(CLAIMS).expect("a statement");
        let values = (provider.as_str(), from.timestamp(), until.timestamp());
        let rows = statement.query_map(values, |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        });
        rows.expect("rows").filter(Result::is_ok).count()
    };
    let mut scope = Scope::new(provider.clone());
    scope.resources = ResourceScope::Named(vec![resource]);
    scope.span = Interval::new(from, from + TimeDelta::days(60)).ok();
    let read = || shop.engine.store().read(scope.clone());
    let count = claims(60);
    let mut pair = Pair::measure(
        settings.length,
        async || assert_eq!(claims(60), count),
        async || assert_eq!(read().await.expect("it is read").claims.len(), count),
    )
    .await;
    table.row(&pair.cells(&format!("busy time of 60 days, {count} claims")));
    let window = Window::new(from, from + TimeDelta::days(30)).expect("a window");
    let request = SlotsRequest::default();
    let ask = || shop.engine.slots(&provider, &service, window, &request);
    let slots = ask().await.expect("an answer").slots.len();
    let mut pair = Pair::measure(
        settings.length,
        async || assert!(claims(30) > 0),
        async || assert_eq!(ask().await.expect("an answer").slots.len(), slots),
    )
    .await;
    table.row(&pair.cells(&format!("{slots} slots of 30 days; bare: the claims alone")));
    let (mut first, mut second) = (ids.iter().cycle(), ids.iter().rev().cycle());
    let mut pair = Pair::measure(
        settings.length,
        async || {
            let id = first.next().expect("there are some");
            let mut statement = connection.prepare_cached(ONE).expect("a statement");
            let values = (provider.as_str(), id.as_str());
            let body: Vec<u8> = statement
                .query_row(values, |row| row.get(0))
                .expect("a row");
            assert!(!body.is_empty());
        },
        async || {
            let booking = second.next().expect("there are some").clone();
            let provider = provider.clone();
            let key = BookingKey { provider, booking };
            shop.engine.show_booking(&key).await.expect("it is there");
        },
    )
    .await;
    table.row(&pair.cells("a booking by its id; bare: its row alone"));
}

/// Books every third half hour of the days of two months.
async fn fill_calendar(shop: &Shop<SqliteStore>, from: DateTime<Utc>) -> Vec<BookingId> {
    shop.open(CALENDAR, 30).await.expect("a provider");
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..i64::from(60 * LOADED_A_DAY) {
        let a_day = i64::from(LOADED_A_DAY);
        let (day, part) = (number / a_day, number % a_day);
        let start = from + TimeDelta::days(day) + TimeDelta::minutes(480 + 90 * part);
        let shop = shop.clone();
        tasks.spawn(async move { shop.book((CALENDAR, start), random()).await });
    }
    let booked = tasks.join_all().await;
    let ids = booked
        .into_iter()
        .map(|booked| booked.expect("it is free").id);
    ids.collect()
}

const CLAIMS: &str = "
select starts_at, ends_at from claim
where provider = ?1 and resource = ?1 and ends_at > ?2 and starts_at < ?3";

const ONE: &str = "select body from booking where provider = ?1 and id = ?2";
