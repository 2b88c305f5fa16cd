//! Databases of one test each.

use std::sync::{Mutex, OnceLock, PoisonError};

use tokio_postgres::{Client, NoTls};

use crate::environment::variable;
use crate::{Cluster, Options, TestbedError, blocking, template, url};

/// The variable with the URL of a database on a server that tests may create databases on. Without
/// it, each process that asks for a database starts a cluster of its own.
pub const DATABASE_URL_VARIABLE: &str = "QUANDO_TEST_DATABASE_URL";

/// An empty database, or a copy of a prepared one, that nobody else uses. Dropped, it is removed
/// together with the connections to it; failing to remove it is no fault of the test.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
    maintenance: String,
}

impl Database {
    /// An empty database. Blocks the thread for some hundredths of a second.
    ///
    /// # Errors
    ///
    /// Why there is no server, or why it refuses.
    pub fn fresh() -> Result<Database, TestbedError> {
        Database::create_on(maintenance_url()?, None)
    }

    /// A copy of a database that `prepare` has filled. That happens once for each `name` and
    /// `hash` on a server, whichever process comes first; the others wait. The hash is that of the
    /// migrations, so that a changed schema gets a template of its own: lower-case letters and
    /// digits, of which the first sixteen count. Blocks the thread.
    ///
    /// `prepare` gets the URL of an empty database and leaves no connection to it open.
    ///
    /// # Errors
    ///
    /// [`TestbedError::Prepare`] with the reason of `prepare`, and as [`Database::fresh`].
    pub fn from_template<P, W, E>(
        name: &str,
        hash: &str,
        prepare: P,
    ) -> Result<Database, TestbedError>
    where
        P: FnOnce(String) -> W + Send,
        W: Future<Output = Result<(), E>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let maintenance = maintenance_url()?;
        let hash: String = hash.chars().take(16).collect();
        let template = format!("quando_template_{name}_{hash}");
        url::check_name(&template)?;
        blocking::run(|| ensure_template(&maintenance, &template, prepare))?;
        Database::create_on(maintenance, Some(&template))
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn create_on(maintenance: String, template: Option<&str>) -> Result<Database, TestbedError> {
        let name = format!("quando_test_{}", template::random()?);
        let url = url::with_database(&maintenance, &name)?;
        create(&maintenance, &name, template)?;
        Ok(Database {
            name,
            url,
            maintenance,
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!("drop database if exists {} with (force)", self.name);
        let _ = blocking::run(|| async {
            Ok(connect(&self.maintenance)
                .await?
                .batch_execute(&statement)
                .await?)
        });
    }
}

/// Creates a database by way of another one on the same server.
pub(crate) fn create(
    maintenance: &str,
    name: &str,
    template: Option<&str>,
) -> Result<(), TestbedError> {
    url::check_name(name)?;
    let template = template.unwrap_or("template0");
    let statement = format!("create database {name} template {template}");
    blocking::run(|| async move {
        Ok(connect(maintenance)
            .await?
            .batch_execute(&statement)
            .await?)
    })
}

/// Connects without TLS; the connection ends with the client.
pub(crate) async fn connect(url: &str) -> Result<Client, TestbedError> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // Its end is the client's error, which is where anybody would look for it.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(client)
}

/// The server that was given to us, or else this process's own, which the watchdog ends: nothing is
/// dropped when a process ends.
fn maintenance_url() -> Result<String, TestbedError> {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    static STARTING: Mutex<()> = Mutex::new(());
    if let Some(url) = variable(DATABASE_URL_VARIABLE) {
        return Ok(url);
    }
    let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if SHARED.get().is_none() {
        let cluster = Cluster::start(Options::default())?;
        SHARED
            .set(cluster)
            .expect("only the holder of the lock sets it");
    }
    Ok(SHARED.get().expect("it was just set").url("postgres"))
}

/// Makes the template unless it is there. It gets its name when it is whole; a half one of a
/// process that was killed is made anew. The lock goes with the connection.
async fn ensure_template<P, W, E>(
    maintenance: &str,
    template: &str,
    prepare: P,
) -> Result<(), TestbedError>
where
    P: FnOnce(String) -> W,
    W: Future<Output = Result<(), E>>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let client = connect(maintenance).await?;
    client
        .execute(
            "select pg_advisory_lock(hashtextextended($1, 0))",
            &[&template],
        )
        .await?;
    let exists = "select from pg_database where datname = $1";
    if client.query_opt(exists, &[&template]).await?.is_some() {
        return Ok(());
    }
    let building = format!("quando_building_{}", template::random()?);
    client
        .batch_execute(&format!("create database {building} template template0"))
        .await?;
    let prepared = prepare(url::with_database(maintenance, &building)?).await;
    if let Err(source) = prepared {
        client
            .batch_execute(&format!("drop database {building} with (force)"))
            .await?;
        return Err(TestbedError::Prepare {
            template: template.to_owned(),
            source: source.into(),
        });
    }
    // The server waits some seconds for connections that are about to close.
    client
        .batch_execute(&format!("alter database {building} rename to {template}"))
        .await?;
    // A connection to it would keep others from copying it.
    client
        .batch_execute(&format!(
            "alter database {template} allow_connections false"
        ))
        .await?;
    Ok(())
}
