//! From the outbox to the feed.

use std::collections::BTreeMap;

use quando::id::ProviderId;
use quando_engine::audit::{Hash, seal};
use quando_engine::statistics::Statistics;
use quando_engine::store::{FeedEntry, Projection};
use uuid::Uuid;

use crate::connection::Client;
use crate::error::Failure;
use crate::key::{beside, id, key, partition_key};
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
        let projections = project(&entries);
        let mut sums = sums(client, &projections).await?;
        for projection in &projections {
            if let Projection::Statistics { provider, delta } = projection
                && let Some(sum) = sums.get_mut(provider)
            {
                sum.statistics.add(delta);
                sum.rated |= delta.ratings != [0; 5];
            }
        }
        statements.push(put_customer_bookings(&projections));
        statements.push(put_statistics(&sums));
        statements.push(put_ratings(&sums));
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
        "select {ENTRY}, o.id from (select * from outbox order by id limit {limit}) o
        join journal j using (provider_id, subject, version) order by o.id"
    );
    // The limit stands in it as it is, because the plan depends on it.
    let rows = client.query_typed(&sql, &[]).await?;
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

/// The statistics that projections add to, as they are. One relay works at a time, so that nobody
/// adds in between.
async fn sums(
    client: &Client,
    projections: &[Projection],
) -> Result<BTreeMap<ProviderId, Sum>, Failure> {
    let mut sums = BTreeMap::new();
    for projection in projections {
        if let Projection::Statistics { provider, .. } = projection {
            let none = Sum {
                statistics: Statistics::default(),
                rated: false,
            };
            sums.insert(provider.clone(), none);
        }
    }
    let keys: Vec<Uuid> = sums.keys().map(|id| key(id.as_str())).collect();
    let sql = "select provider_id, provider_text, body -> 'statistics' from statistics
        where provider_id = any($1)";
    let statement = client.prepare_cached(sql).await?;
    for row in client.query(&statement, &[&keys]).await? {
        let provider: ProviderId = id(row.try_get(0)?, row.try_get(1)?)?;
        if let Some(sum) = sums.get_mut(&provider) {
            sum.statistics = row::value(row.try_get(2)?)?;
        }
    }
    Ok(sums)
}

fn put_customer_bookings(projections: &[Projection]) -> Statement {
    let (mut customers, mut bookings) = (Vec::new(), Vec::new());
    let (mut providers, mut instants) = (Vec::new(), Vec::new());
    for projection in projections {
        if let Projection::CustomerBooking {
            customer,
            provider,
            booking,
            at,
        } = projection
        {
            customers.push(key(customer.as_str()));
            bookings.push(key(booking.as_str()));
            providers.push(key(provider.as_str()));
            instants.push(*at);
        }
    }
    statement!(
        "insert into customer_booking
        select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[])
        on conflict do nothing",
        customers,
        bookings,
        providers,
        instants,
    )
}

fn put_statistics(sums: &BTreeMap<ProviderId, Sum>) -> Statement {
    let body = |sum: &Sum| {
        serde_json::json!({
            "micros": sum.statistics.rating_micros(),
            "statistics": sum.statistics,
        })
    };
    let texts = sums.keys().map(|id| beside(id.as_str()).map(str::to_owned));
    statement!(
        "insert into statistics select * from unnest($1::uuid[], $2::text[], $3::jsonb[])
        on conflict (provider_id) do update set body = excluded.body",
        sums.keys()
            .map(|id| key(id.as_str()))
            .collect::<Vec<Uuid>>(),
        texts.collect::<Vec<Option<String>>>(),
        sums.values().map(body).collect::<Vec<serde_json::Value>>(),
    )
}

fn put_ratings(sums: &BTreeMap<ProviderId, Sum>) -> Statement {
    let rated = || sums.iter().filter(|(_, sum)| sum.rated);
    let counts = rated().map(|(_, sum)| {
        let counts = sum.statistics.ratings.counts().map(number);
        serde_json::json!(counts)
    });
    statement!(
        "update listing set rating_micros = rated.micros,
            ratings = array(select jsonb_array_elements_text(rated.counts)::bigint)
        from unnest($1::uuid[], $2::bigint[], $3::jsonb[]) as rated (provider_id, micros, counts)
        where listing.provider_id = rated.provider_id",
        rated()
            .map(|(id, _)| key(id.as_str()))
            .collect::<Vec<Uuid>>(),
        rated()
            .map(|(_, sum)| sum.statistics.rating_micros())
            .collect::<Vec<i64>>(),
        counts.collect::<Vec<serde_json::Value>>(),
    )
}
