//! A write as statements, and all of them in one round trip.
//!
//! Whatever has to be as the decision saw it is asked of the server with the change itself:
//! `quando_expect` raises when it is not so, and the transaction is rolled back.

use std::borrow::Cow;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::join_all;
use quando_engine::store::{Change, DocumentKey, DocumentKind, Idempotency, Partition, Write};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::change;
use crate::claim::owner_key;
use crate::connection::Client;
use crate::error::{Failure, maybe_written};
use crate::key::{key, partition_column, partition_key, table};
use crate::row::number;

pub(crate) type Value = Box<dyn ToSql + Sync + Send>;

/// A statement with its values.
pub(crate) struct Statement {
    pub(crate) sql: Cow<'static, str>,
    pub(crate) values: Vec<Value>,
}

macro_rules! statement {
    ($sql:expr, $($value:expr),* $(,)?) => {
        Statement {
            sql: $sql.into(),
            values: vec![$(Box::new($value) as $crate::write::Value),*],
        }
    };
}
pub(crate) use statement;

/// Runs statements in a transaction, in one round trip.
///
/// # Errors
///
/// [`Failure::Moved`] when something is not as it was seen; nothing was written then. A connection
/// that breaks leaves it open whether all was written.
pub(crate) async fn commit(client: &Client, statements: &[Statement]) -> Result<(), Failure> {
    run(client, statements, true).await
}

/// The same inside a transaction that has begun.
pub(crate) async fn finish(client: &Client, statements: &[Statement]) -> Result<(), Failure> {
    run(client, statements, false).await
}

async fn run(client: &Client, statements: &[Statement], begin: bool) -> Result<(), Failure> {
    let mut prepared = Vec::with_capacity(statements.len());
    for statement in statements {
        prepared.push(client.prepare_cached(&statement.sql).await?);
    }
    let begin = async {
        if begin {
            client.batch_execute("begin").await
        } else {
            Ok(())
        }
    };
    let values: Vec<Vec<&(dyn ToSql + Sync)>> = statements
        .iter()
        .map(|statement| {
            let values = statement.values.iter();
            values
                .map(|value| &**value as &(dyn ToSql + Sync))
                .collect()
        })
        .collect();
    let writes = prepared
        .iter()
        .zip(&values)
        .map(|(statement, values)| client.execute(statement, values));
    // What is polled first is sent first, and nothing waits for an answer.
    let begun = futures_util::future::join(begin, join_all(writes));
    let end = async { client.batch_execute("commit").await };
    let ((begun, written), ended) = futures_util::future::join(begun, end).await;
    let mut failed = None;
    if let Err(error) = begun {
        failed = Some(error);
    }
    for result in written {
        if let Err(error) = result {
            // The first says why; the others that the transaction is over.
            failed.get_or_insert(error);
        }
    }
    match (failed, ended) {
        (None, Ok(())) => Ok(()),
        (Some(error), _) | (None, Err(error)) => Err(maybe_written(error)),
    }
}

/// The statements of a write, with what it relied on.
pub(crate) fn statements(
    partition: &Partition,
    write: &Write,
    asked: Option<&Idempotency>,
    now: chrono::DateTime<chrono::Utc>,
) -> Vec<Statement> {
    let mut all = Vec::with_capacity(write.changes.len() + 4);
    all.extend(relied(write));
    // INVARIANT: bookings that are there, claims, the key, then the rest. Whoever may wait for
    // another takes them in this order, as `crate::create` does, so that nobody waits in a circle;
    // and whoever saw an old version of a booking ends before its claims are touched.
    let (there, new): (Vec<&Change>, Vec<&Change>) = write
        .changes
        .iter()
        .filter(|change| !matches!(change, Change::ReplaceClaims { .. }))
        .partition(|change| matches!(change, Change::PutBooking { previous: 1.., .. }));
    for change in there {
        change::statements(change, &mut all);
    }
    replace_claims(write, &mut all);
    all.extend(asked.map(|asked| remember(partition, asked, &write.reply, now)));
    for change in new {
        change::statements(change, &mut all);
    }
    all
}

/// What goes makes room for what comes, in whichever order they stand.
fn replace_claims(write: &Write, all: &mut Vec<Statement>) {
    for change in &write.changes {
        if let Change::ReplaceClaims {
            provider,
            owner,
            had: true,
            ..
        } = change
        {
            all.push(statement!(
                "delete from claim where provider_id = $1 and owner_id = $2",
                key(provider.as_str()),
                owner_key(owner),
            ));
        }
    }
    for change in &write.changes {
        if matches!(change, Change::ReplaceClaims { .. }) {
            change::statements(change, all);
        }
    }
}

/// Keeps the reply of a request that nobody has made before.
pub(crate) fn remember(
    partition: &Partition,
    asked: &Idempotency,
    reply: &[u8],
    now: chrono::DateTime<chrono::Utc>,
) -> Statement {
    statement!(
        "with k as (
            insert into idempotency values ($1, $2, $3, $4, $5, $6, $7)
            on conflict do nothing returning 1
        ) select quando_expect(count(*) = 1, 'key') from k",
        partition_key(partition),
        asked.principal.to_string(),
        asked.route,
        asked.key.as_str().to_owned(),
        asked.hash.to_string(),
        reply.to_vec(),
        now,
    )
}

/// That documents have the guards that were seen.
fn relied(write: &Write) -> impl Iterator<Item = Statement> {
    DocumentKind::ALL.into_iter().filter_map(|kind| {
        let of_kind = write.relied.iter().filter(|(key, _)| key.kind == kind);
        let of_kind: Vec<&(DocumentKey, u64)> = of_kind.collect();
        let (first, _) = of_kind.first()?;
        let (table, column) = (table(kind), partition_column(kind));
        let ids: Vec<Uuid> = of_kind
            .iter()
            .map(|(document, _)| key(&document.id))
            .collect();
        let guards: Vec<i64> = of_kind.iter().map(|(_, guard)| number(*guard)).collect();
        let wanted = number(of_kind.len() as u64);
        Some(statement!(
            format!(
                "select quando_expect(count(*) = $4, 'guard')
                from unnest($2::uuid[], $3::bigint[]) as seen (id, guard)
                join {table} d on d.{column} = $1 and d.id = seen.id and d.guard = seen.guard"
            ),
            partition_key(&first.partition),
            ids,
            guards,
            wanted,
        ))
    })
}
/// A failure that is planned, as if the server had died in the middle of a write.
#[derive(Debug)]
pub(crate) struct Crash {
    /// Statements until then; below zero there is none.
    left: AtomicI64,
}

impl Default for Crash {
    fn default() -> Crash {
        Crash {
            left: AtomicI64::new(-1),
        }
    }
}

impl Crash {
    pub(crate) fn plan(&self, statements: Option<u32>) {
        let left = statements.map_or(-1, i64::from);
        self.left.store(left, Ordering::SeqCst);
    }

    /// Whether a failure is planned.
    pub(crate) fn is_planned(&self) -> bool {
        self.left.load(Ordering::SeqCst) >= 0
    }

    /// Puts a statement that fails where the failure is planned.
    pub(crate) fn put_into(&self, all: &mut Vec<Statement>) {
        let left = self.left.load(Ordering::SeqCst);
        let Ok(at) = usize::try_from(left) else {
            return;
        };
        if at < all.len() {
            self.left.store(-1, Ordering::SeqCst);
            all.insert(at, statement!("select 1 / (random() * 0)::integer",));
        } else {
            let passed = i64::try_from(all.len()).unwrap_or(i64::MAX);
            self.left.store(left - passed, Ordering::SeqCst);
        }
    }
}
