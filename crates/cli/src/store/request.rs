//! Who asks, and under which key.

use std::str::FromStr;

use quando::booking::{Actor, By};
use quando::id::ActorId;
use quando::idempotency::IdempotencyKey;
use quando_engine::Context;

use crate::value::value;

/// Who asks, and under which key.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RequestArgs {
    /// Who acts: customer, provider or operator, and a name if need be (operator:kim)
    #[arg(
        long = "as",
        value_name = "WHO",
        default_value = "operator",
        help_heading = "Request"
    )]
    who: Who,
    /// Idempotency key: the same request under the same key happens once, however often it is sent
    #[arg(long, value_name = "KEY", help_heading = "Request", value_parser = value::<IdempotencyKey>)]
    key: Option<IdempotencyKey>,
}

impl RequestArgs {
    pub(crate) fn context(&self) -> Context {
        Context {
            by: self.who.0.clone(),
            key: self.key.clone(),
        }
    }

    /// In which role.
    pub(crate) fn actor(&self) -> Actor {
        self.who.0.actor
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Who(By);

impl FromStr for Who {
    type Err = String;

    fn from_str(text: &str) -> Result<Who, String> {
        let (role, name) = match text.split_once(':') {
            Some((role, name)) => (role, Some(name)),
            None => (text, None),
        };
        let actor = match role {
            "customer" => Actor::Customer,
            "provider" => Actor::Provider,
            "operator" => Actor::Operator,
            _ => return Err("expected customer, provider or operator, or operator:NAME".into()),
        };
        let id = name.map(|name| ActorId::new(name).map_err(|error| error.to_string()));
        let id = id.transpose()?;
        Ok(Who(By { actor, id }))
    }
}
