//! The store: the port, on a server.

use std::time::Duration;

use deadpool_postgres::Pool;
use quando::idempotency::{Judgement, Record, RequestHash, judge};
use quando_engine::Refusal;
use quando_engine::limits::DECISIONS_MAX;
use quando_engine::store::{
    FeedEntry, Item, List, Partition, Projection, ResourceScope, Scope, Snapshot, Store,
    StoreError, TransactError, Write, WriteRequest, Written,
};
use uuid::Uuid;

use crate::connection::{Client, Options, pool};
use crate::error::{Failure, corrupt};
use crate::key::{key, partition_key};
use crate::list::list;
use crate::load::snapshot;
use crate::migrate::{self, Migrator, require_durability};
use crate::relay::relay;
use crate::write::{Crash, commit, finish, statements};

/// After so many attempts the next one waits a little, so that those who are quicker get done.
const PATIENT_FROM: u32 = 3;

/// A store on a PostgreSQL server.
#[derive(Debug)]
pub struct PostgresStore {
    primary: Pool,
    replica: Option<Pool>,
    crash: Crash,
}

impl PostgresStore {
    /// Connects to a server whose tables are up to date; see [`Migrator`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] when the tables are not those of this program,
    /// [`StoreError::Unavailable`] when the server cannot be reached, and [`StoreError::Failed`]
    /// when it may lose what it has confirmed, unless the options allow that.
    pub async fn connect(options: &Options) -> Result<PostgresStore, StoreError> {
        let primary = pool(&options.url, options)?;
        let replica = options.replica_url.as_deref();
        let replica = replica.map(|url| pool(url, options)).transpose()?;
        let store = PostgresStore {
            primary,
            replica,
            crash: Crash::default(),
        };
        let client = store.client().await?;
        migrate::require_latest(&client).await?;
        if !options.allow_unsafe_durability {
            require_durability(&client).await?;
        }
        store.close_idle(options.idle);
        Ok(store)
    }

    /// Brings the tables of a server up to date first; for tests and small installations, where the
    /// application may do that.
    ///
    /// # Errors
    ///
    /// As [`PostgresStore::connect`], and [`StoreError::Failed`] with what went wrong in a
    /// migration.
    pub async fn migrate_and_connect(options: &Options) -> Result<PostgresStore, StoreError> {
        let mut migrator = Migrator::connect(options).await?;
        migrator.up(None).await?;
        PostgresStore::connect(options).await
    }

    /// Lets so many statements of writes pass and the next one fail on the server, or none: for the
    /// tests of what is left behind.
    #[doc(hidden)]
    pub fn fail_after(&self, statements: Option<u32>) {
        self.crash.plan(statements);
    }

    async fn client(&self) -> Result<Client, Failure> {
        Ok(self.primary.get().await?)
    }

    /// A connection for reads that decide nothing.
    async fn reader(&self) -> Result<Client, Failure> {
        Ok(self.replica.as_ref().unwrap_or(&self.primary).get().await?)
    }

    /// Closes connections that nobody has used for a while.
    fn close_idle(&self, idle: Duration) {
        for pool in [Some(&self.primary), self.replica.as_ref()]
            .into_iter()
            .flatten()
        {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut ticks = tokio::time::interval(idle.max(Duration::from_secs(1)));
                while !pool.is_closed() {
                    ticks.tick().await;
                    pool.retain(|_, metrics| metrics.last_used() < idle);
                }
            });
        }
    }

    async fn write<D>(&self, request: &WriteRequest, mut decide: D) -> Result<Written, Failure>
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal> + Send,
    {
        for attempt in 0..DECISIONS_MAX {
            if attempt >= PATIENT_FROM {
                let pause = Duration::from_millis(u64::from(attempt));
                // Nothing is awaited but the time itself.
                let _elapsed = tokio::time::timeout(pause, std::future::pending::<()>()).await;
            }
            let client = self.client().await?;
            let answer = if request.scope.lock {
                locked((&client, &self.crash), request, &mut decide).await
            } else {
                optimistic((&client, &self.crash), request, &mut decide).await
            };
            match answer {
                Err(Failure::Moved) => {}
                Err(Failure::Transact(refused)) => {
                    // What stands in the way may be the effect of the same request, which was
                    // written after the key was looked for.
                    return match replay(&client, request).await? {
                        Some(written) => Ok(written),
                        None => Err(Failure::Transact(refused)),
                    };
                }
                answer => return answer,
            }
        }
        Err(Failure::Moved)
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        self.primary.close();
        if let Some(replica) = &self.replica {
            replica.close();
        }
    }
}

impl Store for PostgresStore {
    async fn read(&self, scope: Scope) -> Result<Snapshot, StoreError> {
        let client = self.client().await?;
        Ok(read(&client, &scope).await?)
    }

    async fn transact<D>(&self, request: WriteRequest, decide: D) -> Result<Written, TransactError>
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal> + Send + 'static,
    {
        Ok(self.write(&request, decide).await?)
    }

    async fn list(&self, asked: List) -> Result<Vec<Item>, StoreError> {
        let client = self.reader().await?;
        Ok(list(&client, &asked).await?)
    }

    async fn relay<P>(&self, limit: u32, project: P) -> Result<Vec<FeedEntry>, StoreError>
    where
        P: FnMut(&[FeedEntry]) -> Vec<Projection> + Send + 'static,
    {
        let client = self.client().await?;
        Ok(relay((&client, &self.crash), limit, project).await?)
    }
}

/// Everything as it was at one instant, in one round trip.
async fn read(client: &Client, scope: &Scope) -> Result<Snapshot, Failure> {
    let begin = async {
        let begin = "begin isolation level repeatable read read only";
        Ok::<(), Failure>(client.batch_execute(begin).await?)
    };
    let end = async { Ok::<(), Failure>(client.batch_execute("commit").await?) };
    let read = futures_util::future::join(snapshot(client, scope), end);
    let (begun, (seen, ended)) = futures_util::future::join(begin, read).await;
    begun?;
    let seen = seen?;
    ended?;
    Ok(seen)
}

/// Reads without locks, decides, and writes under the constraints and the guards of what was seen.
async fn optimistic<D>(
    (client, crash): (&Client, &Crash),
    request: &WriteRequest,
    decide: &mut D,
) -> Result<Written, Failure>
where
    D: FnMut(&Snapshot) -> Result<Write, Refusal>,
{
    let read =
        futures_util::future::join(replay(client, request), snapshot(client, &request.scope));
    let (known, seen) = read.await;
    if let Some(written) = known? {
        return Ok(written);
    }
    let write = decide(&seen?).map_err(|refusal| Failure::Transact(refusal.into()))?;
    let asked = request.idempotency.as_ref();
    if write.changes.is_empty() && write.relied.is_empty() && asked.is_none() {
        return Ok(new(write));
    }
    let mut all = statements(&request.scope.partition, &write, asked, request.now);
    crash.put_into(&mut all);
    commit(client, &all).await?;
    Ok(new(write))
}

/// Locks what the decision rests on, reads it, decides and writes, while nobody else who locks it
/// can.
async fn locked<D>(
    (client, crash): (&Client, &Crash),
    request: &WriteRequest,
    decide: &mut D,
) -> Result<Written, Failure>
where
    D: FnMut(&Snapshot) -> Result<Write, Refusal>,
{
    client.batch_execute("begin").await?;
    let decided = async {
        lock(client, &request.scope).await?;
        // New statements, so that they see what was committed before the locks were there.
        if let Some(written) = replay(client, request).await? {
            return Ok(Err(written));
        }
        let seen = snapshot(client, &request.scope).await?;
        let write = decide(&seen).map_err(|refusal| Failure::Transact(refusal.into()))?;
        Ok::<Result<Write, Written>, Failure>(Ok(write))
    };
    match decided.await {
        Ok(Ok(write)) => {
            let asked = request.idempotency.as_ref();
            let mut all = statements(&request.scope.partition, &write, asked, request.now);
            crash.put_into(&mut all);
            finish(client, &all).await?;
            Ok(new(write))
        }
        Ok(Err(written)) => {
            client.batch_execute("rollback").await?;
            Ok(written)
        }
        Err(failure) => {
            // Whoever lends the connection next must not be in this transaction; when even that
            // fails the connection is gone, and the transaction with it.
            client.batch_execute("rollback").await?;
            Err(failure)
        }
    }
}

/// Locks rows in one order, the provider's first and resources by key, so that nobody waits in a
/// circle.
async fn lock(client: &Client, scope: &Scope) -> Result<(), Failure> {
    let Partition::Provider(provider) = &scope.partition else {
        return Ok(());
    };
    let provider = key(provider.as_str());
    if scope.services || scope.resources == ResourceScope::All {
        let sql = "select 1 from provider where provider_id = $1 and id = $1 for no key update";
        let statement = client.prepare_cached(sql).await?;
        client.execute(&statement, &[&provider]).await?;
    }
    match (&scope.resources, &scope.service) {
        (ResourceScope::Named(ids), _) => {
            let ids: Vec<Uuid> = ids.iter().map(|id| key(id.as_str())).collect();
            let sql = "select 1 from resource where provider_id = $1 and id = any($2)
                order by id for no key update";
            let statement = client.prepare_cached(sql).await?;
            client.execute(&statement, &[&provider, &ids]).await?;
        }
        (ResourceScope::OfService, Some(service)) => {
            let sql = "select 1 from resource
                where provider_id = $1 and id = any(
                    (select resource_ids from service where provider_id = $1 and id = $2)::uuid[]
                ) order by id for no key update";
            let statement = client.prepare_cached(sql).await?;
            let service = key(service.as_str());
            client.execute(&statement, &[&provider, &service]).await?;
        }
        (ResourceScope::None | ResourceScope::All | ResourceScope::OfService, _) => {}
    }
    Ok(())
}

/// The stored reply of a request that was made before.
async fn replay(client: &Client, request: &WriteRequest) -> Result<Option<Written>, Failure> {
    let Some(asked) = &request.idempotency else {
        return Ok(None);
    };
    let sql = "select hash, reply from idempotency
        where provider_id = $1 and principal = $2 and route = $3 and key = $4";
    let statement = client.prepare_cached(sql).await?;
    let partition = partition_key(&request.scope.partition);
    let (principal, key) = (&*asked.principal, asked.key.as_str());
    let found = client
        .query_opt(&statement, &[&partition, &principal, &asked.route, &key])
        .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let hash: String = found.try_get(0)?;
    let hash = RequestHash::try_from(hash).map_err(|_| corrupt("a hash"))?;
    let record = Record {
        hash,
        answered: true,
    };
    match judge(Some(&record), asked.hash) {
        Ok(Judgement::Replay) => Ok(Some(Written {
            reply: crate::row::bytes(&found, 1)?,
            replayed: true,
        })),
        Ok(Judgement::New) => Ok(None),
        Err(error) => Err(Failure::Transact(error.into())),
    }
}

fn new(write: Write) -> Written {
    Written {
        reply: write.reply,
        replayed: false,
    }
}
