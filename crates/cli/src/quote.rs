//! `quando quote`: what a booking costs.

use quando::fees::QuoteQuestion;

use crate::answer::InOut;
use crate::input::{Problem, parse};
use crate::output::{Failure, Outcome, print_json};

/// Price a booking: lines that sum to the total, and the platform's fee
///
/// Reads what things cost (`price`), what the platform takes (`fee`, 7 % on the provider's side by
/// default) and what is to be priced (`request`), and prints the lines, each rounded once, with net,
/// tax, tips and total, the fee and who bears it, what the provider gets and what is due now.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct QuoteArgs {
    #[command(flatten)]
    io: InOut,
}

const EXAMPLE: &str = "\
Example:
  echo '{\"price\":{\"base\":{\"kind\":\"perHour\",\"price\":{\"amount\":\"80.00\",\"currency\":\"USD\"}}},
    \"fee\":{\"rate\":\"0.07\",\"side\":\"customer\"},
    \"request\":{\"start\":\"2026-03-02T14:00:00Z\",\"zone\":\"America/New_York\",
      \"durationMinutes\":90}}' | quando quote

  {\"lines\":[{\"kind\":\"base\",\"amount\":{\"amount\":\"120.00\",\"currency\":\"USD\"}},
    {\"kind\":\"fee\",\"amount\":{\"amount\":\"8.40\",\"currency\":\"USD\"}}],...,
    \"total\":{\"amount\":\"128.40\",\"currency\":\"USD\"},...,\"tzdb\":\"...\"}

  quando quote --pretty question.json
  quando quote --jsonl < questions.jsonl > quotes.jsonl";

impl QuoteArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let format = self.io.format();
        self.io.answer_each(|text, out| {
            let question: QuoteQuestion = parse(text)?;
            let quote = question.quote().map_err(|error| {
                Problem::new(error.code(), error.to_string()).at(error.pointer())
            })?;
            print_json(out, &quote, format);
            Ok(())
        })
    }
}
