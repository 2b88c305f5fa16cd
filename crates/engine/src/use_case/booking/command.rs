//! From what is asked of a booking to the core's command, texts sealed.

use quando::booking::{
    Approve, Cancel, CheckIn, CollectPayment, Command, Complete, ConfirmPayment, Decline, Dispute,
    ExtendHold, MarkNoShow, Reassign, Refund, ReleaseFunds, Reschedule, ResolveDispute,
    RetryPayment, Review, UndoNoShow,
};
use quando::id::DisputeId;

use super::{Act, ActOn, BookingKey};
use crate::store::{Change, Store};
use crate::{Context, Engine, Error};

impl<S: Store> Engine<S> {
    #[expect(clippy::too_many_lines, reason = "one arm for each act")]
    pub(super) async fn command(
        &self,
        context: &Context,
        key: &BookingKey,
        request: ActOn,
        sealed: &mut Vec<Change>,
    ) -> Result<Command, Error> {
        let by = context.by.clone();
        let expected_version = request.expected_version;
        macro_rules! command {
            ($name:ident { $($field:ident: $value:expr),* $(,)? }) => {
                $name { by, expected_version, $($field: $value),* }.into()
            };
        }
        Ok(match request.act {
            Act::ExtendHold { token } => command!(ExtendHold { token: token }),
            Act::Approve => command!(Approve {
                code_seed: self.code_seed()
            }),
            Act::Decline { reason } => {
                let reason = self.seal_note(key, reason, sealed).await?;
                command!(Decline { reason: reason })
            }
            Act::ConfirmPayment { answer } => command!(ConfirmPayment {
                answer: answer,
                code_seed: self.code_seed(),
                successor: Some(self.new_booking_id()),
            }),
            Act::CollectPayment => command!(CollectPayment {}),
            Act::Cancel { reason, token } => {
                let reason = self.seal_note(key, reason, sealed).await?;
                command!(Cancel {
                    reason: reason,
                    token: token
                })
            }
            Act::Reschedule { start, resources } => command!(Reschedule {
                start: start,
                resources: resources,
                seed: self.seed(),
            }),
            Act::Reassign { resources } => command!(Reassign {
                resources: resources
            }),
            Act::CheckIn => command!(CheckIn {}),
            Act::Complete => command!(Complete {}),
            Act::MarkNoShow { whose } => command!(MarkNoShow { whose: whose }),
            Act::UndoNoShow => command!(UndoNoShow {}),
            Act::Dispute { reason } => {
                let reason = self.seal_note(key, Some(reason), sealed).await?;
                let reason = reason.expect("a note that is there stays there");
                let id = self.new_id();
                let dispute = DisputeId::new(id).expect("a UUID is an id");
                command!(Dispute {
                    dispute: dispute,
                    reason: reason
                })
            }
            Act::ResolveDispute { dispute, refund } => {
                command!(ResolveDispute {
                    dispute: dispute,
                    refund: refund
                })
            }
            Act::Refund { amount, reason } => {
                let reason = self.seal_note(key, reason, sealed).await?;
                command!(Refund {
                    amount: amount,
                    reason: reason
                })
            }
            Act::ReleaseFunds => command!(ReleaseFunds {}),
            Act::RetryPayment { instruction } => {
                command!(RetryPayment {
                    instruction: instruction
                })
            }
            Act::Review { rating, text } => command!(Review {
                rating: rating,
                text: text
            }),
        })
    }
}
