//! An engine inside a program of one's own: in memory, on a file, or on PostgreSQL.
//!
//! What differs is one line, the store; everything else is the same code over any of them.

use std::error::Error;

use chrono::DateTime;
use quando::availability::Resource;
use quando::booking::Actor;
use quando::id::{ProviderId, ServiceId};
use quando::idempotency::IdempotencyKey;
use quando_engine::personal::MasterKeys;
use quando_engine::record::{Provider, Service};
use quando_engine::store::Store;
use quando_engine::{
    Context, Engine, Expected, MemoryStore, NewBooking, Settings, SystemClock, SystemEntropy, wait,
};
use quando_store_postgres::PostgresStore;
use quando_store_sqlite::SqliteStore;
use serde_json::json;

#[expect(clippy::print_stdout, reason = "an example shows its answer")]
fn main() -> Result<(), Box<dyn Error>> {
    let place = std::env::args().nth(1).unwrap_or_default();
    print!("{}", run(&place)?);
    Ok(())
}

/// Books in memory, in a file, or on a server, by what the place looks like.
fn run(place: &str) -> Result<String, Box<dyn Error>> {
    if place.is_empty() {
        return wait(book(MemoryStore::new()));
    }
    if quando_store_postgres::is_url(place) {
        // The client of PostgreSQL needs a runtime; the engine names none.
        let runtime = tokio::runtime::Runtime::new()?;
        return runtime.block_on(async {
            let options = quando_store_postgres::Options::new(place);
            book(PostgresStore::migrate_and_connect(&options).await?).await
        });
    }
    let options = quando_store_sqlite::Options::new(place);
    // A file that is upgraded is copied first, under a name with this instant.
    wait(book(SqliteStore::open(options, DateTime::UNIX_EPOCH)?))
}

async fn book<S: Store>(store: S) -> Result<String, Box<dyn Error>> {
    // A program that keeps its data keeps its keys as well: these are for everybody to see.
    let keys = format!("first:{},index:{}", "2b7e".repeat(16), "9c41".repeat(16));
    let settings = Settings {
        clock: Box::new(SystemClock),
        entropy: Box::new(SystemEntropy),
        keys: MasterKeys::parse(&keys)?,
    };
    let engine = Engine::new(store, settings);
    let (ana, cut) = (ProviderId::new("ana")?, ServiceId::new("cut")?);
    if engine.provider(&ana).await?.is_none() {
        open_shop(&engine, &ana).await?;
    }
    let next = engine
        .next_slots(&ana, &cut, None, &Default::default())
        .await?;
    let slot = next.first().ok_or("nothing is free")?;
    let new: NewBooking = serde_json::from_value(json!({
        "provider": "ana", "service": "cut", "customer": "customer-1", "start": slot.start
    }))?;
    // The key belongs to what the customer did: sent again, it is the same booking.
    let key = IdempotencyKey::new(format!("cart-of-{}", slot.start.timestamp()))?;
    let customer = Context::named(Actor::Customer, "customer-1".try_into()?).with_key(key);
    let booked = engine.create_booking(customer.clone(), new.clone()).await?;
    let again = engine.create_booking(customer, new).await?;
    Ok(format!(
        "{} {}\nsent again: {}\n",
        booked.value.status,
        booked.value.quote.total(),
        if again.json == booked.json {
            "the same booking"
        } else {
            "another one"
        },
    ))
}

/// Ana cuts hair on every day from nine to five, for 40 euros.
async fn open_shop<S: Store>(engine: &Engine<S>, ana: &ProviderId) -> Result<(), Box<dyn Error>> {
    let day = json!([{"from": "09:00", "to": "17:00"}]);
    let provider: Provider =
        serde_json::from_value(json!({"id": ana, "name": "Ana's", "zone": "Europe/Berlin"}))?;
    let resource: Resource = serde_json::from_value(json!({
        "id": ana,
        "schedule": {"zone": "Europe/Berlin", "weekly": {
            "mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": day, "sun": day
        }}
    }))?;
    let service: Service = serde_json::from_value(json!({
        "id": "cut",
        "name": "Haircut",
        "timing": {"durationMinutes": 60},
        "offer": {"terms": {"price": {"base": {
            "kind": "perBooking", "price": {"amount": "40.00", "currency": "EUR"}
        }}}}
    }))?;
    let operator = || Context::new(Actor::Operator);
    engine
        .put_provider(operator(), provider, Expected::New)
        .await?;
    engine
        .put_resource(operator(), ana.clone(), resource, Expected::Any)
        .await?;
    engine
        .put_service(operator(), ana.clone(), service, Expected::New)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::run;

    /// What the README shows.
    fn shown() -> &'static str {
        let readme = include_str!("README.md");
        let begin = readme
            .find("confirmed")
            .expect("the README shows an answer");
        let end = readme[begin..].find("```").expect("the answer ends");
        &readme[begin..begin + end]
    }

    #[test]
    fn in_memory() {
        assert_eq!(run("").unwrap(), shown());
    }

    #[test]
    fn in_a_file_that_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.db");
        let file = file.to_str().unwrap();
        assert_eq!(run(file).unwrap(), shown());
        assert_eq!(run(file).unwrap(), shown());
    }

    #[test]
    fn on_a_server() {
        // A server that may lose what it has confirmed is refused.
        let cluster = quando_testbed::Cluster::start(quando_testbed::Options::durable()).unwrap();
        let url = cluster.create_database("shop").unwrap();
        assert_eq!(run(&url).unwrap(), shown());
    }
}
