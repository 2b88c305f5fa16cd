use chrono::{DateTime, Utc};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::availability::Reason;
use crate::booking::{Action, Booking, Deadline, Decision, Event, Rejection, Status};
use crate::fees::RefundPreview;
use crate::id::BookingId;
use crate::idempotency::IdempotencyError;
use crate::ledger::{Account, Balances, Entry};
use crate::payment::{Instruction, MoneyState};
use crate::time::text::serde_form;

/// What a line of a story is answered with. JSON form: an object with `ok`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Told {
    /// A note or a setting was taken in: `{"ok":true}`.
    Noted {
        /// Always true.
        ok: bool,
    },
    /// A command was done.
    Decided(Box<Decided>),
    /// A command was refused; nothing has happened.
    Refused(Box<Refused>),
    /// Time has passed.
    Ticked(Ticked),
    /// How a booking stands.
    Shown(Box<Shown>),
    /// What a cancellation would give back.
    Previewed(Box<Previewed>),
}

/// That a command was done, and how the booking stands after it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    /// When it was asked.
    #[serde(with = "serde_form::instant")]
    pub at: DateTime<Utc>,
    /// Of which booking.
    pub booking: BookingId,
    /// What was done.
    #[serde(rename = "do")]
    pub action: Action,
    /// Always true.
    pub ok: bool,
    /// Where the booking stands.
    pub status: Status,
    /// Where its money stands.
    pub money: MoneyState,
    /// The booking's version.
    pub version: u64,
    /// The sequence of its calendar entry.
    pub sequence: u32,
    /// What happened.
    pub events: Vec<Event>,
    /// What the payment processor is to be asked for.
    pub instructions: Vec<Instruction>,
    /// The entries of the ledger.
    pub entries: Vec<Entry>,
    /// The balances of the ledger; those of zero are left out.
    #[serde(serialize_with = "not_zero")]
    pub balances: Balances,
    /// What falls due by itself, the earliest first.
    pub deadlines: Vec<Deadline>,
    /// The booking that took this one's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<Box<Decided>>,
}

/// That a command was refused.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// When it was asked.
    #[serde(with = "serde_form::instant")]
    pub at: DateTime<Utc>,
    /// Of which booking.
    pub booking: BookingId,
    /// What was to be done; absent for a look at a booking that is not there.
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// Always false.
    pub ok: bool,
    /// Why, for programs.
    pub code: &'static str,
    /// Why, in words.
    pub message: String,
    /// Why the slot is not free. Reveals who is busy: a story is for operators.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
}

/// That time has passed, and what it did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ticked {
    /// What time it is.
    #[serde(with = "serde_form::instant")]
    pub at: DateTime<Utc>,
    /// Always true.
    pub ok: bool,
    /// What was fired, in order of the time at which it was due: each decided or refused.
    pub fired: Vec<Told>,
}

/// How a booking stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// When.
    #[serde(with = "serde_form::instant")]
    pub at: DateTime<Utc>,
    /// Always true.
    pub ok: bool,
    /// Where it stands at that instant, deadlines that nobody fired included.
    pub status: Status,
    /// Where its money stands.
    pub money: MoneyState,
    /// The booking as it is kept.
    pub booking: Booking,
    /// The balances of the ledger; those of zero are left out.
    #[serde(serialize_with = "not_zero")]
    pub balances: Balances,
    /// What falls due by itself, the earliest first.
    pub deadlines: Vec<Deadline>,
}

/// What a cancellation would give back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Previewed {
    /// When.
    #[serde(with = "serde_form::instant")]
    pub at: DateTime<Utc>,
    /// Of which booking.
    pub booking: BookingId,
    /// Always true.
    pub ok: bool,
    /// What it would give back.
    pub preview: RefundPreview,
}

impl Told {
    /// Whether nothing was refused.
    pub fn is_ok(&self) -> bool {
        !matches!(self, Told::Refused(_))
    }
}

impl Decided {
    pub(super) fn new(decision: Decision, action: Action, at: DateTime<Utc>) -> Decided {
        let entries = decision.entries().cloned().collect();
        let successor = decision.successor.map(|successor| {
            let (action, at) = (Action::Create, at);
            Box::new(Decided::new(*successor, action, at))
        });
        let booking = decision.booking;
        Decided {
            at,
            action,
            ok: true,
            status: booking.status,
            money: booking.money_state(),
            version: booking.version,
            sequence: booking.sequence,
            events: decision.events,
            instructions: decision.instructions,
            entries,
            balances: booking.payment.balances,
            deadlines: booking.deadlines(),
            booking: booking.id,
            successor,
        }
    }
}

impl Refused {
    pub(super) fn new(
        rejection: Rejection,
        booking: &BookingId,
        action: Option<Action>,
        at: DateTime<Utc>,
    ) -> Refused {
        let (code, message) = (rejection.code(), rejection.to_string());
        let reasons = match rejection {
            Rejection::SlotNotFree { reasons } => reasons,
            _ => Vec::new(),
        };
        Refused {
            at,
            booking: booking.clone(),
            action,
            ok: false,
            code,
            message,
            reasons,
        }
    }

    pub(super) fn repeated(
        error: IdempotencyError,
        booking: &BookingId,
        action: Action,
        at: DateTime<Utc>,
    ) -> Refused {
        Refused {
            at,
            booking: booking.clone(),
            action: Some(action),
            ok: false,
            code: error.code(),
            message: error.to_string(),
            reasons: Vec::new(),
        }
    }
}

impl Shown {
    pub(super) fn new(booking: &Booking, at: DateTime<Utc>) -> Shown {
        Shown {
            at,
            ok: true,
            status: booking.status_at(at),
            money: booking.money_state(),
            booking: booking.clone(),
            balances: booking.payment.balances,
            deadlines: booking.deadlines(),
        }
    }
}

fn not_zero<S: Serializer>(balances: &Balances, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for account in Account::ALL {
        let balance = balances.of(account);
        if !balance.is_zero() {
            map.serialize_entry(account.name(), &balance)?;
        }
    }
    map.end()
}
