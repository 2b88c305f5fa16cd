//! `quando token`: bearer tokens for the server.

use chrono::TimeDelta;
use quando::id::{ActorId, ProviderId};
use quando_engine::{Clock, SystemClock};
use quando_http::identity::{Identity, Standing, Tokens};

use crate::output::{Failure, Outcome, print};
use crate::value::value;

/// The variable that the secret is in.
pub(crate) const SECRET_VARIABLE: &str = "QUANDO_TOKEN_SECRET";

/// Print a bearer token for `quando serve`
///
/// It is signed with the secret in QUANDO_TOKEN_SECRET, which has to be that of the server.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct TokenArgs {
    /// In which role
    #[arg(long)]
    role: RoleArg,
    /// Who: of a customer, its id
    #[arg(long, value_name = "NAME", value_parser = value::<ActorId>)]
    subject: ActorId,
    /// Of which provider, in the role of one
    #[arg(long, value_name = "ID", value_parser = value::<ProviderId>, required_if_eq("role", "provider"))]
    provider: Option<ProviderId>,
    /// For how many hours
    #[arg(long, value_name = "N", default_value = "24", value_parser = clap::value_parser!(u32).range(1..=8760))]
    hours: u32,
    /// At least 32 bytes
    #[arg(
        long,
        value_name = "TEXT",
        env = "QUANDO_TOKEN_SECRET",
        hide_env_values = true
    )]
    secret: String,
}

const EXAMPLE: &str = "\
Example:
  quando token --role customer --subject cem
  quando token --role provider --provider ana --subject ana --hours 8";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum RoleArg {
    /// Books for itself
    Customer,
    /// Acts for one provider
    Provider,
    /// The marketplace's staff
    Operator,
}

impl TokenArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let tokens = tokens(&self.secret)?;
        let standing = match (self.role, self.provider) {
            (RoleArg::Customer, None) => Standing::Customer,
            (RoleArg::Operator, None) => Standing::Operator,
            (RoleArg::Provider, Some(provider)) => Standing::Provider(provider),
            _ => {
                let message = "--provider goes with the role of a provider alone";
                return Err(Failure::Usage(message.to_owned()));
            }
        };
        let identity = Identity {
            subject: self.subject,
            standing,
        };
        let lasts = TimeDelta::hours(i64::from(self.hours));
        let token = tokens.mint(&identity, SystemClock.now(), lasts);
        print(format!("{token}\n").as_bytes())
    }
}

/// What signs and checks with a secret.
pub(crate) fn tokens(secret: &str) -> Result<Tokens, Failure> {
    let tokens = Tokens::new(secret.as_bytes());
    tokens.map_err(|error| Failure::Usage(format!("{SECRET_VARIABLE}: {error}")))
}
