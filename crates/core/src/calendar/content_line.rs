//! Content lines of RFC 5545 section 3.1: unfolding, names, parameters and values.
//!
//! The text is not trusted. Reading takes linear time, keeps one line at a time and never fails as
//! a whole: a line that is none is handed on as such.

use std::borrow::Cow;

use crate::limits::CALENDAR_LINE_BYTES_MAX;

/// The logical lines of a text.
///
/// Lines end in CRLF, LF or CR (several CRs before one LF are one end: text-mode copies make
/// them); a line that begins with a space or tab continues the one before.
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: u32,
}

/// A line as it was written, continuations joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Number of its first physical line, from 1.
    pub(super) number: u32,
    /// The bytes, at most [`CALENDAR_LINE_BYTES_MAX`] of them.
    pub(super) bytes: Cow<'a, [u8]>,
    /// Whether the line is longer than that.
    pub(super) too_long: bool,
}

/// A line taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ContentLine {
    pub(super) params: Vec<Param>,
    /// The value as it was written, escapes included.
    pub(super) value: String,
}

/// `NAME=value`, decoded; several values are joined by commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Param {
    /// In upper case.
    pub(super) name: String,
    pub(super) value: String,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a [u8]) -> Lines<'a> {
        let rest = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        Lines { rest, number: 0 }
    }

    /// The next physical line, without its end.
    fn physical(&mut self) -> &'a [u8] {
        self.number = self.number.saturating_add(1);
        let length = self
            .rest
            .iter()
            .position(|byte| matches!(byte, b'\r' | b'\n'));
        let (line, mut rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        while let [b'\r', after @ ..] = rest {
            rest = after;
        }
        if rest.first() == Some(&b'\n') {
            rest = &rest[1..];
        }
        self.rest = rest;
        line
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let first = self.physical();
        let number = self.number;
        let kept = &first[..first.len().min(CALENDAR_LINE_BYTES_MAX)];
        let mut too_long = kept.len() < first.len();
        let mut bytes = Cow::Borrowed(kept);
        while let [b' ' | b'\t', ..] = self.rest {
            let more = &self.physical()[1..];
            let room = CALENDAR_LINE_BYTES_MAX - bytes.len();
            too_long |= more.len() > room;
            if !more.is_empty() && room > 0 {
                bytes
                    .to_mut()
                    .extend_from_slice(&more[..more.len().min(room)]);
            }
        }
        Some(Line {
            number,
            bytes,
            too_long,
        })
    }
}

impl Line<'_> {
    /// Whether nothing is written on it.
    pub(super) fn is_blank(&self) -> bool {
        self.bytes.trim_ascii().is_empty()
    }

    /// The name before the first `;` or `:`, when there is one and it is a name.
    pub(super) fn name(&self) -> Option<&[u8]> {
        let length = self
            .bytes
            .iter()
            .position(|byte| matches!(byte, b';' | b':'))?;
        let name = self.bytes[..length].trim_ascii();
        let is_name =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        (!name.is_empty() && name.iter().all(is_name)).then_some(name)
    }

    /// The parameters and the value; `None` when the line is not of that form.
    pub(super) fn content(&self) -> Option<ContentLine> {
        let length = self
            .bytes
            .iter()
            .position(|byte| matches!(byte, b';' | b':'))?;
        let mut rest = &self.bytes[length..];
        let mut params = Vec::new();
        while let [b';', after @ ..] = rest {
            let (param, after) = read_param(after)?;
            params.push(param);
            rest = after;
        }
        let value = rest.strip_prefix(b":")?;
        Some(ContentLine {
            params,
            value: text(value),
        })
    }
}

impl ContentLine {
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|param| param.name == name)
            .map(|param| param.value.as_str())
    }
}

/// Undoes the escapes of a TEXT value (RFC 5545 section 3.3.11).
pub(super) fn unescape(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n' | 'N') => plain.push('\n'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            other => plain.push(other),
        }
    }
    plain
}

/// Reads `NAME=value,"value"` and hands back what follows.
fn read_param(bytes: &[u8]) -> Option<(Param, &[u8])> {
    let length = bytes
        .iter()
        .position(|byte| matches!(byte, b'=' | b';' | b':' | b'"'))?;
    if bytes[length] != b'=' {
        return None;
    }
    let name = text(bytes[..length].trim_ascii()).to_ascii_uppercase();
    let mut value = Vec::new();
    let mut rest = &bytes[length + 1..];
    loop {
        let (part, after) = read_param_value(rest)?;
        value.extend_from_slice(part);
        rest = after;
        match rest {
            [b',', after @ ..] => {
                value.push(b',');
                rest = after;
            }
            [b';' | b':', ..] => break,
            _ => return None,
        }
    }
    Some((
        Param {
            name,
            value: decode_carets(&text(&value)),
        },
        rest,
    ))
}

/// Reads one value, quoted or not, and hands back what follows.
fn read_param_value(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if let [b'"', quoted @ ..] = bytes {
        let length = quoted.iter().position(|byte| *byte == b'"')?;
        return Some((&quoted[..length], &quoted[length + 1..]));
    }
    let prefix = utc_prefix(bytes);
    let length = bytes[prefix..]
        .iter()
        .position(|byte| matches!(byte, b',' | b';' | b':'))?;
    Some(bytes.split_at(prefix + length))
}

/// Length of a leading `(UTC-05:00)`: some programs write zone names with their colon unquoted.
fn utc_prefix(bytes: &[u8]) -> usize {
    const LONGEST: usize = "(UTC-05:00)".len();
    if !(bytes.starts_with(b"(UTC") || bytes.starts_with(b"(GMT")) {
        return 0;
    }
    let head = &bytes[..bytes.len().min(LONGEST)];
    head.iter()
        .position(|byte| *byte == b')')
        .map_or(0, |at| at + 1)
}

/// Undoes the `^` escapes of parameter values (RFC 6868).
fn decode_carets(value: &str) -> String {
    if !value.contains('^') {
        return value.to_owned();
    }
    let mut plain = String::with_capacity(value.len());
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        let decoded = match (character, characters.peek()) {
            ('^', Some('n')) => '\n',
            ('^', Some('^')) => '^',
            ('^', Some('\'')) => '"',
            _ => {
                plain.push(character);
                continue;
            }
        };
        characters.next();
        plain.push(decoded);
    }
    plain
}

/// Bytes as text; a calendar is UTF-8, what is not becomes U+FFFD.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(u32, String)> {
        let text_of = |line: Line<'_>| (line.number, super::text(&line.bytes));
        Lines::new(text.as_bytes()).map(text_of).collect()
    }

    #[test]
    fn lines_are_unfolded_whatever_ends_them() {
        let check = |input: &str, expected: &[(u32, &str)]| {
            let expected: Vec<_> = expected
                .iter()
                .map(|(number, line)| (*number, (*line).to_owned()))
                .collect();
            assert_eq!(lines(input), expected, "{input:?}");
        };
        check("", &[]);
        check("A:1\r\nB:2\r\n", &[(1, "A:1"), (2, "B:2")]);
        check("A:1\nB:2", &[(1, "A:1"), (2, "B:2")]);
        check("A:1\rB:2\r", &[(1, "A:1"), (2, "B:2")]);
        check("\u{feff}A:1\r\n", &[(1, "A:1")]);
        check("A:1\r\n 2\r\n\t3\r\nB:4", &[(1, "A:123"), (4, "B:4")]);
        check("A:1\r\n  2", &[(1, "A:1 2")]);
        check("A:1\r\r\n 2\r\r\nB:3", &[(1, "A:12"), (3, "B:3")]);
        check("A:1\n\nB:2", &[(1, "A:1"), (2, ""), (3, "B:2")]);
        check("A\r\n :\r\n \r\n 1", &[(1, "A:1")]);
    }

    #[test]
    fn a_character_folded_in_the_middle_of_its_bytes_is_whole_again() {
        let folded = b"SUMMARY:caf\xC3\r\n \xA9";
        let line = Lines::new(folded).next().unwrap();
        assert_eq!(line.content().unwrap().value, "caf\u{e9}");
    }

    #[test]
    fn names_params_and_values_are_taken_apart() {
        let check = |input: &str, name: &str, params: &[(&str, &str)], value: &str| {
            let line = Lines::new(input.as_bytes()).next().unwrap();
            assert_eq!(line.name(), Some(name.as_bytes()), "{input}");
            let content = line.content().unwrap();
            let found: Vec<_> = content
                .params
                .iter()
                .map(|param| (param.name.as_str(), param.value.as_str()))
                .collect();
            assert_eq!(
                (found.as_slice(), content.value.as_str()),
                (params, value),
                "{input}"
            );
        };
        check("SUMMARY:a:b;c", "SUMMARY", &[], "a:b;c");
        check("UID:", "UID", &[], "");
        check(
            "X;tzid=Europe/Berlin:1",
            "X",
            &[("TZID", "Europe/Berlin")],
            "1",
        );
        check(
            "X;A=\"b:c;d\";E=f:1",
            "X",
            &[("A", "b:c;d"), ("E", "f")],
            "1",
        );
        check("X;A=b,\"c,d\",e:1", "X", &[("A", "b,c,d,e")], "1");
        check("X;CN=a^'b^'^^^n^x:1", "X", &[("CN", "a\"b\"^\n^x")], "1");
        check("X;A=:1", "X", &[("A", "")], "1");
        check(
            "X;TZID=(UTC-05:00) Eastern Time (US & Canada):1",
            "X",
            &[("TZID", "(UTC-05:00) Eastern Time (US & Canada)")],
            "1",
        );
        check("X;CN=(UTC:1", "X", &[("CN", "(UTC")], "1");
    }

    #[test]
    fn what_is_no_content_line_is_none() {
        for input in [
            "",
            "no colon",
            "X;A:1",
            "X;A=\"b:1",
            "X;A=b",
            "X;A=\"b\"c:1",
            "X;=b",
        ] {
            let line = Line {
                number: 1,
                bytes: input.as_bytes().into(),
                too_long: false,
            };
            assert!(line.name().is_none() || line.content().is_none(), "{input}");
        }
        for input in [":1", " :1", "A B:1", "<html>:1"] {
            let line = Line {
                number: 1,
                bytes: input.as_bytes().into(),
                too_long: false,
            };
            assert_eq!(line.name(), None, "{input}");
        }
    }

    #[test]
    fn a_line_over_the_limit_is_cut_and_says_so() {
        let long = format!("A:{}", "x".repeat(CALENDAR_LINE_BYTES_MAX));
        let folded = format!("A:{}\r\n {}", "x".repeat(40_000), "x".repeat(40_000));
        for text in [long, folded] {
            let line = Lines::new(text.as_bytes()).next().unwrap();
            assert_eq!(
                (line.bytes.len(), line.too_long),
                (CALENDAR_LINE_BYTES_MAX, true)
            );
        }
        let fits = format!("A:{}", "x".repeat(CALENDAR_LINE_BYTES_MAX - 2));
        assert!(!Lines::new(fits.as_bytes()).next().unwrap().too_long);
    }

    #[test]
    fn text_values_are_unescaped() {
        assert_eq!(unescape(r"a\,b\;c\\d\ne\"), "a,b;c\\d\ne\\");
    }
}
