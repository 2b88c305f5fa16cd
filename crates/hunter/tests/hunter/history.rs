//! What was asked, when, and what came of it: all that the checker knows beside the tables.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use quando::booking::{Status, Take};
use quando::time::Interval;
use serde::Deserialize;
use tokio::time::Instant;

/// The one clock of all clients, in microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Stopwatch {
        Stopwatch(Instant::now())
    }

    pub(crate) fn micros(self) -> u64 {
        u64::try_from(self.elapsed().as_micros()).unwrap()
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// What a client wants to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    Create,
    Hold,
    BookHold,
    Approve,
    Reschedule,
    Cancel,
}

impl Kind {
    /// Whether it asks for time of a resource.
    pub(crate) fn books(self) -> bool {
        self != Kind::Cancel
    }

    /// What the journal calls it.
    pub(crate) fn action(self) -> &'static str {
        match self {
            Kind::Create | Kind::BookHold => "create",
            Kind::Hold => "hold",
            Kind::Approve => "approve",
            Kind::Reschedule => "reschedule",
            Kind::Cancel => "cancel",
        }
    }
}

/// The slot that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Want {
    pub(crate) service: &'static str,
    /// In seconds since 1970.
    pub(crate) start: i64,
    pub(crate) party: u32,
}

/// Something that a client wanted under one key, however often it sent it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) round: usize,
    pub(crate) provider: String,
    pub(crate) kind: Kind,
    pub(crate) customer: String,
    /// The instant of the request, in seconds since 1970.
    pub(crate) now: i64,
    /// The booking that it is done to.
    pub(crate) booking: Option<String>,
    pub(crate) expected_version: Option<u64>,
    pub(crate) want: Option<Want>,
    pub(crate) attempts: Vec<Attempt>,
}

/// One sending.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) invoked: u64,
    pub(crate) returned: u64,
    pub(crate) outcome: Outcome,
}

#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Done {
        replayed: bool,
        reply: Reply,
    },
    Refused {
        code: String,
        message: String,
    },
    /// The connection was lost.
    Unknown,
}

/// What a booking's JSON says, as far as it matters here.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) booking: Stored,
    /// A hash of all of it.
    pub(crate) digest: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) customer: String,
    pub(crate) service: String,
    pub(crate) status: Status,
    pub(crate) version: u64,
    pub(crate) slot: Interval,
    pub(crate) takes: Vec<Take>,
    #[serde(default)]
    pub(crate) due_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Reply {
    pub(crate) fn parse(json: &str) -> Reply {
        let mut hasher = DefaultHasher::new();
        json.hash(&mut hasher);
        Reply {
            booking: serde_json::from_str(json).unwrap(),
            digest: hasher.finish(),
        }
    }
}

impl Asked {
    /// What it was answered in the end; none while nobody knows.
    pub(crate) fn settled(&self) -> Option<&Attempt> {
        let mut done = self.attempts.iter().filter(|each| each.is_done());
        done.next().or_else(|| {
            let last = self.attempts.last()?;
            let refused = last.refusal().is_some_and(is_final);
            refused.then_some(last)
        })
    }

    pub(crate) fn reply(&self) -> Option<&Reply> {
        self.attempts.iter().find_map(Attempt::reply)
    }

    pub(crate) fn refusal(&self) -> Option<&str> {
        self.settled().and_then(Attempt::refusal)
    }

    pub(crate) fn invoked(&self) -> u64 {
        let all = self.attempts.iter().map(|each| each.invoked);
        all.min().unwrap_or(0)
    }

    /// When its effect, if it had one, was there at the latest.
    pub(crate) fn effective(&self) -> u64 {
        let done = self.attempts.iter().filter(|each| each.is_done());
        done.map(|each| each.returned).min().unwrap_or(u64::MAX)
    }
}

impl Attempt {
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.outcome, Outcome::Done { .. })
    }

    pub(crate) fn reply(&self) -> Option<&Reply> {
        match &self.outcome {
            Outcome::Done { reply, .. } => Some(reply),
            _ => None,
        }
    }

    pub(crate) fn refusal(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Whether nobody can tell from the answer whether it was done.
    pub(crate) fn is_unknown(&self) -> bool {
        match &self.outcome {
            Outcome::Unknown => true,
            Outcome::Refused { code, .. } => code == "store-unknown",
            Outcome::Done { .. } => false,
        }
    }
}

/// Whether asking again makes no sense: the rules said no. All else is asked again.
pub(crate) fn is_final(code: &str) -> bool {
    !code.starts_with("store-") && code != "idempotency-in-flight"
}

/// Everything that was asked.
#[derive(Debug, Default)]
pub(crate) struct History {
    asked: Mutex<Vec<Asked>>,
}

impl History {
    pub(crate) fn add(&self, asked: Asked) {
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(asked);
    }

    /// What was asked so far.
    pub(crate) fn so_far(&self) -> Vec<Asked> {
        let all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        all.clone()
    }

    pub(crate) fn take(&self) -> Vec<Asked> {
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut all)
    }
}
