//! The threads that read: each has a connection, each read sees one state of the data.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use futures_channel::oneshot;
use rusqlite::Connection;

use crate::answer::Answer;
use crate::error::SqliteError;
use crate::file::Options;
use crate::writer::join;

/// The reading threads, with one queue for all.
#[derive(Debug)]
pub(crate) struct Readers {
    queue: Option<SyncSender<Box<dyn Read>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts a thread for each connection.
    pub(crate) fn start(connections: Vec<Connection>, options: &Options) -> io::Result<Readers> {
        let (queue, waiting) = sync_channel(options.waiting_max.max(1));
        let waiting = Arc::new(Mutex::new(waiting));
        let mut readers = Readers {
            queue: Some(queue),
            threads: Vec::with_capacity(connections.len()),
        };
        for connection in connections {
            let waiting = Arc::clone(&waiting);
            let thread = thread::Builder::new()
                .name("quando-sqlite-reader".to_owned())
                .spawn(move || run(&connection, &waiting))?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Queues a read. A full queue is answered at once.
    pub(crate) fn submit<T, E, F>(&self, read: F) -> Answer<T, E>
    where
        T: Send + 'static,
        E: From<SqliteError> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = Answer::new();
        let task = Box::new(Pending { read, reply });
        let queue = self.queue.as_ref().expect("the queue is there until drop");
        match queue.try_send(task) {
            Ok(()) => {}
            Err(TrySendError::Full(task)) => task.fail(SqliteError::Overloaded),
            Err(TrySendError::Disconnected(task)) => task.fail(SqliteError::Closed),
        }
        answer
    }
}

impl Drop for Readers {
    /// Finishes what waits and ends the threads.
    fn drop(&mut self) {
        drop(self.queue.take());
        for thread in self.threads.drain(..) {
            join(Some(thread));
        }
    }
}

trait Read: Send {
    fn run(self: Box<Self>, connection: &Connection);
    fn fail(self: Box<Self>, error: SqliteError);
}

impl std::fmt::Debug for dyn Read {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Read")
    }
}

struct Pending<T, E, F> {
    read: F,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Read for Pending<T, E, F>
where
    T: Send,
    E: From<SqliteError> + Send,
    F: FnOnce(&Connection) -> Result<T, E> + Send,
{
    fn run(self: Box<Self>, connection: &Connection) {
        let Pending { read, reply } = *self;
        if reply.is_canceled() {
            return;
        }
        let result = snapshot(connection, read);
        // Whoever asked may be gone by now.
        drop(reply.send(result));
    }

    fn fail(self: Box<Self>, error: SqliteError) {
        drop(self.reply.send(Err(E::from(error))));
    }
}

fn run(connection: &Connection, waiting: &Mutex<Receiver<Box<dyn Read>>>) {
    loop {
        // No read runs under this lock, so nothing can be half done in a poisoned one.
        let received = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        match received {
            Ok(read) => read.run(connection),
            Err(_) => return,
        }
    }
}

/// Reads in one transaction. Its state is that of its first statement, so it has everything that
/// was acknowledged before.
fn snapshot<T, E, F>(connection: &Connection, read: F) -> Result<T, E>
where
    E: From<SqliteError>,
    F: FnOnce(&Connection) -> Result<T, E>,
{
    execute(connection, "BEGIN DEFERRED")?;
    let caught = catch_unwind(AssertUnwindSafe(|| read(connection)));
    let result = caught.unwrap_or_else(|_| Err(E::from(SqliteError::Panicked)));
    if !connection.is_autocommit() {
        execute(connection, "ROLLBACK")?;
    }
    result
}

fn execute(connection: &Connection, statement: &str) -> Result<(), SqliteError> {
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}
