//! What a server of PostgreSQL says of itself: for `quando doctor`.

use std::str::FromStr;
use std::sync::Arc;

use quando_engine::store::StoreError;
use quando_store_postgres::{MigrationStatus, Migrator, Options};
use rustls::{ClientConfig, RootCertStore};
use serde::Serialize;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::human::table;

/// Settings without which a server may lose what it has confirmed.
const DURABILITY: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

/// A database of a server.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    server_version: String,
    settings: Vec<Setting>,
    database_bytes: i64,
    tables: Vec<Table>,
    #[serde(skip)]
    migrations: Vec<MigrationStatus>,
}

#[derive(Debug, Serialize)]
struct Setting {
    name: &'static str,
    value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    name: String,
    /// With its indices.
    bytes: i64,
    /// As the server estimates them.
    rows_about: i64,
}

/// Looks at a database.
pub(crate) async fn examine(options: &Options) -> Result<Report, StoreError> {
    let migrations = Migrator::connect(options).await?.status().await?;
    let asked = ask(options).await;
    let mut report = asked.map_err(|error| StoreError::Unavailable(Arc::new(error)))?;
    report.migrations = migrations;
    Ok(report)
}

async fn ask(options: &Options) -> Result<Report, tokio_postgres::Error> {
    let client = connect(options).await?;
    let mut settings = Vec::new();
    for name in DURABILITY {
        let row = client
            .query_one("select current_setting($1)", &[&name])
            .await?;
        let value = row.try_get(0)?;
        settings.push(Setting { name, value });
    }
    let whole = "select current_setting('server_version'), pg_database_size(current_database())";
    let whole = client.query_one(whole, &[]).await?;
    let rows = client.query(TABLES, &[]).await?;
    let table = |row: &tokio_postgres::Row| {
        Ok(Table {
            name: row.try_get(0)?,
            bytes: row.try_get(1)?,
            rows_about: row.try_get(2)?,
        })
    };
    Ok(Report {
        server_version: whole.try_get(0)?,
        settings,
        database_bytes: whole.try_get(1)?,
        tables: rows
            .iter()
            .map(table)
            .collect::<Result<_, tokio_postgres::Error>>()?,
        migrations: Vec::new(),
    })
}

const TABLES: &str = "
    select relname::text, pg_total_relation_size(oid), greatest(reltuples, 0)::bigint
    from pg_class
    where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace
    order by 2 desc, 1";

/// One connection of its own; its task ends with the client.
async fn connect(options: &Options) -> Result<Client, tokio_postgres::Error> {
    let mut config = Config::from_str(&options.url)?;
    config.connect_timeout(options.connection_wait);
    if config.get_ssl_mode() == SslMode::Disable {
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        return Ok(client);
    }
    let (client, connection) = config.connect(tls()).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Encryption with the certificates that browsers trust, as the store has it.
fn tls() -> MakeRustlsConnect {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows the usual versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    MakeRustlsConnect::new(config)
}

impl Report {
    /// What is wrong with it.
    pub(crate) fn problems(&self, allow_unsafe_durability: bool) -> Vec<String> {
        let off = self
            .settings
            .iter()
            .filter(|setting| setting.value == "off");
        let mut problems: Vec<String> = off
            .filter(|_| !allow_unsafe_durability)
            .map(|setting| {
                let name = setting.name;
                format!("the server has `{name} = off`, and may lose what it confirms")
            })
            .collect();
        for step in &self.migrations {
            let (version, name) = (step.version, &step.name);
            if step.applied_at.is_none() {
                problems.push(format!(
                    "step {version} ({name}) of the tables is not taken: `quando migrate up` takes \
                     it"
                ));
            } else if !step.unchanged {
                problems.push(format!(
                    "step {version} ({name}) of the tables is not the one of this program"
                ));
            }
        }
        problems
    }

    /// The same for people.
    pub(crate) fn text(&self) -> String {
        let settings = self.settings.iter();
        let settings: Vec<String> = settings
            .map(|setting| format!("{} = {}", setting.name, setting.value))
            .collect();
        let rows = self.tables.iter().map(|table| {
            vec![
                table.name.clone(),
                format!("{} bytes", table.bytes),
                format!("about {} rows", table.rows_about),
            ]
        });
        format!(
            "PostgreSQL {}, {}; {} bytes\n{}",
            self.server_version,
            settings.join(", "),
            self.database_bytes,
            table(&rows.collect::<Vec<_>>())
        )
    }
}
