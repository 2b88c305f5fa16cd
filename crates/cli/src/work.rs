//! `quando work`: what happens by itself, as time goes on.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use quando_engine::Error;
use quando_engine::limits::{PAGE_MAX, RELAY_MAX};
use serde::Serialize;

use crate::declined::problem;
use crate::output::{Failure, Outcome, note, print_document};
use crate::store::{Session, StoreArgs};

/// How long to wait when there was nothing to do.
const PAUSE: Duration = Duration::from_secs(1);

/// Do what falls due: holds and pending bookings expire, services complete, money is released
///
/// Moves what happened into the feed, too, where customers' lists and statistics come from. Runs
/// until Ctrl-C; several may run on one store. Payments that are asked for stay open for `quando
/// pay`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando work\n  quando work --once --human")]
pub(crate) struct WorkArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Do what is due now, and end
    #[arg(long)]
    once: bool,
}

/// What was done.
#[derive(Default, Serialize)]
struct Work {
    /// Entries that were moved into the feed.
    relayed: usize,
    /// Deadlines that were fired.
    fired: usize,
    /// Deadlines that were refused, because somebody was quicker.
    refused: usize,
}

impl WorkArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let session = self.store.open()?;
        let mut work = Work::default();
        if self.once {
            drain(&session, &mut work)?;
        } else {
            go_on(&session, &mut work)?;
        }
        print_document(&work, session.human, |work| {
            format!(
                "{} entries relayed, {} deadlines fired, {} refused\n",
                work.relayed, work.fired, work.refused
            )
        })
    }
}

/// Works until somebody asks to stop; a round is always finished.
fn go_on(session: &Session, work: &mut Work) -> Result<(), Failure> {
    let stop = stop_signal()?;
    loop {
        match drain(session, work) {
            Err(Error::Store(error)) if error.is_transient() => {
                note(&format!("note: {}", problem(&Error::Store(error))));
            }
            done => done?,
        }
        match stop.recv_timeout(PAUSE) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

fn stop_signal() -> Result<Receiver<()>, Failure> {
    let (stop, stopped) = channel();
    let handler = ctrlc::set_handler(move || {
        // Nobody listens any more when the loop has ended already.
        let _ = stop.send(());
    });
    handler.map_err(|error| {
        let message = format!("cannot wait for Ctrl-C: {error}");
        Failure::Usage(message)
    })?;
    Ok(stopped)
}

/// Does what is due until nothing is.
fn drain(session: &Session, work: &mut Work) -> Result<(), Error> {
    let engine = &session.engine;
    loop {
        let fired = session.wait(engine.fire_deadlines(PAGE_MAX))?;
        work.fired += fired.fired.len();
        work.refused += fired.refused.len();
        // What is refused again and again is no reason to go on.
        if fired.fired.is_empty() {
            break;
        }
    }
    loop {
        let relayed = session.wait(engine.relay_events(RELAY_MAX))?;
        work.relayed += relayed.len();
        if relayed.is_empty() {
            return Ok(());
        }
    }
}
