//! `quando serve`: the engine over HTTP.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;
use quando::id::{ActorId, BookingId};
use quando_engine::gateway::ManualGateway;
use quando_engine::{Clock, Engine, Entropy, SystemClock, SystemEntropy};
use quando_http::Shop;
use quando_http::demo::{self, DemoClock};
use quando_http::identity::{Identity, Standing, Tokens};
use quando_http::server::{Server, Settings, Tls};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::output::{Failure, Outcome, print};
use crate::serve_log;
use crate::serve_settings::SettingsArgs;
use crate::store::{AnyStore, Target, engine_of};
use crate::token::{SECRET_VARIABLE, tokens};

/// The file in the folder of the data.
const FILE: &str = "quando.db";
/// How long the tokens last that are printed.
const TOKEN_HOURS: i64 = 24 * 7;

/// Answer over HTTP, and do what falls due beside it
///
/// Everything is kept in one file of SQLite, or in PostgreSQL. Without a secret for tokens, one is
/// made up for this run, and only this computer can connect. Runs until Ctrl-C or SIGTERM; requests
/// that are being answered are finished.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct ServeArgs {
    /// Where to listen
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "QUANDO_LISTEN",
        default_value = "127.0.0.1:8080"
    )]
    listen: SocketAddr,
    /// The folder of the data; `quando-data`, or with --demo a temporary one
    #[arg(
        long,
        value_name = "DIR",
        env = "QUANDO_DATA",
        conflicts_with = "database_url"
    )]
    data: Option<PathBuf>,
    /// Keep everything in PostgreSQL: postgres://...
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<Target>,
    /// The most that one operator gives back of a booking alone, in the smallest units of its
    /// currency; a second one agrees to more
    #[arg(
        long,
        value_name = "UNITS",
        env = "QUANDO_REFUND_ALONE_MAX",
        default_value_t = Shop::default().refund_alone_max
    )]
    refund_alone_max: u64,
    /// The domain in the names of calendar events; calendars know events by it, so it stays for good
    #[arg(
        long,
        value_name = "DOMAIN",
        env = "QUANDO_CALENDAR_DOMAIN",
        default_value_t = Shop::default().calendar_domain,
        value_parser = domain
    )]
    calendar_domain: String,
    /// Fill an empty store with a small marketplace, and print tokens to try it with
    #[arg(long)]
    demo: bool,
    /// What tokens are signed with, at least 32 bytes
    #[arg(
        long,
        value_name = "TEXT",
        env = "QUANDO_TOKEN_SECRET",
        hide_env_values = true
    )]
    secret: Option<String>,
    #[command(flatten)]
    settings: SettingsArgs,
}

const EXAMPLE: &str = "\
Example:
  quando serve --demo
  QUANDO_TOKEN_SECRET=... quando serve --listen 0.0.0.0:8080 --data /var/lib/quando";

impl ServeArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let lines = serve_log::start(self.settings.log_format());
        let (tokens, is_made_up) = self.tokens()?;
        let runtime = runtime()?;
        // What is wrong is said before anything is made.
        let settings = runtime.block_on(self.settings.settings(self.demo, lines))?;
        let (target, _folder) = self.target()?;
        let clock = Arc::new(DemoClock::default());
        let engine = engine_of(&target, &runtime, Box::new(Arc::clone(&clock)))?;
        let serving = self.serve((engine, clock), (tokens, is_made_up), settings);
        let ended = runtime.block_on(serving);
        lines.finish();
        ended
    }

    /// What tokens are signed with, and whether it was made up just now.
    fn tokens(&self) -> Result<(Tokens, bool), Failure> {
        if let Some(secret) = self.secret.as_deref().filter(|secret| !secret.is_empty()) {
            return Ok((tokens(secret)?, false));
        }
        if !self.listen.ip().is_loopback() && !self.settings.has_issuer() {
            return Err(Failure::Usage(format!(
                "--listen {}: where other computers can connect, {SECRET_VARIABLE} has to be set",
                self.listen
            )));
        }
        let mut bytes = [0; 32];
        SystemEntropy.fill(&mut bytes);
        let secret = bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        Ok((tokens(&secret)?, true))
    }

    /// Where everything is kept, and a folder that goes with the demo.
    fn target(&self) -> Result<(Target, Option<TempDir>), Failure> {
        if let Some(target) = &self.database_url {
            return match target {
                Target::Postgres(_) => Ok((target.clone(), None)),
                Target::Sqlite(_) => {
                    let message = "--database-url: expected postgres://...; --data names a folder";
                    Err(Failure::Usage(message.to_owned()))
                }
            };
        }
        if self.demo && self.data.is_none() {
            let folder = tempfile::Builder::new().prefix("quando-demo-").tempdir()?;
            return Ok((Target::Sqlite(folder.path().join(FILE)), Some(folder)));
        }
        let folder = self.data.as_deref().unwrap_or(Path::new("quando-data"));
        std::fs::create_dir_all(folder).map_err(|source| Failure::Unwritten {
            name: folder.display().to_string(),
            source,
        })?;
        Ok((Target::Sqlite(folder.join(FILE)), None))
    }

    async fn serve(
        self,
        (engine, clock): (Engine<AnyStore>, Arc<DemoClock>),
        (tokens, is_made_up): (Tokens, bool),
        settings: Settings,
    ) -> Result<Outcome, Failure> {
        let mut told = String::new();
        if self.demo {
            demo::seed(&engine, &clock).await?;
            for identity in demo::people() {
                tell(&mut told, &tokens, &identity);
            }
        } else if is_made_up {
            log::warn!("the secret for tokens was made up for this run");
            tell(&mut told, &tokens, &operator());
        }
        let shop = Shop {
            refund_alone_max: self.refund_alone_max,
            calendar_domain: self.calendar_domain.clone(),
        };
        let tls = settings.tls.clone();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let watched = engine.clone();
        let server = Server::bind(self.listen, engine, tokens, settings).await;
        let unbound = |source| Failure::Unreadable {
            name: format!("the address {}", self.listen),
            source,
        };
        let mut server = server.map_err(unbound)?.with_shop(shop);
        server.watch_connections(move || watched.store().connections_in_use());
        let address = server.address().map_err(unbound)?;
        let stop = stop_signal()?;
        reload_on_signal(tls)?;
        print(format!("{told}listening on {scheme}://{address}\n").as_bytes())?;
        server.run(ManualGateway, stop).await;
        Ok(Outcome::Answered)
    }
}

/// A domain that calendar events can be named by.
fn domain(text: &str) -> Result<String, String> {
    let booking = BookingId::new("b").expect("a letter is an id");
    let uid = quando::calendar::uid_of(&booking, text);
    uid.map(|_| text.to_owned())
        .map_err(|error| error.to_string())
}

/// Somebody's token, on a line of its own.
fn tell(told: &mut String, tokens: &Tokens, identity: &Identity) {
    let token = tokens.mint(identity, SystemClock.now(), TimeDelta::hours(TOKEN_HOURS));
    let role = match &identity.standing {
        Standing::Customer => "customer",
        Standing::Provider(_) => "provider",
        Standing::Operator => "operator",
    };
    let _ = writeln!(told, "{role} {}: {token}", identity.subject);
}

fn operator() -> Identity {
    Identity {
        subject: ActorId::new("operator").expect("a word is an id"),
        standing: Standing::Operator,
    }
}

fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|source| Failure::Unreadable {
        name: "the network".to_owned(),
        source,
    })
}

/// Ends when somebody asks to stop.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends when somebody asks to stop.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Reads the certificate again when somebody asks for it.
#[cfg(unix)]
fn reload_on_signal(tls: Option<Tls>) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let Some(tls) = tls else {
        return Ok(());
    };
    let mut asked = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while asked.recv().await.is_some() {
            match tls.reload() {
                Ok(()) => log::warn!("the certificate was read again"),
                Err(error) => log::error!("the certificate stays as it was: {error}"),
            }
        }
    });
    Ok(())
}

/// There is no such signal.
#[cfg(not(unix))]
fn reload_on_signal(_: Option<Tls>) -> io::Result<()> {
    Ok(())
}
