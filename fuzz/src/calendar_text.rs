//! Calendars from somebody else.

use quando::calendar::{
    AvailabilityOptions, CalendarOptions, CalendarProblem, read_availability, read_busy,
};
use quando::limits::{CALENDAR_BUSY_MAX, CALENDAR_PROBLEMS_MAX};
use quando::time::{Interval, Zone};

/// Bytes are no calendar, or their busy time lies in the window, in order, within bounds; what is
/// read as opening hours is a schedule that has a JSON form and can be asked.
pub fn calendar_text(data: &[u8]) {
    let window = Interval::parse("2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z").unwrap();
    busy(data, &CalendarOptions::new(window));
    let mut options = CalendarOptions::new(window);
    options.zone = Some(Zone::new("America/New_York").unwrap());
    busy(data, &options);
    open(data, window);
}

fn busy(data: &[u8], options: &CalendarOptions) {
    let answer = match read_busy(data, options) {
        Ok(answer) => answer,
        Err(error) => return assert!(error.to_string().len() < 300),
    };
    assert!(answer.events.len() <= CALENDAR_BUSY_MAX);
    let window = options.window;
    for event in &answer.events {
        assert!(
            options.blocking.contains(&event.status),
            "{event:?} takes no time"
        );
        let meets = event.interval.start() < window.end() && window.start() < event.interval.end();
        assert!(meets, "{event:?} lies outside the window");
        assert!(event.line > 0);
    }
    let starts = answer.events.iter().map(|event| event.interval.start());
    assert!(starts.is_sorted(), "events are not in order");
    let inside = answer
        .busy
        .iter()
        .all(|each| window.start() <= each.start() && each.end() <= window.end());
    assert!(inside, "busy time leaves the window");
    let spans: Vec<Interval> = answer.busy.iter().collect();
    assert!(
        spans.windows(2).all(|pair| pair[0].end() < pair[1].start()),
        "not disjoint"
    );
    check_problems(&answer.problems, answer.problems_left_off);
    serde_json::to_string(&answer).unwrap();
}

fn open(data: &[u8], window: Interval) {
    let Ok(answer) = read_availability(data, &AvailabilityOptions::default()) else {
        return;
    };
    check_problems(&answer.problems, answer.problems_left_off);
    for imported in answer.schedules.iter().take(8) {
        let printed = serde_json::to_string(&imported.schedule).unwrap();
        let again = serde_json::from_str(&printed)
            .unwrap_or_else(|error| panic!("its own form is refused: {error}: {printed}"));
        assert_eq!(imported.schedule, again, "{printed}");
        let _ = imported.schedule.open_hours(window);
    }
}

fn check_problems(problems: &[CalendarProblem], left_off: usize) {
    assert!(problems.len() <= CALENDAR_PROBLEMS_MAX);
    assert!(left_off == 0 || problems.len() <= CALENDAR_PROBLEMS_MAX);
    assert!(problems.is_sorted(), "problems are not in order");
    for problem in problems {
        assert!(problem.line > 0 && !problem.kind.code().is_empty());
        assert!(
            problem.kind.to_string().len() < 600,
            "a message repeats too much of the text"
        );
    }
}
