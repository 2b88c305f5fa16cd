//! From the outbox to the feed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use quando::id::ProviderId;
use quando_engine::audit::{Hash, seal};
use quando_engine::statistics::Statistics;
use quando_engine::store::{FeedEntry, Projection};
use uuid::Uuid;

use crate::connection::Client;
use crate::error::Failure;
use crate::key::{beside, key, partition_key};
use crate::list::statistics;
use crate::row::{self, ENTRY, number};
use crate::write::{Crash, Statement, finish, statement};

/// Gives entries of the outbox their places in the feed, and applies what follows from them.
pub(crate) async fn relay<P>(
    (client, crash): (&Client, &Crash),
    limit: u32,
    mut project: P,
) -> Result<Vec<FeedEntry>, Failure>
where
    P: FnMut(&[FeedEntry]) -> Vec<Projection>,
{
    client.batch_execute("begin").await?;
    let numbered = async {
        // Whoever has the end of the feed is the relay that works.
        let sql = "select position, seal from feed_end for update skip locked";
        let statement = client.prepare_cached(sql).await?;
        let Some(end) = client.query_opt(&statement, &[]).await? else {
            return Ok((Vec::new(), Vec::new()));
        };
        let (position, last) = (row::count(end.try_get(0)?)?, row::hash(&end, 1)?);
        let (entries, ids) = waiting(client, limit, (position, last)).await?;
        if entries.is_empty() {
            return Ok((entries, Vec::new()));
        }
        let mut statements = to_feed(&entries, ids);
        let mut sums: HashMap<ProviderId, Sum> = HashMap::new();
        for projection in project(&entries) {
            match projection {
                Projection::Statistics { provider, delta } => {
                    // One relay works at a time, so that nobody adds in between.
                    let sum = match sums.entry(provider) {
                        Entry::Occupied(known) => known.into_mut(),
                        Entry::Vacant(new) => {
                            let statistics = statistics(client, new.key()).await?;
                            new.insert(Sum {
                                statistics,
                                rated: false,
                            })
                        }
                    };
                    sum.statistics.add(&delta);
                    sum.rated |= delta.ratings != [0; 5];
                }
                Projection::CustomerBooking {
                    customer,
                    provider,
                    booking,
                    at,
                } => statements.push(statement!(
                    "insert into customer_booking values ($1, $2, $3, $4) on conflict do nothing",
                    key(customer.as_str()),
                    key(booking.as_str()),
                    key(provider.as_str()),
                    at,
                )),
            }
        }
        for (provider, sum) in &sums {
            statements.push(put_statistics(provider, &sum.statistics));
            if sum.rated {
                statements.push(put_ratings(provider, &sum.statistics));
            }
        }
        Ok::<(Vec<FeedEntry>, Vec<Statement>), Failure>((entries, statements))
    };
    match numbered.await {
        Ok((entries, mut statements)) if !entries.is_empty() => {
            crash.put_into(&mut statements);
            finish(client, &statements).await?;
            Ok(entries)
        }
        Ok((entries, _)) => {
            client.batch_execute("rollback").await?;
            Ok(entries)
        }
        Err(failure) => {
            client.batch_execute("rollback").await?;
            Err(failure)
        }
    }
}

async fn waiting(
    client: &Client,
    limit: u32,
    (mut position, mut last): (u64, Hash),
) -> Result<(Vec<FeedEntry>, Vec<i64>), Failure> {
    let sql = format!(
        "select {ENTRY}, o.id from (select * from outbox order by id limit $1) o
        join journal j using (provider_id, subject, version) order by o.id"
    );
    let statement = client.prepare_cached(&sql).await?;
    let rows = client.query(&statement, &[&i64::from(limit)]).await?;
    let mut entries = Vec::with_capacity(rows.len());
    let mut ids = Vec::with_capacity(rows.len());
    for found in &rows {
        let entry = row::entry(found)?;
        position += 1;
        last = seal(last, position, entry.hash);
        ids.push(found.try_get(11)?);
        entries.push(FeedEntry {
            position,
            seal: last,
            entry,
        });
    }
    Ok((entries, ids))
}

fn to_feed(entries: &[FeedEntry], ids: Vec<i64>) -> Vec<Statement> {
    let each = || entries.iter();
    let last = entries.last().expect("there are entries");
    vec![
        statement!(
            "insert into feed
            select * from unnest($1::bigint[], $2::uuid[], $3::text[], $4::bigint[], $5::bytea[])",
            each()
                .map(|entry| number(entry.position))
                .collect::<Vec<i64>>(),
            each()
                .map(|entry| partition_key(&entry.entry.partition))
                .collect::<Vec<Uuid>>(),
            each()
                .map(|entry| entry.entry.subject.to_string())
                .collect::<Vec<String>>(),
            each()
                .map(|entry| number(entry.entry.version))
                .collect::<Vec<i64>>(),
            each()
                .map(|entry| entry.seal.0.to_vec())
                .collect::<Vec<Vec<u8>>>(),
        ),
        statement!(
            "delete from outbox o using unnest($1::uuid[], $2::bigint[]) as done (provider_id, id)
            where o.provider_id = done.provider_id and o.id = done.id",
            each()
                .map(|entry| partition_key(&entry.entry.partition))
                .collect::<Vec<Uuid>>(),
            ids,
        ),
        statement!(
            "update feed_end set position = $1, seal = $2",
            number(last.position),
            last.seal.0.to_vec(),
        ),
    ]
}

/// The statistics of a provider, as they become.
struct Sum {
    statistics: Statistics,
    /// Whether ratings came, which searches show as well.
    rated: bool,
}

fn put_statistics(provider: &ProviderId, statistics: &Statistics) -> Statement {
    let body = serde_json::json!({
        "micros": statistics.rating_micros(),
        "statistics": statistics,
    });
    statement!(
        "insert into statistics values ($1, $2, $3)
        on conflict (provider_id) do update set body = excluded.body",
        key(provider.as_str()),
        beside(provider.as_str()).map(str::to_owned),
        body,
    )
}

fn put_ratings(provider: &ProviderId, statistics: &Statistics) -> Statement {
    let counts: Vec<i64> = statistics.ratings.counts().map(number).to_vec();
    statement!(
        "update listing set rating_micros = $2, ratings = $3 where provider_id = $1",
        key(provider.as_str()),
        statistics.rating_micros(),
        counts,
    )
}
