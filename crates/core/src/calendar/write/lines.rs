//! Content lines, folded (RFC 5545 section 3.1).

use super::error::{CalendarWriteError, over};
use crate::limits::CALENDAR_BYTES_MAX;

/// Octets of a line without its end.
const OCTETS_MAX: usize = 75;

/// Who wrote the text; without a version, so that a text says the same after an upgrade.
const PRODUCT: &str = "PRODID:-//quando//quando//EN";

/// A calendar in the making.
#[derive(Debug)]
pub(super) struct Lines {
    text: String,
}

impl Lines {
    /// A calendar with its method.
    pub(super) fn calendar(method: &str) -> Lines {
        let mut lines = Lines {
            text: String::new(),
        };
        lines.push("BEGIN:VCALENDAR");
        lines.push("VERSION:2.0");
        lines.push(PRODUCT);
        lines.push("CALSCALE:GREGORIAN");
        lines.push(&format!("METHOD:{method}"));
        lines
    }

    /// Adds a line, folded between characters.
    pub(super) fn push(&mut self, line: &str) {
        debug_assert!(
            !line.contains(['\r', '\n']),
            "a line break would end the line: {line:?}"
        );
        let mut rest = line;
        let mut room = OCTETS_MAX;
        while rest.len() > room {
            let (head, tail) = rest.split_at(boundary_before(rest, room));
            self.text.push_str(head);
            self.text.push_str("\r\n ");
            rest = tail;
            // The space that marks a continuation counts.
            room = OCTETS_MAX - 1;
        }
        self.text.push_str(rest);
        self.text.push_str("\r\n");
    }

    /// Refuses to grow beyond what a reader takes.
    pub(super) fn check_size(&self) -> Result<(), CalendarWriteError> {
        if self.text.len() > CALENDAR_BYTES_MAX {
            return Err(over!("VCALENDAR", CALENDAR_BYTES_MAX));
        }
        Ok(())
    }

    /// The whole text.
    pub(super) fn finish(mut self) -> Result<String, CalendarWriteError> {
        self.push("END:VCALENDAR");
        self.check_size()?;
        Ok(self.text)
    }
}

/// The last boundary between characters at or before an index inside the text.
fn boundary_before(text: &str, index: usize) -> usize {
    (0..=index)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(line: &str) -> Vec<String> {
        let mut lines = Lines {
            text: String::new(),
        };
        lines.push(line);
        let text = lines.text.strip_suffix("\r\n").unwrap();
        text.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn lines_are_folded_at_75_octets() {
        let check = |length: usize, expected: &[usize]| {
            let line = "x".repeat(length);
            let found = folded(&line);
            let lengths: Vec<usize> = found.iter().map(String::len).collect();
            assert_eq!(lengths, expected, "{length}");
            assert_eq!(found.join("\r\n").replace("\r\n ", ""), line);
        };
        check(0, &[0]);
        check(75, &[75]);
        check(76, &[75, 2]);
        check(149, &[75, 75]);
        check(150, &[75, 75, 2]);
    }

    #[test]
    fn no_character_is_cut() {
        for character in ['\u{e9}', '\u{20ac}', '\u{1f600}'] {
            for shift in 0..4 {
                let line = "x".repeat(shift) + &character.to_string().repeat(100);
                let found = folded(&line);
                assert!(found.iter().all(|each| each.len() <= 75));
                assert!(found[..found.len() - 1].iter().all(|each| each.len() >= 72));
                assert_eq!(found.join("\r\n").replace("\r\n ", ""), line);
            }
        }
    }
}
