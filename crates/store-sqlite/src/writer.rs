//! The one thread that writes: it takes the jobs that wait into one transaction, and answers them
//! after its commit.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures_channel::oneshot;
use rusqlite::Connection;

use crate::answer::Answer;
use crate::error::SqliteError;
use crate::file::{Identity, Options, begin_immediate};

/// What the writer has done since the database was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriterCounts {
    /// Jobs that were answered after a commit, with their result or their own error.
    pub jobs: u64,
    /// Transactions that were committed.
    pub commits: u64,
    /// Transactions of several jobs that failed, after which each job was tried by itself.
    pub split: u64,
}

#[derive(Debug, Default)]
struct Counters {
    jobs: AtomicU64,
    commits: AtomicU64,
    split: AtomicU64,
}

/// The writing thread.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Option<SyncSender<Box<dyn Task>>>,
    thread: Option<JoinHandle<()>>,
    counters: Arc<Counters>,
}

impl Writer {
    /// Starts the thread with the connection that writes.
    pub(crate) fn start(connection: Connection, options: &Options) -> io::Result<Writer> {
        let counters = Arc::new(Counters::default());
        let (queue, waiting) = sync_channel(options.waiting_max.max(1));
        let work = Work {
            identity: Identity::of(&options.path)?,
            connection,
            waiting,
            busy_timeout: options.busy_timeout,
            group_max: options.group_max.max(1),
            counters: Arc::clone(&counters),
        };
        let thread = thread::Builder::new()
            .name("quando-sqlite-writer".to_owned())
            .spawn(move || work.run())?;
        Ok(Writer {
            queue: Some(queue),
            thread: Some(thread),
            counters,
        })
    }

    /// Queues a job. A full queue is answered at once.
    pub(crate) fn submit<T, E, F>(&self, job: F) -> Answer<T, E>
    where
        T: Send + 'static,
        E: From<SqliteError> + Send + 'static,
        F: FnMut(&Connection) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = Answer::new();
        let result = None;
        let task = Box::new(Pending { job, result, reply });
        let queue = self.queue.as_ref().expect("the queue is there until drop");
        match queue.try_send(task) {
            Ok(()) => {}
            Err(TrySendError::Full(task)) => task.fail(SqliteError::Overloaded),
            Err(TrySendError::Disconnected(task)) => task.fail(SqliteError::Closed),
        }
        answer
    }

    pub(crate) fn counts(&self) -> WriterCounts {
        WriterCounts {
            jobs: self.counters.jobs.load(Ordering::Relaxed),
            commits: self.counters.commits.load(Ordering::Relaxed),
            split: self.counters.split.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Writer {
    /// Finishes what waits, empties the log into the file, and ends the thread.
    fn drop(&mut self) {
        drop(self.queue.take());
        join(self.thread.take());
    }
}

/// Waits for the end of a thread, but not for one's own: a job may hold the last handle.
pub(crate) fn join(thread: Option<JoinHandle<()>>) {
    if let Some(handle) = thread
        && handle.thread().id() != thread::current().id()
    {
        // Jobs cannot panic the thread; if it did nevertheless, its jobs were answered by that.
        drop(handle.join());
    }
}

/// A job with its answer, whatever their types are.
trait Task: Send {
    /// Does the job in the open savepoint and keeps its result.
    fn run(&mut self, connection: &Connection) -> Effect;
    /// Nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    /// Hands over the result, of a transaction that was committed.
    fn answer(self: Box<Self>);
    /// Hands over the job's own error, of a transaction that was lost; else that it was lost.
    fn answer_lost(self: Box<Self>);
    /// Hands over an error in place of the result.
    fn fail(self: Box<Self>, error: SqliteError);
}

impl std::fmt::Debug for dyn Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Task")
    }
}

/// What becomes of a job's changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Keep,
    Undo,
}

struct Pending<T, E, F> {
    job: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Task for Pending<T, E, F>
where
    T: Send,
    E: From<SqliteError> + Send,
    F: FnMut(&Connection) -> Result<T, E> + Send,
{
    fn run(&mut self, connection: &Connection) -> Effect {
        let job = &mut self.job;
        // The connection is put right by the savepoint; a job that is broken by its panic can only
        // give wrong answers about itself.
        let caught = catch_unwind(AssertUnwindSafe(|| job(connection)));
        let result = caught.unwrap_or_else(|_| Err(E::from(SqliteError::Panicked)));
        let effect = match result {
            Ok(_) => Effect::Keep,
            Err(_) => Effect::Undo,
        };
        self.result = Some(result);
        effect
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_canceled()
    }

    fn answer(self: Box<Self>) {
        let result = self.result.expect("a job of a committed group has run");
        send(self.reply, result);
    }

    fn answer_lost(self: Box<Self>) {
        match self.result {
            Some(Err(error)) => send(self.reply, Err(error)),
            Some(Ok(_)) | None => send(self.reply, Err(E::from(SqliteError::RolledBack))),
        }
    }

    fn fail(self: Box<Self>, error: SqliteError) {
        send(self.reply, Err(E::from(error)));
    }
}

fn send<T>(reply: oneshot::Sender<T>, result: T) {
    // Whoever asked may be gone by now.
    drop(reply.send(result));
}

/// Why a transaction came to nothing.
enum Trouble {
    /// It could not begin, or must not end: no job is to blame.
    Refused(SqliteError),
    /// It was lost, by one of its jobs or at COMMIT, where the error is known.
    Lost(Option<SqliteError>),
}

/// What the thread owns.
struct Work {
    connection: Connection,
    identity: Identity,
    waiting: Receiver<Box<dyn Task>>,
    busy_timeout: Duration,
    group_max: usize,
    counters: Arc<Counters>,
}

impl Work {
    fn run(self) {
        while let Ok(first) = self.waiting.recv() {
            let mut group = vec![first];
            group.extend(self.waiting.try_iter().take(self.group_max - 1));
            group.retain(|task| !task.is_abandoned());
            if !group.is_empty() {
                self.serve(group);
            }
        }
        // What is in the log is safe as well; the next opening reads it.
        let emptied = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        drop(emptied);
    }

    /// Does a group in one transaction. When that fails, each job is tried once more by itself, so
    /// that a job which cannot be done does not take the others along.
    fn serve(&self, mut group: Vec<Box<dyn Task>>) {
        match self.attempt(&mut group) {
            Ok(()) => self.answer(group),
            Err(Trouble::Refused(error)) => {
                for task in group {
                    task.fail(error.clone());
                }
            }
            Err(Trouble::Lost(_)) if group.len() > 1 => {
                self.counters.split.fetch_add(1, Ordering::Relaxed);
                for task in group {
                    self.serve(vec![task]);
                }
            }
            Err(Trouble::Lost(error)) => {
                for task in group {
                    match &error {
                        Some(error) => task.fail(error.clone()),
                        None => task.answer_lost(),
                    }
                }
            }
        }
    }

    fn answer(&self, group: Vec<Box<dyn Task>>) {
        let jobs = u64::try_from(group.len()).unwrap_or(u64::MAX);
        self.counters.jobs.fetch_add(jobs, Ordering::Relaxed);
        self.counters.commits.fetch_add(1, Ordering::Relaxed);
        group.into_iter().for_each(Task::answer);
    }

    /// INVARIANT: nothing is answered here. A job's result, and its error as well, may rest on the
    /// changes of jobs before it in the group, which only COMMIT makes true.
    fn attempt(&self, group: &mut [Box<dyn Task>]) -> Result<(), Trouble> {
        begin_immediate(&self.connection, self.busy_timeout).map_err(Trouble::Refused)?;
        let outcome = self.run_all(group).and_then(|()| self.commit());
        if outcome.is_err() && !self.connection.is_autocommit() {
            // If this fails too, the next BEGIN says so.
            drop(self.connection.execute_batch("ROLLBACK"));
        }
        outcome
    }

    fn run_all(&self, group: &mut [Box<dyn Task>]) -> Result<(), Trouble> {
        for task in group {
            self.execute("SAVEPOINT job").map_err(lost)?;
            let effect = task.run(&self.connection);
            // A full disk, among others, ends the whole transaction inside a statement.
            if self.connection.is_autocommit() {
                return Err(Trouble::Lost(None));
            }
            if effect == Effect::Undo {
                self.execute("ROLLBACK TO job").map_err(lost)?;
            }
            self.execute("RELEASE job").map_err(lost)?;
        }
        Ok(())
    }

    fn commit(&self) -> Result<(), Trouble> {
        self.identity.check().map_err(Trouble::Refused)?;
        self.execute("COMMIT")
            .map_err(|error| lost(error.at_commit()))
    }

    fn execute(&self, statement: &str) -> Result<(), SqliteError> {
        self.connection.prepare_cached(statement)?.execute([])?;
        Ok(())
    }
}

fn lost(error: SqliteError) -> Trouble {
    Trouble::Lost(Some(error))
}
