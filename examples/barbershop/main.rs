//! A haircut takes any free barber and any free chair.

use std::error::Error;
use std::num::NonZeroU32;

use quando::availability::{Claim, Query, Resource, Role, Service};
use quando::id::{IdError, ResourceId};
use quando::schedule::{Hours, Schedule, TimeOfDay};
use quando::time::{Interval, Minutes, Window, Zone};

#[expect(clippy::print_stdout, reason = "an example shows its answer")]
fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", report()?);
    Ok(())
}

/// One line for each bookable start.
fn report() -> Result<String, Box<dyn Error>> {
    let query = query()?;
    // What the builders make is the question that the command line reads.
    assert_eq!(
        query,
        quando::json::parse_query(include_str!("query.json"))?
    );

    let mut text = String::new();
    for slot in quando::slots(&query)?.slots() {
        let start = query.zone.civil(slot.start()).format("%a %H:%M");
        let roles: Vec<String> = slot
            .resources()
            .map(|role| {
                role.map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(" or ")
            })
            .collect();
        text += &format!("{start}  {}\n", roles.join(", "));
    }
    Ok(text)
}

fn query() -> Result<Query, Box<dyn Error>> {
    let window = Window::parse("2026-03-02T14:00:00Z", "2026-03-02T17:00:00Z")?;
    let mut service = Service::new(Minutes::new(30)?);
    service.id = Some("cut".try_into()?);
    service.min_notice_minutes = Minutes::new(60)?;

    let zone = Zone::new("America/New_York")?;
    let mut query = Query::new(window, "2026-03-01T12:00:00Z".parse()?, zone, service);
    query.need = Some(vec![
        one_of(&["ana", "ben", "carl"])?,
        one_of(&["chair1", "chair2"])?,
    ]);

    let early = ("2026-03-02T14:30:00Z", "2026-03-02T15:00:00Z");
    let late = ("2026-03-02T15:30:00Z", "2026-03-02T16:00:00Z");
    query.resources = vec![
        resource("ana", ("09:00", "17:00"), &[early])?,
        resource("ben", ("10:00", "18:00"), &[late])?,
        resource("carl", ("09:30", "12:00"), &[late])?,
        resource("chair1", ("09:00", "18:00"), &[early, late])?,
        resource("chair2", ("09:00", "18:00"), &[late])?,
    ];
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

/// A barber or a chair with its hours on Mondays and its bookings.
fn resource(
    id: &str,
    (from, to): (&str, &str),
    bookings: &[(&str, &str)],
) -> Result<Resource, Box<dyn Error>> {
    let mut schedule = Schedule::new(Zone::new("America/New_York")?);
    schedule.weekly.mon = vec![Hours::new(TimeOfDay::parse(from)?, TimeOfDay::parse(to)?)?];
    let mut resource = Resource::new(id.try_into()?, schedule);
    for (start, end) in bookings {
        let mut claim = Claim::new(Interval::parse(start, end)?);
        claim.service = Some("cut".try_into()?);
        resource.claims.push(claim);
    }
    Ok(resource)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_readme_shows_the_answer() {
        let report = super::report().unwrap();
        assert!(include_str!("README.md").contains(&report), "{report}");
    }
}
