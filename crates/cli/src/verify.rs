//! `quando verify`: whether everything that is stored holds together.

use std::io::IsTerminal;

use indicatif::ProgressBar;
use quando_engine::{Verification, VerifyProgress};

use crate::human::table;
use crate::output::{Failure, Outcome, print_list};
use crate::store::StoreArgs;

/// Check that everything in a store holds together: history, bookings, claims, money
///
/// Each entry of the history follows on the one before, each booking is what its history makes of
/// it, no two bookings have one unit at the same time, and the ledger is balanced. Prints a line for
/// each finding; the exit status is 1 when there is any. `quando doctor` examines the file.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando verify\n  quando verify --human")]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    store: StoreArgs,
}

impl VerifyArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let session = self.store.open()?;
        let bar = std::io::stderr()
            .is_terminal()
            .then(ProgressBar::new_spinner);
        let show = |progress: VerifyProgress| {
            if let Some(bar) = &bar {
                bar.set_message(format!("{}: {}", progress.part, progress.rows));
                bar.tick();
            }
        };
        let verified = session.wait(session.engine.verify(show));
        if let Some(bar) = &bar {
            bar.finish_and_clear();
        }
        let verified = verified?;
        print_list(&verified.findings, session.human, |_| text(&verified))?;
        Ok(if verified.is_sound() {
            Outcome::Answered
        } else {
            Outcome::SomeRefused
        })
    }
}

fn text(verified: &Verification) -> String {
    let rows = verified.findings.iter().map(|finding| {
        let what = serde_json::to_value(finding.what).unwrap_or_default();
        let what = what.as_str().unwrap_or_default().to_owned();
        vec![format!("- {what}"), finding.of.clone()]
    });
    let last = if verified.is_sound() {
        "everything holds together\n"
    } else {
        "something does not hold\n"
    };
    format!(
        "{} entries of history, {} relayed; {} bookings, {} claims, {} postings\n{}{last}",
        verified.entries,
        verified.relayed,
        verified.bookings,
        verified.claims,
        verified.postings,
        table(&rows.collect::<Vec<_>>()),
    )
}
