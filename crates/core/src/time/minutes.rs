use std::fmt;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::civil::MINUTE;
use crate::limits::MINUTES_MAX;

/// A length of time in whole minutes, from 0 to [`MINUTES_MAX`]. JSON form: a number.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(try_from = "u32", into = "u32")]
pub struct Minutes(u32);

/// A number of minutes that is over the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at most {MINUTES_MAX} minutes (limit `MINUTES_MAX`)")]
pub struct MinutesError;

impl Minutes {
    /// No time at all.
    pub const ZERO: Minutes = Minutes(0);

    /// So many minutes.
    ///
    /// # Errors
    ///
    /// [`MinutesError`] above [`MINUTES_MAX`].
    pub const fn new(minutes: u32) -> Result<Minutes, MinutesError> {
        if minutes <= MINUTES_MAX {
            Ok(Minutes(minutes))
        } else {
            Err(MinutesError)
        }
    }

    /// The number of minutes.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Whether it is no time at all.
    pub const fn is_zero(&self) -> bool {
        self.0 == 0
    }

    /// The same length as chrono has it.
    pub fn duration(self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.0))
    }

    pub(crate) const fn seconds(self) -> i64 {
        self.0 as i64 * MINUTE
    }
}

impl TryFrom<u32> for Minutes {
    type Error = MinutesError;

    fn try_from(minutes: u32) -> Result<Minutes, MinutesError> {
        Minutes::new(minutes)
    }
}

impl From<Minutes> for u32 {
    fn from(minutes: Minutes) -> u32 {
        minutes.0
    }
}

impl fmt::Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} min", self.0)
    }
}
