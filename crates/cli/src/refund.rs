//! `quando refund`: what is given back.

use quando::fees::RefundQuestion;

use crate::answer::InOut;
use crate::input::{Problem, parse};
use crate::output::{Failure, Outcome, print_json};

/// Say what a cancellation gives back, or where the money of several refunds comes from
///
/// Reads a refund policy (`policy`, or its `tiers` alone) and a cancellation (`case`), and prints
/// the share, the refund, the platform fee in it and what is kept. With `captured`, `fee` and
/// `refunds` it prints for each refund in turn what the platform and the provider give back; a
/// refund that is refused stands as {"error":code}, and the exit status is 0.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct RefundArgs {
    #[command(flatten)]
    io: InOut,
}

const EXAMPLE: &str = "\
Example:
  echo '{\"tiers\":[{\"hoursBefore\":48,\"refund\":\"1.00\"},{\"hoursBefore\":24,\"refund\":\"0.50\"}],
    \"case\":{\"captured\":{\"amount\":\"100.00\",\"currency\":\"USD\"},
      \"fee\":{\"amount\":\"7.00\",\"currency\":\"USD\"},\"start\":\"2026-03-04T10:00:00Z\",
      \"at\":\"2026-03-03T08:00:00Z\",\"by\":\"customer\"}}' | quando refund

  {\"share\":\"0.50\",...,\"refund\":{\"amount\":\"50.00\",\"currency\":\"USD\"},
    \"feeReversed\":{\"amount\":\"3.50\",...},\"fromProvider\":{\"amount\":\"46.50\",...},...}

  echo '{\"captured\":{\"amount\":\"100\",\"currency\":\"JPY\"},\"fee\":{\"amount\":\"7\",\"currency\":\"JPY\"},
    \"refunds\":[{\"amount\":\"50\",\"currency\":\"JPY\"},{\"amount\":\"51\",\"currency\":\"JPY\"}]}' | quando refund

  {\"legs\":[{\"feeReversed\":{\"amount\":\"4\",\"currency\":\"JPY\"},
    \"fromProvider\":{\"amount\":\"46\",\"currency\":\"JPY\"}},{\"error\":\"refund-over-captured\"}],...}";

impl RefundArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let format = self.io.format();
        self.io.answer_each(|text, out| {
            let question: RefundQuestion = parse(text)?;
            let answer = question.answer().map_err(|error| {
                Problem::new(error.code(), error.to_string()).at(error.pointer())
            })?;
            print_json(out, &answer, format);
            Ok(())
        })
    }
}
