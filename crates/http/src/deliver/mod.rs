//! Sends messages to endpoints, as Standard Webhooks says how: deliveries are written from the feed,
//! claimed, sent and settled. How many there are at a time is bounded, of all and of each endpoint,
//! so that none waits for another one that hangs.

mod sign;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use quando_engine::store::Store;
use quando_engine::{AttemptOutcome, ClaimedDelivery, Endpoints, Engine, Error};
use reqwest::Method;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

use crate::App;
use crate::outbound::{ANSWER_BYTES_MAX, Outbound, OutboundRequest};

pub(crate) use sign::secret_text;

/// How long to wait when there was nothing to do and nobody wrote.
const PAUSE: Duration = Duration::from_secs(1);
/// Most attempts at a time.
const ATTEMPTS_MAX: usize = 64;
/// Most of them to endpoints whose last attempt failed: they may hang again.
const DOUBTFUL_MAX: usize = 32;
/// Most attempts at a time to one endpoint, and to one whose last attempt failed.
const ENDPOINT_MAX: usize = 4;
const DOUBTFUL_ENDPOINT_MAX: usize = 1;
/// After how many rounds old deliveries are forgotten again: about an hour when nothing happens.
const ROUNDS_BETWEEN_PRUNING: u32 = 3_600;
/// How long attempts that are being made may take when the server stops; what is not settled then
/// is tried again.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// What is being sent.
#[derive(Debug, Default)]
struct Desk {
    attempts: JoinSet<bool>,
    /// To which endpoint each attempt is made.
    to: HashMap<Id, String>,
    /// How many attempts are made to each endpoint.
    busy: HashMap<String, usize>,
    /// Endpoints whose last attempt failed.
    doubtful: HashSet<String>,
}

impl Desk {
    fn free(&self) -> usize {
        ATTEMPTS_MAX.saturating_sub(self.attempts.len())
    }

    /// Whether one more attempt may be made to an endpoint, when so many have been chosen.
    fn has_room(&self, webhook: &str, chosen: &Chosen) -> bool {
        let of_it = chosen.of_each.get(webhook).copied().unwrap_or(0);
        let busy = self.busy.get(webhook).copied().unwrap_or(0) + of_it;
        if !self.doubtful.contains(webhook) {
            return busy < ENDPOINT_MAX;
        }
        let doubtful = self
            .busy
            .iter()
            .filter(|(id, _)| self.doubtful.contains(*id));
        let doubtful: usize = doubtful.map(|(_, count)| count).sum();
        busy < DOUBTFUL_ENDPOINT_MAX && doubtful + chosen.doubtful < DOUBTFUL_MAX
    }

    fn begin<S: Store>(
        &mut self,
        engine: &Engine<S>,
        outbound: &Outbound,
        claimed: ClaimedDelivery,
    ) {
        let webhook = claimed.webhook.id.clone();
        let (engine, outbound) = (engine.clone(), outbound.clone());
        let attempt = self
            .attempts
            .spawn(async move { attempt(engine, outbound, claimed).await });
        *self.busy.entry(webhook.clone()).or_default() += 1;
        self.to.insert(attempt.id(), webhook);
    }

    fn end(&mut self, ended: Result<(Id, bool), JoinError>) {
        let (id, has_arrived) = match ended {
            Ok(ended) => ended,
            Err(error) => (error.id(), false),
        };
        let Some(webhook) = self.to.remove(&id) else {
            return;
        };
        if has_arrived {
            self.doubtful.remove(&webhook);
        } else {
            self.doubtful.insert(webhook.clone());
        }
        let left = self.busy.get(&webhook).map_or(0, |count| count - 1);
        if left == 0 {
            self.busy.remove(&webhook);
        } else {
            self.busy.insert(webhook, left);
        }
    }
}

/// How many were chosen while deliveries are looked through.
#[derive(Debug, Default)]
struct Chosen {
    of_each: HashMap<String, usize>,
    doubtful: usize,
}

/// Delivers until it is halted.
pub(crate) async fn deliver<S: Store + 'static>(
    app: App<S>,
    outbound: Outbound,
    mut halted: watch::Receiver<bool>,
) {
    let (mut desk, mut endpoints) = (Desk::default(), Endpoints::default());
    let mut relayed = app.live.relayed();
    let mut rounds = 0;
    loop {
        if let Err(error) = round(&app.engine, &outbound, (&mut desk, &mut endpoints)).await {
            // Nothing of it is lost: what is written is there, and the rest is read again.
            log::warn!("{}: {error}", error.code());
        }
        if rounds % ROUNDS_BETWEEN_PRUNING == 0
            && let Err(error) = app.engine.prune_deliveries().await
        {
            log::warn!("{}: {error}", error.code());
        }
        rounds = (rounds + 1) % ROUNDS_BETWEEN_PRUNING;
        tokio::select! {
            _ = halted.changed() => break,
            Some(ended) = desk.attempts.join_next_with_id() => desk.end(ended),
            _ = tokio::time::timeout(PAUSE, relayed.changed()) => {}
        }
    }
    let all = async { while desk.attempts.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(STOP_TIMEOUT, all).await;
}

/// Writes what is to be sent, and begins with what is due and there is room for.
async fn round<S: Store>(
    engine: &Engine<S>,
    outbound: &Outbound,
    (desk, endpoints): (&mut Desk, &mut Endpoints),
) -> Result<(), Error> {
    while engine.fan_out(endpoints).await?.entries > 0 {}
    while desk.free() > 0 {
        let mut chosen = Chosen::default();
        let room = |webhook: &str| {
            let has_room = desk.has_room(webhook, &chosen);
            if has_room {
                *chosen.of_each.entry(webhook.to_owned()).or_default() += 1;
                chosen.doubtful += usize::from(desk.doubtful.contains(webhook));
            }
            has_room
        };
        let due = engine.due_deliveries(room, desk.free()).await?;
        if due.is_empty() {
            return Ok(());
        }
        for claimed in engine.claim_deliveries(due).await? {
            desk.begin(engine, outbound, claimed);
        }
    }
    Ok(())
}

/// One attempt; says whether the message has arrived.
async fn attempt<S: Store>(
    engine: Engine<S>,
    outbound: Outbound,
    claimed: ClaimedDelivery,
) -> bool {
    let secrets = engine.webhook_secrets(&claimed.webhook);
    let body = claimed.delivery.payload();
    let request = OutboundRequest {
        method: Method::POST,
        url: claimed.webhook.url.clone(),
        headers: sign::headers(&claimed.delivery.message, engine.now(), (&body, &secrets)),
        body,
        answer_bytes_max: ANSWER_BYTES_MAX,
    };
    let outcome = match outbound.send(request).await {
        Ok(answer) => AttemptOutcome {
            status: Some(answer.status.as_u16()),
            error: None,
        },
        // Whoever answered with a status has the message, however the rest of the answer goes.
        Err(error) => AttemptOutcome {
            status: error.status().map(|status| status.as_u16()),
            error: Some(error.code()),
        },
    };
    let has_arrived = outcome.has_arrived();
    if let Err(error) = engine.settle_delivery(claimed, outcome).await {
        // It is tried again after the time of the claim.
        log::warn!("{}: {error}", error.code());
    }
    has_arrived
}
