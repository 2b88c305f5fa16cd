//! Who listens to what, and how far the feed was read.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quando::id::{CustomerId, ProviderId};
use tokio::sync::watch;

use super::client::Client;
use super::moment::Moment;
use super::{Audience, Bookings, Whose};

/// What a client listens to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Topic {
    Provider(ProviderId),
    Customer(CustomerId),
    All,
}

#[derive(Debug)]
pub(crate) struct Hub {
    listening: Mutex<Listening>,
    /// Up to which position all clients were told; none before the first look at the feed.
    head: watch::Sender<Option<u64>>,
}

#[derive(Debug, Default)]
struct Listening {
    topics: HashMap<Topic, HashMap<u64, Arc<Client>>>,
    /// The number of the last client.
    last: u64,
    is_closed: bool,
}

impl Default for Hub {
    fn default() -> Hub {
        Hub {
            listening: Mutex::default(),
            head: watch::Sender::new(None),
        }
    }
}

impl Hub {
    pub(super) fn head(&self) -> watch::Receiver<Option<u64>> {
        self.head.subscribe()
    }

    pub(super) fn set_head(&self, position: u64) {
        self.head.send_replace(Some(position));
    }

    /// Tells everybody whom it concerns. Clients that come meanwhile begin before it or after it.
    pub(super) fn publish(&self, moment: &Moment) {
        let listening = self.lock();
        let mut told: BTreeMap<u64, &Arc<Client>> = BTreeMap::new();
        for topic in topics_of(moment) {
            let clients = listening.topics.get(&topic).into_iter().flatten();
            told.extend(clients.map(|(number, client)| (*number, client)));
        }
        for client in told.into_values() {
            if let Some(event) = moment.event(&client.audience) {
                client.push(moment.position, event);
            }
        }
        self.set_head(moment.position);
    }

    /// Adds a client; gives its number, and the position that it is told everything after.
    pub(super) fn add(&self, client: &Arc<Client>) -> (u64, u64) {
        let mut listening = self.lock();
        listening.last += 1;
        let number = listening.last;
        for topic in topics(&client.audience) {
            let clients = listening.topics.entry(topic).or_default();
            clients.insert(number, Arc::clone(client));
        }
        if listening.is_closed {
            client.close();
        }
        (number, self.head.borrow().unwrap_or(0))
    }

    pub(super) fn remove(&self, number: u64, audience: &Audience) {
        let mut listening = self.lock();
        for topic in topics(audience) {
            if let Some(clients) = listening.topics.get_mut(&topic) {
                clients.remove(&number);
                if clients.is_empty() {
                    listening.topics.remove(&topic);
                }
            }
        }
    }

    /// Ends all streams, so that a server that stops need not wait for them.
    pub(crate) fn close(&self) {
        let mut listening = self.lock();
        listening.is_closed = true;
        for client in listening.topics.values().flat_map(HashMap::values) {
            client.close();
        }
    }

    #[cfg(test)]
    pub(super) fn topics(&self) -> usize {
        self.lock().topics.len()
    }

    fn lock(&self) -> MutexGuard<'_, Listening> {
        // Each change is whole, also when a thread panics after it.
        self.listening
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a client has to listen to, to hear all that it may.
fn topics(audience: &Audience) -> Vec<Topic> {
    let time = match &audience.availability {
        Whose::Nobody => None,
        Whose::Provider(provider) => Some(Topic::Provider(provider.clone())),
        Whose::Everybody => Some(Topic::All),
    };
    let bookings = match &audience.bookings {
        Bookings::Nobody => None,
        Bookings::Customer(customer, _) => Some(Topic::Customer(customer.clone())),
        Bookings::Provider(provider) => Some(Topic::Provider(provider.clone())),
        Bookings::Everybody => Some(Topic::All),
    };
    let mut topics: Vec<Topic> = time.into_iter().chain(bookings).collect();
    topics.dedup();
    topics
}

fn topics_of(moment: &Moment) -> impl Iterator<Item = Topic> {
    let provider = moment.provider.clone().map(Topic::Provider);
    let customer = moment.customer.clone().map(Topic::Customer);
    provider.into_iter().chain(customer).chain([Topic::All])
}

#[cfg(test)]
mod tests {
    use super::super::client::{Ended, Next};
    use super::*;

    fn provider(id: &str) -> ProviderId {
        ProviderId::new(id).unwrap()
    }

    fn listener(of: &str) -> Arc<Client> {
        Arc::new(Client::new(Audience {
            availability: Whose::Provider(provider(of)),
            bookings: Bookings::Provider(provider(of)),
        }))
    }

    #[test]
    fn one_that_does_not_read_is_dropped_and_others_are_told() {
        let hub = Hub::default();
        let (slow, quick, other) = (listener("ana"), listener("ana"), listener("ben"));
        let numbers = [&slow, &quick, &other].map(|client| hub.add(client).0);
        for position in 1..=300 {
            hub.publish(&Moment::any(position, provider("ana")));
            assert!(matches!(quick.next(), Next::Event(at, _) if at == position));
        }
        assert_eq!(slow.next(), Next::End(Ended::TooSlow));
        assert_eq!(other.next(), Next::Nothing);
        assert_eq!(*hub.head().borrow(), Some(300));
        for (client, number) in [slow, quick, other].iter().zip(numbers) {
            hub.remove(number, &client.audience);
        }
        assert_eq!(hub.topics(), 0);
    }

    #[test]
    fn who_comes_is_told_what_is_after() {
        let hub = Hub::default();
        hub.publish(&Moment::any(1, provider("ana")));
        let client = listener("ana");
        assert_eq!(hub.add(&client).1, 1);
        hub.publish(&Moment::any(2, provider("ana")));
        assert!(matches!(client.next(), Next::Event(2, _)));
        assert_eq!(client.next(), Next::Nothing);
        hub.close();
        assert_eq!(client.next(), Next::End(Ended::Closed));
        let late = listener("ana");
        hub.add(&late);
        assert_eq!(late.next(), Next::End(Ended::Closed));
    }
}
