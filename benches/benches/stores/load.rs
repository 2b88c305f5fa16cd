//! What is there before anything is measured: providers and bookings, as copies of the first.

use chrono::{DateTime, TimeDelta, Utc};
use quando_engine::store::Store;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::copies::Copies;
use crate::report::say;
use crate::settings::Settings;
use crate::shop::{
    CALENDAR, HOT, LOADED_A_DAY, Shop, TEMPLATE, provider_sql, provider_uuid, random,
};

/// Bookings of the provider with the half full calendar: those of sixty days.
const CALENDAR_BOOKINGS: u32 = 60 * LOADED_A_DAY;
/// Bookings that one statement copies.
const CHUNK: u32 = 100_000;

/// The tables of a provider's documents, and of a booking.
const DOCUMENTS: [&str; 5] = ["provider", "resource", "service", "terms", "journal"];
const BOOKINGS: [&str; 6] = [
    "booking",
    "claim",
    "journal",
    "idempotency",
    "posting",
    "instruction",
];

/// Makes everything through the engine once, and copies it as often as is wanted.
pub(crate) async fn load<S: Store>(
    shop: &Shop<S>,
    client: &Client,
    midnight: DateTime<Utc>,
    settings: &Settings,
) {
    let begun = crate::measure::now();
    for (number, minutes) in [(TEMPLATE, 30), (HOT, 5), (CALENDAR, 30)] {
        shop.open(number, minutes).await.expect("a provider");
    }
    let providers = Copies {
        of: format!("t.provider_id = '{}'", provider_uuid(TEMPLATE)),
        ids: vec![(provider_uuid(TEMPLATE).to_string(), provider_sql("n"))],
        instants: Vec::new(),
        shift: "interval '0'".to_owned(),
    };
    for table in DOCUMENTS {
        let copied = providers.make(client, table, (1, settings.providers)).await;
        copied.unwrap_or_else(|error| panic!("copying {table}: {error:?}"));
    }
    copy_bookings(shop, client, midnight, settings).await;
    client
        .batch_execute("vacuum analyze")
        .await
        .expect("statistics");
    client
        .batch_execute("checkpoint")
        .await
        .expect("a checkpoint");
    say(format_args!(
        "\n{} providers with {} bookings were loaded in {:.0} s.",
        settings.providers,
        settings.bookings,
        begun.elapsed().as_secs_f64(),
    ));
}

async fn copy_bookings<S: Store>(
    shop: &Shop<S>,
    client: &Client,
    midnight: DateTime<Utc>,
    settings: &Settings,
) {
    let customer = random();
    let start = midnight + TimeDelta::hours(8);
    let booking = shop.book((TEMPLATE, start), customer).await;
    let booking = booking.expect("the first slot is free");
    let id: Uuid = booking.id.as_str().parse().expect("the engine makes UUIDs");
    // To the minute: so begin both instants and, in this zone, civil times.
    let text = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M").to_string();
    let (count, providers) = (settings.bookings, settings.providers);
    // Half of them lie in the past.
    let past = count / providers / LOADED_A_DAY / 2;
    let copies = |provider: String, number: &str, of_day: String, bits: u128| Copies {
        of: format!("t.provider_id = '{}'", provider_uuid(TEMPLATE)),
        ids: vec![
            (provider_uuid(TEMPLATE).to_string(), provider),
            (id.to_string(), numbered(BOOKING_IDS | bits, "n")),
            (customer.to_string(), numbered(CUSTOMERS | bits, "n")),
        ],
        instants: vec![text(booking.slot.start()), text(booking.slot.end())],
        shift: format!(
            "({of_day}) * interval '1 day' \
             + (({number}) % {LOADED_A_DAY}) * interval '90 minutes'"
        ),
    };
    let spread = copies(
        provider_sql(&format!("n % {providers} + 1")),
        &format!("n / {providers}"),
        format!("n / {providers} / {LOADED_A_DAY} - {past}"),
        0,
    );
    let calendar = copies(
        format!("'{}'::uuid", provider_uuid(CALENDAR)),
        "n",
        format!("n / {LOADED_A_DAY}"),
        0x1_0000_0000_0000_0000,
    );
    for first in (0..count).step_by(CHUNK as usize) {
        copy(&spread, client, (first, count.min(first + CHUNK) - 1)).await;
    }
    copy(&calendar, client, (0, CALENDAR_BOOKINGS - 1)).await;
}

async fn copy(copies: &Copies, client: &Client, numbers: (u32, u32)) {
    for table in BOOKINGS {
        let mut copies = copies.clone();
        if table == "journal" {
            copies.of += " and t.subject like 'booking/%'";
        }
        let copied = copies.make(client, table, numbers).await;
        copied.unwrap_or_else(|error| panic!("copying {table}: {error:?}"));
    }
}

/// An SQL expression for a UUID that ends in a number.
fn numbered(bits: u128, number: &str) -> String {
    let text = Uuid::from_u128(bits).to_string();
    let (start, _) = text.split_at(text.len() - 12);
    format!("('{start}' || lpad(to_hex(({number})::bigint), 12, '0'))::uuid")
}

const BOOKING_IDS: u128 = 0x0000_0000_0000_7000_8000_0000_0000_0000;
const CUSTOMERS: u128 = 0x0000_0000_0000_4000_9000_0000_0000_0000;
