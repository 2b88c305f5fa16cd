//! A line of an import.

use quando::availability::{Busy, Resource};
use quando::id::{ProviderId, ResourceId};
use quando_engine::record::{Provider, Service};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::input::{Problem, parse};

/// A line: what it brings, under its name.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Provider(Box<Provider>),
    Resource(ProviderId, Box<Resource>),
    Service(ProviderId, Box<Service>),
    Busy(BusyLine),
}

/// Busy time of a resource from one source; all there is from it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BusyLine {
    pub(super) provider: ProviderId,
    pub(super) resource: ResourceId,
    pub(super) source: String,
    pub(super) busy: Vec<Busy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Form {
    Provider(Box<Provider>),
    Resource(Map<String, Value>),
    Service(Map<String, Value>),
    Busy(BusyLine),
}

impl Entry {
    pub(super) fn parse(text: &str) -> Result<Entry, Problem> {
        Ok(match parse(text)? {
            Form::Provider(provider) => Entry::Provider(provider),
            Form::Busy(line) => Entry::Busy(line),
            Form::Resource(fields) => {
                let (provider, resource) = of_provider("resource", fields)?;
                Entry::Resource(provider, resource)
            }
            Form::Service(fields) => {
                let (provider, service) = of_provider("service", fields)?;
                Entry::Service(provider, service)
            }
        })
    }

    /// Whose it is: the order counts among lines of one provider.
    pub(super) fn provider(&self) -> &ProviderId {
        match self {
            Entry::Provider(provider) => &provider.id,
            Entry::Resource(provider, _) | Entry::Service(provider, _) => provider,
            Entry::Busy(line) => &line.provider,
        }
    }
}

/// A record that has its provider as one more field.
fn of_provider<T: DeserializeOwned>(
    name: &str,
    mut fields: Map<String, Value>,
) -> Result<(ProviderId, T), Problem> {
    let given = fields.remove("provider");
    let Some(Value::String(given)) = given else {
        let message = "the line names no `provider`";
        return Err(Problem::new("malformed", message).at(format!("/{name}/provider")));
    };
    let provider = ProviderId::new(given).map_err(|error| {
        Problem::new("malformed", error.to_string()).at(format!("/{name}/provider"))
    })?;
    // Read again as text, for the pointer to what is wrong.
    let record = parse::<T>(&Value::Object(fields).to_string()).map_err(|problem| Problem {
        pointer: format!("/{name}{}", problem.pointer),
        position: None,
        ..problem
    })?;
    Ok((provider, record))
}
