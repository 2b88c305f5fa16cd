//! `quando keys`: the master keys that personal data is sealed under.

use serde::Serialize;

use crate::output::{Failure, Outcome, print, print_document};
use crate::store::{KEYS_VARIABLE, StoreArgs, new_keys};

/// How many persons are looked at before the next are asked for.
const PAGE: u32 = 500;

/// Master keys: make new ones, and wrap everybody's key again with the current one
///
/// They are in the variable QUANDO_MASTER_KEYS, else, with SQLite, in the file STORE.keys, which is
/// made together with the store and can be read by its owner alone.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct KeysArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[command(subcommand)]
    command: KeysCommand,
}

const EXAMPLE: &str = "\
Example:
  quando keys new
  quando keys rotate

docs/runbooks/rotate-keys.md says how to change the master key.";

#[derive(Clone, Debug, clap::Subcommand)]
enum KeysCommand {
    New(NewArgs),
    Rotate(RotateArgs),
}

/// Print fresh master keys, as a value of QUANDO_MASTER_KEYS
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando keys new")]
struct NewArgs {}

/// Wrap the key of every person with the current master key, the first one
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando keys rotate --human")]
struct RotateArgs {}

#[derive(Serialize)]
struct RotatedAnswer {
    seen: u64,
    wrapped: u64,
}

impl KeysArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        match self.command {
            KeysCommand::New(_) if self.store.human => {
                print(format!("{KEYS_VARIABLE}={}\n", new_keys(self.store.now())).as_bytes())
            }
            KeysCommand::New(_) => print(format!("{}\n", new_keys(self.store.now())).as_bytes()),
            KeysCommand::Rotate(_) => rotate(&self.store),
        }
    }
}

fn rotate(store: &StoreArgs) -> Result<Outcome, Failure> {
    let session = store.open()?;
    let mut answer = RotatedAnswer {
        seen: 0,
        wrapped: 0,
    };
    let mut after = None;
    loop {
        let rotated = session.wait(session.engine.rotate_keys(after, PAGE))?;
        answer.seen += rotated.seen;
        answer.wrapped += rotated.wrapped;
        if rotated.seen < u64::from(PAGE) {
            break;
        }
        after = rotated.last;
    }
    print_document(&answer, session.human, |answer| {
        format!(
            "{} of {} keys were wrapped again\n",
            answer.wrapped, answer.seen
        )
    })
}
