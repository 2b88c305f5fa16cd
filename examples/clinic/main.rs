//! A consultation takes a doctor and a room, with buffers, a limit and an absence.

use std::error::Error;
use std::num::NonZeroU32;

use quando::availability::{
    Absence, BuffersInsideHours, Claim, Limit, Period, Query, Resource, Role, Service,
};
use quando::id::{IdError, ResourceId};
use quando::schedule::{Hours, Schedule, TimeOfDay};
use quando::time::{Interval, Minutes, Window, Zone};

#[expect(clippy::print_stdout, reason = "an example shows its answer")]
fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", report()?);
    Ok(())
}

/// One line for each start in opening hours, with the reasons against it where it is refused.
fn report() -> Result<String, Box<dyn Error>> {
    let mut query = query()?;
    // What the builders make is the question that the command line reads.
    assert_eq!(
        query,
        quando::json::parse_query(include_str!("query.json"))?
    );

    query.explain = true;
    let answer = quando::slots(&query)?;
    let mut lines = Vec::new();
    for slot in answer.slots() {
        let roles: Vec<String> = slot
            .resources()
            .map(|role| {
                role.map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(" or ")
            })
            .collect();
        lines.push((slot.start(), roles.join(", ")));
    }
    for refused in answer.refused().unwrap_or_default() {
        let reasons: Vec<String> = refused
            .reasons
            .iter()
            .map(|reason| match &reason.resource {
                Some(id) => format!("{} {id}", reason.code.as_str()),
                None => reason.code.as_str().to_owned(),
            })
            .collect();
        lines.push((refused.start, format!("refused: {}", reasons.join(", "))));
    }
    lines.sort();
    let civil = |start| query.zone.civil(start).format("%a %H:%M");
    Ok(lines
        .iter()
        .map(|(start, text)| format!("{}  {text}\n", civil(*start)))
        .collect())
}

fn query() -> Result<Query, Box<dyn Error>> {
    let window = Window::parse("2026-03-02T23:00:00Z", "2026-03-04T23:00:00Z")?;
    let mut service = Service::new(Minutes::new(30)?);
    service.id = Some("consultation".try_into()?);
    service.step_minutes = Some(Minutes::new(60)?);
    service.buffer_before_minutes = Minutes::new(5)?;
    service.buffer_after_minutes = Minutes::new(15)?;
    service.buffers_inside_hours = BuffersInsideHours::After;
    service.min_notice_minutes = Minutes::new(120)?;
    service.horizon_days = Some(14);

    let zone = Zone::new("Europe/Berlin")?;
    let mut query = Query::new(window, "2026-03-03T07:00:00Z".parse()?, zone, service);
    query.need = Some(vec![
        one_of(&["dr-ito", "dr-weber"])?,
        one_of(&["room1", "room2"])?,
    ]);
    let morning = Some(("08:00", "12:30"));
    query.hours = schedule(morning, morning)?.into();

    let tuesday = claim("2026-03-03T09:50:00Z", "2026-03-03T10:20:00Z")?;
    let wednesday = claim("2026-03-04T08:00:00Z", "2026-03-04T08:30:00Z")?;
    let mut ito = Resource::new("dr-ito".try_into()?, schedule(morning, morning)?);
    ito.absences = vec![Absence::Days {
        from: "2026-03-04".parse()?,
        through: "2026-03-06".parse()?,
        redirect_to: Some("dr-weber".try_into()?),
    }];
    ito.claims = vec![tuesday.clone()];

    let mut weber = Resource::new(
        "dr-weber".try_into()?,
        schedule(None, Some(("09:00", "12:30")))?,
    );
    weber.claims = vec![wednesday.clone()];
    weber.limits = vec![Limit {
        per: Period::Day,
        max_bookings: Some(2),
        max_minutes: None,
    }];

    let all_day = Some(("08:00", "18:00"));
    let mut room1 = Resource::new("room1".try_into()?, schedule(all_day, all_day)?);
    room1.claims = vec![tuesday];
    let mut room2 = Resource::new(
        "room2".try_into()?,
        schedule(None, Some(("08:00", "12:00")))?,
    );
    room2.claims = vec![wednesday];
    query.resources = vec![ito, weber, room1, room2];
    Ok(query)
}

fn one_of(ids: &[&str]) -> Result<Role, IdError> {
    let any_of: Result<Vec<ResourceId>, IdError> =
        ids.iter().map(|id| ResourceId::new(*id)).collect();
    Ok(Role {
        any_of: any_of?,
        count: NonZeroU32::MIN,
    })
}

/// The hours of a Tuesday and of a Wednesday.
fn schedule(
    tue: Option<(&str, &str)>,
    wed: Option<(&str, &str)>,
) -> Result<Schedule, Box<dyn Error>> {
    let hours = |(from, to)| -> Result<Hours, Box<dyn Error>> {
        Ok(Hours::new(TimeOfDay::parse(from)?, TimeOfDay::parse(to)?)?)
    };
    let mut schedule = Schedule::new(Zone::new("Europe/Berlin")?);
    schedule.weekly.tue.extend(tue.map(hours).transpose()?);
    schedule.weekly.wed.extend(wed.map(hours).transpose()?);
    Ok(schedule)
}

/// A consultation that is booked, with the buffers of the day it was booked on.
fn claim(start: &str, end: &str) -> Result<Claim, Box<dyn Error>> {
    let mut claim = Claim::new(Interval::parse(start, end)?);
    claim.service = Some("consultation".try_into()?);
    claim.buffer_before_minutes = Minutes::new(5)?;
    claim.buffer_after_minutes = Minutes::new(15)?;
    Ok(claim)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_readme_shows_the_answer() {
        let report = super::report().unwrap();
        assert!(include_str!("README.md").contains(&report), "{report}");
    }
}
