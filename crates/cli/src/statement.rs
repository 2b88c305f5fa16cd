//! A story for people: what happened, and under it each movement of money, as on the statement of a
//! bank.

use std::io::Write;

use chrono::{DateTime, Utc};
use quando::booking::{Deadline, DeadlineKind};
use quando::id::BookingId;
use quando::ledger::{Account, Balances, Entry, Posting};
use quando::money::Money;
use quando::payment::Instruction;
use quando::simulate::{Answer, Decided, Line, Previewed, Refused, Shown, Told, World};

use crate::output::one_line;

/// Prints answers as lines for people.
#[derive(Debug, Default)]
pub(crate) struct Statement {
    begun: bool,
}

impl Statement {
    pub(crate) fn line(&mut self, line: &Line, answer: &Answer, out: &mut Vec<u8>) {
        if let Line::Note(text) = line {
            let gap = if self.begun { "\n" } else { "" };
            print(out, &format!("{gap}# {}", one_line(text)));
            self.begun = true;
            return;
        }
        self.told(&answer.told, answer.replayed, out);
    }

    fn told(&mut self, told: &Told, replayed: bool, out: &mut Vec<u8>) {
        match told {
            Told::Decided(decided) => self.decided(decided, replayed, out),
            Told::Refused(refused) => self.refused(refused, out),
            Told::Ticked(ticked) => {
                for told in &ticked.fired {
                    self.told(told, false, out);
                }
            }
            Told::Shown(shown) => self.shown(shown, out),
            Told::Previewed(previewed) => self.previewed(previewed, out),
            _ => {}
        }
    }

    fn decided(&mut self, decided: &Decided, replayed: bool, out: &mut Vec<u8>) {
        let money = name(&decided.money);
        let again = if replayed { ", answered before" } else { "" };
        let state = format!("{}, money {money}{again}", decided.status);
        self.head(decided.at, &decided.booking, decided.action.name(), out);
        print(out, &format!("  {state}"));
        if replayed {
            return;
        }
        for instruction in &decided.instructions {
            print(out, &asked(instruction));
        }
        for entry in &decided.entries {
            entered(entry, out);
        }
        if !decided.entries.is_empty() {
            print(
                out,
                &format!("  {:<16}{}", "balances", balances(&decided.balances)),
            );
        }
        if let Some(next) = decided.deadlines.first() {
            print(out, &format!("  {:<16}{}", "next", due(next)));
        }
        if let Some(successor) = &decided.successor {
            self.decided(successor, false, out);
        }
    }

    fn refused(&mut self, refused: &Refused, out: &mut Vec<u8>) {
        let action = refused.action.map_or("look", |action| action.name());
        self.head(refused.at, &refused.booking, action, out);
        let code = refused.code;
        print(
            out,
            &format!("  refused: {} ({code})", one_line(&refused.message)),
        );
        for reason in &refused.reasons {
            let of = reason.resource.as_ref().map(|id| format!(" {id}"));
            let of = one_line(&of.unwrap_or_default());
            print(
                out,
                &format!("  {:<16}{}{of}", "because", reason.code.as_str()),
            );
        }
    }

    fn shown(&mut self, shown: &Shown, out: &mut Vec<u8>) {
        self.head(shown.at, &shown.booking.id, "show", out);
        let money = name(&shown.money);
        print(out, &format!("  {}, money {money}", shown.status));
        let slot = shown.booking.slot;
        let slot = format!("{} to {}", instant(slot.start()), instant(slot.end()));
        print(out, &format!("  {:<16}{slot}", "slot"));
        print(
            out,
            &format!("  {:<16}{}", "balances", balances(&shown.balances)),
        );
        for deadline in &shown.deadlines {
            print(out, &format!("  {:<16}{}", "due", due(deadline)));
        }
    }

    fn previewed(&mut self, previewed: &Previewed, out: &mut Vec<u8>) {
        self.head(previewed.at, &previewed.booking, "preview", out);
        let preview = &previewed.preview;
        let text = format!(
            "{} would go back, {} would be kept, {} of it as platform fee",
            preview.refund, preview.kept, preview.fee_kept
        );
        print(out, &format!("  {text}"));
    }

    fn head(&mut self, at: DateTime<Utc>, booking: &BookingId, action: &str, out: &mut Vec<u8>) {
        let gap = if self.begun { "\n" } else { "" };
        self.begun = true;
        let booking = one_line(booking.as_str());
        print(out, &format!("{gap}{}  {booking}  {action}", instant(at)));
    }

    /// How all bookings stand in the end.
    pub(crate) fn end(&self, world: &World, out: &mut Vec<u8>) {
        let gap = if self.begun { "\n" } else { "" };
        print(out, &format!("{gap}In the end"));
        for booking in world.bookings() {
            let (id, status) = (one_line(booking.id.as_str()), booking.status.name());
            let money = name(&booking.money_state());
            let balances = balances(&booking.payment.balances);
            print(out, &format!("  {id}  {status}, money {money}: {balances}"));
        }
    }
}

fn asked(instruction: &Instruction) -> String {
    let (id, amount) = (instruction.instruction, instruction.amount);
    format!("  {:<16}{id} of {amount}", "please")
}

/// An entry: its reason, and each posting in the column of debits or of credits.
fn entered(entry: &Entry, out: &mut Vec<u8>) {
    let reason = name(&entry.reason());
    for (place, posting) in entry.postings().iter().enumerate() {
        let label = if place == 0 { reason.as_str() } else { "" };
        let (debit, credit) = columns(posting);
        let account = posting.account.name();
        print(
            out,
            &format!("  {label:<16}{account:<20}{debit:>14}{credit:>14}"),
        );
    }
}

fn columns(posting: &Posting) -> (String, String) {
    let amount = posting.amount;
    match amount.checked_neg() {
        Ok(credit) if amount.is_negative() => (String::new(), credit.to_string()),
        _ => (amount.to_string(), String::new()),
    }
}

fn balances(balances: &Balances) -> String {
    let told = Account::ALL.iter().filter_map(|account| {
        let balance: Money = balances.of(*account);
        (!balance.is_zero()).then(|| format!("{account} {balance}"))
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        "nothing".to_owned()
    } else {
        told.join(", ")
    }
}

fn due(deadline: &Deadline) -> String {
    let kind = match deadline.kind {
        DeadlineKind::Expire => "expires",
        DeadlineKind::CollectPayment => "the balance is asked for",
        DeadlineKind::Complete => "counts as done",
        DeadlineKind::SettleNoShow => "the no-show is final",
        DeadlineKind::HoldLimit => "the dispute is decided by the terms",
        DeadlineKind::ReleaseFunds => "held money is passed on",
        DeadlineKind::PublishReviews => "reviews are published",
        _ => "something is due",
    };
    format!("{} {kind}", instant(deadline.due_at))
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// The name that a value has in JSON.
fn name(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).expect("names have a JSON form");
    value.as_str().unwrap_or_default().to_owned()
}

fn print(out: &mut Vec<u8>, line: &str) {
    writeln!(out, "{}", line.trim_end()).expect("a vector takes all bytes");
}
