//! The server: a socket, the routes and the worker behind them.

mod accept;
mod access_log;
mod body;
mod conditional;
mod connection;
mod edge;
mod layers;
mod settings;
mod tls;
mod worker;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use quando_engine::gateway::Gateway;
use quando_engine::store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::Connections;
use crate::identity::Tokens;
use crate::{App, Shop, calendars, deliver, live, routes};
use quando_engine::Engine;

pub use access_log::{Access, AccessLog};
pub use layers::{Origin, OriginError};
pub use settings::{Limits, Settings};
pub use tls::{Tls, TlsError};

/// A server that has its socket, and answers once it runs.
#[derive(Debug)]
pub struct Server<S> {
    listener: TcpListener,
    app: App<S>,
}

impl<S: Store + 'static> Server<S> {
    /// Takes an address; port 0 takes any that is free.
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub async fn bind(
        address: SocketAddr,
        engine: Engine<S>,
        tokens: Tokens,
        settings: impl Into<Settings>,
    ) -> io::Result<Server<S>> {
        let mut app = App::new(engine, tokens, settings.into());
        // Where only this computer can connect, everybody who can may look; a proxy lets others in.
        let has_proxy = !app.settings.proxies.networks.is_empty();
        app.metrics_are_open = address.ip().is_loopback() && !has_proxy;
        Ok(Server {
            listener: TcpListener::bind(address).await?,
            app,
        })
    }

    /// Tells `/metrics` how many connections to the database are in use.
    pub fn watch_connections(&mut self, connections: impl Fn() -> usize + Send + Sync + 'static) {
        self.app.connections = Connections(Arc::new(connections));
    }

    /// With what the marketplace decides for itself.
    #[must_use]
    pub fn with_shop(mut self, shop: Shop) -> Server<S> {
        self.app.shop = Arc::new(shop);
        self
    }

    /// Where it is.
    ///
    /// # Errors
    ///
    /// When the operating system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `stop`; what falls due by itself is done beside it, and money is asked for
    /// through the gateway.
    pub async fn run(self, gateway: impl Gateway + 'static, stop: impl Future<Output = ()>) {
        let (halt, halted) = watch::channel(false);
        let calendars = tokio::spawn(calendars::poll::work(self.app.clone(), halted.clone()));
        let worker = tokio::spawn(worker::work(self.app.clone(), gateway, halted));
        let settings = Arc::clone(&self.app.settings);
        let outbound = self.app.outbound.clone();
        let delivery = deliver::deliver(self.app.clone(), outbound, halt.subscribe());
        let delivery = tokio::spawn(delivery);
        let reader = tokio::spawn(live::read(self.app.clone(), halt.subscribe()));
        let hub = Arc::clone(&self.app.live.hub);
        let stop = async move {
            stop.await;
            hub.close();
        };
        accept::serve(self.listener, router(self.app), &settings, stop).await;
        // A round that has begun is finished.
        let _ = halt.send(true);
        let _ = worker.await;
        let _ = delivery.await;
        let _ = reader.await;
        let _ = calendars.await;
    }
}

/// All routes, with what happens to every request.
fn router<S: Store + 'static>(app: App<S>) -> Router {
    let settings = Arc::clone(&app.settings);
    let router = routes::all::<S>()
        .fallback(edge::no_route)
        .method_not_allowed_fallback(edge::no_method)
        .layer(from_fn(conditional::conditional))
        .layer(from_fn_with_state(app.clone(), edge::edge::<S>))
        .with_state(app);
    layers::wrap(router, &settings.origins)
}
