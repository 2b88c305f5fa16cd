//! Tables in Markdown, to be pasted as they are.

use std::fmt::Display;

/// A table, printed row by row, so that a run that is cut off has shown what it measured.
#[derive(Debug)]
pub(crate) struct Table;

impl Table {
    /// Begins a table; columns but the first are aligned to the right.
    pub(crate) fn new(title: &str, columns: &[&str]) -> Table {
        say(format_args!("\n## {title}\n"));
        say(format_args!("| {} |", columns.join(" | ")));
        let rule = columns.iter().enumerate();
        let rule: Vec<&str> = rule
            .map(|(place, _)| if place == 0 { "---" } else { "---:" })
            .collect();
        say(format_args!("|{}|", rule.join("|")));
        Table
    }

    pub(crate) fn row(&self, cells: &[String]) {
        say(format_args!("| {} |", cells.join(" | ")));
    }
}

/// A line on the standard output.
#[expect(clippy::print_stdout, reason = "the report is the output")]
pub(crate) fn say(line: impl Display) {
    println!("{line}");
}

/// Something done so often in a second.
pub(crate) fn rate(rate: f64) -> String {
    let whole = format!("{rate:.0}");
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A ratio, with as many digits as it deserves.
pub(crate) fn ratio(ratio: f64) -> String {
    format!("{ratio:.2}")
}

/// Milliseconds.
pub(crate) fn milliseconds(time: f64) -> String {
    if time < 10.0 {
        format!("{time:.2} ms")
    } else {
        format!("{time:.0} ms")
    }
}
