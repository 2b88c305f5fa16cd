//! A booking from its hold to the provider's bank, decided command by command as a host does it.

use std::error::Error;
use std::fmt::Write;
use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use quando::availability::Query;
use quando::booking::decide::decide;
use quando::booking::{
    Actor, Booking, CheckIn, CodeSeed, Command, ConfirmPayment, Create, Hold, HoldToken, Offer,
    Reschedule, Snapshot, Wanted,
};
use quando::money::{Currency, Money, MoneyError};
use quando::payment::{Answer, InstructionId};
use quando::time::{Interval, parse_instant};

#[expect(clippy::print_stdout, reason = "an example shows what happens")]
fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", tell()?.0);
    Ok(())
}

/// What happens, and the booking in the end.
fn tell() -> Result<(String, Booking), Box<dyn Error>> {
    let mut shop = Shop::new()?;
    let token = HoldToken::new([0x5e; 32]);
    let code_seed = CodeSeed([0x0b, 0xad, 0xca, 0xfe]);
    shop.act(
        "2026-03-01T12:00:00Z",
        Hold {
            by: Actor::Customer.into(),
            expected_version: None,
            wanted: portrait()?,
            token,
        },
    )?;
    shop.act(
        "2026-03-01T12:04:00Z",
        Create {
            by: Actor::Customer.into(),
            expected_version: None,
            wanted: None,
            token: Some(token),
            notes: Some("Two dogs are coming as well.".to_owned().try_into()?),
            code_seed,
        },
    )?;
    shop.answered(
        "2026-03-01T12:05:00Z",
        Answer::Authorised {
            instruction: InstructionId::parse("authorise/1/1")?,
            until: None,
        },
    )?;
    shop.answered(
        "2026-03-01T12:05:30Z",
        captured("capture/1/1", "250.00", "7.55")?,
    )?;
    shop.act(
        "2026-03-02T09:00:00Z",
        Reschedule {
            by: Actor::Customer.into(),
            expected_version: None,
            start: parse_instant("2026-03-07T16:00:00Z")?,
            resources: None,
            seed: 0,
        },
    )?;
    shop.answered(
        "2026-03-02T09:00:05Z",
        captured("authorise/2/1", "50.00", "1.75")?,
    )?;
    shop.act(
        "2026-03-07T15:50:00Z",
        CheckIn {
            by: Actor::Provider.into(),
            expected_version: None,
        },
    )?;
    shop.fire_deadlines("2026-03-07T18:00:00Z")?;
    shop.fire_deadlines("2026-03-09T18:00:00Z")?;
    shop.answered(
        "2026-03-10T08:00:00Z",
        Answer::PaidOut {
            instruction: InstructionId::parse("payout/1/1")?,
        },
    )?;
    let booking = shop.booking.ok_or("there is a booking")?;
    Ok((shop.told, booking))
}

/// What a host keeps: here one booking, and what was said about it.
struct Shop {
    question: Query,
    offer: Offer,
    booking: Option<Booking>,
    told: String,
}

impl Shop {
    fn new() -> Result<Shop, Box<dyn Error>> {
        Ok(Shop {
            question: quando::json::parse_query(include_str!("question.json"))?,
            offer: quando::json::parse(include_str!("offer.json"))?,
            booking: None,
            told: String::new(),
        })
    }

    /// Reads what there is, decides, and keeps the decision whole.
    fn act(&mut self, at: &str, command: impl Into<Command>) -> Result<(), Box<dyn Error>> {
        let (command, now) = (command.into(), parse_instant(at)?);
        let snapshot = Snapshot {
            booking: self.booking.clone(),
            question: Some(self.question.clone()),
            offer: Some(self.offer.clone()),
            ..Snapshot::default()
        };
        let decision = decide(&snapshot, &command, now)?;
        let (action, status) = (command.action(), decision.booking.status);
        writeln!(
            self.told,
            "{}  {action}: {status}",
            now.format("%e %b %H:%M")
        )?;
        for instruction in &decision.instructions {
            let (key, amount) = (instruction.key(), instruction.amount);
            writeln!(self.told, "    please {key} of {amount}")?;
        }
        for posting in decision.entries().flat_map(|entry| entry.postings()) {
            let (account, amount) = (posting.account.name(), posting.amount.amount_text());
            writeln!(self.told, "    {account:<16} {amount:>8}")?;
        }
        self.booking = Some(decision.booking);
        Ok(())
    }

    fn answered(&mut self, at: &str, answer: Answer) -> Result<(), Box<dyn Error>> {
        let command = ConfirmPayment {
            by: Actor::System.into(),
            expected_version: None,
            answer,
            code_seed: CodeSeed([0x0b, 0xad, 0xca, 0xfe]),
            successor: None,
        };
        self.act(at, command)
    }

    /// Timers are the host's: it asks what is due, and fires that.
    fn fire_deadlines(&mut self, at: &str) -> Result<(), Box<dyn Error>> {
        let now: DateTime<Utc> = parse_instant(at)?;
        while let Some(command) = self.next_due(now) {
            self.act(at, command)?;
        }
        Ok(())
    }

    fn next_due(&self, now: DateTime<Utc>) -> Option<Command> {
        let booking = self.booking.as_ref()?;
        let deadline = booking.due(now).next()?;
        deadline.kind.command(booking)
    }
}

fn portrait() -> Result<Wanted, Box<dyn Error>> {
    let slot = Interval::parse("2026-03-06T15:00:00Z", "2026-03-06T17:00:00Z")?;
    Ok(Wanted {
        booking: "b1".try_into()?,
        provider: "studio".try_into()?,
        customer: "carla".try_into()?,
        service: "portrait".try_into()?,
        start: slot.start(),
        duration_minutes: None,
        party: NonZeroU32::MIN,
        add_ons: Vec::new(),
        discount: None,
        tips: None,
        notes: None,
        resources: None,
        series: None,
        override_reason: None,
        seed: 0,
    })
}

/// Some processors collect at once, in answer to an `authorise`.
fn captured(instruction: &str, amount: &str, fee: &str) -> Result<Answer, Box<dyn Error>> {
    Ok(Answer::Captured {
        instruction: InstructionId::parse(instruction)?,
        amount: dollars(amount)?,
        processor_fee: Some(dollars(fee)?),
    })
}

fn dollars(amount: &str) -> Result<Money, MoneyError> {
    Money::parse(amount, Currency::new("USD")?)
}

#[cfg(test)]
mod tests {
    use quando::simulate::World;

    #[test]
    fn the_readme_shows_what_happens() {
        let told = super::tell().unwrap().0;
        assert!(include_str!("README.md").contains(&told), "{told}");
    }

    #[test]
    fn the_story_ends_in_the_same_booking() {
        let mut world = World::default();
        for line in include_str!("story.jsonl").lines() {
            let answer = world.answer(line).unwrap();
            assert!(answer.contains("\"ok\":true"), "{line}: {answer}");
        }
        let booking = super::tell().unwrap().1;
        assert_eq!(world.bookings().collect::<Vec<_>>(), [&booking]);
    }
}
