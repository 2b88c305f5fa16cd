//! One client: what it is to be told next.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use super::Audience;

/// Most events that wait for a client; one that falls back further loses its place.
const WAITING_MAX: usize = 256;

#[derive(Debug)]
pub(super) struct Client {
    pub(super) audience: Audience,
    waiting: Mutex<Waiting>,
    pub(super) wake: Notify,
}

/// Takes no memory of its own while nothing waits.
#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<(u64, Bytes)>,
    ended: Option<Ended>,
}

/// Why a client is told nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    TooSlow,
    Closed,
}

/// What a client is told next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Event(u64, Bytes),
    Nothing,
    End(Ended),
}

impl Client {
    pub(super) fn new(audience: Audience) -> Client {
        Client {
            audience,
            waiting: Mutex::default(),
            wake: Notify::new(),
        }
    }

    pub(super) fn push(&self, position: u64, event: Bytes) {
        let mut waiting = self.lock();
        if waiting.ended.is_some() {
            return;
        }
        if waiting.events.len() == WAITING_MAX {
            waiting.events = VecDeque::new();
            waiting.ended = Some(Ended::TooSlow);
        } else {
            waiting.events.push_back((position, event));
        }
        drop(waiting);
        self.wake.notify_one();
    }

    /// Lets the client read what waits, and then no more.
    pub(super) fn close(&self) {
        self.lock().ended.get_or_insert(Ended::Closed);
        self.wake.notify_one();
    }

    pub(super) fn next(&self) -> Next {
        let mut waiting = self.lock();
        match waiting.events.pop_front() {
            Some((position, event)) => {
                if waiting.events.is_empty() {
                    waiting.events = VecDeque::new();
                }
                Next::Event(position, event)
            }
            None => waiting.ended.map_or(Next::Nothing, Next::End),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Each change is whole, also when a thread panics after it.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Bookings, Whose};
    use super::*;

    #[test]
    fn a_client_that_does_not_read_loses_its_place() {
        let client = Client::new(Audience {
            availability: Whose::Everybody,
            bookings: Bookings::Nobody,
        });
        let event = Bytes::from_static(b"data: {}\n\n");
        for position in 1..=256 {
            client.push(position, event.clone());
        }
        assert_eq!(client.next(), Next::Event(1, event.clone()));
        client.push(257, event.clone());
        client.push(258, event.clone());
        // What waited is gone, and nothing is kept any more.
        assert_eq!(client.next(), Next::End(Ended::TooSlow));
        client.push(259, event);
        assert_eq!(client.next(), Next::End(Ended::TooSlow));
        assert_eq!(client.lock().events.capacity(), 0);
    }

    #[test]
    fn an_idle_client_keeps_no_buffer() {
        let client = Client::new(Audience {
            availability: Whose::Everybody,
            bookings: Bookings::Nobody,
        });
        client.push(1, Bytes::from_static(b"data: {}\n\n"));
        assert!(matches!(client.next(), Next::Event(1, _)));
        assert_eq!(client.next(), Next::Nothing);
        assert_eq!(client.lock().events.capacity(), 0);
        assert!(size_of::<Client>() <= 256, "{}", size_of::<Client>());
    }
}
