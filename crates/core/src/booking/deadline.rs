//! What falls due by itself. Deadlines are data: the host fires them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Actor, Booking, CollectPayment, Command, Complete, Expire, PaymentMode, PublishReviews,
    ReleaseFunds, ResolveDispute, SettleNoShow, Status,
};
use crate::money::Money;
use crate::reminder::{self, DueReminder, Reminded, ReminderId, Reminders};
use crate::sabotage::sabotaged;
use crate::time::text::serde_form;

/// Something that falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Deadline {
    /// When.
    #[serde(with = "serde_form::instant")]
    pub due_at: DateTime<Utc>,
    /// What.
    pub kind: DeadlineKind,
}

/// What is to be fired now, and when to ask again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Agenda {
    /// Deadlines that have come, the earliest first; each has its command.
    pub due: Vec<Deadline>,
    /// The reminder that is to be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder: Option<DueReminder>,
    /// When there is something next.
    #[serde(
        default,
        with = "serde_form::optional_instant",
        skip_serializing_if = "Option::is_none"
    )]
    pub next_at: Option<DateTime<Utc>>,
}

/// What falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum DeadlineKind {
    /// A hold or a pending booking expires.
    Expire,
    /// The balance is to be paid.
    CollectPayment,
    /// The service counts as done.
    Complete,
    /// A no-show can no longer be undone.
    SettleNoShow,
    /// Disputed money may not be held any longer.
    HoldLimit,
    /// Held money goes to the provider.
    ReleaseFunds,
    /// The time for reviews is over.
    PublishReviews,
}

impl Booking {
    /// Everything that falls due by itself as the booking stands now, the earliest first. Firing
    /// one changes the booking, and then there may be others.
    ///
    /// Every booking that is not over has one that leads out of its state with nobody's help.
    pub fn deadlines(&self) -> Vec<Deadline> {
        let rules = &self.terms.rules;
        let mut deadlines = Vec::new();
        let mut add = |kind: DeadlineKind, due_at: Option<DateTime<Utc>>| {
            deadlines.extend(due_at.map(|due_at| Deadline { due_at, kind }));
        };
        let runs = matches!(self.status, Status::Confirmed | Status::InProgress);
        let end = self.slot.end() + rules.complete_minutes_after.duration();
        let balance_at = self.slot.start() - rules.balance_minutes_before.duration();
        add(DeadlineKind::Expire, self.due_at);
        let runs = runs && !(self.status == Status::InProgress && sabotaged!(DeadlineForgotten));
        add(DeadlineKind::Complete, runs.then_some(end));
        // Whoever says that it is done before the balance was asked for does not waive it.
        let serves = runs || self.status == Status::Completed;
        let collects = serves && self.balance_due().is_some();
        add(DeadlineKind::CollectPayment, collects.then_some(balance_at));
        let unsettled = self.no_show.as_ref().filter(|no_show| !no_show.settled);
        let settled_at =
            unsettled.map(|no_show| no_show.at + rules.no_show_undo_minutes.duration());
        add(DeadlineKind::SettleNoShow, settled_at);
        let payment = &self.payment;
        if payment
            .disputes
            .iter()
            .any(|each| each.is_open() && !each.is_chargeback())
        {
            add(DeadlineKind::HoldLimit, self.hold_limit());
        }
        let free = payment.releasable().is_ok_and(Money::is_positive);
        if !payment.has_open_dispute() && free {
            add(DeadlineKind::ReleaseFunds, payment.release_at);
        }
        let hidden = self
            .reviews
            .as_ref()
            .filter(|reviews| !reviews.is_published());
        add(
            DeadlineKind::PublishReviews,
            hidden.map(crate::review::Reviews::closes_at),
        );
        deadlines.sort_unstable();
        deadlines
    }

    /// What falls due at `now`, the earliest first.
    pub fn due(&self, now: DateTime<Utc>) -> impl Iterator<Item = Deadline> {
        let due = move |deadline: &Deadline| deadline.due_at <= now;
        self.deadlines().into_iter().filter(due)
    }

    /// What is to be fired at `now`, and when to ask again: deadlines and reminders in one. Nothing
    /// is told of reminders that were past when the slot was chosen, and a booking that is moved
    /// gets new ones.
    ///
    /// `fired` are the reminders that were sent.
    pub fn agenda(&self, fired: &[ReminderId], now: DateTime<Utc>) -> Agenda {
        let (due, coming): (Vec<Deadline>, Vec<Deadline>) = self
            .deadlines()
            .into_iter()
            .partition(|deadline| deadline.due_at <= now);
        let reminders = self.reminded().map_or_else(Reminders::default, |reminded| {
            reminder::due(&reminded, &self.terms.rules.reminders, fired, now)
        });
        let next_deadline = coming.first().map(|deadline| deadline.due_at);
        let next_reminder = reminders.next.map(|reminder| reminder.at);
        Agenda {
            due,
            reminder: reminders.due,
            next_at: next_deadline.into_iter().chain(next_reminder).min(),
        }
    }

    /// The booking as its reminders see it: give it to [`crate::reminder::due`] with the policy of
    /// its terms. Nothing is reminded of once the booking is over.
    pub fn reminded(&self) -> Option<Reminded> {
        let runs = matches!(
            self.status,
            Status::Confirmed | Status::InProgress | Status::Completed
        );
        runs.then_some(Reminded {
            slot: self.slot,
            sequence: self.sequence,
            made_at: self.scheduled_at,
        })
    }

    /// What the customer has still to be asked for, when the last payment did not fail.
    pub(super) fn balance_due(&self) -> Option<Money> {
        if self.terms.rules.payment == PaymentMode::None || self.payment.has_failed_to_collect() {
            return None;
        }
        let due = self
            .payment
            .owed
            .checked_sub(self.payment.asked_for().ok()?);
        due.ok().filter(|due| due.is_positive())
    }
}

impl DeadlineKind {
    /// The command that fires it, by the system.
    pub fn command(self, booking: &Booking) -> Option<Command> {
        let (by, expected_version) = (Actor::System.into(), None);
        Some(match self {
            DeadlineKind::Expire => Expire {
                by,
                expected_version,
            }
            .into(),
            DeadlineKind::CollectPayment => CollectPayment {
                by,
                expected_version,
            }
            .into(),
            DeadlineKind::Complete => Complete {
                by,
                expected_version,
            }
            .into(),
            DeadlineKind::SettleNoShow => SettleNoShow {
                by,
                expected_version,
            }
            .into(),
            DeadlineKind::ReleaseFunds => ReleaseFunds {
                by,
                expected_version,
            }
            .into(),
            DeadlineKind::PublishReviews => PublishReviews {
                by,
                expected_version,
            }
            .into(),
            DeadlineKind::HoldLimit => {
                let disputes = &booking.payment.disputes;
                let open = disputes
                    .iter()
                    .find(|each| each.is_open() && !each.is_chargeback())?;
                ResolveDispute {
                    by,
                    expected_version,
                    dispute: open.id.clone(),
                    refund: None,
                }
                .into()
            }
        })
    }
}
