//! What handlers share.

use std::fmt;
use std::sync::Arc;

use quando_engine::Engine;
use tokio::sync::Notify;

use crate::Shop;
use crate::guard::Guard;
use crate::identity::Tokens;
use crate::identity::api_key::ApiKeys;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::outbound::Outbound;
use crate::server::Settings;

/// What handlers share; cheap to clone.
#[derive(Debug)]
pub struct App<S> {
    /// The use cases.
    pub engine: Engine<S>,
    /// Who asks.
    pub(crate) tokens: Arc<Tokens>,
    /// Wakes the worker when there is something to pass on.
    pub(crate) wake: Arc<Notify>,
    /// How often somebody may ask, and how many at a time.
    pub(crate) guard: Arc<Guard>,
    /// API keys that were looked at a moment ago.
    pub(crate) api_keys: Arc<ApiKeys>,
    /// How the server was set up.
    pub(crate) settings: Arc<Settings>,
    /// What is counted.
    pub(crate) metrics: Arc<Metrics>,
    /// Whether everybody may see what is counted, or only operators.
    pub(crate) metrics_are_open: bool,
    /// Connections to the database that are in use.
    pub(crate) connections: Connections,
    /// What the marketplace decides for itself.
    pub(crate) shop: Arc<Shop>,
    /// Who listens, and who waits for the feed.
    pub(crate) live: Arc<Live>,
    /// Asks servers of others.
    pub(crate) outbound: Outbound,
    /// Wakes who reads subscribed calendars when there is a new one.
    pub(crate) subscribed: Arc<Notify>,
}

/// Tells how many connections to the database are in use.
#[derive(Clone)]
pub(crate) struct Connections(pub(crate) Arc<dyn Fn() -> usize + Send + Sync>);

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connections(..)")
    }
}

impl<S> Clone for App<S> {
    fn clone(&self) -> App<S> {
        App {
            engine: self.engine.clone(),
            tokens: Arc::clone(&self.tokens),
            wake: Arc::clone(&self.wake),
            guard: Arc::clone(&self.guard),
            api_keys: Arc::clone(&self.api_keys),
            settings: Arc::clone(&self.settings),
            metrics: Arc::clone(&self.metrics),
            metrics_are_open: self.metrics_are_open,
            connections: self.connections.clone(),
            shop: Arc::clone(&self.shop),
            live: Arc::clone(&self.live),
            outbound: self.outbound.clone(),
            subscribed: Arc::clone(&self.subscribed),
        }
    }
}

impl<S> App<S> {
    /// Handlers over an engine.
    pub fn new(engine: Engine<S>, tokens: Tokens, settings: Settings) -> App<S> {
        let limits = &settings.limits;
        let live = Live::new(limits.live_clients, limits.live_heartbeat);
        let outbound = Outbound::new(settings.limits.allow_private_outbound);
        App {
            engine,
            tokens: Arc::new(tokens),
            wake: Arc::new(Notify::new()),
            guard: Arc::new(Guard::new(&settings)),
            api_keys: Arc::default(),
            settings: Arc::new(settings),
            metrics: Arc::default(),
            metrics_are_open: false,
            connections: Connections(Arc::new(|| 0)),
            shop: Arc::new(Shop::default()),
            live: Arc::new(live),
            outbound,
            subscribed: Arc::new(Notify::new()),
        }
    }
}
