//! Whether records together make valid questions.

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta};
use quando::availability::{Availability, Query, Resource, Service as Timing};
use quando::time::{Minutes, Window};

use super::BusyTime;
use crate::Refusal;
use crate::codec::corrupt;
use crate::limits::BUSY_MAX;
use crate::question::{Catalogue, body};
use crate::record::{Provider, RecordError, Service};
use crate::store::{DocumentKey, Snapshot};

/// Whether a resource by itself makes a valid question.
pub(super) fn check_question(resource: &Resource) -> Result<(), RecordError> {
    let day = Minutes::new(24 * 60).expect("a day is below the limit");
    let start = DateTime::UNIX_EPOCH;
    let window = Window::new(start, start + day.duration()).expect("a day is a window");
    let service = Timing::new(day);
    let mut query = Query::new(window, start, resource.schedule.zone.clone(), service);
    query.resources.push(resource.clone());
    asked(&query)
}

/// Whether a service makes a valid question with the resources that it names.
pub(super) fn check_service(
    snapshot: &Snapshot,
    provider: &Provider,
    service: &Service,
) -> Result<(), Refusal> {
    let mut resources: Vec<Resource> = Vec::new();
    for id in service.resources(&provider.id) {
        let document = snapshot.document(&DocumentKey::resource(&provider.id, &id));
        let document = document.filter(|document| !document.body.is_empty());
        let document = document.ok_or(RecordError::UnknownResource { resource: id })?;
        resources.push(body(document)?);
    }
    resources.sort_by(|a, b| a.id.cmp(&b.id));
    let catalogue = Catalogue {
        provider: provider.clone().into(),
        service: service.clone().into(),
        resources,
        guards: Vec::new(),
    };
    let start = DateTime::UNIX_EPOCH;
    let day = TimeDelta::days(1);
    let window = Window::new(start, start + day).expect("a day is a window");
    let asked_for = (service.timing.duration_minutes, NonZeroU32::MIN);
    let query = catalogue.question(&Snapshot::default(), window, asked_for, start);
    Ok(asked(&query)?)
}

fn asked(query: &Query) -> Result<(), RecordError> {
    match Availability::new(query) {
        Ok(_) => Ok(()),
        Err(error) => Err(RecordError::Question(error.to_string().into())),
    }
}

pub(super) fn check_busy(source: &str, time: &BusyTime) -> Result<(), RecordError> {
    check_source(source)?;
    if time.busy.len() > BUSY_MAX {
        let (field, most) = ("busy", BUSY_MAX);
        return Err(RecordError::TooMany { field, most });
    }
    Ok(())
}

/// Whether a name of a source is one.
pub(crate) fn check_source(source: &str) -> Result<(), RecordError> {
    let fits = (1..=200).contains(&source.len()) && !source.contains('/');
    if !fits || source.chars().any(char::is_control) {
        return Err(RecordError::Name { field: "source" });
    }
    Ok(())
}

impl From<RecordError> for Refusal {
    fn from(error: RecordError) -> Refusal {
        Refusal::Invalid(Box::new(error))
    }
}

impl From<quando::id::IdError> for Refusal {
    fn from(error: quando::id::IdError) -> Refusal {
        corrupt(&error.to_string())
    }
}
