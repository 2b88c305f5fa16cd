//! Weekly hours in a form that people type: `mon-fri 09:00-12:00 13:00-17:00, sat 10:00-14:00`.

use quando::schedule::{Hours, TimeOfDay, Weekly};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Reads weekly hours; `closed` is never open.
///
/// Parts stand between commas: a day or a range of days, and one or more windows. A day may be in
/// several parts. A range may run over Sunday (`fri-mon`), and a window over midnight.
pub(crate) fn parse(text: &str) -> Result<Weekly, String> {
    let mut weekly = Weekly::default();
    if text.trim() == "closed" {
        return Ok(weekly);
    }
    for part in text.split(',') {
        let mut words = part.split_whitespace();
        let days = words
            .next()
            .ok_or("expected days and hours between the commas")?;
        let days = days_of(days)?;
        let windows: Vec<Hours> = words.map(window).collect::<Result<_, _>>()?;
        if windows.is_empty() {
            return Err(format!(
                "`{}` has no hours, such as 09:00-17:00",
                part.trim()
            ));
        }
        for day in days {
            of_day(&mut weekly, day).extend(&windows);
        }
    }
    for day in 0..DAYS.len() {
        of_day(&mut weekly, day).sort_unstable();
    }
    Ok(weekly)
}

/// The hours as they can be typed again, days of equal hours that follow each other together.
pub(crate) fn text(weekly: &Weekly) -> String {
    let days = weekly.days();
    let mut parts = Vec::new();
    let mut first = 0;
    while first < days.len() {
        let hours = days[first];
        let same = days[first..]
            .iter()
            .take_while(|day| **day == hours)
            .count();
        let last = first + same - 1;
        if !hours.is_empty() {
            let mut part = DAYS[first].to_owned();
            if last > first {
                part += &format!("-{}", DAYS[last]);
            }
            for window in hours {
                part += &format!(" {}-{}", window.from(), window.to());
            }
            parts.push(part);
        }
        first = last + 1;
    }
    if parts.is_empty() {
        return "closed".to_owned();
    }
    parts.join(", ")
}

fn days_of(text: &str) -> Result<Vec<usize>, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (day(first)?, day(last)?);
    let count = (last + DAYS.len() - first) % DAYS.len();
    Ok((first..=first + count)
        .map(|day| day % DAYS.len())
        .collect())
}

fn day(name: &str) -> Result<usize, String> {
    let known = DAYS.iter().position(|day| *day == name.to_lowercase());
    known.ok_or_else(|| format!("`{name}` is no day; days are {}", DAYS.join(", ")))
}

fn window(text: &str) -> Result<Hours, String> {
    let expected = || format!("`{text}`: expected hours such as 09:00-17:00");
    let (from, to) = text.split_once('-').ok_or_else(expected)?;
    let time = |text: &str| TimeOfDay::parse(text).map_err(|_| expected());
    Hours::new(time(from)?, time(to)?).map_err(|error| format!("`{text}`: {error}"))
}

fn of_day(weekly: &mut Weekly, day: usize) -> &mut Vec<Hours> {
    let days = [
        &mut weekly.mon,
        &mut weekly.tue,
        &mut weekly.wed,
        &mut weekly.thu,
        &mut weekly.fri,
        &mut weekly.sat,
        &mut weekly.sun,
    ];
    days.into_iter().nth(day).expect("a week has seven days")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_and_written_again() {
        let check = |typed: &str, written: &str, json: &str| {
            let weekly = parse(typed).unwrap();
            assert_eq!(text(&weekly), written, "{typed}");
            assert_eq!(serde_json::to_string(&weekly).unwrap(), json, "{typed}");
            assert_eq!(parse(written).unwrap(), weekly, "{typed}");
        };
        check(
            "mon-tue 09:00-17:00, sat 10:00-14:00",
            "mon-tue 09:00-17:00, sat 10:00-14:00",
            r#"{"mon":[{"from":"09:00","to":"17:00"}],"tue":[{"from":"09:00","to":"17:00"}],"sat":[{"from":"10:00","to":"14:00"}]}"#,
        );
        check(
            "Wed 13:00-17:00,wed 09:00-12:00",
            "wed 09:00-12:00 13:00-17:00",
            r#"{"wed":[{"from":"09:00","to":"12:00"},{"from":"13:00","to":"17:00"}]}"#,
        );
        check(
            "sun-mon 22:00-02:00",
            "mon 22:00-02:00, sun 22:00-02:00",
            r#"{"mon":[{"from":"22:00","to":"02:00"}],"sun":[{"from":"22:00","to":"02:00"}]}"#,
        );
        check("closed", "closed", "{}");
    }

    #[test]
    fn what_are_no_hours_is_said() {
        let check = |typed: &str, message: &str| {
            assert_eq!(parse(typed).unwrap_err(), message, "{typed}");
        };
        check("", "expected days and hours between the commas");
        check("mon", "`mon` has no hours, such as 09:00-17:00");
        check(
            "monday 09:00-17:00",
            "`monday` is no day; days are mon, tue, wed, thu, fri, sat, sun",
        );
        check("mon 9-17", "`9-17`: expected hours such as 09:00-17:00");
        check("mon 09:00", "`09:00`: expected hours such as 09:00-17:00");
        check(
            "mon 24:00-02:00",
            "`24:00-02:00`: a window does not start at 24:00; use 00:00 of the next day",
        );
        check(
            "mon-fri 09:00-17:00,",
            "expected days and hours between the commas",
        );
    }
}
