//! What one client reads: first what it missed, then what happens.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use quando_engine::store::Store;
use tokio::sync::OwnedSemaphorePermit;

use super::client::{Client, Ended, Next};
use super::moment::Moment;
use super::{Audience, Live};
use crate::App;
use crate::problem::{Fault, Problem};

/// Most entries that a client is told afterwards; one that missed more begins anew.
const MISSED_MAX: u64 = 5_000;
/// Entries that are read at a time for that.
const PAGE: u32 = 200;
/// How long a client waits for the first look at the feed.
const START_TIMEOUT: Duration = Duration::from_secs(5);
/// After how many milliseconds a client comes back that lost its connection.
const RETRY: &str = "retry: 3000\n\n";

/// Where a client begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    Now,
    /// After the last event that it saw.
    After(u64),
    /// It saw something that is no position.
    Lost,
}

/// The events of one client.
pub(crate) struct Stream<S> {
    app: App<S>,
    client: Arc<Client>,
    number: u64,
    _permit: OwnedSemaphorePermit,
    /// What is sent before anything else.
    first: Option<Bytes>,
    /// What it has been told, and what it missed: up to where.
    told: u64,
    missed: u64,
    has_ended: bool,
}

impl<S> Drop for Stream<S> {
    fn drop(&mut self) {
        self.app.live.hub.remove(self.number, &self.client.audience);
    }
}

impl<S: Store + 'static> Stream<S> {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// [`Fault::Busy`] when there are too many clients, or the feed has not been looked at yet.
    pub(crate) async fn open(
        app: App<S>,
        audience: Audience,
        begin: Begin,
    ) -> Result<Stream<S>, Problem> {
        let live: &Live = &app.live;
        let permit = Arc::clone(&live.clients).try_acquire_owned();
        let permit = permit.map_err(|_| Problem::from(Fault::Busy))?;
        let mut head = live.hub.head();
        let started = head.wait_for(Option::is_some);
        let started = tokio::time::timeout(START_TIMEOUT, started).await;
        if !matches!(started, Ok(Ok(_))) {
            return Err(Fault::Busy.into());
        }
        drop(started);
        let client = Arc::new(Client::new(audience));
        let (number, now) = live.hub.add(&client);
        let mut stream = Stream {
            client,
            number,
            _permit: permit,
            first: None,
            told: now,
            missed: now,
            has_ended: false,
            app,
        };
        stream.first = Some(match begin {
            Begin::Now => Bytes::from_static(RETRY.as_bytes()),
            Begin::After(last) if last <= now && now - last <= MISSED_MAX => {
                stream.told = last;
                Bytes::from_static(RETRY.as_bytes())
            }
            Begin::After(_) | Begin::Lost => stream.reset(),
        });
        Ok(stream)
    }

    /// Says that what it knows may be out of date, and goes on from now.
    fn reset(&mut self) -> Bytes {
        self.told = self.missed;
        let now = self.missed;
        format!("{RETRY}event: reset\ndata: {{}}\nid: {now}\n\n").into()
    }

    /// What is sent next; nothing at the end.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        while self.told < self.missed {
            match self.catch_up().await {
                Some(bytes) if bytes.is_empty() => {}
                bytes => return bytes,
            }
        }
        loop {
            if self.has_ended {
                return None;
            }
            // Read before the queue: when that is empty, everything up to here was told.
            let head = *self.app.live.hub.head().borrow();
            match self.client.next() {
                // Told before, while it caught up.
                Next::Event(position, _) if position <= self.told => continue,
                Next::Event(position, event) => {
                    self.told = position;
                    return Some(event);
                }
                Next::End(ended) => {
                    self.has_ended = true;
                    match ended {
                        Ended::TooSlow => return Some(Bytes::from_static(RETRY.as_bytes())),
                        Ended::Closed => return None,
                    }
                }
                Next::Nothing => {}
            }
            let woken =
                tokio::time::timeout(self.app.live.heartbeat, self.client.wake.notified()).await;
            if woken.is_err() {
                // An id without data is no event; a client that comes back goes on from there.
                let id = head.map_or_else(String::new, |head| format!("id: {head}\n"));
                return Some(format!(":\n{id}\n").into());
            }
        }
    }

    /// Reads on in the feed; nothing when that is not possible.
    async fn catch_up(&mut self) -> Option<Bytes> {
        let live: &Live = &self.app.live;
        let permit = live.catching_up.acquire().await.ok()?;
        let entries = self.app.engine.feed(self.told, PAGE).await.ok()?;
        let is_next = entries.first().map(|first| first.position) == Some(self.told + 1);
        if !is_next {
            // It is not kept any more.
            drop(permit);
            return Some(self.reset());
        }
        let mut bytes = BytesMut::new();
        for entry in entries
            .iter()
            .take_while(|entry| entry.position <= self.missed)
        {
            let moment = Moment::of(&self.app.engine, entry).await.ok()?;
            if let Some(event) = moment.event(&self.client.audience) {
                bytes.extend_from_slice(&event);
            }
            self.told = entry.position;
        }
        Some(bytes.freeze())
    }
}
