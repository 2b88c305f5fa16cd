//! What one client does in a round.

use std::sync::Arc;

use quando::booking::{Actor, HoldToken};
use quando_engine::{Act, ActOn, BookHold, BookingKey};
use quando_hunter::protocol::{Ask, Request};
use serde_json::json;
use tokio::sync::Barrier;

use crate::client::{Client, Told};
use crate::history::{Asked, Kind, Want};
use crate::world::MINUTE;

/// Where and when a round is.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) round: usize,
    pub(crate) provider: String,
    pub(crate) now: i64,
}

/// What one client does. What comes before the barrier sets up; what comes after it is done by all
/// at the same moment.
#[derive(Clone, Debug)]
pub(crate) enum Script {
    /// Books.
    Book(Want),
    /// Holds, and then books, unless it leaves the hold to lapse.
    Hold(Want, Then),
    /// Holds in somebody's name who holds much.
    HoldAs(String, Want),
    /// Books what the provider has to approve, which it does unless it is late.
    Approval(Want, Then),
    /// Moves a booking to another start.
    Move(Want, i64),
    /// Cancels a booking and books the same slot again.
    Rebook(Want),
    /// Books through all nodes at once under one key.
    Twice(Want),
    /// Moves a booking twice, each time over the version that was seen first.
    Stale(Want, [i64; 2]),
    /// Does what should have been done before the deadline.
    Late(Leftover),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    GoOn,
    Leave,
}

/// A hold or pending booking whose deadline will have passed.
#[derive(Clone, Debug)]
pub(crate) struct Leftover {
    pub(crate) customer: String,
    pub(crate) booking: String,
    pub(crate) want: Want,
    pub(crate) token: Option<HoldToken>,
}

impl Script {
    /// Plays it, and gives what is left for later.
    pub(crate) async fn play(
        self,
        client: &mut Client,
        scene: &Scene,
        barrier: &Barrier,
    ) -> Option<Leftover> {
        let customer = format!("c{}", client.shared.next());
        let mut player = Player {
            client,
            scene,
            customer,
        };
        let ready = match &self {
            Script::Move(want, _) | Script::Rebook(want) | Script::Stale(want, _) => {
                player.create(*want).await.reply.map(|reply| reply.booking)
            }
            _ => None,
        };
        barrier.wait().await;
        let seen = ready.as_ref().map(|each| (each.id.clone(), each.version));
        match (self, seen) {
            (Script::Book(want), _) => {
                player.create(want).await;
            }
            (Script::Twice(want), _) => player.create_at_once(want).await,
            (Script::Hold(want, then), _) => return player.hold(want, then).await,
            (Script::HoldAs(customer, want), _) => {
                player.customer = customer;
                return player.hold(want, Then::Leave).await;
            }
            (Script::Approval(want, then), _) => return player.approval(want, then).await,
            (Script::Late(leftover), _) => player.late(leftover).await,
            (Script::Move(want, start), Some((id, _))) => {
                player.reschedule((id, None), Want { start, ..want }).await;
            }
            (Script::Rebook(want), Some((id, _))) => {
                let cancel = Act::Cancel {
                    reason: None,
                    token: None,
                };
                player.act((id, None), cancel, Kind::Cancel, None).await;
                player.customer.push('b');
                player.create(want).await;
            }
            (Script::Stale(want, starts), Some(seen)) => player.stale(seen, want, starts).await,
            (Script::Move(..) | Script::Rebook(_) | Script::Stale(..), None) => {}
        }
        None
    }
}

pub(crate) struct Player<'a> {
    pub(crate) client: &'a mut Client,
    pub(crate) scene: &'a Scene,
    pub(crate) customer: String,
}

impl Player<'_> {
    fn asked(&self, kind: Kind, want: Option<Want>) -> Asked {
        Asked {
            round: self.scene.round,
            provider: self.scene.provider.clone(),
            kind,
            customer: self.customer.clone(),
            now: self.scene.now,
            booking: None,
            expected_version: None,
            want,
            attempts: Vec::new(),
        }
    }

    fn request(&self, actor: Actor, ask: Ask) -> Request {
        let id = match actor {
            Actor::Customer => &self.customer,
            _ => &self.scene.provider,
        };
        self.client.shared.request((actor, id), self.scene.now, ask)
    }

    fn new_booking(&self, want: Want) -> Box<quando_engine::NewBooking> {
        let start = chrono::DateTime::from_timestamp(want.start, 0).unwrap();
        let new = json!({
            "provider": self.scene.provider,
            "service": want.service,
            "customer": self.customer,
            "start": start,
            "party": want.party,
        });
        serde_json::from_value(new).unwrap()
    }

    fn key(&self, booking: &str) -> BookingKey {
        BookingKey {
            provider: self.scene.provider.as_str().try_into().unwrap(),
            booking: booking.try_into().unwrap(),
        }
    }

    /// A request for a booking.
    pub(crate) fn creating(&self, want: Want) -> (Asked, Request) {
        let request = self.request(Actor::Customer, Ask::Create(self.new_booking(want)));
        (self.asked(Kind::Create, Some(want)), request)
    }

    async fn create(&mut self, want: Want) -> Told {
        let (asked, request) = self.creating(want);
        self.client.perform(asked, &request).await
    }

    async fn create_at_once(&mut self, want: Want) {
        let (asked, request) = self.creating(want);
        self.client.perform_at_once(asked, &request).await;
    }

    async fn hold(&mut self, want: Want, then: Then) -> Option<Leftover> {
        let request = self.request(Actor::Customer, Ask::Hold(self.new_booking(want)));
        let asked = self.asked(Kind::Hold, Some(want));
        let told = self.client.perform(asked, &request).await;
        let leftover = self.leftover(&told, want)?;
        if then == Then::Leave {
            return Some(leftover);
        }
        self.book_hold(leftover).await;
        None
    }

    fn leftover(&self, told: &Told, want: Want) -> Option<Leftover> {
        Some(Leftover {
            customer: self.customer.clone(),
            booking: told.reply.as_ref()?.booking.id.clone(),
            want,
            token: told.token,
        })
    }

    async fn book_hold(&mut self, leftover: Leftover) {
        let Some(token) = leftover.token else { return };
        let request = BookHold { token, notes: None };
        let ask = Ask::BookHold(self.key(&leftover.booking), request);
        let request = self.request(Actor::Customer, ask);
        let mut asked = self.asked(Kind::BookHold, Some(leftover.want));
        asked.booking = Some(leftover.booking);
        self.client.perform(asked, &request).await;
    }

    async fn approval(&mut self, want: Want, then: Then) -> Option<Leftover> {
        let told = self.create(want).await;
        let leftover = self.leftover(&told, want)?;
        if then == Then::Leave {
            return Some(leftover);
        }
        self.approve(leftover).await;
        None
    }

    async fn approve(&mut self, leftover: Leftover) {
        let booking = (leftover.booking, None);
        self.act(booking, Act::Approve, Kind::Approve, Some(leftover.want))
            .await;
    }

    async fn late(&mut self, leftover: Leftover) {
        self.customer.clone_from(&leftover.customer);
        if leftover.token.is_some() {
            self.book_hold(leftover).await;
        } else {
            self.approve(leftover).await;
        }
    }

    async fn act(
        &mut self,
        (booking, expected_version): (String, Option<u64>),
        act: Act,
        kind: Kind,
        want: Option<Want>,
    ) {
        let (asked, request) = self.acting((booking, expected_version), act, kind, want);
        self.client.perform(asked, &request).await;
    }

    fn acting(
        &self,
        (booking, expected_version): (String, Option<u64>),
        act: Act,
        kind: Kind,
        want: Option<Want>,
    ) -> (Asked, Request) {
        let on = ActOn {
            expected_version,
            act,
        };
        let actor = match kind {
            Kind::Approve => Actor::Provider,
            _ => Actor::Customer,
        };
        let request = self.request(actor, Ask::Act(self.key(&booking), Box::new(on)));
        let mut asked = self.asked(kind, want);
        asked.booking = Some(booking);
        asked.expected_version = expected_version;
        (asked, request)
    }

    async fn reschedule(&mut self, booking: (String, Option<u64>), want: Want) {
        let act = moving(want.start);
        self.act(booking, act, Kind::Reschedule, Some(want)).await;
    }

    async fn stale(&mut self, (id, version): (String, u64), want: Want, starts: [i64; 2]) {
        let mut other = Client::new(&self.client.shared, 1);
        let [first, second] = starts.map(|start| {
            let want = Some(Want { start, ..want });
            let booking = (id.clone(), Some(version));
            self.acting(booking, moving(start), Kind::Reschedule, want)
        });
        tokio::join!(
            self.client.perform(first.0, &first.1),
            other.perform(second.0, &second.1)
        );
    }
}

fn moving(start: i64) -> Act {
    Act::Reschedule {
        start: chrono::DateTime::from_timestamp(start, 0).unwrap(),
        resources: None,
    }
}

/// Plays scripts at the same moment, each with a client of its own.
pub(crate) async fn play(
    clients: &mut Vec<Client>,
    scene: &Scene,
    scripts: Vec<Script>,
) -> Vec<Leftover> {
    while clients.len() < scripts.len() {
        let number = clients.len();
        let shared = Arc::clone(&clients[0].shared);
        clients.push(Client::new(&shared, number));
    }
    let barrier = Arc::new(Barrier::new(scripts.len()));
    let mut playing = tokio::task::JoinSet::new();
    for script in scripts {
        let mut client = clients.pop().unwrap();
        let (scene, barrier) = (scene.clone(), Arc::clone(&barrier));
        playing.spawn(async move {
            let leftover = script.play(&mut client, &scene, &barrier).await;
            (client, leftover)
        });
    }
    let mut leftovers = Vec::new();
    while let Some(played) = playing.join_next().await {
        let (client, leftover) = played.unwrap();
        clients.push(client);
        leftovers.extend(leftover);
    }
    leftovers
}

/// A quarter of an hour, the step of all starts.
pub(crate) const STEP: i64 = 15 * MINUTE;
