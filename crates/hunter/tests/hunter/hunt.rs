//! A whole run: lanes of rounds, until there were as many attempts as were asked for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use quando::booking::Actor;
use tokio::sync::Barrier;

use crate::client::{Client, Shared};
use crate::history::Asked;
use crate::round::{Random, THEMES, Theme, now_of, scripts};
use crate::script::{Scene, play};
use crate::world::{FIRST_DAY, setting_up};

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// Providers at which rounds go on side by side.
    pub(crate) lanes: usize,
    /// Clients of a round.
    pub(crate) clients: usize,
    pub(crate) themes: Vec<Theme>,
}

impl Plan {
    pub(crate) fn new(seed: u64) -> Plan {
        Plan {
            seed,
            lanes: 3,
            clients: 16,
            themes: THEMES.to_vec(),
        }
    }
}

/// A run that is going on.
#[derive(Debug)]
pub(crate) struct Hunt {
    pub(crate) shared: Arc<Shared>,
    plan: Plan,
    stop: Arc<AtomicBool>,
    era: usize,
    rounds: Arc<AtomicUsize>,
}

impl Hunt {
    /// Sets up the providers through the first node.
    pub(crate) async fn begin(nodes: Vec<SocketAddr>, plan: Plan) -> Hunt {
        let shared = Shared::new(nodes, plan.seed);
        let client = Client::new(&shared, 0);
        for lane in 0..plan.lanes {
            let provider = provider_of(lane);
            for ask in setting_up(&provider) {
                let request = shared.request((Actor::Operator, "op"), FIRST_DAY, ask);
                let answer = client.ask(&request).await;
                assert!(answer.starts_with("{\"done\""), "{request:?}: {answer}");
            }
        }
        Hunt {
            shared,
            plan,
            stop: Arc::new(AtomicBool::new(false)),
            era: 0,
            rounds: Arc::default(),
        }
    }

    /// What ends the run after the present rounds.
    pub(crate) fn stopper(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Goes on until `enough` of the requests so far, or the stopper.
    pub(crate) async fn run(&mut self, enough: impl Fn(&Shared) -> bool + Send + Sync + 'static) {
        let enough = Arc::new(enough);
        let (together, first) = (Arc::new(Barrier::new(self.plan.lanes)), self.era);
        let ended = Arc::new(AtomicBool::new(false));
        let lanes = (0..self.plan.lanes).map(|lane| {
            let lane = Lane {
                shared: Arc::clone(&self.shared),
                plan: self.plan.clone(),
                provider: provider_of(lane),
                random: Random::new(self.plan.seed + u64::try_from(first * 64 + lane).unwrap()),
                rounds: Arc::clone(&self.rounds),
            };
            let (together, stop) = (Arc::clone(&together), Arc::clone(&self.stop));
            let (ended, enough) = (Arc::clone(&ended), Arc::clone(&enough));
            tokio::spawn(lane.run(first, together, move |leads, shared: &Shared| {
                if leads && (stop.load(Ordering::SeqCst) || enough(shared)) {
                    ended.store(true, Ordering::SeqCst);
                }
                ended.load(Ordering::SeqCst)
            }))
        });
        let lanes: Vec<_> = lanes.collect();
        for lane in lanes {
            self.era = lane.await.unwrap();
        }
        self.stop.store(false, Ordering::SeqCst);
    }

    /// Ends the run and gives its history.
    pub(crate) fn end(self) -> Vec<Asked> {
        self.shared.history.take()
    }
}

fn provider_of(lane: usize) -> String {
    format!("provider-{lane}")
}

struct Lane {
    shared: Arc<Shared>,
    plan: Plan,
    provider: String,
    random: Random,
    rounds: Arc<AtomicUsize>,
}

impl Lane {
    /// Round after round. Time is the same in all lanes, since a node's clock never goes back.
    async fn run(
        mut self,
        first: usize,
        together: Arc<Barrier>,
        ended: impl Fn(bool, &Shared) -> bool,
    ) -> usize {
        let mut clients = vec![Client::new(&self.shared, 0)];
        let mut leftovers = Vec::new();
        for era in first.. {
            let leads = together.wait().await.is_leader();
            // Whoever leads decides for all, before anybody asks.
            if leads {
                ended(true, &self.shared);
            }
            together.wait().await;
            if ended(false, &self.shared) {
                return era;
            }
            let scene = Scene {
                round: self.rounds.fetch_add(1, Ordering::SeqCst),
                provider: self.provider.clone(),
                now: now_of(era),
            };
            let theme = self.random.pick(&self.plan.themes);
            let count = self.plan.clients;
            let scripts = scripts((theme, era), count, leftovers, &mut self.random);
            leftovers = play(&mut clients, &scene, scripts).await;
        }
        first
    }
}
