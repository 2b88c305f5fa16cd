//! The store: the port, on a server.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use deadpool_postgres::Pool;
use quando::idempotency::{Judgement, Record, RequestHash, judge};
use quando_engine::limits::DECISIONS_MAX;
use quando_engine::store::{
    FeedEntry, Idempotency, Item, List, Partition, Projection, ResourceScope, Scope, Snapshot,
    Store, StoreError, TransactError, Write, WriteRequest, Written,
};
use quando_engine::{Refusal, sabotaged};
use uuid::Uuid;

use crate::connection::{Client, Options, pool};
use crate::create::Create;
use crate::error::{Failure, corrupt};
use crate::group::{Counters, Group, Outcome, write_one};
use crate::key::{key, partition_key};
use crate::list::list;
use crate::load::{documents, snapshot};
use crate::look::{Look, Memory};
use crate::migrate::{self, Migrator, require_durability};
use crate::relay::relay;
use crate::write::{Crash, commit, finish, remember, statements};

/// After so many attempts the next one waits a little, so that those who are quicker get done.
const PATIENT_FROM: u32 = 3;

/// A store on a PostgreSQL server.
#[derive(Debug)]
pub struct PostgresStore {
    primary: Pool,
    replica: Option<Pool>,
    crash: Crash,
    memory: Memory,
    /// Whom new bookings are given to, when they are written together.
    group: Option<Group>,
    /// Whether one statement may be about several providers, or at least look like it.
    arrays: bool,
    created: Arc<Counters>,
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
        let mut store = PostgresStore {
            primary,
            replica,
            crash: Crash::default(),
            memory: Memory::default(),
            group: None,
            arrays: false,
            created: Arc::default(),
        };
        let client = store.client().await?;
        migrate::require_latest(&client).await?;
        if !options.allow_unsafe_durability {
            require_durability(&client).await?;
        }
        store.arrays = !migrate::is_distributed(&client).await?;
        if options.group_commit && store.arrays {
            let pool = store.primary.clone();
            store.group = Some(Group::start(pool, Arc::clone(&store.created)));
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

    /// How many statements of their own new bookings took, and how many they wrote: for the tests of
    /// what goes together.
    #[doc(hidden)]
    pub fn created(&self) -> (u64, u64) {
        let Counters {
            statements,
            bookings,
        } = &*self.created;
        (
            statements.load(Ordering::Relaxed),
            bookings.load(Ordering::Relaxed),
        )
    }

    /// How many connections are in use at this moment, to the primary and to the replica.
    pub fn connections_in_use(&self) -> usize {
        let pools = [Some(&self.primary), self.replica.as_ref()];
        let in_use = pools.into_iter().flatten().map(|pool| {
            let status = pool.status();
            status.size.saturating_sub(status.available)
        });
        in_use.sum()
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
            let answer = if request.scope.lock && !sabotaged!(CheckedOutside) {
                self.locked(client, request, &mut decide).await
            } else {
                self.optimistic(client, request, (&mut decide, attempt == 0))
                    .await
            };
            match answer {
                Err(Failure::Moved) => {}
                answer => return answer,
            }
        }
        Err(Failure::Moved)
    }

    /// Reads without locks, decides, and writes under the constraints and the guards of what was
    /// seen; at first on documents as they were remembered.
    async fn optimistic<D>(
        &self,
        client: Client,
        request: &WriteRequest,
        (decide, at_first): (&mut D, bool),
    ) -> Result<Written, Failure>
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal>,
    {
        let coming = self.group.as_ref().map(Group::coming);
        let ahead = match at_first {
            true => self.decided_ahead(&client, request, decide).await?,
            false => None,
        };
        let write = match ahead {
            Some(write) => write,
            None => match self.decided(&client, request, decide).await? {
                Ok(write) => write,
                Err(written) => return Ok(written),
            },
        };
        drop(coming);
        let asked = request.idempotency.as_ref();
        if write.changes.is_empty() && write.relied.is_empty() && asked.is_none() {
            return Ok(new(write));
        }
        let client = match self.create(client, request, &write).await {
            (Some(client), Outcome::Alone) => client,
            (None, Outcome::Alone) => self.client().await?,
            (_, Outcome::Written) => return Ok(new(write)),
            (_, Outcome::Moved) => return Err(Failure::Moved),
            (_, Outcome::Failed(failure)) => return Err(failure),
        };
        let (partition, now) = (&request.scope.partition, request.now);
        if let Some(asked) = asked
            && sabotaged!(KeyWrittenLater)
        {
            commit(&client, &statements(partition, &write, None, now)).await?;
            let key = remember(partition, asked, &write.reply, now);
            // The key may be there by now, and what it was for has happened twice.
            let _ = commit(&client, &[key]).await;
            return Ok(new(write));
        }
        let mut all = statements(partition, &write, asked, now);
        self.crash.put_into(&mut all);
        commit(&client, &all).await?;
        Ok(new(write))
    }

    /// Locks what the decision rests on, reads it, decides and writes, while nobody else who locks
    /// it can.
    async fn locked<D>(
        &self,
        client: Client,
        request: &WriteRequest,
        decide: &mut D,
    ) -> Result<Written, Failure>
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal>,
    {
        client.batch_execute("begin").await?;
        let decided = async {
            lock(&client, &request.scope).await?;
            // New statements, so that they see what was committed before the locks were there.
            self.decided(&client, request, decide).await
        };
        match decided.await {
            Ok(Ok(write)) => {
                let asked = request.idempotency.as_ref();
                let mut all = statements(&request.scope.partition, &write, asked, request.now);
                self.crash.put_into(&mut all);
                finish(&client, &all).await?;
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

    /// A write that is decided on remembered documents, and relies on all of them. None when there
    /// is nothing to write: what is refused, or was asked before, is found out by looking.
    async fn decided_ahead<D>(
        &self,
        client: &Client,
        request: &WriteRequest,
        decide: &mut D,
    ) -> Result<Option<Write>, Failure>
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal>,
    {
        let known = Look::of(&request.scope)
            .and_then(|look| Some((look, self.memory.latest(look.place())?)));
        let Some((look, documents)) = known else {
            return Ok(None);
        };
        let found = look.calendar(client, &documents).await?;
        let seen = found.with(documents);
        let Ok(mut write) = decide(&seen) else {
            return Ok(None);
        };
        if write.changes.is_empty() {
            return Ok(None);
        }
        for document in &seen.documents {
            if !write.relied.iter().any(|(key, _)| *key == document.key) {
                write.relied.push((document.key.clone(), document.guard));
            }
        }
        Ok(Some(write))
    }

    /// What is decided on what there is; or the stored reply, when the request was made before.
    async fn decided<D>(
        &self,
        client: &Client,
        request: &WriteRequest,
        decide: &mut D,
    ) -> Result<Result<Write, Written>, Failure>
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal>,
    {
        let (seen, at_once) = match self.look(client, request).await? {
            Ok(seen) => seen,
            Err(written) => return Ok(Err(written)),
        };
        let refusal = match decide(&seen) {
            Ok(write) => return Ok(Ok(write)),
            Err(refusal) => refusal,
        };
        // What stands in the way may be the effect of the same request, if that was written after
        // the key was looked for.
        if !at_once && let Some(written) = replay(client, request).await? {
            return Ok(Err(written));
        }
        Err(Failure::Transact(refusal.into()))
    }

    /// What a decision is to see, and whether all of it, the key included, is of one instant; or the
    /// stored reply.
    async fn look(
        &self,
        client: &Client,
        request: &WriteRequest,
    ) -> Result<Result<(Snapshot, bool), Written>, Failure> {
        let Some(look) = Look::of(&request.scope) else {
            let seen = snapshot(client, &request.scope);
            let (known, seen) = futures_util::future::join(replay(client, request), seen).await;
            return Ok(match known? {
                Some(written) => Err(written),
                None => Ok((seen?, false)),
            });
        };
        let asked = request.idempotency.as_ref();
        let mut found = look.find(client, asked).await?;
        if let (Some(asked), Some((hash, reply))) = (asked, found.reply.take())
            && let Some(written) = judged(asked, hash, reply)?
        {
            return Ok(Err(written));
        }
        if let Some(documents) = self.memory.recall(look.place(), &found.documents) {
            return Ok(Ok((found.with(documents), true)));
        }
        let documents = documents(client, &request.scope).await?;
        self.memory.keep(look.place(), &documents);
        Ok(Ok((found.with(documents), false)))
    }

    /// Everything as it was at one instant, in one round trip.
    async fn seen(&self, client: &Client, scope: &Scope) -> Result<Snapshot, Failure> {
        let look = Look::of(scope);
        if let Some(look) = &look {
            let found = look.find(client, None).await?;
            if let Some(documents) = self.memory.recall(look.place(), &found.documents) {
                return Ok(found.with(documents));
            }
        }
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
        if let Some(look) = look {
            self.memory.keep(look.place(), &seen.documents);
        }
        Ok(seen)
    }

    /// Writes a new booking of the usual kind in one statement; everything else, and what that one
    /// statement cannot settle, is to go by itself. Gives the connection back, if it was kept.
    async fn create(
        &self,
        client: Client,
        request: &WriteRequest,
        write: &Write,
    ) -> (Option<Client>, Outcome) {
        if !self.arrays || self.crash.is_planned() || sabotaged!(KeyWrittenLater) {
            return (Some(client), Outcome::Alone);
        }
        let Some(create) = Create::of(request, write) else {
            return (Some(client), Outcome::Alone);
        };
        let Some(group) = &self.group else {
            let outcome = write_one(&client, &create, &self.created).await;
            return (Some(client), outcome);
        };
        // The writer needs one of its own.
        drop(client);
        (None, group.write(create).await)
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
        Ok(self.seen(&client, &scope).await?)
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
    judged(asked, hash, crate::row::bytes(&found, 1)?)
}

/// The reply under a key, if it is that of the same request.
fn judged(asked: &Idempotency, hash: String, reply: Bytes) -> Result<Option<Written>, Failure> {
    let hash = RequestHash::try_from(hash).map_err(|_| corrupt("a hash"))?;
    let record = Record {
        hash,
        answered: true,
    };
    match judge(Some(&record), asked.hash) {
        Ok(Judgement::Replay) => Ok(Some(Written {
            reply,
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
