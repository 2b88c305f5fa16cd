//! Values as iCalendar writes them: checked, escaped, encoded.

use super::error::{CalendarWriteError, over};
use crate::calendar::problem::shorten;
use crate::limits::{
    CALENDAR_ADDRESS_BYTES_MAX, CALENDAR_LABEL_BYTES_MAX, CALENDAR_TEXT_BYTES_MAX,
    CALENDAR_UID_BYTES_MAX, CALENDAR_URL_BYTES_MAX, INSTANT_MAX, INSTANT_MIN,
};
use crate::time::civil::{DAY, HOUR, MINUTE, civil_from_days};

type Written = Result<String, CalendarWriteError>;

/// A short text, such as a title or a place.
pub(super) fn label(property: &'static str, value: &str) -> Written {
    if value.len() > CALENDAR_LABEL_BYTES_MAX {
        return Err(over!(property, CALENDAR_LABEL_BYTES_MAX));
    }
    escape(property, value)
}

/// A long text.
pub(super) fn prose(property: &'static str, value: &str) -> Written {
    if value.len() > CALENDAR_TEXT_BYTES_MAX {
        return Err(over!(property, CALENDAR_TEXT_BYTES_MAX));
    }
    escape(property, value)
}

/// A UID, which is compared byte for byte: no line breaks, no space that a reader trims.
pub(super) fn uid(value: &str) -> Written {
    if value.is_empty() {
        return Err(CalendarWriteError::Empty { property: "UID" });
    }
    if value.len() > CALENDAR_UID_BYTES_MAX {
        return Err(over!("UID", CALENDAR_UID_BYTES_MAX));
    }
    if value.trim() != value {
        return Err(CalendarWriteError::UidSpace);
    }
    refuse_control("UID", value)?;
    escape("UID", value)
}

/// `NAME="value"`, with the escapes of RFC 6868 for what a quoted value cannot hold.
pub(super) fn param(property: &'static str, name: &str, value: &str) -> Written {
    if value.len() > CALENDAR_LABEL_BYTES_MAX {
        return Err(over!(property, CALENDAR_LABEL_BYTES_MAX));
    }
    refuse_control(property, value)?;
    let mut text = format!("{name}=");
    let is_plain = |each: char| each.is_ascii_alphanumeric() || "-_/.+".contains(each);
    if !value.is_empty() && value.chars().all(is_plain) {
        text.push_str(value);
        return Ok(text);
    }
    text.push('"');
    for each in value.chars() {
        match each {
            '^' => text.push_str("^^"),
            '"' => text.push_str("^'"),
            each => text.push(each),
        }
    }
    text.push('"');
    Ok(text)
}

/// `mailto:` with an address, percent-encoded as RFC 6068 has it.
pub(super) fn mailto(address: &str) -> Written {
    if address.len() > CALENDAR_ADDRESS_BYTES_MAX {
        return Err(over!("mailto", CALENDAR_ADDRESS_BYTES_MAX));
    }
    let refused =
        |each: char| each.is_control() || each.is_whitespace() || r#"()<>[]:;,"\"#.contains(each);
    let is_address = address
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && is_domain_like(domain));
    if !is_address || address.contains(refused) {
        return Err(CalendarWriteError::Address {
            value: shorten(address),
        });
    }
    let mut text = String::from("mailto:");
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$'*+@".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    Ok(text)
}

/// A web address, as it is given: URIs are ASCII and need no escapes.
pub(super) fn url(value: &str) -> Written {
    if value.len() > CALENDAR_URL_BYTES_MAX {
        return Err(over!("URL", CALENDAR_URL_BYTES_MAX));
    }
    let rest = ["https://", "http://"].into_iter().find_map(|scheme| {
        let head = value.get(..scheme.len())?;
        head.eq_ignore_ascii_case(scheme)
            .then(|| &value[scheme.len()..])
    });
    let sound = |rest: &str| {
        let is_uri = |byte: u8| byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte);
        !rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(is_uri)
    };
    if rest.is_some_and(sound) {
        Ok(value.to_owned())
    } else {
        Err(CalendarWriteError::Url {
            value: shorten(value),
        })
    }
}

/// Whether a text is a domain name in ASCII form, of letters, digits and hyphens.
pub(super) fn is_domain(value: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    value.len() <= 253 && value.split('.').all(is_label)
}

/// `20260302T140000Z`
pub(super) fn utc(property: &'static str, second: i64) -> Written {
    if !(INSTANT_MIN..=INSTANT_MAX).contains(&second) {
        return Err(CalendarWriteError::OutOfRange { property });
    }
    Ok(local(second) + "Z")
}

/// `20260302T090000`, of local seconds in the years 1 to 9999.
pub(super) fn local(second: i64) -> String {
    let clock = second.rem_euclid(DAY);
    let (hour, minute, second_of_minute) = (clock / HOUR, clock % HOUR / MINUTE, clock % MINUTE);
    let date = date(second.div_euclid(DAY));
    format!("{date}T{hour:02}{minute:02}{second_of_minute:02}")
}

/// `20260302`, of days since 1970 in the years 1 to 9999.
pub(super) fn date(days: i64) -> String {
    let (year, month, day) = civil_from_days(days);
    format!("{year:04}{month:02}{day:02}")
}

/// `-0500`, with seconds where there are any.
pub(super) fn offset(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let size = seconds.abs();
    let (hour, minute, second) = (size / HOUR, size % HOUR / MINUTE, size % MINUTE);
    match second {
        0 => format!("{sign}{hour:02}{minute:02}"),
        _ => format!("{sign}{hour:02}{minute:02}{second:02}"),
    }
}

/// The escapes of a TEXT value (RFC 5545 section 3.3.11).
///
/// Every way to break a line becomes `\n`: CR and CRLF as web forms send them, and the separators
/// of Unicode, which some readers take for the end of a line. Other control characters but the tab
/// are refused, because the form has no place for them.
fn escape(property: &'static str, value: &str) -> Written {
    let mut text = String::with_capacity(value.len() + 8);
    let mut characters = value.chars().peekable();
    while let Some(each) = characters.next() {
        match each {
            '\\' | ';' | ',' => text.extend(['\\', each]),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => text.push_str("\\n"),
            '\t' => text.push(each),
            each if each.is_control() => return Err(control(property, each)),
            each => text.push(each),
        }
    }
    Ok(text)
}

/// Refuses what is no single line.
fn refuse_control(property: &'static str, value: &str) -> Result<(), CalendarWriteError> {
    let breaks = |each: &char| each.is_control() || matches!(each, '\u{2028}' | '\u{2029}');
    match value.chars().find(breaks) {
        Some(each) => Err(control(property, each)),
        None => Ok(()),
    }
}

fn control(property: &'static str, character: char) -> CalendarWriteError {
    CalendarWriteError::Control {
        property,
        character: u32::from(character),
    }
}

/// Whether the part of an address after its `@` may be one: international names are let through.
fn is_domain_like(domain: &str) -> bool {
    !domain.contains('@') && domain.split('.').all(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_and_line_breaks_are_all_the_same() {
        let check = |value: &str, expected: &str| {
            assert_eq!(
                label("SUMMARY", value).as_deref(),
                Ok(expected),
                "{value:?}"
            );
        };
        check("", "");
        check("a,b;c\\d:e\"f", "a\\,b\\;c\\\\d:e\"f");
        check("a\nb\r\nc\rd\r\r\ne", "a\\nb\\nc\\nd\\n\\ne");
        check("a\u{85}b\u{2028}c\u{2029}d", "a\\nb\\nc\\nd");
        check("tab\there", "tab\there");
        check("\u{202e}bidi \u{1f600}", "\u{202e}bidi \u{1f600}");
        for character in ['\0', '\u{b}', '\u{1b}', '\u{7f}', '\u{9f}'] {
            let error = label("SUMMARY", &format!("a{character}")).unwrap_err();
            assert_eq!(error.code(), "calendar-write-control", "{character:?}");
        }
    }

    #[test]
    fn parameters_are_quoted_and_their_quotes_encoded() {
        let check = |value: &str, expected: &str| {
            assert_eq!(param("ATTENDEE", "CN", value).as_deref(), Ok(expected));
        };
        check("Ana", "CN=Ana");
        check("Europe/Berlin", "CN=Europe/Berlin");
        check("Ana Li; Dr., MD:", "CN=\"Ana Li; Dr., MD:\"");
        check("the \"best\" ^_^", "CN=\"the ^'best^' ^^_^^\"");
        check("M\u{fc}ller", "CN=\"M\u{fc}ller\"");
        for value in ["a\nb", "a\r\nATTACH:x", "a\tb", "\u{85}", "a\u{2028}b"] {
            let error = param("ATTENDEE", "CN", value).unwrap_err();
            assert_eq!(error.code(), "calendar-write-control", "{value:?}");
        }
    }

    #[test]
    fn addresses_are_encoded_or_refused() {
        let check = |value: &str, expected: &str| {
            assert_eq!(mailto(value).as_deref(), Ok(expected), "{value}");
        };
        check("ana@example.com", "mailto:ana@example.com");
        check("o'neil+x@example.com", "mailto:o'neil+x@example.com");
        check(
            "a%b/c?d#e&f=g@example.com",
            "mailto:a%25b%2Fc%3Fd%23e%26f%3Dg@example.com",
        );
        check(
            "j\u{f6}rg@b\u{fc}cher.example",
            "mailto:j%C3%B6rg@b%C3%BCcher.example",
        );
        for value in [
            "",
            "ana",
            "@example.com",
            "ana@",
            "a b@example.com",
            "a@b@c",
            "a@b..c",
            "a@b\r\nX:1",
            "a;b@c",
            "a,b@c",
            "<a@b>",
            "a\u{a0}@b",
            "a\"@b",
        ] {
            let error = mailto(value).unwrap_err();
            assert_eq!(error.code(), "calendar-write-address", "{value:?}");
        }
    }

    #[test]
    fn only_web_addresses_are_links() {
        for value in ["https://example.com", "HTTP://example.com/a?b=c;d,e#f"] {
            assert_eq!(url(value).as_deref(), Ok(value));
        }
        for value in [
            "",
            "example.com",
            "https://",
            "https:///a",
            "javascript:alert(1)",
            "https://a b",
            "https://a\r\nX:1",
            "https://\u{e9}",
            "https://a\"",
            "https:/\u{20ac}x",
        ] {
            assert_eq!(
                url(value).unwrap_err().code(),
                "calendar-write-url",
                "{value:?}"
            );
        }
    }

    #[test]
    fn times_and_offsets_have_their_form() {
        assert_eq!(
            utc("DTSTART", 1_772_460_000).as_deref(),
            Ok("20260302T140000Z")
        );
        assert_eq!(
            utc("DTSTART", INSTANT_MIN).as_deref(),
            Ok("00010101T000000Z")
        );
        assert!(utc("DTSTART", INSTANT_MAX + 1).is_err());
        assert_eq!(offset(-18_000), "-0500");
        assert_eq!(offset(20_700), "+0545");
        assert_eq!(offset(-2_670), "-004430");
        assert_eq!(offset(0), "+0000");
    }
}
