//! Reading through the store and the engine, beside the one query that somebody would write by hand.

use chrono::{DateTime, TimeDelta, Utc};
use quando::id::{BookingId, ResourceId};
use quando::time::{Interval, Window};
use quando_engine::store::{ResourceScope, Scope, Store};
use quando_engine::{BookingKey, SlotsRequest};
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::measure::Pair;
use crate::report::Table;
use crate::settings::Settings;
use crate::shop::{CALENDAR, Shop, cut, provider_id, provider_uuid};

/// From when on calendars are read.
pub(crate) async fn postgres<S: Store>(
    shop: &Shop<S>,
    client: &Client,
    from: DateTime<Utc>,
    settings: &Settings,
) {
    let table = Table::new("Reads on PostgreSQL, one at a time", &Pair::COLUMNS);
    table.row(&busy_time(shop, client, from, settings).await);
    table.row(&slots_of_a_month(shop, client, from, settings).await);
    let ids = some_bookings(client).await;
    table.row(&one_booking(shop, client, &ids, settings).await);
    table.row(&a_page(shop, client, settings).await);
}

async fn busy_time<S: Store>(
    shop: &Shop<S>,
    client: &Client,
    from: DateTime<Utc>,
    settings: &Settings,
) -> Vec<String> {
    let statement = client.prepare(BUSY).await.expect("a statement");
    let uuid = calendar();
    let until = from + TimeDelta::days(60);
    let resource = ResourceId::new(uuid.to_string()).expect("a UUID is an id");
    let mut scope = Scope::new(provider_id(CALENDAR));
    scope.resources = ResourceScope::Named(vec![resource]);
    scope.span = Interval::new(from, until).ok();
    let store = shop.engine.store();
    let claims = store.read(scope.clone()).await.expect("it is read").claims;
    let parameters: [&(dyn ToSql + Sync); 4] = [&uuid, &uuid, &from, &until];
    let rows = client.query(&statement, &parameters).await;
    assert_eq!(
        claims.len(),
        rows.expect("it is read").len(),
        "the same work"
    );
    let mut pair = Pair::measure(
        settings.length,
        async || {
            let rows = client.query(&statement, &parameters).await;
            assert!(!rows.expect("it is read").is_empty());
        },
        async || {
            let snapshot = store.read(scope.clone()).await;
            assert!(!snapshot.expect("it is read").claims.is_empty());
        },
    )
    .await;
    pair.cells(&format!("busy time of 60 days, {} claims", claims.len()))
}

async fn slots_of_a_month<S: Store>(
    shop: &Shop<S>,
    client: &Client,
    from: DateTime<Utc>,
    settings: &Settings,
) -> Vec<String> {
    let statement = client.prepare(BUSY).await.expect("a statement");
    let uuid = calendar();
    let from = from + TimeDelta::days(31);
    let until = from + TimeDelta::days(30);
    let window = Window::new(from, until).expect("a window");
    let (provider, service) = (provider_id(CALENDAR), cut());
    let request = SlotsRequest::default();
    let ask = || shop.engine.slots(&provider, &service, window, &request);
    let slots = ask().await.expect("an answer").slots.len();
    let mut pair = Pair::measure(
        settings.length,
        async || {
            let parameters: [&(dyn ToSql + Sync); 4] = [&uuid, &uuid, &from, &until];
            client.query(&statement, &parameters).await.expect("rows");
        },
        async || assert_eq!(ask().await.expect("an answer").slots.len(), slots),
    )
    .await;
    pair.cells(&format!("{slots} slots of 30 days; bare: the claims alone"))
}

async fn one_booking<S: Store>(
    shop: &Shop<S>,
    client: &Client,
    ids: &[(Uuid, Uuid)],
    settings: &Settings,
) -> Vec<String> {
    let statement = client.prepare(ONE).await.expect("a statement");
    let key = |(provider, booking): (Uuid, Uuid)| BookingKey {
        provider: provider.to_string().try_into().expect("a UUID is an id"),
        booking: BookingId::new(booking.to_string()).expect("a UUID is an id"),
    };
    let (mut first, mut second) = (ids.iter().cycle(), ids.iter().rev().cycle());
    let mut pair = Pair::measure(
        settings.length,
        async || {
            let (provider, booking) = first.next().expect("there are some");
            let row = client.query_one(&statement, &[provider, booking]).await;
            let body: Vec<u8> = row.expect("it is there").get(0);
            assert!(!body.is_empty());
        },
        async || {
            let key = key(*second.next().expect("there are some"));
            let booking = shop.engine.show_booking(&key).await;
            assert_eq!(booking.expect("it is there").id, key.booking);
        },
    )
    .await;
    pair.cells("a booking by its id; bare: its row alone")
}

async fn a_page<S: Store>(shop: &Shop<S>, client: &Client, settings: &Settings) -> Vec<String> {
    let statement = client.prepare(PAGE).await.expect("a statement");
    let (uuid, provider) = (calendar(), provider_id(CALENDAR));
    let mut pair = Pair::measure(
        settings.length,
        async || {
            let rows = client.query(&statement, &[&uuid]).await.expect("rows");
            let bodies: Vec<Vec<u8>> = rows.iter().map(|row| row.get(0)).collect();
            assert_eq!(bodies.len(), 50);
        },
        async || {
            let page = shop.engine.bookings(&provider, None, None, 50).await;
            assert_eq!(page.expect("a page").len(), 50);
        },
    )
    .await;
    pair.cells("the newest 50 bookings; bare: their rows alone")
}

/// Bookings of many providers.
async fn some_bookings(client: &Client) -> Vec<(Uuid, Uuid)> {
    let rows = client.query(SOME, &[]).await.expect("rows");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

fn calendar() -> Uuid {
    provider_uuid(CALENDAR)
}

const BUSY: &str = "
select span from claim
where provider_id = $1 and resource_id = $2 and span && tstzrange($3, $4)";

const ONE: &str = "select body from booking where provider_id = $1 and booking_id = $2";

const PAGE: &str = "
select body from booking where provider_id = $1 order by booking_id desc limit 50";

const SOME: &str = "
select provider_id, booking_id from booking limit 1000";
