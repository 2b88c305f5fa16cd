//! `quando booking`: one booking, and all that can be done to it.

use quando::booking::{Actor, HoldToken, Note};
use quando::id::{BookingId, DisputeId};
use quando::money::Money;
use quando::payment::{Answer, InstructionId};
use quando::review::{Rating, ReviewText};
use quando_engine::{Act, ActOn};

use crate::book::booked;
use crate::human;
use crate::input::{Instant, Problem, parse};
use crate::output::{Failure, Outcome, print_document};
use crate::store::{RequestArgs, StoreArgs};
use crate::value::{Roles, money, rating, review, roles, value, whose};

/// One booking: show it, and do something to it
///
/// Whose booking it is follows from its id. Prints the booking as it is afterwards. What can be done
/// when and by whom is in docs/transitions.md.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct BookingArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[command(subcommand)]
    command: BookingCommand,
}

const EXAMPLE: &str = "\
Example:
  quando booking show 019a... --human
  quando booking approve 019a... --as provider:ana
  quando booking reschedule 019a... --start 2026-03-03T09:00:00Z
  quando booking review 019a... --as customer --rating 5 --text \"Lovely\"";

/// Show a booking
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando booking show 019a... --human")]
struct ShowArgs {
    #[arg(value_parser = value::<BookingId>)]
    booking: BookingId,
}

/// To which booking, and who does it.
#[derive(Clone, Debug, clap::Args)]
struct OnArgs {
    #[arg(value_parser = value::<BookingId>)]
    booking: BookingId,
    /// The version that it is done to; any when not given
    #[arg(long, value_name = "VERSION")]
    expected_version: Option<u64>,
    #[command(flatten)]
    request: RequestArgs,
}

/// The table of acts: for each its help, its name and what an example adds, the options, and the
/// act that they make.
macro_rules! acts {
    ($(
        $(#[$help:meta])*
        $variant:ident $name:literal $example:literal {
            $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)?
        } => $act:expr;
    )*) => {
        #[derive(Clone, Debug, clap::Subcommand)]
        enum BookingCommand {
            Show(ShowArgs),
            $(
                $(#[$help])*
                #[command(
                    name = $name,
                    after_long_help = concat!(
                        "Example:\n  quando booking ", $name, " 019a...", $example
                    )
                )]
                $variant {
                    #[command(flatten)]
                    on: OnArgs,
                    $($(#[$field_meta])* $field: $type),*
                },
            )*
        }

        impl BookingCommand {
            fn act(self) -> Result<(OnArgs, Act), ShowArgs> {
                match self {
                    BookingCommand::Show(args) => Err(args),
                    $(BookingCommand::$variant { on, $($field),* } => Ok((on, $act)),)*
                }
            }
        }
    };
}

acts! {
    /// Make a hold last longer
    ExtendHold "extend-hold" " --token 5b7e..." {
        /// The token of the hold
        #[arg(long, value_parser = value::<HoldToken>)]
        token: HoldToken,
    } => Act::ExtendHold { token };
    /// Say yes to a booking that awaits approval
    Approve "approve" " --as provider" {} => Act::Approve;
    /// Say no to a booking that awaits approval
    Decline "decline" " --reason \"On holiday\"" {
        /// Why; kept sealed
        #[arg(long, value_name = "TEXT", value_parser = value::<Note>)]
        reason: Option<Note>,
    } => Act::Decline { reason };
    /// Take in an answer of the payment processor, as JSON
    ConfirmPayment "confirm-payment"
        " '{\"outcome\":\"refunded\",\"instruction\":\"refund/1/1\"}'" {
        /// The answer: its outcome, and the instruction that it answers
        #[arg(value_name = "JSON", value_parser = answer)]
        answer: Answer,
    } => Act::ConfirmPayment { answer };
    /// Ask for a payment that is due: again after a failure, or the balance after a deposit
    CollectPayment "collect-payment" "" {} => Act::CollectPayment;
    /// Call the booking off, or let go of a hold
    Cancel "cancel" " --as customer --reason \"I am ill\"" {
        /// Why; kept sealed
        #[arg(long, value_name = "TEXT", value_parser = value::<Note>)]
        reason: Option<Note>,
        /// The token of a hold
        #[arg(long, value_parser = value::<HoldToken>)]
        token: Option<HoldToken>,
    } => Act::Cancel { reason, token };
    /// Move the booking to another time
    Reschedule "reschedule" " --start 2026-03-03T09:00:00Z" {
        /// The new start, as RFC 3339
        #[arg(long, value_name = "INSTANT")]
        start: Instant,
        /// The resources, by role: ana/room1; any that are free when not given
        #[arg(long, value_name = "ROLES", value_parser = roles)]
        resources: Option<Roles>,
    } => Act::Reschedule { start: start.0, resources: resources.map(|roles| roles.0) };
    /// Give the booking to other resources at the same time
    Reassign "reassign" " --resources ben" {
        /// The resources, by role: ben/room1
        #[arg(long, value_name = "ROLES", value_parser = roles)]
        resources: Roles,
    } => Act::Reassign { resources: resources.0 };
    /// Say that the customer is there
    CheckIn "check-in" "" {} => Act::CheckIn;
    /// Say that the service is done
    Complete "complete" " --as provider" {} => Act::Complete;
    /// Say that somebody did not come
    NoShow "no-show" " --whose customer" {
        /// Who: customer or provider
        #[arg(long, value_name = "WHO", value_parser = whose)]
        whose: Actor,
    } => Act::MarkNoShow { whose };
    /// Take a no-show back
    UndoNoShow "undo-no-show" "" {} => Act::UndoNoShow;
    /// Complain, which freezes the money
    Dispute "dispute" " --as customer --reason \"Half the time\"" {
        /// Why; kept sealed
        #[arg(long, value_name = "TEXT", value_parser = value::<Note>)]
        reason: Note,
    } => Act::Dispute { reason };
    /// Decide a complaint
    Resolve "resolve" " --dispute 019a... --refund \"20.00 EUR\"" {
        /// Which complaint
        #[arg(long, value_name = "ID", value_parser = value::<DisputeId>)]
        dispute: DisputeId,
        /// What the customer gets back; nothing when not given
        #[arg(long, value_name = "MONEY", value_parser = money)]
        refund: Option<Money>,
    } => Act::ResolveDispute { dispute, refund };
    /// Give money back beyond what the terms say
    Refund "refund" " --amount \"5.00 EUR\" --reason \"Late\"" {
        /// How much
        #[arg(long, value_name = "MONEY", value_parser = money)]
        amount: Money,
        /// Why; kept sealed
        #[arg(long, value_name = "TEXT", value_parser = value::<Note>)]
        reason: Option<Note>,
    } => Act::Refund { amount, reason };
    /// Pass held money on to the provider
    ReleaseFunds "release-funds" "" {} => Act::ReleaseFunds;
    /// Send a refund or payout that failed once more
    RetryPayment "retry-payment" " --instruction refund/1/1" {
        /// Which instruction
        #[arg(long, value_name = "ID", value_parser = value::<InstructionId>)]
        instruction: InstructionId,
    } => Act::RetryPayment { instruction };
    /// Review the other side
    Review "review" " --as customer --rating 5 --text \"Lovely\"" {
        /// From 1 to 5
        #[arg(long, value_parser = rating)]
        rating: Rating,
        /// In words
        #[arg(long, default_value = "", hide_default_value = true, value_parser = review)]
        text: ReviewText,
    } => Act::Review { rating, text };
}

fn answer(text: &str) -> Result<Answer, String> {
    parse(text).map_err(|problem: Problem| problem.to_string())
}

impl BookingArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let (on, act) = match self.command.act() {
            Ok(asked) => asked,
            Err(show) => return show.run(&self.store),
        };
        act_on(
            &self.store,
            (&on.booking, &on.request),
            on.expected_version,
            act,
        )
    }
}

impl ShowArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let session = store.open()?;
        let engine = &session.engine;
        let booking = session.wait(async {
            let key = engine.find_booking(&self.booking).await?;
            engine.show_booking(&key).await
        });
        print_document(&booking?, session.human, human::booking)
    }
}

/// Does something to a booking, and prints it.
pub(crate) fn act_on(
    store: &StoreArgs,
    (booking, request): (&BookingId, &RequestArgs),
    expected_version: Option<u64>,
    act: Act,
) -> Result<Outcome, Failure> {
    let session = store.open()?;
    let engine = &session.engine;
    let done = session.wait(async {
        let key = engine.find_booking(booking).await?;
        let on = ActOn {
            expected_version,
            act,
        };
        engine.act(request.context(), key, on).await
    });
    booked(&session, &done?)
}
