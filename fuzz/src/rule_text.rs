//! Recurrence rules and sets from text.

use chrono::NaiveDate;
use quando::limits::EXPAND_OCCURRENCES_MAX;
use quando::recurrence::{CompiledRecurrence, Recurrence, Rule};
use quando::time::{Interval, Zone};

/// A text is no rule, or it is one that prints, reads back, and expands within bounds.
pub fn rule_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match text.parse::<Rule>() {
        Ok(rule) => {
            round_trip(&rule);
            for (start, zone) in starts() {
                let recurrence = Recurrence {
                    rule: Some(rule.clone()),
                    ..Recurrence::new(start, zone)
                };
                expand(&recurrence.compile());
            }
        }
        Err(error) => {
            assert!(!error.code().is_empty());
            assert!(
                error.offset().is_none_or(|offset| offset <= text.len()),
                "{error}"
            );
            assert!(
                error.to_string().len() < 300,
                "a message repeats too much of the text"
            );
        }
    }
    if let Ok(recurrence) = Recurrence::parse(&text, Some(&Zone::utc())) {
        let printed = recurrence.to_string();
        let again = Recurrence::parse(&printed, Some(&Zone::utc()));
        assert_eq!(again.as_ref(), Ok(&recurrence), "printed as {printed:?}");
        expand(&recurrence.compile());
    }
}

fn round_trip(rule: &Rule) {
    let printed = rule.to_string();
    let again: Rule = printed
        .parse()
        .unwrap_or_else(|error| panic!("`{printed}`: {error}"));
    assert_eq!(again, *rule);
    assert_eq!(again.to_string(), printed);
    assert_eq!(Rule::new(rule.parts().clone()).as_ref(), Ok(rule));
}

/// Starts in a gap, in a fold, at the end of a leap year, and far away.
fn starts() -> impl Iterator<Item = (chrono::NaiveDateTime, Zone)> {
    let start = |year, month, day, hour, minute, zone| {
        let date = NaiveDate::from_ymd_opt(year, month, day).unwrap();
        (
            date.and_hms_opt(hour, minute, 0).unwrap(),
            Zone::new(zone).unwrap(),
        )
    };
    [
        start(2026, 3, 8, 2, 30, "America/New_York"),
        start(2024, 12, 31, 23, 59, "Pacific/Auckland"),
        start(1970, 1, 1, 0, 0, "Europe/London"),
    ]
    .into_iter()
}

/// Occurrences are in order, inside the window, bounded in number, and do not depend on where
/// windows are cut.
fn expand(recurrence: &CompiledRecurrence) {
    let window = Interval::parse("2026-01-01T00:00:00Z", "2026-12-01T00:00:00Z").unwrap();
    let middle = Interval::parse("2026-03-08T07:00:00Z", "2026-12-01T00:00:00Z")
        .unwrap()
        .start();
    let Ok(whole) = recurrence.expand(window) else {
        return;
    };
    assert!(whole.len() <= EXPAND_OCCURRENCES_MAX as usize);
    assert!(
        whole.windows(2).all(|pair| pair[0] < pair[1]),
        "not in order, or twice"
    );
    assert!(
        whole
            .iter()
            .all(|each| window.start() <= *each && *each < window.end())
    );
    let first = Interval::new(window.start(), middle).unwrap();
    let second = Interval::new(middle, window.end()).unwrap();
    if let (Ok(mut parts), Ok(rest)) = (recurrence.expand(first), recurrence.expand(second)) {
        parts.extend(rest);
        assert_eq!(parts, whole, "the window's cut changes what is found");
    }
}
