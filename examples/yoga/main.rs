//! A class: bookings of the same time share a session as long as it has seats.

use std::error::Error;
use std::num::NonZeroU32;

use quando::availability::{Align, Claim, Query, Resource, Role, Service};
use quando::schedule::{Hours, OpenRule, Schedule, TimeOfDay};
use quando::time::{Interval, Minutes, Window, Zone};

#[expect(clippy::print_stdout, reason = "an example shows its answer")]
fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", report()?);
    Ok(())
}

/// One line for each session that a party of two can join or open.
fn report() -> Result<String, Box<dyn Error>> {
    let query = query()?;
    // What the builders make is the question that the command line reads.
    assert_eq!(
        query,
        quando::json::parse_query(include_str!("query.json"))?
    );

    let mut text = String::new();
    for slot in quando::slots(&query)?.slots() {
        let start = query.zone.civil(slot.start()).format("%a %-d %B %H:%M");
        text += &format!("{start}  {} seats left\n", slot.seats_left());
    }
    Ok(text)
}

fn query() -> Result<Query, Box<dyn Error>> {
    let mut service = Service::new(Minutes::new(90)?);
    service.id = Some("yoga".try_into()?);
    service.align = Align::Opening;
    service.seats = seats(12)?;

    let window = Window::parse("2026-03-23T00:00:00Z", "2026-04-06T00:00:00Z")?;
    let zone = Zone::new("Europe/London")?;
    let mut query = Query::new(
        window,
        "2026-03-20T12:00:00Z".parse()?,
        zone.clone(),
        service,
    );
    query.party = seats(2)?;
    query.need = Some(vec![
        Role {
            any_of: vec!["mia".try_into()?],
            count: NonZeroU32::MIN,
        },
        Role {
            any_of: vec!["studio".try_into()?],
            count: NonZeroU32::MIN,
        },
    ]);

    let mut evenings = Schedule::new(zone.clone());
    evenings.rules = vec![OpenRule {
        start: "2026-01-06T18:00:00".parse()?,
        duration_minutes: Minutes::new(90)?,
        rrule: Some("FREQ=WEEKLY;BYDAY=TU,TH".parse()?),
        exdates: vec!["2026-04-02T18:00:00".parse()?],
        rdates: Vec::new(),
    }];
    let mut mia = Resource::new("mia".try_into()?, evenings);

    let mut all_day = Schedule::new(zone);
    let hours = Hours::new(TimeOfDay::parse("06:00")?, TimeOfDay::parse("22:00")?)?;
    all_day.weekly.tue = vec![hours];
    all_day.weekly.thu = vec![hours];
    let mut studio = Resource::new("studio".try_into()?, all_day);

    // Nine people come on Tuesday and eleven on Thursday.
    for (start, end, taken) in [
        ("2026-03-24T18:00:00Z", "2026-03-24T19:30:00Z", 9),
        ("2026-03-26T18:00:00Z", "2026-03-26T19:30:00Z", 11),
    ] {
        let mut session = Claim::new(Interval::parse(start, end)?);
        session.service = Some("yoga".try_into()?);
        session.session = true;
        // Seats are counted on the teacher; the studio is taken as a whole.
        mia.claims.push(Claim {
            units: seats(taken)?,
            ..session.clone()
        });
        studio.claims.push(Claim {
            with: Some("mia".try_into()?),
            ..session
        });
    }
    query.resources = vec![mia, studio];
    Ok(query)
}

fn seats(number: u32) -> Result<NonZeroU32, Box<dyn Error>> {
    NonZeroU32::new(number).ok_or_else(|| "a class has at least one seat".into())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_readme_shows_the_answer() {
        let report = super::report().unwrap();
        assert!(include_str!("README.md").contains(&report), "{report}");
    }
}
