//! How a server is set up: one value, read once, and checked before the first request.

use std::sync::Arc;
use std::time::Duration;

use super::{AccessLog, Origin, Tls};
use crate::guard::{Proxies, Rates};
use crate::identity::Issuer;

/// How a server is set up.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How connections and requests are treated.
    pub limits: Limits,
    /// How often somebody may ask; as often as they like when there is nothing.
    pub rates: Option<Rates>,
    /// Another issuer, whose tokens are accepted beside those of this server.
    pub issuer: Option<Arc<Issuer>>,
    /// Whether customers may book without an account.
    pub guests: bool,
    /// With what connections are encrypted; not at all when there is nothing.
    pub tls: Option<Tls>,
    /// Origins whose pages may ask.
    pub origins: Vec<Origin>,
    /// Where a line for each answer goes.
    pub access_log: Option<Arc<dyn AccessLog>>,
    /// Whose word about the address of a client counts.
    pub proxies: Proxies,
}

impl From<Limits> for Settings {
    fn from(limits: Limits) -> Settings {
        Settings {
            limits,
            ..Settings::default()
        }
    }
}

/// How connections and requests are treated.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most connections at the same time; others wait in the queue of the operating system.
    pub connections: usize,
    /// Most requests that are answered at the same time. The last fifth of them is for bookings and
    /// money, and the fifth before it for anything but searches; others are refused at once.
    pub requests: usize,
    /// Most clients that listen to live events, which are connections, too; others are refused.
    pub live_clients: usize,
    /// After how long a client that listens is sent something although nothing happened.
    pub live_heartbeat: Duration,
    /// Whether endpoints and calendars may be at private addresses, and without encryption: for
    /// development and tests.
    pub allow_private_outbound: bool,
    /// How long an answer may take from the end of the body on.
    pub deadline: Duration,
    /// How long a head may take to arrive, on a fresh connection and between requests.
    pub head_timeout: Duration,
    /// How long a client may take to take in any of an answer.
    pub write_timeout: Duration,
    /// How long a connection may be there with nothing to answer.
    pub idle_timeout: Duration,
    /// How long a connection may be there at all; what is being answered then is finished.
    pub connection_lifetime: Duration,
    /// How long requests that are being answered may take when the server stops.
    pub stop_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 10_000,
            requests: 512,
            live_clients: 5_000,
            live_heartbeat: Duration::from_secs(15),
            allow_private_outbound: false,
            deadline: Duration::from_secs(15),
            head_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(60),
            connection_lifetime: Duration::from_secs(60 * 60),
            stop_timeout: Duration::from_secs(10),
        }
    }
}
