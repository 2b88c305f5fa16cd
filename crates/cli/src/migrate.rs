//! `quando migrate`: the tables of a store, step by step.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use quando_engine::store::StoreError;
use quando_store_postgres::{MigrationStatus, Migrator, Options};
use quando_store_sqlite::migrate::{MigrateError, Status};
use quando_store_sqlite::{MIGRATIONS, Missing, open_writing};
use serde::Serialize;

use crate::human::{or_nothing, table};
use crate::output::{Failure, Outcome, print_list};
use crate::store::{StoreArgs, Target, is_there, postgres};

/// The tables of a store: bring them up to date, take steps back, or look where they are
///
/// A file is brought up to date whenever a command opens it; here it can be done step by step. A
/// database of PostgreSQL is brought up to date only here, by the role that owns its tables. Before
/// a step back, make a backup: what the step brought is lost.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct MigrateArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[command(subcommand)]
    command: MigrateCommand,
}

const EXAMPLE: &str = "\
Example:
  quando migrate status --human
  quando migrate up
  quando migrate up --store postgres://owner@host/shop
  quando migrate grant quando_server --store postgres://owner@host/shop";

#[derive(Clone, Debug, clap::Subcommand)]
enum MigrateCommand {
    Up(UpArgs),
    Down(DownArgs),
    Status(StatusArgs),
    Distribute(DistributeArgs),
    Grant(GrantArgs),
}

/// Take all steps that have not been taken; makes a store that is not there
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando migrate up --store shop.db")]
struct UpArgs {
    /// Only up to this step
    #[arg(long, value_name = "STEP")]
    to: Option<u32>,
}

/// Take steps back, and lose what they brought
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando migrate down --to 1")]
struct DownArgs {
    /// Back to this step; 0 takes all of them back, and with them all data
    #[arg(long, value_name = "STEP")]
    to: u32,
}

/// List the steps, and when each was taken
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando migrate status --human")]
struct StatusArgs {}

/// Spread the tables over the nodes of a PostgreSQL server with Citus, by provider
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_long_help = "Example:\n  quando migrate distribute --store postgres://owner@host/shop"
)]
struct DistributeArgs {}

/// Grant a role of PostgreSQL what a server needs, and no more
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  \
    quando migrate grant quando_server --store postgres://owner@host/shop")]
struct GrantArgs {
    role: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    version: u32,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    applied_at: Option<String>,
    /// Whether another step was taken under this number.
    #[serde(skip_serializing_if = "is_false")]
    changed: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde asks for"
)]
fn is_false(value: &bool) -> bool {
    !value
}

impl MigrateArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let steps = match self.store.target() {
            Target::Sqlite(path) => self.of_file(path)?,
            Target::Postgres(url) => {
                let options = self.store.server_options(url);
                let runtime = postgres::runtime()?;
                let steps = runtime.block_on(self.of_server(&options));
                steps.map_err(|error| postgres::refused(&error))?
            }
        };
        print_list(&steps, self.store.human, text)
    }

    fn of_file(&self, path: &Path) -> Result<Vec<Step>, Failure> {
        let missing = match &self.command {
            MigrateCommand::Up(_) => {
                self.store.prepare(path)?;
                Missing::Create
            }
            MigrateCommand::Down(_) | MigrateCommand::Status(_) => {
                is_there(path)?;
                Missing::Refuse
            }
            MigrateCommand::Distribute(_) | MigrateCommand::Grant(_) => {
                let message = "--store: only PostgreSQL has roles and nodes";
                return Err(Failure::Usage(message.to_owned()));
            }
        };
        let options = StoreArgs::options(path, missing);
        let connection =
            open_writing(&options).map_err(|error| Failure::of(error.code(), &error))?;
        let migrated = match &self.command {
            MigrateCommand::Up(args) => MIGRATIONS.up(&connection, args.to, self.store.now()),
            MigrateCommand::Down(args) => MIGRATIONS.down(&connection, args.to),
            _ => Ok(()),
        };
        migrated.map_err(refused)?;
        let status = MIGRATIONS.status(&connection).map_err(refused)?;
        Ok(status.into_iter().map(step).collect())
    }

    async fn of_server(&self, options: &Options) -> Result<Vec<Step>, StoreError> {
        let mut migrator = Migrator::connect(options).await?;
        match &self.command {
            MigrateCommand::Up(args) => drop(migrator.up(args.to).await?),
            MigrateCommand::Down(args) => drop(migrator.down(args.to).await?),
            MigrateCommand::Status(_) => {}
            MigrateCommand::Distribute(_) => migrator.distribute().await?,
            MigrateCommand::Grant(args) => migrator.grant_to(&args.role).await?,
        }
        let status = migrator.status().await?;
        Ok(status.into_iter().map(server_step).collect())
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the form that `map_err` asks for"
)]
fn refused(error: MigrateError) -> Failure {
    Failure::of(error.code(), &error)
}

fn step(status: Status) -> Step {
    Step {
        version: status.version,
        name: status.name,
        applied_at: status.applied_at,
        changed: false,
    }
}

fn server_step(status: MigrationStatus) -> Step {
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    Step {
        version: status.version,
        name: status.name,
        applied_at: status.applied_at.map(instant),
        changed: !status.unchanged,
    }
}

fn text(steps: &[Step]) -> String {
    let rows = steps.iter().map(|step| {
        let applied = step.applied_at.as_deref().unwrap_or("not taken");
        vec![
            step.version.to_string(),
            step.name.clone(),
            applied.to_owned(),
            if step.changed { "another one" } else { "" }.to_owned(),
        ]
    });
    or_nothing(table(&rows.collect::<Vec<_>>()), "no steps")
}
