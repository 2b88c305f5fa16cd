use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::availability::{Query, Resource, Role, Service, SharedHours, SharedLimit, Travel};
use crate::booking::Offer;
use crate::id::{PlaceId, ServiceId};
use crate::time::{Minutes, Window, Zone};

/// What there is in a world, or what becomes other in it: parts that are absent stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Setting {
    /// The business's zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// Hours that all resources are bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<SharedHours>,
    /// Travel times between places.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub travel: Option<Vec<Travel>>,
    /// Limits of a wider owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<Vec<SharedLimit>>,
    /// Resources with their hours, external busy time and absences; one of a known id takes the
    /// place of the other. Claims of the world's own bookings are added by the world.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// Services by id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<ServiceId, ServiceSetting>,
}

/// A service: how it is scheduled and what it is offered under.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ServiceSetting {
    /// Its duration, buffers and limits; the world gives it its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// Which resources it takes; may be left out when there is one resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need: Option<Vec<Role>>,
    /// Where it takes place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceId>,
    /// Its prices and rules, and how much a customer may book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
}

impl Setting {
    /// Takes in what is there, or is other, from now on.
    pub(super) fn merge(&mut self, other: Setting) {
        replace(&mut self.zone, other.zone);
        replace(&mut self.hours, other.hours);
        replace(&mut self.travel, other.travel);
        replace(&mut self.limits, other.limits);
        for resource in other.resources {
            match self
                .resources
                .iter_mut()
                .find(|each| each.id == resource.id)
            {
                Some(known) => *known = resource,
                None => self.resources.push(resource),
            }
        }
        for (id, service) in other.services {
            let known = self.services.entry(id).or_default();
            replace(&mut known.service, service.service);
            replace(&mut known.need, service.need);
            replace(&mut known.place, service.place);
            replace(&mut known.offer, service.offer);
        }
    }

    /// The question for a service of some length, without anybody's claims; `None` when the zone or
    /// the service is not there.
    pub(super) fn question(
        &self,
        id: &ServiceId,
        duration: Option<Minutes>,
        window: Window,
    ) -> Option<Query> {
        let setting = self.services.get(id)?;
        let mut service = setting.service.clone()?;
        service.id = Some(id.clone());
        if let Some(duration) = duration {
            // With the old length as a choice a step that was not given would change with it.
            let own = service.duration_minutes;
            service.step_minutes = Some(service.step_minutes.unwrap_or(own));
            service.duration_choices.get_or_insert_with(|| vec![own]);
            service.duration_minutes = duration;
        }
        let mut query = Query::new(window, window.start(), self.zone.clone()?, service);
        query.need.clone_from(&setting.need);
        query.place.clone_from(&setting.place);
        query.resources.clone_from(&self.resources);
        query.hours = self.hours.clone().unwrap_or_default();
        query.travel = self.travel.clone().unwrap_or_default();
        query.limits = self.limits.clone().unwrap_or_default();
        Some(query)
    }
}

fn replace<T>(known: &mut Option<T>, other: Option<T>) {
    if other.is_some() {
        *known = other;
    }
}
