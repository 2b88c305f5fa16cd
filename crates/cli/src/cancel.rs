//! `quando cancel`: calls a booking off, or says what that would give back.

use quando::booking::Note;
use quando::id::BookingId;
use quando_engine::Act;

use crate::act::act_on;
use crate::output::{Failure, Outcome, print_document};
use crate::store::{RequestArgs, StoreArgs};
use crate::value::value;

/// Call a booking off, or see first what that gives back
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct CancelArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[arg(value_parser = value::<BookingId>)]
    booking: BookingId,
    /// Why; kept sealed
    #[arg(long, value_name = "TEXT", value_parser = value::<Note>)]
    reason: Option<Note>,
    /// Only say what would go back; nothing is called off
    #[arg(long, conflicts_with = "reason")]
    preview: bool,
    #[command(flatten)]
    request: RequestArgs,
}

const EXAMPLE: &str = "\
Example:
  quando cancel 019a... --as customer --preview --human
  quando cancel 019a... --as customer --reason \"I am ill\"";

impl CancelArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        if !self.preview {
            let (reason, token) = (self.reason, None);
            let act = Act::Cancel { reason, token };
            return act_on(&self.store, (&self.booking, &self.request), None, act);
        }
        let session = self.store.open()?;
        let engine = &session.engine;
        let preview = session.wait(async {
            let key = engine.find_booking(&self.booking).await?;
            engine
                .preview_cancellation(&key, self.request.actor())
                .await
        });
        print_document(&preview?, session.human, |preview| {
            format!(
                "{} would go back, {} would be kept\n",
                preview.refund, preview.kept
            )
        })
    }
}
