mod books;
mod plan;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use quando::id::{BookingId, DisputeId};
use quando::money::Money;
use quando::payment::{Answer, Instruction};

pub use books::Books;
use books::{Account, failed, refused};
pub use plan::{Behaviour, Chances};

use super::{Gateway, GatewayError, Sent};
use crate::clock::whole_seconds;

/// A payment processor for tests and demonstrations, with books of its own.
///
/// It has no clock and no chance of its own: what it does follows from its [`Chances`], from what it
/// is told to do by [`TestGateway::behave`], and from the instants that it is called with.
///
/// - A key is remembered for 24 hours, with the answer. Sent again in that time it has no further
///   effect; sent again later it is carried out again, as with real processors. Another instruction
///   under a known key is refused.
/// - An authorisation lasts seven days; a capture after that fails.
/// - More than was captured is neither refunded nor paid out: that is refused.
#[derive(Debug)]
pub struct TestGateway {
    chances: Chances,
    state: Mutex<State>,
}

/// An answer that comes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Of which booking.
    pub booking: BookingId,
    /// What the processor says.
    pub answer: Answer,
}

#[derive(Debug, Default)]
struct State {
    /// The latest instant that it was told.
    now: DateTime<Utc>,
    accounts: BTreeMap<BookingId, Account>,
    /// What was done under each key that is still remembered.
    keys: BTreeMap<String, Remembered>,
    /// All that was ever done, by key.
    done: BTreeMap<String, Vec<Answer>>,
    sent: BTreeMap<String, u32>,
    told: BTreeMap<String, VecDeque<Behaviour>>,
    /// What happens later, in order; those of one instant in the order in which they were caused.
    later: BTreeMap<(DateTime<Utc>, u64), Later>,
    caused: u64,
    disputes: u64,
    ready: Vec<Due>,
}

#[derive(Debug)]
struct Remembered {
    instruction: Instruction,
    reply: Sent,
    since: DateTime<Utc>,
}

#[derive(Debug)]
enum Later {
    Answer(Due),
    DisputeOpens {
        booking: BookingId,
        captured: Money,
    },
    DisputeEnds {
        booking: BookingId,
        dispute: DisputeId,
        amount: Money,
    },
}

impl TestGateway {
    /// A processor without any books yet.
    pub fn new(chances: Chances) -> TestGateway {
        TestGateway {
            chances,
            state: Mutex::default(),
        }
    }

    /// Tells what happens the next time that a key is sent and is not remembered; told several
    /// times, the time after that, and so on. What was told goes before chance.
    pub fn behave(&self, key: &str, behaviour: Behaviour) {
        let mut state = self.state();
        let told = state.told.entry(key.to_owned()).or_default();
        told.push_back(behaviour);
    }

    /// The books of a booking, if it ever asked for anything, as of the latest instant that the
    /// processor was told.
    pub fn books(&self, booking: &BookingId) -> Option<Books> {
        let state = self.state();
        state.accounts.get(booking).map(|account| account.books)
    }

    /// The answers that have come by themselves until `now`, each given out once, in order.
    pub fn answers_due(&self, now: DateTime<Utc>) -> Vec<Due> {
        let mut state = self.state();
        state.go_on(&self.chances, now);
        std::mem::take(&mut state.ready)
    }

    /// What was done under a key last, if anything was: processors find it by the data that they
    /// keep with each payment, long after they have forgotten the key.
    pub fn look_up(&self, key: &str) -> Option<Answer> {
        self.state().done.get(key)?.last().cloned()
    }

    /// How often something was done under a key: once at most, unless it was sent again after 24
    /// hours.
    pub fn effects(&self, key: &str) -> usize {
        self.state().done.get(key).map_or(0, Vec::len)
    }

    fn receive(
        &self,
        instruction: &Instruction,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<Sent, GatewayError> {
        let mut state = self.state();
        state.go_on(&self.chances, now);
        let sent = state.sent.entry(key.to_owned()).or_default();
        let sent_before = *sent;
        *sent = sent.saturating_add(1);
        if let Some(known) = state.keys.get(key) {
            if known.instruction != *instruction {
                return Err(refused("the key was used for another instruction"));
            }
            return Ok(known.reply.clone());
        }
        let told = state.told.get_mut(key).and_then(VecDeque::pop_front);
        let behaviour = told.unwrap_or_else(|| self.chances.choose(key, sent_before));
        state.carry_out(instruction, key, behaviour)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gateway for TestGateway {
    fn send(
        &self,
        instruction: &Instruction,
        key: &str,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Sent, GatewayError>> + Send {
        ready(self.receive(instruction, key, now))
    }

    fn look_up(
        &self,
        key: &str,
    ) -> impl Future<Output = Result<Option<Answer>, GatewayError>> + Send {
        ready(Ok(TestGateway::look_up(self, key)))
    }
}

impl State {
    fn carry_out(
        &mut self,
        asked: &Instruction,
        key: &str,
        behaviour: Behaviour,
    ) -> Result<Sent, GatewayError> {
        if behaviour == Behaviour::DropRequest {
            return Err(GatewayError::Unavailable);
        }
        if !asked.amount.is_positive() {
            return Err(refused("an amount is more than nothing"));
        }
        let answer = if behaviour == Behaviour::Fail {
            failed(asked, "declined")
        } else {
            self.act(asked, key)?
        };
        let due = Due {
            booking: asked.booking.clone(),
            answer: answer.clone(),
        };
        let mut reply = Sent::Answered(answer.clone());
        match (behaviour, answer) {
            (Behaviour::AnswerLater, _) => {
                reply = Sent::Accepted;
                self.cause(TimeDelta::hours(1), Later::Answer(due));
            }
            (Behaviour::AnswerAgain, _) => {
                self.cause(TimeDelta::minutes(1), Later::Answer(due.clone()));
                self.cause(TimeDelta::days(1), Later::Answer(due));
            }
            (Behaviour::Dispute, Answer::Captured { amount, .. }) => {
                let booking = asked.booking.clone();
                let captured = amount;
                let opens = Later::DisputeOpens { booking, captured };
                self.cause(TimeDelta::days(2), opens);
            }
            _ => {}
        }
        let remembered = Remembered {
            instruction: asked.clone(),
            reply: reply.clone(),
            since: self.now,
        };
        self.keys.insert(key.to_owned(), remembered);
        match behaviour {
            Behaviour::DropReply => Err(GatewayError::Unavailable),
            _ => Ok(reply),
        }
    }

    /// Moves the money, and keeps in mind that it did.
    fn act(&mut self, asked: &Instruction, key: &str) -> Result<Answer, GatewayError> {
        let currency = asked.amount.currency();
        let account = self.accounts.entry(asked.booking.clone());
        let account = account.or_insert_with(|| Account::new(currency));
        let answer = account.act(asked, self.now)?;
        if !matches!(answer, Answer::Failed { .. }) {
            let done = self.done.entry(key.to_owned()).or_default();
            done.push(answer.clone());
        }
        Ok(answer)
    }

    fn cause(&mut self, after: TimeDelta, later: Later) {
        self.caused += 1;
        self.later.insert((self.now + after, self.caused), later);
    }

    /// Lets everything happen that happens until `now`. Time never goes back.
    fn go_on(&mut self, chances: &Chances, now: DateTime<Utc>) {
        let now = whole_seconds(now);
        while let Some(entry) = self.later.first_entry() {
            let at = entry.key().0;
            if at > now {
                break;
            }
            let later = entry.remove();
            self.now = self.now.max(at);
            self.happen(chances, later);
        }
        self.now = self.now.max(now);
        let forgotten = self.now - TimeDelta::hours(KEY_HOURS);
        self.keys.retain(|_, known| known.since > forgotten);
        for account in self.accounts.values_mut() {
            account
                .expire(self.now)
                .expect("what is reserved is the sum of the reservations");
        }
    }

    fn happen(&mut self, chances: &Chances, later: Later) {
        match later {
            Later::Answer(due) => self.ready.push(due),
            Later::DisputeOpens { booking, captured } => self.open_dispute(booking, captured),
            Later::DisputeEnds {
                booking,
                dispute,
                amount,
            } => {
                let won = chances.dispute_is_won(dispute.as_str());
                let answer = if won {
                    let account = self.accounts.get_mut(&booking);
                    account
                        .expect("what was disputed was captured")
                        .give_back(amount)
                        .expect("the amount was disputed before");
                    Answer::DisputeWon { dispute }
                } else {
                    Answer::DisputeLost { dispute }
                };
                self.ready.push(Due { booking, answer });
            }
        }
    }

    fn open_dispute(&mut self, booking: BookingId, captured: Money) {
        let account = self.accounts.get_mut(&booking);
        let account = account.expect("what is disputed was captured");
        let taken = account.dispute(captured);
        let Some(amount) = taken.expect("the amounts of one account can be summed") else {
            return;
        };
        self.disputes += 1;
        let dispute = DisputeId::new(format!("dispute-{}", self.disputes));
        let dispute = dispute.expect("the name is short and printable");
        let ends = Later::DisputeEnds {
            booking: booking.clone(),
            dispute: dispute.clone(),
            amount,
        };
        self.cause(TimeDelta::days(7), ends);
        let answer = Answer::DisputeOpened { dispute, amount };
        self.ready.push(Due { booking, answer });
    }
}

/// How long processors remember idempotency keys.
const KEY_HOURS: i64 = 24;
