//! Live events: one reader of the feed for each process, and any number of clients that are told
//! what it read.
//!
//! What is told is written once, as bytes that all clients share. A client that is idle keeps no
//! buffer; one that does not read what it is told loses its place, comes back, and goes on from
//! there by the id of the last event that it saw.

mod client;
mod hub;
mod moment;
mod reader;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use quando::id::{CustomerId, ProviderId};
use tokio::sync::{Semaphore, watch};

pub(crate) use reader::read;
pub(crate) use stream::{Begin, Stream};

use hub::Hub;

/// Most clients that read the feed at the same time, to be told what they missed.
const CATCHING_UP_MAX: usize = 4;

/// What a client may see, and wants to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Audience {
    /// When whose time changes.
    pub(crate) availability: Whose,
    /// Changes of whose bookings.
    pub(crate) bookings: Bookings,
}

/// Whose time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Nobody,
    Provider(ProviderId),
    Everybody,
}

/// Whose bookings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bookings {
    Nobody,
    /// A customer's, with one provider or with all.
    Customer(CustomerId, Option<ProviderId>),
    Provider(ProviderId),
    Everybody,
}

/// What the process knows of its clients and of the feed.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) hub: Arc<Hub>,
    /// One permit for each client.
    clients: Arc<Semaphore>,
    catching_up: Semaphore,
    /// After how long a client is sent something although nothing happened, so that it and all
    /// between know that the other side is there.
    heartbeat: Duration,
    relayed: watch::Sender<()>,
}

impl Live {
    /// For at most so many clients.
    pub(crate) fn new(clients: usize, heartbeat: Duration) -> Live {
        Live {
            hub: Arc::default(),
            clients: Arc::new(Semaphore::new(clients)),
            catching_up: Semaphore::new(CATCHING_UP_MAX),
            heartbeat,
            relayed: watch::Sender::new(()),
        }
    }

    /// Wakes whoever reads the feed or delivers from it.
    pub(crate) fn wake(&self) {
        self.relayed.send_replace(());
    }

    /// Changes when there is something new in the feed.
    pub(crate) fn relayed(&self) -> watch::Receiver<()> {
        self.relayed.subscribe()
    }
}
