//! A clock that begins in the past, so that the demo has a past.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use quando_engine::{Clock, SystemClock};

/// The clock of the machine, some seconds behind; clones of an `Arc` of it move together.
#[derive(Debug, Default)]
pub struct DemoClock {
    seconds_behind: AtomicI64,
}

impl DemoClock {
    /// Goes behind the clock of the machine by so much; zero is the present.
    pub fn set_behind(&self, by: TimeDelta) {
        self.seconds_behind
            .store(by.num_seconds(), Ordering::SeqCst);
    }
}

impl Clock for DemoClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() - TimeDelta::seconds(self.seconds_behind.load(Ordering::SeqCst))
    }
}
