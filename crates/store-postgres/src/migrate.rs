//! Numbered migrations, up and down, each in one transaction.

use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use quando_engine::store::StoreError;
use sha2::{Digest, Sha256};

use crate::connection::{Client, Options, pool};
use crate::error::Failure;

struct Migration {
    version: i32,
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "initial",
        up: include_str!("../migrations/0001_initial.up.sql"),
        down: include_str!("../migrations/0001_initial.down.sql"),
    },
    Migration {
        version: 2,
        name: "words",
        up: include_str!("../migrations/0002_words.up.sql"),
        down: include_str!("../migrations/0002_words.down.sql"),
    },
    Migration {
        version: 3,
        name: "api_keys",
        up: include_str!("../migrations/0003_api_keys.up.sql"),
        down: include_str!("../migrations/0003_api_keys.down.sql"),
    },
    Migration {
        version: 4,
        name: "shop",
        up: include_str!("../migrations/0004_shop.up.sql"),
        down: include_str!("../migrations/0004_shop.down.sql"),
    },
    Migration {
        version: 5,
        name: "deliveries",
        up: include_str!("../migrations/0005_deliveries.up.sql"),
        down: include_str!("../migrations/0005_deliveries.down.sql"),
    },
];

fn failed(text: &str) -> StoreError {
    let error: Box<dyn std::error::Error + Send + Sync> = text.into();
    StoreError::Failed(Arc::from(error))
}

const GRANTS: &str = include_str!("../migrations/grants.sql");

/// The migration that a program needs.
fn latest() -> i32 {
    MIGRATIONS.last().map_or(0, |last| last.version)
}

/// A hash of all migrations: another one for other tables.
pub fn fingerprint() -> String {
    let mut digest = Sha256::new();
    for migration in MIGRATIONS {
        digest.update(migration.up);
    }
    let digest = digest.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A migration, and whether a server has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its number.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// When it was applied; none when it was not.
    pub applied_at: Option<DateTime<Utc>>,
    /// Whether what was applied is what the program has.
    pub unchanged: bool,
}

/// Changes the tables of a server, as the owner of them.
#[derive(Debug)]
pub struct Migrator {
    client: Client,
}

impl Migrator {
    /// Connects to a server, whatever its tables are.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    pub async fn connect(options: &Options) -> Result<Migrator, StoreError> {
        let client = pool(&options.url, options)?
            .get()
            .await
            .map_err(Failure::from)?;
        // A large table takes its time.
        let patient = "set statement_timeout = 0; set lock_timeout = '30s';
            set idle_in_transaction_session_timeout = 0; set client_min_messages = warning";
        client.batch_execute(patient).await.map_err(Failure::from)?;
        Ok(Migrator { client })
    }

    /// Applies all migrations up to `to`, or all that there are.
    ///
    /// # Errors
    ///
    /// [`StoreError`], of a number that no migration has as well; the migration that failed has not
    /// happened, those before it have.
    pub async fn up(&mut self, to: Option<u32>) -> Result<Vec<u32>, StoreError> {
        let last = to.map_or_else(latest, |to| i32::try_from(to).unwrap_or(i32::MAX));
        if last > latest() {
            return Err(failed(&format!("there is no migration {last}")));
        }
        let mut applied = Vec::new();
        for migration in MIGRATIONS.iter().filter(|each| each.version <= last) {
            if self.step(migration, true).await? {
                applied.push(migration.version.unsigned_abs());
            }
        }
        Ok(applied)
    }

    /// Takes migrations back, the latest first, down to `to`, which stays.
    ///
    /// # Errors
    ///
    /// As [`Migrator::up`].
    pub async fn down(&mut self, to: u32) -> Result<Vec<u32>, StoreError> {
        let stays = i32::try_from(to).unwrap_or(i32::MAX);
        let mut taken = Vec::new();
        for migration in MIGRATIONS.iter().rev().filter(|each| each.version > stays) {
            if self.step(migration, false).await? {
                taken.push(migration.version.unsigned_abs());
            }
        }
        Ok(taken)
    }

    async fn step(&mut self, migration: &Migration, up: bool) -> Result<bool, StoreError> {
        Ok(self.try_step(migration, up).await?)
    }

    async fn try_step(&mut self, migration: &Migration, up: bool) -> Result<bool, Failure> {
        let transaction = self.client.transaction().await?;
        transaction.batch_execute(SCHEMA_VERSION).await?;
        let sql = "select 1 from schema_version where version = $1";
        let known = transaction.query_opt(sql, &[&migration.version]).await?;
        if known.is_some() == up {
            transaction.rollback().await?;
            return Ok(false);
        }
        if up {
            transaction.batch_execute(migration.up).await?;
            let sql = "insert into schema_version values ($1, $2, $3, now())";
            let checksum = checksum(migration);
            transaction
                .execute(sql, &[&migration.version, &migration.name, &checksum])
                .await?;
        } else {
            transaction.batch_execute(migration.down).await?;
            let sql = "delete from schema_version where version = $1";
            transaction.execute(sql, &[&migration.version]).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// All migrations of the program and of the server, the oldest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn status(&self) -> Result<Vec<MigrationStatus>, StoreError> {
        Ok(status(&self.client).await?)
    }

    /// Grants a role what a server needs, and no more: it may neither change what is written once
    /// nor make tables.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`] when there is no such role.
    pub async fn grant_to(&self, role: &str) -> Result<(), StoreError> {
        let quoted = format!("\"{}\"", role.replace('"', "\"\""));
        let grants = GRANTS.replace(":role", &quoted);
        Ok(self
            .client
            .batch_execute(&grants)
            .await
            .map_err(Failure::from)?)
    }

    /// Turns the tables into distributed ones, by provider, on a server with Citus.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`] when the server has no Citus.
    pub async fn distribute(&mut self) -> Result<(), StoreError> {
        let distribute = async {
            let sql = "select exists (select from pg_available_extensions where name = 'citus')";
            if !self
                .client
                .query_one(sql, &[])
                .await?
                .try_get::<_, bool>(0)?
            {
                let text = "the server has no Citus, which distributed tables need";
                return Err(failed(text).into());
            }
            let transaction = self.client.transaction().await?;
            transaction.batch_execute(DISTRIBUTE).await?;
            transaction.commit().await?;
            Ok::<(), Failure>(())
        };
        Ok(distribute.await?)
    }
}

/// Tables are locked until the step is done, so that two who migrate take turns.
const SCHEMA_VERSION: &str = "
    create table if not exists schema_version (
        version integer primary key,
        name text not null,
        checksum text not null,
        applied_at timestamptz not null
    );
    lock table schema_version in access exclusive mode";

/// Every provider's table by its provider, all of them alike; what belongs to no provider by its
/// own first column or to every node.
const DISTRIBUTE: &str = "
    create extension if not exists citus;
    select create_distributed_table('provider', 'provider_id');
    select create_distributed_table(name, 'provider_id', colocate_with => 'provider')
    from unnest(array['resource', 'service', 'busy_source', 'terms', 'note', 'booking', 'claim',
        'busy', 'journal', 'outbox', 'idempotency', 'posting', 'instruction', 'statistics',
        'listing']) as name;
    select create_distributed_table('person', 'partition_id', colocate_with => 'none');
    select create_distributed_table('customer_booking', 'customer_id', colocate_with => 'none');
    select create_reference_table(name) from unnest(array['webhook', 'api_key', 'delivery', 'schema_version']) as name";

async fn status(client: &Client) -> Result<Vec<MigrationStatus>, Failure> {
    let there = client
        .query_one("select to_regclass('schema_version') is not null", &[])
        .await?;
    let rows = if there.try_get(0)? {
        let sql = "select version, name, checksum, applied_at from schema_version order by version";
        client.query(sql, &[]).await?
    } else {
        Vec::new()
    };
    let mut all: Vec<MigrationStatus> = MIGRATIONS
        .iter()
        .map(|migration| MigrationStatus {
            version: migration.version.unsigned_abs(),
            name: migration.name.to_owned(),
            applied_at: None,
            unchanged: true,
        })
        .collect();
    for row in rows {
        let version: i32 = row.try_get(0)?;
        let found: String = row.try_get(2)?;
        let known = MIGRATIONS.iter().find(|each| each.version == version);
        let unchanged = known.is_some_and(|each| checksum(each) == found);
        let place = all
            .iter_mut()
            .find(|each| each.version == version.unsigned_abs());
        match place {
            Some(status) => {
                status.applied_at = row.try_get(3)?;
                status.unchanged = unchanged;
            }
            None => all.push(MigrationStatus {
                version: version.unsigned_abs(),
                name: row.try_get(1)?,
                applied_at: row.try_get(3)?,
                unchanged,
            }),
        }
    }
    Ok(all)
}

/// Whether the tables are those of this program.
pub(crate) async fn require_latest(client: &Client) -> Result<(), Failure> {
    let status = status(client).await?;
    let applied = status.iter().filter(|each| each.applied_at.is_some());
    let found = applied.map(|each| each.version).max().unwrap_or(0);
    let needed = latest().unsigned_abs();
    // One version ahead is the next release's, which this one runs on as well.
    if found == needed || found == needed + 1 {
        Ok(())
    } else {
        Err(StoreError::Schema { found, needed }.into())
    }
}

/// Whether the server keeps what it confirms.
pub(crate) async fn require_durability(client: &Client) -> Result<(), Failure> {
    for setting in ["fsync", "synchronous_commit"] {
        let row = client
            .query_one("select current_setting($1)", &[&setting])
            .await?;
        let value: String = row.try_get(0)?;
        if value == "off" {
            let text = format!("the server has `{setting} = off`, and may lose what it confirms");
            let error: Box<dyn std::error::Error + Send + Sync> = text.into();
            return Err(StoreError::Failed(Arc::from(error)).into());
        }
    }
    Ok(())
}

/// Whether the tables lie on several machines, where a statement has to name its provider.
pub(crate) async fn is_distributed(client: &Client) -> Result<bool, Failure> {
    let sql = "select exists (select from pg_extension where extname = 'citus')";
    Ok(client.query_one(sql, &[]).await?.try_get(0)?)
}

fn checksum(migration: &Migration) -> String {
    let digest = Sha256::digest(migration.up.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a text is a URL of a server.
pub fn is_url(text: &str) -> bool {
    let scheme = text.starts_with("postgres://") || text.starts_with("postgresql://");
    scheme && tokio_postgres::Config::from_str(text).is_ok()
}
