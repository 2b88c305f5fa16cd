//! A bar is open from 18:00 to 03:00, also in the nights in which the clocks change.

use std::error::Error;
use std::num::NonZeroU32;

use quando::availability::{Align, Claim, Query, Resource, Service};
use quando::schedule::{Hours, Schedule, TimeOfDay};
use quando::time::{Interval, Minutes, Window, Zone};

#[expect(clippy::print_stdout, reason = "an example shows its answer")]
fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", report()?);
    Ok(())
}

/// How long the nights are, and a line for each hour at which two people can get a table.
fn report() -> Result<String, Box<dyn Error>> {
    let query = query()?;
    // What the builders make is the question that the command line reads.
    assert_eq!(
        query,
        quando::json::parse_query(include_str!("query.json"))?
    );

    let mut text = String::new();
    for (name, from, to) in [
        (
            "a usual Friday",
            "2026-03-06T12:00:00Z",
            "2026-03-07T12:00:00Z",
        ),
        (
            "clocks go forward",
            "2026-03-07T12:00:00Z",
            "2026-03-08T12:00:00Z",
        ),
        (
            "clocks go back",
            "2026-10-31T12:00:00Z",
            "2026-11-01T12:00:00Z",
        ),
    ] {
        let open = query.resources[0]
            .schedule
            .open_hours(Interval::parse(from, to)?)?;
        let hours: i64 = open
            .as_slice()
            .iter()
            .map(|span| span.duration().num_hours())
            .sum();
        text += &format!("{name}: open for {hours} hours\n");
    }
    for slot in quando::slots(&query)?.slots() {
        let (start, end) = (query.zone.civil(slot.start()), query.zone.civil(slot.end()));
        let (start, end) = (start.format("%a %H:%M"), end.format("%H:%M"));
        text += &format!("{start} to {end}  {} seats left\n", slot.seats_left());
    }
    Ok(text)
}

fn query() -> Result<Query, Box<dyn Error>> {
    let mut service = Service::new(Minutes::new(120)?);
    service.step_minutes = Some(Minutes::new(60)?);
    service.align = Align::Opening;

    let window = Window::parse("2026-03-06T12:00:00Z", "2026-03-08T12:00:00Z")?;
    let zone = Zone::new("America/New_York")?;
    let mut query = Query::new(
        window,
        "2026-03-05T12:00:00Z".parse()?,
        zone.clone(),
        service,
    );
    query.party = number(2)?;

    let mut nights = Schedule::new(zone);
    let hours = Hours::new(TimeOfDay::parse("18:00")?, TimeOfDay::parse("03:00")?)?;
    nights.weekly.fri = vec![hours];
    nights.weekly.sat = vec![hours];
    let mut tables = Resource::new("tables".try_into()?, nights);
    tables.capacity = number(8)?;
    for (start, end, taken) in [
        ("2026-03-08T01:00:00Z", "2026-03-08T03:00:00Z", 7),
        ("2026-03-08T04:00:00Z", "2026-03-08T06:00:00Z", 5),
    ] {
        let mut claim = Claim::new(Interval::parse(start, end)?);
        claim.units = number(taken)?;
        tables.claims.push(claim);
    }
    query.resources = vec![tables];
    Ok(query)
}

fn number(number: u32) -> Result<NonZeroU32, Box<dyn Error>> {
    NonZeroU32::new(number).ok_or_else(|| "at least one".into())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_readme_shows_the_answer() {
        let report = super::report().unwrap();
        assert!(include_str!("README.md").contains(&report), "{report}");
    }
}
