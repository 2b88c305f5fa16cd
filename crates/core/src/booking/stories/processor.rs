//! A payment processor with books of its own: it does what it is asked, once for each key, tells
//! about it later, twice or in another order, and sometimes fails.

use std::collections::BTreeMap;

use super::random::Random;
use super::shop::{DAY, instant};
use crate::booking::{Booking, Note};
use crate::id::{BookingId, DisputeId};
use crate::money::{Currency, Money};
use crate::payment::{Answer, Instruction, InstructionId, InstructionKind};

/// How it behaves in a story.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manners {
    /// What happens to an instruction follows from this and its key.
    pub(super) seed: u64,
    pub(super) fails: usize,
    /// Collects at once what it is to reserve.
    pub(super) collects: usize,
    pub(super) authorised_days: i64,
    /// What it keeps of a payment, in ten-thousandths.
    pub(super) fee: i64,
}

/// The money of a booking, and of the one that took its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Purse {
    pub(super) captured: i64,
    pub(super) refunded: i64,
    pub(super) paid_out: i64,
    pub(super) fees: i64,
    pub(super) disputes: BTreeMap<DisputeId, (i64, Option<bool>)>,
    /// What it was asked to give back, and has not.
    asked_back: BTreeMap<(BookingId, u32), i64>,
    paid: BTreeMap<(BookingId, u32), u32>,
}

#[derive(Clone, Debug)]
struct Charge {
    amount: i64,
    state: ChargeState,
    until: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChargeState {
    Authorised,
    Captured,
    Voided,
    Failed,
}

#[derive(Clone, Debug)]
pub(super) struct Processor {
    pub(super) manners: Manners,
    pub(super) inbox: Vec<Instruction>,
    /// What it has to say, and of which booking it believes that it is.
    pub(super) outbox: Vec<(BookingId, Answer)>,
    charges: BTreeMap<(BookingId, u32), Charge>,
    pub(super) purses: BTreeMap<BookingId, Purse>,
    /// Which booking's purse the money of a booking is in: of one that took another's place, the
    /// other's.
    pub(super) roots: BTreeMap<BookingId, BookingId>,
    answered: BTreeMap<String, Answer>,
    /// Payments and refunds that were made twice.
    pub(super) twice: Vec<String>,
}

impl Processor {
    pub(super) fn new(manners: Manners) -> Processor {
        Processor {
            manners,
            inbox: Vec::new(),
            outbox: Vec::new(),
            charges: BTreeMap::new(),
            purses: BTreeMap::new(),
            roots: BTreeMap::new(),
            answered: BTreeMap::new(),
            twice: Vec::new(),
        }
    }

    /// A booking is there, and its money in one purse with that of the one whose place it took.
    pub(super) fn know(&mut self, booking: &Booking) {
        let root = booking.succeeds.as_ref().unwrap_or(&booking.id);
        self.roots.insert(booking.id.clone(), root.clone());
    }

    pub(super) fn send(&mut self, instruction: Instruction) {
        if instruction.instruction.kind == InstructionKind::Refund {
            let key = (instruction.booking.clone(), instruction.instruction.number);
            let purse = self.purse(&instruction.booking);
            purse.asked_back.insert(key, instruction.amount.minor());
        }
        self.inbox.push(instruction);
    }

    pub(super) fn purse(&mut self, booking: &BookingId) -> &mut Purse {
        let root = self.roots.get(booking).unwrap_or(booking).clone();
        self.purses.entry(root).or_default()
    }

    /// Does what it was asked for at some place of the inbox.
    pub(super) fn work(&mut self, place: usize, now: i64) {
        let instruction = self.inbox.remove(place);
        let key = instruction.key();
        let answer = match self.answered.get(&key) {
            Some(answer) => answer.clone(),
            None => {
                let letters = key.bytes().map(u64::from);
                let hash = letters.fold(0, |hash: u64, byte| hash.wrapping_mul(31) ^ byte);
                let random = &mut Random::new(self.manners.seed, hash);
                let fails = random.percent(self.manners.fails);
                let answer = self.act(&instruction, fails, now, random);
                self.answered.insert(key, answer.clone());
                answer
            }
        };
        self.outbox.push((instruction.booking, answer));
    }

    fn act(&mut self, asked: &Instruction, fails: bool, now: i64, random: &mut Random) -> Answer {
        match asked.instruction.kind {
            InstructionKind::Authorise => self.authorise(asked, fails, now, random),
            InstructionKind::Capture => self.capture(asked, fails, now),
            InstructionKind::Void => self.void(asked, fails),
            InstructionKind::Refund => self.refund(asked, fails),
            InstructionKind::Payout => self.pay_out(asked, fails),
        }
    }

    fn authorise(
        &mut self,
        asked: &Instruction,
        fails: bool,
        now: i64,
        random: &mut Random,
    ) -> Answer {
        let key = (asked.booking.clone(), asked.instruction.number);
        let instruction = asked.instruction;
        let until = now + self.manners.authorised_days * DAY;
        let mut charge = Charge {
            amount: asked.amount.minor(),
            state: ChargeState::Failed,
            until,
        };
        // What was let go before it was asked for stays let go.
        let fails = fails || self.charges.contains_key(&key);
        let collects = !fails && random.percent(self.manners.collects);
        if !fails {
            charge.state = ChargeState::Authorised;
        }
        self.charges.entry(key.clone()).or_insert(charge);
        if collects {
            return self.collect(&key, instruction);
        }
        if fails {
            return failed(instruction);
        }
        let until = Some(instant(until));
        Answer::Authorised { instruction, until }
    }

    fn collect(&mut self, key: &(BookingId, u32), instruction: InstructionId) -> Answer {
        let charge = self.charges.get_mut(key).expect("it was made before");
        charge.state = ChargeState::Captured;
        let amount = charge.amount;
        let fee = (amount * self.manners.fee + 9_999) / 10_000;
        let purse = self.purse(&key.0);
        purse.captured += amount;
        purse.fees += fee;
        Answer::Captured {
            instruction,
            amount: dollars(amount),
            processor_fee: (fee > 0).then(|| dollars(fee)),
        }
    }

    fn capture(&mut self, asked: &Instruction, fails: bool, now: i64) -> Answer {
        let key = (asked.booking.clone(), asked.instruction.number);
        let charge = self.charges.get(&key);
        let works = charge.is_some_and(|charge| {
            charge.state == ChargeState::Authorised
                && now < charge.until
                && charge.amount == asked.amount.minor()
        });
        if works && !fails {
            self.collect(&key, asked.instruction)
        } else {
            failed(asked.instruction)
        }
    }

    fn void(&mut self, asked: &Instruction, fails: bool) -> Answer {
        let key = (asked.booking.clone(), asked.instruction.number);
        let none = Charge {
            amount: asked.amount.minor(),
            state: ChargeState::Voided,
            until: 0,
        };
        let charge = self.charges.entry(key).or_insert(none);
        if fails || charge.state == ChargeState::Captured {
            return failed(asked.instruction);
        }
        charge.state = ChargeState::Voided;
        Answer::Voided {
            instruction: asked.instruction,
        }
    }

    fn refund(&mut self, asked: &Instruction, fails: bool) -> Answer {
        let key = (asked.booking.clone(), asked.instruction.number);
        let amount = asked.amount.minor();
        let purse = self.purse(&asked.booking);
        let left = purse.left();
        if fails || amount > left || amount <= 0 {
            return failed(asked.instruction);
        }
        purse.refunded += amount;
        if purse.asked_back.remove(&key).is_none() {
            self.twice.push(asked.key());
        }
        Answer::Refunded {
            instruction: asked.instruction,
        }
    }

    fn pay_out(&mut self, asked: &Instruction, fails: bool) -> Answer {
        if fails {
            return failed(asked.instruction);
        }
        let key = (asked.booking.clone(), asked.instruction.number);
        let purse = self.purse(&asked.booking);
        purse.paid_out += asked.amount.minor();
        let times = purse.paid.entry(key).or_default();
        *times += 1;
        if *times > 1 {
            self.twice.push(asked.key());
        }
        Answer::PaidOut {
            instruction: asked.instruction,
        }
    }

    /// A refund is not wanted any more.
    pub(super) fn give_up(&mut self, booking: &BookingId, number: u32) {
        let key = (booking.clone(), number);
        self.purse(booking).asked_back.remove(&key);
    }

    /// A customer's bank takes money back that is neither back nor about to go back.
    pub(super) fn dispute(&mut self, booking: &BookingId, id: DisputeId, random: &mut Random) {
        let root = self.roots.get(booking).unwrap_or(booking).clone();
        let purse = self.purse(&root);
        let free = purse.left() - purse.asked_back.values().sum::<i64>();
        if free <= 0 {
            return;
        }
        let part = random.within(1, free);
        let amount = *random.pick(&[free, part]);
        purse.disputes.insert(id.clone(), (amount, None));
        let amount = dollars(amount);
        let dispute = id;
        self.outbox
            .push((root, Answer::DisputeOpened { dispute, amount }));
    }

    /// The bank decides.
    pub(super) fn close_dispute(&mut self, root: &BookingId, id: &DisputeId, won: bool) {
        let purse = self.purse(root);
        let Some(entry) = purse.disputes.get_mut(id).filter(|entry| entry.1.is_none()) else {
            return;
        };
        entry.1 = Some(won);
        let dispute = id.clone();
        let answer = if won {
            Answer::DisputeWon { dispute }
        } else {
            Answer::DisputeLost { dispute }
        };
        self.outbox.push((root.clone(), answer));
    }

    /// Disputes that the bank has not decided, with whose they are.
    pub(super) fn open_disputes(&self) -> Vec<(BookingId, DisputeId)> {
        let open = |(root, purse): (&BookingId, &Purse)| -> Vec<(BookingId, DisputeId)> {
            let open = purse.disputes.iter().filter(|(_, entry)| entry.1.is_none());
            open.map(|(id, _)| (root.clone(), id.clone())).collect()
        };
        self.purses.iter().flat_map(open).collect()
    }

    /// Money of a booking that is reserved and neither collected nor let go.
    pub(super) fn is_reserved(&self, now: i64) -> Option<&BookingId> {
        let open = |(_, charge): &(&(BookingId, u32), &Charge)| {
            charge.state == ChargeState::Authorised && now < charge.until
        };
        self.charges.iter().find(open).map(|(key, _)| &key.0)
    }
}

impl Purse {
    /// What was collected and neither went back nor was taken by a bank.
    fn left(&self) -> i64 {
        self.captured - self.refunded - self.disputed()
    }

    fn disputed(&self) -> i64 {
        let open = self.disputes.values().filter(|entry| entry.1 != Some(true));
        open.map(|entry| entry.0).sum()
    }

    /// What disputes took for good.
    pub(super) fn lost(&self) -> i64 {
        let lost = self
            .disputes
            .values()
            .filter(|entry| entry.1 == Some(false));
        lost.map(|entry| entry.0).sum()
    }
}

pub(super) fn dollars(cents: i64) -> Money {
    let currency = Currency::new("USD").expect("a currency");
    Money::new(cents, currency).expect("a small amount")
}

fn failed(instruction: InstructionId) -> Answer {
    Answer::Failed {
        instruction,
        reason: Some(Note::new("not today").expect("a note")),
    }
}
