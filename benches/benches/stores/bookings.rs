//! Bookings a second on PostgreSQL, one by one and in groups, beside plain inserts.

use std::sync::Arc;

use quando_engine::store::Store;
use tokio_postgres::Client;

use crate::measure::{Turns, Work, in_turns, percentile};
use crate::postgres::Server;
use crate::report::{Table, milliseconds, rate, ratio};
use crate::settings::Settings;
use crate::shop::Shop;

/// One store that commits each booking by itself, and one that commits those together that come
/// together; over the same database.
pub(crate) struct Shops<S> {
    pub(crate) single: Shop<S>,
    pub(crate) grouped: Shop<S>,
}

impl<S: Store> Shops<S> {
    fn each(&self, work: impl Fn(&Shop<S>) -> Work) -> [Work; 2] {
        [work(&self.single), work(&self.grouped)]
    }

    /// Every booking with any provider.
    pub(crate) async fn spread(&self, server: &Server, settings: &Settings) {
        let work = |shop: &Shop<S>| {
            let shop = shop.clone();
            Work::task(move |_| {
                let shop = shop.clone();
                async move { shop.book_spread().await }
            })
        };
        let providers = settings.providers;
        let title = format!("Bookings on PostgreSQL, {providers} providers");
        self.compare(&title, work, (server, settings)).await;
    }

    /// Every booking with the same provider, at another time.
    pub(crate) async fn hot(&self, server: &Server, settings: &Settings) {
        let work = |shop: &Shop<S>| {
            let shop = shop.clone();
            Work::task(move |_| {
                let shop = shop.clone();
                async move { shop.book_hot().await }
            })
        };
        let title = "Bookings on PostgreSQL, one hot provider";
        self.compare(title, work, (server, settings)).await;
    }

    async fn compare(
        &self,
        title: &str,
        work: impl Fn(&Shop<S>) -> Work,
        (server, settings): (&Server, &Settings),
    ) {
        let columns = [
            "Clients",
            "plain/s",
            "one by one/s",
            "ratio",
            "rounds",
            "p50",
            "p99",
            "grouped/s",
            "ratio",
            "p50",
            "p99",
            "faults",
        ];
        let table = Table::new(title, &columns);
        for &clients in &settings.clients {
            let [single, grouped] = self.each(&work);
            let subjects = [server.plain_inserts(clients).await, single, grouped];
            let turns = in_turns(&subjects, clients, settings).await;
            table.row(&cells(clients, &turns));
        }
    }

    /// Everybody wants the same slot, again and again: one gets it, and all others a no.
    pub(crate) async fn wanted(&self, client: &Client, settings: &Settings) {
        let columns = [
            "Clients",
            "Commits",
            "bookings/s",
            "refusals/s",
            "p50",
            "p99",
            "worst",
            "deadlocks",
            "faults",
        ];
        let table = Table::new("One slot after the other, wanted by all at once", &columns);
        for &clients in &settings.clients {
            // Each slot is tried four times by everybody.
            let tries = 4 * u32::try_from(clients).expect("some clients");
            let works = self.each(|shop| {
                let (shop, wanted) = (shop.clone(), shop.fresh());
                Work::task(move |_| {
                    let (shop, wanted) = (shop.clone(), Arc::clone(&wanted));
                    async move { shop.book_wanted(&wanted, tries).await }
                })
            });
            for (name, work) in ["one by one", "grouped"].into_iter().zip(works) {
                let before = deadlocks(client).await;
                let turns = in_turns(&[work], clients, settings).await;
                let found = deadlocks(client).await - before;
                let sum = &turns[0].sum;
                table.row(&[
                    clients.to_string(),
                    name.to_owned(),
                    rate(sum.done_per_second()),
                    rate(sum.refused_per_second()),
                    milliseconds(sum.percentile(50)),
                    milliseconds(sum.percentile(99)),
                    milliseconds(sum.worst()),
                    found.to_string(),
                    sum.failures(),
                ]);
            }
        }
    }
}

fn cells(clients: usize, turns: &[Turns]) -> Vec<String> {
    let [plain, single, grouped] = turns else {
        panic!("three subjects took turns");
    };
    let pairs = single.rounds.iter().zip(&plain.rounds);
    let rounds: Vec<String> = pairs.map(|(some, all)| ratio(some / all)).collect();
    let latencies = |turns: &Turns| [50, 99].map(|part| milliseconds(turns.sum.percentile(part)));
    let mut faults = [single, grouped].map(faults).concat();
    faults.retain(|text| !text.is_empty());
    let mut cells = vec![
        clients.to_string(),
        rate(plain.sum.done_per_second()),
        rate(single.sum.done_per_second()),
        ratio(single.ratio(plain)),
        rounds.join(" "),
    ];
    cells.extend(latencies(single));
    cells.push(rate(grouped.sum.done_per_second()));
    cells.push(ratio(grouped.ratio(plain)));
    cells.extend(latencies(grouped));
    cells.push(faults.join(", "));
    cells
}

/// Refusals are faults where every slot is free.
fn faults(turns: &Turns) -> Vec<String> {
    let refused = turns.sum.refused;
    let refused = (refused > 0).then(|| format!("{refused} refused"));
    refused.into_iter().chain([turns.sum.failures()]).collect()
}

async fn deadlocks(client: &Client) -> i64 {
    // The server's counts are a moment behind.
    let row = client.query_one(DEADLOCKS, &[]).await;
    row.expect("the server counts").get(0)
}

const DEADLOCKS: &str = "
select deadlocks from pg_stat_database where datname = current_database()";

/// Events that a relay moves in a second, until the outbox is empty or the time is over.
pub(crate) async fn relay<S: Store>(shop: &Shop<S>, client: &Client, settings: &Settings) {
    let waiting = client.query_one("select count(*) from outbox", &[]).await;
    let waiting: i64 = waiting.expect("a count").get(0);
    let table = Table::new(
        "Relay on PostgreSQL",
        &["Entries waiting", "events/s", "p50 of 500"],
    );
    let mut events = 0;
    let mut latencies = Vec::new();
    let begun = crate::measure::now();
    while begun.elapsed() < settings.length * 4 {
        let begin = crate::measure::now();
        let entries = shop.engine.store().relay(500, |_| Vec::new()).await;
        let entries = entries.expect("the relay goes on").len();
        if entries == 0 {
            break;
        }
        latencies.push(begin.elapsed());
        events += u32::try_from(entries).expect("at most 500");
    }
    let seconds = begun.elapsed().as_secs_f64();
    table.row(&[
        waiting.to_string(),
        rate(f64::from(events) / seconds),
        milliseconds(percentile(&mut latencies, 50)),
    ]);
}
