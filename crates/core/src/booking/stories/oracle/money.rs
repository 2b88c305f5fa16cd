//! The books, kept a second time from what the processor said and what was agreed on.

use std::collections::BTreeMap;

use super::super::shop::{DAY, MINUTE, Sheet};
use super::super::world::{Asked, Stored, Violation, World};
use super::price::Price;
use super::{ensure, stands_at};
use crate::booking::{
    Actor, Booking, Command, DeadlineKind, Decision, Event, Fact, Opening, Rejection, Status,
};
use crate::id::DisputeId;
use crate::ledger::Account;
use crate::money::Money;
use crate::payment::{
    Answer, DisputeOutcome, Instruction, InstructionKind, IntentStatus, PaymentFact, RefundReason,
};

/// What the events of a booking say of its money, added up without the engine.
#[derive(Debug, Default)]
struct Tally {
    price: Option<Price>,
    basis: (i64, i64),
    owed: i64,
    confirmed: bool,
    start: i64,
    party: u32,
    moves: Vec<(i64, i64)>,
    intents: Vec<i64>,
    captured: BTreeMap<u32, i64>,
    fees: i64,
    captured_at: Option<i64>,
    /// What was asked to go back, why, and whether it was given up.
    refunds: Vec<(RefundReason, i64, bool)>,
    refunded: BTreeMap<u32, i64>,
    payouts: Vec<i64>,
    paid_out: BTreeMap<u32, i64>,
    disputes: BTreeMap<DisputeId, (i64, Option<bool>, bool)>,
    balances: BTreeMap<Account, i64>,
    /// When and by whom it was called off, and what was asked to go back before.
    called_off: Option<(i64, Actor, i64, bool)>,
    no_show: Option<(i64, Actor, bool)>,
    completed_at: Option<i64>,
    /// Whether money went back that the terms did not ask for after it had ended.
    beyond_terms: bool,
    /// The most that had gone back or was disputed when something went back by the terms.
    given: i64,
    released: bool,
}

/// Judges the books of a booking.
pub(super) fn books(stored: &Stored) -> Result<(), Violation> {
    let tally = Tally::of(stored)?;
    let booking = &stored.booking;
    tally.postings(booking)?;
    tally.processor(booking)?;
    tally.bounds(booking)?;
    if stored.sheet.paid {
        tally.agreed(booking)?;
        tally.collects(booking)?;
        tally.gives_back(booking, &stored.sheet)?;
        tally.fee(booking, &stored.sheet)?;
        tally.release(booking, &stored.sheet)?;
    } else {
        ensure!(tally.intents.is_empty(), "something free is paid for");
    }
    Ok(())
}

impl Tally {
    fn of(stored: &Stored) -> Result<Tally, Violation> {
        let mut tally = Tally::default();
        for event in &stored.events {
            tally.take(event, &stored.sheet)?;
        }
        Ok(tally)
    }

    fn take(&mut self, event: &Event, sheet: &Sheet) -> Result<(), Violation> {
        let at = event.at.timestamp();
        match &event.fact {
            Fact::Held { opening, .. } => self.open(opening, sheet)?,
            Fact::Booked {
                opening: Some(opening),
                ..
            } => self.open(opening, sheet)?,
            Fact::Confirmed { .. } => self.confirmed = true,
            Fact::Rescheduled { slot, quote, .. } => {
                self.move_to(slot.start_timestamp(), event, sheet);
                let price = self.price.ok_or("no price")?;
                ensure!(
                    (quote.total().minor(), quote.fee().total.minor()) == (price.total, price.fee),
                    "the new time costs {} with a fee of {}, and not {price:?}",
                    quote.total(),
                    quote.fee().total
                );
            }
            Fact::Cancelled { cancellation } => {
                let before = self.asked_back();
                let actor = cancellation.by.actor;
                self.called_off = Some((at, actor, before, self.confirmed));
            }
            Fact::MarkedNoShow { no_show } => self.no_show = Some((at, no_show.whose, false)),
            Fact::NoShowUndone => self.no_show = None,
            Fact::NoShowSettled => {
                self.no_show = self.no_show.map(|(at, whose, _)| (at, whose, true));
                // What was given before counts towards what is due, and may be more.
                let given = |refund: &(RefundReason, i64, bool)| {
                    matches!(refund.0, RefundReason::Goodwill | RefundReason::Dispute)
                };
                self.beyond_terms |= self.refunds.iter().any(given);
            }
            Fact::Completed { .. } => self.completed_at = Some(at),
            Fact::Money(fact) => self.pay(fact, at)?,
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, opening: &Opening, sheet: &Sheet) -> Result<(), Violation> {
        let start = opening.slot.start_timestamp();
        let price = sheet.quote(start, opening.party.get());
        let quote = &opening.quote;
        let quoted = Price {
            total: quote.total().minor(),
            fee: quote.fee().total.minor(),
            due_now: quote.due_now().minor(),
        };
        ensure!(
            quoted == price,
            "the price is {price:?}, and was quoted {quoted:?}"
        );
        ensure!((0..=price.total).contains(&price.fee), "a fee of {price:?}");
        self.start = start;
        self.basis = (price.total, price.fee);
        self.owed = price.total;
        self.price = Some(price);
        self.party = opening.party.get();
        Ok(())
    }

    fn move_to(&mut self, start: i64, event: &Event, sheet: &Sheet) {
        let at = event.at.timestamp();
        let customer = event.by.actor == Actor::Customer;
        let old = self.price.map_or(0, |price| price.total);
        let price = sheet.quote(start, self.party);
        let more = price.total - old;
        if sheet.paid && more > 0 {
            self.owed += more;
            self.basis = (price.total, price.fee);
        } else if sheet.paid && more < 0 {
            let share = if customer && self.confirmed {
                sheet.share(self.start, at, &self.moves)
            } else {
                10_000
            };
            self.owed -= sheet.round(-more * share, 10_000);
        }
        // Cancelling what is pending gives all, so that a move then caps nothing.
        if customer && self.confirmed {
            self.moves.push((self.start, at));
        }
        self.start = start;
        self.price = Some(price);
    }

    fn pay(&mut self, fact: &PaymentFact, at: i64) -> Result<(), Violation> {
        match fact {
            PaymentFact::Opened { amount, .. } | PaymentFact::TakenOver { amount, .. } => {
                ensure!(amount.is_positive(), "{amount} is asked for");
                self.intents.push(amount.minor());
            }
            PaymentFact::RefundAsked { reason, amount } => {
                ensure!(amount.is_positive(), "{amount} goes back");
                let extra = matches!(reason, RefundReason::Goodwill | RefundReason::Dispute);
                let ends = self.called_off.is_some() || self.no_show.is_some();
                self.beyond_terms |= extra && ends;
                self.refunds.push((*reason, amount.minor(), false));
                if matches!(reason, RefundReason::Cancelled | RefundReason::NoShow) {
                    self.given = self.given.max(self.asked_back() + self.taken());
                }
            }
            PaymentFact::RefundDropped { number } => {
                self.refunds[*number as usize - 1].2 = true;
                self.beyond_terms = true;
            }
            PaymentFact::PayoutAsked { amount } => {
                ensure!(amount.is_positive(), "{amount} is paid out");
                self.payouts.push(amount.minor());
            }
            PaymentFact::Answered { answer } => self.hear(answer, at)?,
            PaymentFact::DisputeOpened { dispute } => {
                let entry = (dispute.amount.minor(), None, false);
                self.disputes.insert(dispute.id.clone(), entry);
            }
            PaymentFact::DisputeClosed { dispute, outcome } => {
                self.close(dispute, *outcome == DisputeOutcome::Won);
            }
            PaymentFact::Posted { entry } => {
                let sum: i64 = entry
                    .postings()
                    .iter()
                    .map(|each| each.amount.minor())
                    .sum();
                ensure!(sum == 0, "an entry sums to {sum}");
                for posting in entry.postings() {
                    let sign = if grows_by_debit(posting.account) {
                        1
                    } else {
                        -1
                    };
                    let balance = self.balances.entry(posting.account).or_default();
                    *balance += sign * posting.amount.minor();
                    ensure!(!posting.amount.is_zero(), "a posting of nothing");
                }
            }
            PaymentFact::Released => {
                ensure!(!self.is_disputed(), "money is released during a dispute");
                self.released = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn hear(&mut self, answer: &Answer, at: i64) -> Result<(), Violation> {
        let number = answer
            .instruction()
            .map_or(0, |instruction| instruction.number);
        let place = number.saturating_sub(1) as usize;
        let amount = |of: &[i64]| {
            of.get(place)
                .copied()
                .ok_or("an answer to nothing".to_owned())
        };
        match answer {
            Answer::Captured {
                amount: said,
                processor_fee,
                ..
            } => {
                let asked = amount(&self.intents)?;
                ensure!(said.minor() == asked, "{said} collected for {asked}");
                if self.captured.insert(number, asked).is_none() {
                    self.fees += processor_fee.map_or(0, Money::minor);
                }
                self.captured_at.get_or_insert(at);
            }
            Answer::Refunded { .. } => {
                let asked = self.refunds.get(place).ok_or("a refund of nothing")?.1;
                self.refunded.insert(number, asked);
            }
            Answer::PaidOut { .. } => {
                let asked = amount(&self.payouts)?;
                self.paid_out.insert(number, asked);
            }
            Answer::DisputeOpened { dispute, amount } => {
                let entry = (amount.minor(), None, true);
                let before = self.disputes.insert(dispute.clone(), entry);
                ensure!(before.is_none(), "a chargeback is taken in twice");
            }
            Answer::DisputeWon { dispute } => self.close(dispute, true),
            Answer::DisputeLost { dispute } => self.close(dispute, false),
            Answer::Authorised { .. } | Answer::Voided { .. } | Answer::Failed { .. } => {}
        }
        Ok(())
    }

    fn close(&mut self, dispute: &DisputeId, won: bool) {
        if let Some(entry) = self.disputes.get_mut(dispute) {
            entry.1 = Some(won);
        }
    }

    fn is_disputed(&self) -> bool {
        self.disputes.values().any(|each| each.1.is_none())
    }

    fn total(of: &BTreeMap<u32, i64>) -> i64 {
        of.values().sum()
    }

    fn collected(&self) -> i64 {
        Tally::total(&self.captured)
    }

    /// What was asked to go back and was not given up.
    fn asked_back(&self) -> i64 {
        let wanted = self.refunds.iter().filter(|refund| !refund.2);
        wanted.map(|refund| refund.1).sum()
    }

    fn overpaid_back(&self) -> i64 {
        let wanted = self
            .refunds
            .iter()
            .filter(|refund| !refund.2 && refund.0 == RefundReason::Overpaid);
        wanted.map(|refund| refund.1).sum()
    }

    /// What disputes have taken, for now or for good.
    fn taken(&self) -> i64 {
        let taken = self.disputes.values().filter(|each| each.1 != Some(true));
        taken.map(|each| each.0).sum()
    }

    fn open_disputes(&self) -> i64 {
        let open = self.disputes.values().filter(|each| each.1.is_none());
        open.map(|each| each.0).sum()
    }

    fn of_account(&self, account: Account) -> i64 {
        self.balances.get(&account).copied().unwrap_or(0)
    }

    /// The balances are the sums of the postings, none is negative, and captured money is somewhere.
    fn postings(&self, booking: &Booking) -> Result<(), Violation> {
        for account in Account::ALL {
            let sum = self.of_account(account);
            let balance = booking.payment.balances.of(account).minor();
            ensure!(
                sum == balance,
                "`{account}` is {balance}, and its postings {sum}"
            );
            ensure!(sum >= 0, "`{account}` is {sum}");
        }
        let of = |account: Account| self.of_account(account);
        let gone = of(Account::Refunded)
            + of(Account::Disputed)
            + of(Account::PlatformFee)
            + of(Account::ProcessorFee)
            + of(Account::PaidOut)
            + of(Account::ProviderPayable)
            + of(Account::Held)
            - of(Account::ProviderReceivable);
        ensure!(
            gone == of(Account::Captured),
            "{} was captured and {gone} is somewhere",
            of(Account::Captured)
        );
        Ok(())
    }

    /// The books say what the processor said.
    fn processor(&self, booking: &Booking) -> Result<(), Violation> {
        let lost = self.disputes.values().filter(|each| each.1 == Some(false));
        let lost: i64 = lost.map(|each| each.0).sum();
        let said = [
            (Account::Captured, self.collected()),
            (Account::Refunded, Tally::total(&self.refunded) + lost),
            (Account::PaidOut, Tally::total(&self.paid_out)),
            (Account::Disputed, self.open_disputes()),
        ];
        for (account, said) in said {
            let booked = self.of_account(account);
            ensure!(
                booked == said,
                "`{account}` is {booked}, and the processor said {said}"
            );
        }
        let fees = booking.payment.processor_fees.minor();
        ensure!(
            fees == self.fees,
            "the processor kept {}, and not {fees}",
            self.fees
        );
        let borne =
            self.of_account(Account::ProcessorFee) + self.of_account(Account::PlatformExpense);
        ensure!(
            borne == self.fees,
            "of {} that the processor kept {borne} is borne",
            self.fees
        );
        Ok(())
    }

    /// No more goes back, or out, than came in.
    fn bounds(&self, booking: &Booking) -> Result<(), Violation> {
        let (asked, taken, captured) = (self.asked_back(), self.taken(), self.collected());
        ensure!(
            asked + taken <= captured,
            "{asked} goes back and {taken} is disputed of {captured}"
        );
        let receivable = self.of_account(Account::ProviderReceivable);
        // What a dispute gave back is held until it is released once more.
        let held = self.of_account(Account::Held);
        ensure!(
            receivable <= asked + taken + held,
            "the provider owes {receivable}"
        );
        ensure!(
            receivable == 0 || self.released,
            "the provider owes what it never had"
        );
        let split = self.of_account(Account::PlatformFee)
            + self.of_account(Account::ProcessorFee)
            + self.of_account(Account::ProviderPayable)
            + self.of_account(Account::PaidOut);
        ensure!(
            split == 0 || self.released,
            "money is split before it is released"
        );
        let out: i64 = self.payouts.iter().sum();
        let most = captured - asked - taken + receivable;
        ensure!(out <= most, "{out} is paid out of {most}");
        let collected = self.captured.len() <= self.intents.len();
        ensure!(collected, "a payment is collected that nobody asked for");
        let status = booking.status;
        let ends = matches!(
            status,
            Status::Completed | Status::Cancelled | Status::NoShow
        );
        ensure!(
            ends || !self.released,
            "money of a booking that is {status} is released"
        );
        Ok(())
    }

    /// What is owed, and the fee on it, are as agreed.
    fn agreed(&self, booking: &Booking) -> Result<(), Violation> {
        let payment = &booking.payment;
        let owed = payment.owed.minor();
        ensure!(
            owed == self.owed,
            "{owed} is owed, and agreed are {}",
            self.owed
        );
        let basis = (payment.basis.total.minor(), payment.basis.fee.minor());
        ensure!(
            basis == self.basis,
            "the fee is {basis:?}, and agreed is {:?}",
            self.basis
        );
        Ok(())
    }

    /// What is owed was asked for, or will be, unless asking has failed.
    fn collects(&self, booking: &Booking) -> Result<(), Violation> {
        let runs = matches!(
            booking.status,
            Status::Confirmed | Status::InProgress | Status::Completed
        );
        let intents = &booking.payment.intents;
        let of = |status: IntentStatus| intents.iter().filter(move |each| each.status() == status);
        let live = of(IntentStatus::Requested)
            .chain(of(IntentStatus::Authorised))
            .chain(of(IntentStatus::Captured));
        let live: i64 = live.map(|each| each.amount.minor()).sum();
        let asked = live - self.overpaid_back();
        let will = booking.deadlines();
        let will = will
            .iter()
            .any(|each| each.kind == DeadlineKind::CollectPayment);
        let failed = of(IntentStatus::Failed).count() > 0;
        ensure!(
            !runs || asked >= self.owed || will || failed,
            "{asked} of {} is asked for, and no more will be",
            self.owed
        );
        Ok(())
    }

    /// What has to go back by the booking's end, or because it is too much.
    fn gives_back(&self, booking: &Booking, sheet: &Sheet) -> Result<(), Violation> {
        let captured = self.collected();
        let (asked, taken) = (self.asked_back(), self.taken());
        let left = captured - asked - taken;
        let status = stands_at(booking, booking.updated_at);
        let all = match (status, self.called_off) {
            (Status::Declined | Status::Expired, _) => true,
            (Status::Cancelled, Some((_, _, _, by_terms))) => !by_terms,
            _ => false,
        };
        if all {
            ensure!(left == 0, "{left} of a booking that is {status} is kept");
            return Ok(());
        }
        let over = (captured - self.owed - self.overpaid_back()).max(0);
        let due = match (self.called_off, self.no_show) {
            (Some((at, actor, before, _)), _) => {
                let prior = before + over;
                let rest = (captured - prior).max(0);
                let back = if actor == Actor::Customer {
                    sheet.cancelled(rest, sheet.share(self.start, at, &self.moves))
                } else {
                    rest
                };
                prior + back
            }
            (None, Some((_, whose, true))) => {
                let prior = over + self.overpaid_back();
                let rest = (captured - prior).max(0);
                let back = if whose == Actor::Customer {
                    sheet.missed(rest, &self.moves)
                } else {
                    rest
                };
                prior + back
            }
            _ => {
                ensure!(over == 0 || left == 0, "{over} too much is kept");
                return Ok(());
            }
        };
        // More may have been given back before, or be due for a lower price.
        let due = due.min(captured);
        let known = !self.beyond_terms && self.disputes.is_empty();
        ensure!(
            self.given <= due,
            "{} went back or was disputed when more went back, and {due} was due",
            self.given
        );
        ensure!(
            !known || asked == due,
            "{asked} goes back, and {due} is due"
        );
        ensure!(
            asked + taken >= due,
            "{asked} goes back and {taken} is disputed, and {due} is due"
        );
        Ok(())
    }

    /// Once all is released the platform has its fee on what is kept, rounded once.
    fn fee(&self, booking: &Booking, sheet: &Sheet) -> Result<(), Violation> {
        let captured = self.collected();
        let pending = self.asked_back() - Tally::total(&self.refunded);
        let held = self.of_account(Account::Held);
        let share = self.of_account(Account::PlatformFee) + self.of_account(Account::ProcessorFee);
        ensure!(share <= captured, "a share of {share}");
        if !booking.payment.released || held != pending || captured == 0 {
            return Ok(());
        }
        let (total, fee) = self.basis;
        let whole = if total == 0 {
            0
        } else {
            sheet.round(fee * captured, total)
        };
        let out = self.asked_back() + self.taken();
        let kept = whole - sheet.round(whole * out, captured);
        ensure!(
            share == kept,
            "the platform has {share}, and its fee is {kept}"
        );
        Ok(())
    }

    /// When held money is due, by the rules alone.
    fn release(&self, booking: &Booking, sheet: &Sheet) -> Result<(), Violation> {
        let due = self.due(booking, sheet);
        if self.collected() > 0 {
            let said = booking.payment.release_at.map(|at| at.timestamp());
            ensure!(said == due, "money is due at {said:?}, and not at {due:?}");
        }
        ensure!(
            !self.released || due.is_some_and(|due| due <= booking.updated_at.timestamp()),
            "money is released before {due:?}"
        );
        Ok(())
    }

    fn due(&self, booking: &Booking, sheet: &Sheet) -> Option<i64> {
        let done = match (booking.status, self.called_off, self.no_show) {
            (Status::Completed, ..) => self.completed_at?,
            (Status::Cancelled, Some((at, _, _, true)), _) => at,
            (Status::NoShow, _, Some((at, _, true))) => at,
            _ => return None,
        };
        let due = done + sheet.dispute_minutes * MINUTE;
        let limit = self.captured_at.map(|at| at + sheet.hold_days * DAY);
        Some(limit.map_or(due, |limit| limit.min(due)))
    }
}

fn grows_by_debit(account: Account) -> bool {
    use Account::{Captured, PlatformExpense, ProviderReceivable};
    [Captured, ProviderReceivable, PlatformExpense].contains(&account)
}

/// What the processor is asked for fits where the booking stands.
pub(super) fn instructed(
    world: &World,
    asked: &Asked<'_>,
    decision: &Decision,
) -> Result<(), Violation> {
    let after = &decision.booking;
    for instruction in &decision.instructions {
        let kind = instruction.instruction.kind;
        let runs = matches!(
            after.status,
            Status::Confirmed | Status::InProgress | Status::Completed | Status::NoShow
        );
        let over = matches!(
            after.status,
            Status::Cancelled | Status::Declined | Status::Expired
        );
        let disputed = after
            .payment
            .disputes
            .iter()
            .any(|each| each.outcome.is_none());
        let fits = match kind {
            InstructionKind::Authorise => runs || after.status == Status::Pending,
            InstructionKind::Capture => runs || matches!(asked.command, Command::RetryPayment(_)),
            InstructionKind::Void => over || matches!(asked.command, Command::RetryPayment(_)),
            InstructionKind::Refund => true,
            InstructionKind::Payout => !disputed,
        };
        ensure!(fits, "{kind:?} for a booking that is {}", after.status);
        let again = world.bookings.get(asked.at).is_some_and(|stored| {
            let same = |each: &&Instruction| each.key() == instruction.key();
            stored.asked.iter().find(same).is_some()
        });
        ensure!(!again, "`{}` is asked for twice", instruction.key());
    }
    repeated(world, asked, decision)
}

/// An answer that was taken in before changes nothing.
fn repeated(world: &World, asked: &Asked<'_>, decision: &Decision) -> Result<(), Violation> {
    let Command::ConfirmPayment(command) = asked.command else {
        return Ok(());
    };
    let Some(stored) = world.bookings.get(asked.at) else {
        return Ok(());
    };
    let known = stored.events.iter().any(|event| match &event.fact {
        Fact::Money(PaymentFact::Answered { answer }) => *answer == command.answer,
        _ => false,
    });
    ensure!(
        !known || decision.is_unchanged(),
        "an answer is taken in twice: {:?}",
        command.answer
    );
    Ok(())
}

/// A refund of money that is there is not refused for its amount.
pub(super) fn refused(asked: &Asked<'_>, rejection: &Rejection) -> Result<(), Violation> {
    let (Command::Refund(command), Some(booking)) = (asked.command, asked.before) else {
        return Ok(());
    };
    if !matches!(rejection, Rejection::Payment(_)) {
        return Ok(());
    }
    let payment = &booking.payment;
    let spoken = payment
        .refunds
        .iter()
        .filter(|refund| !refund.dropped && !refund.done);
    let spoken: i64 = spoken.map(|refund| refund.amount.minor()).sum();
    let balances = &payment.balances;
    let left =
        balances.captured.minor() - balances.refunded.minor() - balances.disputed.minor() - spoken;
    let fits = (1..=left).contains(&command.amount.minor());
    ensure!(
        !fits,
        "a refund of {} of {left} is refused: {rejection}",
        command.amount
    );
    Ok(())
}

/// Nothing is left to be done: no money is left behind, and our books are the processor's.
pub(super) fn at_rest(world: &mut World) -> Result<(), Violation> {
    let mut ours: BTreeMap<_, [i64; 4]> = BTreeMap::new();
    for stored in &world.bookings {
        let booking = &stored.booking;
        let balances = &booking.payment.balances;
        let settled = booking
            .no_show
            .as_ref()
            .is_none_or(|no_show| no_show.settled);
        let over = booking.status.is_terminal() && settled;
        ensure!(over, "{} is {} for ever", booking.id, booking.status);
        ensure!(
            balances.held.is_zero(),
            "{} of {} is held",
            balances.held,
            booking.id
        );
        ensure!(
            balances.provider_payable.is_zero(),
            "{} of {} is payable",
            balances.provider_payable,
            booking.id
        );
        // A dispute that was won before anybody heard of it may find its money gone back.
        let left =
            booking.payment.parked.iter().find(
                |answer| matches!(answer.instruction(), Some(each) if each.number < NONSENSE),
            );
        ensure!(left.is_none(), "{:?} is parked for ever", left);
        ensure!(
            booking.payment.is_settled(),
            "{} is not settled",
            booking.id
        );
        let root = world
            .processor
            .roots
            .get(&booking.id)
            .unwrap_or(&booking.id);
        let sums = ours.entry(root.clone()).or_default();
        let fees = booking.payment.processor_fees;
        for (sum, part) in sums.iter_mut().zip([
            balances.captured,
            balances.refunded,
            balances.paid_out,
            fees,
        ]) {
            *sum += part.minor();
        }
    }
    for (root, sums) in ours {
        let purse = world.processor.purse(&root);
        let refunded = purse.refunded + purse.lost();
        let theirs = [purse.captured, refunded, purse.paid_out, purse.fees];
        ensure!(
            sums == theirs,
            "of {root} we have {sums:?} and they {theirs:?}"
        );
    }
    let twice = world.processor.twice.first();
    ensure!(twice.is_none(), "{twice:?} was paid twice");
    let reserved = world.processor.is_reserved(world.clock);
    ensure!(
        reserved.is_none(),
        "money of {reserved:?} is reserved for nothing"
    );
    Ok(())
}

/// From this number on instructions are ones that nobody gave.
pub(in crate::booking::stories) const NONSENSE: u32 = 50;
