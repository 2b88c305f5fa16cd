//! A client with a connection to each node, which asks until it knows.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use quando::booking::{Actor, By, HoldToken};
use quando_hunter::protocol::{Answer, Ask, Request};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::history::{Asked, Attempt, History, Outcome, Reply, Stopwatch, is_final};

/// Whatever fails for so long does not heal by itself.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What all clients share.
#[derive(Debug)]
pub(crate) struct Shared {
    nodes: Mutex<Vec<SocketAddr>>,
    pub(crate) history: History,
    pub(crate) stopwatch: Stopwatch,
    /// What was sent and is not answered, by seed.
    waiting: Mutex<BTreeMap<u64, String>>,
    seed: AtomicU64,
    keys: AtomicU64,
    /// The latest moment at which a request was done.
    pub(crate) done_at: AtomicU64,
    /// How many sendings asked for time.
    pub(crate) attempts: AtomicU64,
    /// How many requests were done.
    pub(crate) done: AtomicU64,
}

impl Shared {
    pub(crate) fn new(nodes: Vec<SocketAddr>, seed: u64) -> Arc<Shared> {
        Arc::new(Shared {
            nodes: Mutex::new(nodes),
            history: History::default(),
            stopwatch: Stopwatch::start(),
            waiting: Mutex::default(),
            seed: AtomicU64::new(seed << 32),
            keys: AtomicU64::new(0),
            done_at: AtomicU64::new(0),
            attempts: AtomicU64::new(0),
            done: AtomicU64::new(0),
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.nodes.lock().unwrap().len()
    }

    fn address(&self, node: usize) -> SocketAddr {
        self.nodes.lock().unwrap()[node]
    }

    /// What nobody has answered.
    pub(crate) fn unanswered(&self) -> String {
        format!("{:?}", self.waiting.lock().unwrap())
    }

    /// A node has come back elsewhere.
    pub(crate) fn moved(&self, node: usize, address: SocketAddr) {
        self.nodes.lock().unwrap()[node] = address;
    }

    pub(crate) fn done_count(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    pub(crate) fn next(&self) -> u64 {
        self.keys.fetch_add(1, Ordering::Relaxed)
    }

    /// A request under a key of its own.
    pub(crate) fn request(&self, (actor, id): (Actor, &str), now: i64, ask: Ask) -> Request {
        let by = By {
            actor,
            id: Some(id.try_into().unwrap()),
        };
        let key = format!("key-{}", self.next());
        Request {
            now: chrono::DateTime::from_timestamp(now, 0).unwrap(),
            seed: 0,
            by,
            key: Some(quando::idempotency::IdempotencyKey::new(&key).unwrap()),
            ask,
        }
    }
}

/// A connection to a node, made when it is needed.
type Link = Option<BufReader<TcpStream>>;

async fn connect(address: SocketAddr) -> std::io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(BufReader::new(stream))
}

async fn exchange(stream: &mut BufReader<TcpStream>, line: &[u8]) -> std::io::Result<String> {
    stream.get_mut().write_all(line).await?;
    let mut answer = String::new();
    stream.read_line(&mut answer).await?;
    if answer.ends_with('\n') {
        Ok(answer)
    } else {
        Err(std::io::ErrorKind::UnexpectedEof.into())
    }
}

#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) shared: Arc<Shared>,
    links: Vec<Link>,
    /// Which node is asked next.
    turn: usize,
}

/// What a request that changes a booking came to.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) reply: Option<Reply>,
    pub(crate) token: Option<HoldToken>,
}

impl Client {
    pub(crate) fn new(shared: &Arc<Shared>, number: usize) -> Client {
        Client {
            shared: Arc::clone(shared),
            links: (0..shared.count()).map(|_| None).collect(),
            turn: number,
        }
    }

    /// Sends a request once; nothing is sent to a node that is down.
    pub(crate) async fn send(
        &mut self,
        node: usize,
        request: &Request,
    ) -> Option<(Attempt, Option<HoldToken>)> {
        let mut stream = match self.links[node].take() {
            Some(stream) => stream,
            None => connect(self.shared.address(node)).await.ok()?,
        };
        let seed = self.shared.seed.fetch_add(1, Ordering::Relaxed);
        let request = Request {
            seed,
            ..request.clone()
        };
        let mut line = serde_json::to_vec(&request).unwrap();
        line.push(b'\n');
        let invoked = self.shared.stopwatch.micros();
        let text = format!("to node {node}: {:?}", request.ask);
        self.shared.waiting.lock().unwrap().insert(seed, text);
        let answer = exchange(&mut stream, &line).await;
        self.shared.waiting.lock().unwrap().remove(&seed);
        let returned = self.shared.stopwatch.micros();
        let (outcome, token) = match answer {
            Ok(answer) => {
                self.links[node] = Some(stream);
                outcome(&answer)
            }
            Err(_) => (Outcome::Unknown, None),
        };
        let attempt = Attempt {
            invoked,
            returned,
            outcome,
        };
        if !matches!(&request.ask, Ask::Act(_, on) if matches!(on.act, quando_engine::Act::Cancel { .. }))
        {
            self.shared.attempts.fetch_add(1, Ordering::Relaxed);
        }
        if attempt.is_done() {
            self.shared.done.fetch_add(1, Ordering::Relaxed);
            self.shared.done_at.fetch_max(returned, Ordering::Relaxed);
        }
        Some((attempt, token))
    }

    /// Sends a request until it is settled, to one node after the other, and writes all of that
    /// into the history.
    pub(crate) async fn perform(&mut self, mut asked: Asked, request: &Request) -> Told {
        let token = self.settle(&mut asked, request).await;
        let reply = asked.reply().cloned();
        self.shared.history.add(asked);
        Told { reply, token }
    }

    pub(crate) async fn settle(
        &mut self,
        asked: &mut Asked,
        request: &Request,
    ) -> Option<HoldToken> {
        let begin = self.shared.stopwatch.elapsed();
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        loop {
            self.turn += 1;
            let node = self.turn % self.links.len();
            if let Some((attempt, token)) = self.send(node, request).await {
                let is_settled = attempt.is_done() || attempt.refusal().is_some_and(is_final);
                asked.attempts.push(attempt);
                if is_settled {
                    return token;
                }
            }
            let waited = self.shared.stopwatch.elapsed() - begin;
            assert!(waited < PATIENCE, "not settled in time: {asked:?}");
            ticks.tick().await;
        }
    }

    /// Sends the same request to all nodes at once, and then until it is settled.
    pub(crate) async fn perform_at_once(&mut self, mut asked: Asked, request: &Request) -> Told {
        let mut others: Vec<Client> = (1..self.links.len())
            .map(|number| Client::new(&self.shared, number))
            .collect();
        let sent = others.iter_mut().map(|client| {
            let node = client.turn;
            client.send(node, request)
        });
        let others = join_all(sent);
        let (first, others) = tokio::join!(self.send(0, request), others);
        let attempts = std::iter::once(first).chain(others).flatten();
        asked.attempts.extend(attempts.map(|(attempt, _)| attempt));
        let token = self.settle(&mut asked, request).await;
        let reply = asked.reply().cloned();
        self.shared.history.add(asked);
        Told { reply, token }
    }

    /// Asks for what is not a booking's, such as setting up.
    pub(crate) async fn ask(&self, request: &Request) -> String {
        let line = [serde_json::to_vec(request).unwrap(), vec![b'\n']].concat();
        let mut stream = connect(self.shared.address(0)).await.unwrap();
        exchange(&mut stream, &line).await.unwrap()
    }
}

/// Waits for all, on this task.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.map(|each| Some(Box::pin(each))).collect();
    let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if let Some(running) = future
                && let std::task::Poll::Ready(ready) = running.as_mut().poll(context)
            {
                *output = Some(ready);
                *future = None;
            }
        }
        if futures.iter().all(Option::is_none) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

fn outcome(line: &str) -> (Outcome, Option<HoldToken>) {
    match serde_json::from_str(line).unwrap() {
        Answer::Done {
            replayed,
            token,
            reply,
        } => {
            let reply = Reply::parse(reply.get());
            (Outcome::Done { replayed, reply }, token)
        }
        Answer::Refused { code, message } => (Outcome::Refused { code, message }, None),
    }
}
