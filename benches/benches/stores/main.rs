//! Both stores beside bare queries and inserts by their drivers, and the server beside a bare one, on
//! the same machine, in the same run and in turns. Prints tables in Markdown; what they mean stands in `docs/performance.md`.
//!
//! ```sh
//! cargo bench -p quando-benches --bench stores
//! ```

mod bookings;
mod copies;
mod embedded;
mod hollow;
mod http;
mod load;
mod machine;
mod measure;
mod postgres;
mod reads;
mod report;
mod search;
mod settings;
mod shop;

use std::sync::Arc;

use bookings::Shops;
use postgres::Server;
use settings::Settings;
use shop::{Calendar, Shop};

fn main() {
    let settings = Settings::read();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be started");
    let begun = measure::now();
    machine::describe(&settings);
    runtime.block_on(run(&settings));
    report::say(format_args!(
        "\nThe whole took {:.0} s.",
        begun.elapsed().as_secs_f64()
    ));
}

async fn run(settings: &Settings) {
    if settings.has("engine") {
        hollow::engine_alone(settings).await;
    }
    if ["bookings", "hot", "reads", "relay", "search"]
        .iter()
        .any(|part| settings.has(part))
    {
        on_postgres(settings).await;
    }
    if settings.has("http") {
        http::slots(settings).await;
    }
    if settings.has("sqlite") {
        let folder = tempfile::tempdir().expect("a folder");
        let calendar = Calendar::new(embedded::PROVIDERS.min(settings.providers));
        let store = embedded::open(folder.path());
        let midnight = calendar.midnight;
        let shop = Shop::new(store, calendar);
        embedded::bookings(&shop, folder.path(), settings).await;
        embedded::reads(&shop, folder.path(), midnight, settings).await;
    }
}

async fn on_postgres(settings: &Settings) {
    let server = Server::start();
    let calendar = Calendar::new(settings.providers);
    let midnight = calendar.midnight;
    let shop = async |grouped| {
        let store = postgres::open(&server.url, grouped, settings).await;
        Shop::new(store, Arc::clone(&calendar))
    };
    let (single, grouped) = (shop(false).await, shop(true).await);
    let shops = Shops { single, grouped };
    let client = server.connect().await;
    load::load(&shops.single, &client, midnight, settings).await;
    if settings.has("reads") {
        reads::postgres(&shops.single, &client, midnight, settings).await;
    }
    if settings.has("bookings") {
        shops.spread(&server, settings).await;
    }
    if settings.has("hot") {
        shops.hot(&server, settings).await;
        shops.wanted(&client, settings).await;
    }
    if settings.has("relay") {
        bookings::relay(&shops.single, &client, settings).await;
    }
    if settings.has("search") {
        search::load(&client, settings.listings).await;
        search::lists(shops.single.engine.store(), &client, settings).await;
    }
}
