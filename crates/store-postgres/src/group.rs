//! Group commit: what asks to be written while a statement is under way goes together in the next.
//!
//! A booking that comes alone is written alone. While others are being decided on, it waits for them
//! a little: the more come together, the less each costs the server.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use deadpool_postgres::Pool;
use quando_engine::store::StoreError;
use tokio::sync::{mpsc, oneshot};

use crate::connection::Client;
use crate::create::{Create, create};
use crate::error::Failure;

/// So many go in one statement at most: more gain little, and let all of them wait.
const TOGETHER_MAX: usize = 64;

/// So long a booking waits for others that are on their way.
const PATIENCE: Duration = Duration::from_millis(2);

/// What became of a write.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Written,
    /// It is not as the decision saw it.
    Moved,
    /// It, or another one in the same statement, is at fault: it is to go by itself.
    Alone,
    Failed(Failure),
}

/// How many statements wrote how many new bookings.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) statements: AtomicU64,
    pub(crate) bookings: AtomicU64,
}

#[derive(Debug)]
struct Job {
    create: Create,
    answer: oneshot::Sender<Outcome>,
}

/// Whom writes are given to.
#[derive(Debug)]
pub(crate) struct Group {
    jobs: mpsc::UnboundedSender<Job>,
    coming: Arc<AtomicUsize>,
}

/// Somebody who is about to ask, until dropped.
#[derive(Debug)]
pub(crate) struct Coming(Arc<AtomicUsize>);

impl Drop for Coming {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Group {
    /// Starts a writer on the caller's runtime, which ends when the group is dropped.
    pub(crate) fn start(pool: Pool, counters: Arc<Counters>) -> Group {
        let (jobs, arriving) = mpsc::unbounded_channel();
        let coming = Arc::default();
        let writer = Writer {
            pool,
            counters,
            coming: Arc::clone(&coming),
            arriving,
            waiting: VecDeque::new(),
        };
        tokio::spawn(writer.run());
        Group { jobs, coming }
    }

    /// Says that a write is being decided on.
    pub(crate) fn coming(&self) -> Coming {
        self.coming.fetch_add(1, Ordering::Relaxed);
        Coming(Arc::clone(&self.coming))
    }

    /// Writes it, together with whatever else comes. A caller that holds a connection meanwhile may
    /// keep the writer from getting one.
    pub(crate) async fn write(&self, create: Create) -> Outcome {
        let (answer, answered) = oneshot::channel();
        if self.jobs.send(Job { create, answer }).is_err() {
            return Outcome::Failed(StoreError::Closed.into());
        }
        match answered.await {
            Ok(outcome) => outcome,
            Err(gone) => Outcome::Failed(StoreError::Unknown(Arc::new(gone)).into()),
        }
    }
}

/// Writes one on its own.
pub(crate) async fn write_one(client: &Client, new: &Create, counters: &Counters) -> Outcome {
    let written = create(client, &[new]).await;
    counters.statements.fetch_add(1, Ordering::Relaxed);
    match written {
        Ok(won) if won == [true] => {
            counters.bookings.fetch_add(1, Ordering::Relaxed);
            Outcome::Written
        }
        Ok(_) => Outcome::Moved,
        Err(Failure::Moved) => Outcome::Alone,
        Err(failure) => Outcome::Failed(failure),
    }
}

struct Writer {
    pool: Pool,
    counters: Arc<Counters>,
    coming: Arc<AtomicUsize>,
    arriving: mpsc::UnboundedReceiver<Job>,
    /// What has arrived, and could not go with what went before.
    waiting: VecDeque<Job>,
}

impl Writer {
    async fn run(mut self) {
        // Kept while there is work, so that readers who wait for a connection are not in the way.
        let mut client: Option<Client> = None;
        loop {
            if self.waiting.is_empty() {
                client = None;
                match self.arriving.recv().await {
                    Some(job) => self.waiting.push_back(job),
                    None => return,
                }
            }
            self.gather().await;
            let jobs = self.together();
            let lent = match client.take() {
                Some(client) => Ok(client),
                None => self.pool.get().await.map_err(Failure::from),
            };
            match lent {
                Ok(lent) => {
                    if self.write(&lent, jobs).await {
                        client = Some(lent);
                    }
                }
                Err(failure) => answer(jobs, |_| Outcome::Failed(failure.clone())),
            }
        }
    }

    /// Waits for those who are on their way.
    async fn gather(&mut self) {
        let patience = tokio::time::timeout(PATIENCE, std::future::pending::<()>());
        let mut patience = pin!(patience);
        loop {
            while let Ok(job) = self.arriving.try_recv() {
                self.waiting.push_back(job);
            }
            if self.waiting.len() >= TOGETHER_MAX || self.coming.load(Ordering::Relaxed) == 0 {
                return;
            }
            tokio::select! {
                job = self.arriving.recv() => match job {
                    Some(job) => self.waiting.push_back(job),
                    None => return,
                },
                _elapsed = &mut patience => return,
            }
        }
    }

    /// The next ones that can go in one statement, those that came first before others.
    fn together(&mut self) -> Vec<Job> {
        let mut jobs: Vec<Job> = Vec::new();
        let mut later = VecDeque::new();
        while let Some(job) = self.waiting.pop_front() {
            let meets = |known: &Job| known.create.meets(&job.create);
            if job.answer.is_closed() {
                // Whoever asked has gone, and nothing has been written yet.
            } else if jobs.len() == TOGETHER_MAX || jobs.iter().any(meets) {
                later.push_back(job);
            } else {
                jobs.push(job);
            }
        }
        self.waiting = later;
        jobs.sort_by_key(|job| job.create.order());
        jobs
    }

    /// Whether the connection is as good as before.
    async fn write(&self, client: &Client, jobs: Vec<Job>) -> bool {
        if jobs.is_empty() {
            return true;
        }
        let all: Vec<&Create> = jobs.iter().map(|job| &job.create).collect();
        let written = create(client, &all).await;
        self.counters.statements.fetch_add(1, Ordering::Relaxed);
        match written {
            Ok(won) => {
                let count = won.iter().filter(|won| **won).count() as u64;
                self.counters.bookings.fetch_add(count, Ordering::Relaxed);
                answer(jobs, |at| {
                    if won.get(at) == Some(&true) {
                        Outcome::Written
                    } else {
                        Outcome::Moved
                    }
                });
                true
            }
            Err(Failure::Moved) => {
                answer(jobs, |_| Outcome::Alone);
                true
            }
            Err(failure) => {
                answer(jobs, |_| Outcome::Failed(failure.clone()));
                false
            }
        }
    }
}

fn answer(jobs: Vec<Job>, of: impl Fn(usize) -> Outcome) {
    for (at, job) in jobs.into_iter().enumerate() {
        // Whoever asked may have gone.
        let _ = job.answer.send(of(at));
    }
}
