use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::BookingId;
use crate::money::Money;

/// What a payment processor is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum InstructionKind {
    /// Reserve an amount on the customer's card.
    Authorise,
    /// Collect what was authorised.
    Capture,
    /// Let an authorisation go.
    Void,
    /// Give collected money back.
    Refund,
    /// Release the provider's money to its bank.
    Payout,
}

impl InstructionKind {
    /// The name in keys, JSON and the documentation.
    pub fn name(self) -> &'static str {
        match self {
            InstructionKind::Authorise => "authorise",
            InstructionKind::Capture => "capture",
            InstructionKind::Void => "void",
            InstructionKind::Refund => "refund",
            InstructionKind::Payout => "payout",
        }
    }

    fn parse(text: &str) -> Option<InstructionKind> {
        [
            InstructionKind::Authorise,
            InstructionKind::Capture,
            InstructionKind::Void,
            InstructionKind::Refund,
            InstructionKind::Payout,
        ]
        .into_iter()
        .find(|kind| kind.name() == text)
    }
}

/// Which instruction of a booking: its kind, the number of the intent, refund or payout from 1 on,
/// and the attempt from 1 on.
///
/// JSON form: `"capture/1/1"`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InstructionId {
    /// What is asked.
    pub kind: InstructionKind,
    /// Of which intent, refund or payout.
    pub number: u32,
    /// For which time.
    pub attempt: u32,
}

/// The text names no instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an instruction is named like `capture/1/1`: kind, number, attempt")]
pub struct InstructionIdError;

impl InstructionIdError {
    /// A stable code for programs, in kebab case.
    pub fn code(self) -> &'static str {
        "instruction-id"
    }
}

impl InstructionId {
    /// Reads the text form.
    ///
    /// # Errors
    ///
    /// [`InstructionIdError`] when the text names no instruction.
    pub fn parse(text: &str) -> Result<InstructionId, InstructionIdError> {
        let count = |text: &str| {
            let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse()
                .ok()
                .filter(|_| plain)
                .ok_or(InstructionIdError)
        };
        let mut parts = text.splitn(3, '/');
        let mut part = || parts.next().ok_or(InstructionIdError);
        Ok(InstructionId {
            kind: InstructionKind::parse(part()?).ok_or(InstructionIdError)?,
            number: count(part()?)?,
            attempt: count(part()?)?,
        })
    }
}

impl fmt::Display for InstructionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kind.name(), self.number, self.attempt)
    }
}

impl fmt::Debug for InstructionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for InstructionId {
    type Error = InstructionIdError;

    fn try_from(text: String) -> Result<InstructionId, InstructionIdError> {
        InstructionId::parse(&text)
    }
}

impl From<InstructionId> for String {
    fn from(id: InstructionId) -> String {
        id.to_string()
    }
}

/// Something to ask of the payment processor.
///
/// The host sends it after the decision was stored, with [`Instruction::key`] as the processor's
/// idempotency key: the same decision gives the same key, so that sending it again does nothing
/// twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Instruction {
    /// Of which booking.
    pub booking: BookingId,
    /// Which instruction of it.
    pub instruction: InstructionId,
    /// How much; of a void, what was authorised.
    pub amount: Money,
}

impl Instruction {
    /// The idempotency key: the booking's id and the instruction's.
    pub fn key(&self) -> String {
        format!("{}/{}", self.booking, self.instruction)
    }
}
