use std::future::{Future, ready};

use chrono::{DateTime, Utc};
use quando::booking::Note;
use quando::payment::{Answer, Instruction, InstructionKind};

use super::{Gateway, GatewayError, Sent};

/// An operator moves the money, in cash or from bank to bank: each instruction is a line on a list,
/// and the operator's answer comes as a command when it is done.
///
/// # Example
///
/// ```
/// use quando::payment::Answer;
/// use quando_engine::gateway::{ManualGateway, Outcome};
///
/// let instruction = serde_json::from_str(
///     r#"{"booking":"b1","instruction":"refund/1/1","amount":{"amount":"20.00","currency":"EUR"}}"#,
/// )?;
/// let answer = ManualGateway.answer(&instruction, Outcome::Done);
/// assert_eq!(answer, Answer::Refunded { instruction: "refund/1/1".to_owned().try_into()? });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ManualGateway;

/// What the operator says of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, with the amount that was asked for.
    Done,
    /// It could not be done.
    Failed(Option<Note>),
}

impl ManualGateway {
    /// The operator's words as the answer to an instruction.
    ///
    /// An authorisation that is done means that the customer has committed to pay, and lasts until
    /// it is captured or let go; the money itself is there once the capture is done.
    pub fn answer(self, asked: &Instruction, outcome: Outcome) -> Answer {
        let instruction = asked.instruction;
        match (outcome, instruction.kind) {
            (Outcome::Failed(reason), _) => Answer::Failed {
                instruction,
                reason,
            },
            (Outcome::Done, InstructionKind::Authorise) => Answer::Authorised {
                instruction,
                until: None,
            },
            (Outcome::Done, InstructionKind::Capture) => Answer::Captured {
                instruction,
                amount: asked.amount,
                processor_fee: None,
            },
            (Outcome::Done, InstructionKind::Void) => Answer::Voided { instruction },
            (Outcome::Done, InstructionKind::Refund) => Answer::Refunded { instruction },
            (Outcome::Done, InstructionKind::Payout) => Answer::PaidOut { instruction },
        }
    }
}

impl Gateway for ManualGateway {
    fn send(
        &self,
        _instruction: &Instruction,
        _key: &str,
        _now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Sent, GatewayError>> + Send {
        ready(Ok(Sent::Accepted))
    }

    /// Nobody keeps a list beside that of the engine.
    fn look_up(
        &self,
        _key: &str,
    ) -> impl Future<Output = Result<Option<Answer>, GatewayError>> + Send {
        ready(Ok(None))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn each_kind_has_its_answer() {
        let amount = json!({"amount": "20.00", "currency": "EUR"});
        let check = |kind: &str, outcome: &str| {
            let id = format!("{kind}/2/3");
            let asked = json!({"booking": "b1", "instruction": id, "amount": amount});
            let asked: Instruction = serde_json::from_value(asked).unwrap();
            let mut expected = json!({"outcome": outcome, "instruction": id});
            if kind == "capture" {
                expected["amount"] = amount.clone();
            }
            let answer = |outcome| -> Value {
                serde_json::to_value(ManualGateway.answer(&asked, outcome)).unwrap()
            };
            assert_eq!(answer(Outcome::Done), expected);
            let reason = Note::new("no cash in the till").unwrap();
            let failed = json!({
                "outcome": "failed",
                "instruction": id,
                "reason": "no cash in the till",
            });
            assert_eq!(answer(Outcome::Failed(Some(reason))), failed);
        };
        check("authorise", "authorised");
        check("capture", "captured");
        check("void", "voided");
        check("refund", "refunded");
        check("payout", "paidOut");
    }
}
