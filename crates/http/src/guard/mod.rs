//! What stands between a socket and a handler: who is at the other end, how often it may ask, and
//! how many requests there is room for.

mod address;
mod class;
mod rate;
mod room;

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use axum::http::StatusCode;

use crate::identity::{Caller, Standing};
use crate::problem::Problem;
use crate::server::Settings;

pub use address::{ForwardedBy, Proxies};
pub use rate::{Rates, RatesError};

pub(crate) use class::Class;
pub(crate) use rate::Ration;
use rate::{Budget, Key};
use room::Room;
pub(crate) use room::retry_seconds;

/// How much more often than the public providers and operators may ask: their programs speak for
/// many customers.
const STAFF_FACTOR: u32 = 10;

/// What stands between a socket and a handler.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(crate) room: Room,
    pub(crate) proxies: Proxies,
    rations: Option<Rations>,
}

/// The budgets, each with all who draw on it.
#[derive(Debug)]
struct Rations {
    /// Of customers and of whoever has no token.
    public: [Budget; 4],
    /// Of providers and operators.
    staff: [Budget; 4],
    /// Of whoever books without an account.
    guests: Budget,
    failures: Budget,
    /// Makes keys that nobody outside can choose.
    hasher: RandomState,
}

impl Guard {
    pub(crate) fn new(settings: &Settings) -> Guard {
        Guard {
            room: Room::new(settings.limits.requests),
            proxies: settings.proxies.clone(),
            rations: settings.rates.map(Rations::new),
        }
    }

    /// Takes one request out of the budget of whoever asks; nothing where there are no limits.
    pub(crate) fn draw(
        &self,
        class: Class,
        asked: &Result<Caller, Problem>,
        address: IpAddr,
    ) -> Option<Ration> {
        self.rations.as_ref()?.draw(class, asked, address)
    }
}

impl Rations {
    fn new(rates: Rates) -> Rations {
        let budgets = |factor: u32| {
            [
                Budget::new("search", rates.search.saturating_mul(nonzero(factor))),
                Budget::new("read", rates.read.saturating_mul(nonzero(factor))),
                Budget::new("edit", rates.edit.saturating_mul(nonzero(factor))),
                Budget::new("book", rates.book.saturating_mul(nonzero(factor))),
            ]
        };
        Rations {
            public: budgets(1),
            staff: budgets(STAFF_FACTOR),
            guests: Budget::new("guest", rates.guest),
            failures: Budget::new("failures", rates.failures),
            hasher: RandomState::new(),
        }
    }

    fn draw(
        &self,
        class: Class,
        asked: &Result<Caller, Problem>,
        address: IpAddr,
    ) -> Option<Ration> {
        let place = match class {
            Class::Probe => return None,
            Class::Search => 0,
            Class::Read => 1,
            Class::Edit => 2,
            Class::Book => 3,
        };
        let by_address = Key::Address(self.hasher.hash_one(address::network_of(address)));
        let is_guess = |problem: &Problem| problem.status == StatusCode::UNAUTHORIZED;
        if asked.as_ref().err().is_some_and(is_guess) {
            // Whoever guesses is held up; a good token from the same address is not.
            let failed = self.failures.draw(by_address);
            if failed.retry_seconds.is_some() {
                return Some(failed);
            }
        }
        let (budgets, key) = match asked {
            Ok(Caller::Known(identity)) => {
                let budgets = match identity.standing {
                    Standing::Customer => &self.public,
                    Standing::Provider(_) | Standing::Operator => &self.staff,
                };
                let name = (identity.actor().name(), identity.subject.as_str());
                (budgets, Key::Principal(self.hasher.hash_one(name)))
            }
            Ok(Caller::Anonymous) if class == Class::Book => {
                return Some(self.guests.draw(by_address));
            }
            Ok(Caller::Anonymous) | Err(_) => (&self.public, by_address),
        };
        Some(budgets[place].draw(key))
    }
}

fn nonzero(number: u32) -> std::num::NonZeroU32 {
    std::num::NonZeroU32::new(number).unwrap_or(std::num::NonZeroU32::MIN)
}
