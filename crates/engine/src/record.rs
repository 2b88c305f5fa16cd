//! What the engine keeps of providers, resources and services, and what each has to be like.

use chrono::{DateTime, Utc};
use quando::availability::{Limit, Resource, Role, Service as Timing, SharedHours, Travel};
use quando::booking::Offer;
use quando::id::{PlaceId, ProviderId, ResourceId, ServiceId};
use quando::limits::{LABEL_BYTES_MAX, ROLES_MAX};
use quando::search::{LanguageTag, Point, ServiceArea, Tag};
use quando::time::Zone;
use serde::{Deserialize, Serialize};

use crate::limits::{DESCRIPTION_BYTES_MAX, TAGS_MAX, URL_BYTES_MAX};

/// Who offers services: its public profile, and what all of its resources are bound to.
///
/// What is private of the person behind it is kept apart, sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// What it is called, for everybody.
    pub name: String,
    /// The business's zone: grids, horizons and limits are read on its wall clock.
    pub zone: Zone,
    /// In its own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Point>,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_area: Option<ServiceArea>,
    /// What it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Tag>,
    /// What it speaks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<LanguageTag>,
    /// What else it has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Tag>,
    /// Whether an operator has verified who it is; only operators change that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
    /// Whether it can be found and booked.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
    /// Hours that all of its resources are bound to.
    #[serde(default, skip_serializing_if = "SharedHours::is_unconstrained")]
    pub hours: SharedHours,
    /// Travel times between places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub travel: Vec<Travel>,
    /// How much may be booked of all its resources together, in its zone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Limit>,
}

/// What can be booked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// Its id, unique among those of its provider.
    pub id: ServiceId,
    /// What it is called.
    pub name: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether it can be booked.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
    /// Its duration, buffers and limits; `id` may be left out, for it is the service's.
    pub timing: Timing,
    /// Which resources it takes, role by role; the resource that bears the provider's id when
    /// absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub need: Vec<Role>,
    /// Where it takes place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceId>,
    /// Its prices and rules, and how much a customer may book.
    pub offer: Offer,
}

/// Something that is stored, with its version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Versioned<T> {
    /// Grows by one with each edit, from 1 on.
    pub version: u64,
    /// When it was written.
    pub updated_at: DateTime<Utc>,
    /// What it says.
    #[serde(flatten)]
    pub value: T,
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// A name has 1 to [`LABEL_BYTES_MAX`] bytes without control characters.
    #[error("`{field}` has 1 to {LABEL_BYTES_MAX} bytes without control characters")]
    Name {
        /// Which field.
        field: &'static str,
    },
    /// A description has at most [`DESCRIPTION_BYTES_MAX`] bytes without control characters but
    /// line breaks.
    #[error(
        "a description has at most {DESCRIPTION_BYTES_MAX} bytes without control characters but \
         line breaks"
    )]
    Description,
    /// There are more of something than there may be.
    #[error("`{field}` has at most {most} items")]
    TooMany {
        /// Which field.
        field: &'static str,
        /// The most.
        most: usize,
    },
    /// There is no such kind of event.
    #[error("there is no kind of event `{name}`")]
    UnknownEvent {
        /// The beginning of what was named.
        name: String,
    },
    /// Busy time and claims of a resource are not part of it.
    #[error("`{field}` of a resource is kept apart from it")]
    KeptApart {
        /// Which field.
        field: &'static str,
    },
    /// The service's timing is that of another service.
    #[error("`timing.id` is `{found}`, and the service is `{id}`")]
    OtherService {
        /// The service's id.
        id: ServiceId,
        /// The id in its timing.
        found: ServiceId,
    },
    /// A service names a resource that is not there.
    #[error("there is no resource `{resource}`")]
    UnknownResource {
        /// Which.
        resource: ResourceId,
    },
    /// A resource that a service needs cannot be taken away.
    #[error("the service `{service}` needs the resource")]
    InUse {
        /// Which service.
        service: ServiceId,
    },
    /// Bookings of it are still to come.
    #[error("{count} bookings are still to come")]
    Booked {
        /// How many.
        count: usize,
    },
    /// What it says together is no valid question for slots.
    #[error("{0}")]
    Question(Box<str>),
    /// A URL of an endpoint begins with `https://`, or is of this machine.
    #[error("a URL begins with `https://`, or with `http://` on this machine, and has no spaces")]
    Url,
    /// A reference has 1 to [`URL_BYTES_MAX`] bytes without control characters.
    #[error("a reference has 1 to {URL_BYTES_MAX} bytes without control characters")]
    Reference,
    /// What was to be decided has been decided already.
    #[error("it has been decided already")]
    Decided,
    /// Who asks for something does not agree to it.
    #[error("somebody else, known by name, has to decide it")]
    SamePerson,
    /// A record is of another one than its address says.
    #[error("`id` is `{found}`, and the address says `{expected}`")]
    OtherId {
        /// In the address.
        expected: Box<str>,
        /// In the record.
        found: Box<str>,
    },
}

impl RecordError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            RecordError::Name { .. } => "record-name",
            RecordError::Description => "record-description",
            RecordError::TooMany { .. } => "record-too-many",
            RecordError::KeptApart { .. } => "record-kept-apart",
            RecordError::OtherService { .. } => "record-other-service",
            RecordError::UnknownResource { .. } => "record-unknown-resource",
            RecordError::InUse { .. } => "record-in-use",
            RecordError::Booked { .. } => "record-booked",
            RecordError::Question(_) => "record-question",
            RecordError::Url => "record-url",
            RecordError::Reference => "record-reference",
            RecordError::Decided => "record-decided",
            RecordError::SamePerson => "record-same-person",
            RecordError::UnknownEvent { .. } => "record-event-unknown",
            RecordError::OtherId { .. } => "record-other-id",
        }
    }
}

impl Provider {
    /// A provider with nothing but a name and a zone.
    pub fn new(id: ProviderId, name: impl Into<String>, zone: Zone) -> Provider {
        Provider {
            id,
            name: name.into(),
            zone,
            description: String::new(),
            location: None,
            service_area: None,
            categories: Vec::new(),
            languages: Vec::new(),
            attributes: Vec::new(),
            verified: false,
            active: true,
            hours: SharedHours::default(),
            travel: Vec::new(),
            limits: Vec::new(),
        }
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`RecordError`].
    pub fn check(&self) -> Result<(), RecordError> {
        check_name("name", &self.name)?;
        check_description(&self.description)?;
        check_count("categories", self.categories.len())?;
        check_count("languages", self.languages.len())?;
        check_count("attributes", self.attributes.len())
    }

    /// The resource that each provider has.
    pub fn own_resource(&self) -> ResourceId {
        own_resource(&self.id)
    }
}

/// The id of the resource that each provider has: its own.
pub(crate) fn own_resource(provider: &ProviderId) -> ResourceId {
    ResourceId::new(provider.as_str()).expect("ids have one form")
}

impl Service {
    /// Checks what the types do not.
    ///
    /// # Errors
    ///
    /// [`RecordError`].
    pub fn check(&self) -> Result<(), RecordError> {
        check_name("name", &self.name)?;
        check_description(&self.description)?;
        if self.need.len() > ROLES_MAX {
            let (field, most) = ("need", ROLES_MAX);
            return Err(RecordError::TooMany { field, most });
        }
        match &self.timing.id {
            Some(found) if *found != self.id => Err(RecordError::OtherService {
                id: self.id.clone(),
                found: found.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// The resources that it may take, each once.
    pub fn resources(&self, provider: &ProviderId) -> Vec<ResourceId> {
        if self.need.is_empty() {
            return vec![own_resource(provider)];
        }
        let mut ids: Vec<ResourceId> = Vec::new();
        for id in self.need.iter().flat_map(|role| &role.any_of) {
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        ids
    }
}

/// Checks that a resource has nothing that is kept apart.
pub(crate) fn check_resource(resource: &Resource) -> Result<(), RecordError> {
    if !resource.claims.is_empty() {
        return Err(RecordError::KeptApart { field: "claims" });
    }
    if !resource.busy.is_empty() {
        return Err(RecordError::KeptApart { field: "busy" });
    }
    Ok(())
}

pub(crate) fn check_name(field: &'static str, text: &str) -> Result<(), RecordError> {
    let fits = (1..=LABEL_BYTES_MAX).contains(&text.len()) && !text.trim().is_empty();
    if fits && !text.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(RecordError::Name { field })
    }
}

fn check_description(text: &str) -> Result<(), RecordError> {
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.len() > DESCRIPTION_BYTES_MAX || text.chars().any(control) {
        return Err(RecordError::Description);
    }
    Ok(())
}

fn check_count(field: &'static str, count: usize) -> Result<(), RecordError> {
    let most = TAGS_MAX;
    if count > most {
        return Err(RecordError::TooMany { field, most });
    }
    Ok(())
}

fn yes() -> bool {
    true
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_yes(flag: &bool) -> bool {
    *flag
}
