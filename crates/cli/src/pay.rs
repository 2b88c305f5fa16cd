//! `quando pay`: an operator moves money by hand, and says so.

use clap::ValueEnum;
use quando::booking::{Booking, Note};
use quando::id::BookingId;
use quando::money::Money;
use quando::payment::{Instruction, InstructionId, InstructionKind};
use quando_engine::gateway::{ManualGateway, Outcome as Paid};
use quando_engine::limits::PAGE_MAX;
use quando_engine::store::{Item, List, Store};
use quando_engine::{Act, Error};

use crate::book::booked;
use crate::declined::missing;
use crate::human::{or_nothing, table};
use crate::output::{Failure, Outcome, print_list};
use crate::store::{RequestArgs, Session, StoreArgs};
use crate::value::value;

/// List the payments that are asked for, or say that one was made by hand
///
/// Where no payment processor is connected, each authorisation, capture, refund and payout is an
/// instruction that somebody carries out, in cash or from bank to bank, and answers here.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct PayArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[arg(value_parser = value::<BookingId>, requires = "instruction")]
    booking: Option<BookingId>,
    /// Which instruction, such as refund/1/1
    #[arg(value_parser = value::<InstructionId>, requires = "result")]
    instruction: Option<InstructionId>,
    /// What came of it
    result: Option<PayResult>,
    /// Why it could not be done
    #[arg(long, value_name = "TEXT", value_parser = value::<Note>)]
    reason: Option<Note>,
    #[command(flatten)]
    request: RequestArgs,
}

const EXAMPLE: &str = "\
Example:
  quando pay --human
  quando pay 019a... authorise/1/1 done
  quando pay 019a... refund/1/1 failed --reason \"the account is closed\"";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PayResult {
    /// It is done, with the amount that was asked for
    Done,
    /// It could not be done
    Failed,
}

impl PayArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let session = self.store.open()?;
        let (Some(id), Some(instruction), Some(result)) =
            (&self.booking, self.instruction, self.result)
        else {
            return list(&session);
        };
        let outcome = match result {
            PayResult::Done => Paid::Done,
            PayResult::Failed => Paid::Failed(self.reason.clone()),
        };
        let engine = &session.engine;
        let key = session.wait(engine.find_booking(id))?;
        let booking = session.wait(engine.show_booking(&key))?;
        let amount = amount(&booking, instruction).ok_or_else(|| missing("instruction"))?;
        let asked = Instruction {
            booking: booking.id,
            instruction,
            amount,
        };
        let answer = ManualGateway.answer(&asked, outcome);
        let act = Act::ConfirmPayment { answer };
        let context = self.request.context();
        booked(
            &session,
            &session.wait(engine.act(context, key, act.into()))?,
        )
    }
}

/// What an instruction is about; none when the booking never gave it.
fn amount(booking: &Booking, id: InstructionId) -> Option<Money> {
    let payment = &booking.payment;
    let place = usize::try_from(id.number.checked_sub(1)?).ok()?;
    match id.kind {
        InstructionKind::Authorise | InstructionKind::Capture | InstructionKind::Void => {
            payment.intents.get(place).map(|intent| intent.amount)
        }
        InstructionKind::Refund => payment.refunds.get(place).map(|refund| refund.amount),
        InstructionKind::Payout => payment.payouts.get(place).map(|payout| payout.amount),
    }
}

/// Lists the instructions that nobody has answered.
fn list(session: &Session) -> Result<Outcome, Failure> {
    let list = List::Instructions {
        due: None,
        limit: PAGE_MAX,
    };
    let items = session.wait(session.engine.store().list(list));
    let items = items.map_err(Error::from)?;
    let open: Vec<Instruction> = items
        .into_iter()
        .filter_map(|item| match item {
            Item::Instruction(row) => Some(row.instruction),
            _ => None,
        })
        .collect();
    print_list(&open, session.human, |open| {
        let rows = open.iter().map(|asked| {
            vec![
                asked.booking.to_string(),
                asked.instruction.to_string(),
                asked.amount.to_string(),
            ]
        });
        or_nothing(table(&rows.collect::<Vec<_>>()), "no payment is asked for")
    })
}
