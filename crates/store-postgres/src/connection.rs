//! Connections: a pool of them, encrypted where the server can, with limits on how long anything
//! takes.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Pool, QueueMode, RecyclingMethod, Runtime, Timeouts,
};
use quando_engine::store::StoreError;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

/// A connection that is lent from the pool.
pub(crate) type Client = deadpool_postgres::Object;

/// How a server is used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The primary: `postgres://user:password@host/database`.
    pub url: String,
    /// A replica, for reads that decide nothing; the primary when absent.
    pub replica_url: Option<String>,
    /// Most connections to each server.
    pub max_connections: usize,
    /// How long to wait for a free connection.
    pub connection_wait: Duration,
    /// How long a connection may be idle before it is closed.
    pub idle: Duration,
    /// How long a statement may take.
    pub statement_timeout: Duration,
    /// How long a statement may wait for a lock.
    pub lock_timeout: Duration,
    /// Whether new bookings that arrive together are written together.
    pub group_commit: bool,
    /// Whether to use a server that may lose what it has confirmed.
    pub allow_unsafe_durability: bool,
}

impl Options {
    /// The usual settings: 20 connections, 2 s of waiting for one, 30 s idle, 5 s for a statement
    /// and 2 s for a lock.
    pub fn new(url: impl Into<String>) -> Options {
        Options {
            url: url.into(),
            replica_url: None,
            max_connections: 20,
            connection_wait: Duration::from_secs(2),
            idle: Duration::from_secs(30),
            statement_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(2),
            group_commit: true,
            allow_unsafe_durability: false,
        }
    }
}

/// A pool of connections to a server.
pub(crate) fn pool(url: &str, options: &Options) -> Result<Pool, StoreError> {
    let config = config(url, options).map_err(|error| StoreError::Unavailable(Arc::new(error)))?;
    let recycling_method = RecyclingMethod::Fast;
    let manager = match config.get_ssl_mode() {
        SslMode::Disable => {
            let plain = tokio_postgres::NoTls;
            Manager::from_config(config, plain, ManagerConfig { recycling_method })
        }
        _ => Manager::from_config(config, tls(), ManagerConfig { recycling_method }),
    };
    let timeouts = Timeouts {
        wait: Some(options.connection_wait),
        create: Some(options.connection_wait),
        recycle: Some(options.connection_wait),
    };
    let pool = Pool::builder(manager)
        .max_size(options.max_connections)
        // Few connections that are warm are better than many that are not.
        .queue_mode(QueueMode::Lifo)
        .runtime(Runtime::Tokio1)
        .timeouts(timeouts)
        .build();
    pool.map_err(|error| StoreError::Unavailable(Arc::new(error)))
}

fn config(url: &str, options: &Options) -> Result<Config, tokio_postgres::Error> {
    let mut config = Config::from_str(url)?;
    // Plans that are made once: to plan the large statements costs more than to run them.
    let settings = format!(
        "-c statement_timeout={} -c lock_timeout={} -c idle_in_transaction_session_timeout=10000 \
         -c timezone=UTC -c jit=off -c plan_cache_mode=force_generic_plan",
        options.statement_timeout.as_millis(),
        options.lock_timeout.as_millis(),
    );
    let given = config.get_options().unwrap_or_default();
    let settings = format!("{settings} {given}");
    config
        .options(settings)
        .application_name("quando")
        .connect_timeout(options.connection_wait)
        .keepalives(true)
        .keepalives_idle(Duration::from_secs(15));
    Ok(config)
}

/// Encryption with the certificates that browsers trust.
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
