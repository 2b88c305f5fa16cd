//! The checks of a query that concern more than one field.

use super::error::{QueryError, QueryFault};
use super::query::{BufferRule, Claim, Limit, Query, Resource};
use crate::limits;
use crate::schedule::{Schedule, repeated_override};
use crate::time::civil::DAY;
use crate::time::{Minutes, Window};

/// Refuses a query with an empty, repeated, contradictory or oversized part.
///
/// Claims are for [`validate_claims`].
pub(super) fn validate(query: &Query) -> Result<(), QueryError> {
    check_size(query)?;
    check_service(query)?;
    for (index, schedule) in query.hours.schedules().iter().enumerate() {
        let many = query.hours.schedules().len() > 1;
        check_schedule(schedule, || {
            if many {
                format!("/hours/{index}")
            } else {
                "/hours".to_owned()
            }
        })?;
    }
    let mut last_checked: Option<&Schedule> = None;
    for (index, resource) in query.resources.iter().enumerate() {
        let known = last_checked.is_some_and(|last| *last == resource.schedule);
        check_resource(resource, index, known)?;
        last_checked = Some(&resource.schedule);
    }
    for (index, each) in query.limits.iter().enumerate() {
        check_limit(each.limit(), || format!("/limits/{index}"))?;
    }
    check_travel(query)?;
    check_reschedule(query)
}

fn check_travel(query: &Query) -> Result<(), QueryError> {
    let count = query.travel.len();
    check_count(count, "travel times", "TRAVEL_MAX", limits::TRAVEL_MAX)
        .map_err(|fault| fault.at("/travel"))?;
    let mut ways: Vec<_> = query
        .travel
        .iter()
        .enumerate()
        .map(|(at, way)| (&way.from, &way.to, at))
        .collect();
    ways.sort_unstable();
    if let Some((place, _, at)) = ways.iter().find(|(from, to, _)| from == to) {
        return Err(QueryFault::TravelToItself((*place).clone()).at(format!("/travel/{at}")));
    }
    let twice = ways
        .windows(2)
        .find(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1));
    match twice {
        Some(pair) => {
            let (from, to, at) = pair[1];
            Err(QueryFault::Duplicate(format!("{from} to {to}")).at(format!("/travel/{at}")))
        }
        None => Ok(()),
    }
}

fn check_size(query: &Query) -> Result<(), QueryError> {
    check_window(query.window)?;
    if query.resources.is_empty() {
        return Err(QueryFault::EmptyList.at("/resources"));
    }
    check_count(
        query.resources.len(),
        "resources",
        "RESOURCES_MAX",
        limits::RESOURCES_MAX,
    )
    .map_err(|fault| fault.at("/resources"))?;
    let occupancy: usize = query
        .resources
        .iter()
        .map(|each| {
            each.claims.len() + each.busy.len() + each.absences.len() + each.capacity_windows.len()
        })
        .chain(query.limits.iter().map(|each| each.bookings.len()))
        .sum();
    check_count(
        occupancy,
        "claims and busy times",
        "OCCUPANCY_MAX",
        limits::OCCUPANCY_MAX,
    )
    .map_err(|fault| fault.at("/resources"))?;
    check_count(
        query.limits.len(),
        "limits",
        "LIMITS_MAX",
        limits::LIMITS_MAX,
    )
    .map_err(|fault| fault.at("/limits"))
}

pub(super) fn check_window(window: Window) -> Result<(), QueryError> {
    let interval = window.interval();
    if interval.end_timestamp() - interval.start_timestamp() > limits::WINDOW_DAYS_MAX * DAY {
        let maximum = limits::WINDOW_DAYS_MAX.unsigned_abs();
        return Err(over("days of the window", "WINDOW_DAYS_MAX", maximum).at("/window"));
    }
    Ok(())
}

fn check_service(query: &Query) -> Result<(), QueryError> {
    let service = &query.service;
    if service.duration_minutes == Minutes::ZERO {
        return Err(QueryFault::Zero.at("/service/durationMinutes"));
    }
    if service.step_minutes == Some(Minutes::ZERO) {
        return Err(QueryFault::Zero.at("/service/stepMinutes"));
    }
    if service.step_offset_minutes != Minutes::ZERO && service.align != super::Align::Clock {
        return Err(QueryFault::OffsetNeedsClock.at("/service/stepOffsetMinutes"));
    }
    if service
        .horizon_days
        .is_some_and(|days| days > limits::HORIZON_DAYS_MAX)
    {
        let fault = over(
            "horizon days",
            "HORIZON_DAYS_MAX",
            limits::HORIZON_DAYS_MAX.into(),
        );
        return Err(fault.at("/service/horizonDays"));
    }
    if service.id.is_none() && (service.is_class() || !service.limits.is_empty()) {
        return Err(QueryFault::ServiceIdMissing.at("/service/id"));
    }
    if let Some(schedule) = &service.schedule {
        check_schedule(schedule, || "/service/schedule".to_owned())?;
    }
    check_limits(&service.limits, || "/service/limits".to_owned())
}

fn check_resource(
    resource: &Resource,
    index: usize,
    schedule_is_known: bool,
) -> Result<(), QueryError> {
    let at = |field: &str| format!("/resources/{index}/{field}");
    let single = resource.capacity.get() == 1;
    if resource.buffer_rule == BufferRule::Max && !single {
        return Err(QueryFault::MaxNeedsCapacityOne.at(at("bufferRule")));
    }
    let services = resource.service_schedules.len();
    check_count(
        services,
        "schedules by service",
        "SERVICE_SCHEDULES_MAX",
        limits::SERVICE_SCHEDULES_MAX,
    )
    .map_err(|fault| fault.at(at("serviceSchedules")))?;
    if !schedule_is_known {
        check_schedule(&resource.schedule, || at("schedule"))?;
    }
    for (place, each) in resource.service_schedules.iter().enumerate() {
        let pointer = || at(&format!("serviceSchedules/{place}"));
        if resource.service_schedules[..place]
            .iter()
            .any(|other| other.service == each.service)
        {
            return Err(QueryFault::Duplicate(each.service.to_string()).at(pointer()));
        }
        check_schedule(&each.schedule, || pointer() + "/schedule")?;
    }
    for (place, window) in resource.capacity_windows.iter().enumerate() {
        if window.capacity > resource.capacity.get() {
            let pointer = at(&format!("capacityWindows/{place}/capacity"));
            return Err(QueryFault::CapacityWindowTooLarge.at(pointer));
        }
    }
    check_limits(&resource.limits, || at("limits"))
}

/// Refuses a query with a contradictory claim.
pub(super) fn validate_claims(query: &Query) -> Result<(), QueryError> {
    for (index, resource) in query.resources.iter().enumerate() {
        for (place, claim) in resource.claims.iter().enumerate() {
            check_claim(query, resource, claim)
                .map_err(|fault| fault.at(format!("/resources/{index}/claims/{place}")))?;
        }
    }
    Ok(())
}

/// Refuses a claim that contradicts itself, its resource or the query.
pub(super) fn check_claim(
    query: &Query,
    resource: &Resource,
    claim: &Claim,
) -> Result<(), QueryFault> {
    if claim.session && claim.service.is_none() {
        Err(QueryFault::SessionWithoutService)
    } else if claim.with.is_some() && !claim.session {
        Err(QueryFault::WithoutSession)
    } else if claim.place.is_some() && query.place.is_some() && resource.capacity.get() > 1 {
        Err(QueryFault::TravelNeedsCapacityOne)
    } else {
        Ok(())
    }
}

fn check_schedule(schedule: &Schedule, pointer: impl Fn() -> String) -> Result<(), QueryError> {
    if let Some((index, date)) = repeated_override(schedule) {
        let at = format!("{}/overrides/{index}/date", pointer());
        return Err(QueryFault::Duplicate(date.to_string()).at(at));
    }
    for (index, rule) in schedule.rules.iter().enumerate() {
        if rule.duration_minutes == Minutes::ZERO {
            let at = format!("{}/rules/{index}/durationMinutes", pointer());
            return Err(QueryFault::Zero.at(at));
        }
    }
    for (index, closure) in schedule.closures.iter().enumerate() {
        if closure.through < closure.from {
            let at = format!("{}/closures/{index}", pointer());
            return Err(QueryFault::DatesReversed.at(at));
        }
    }
    match (schedule.valid_from, schedule.valid_through) {
        (Some(from), Some(through)) if through < from => {
            Err(QueryFault::DatesReversed.at(pointer() + "/validThrough"))
        }
        _ => Ok(()),
    }
}

fn check_limits(limits: &[Limit], pointer: impl Fn() -> String) -> Result<(), QueryError> {
    check_count(limits.len(), "limits", "LIMITS_MAX", limits::LIMITS_MAX)
        .map_err(|fault| fault.at(pointer()))?;
    for (index, limit) in limits.iter().enumerate() {
        check_limit(*limit, || format!("{}/{index}", pointer()))?;
    }
    Ok(())
}

fn check_limit(limit: Limit, pointer: impl Fn() -> String) -> Result<(), QueryError> {
    if limit.max_bookings.is_none() && limit.max_minutes.is_none() {
        return Err(QueryFault::LimitOfNothing.at(pointer()));
    }
    Ok(())
}

fn check_reschedule(query: &Query) -> Result<(), QueryError> {
    let Some(reschedule) = &query.reschedule else {
        return Ok(());
    };
    let roles = query.need.as_ref().map_or(1, Vec::len);
    if reschedule.current.len() != roles {
        return Err(QueryFault::RolesDiffer.at("/reschedule/current"));
    }
    match reschedule.current.iter().position(Vec::is_empty) {
        Some(role) => Err(QueryFault::EmptyList.at(format!("/reschedule/current/{role}"))),
        None => Ok(()),
    }
}

pub(super) fn check_count(
    count: usize,
    what: &'static str,
    limit: &'static str,
    maximum: usize,
) -> Result<(), QueryFault> {
    if count > maximum {
        Err(over(what, limit, maximum as u64))
    } else {
        Ok(())
    }
}

pub(super) fn over(what: &'static str, limit: &'static str, maximum: u64) -> QueryFault {
    QueryFault::OverLimit {
        what,
        limit,
        maximum,
    }
}
