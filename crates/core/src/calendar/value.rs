//! Values of RFC 5545 section 3.3: dates, date-times, durations, UTC offsets and periods.

use crate::time::civil::{DAY, HOUR, MINUTE, days_from_civil};
use crate::time::text::month_length;

/// A date or date-time as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    /// `20260302`, in days since 1970.
    Date(i64),
    /// `20260302T090000`, in local seconds.
    Local(i64),
    /// `20260302T140000Z`, in seconds since 1970-01-01T00:00:00Z.
    Utc(i64),
}

/// A duration: days are as long as they are where it is used, seconds are exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) days: i64,
    pub(super) seconds: i64,
}

/// A period, by its end or by its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PeriodEnd {
    At(Stamp),
    After(Span),
}

/// Durations add up to less than this many seconds: ten thousand years.
const SPAN_MAX: i64 = 10_000 * 366 * DAY;

pub(super) fn parse_stamp(text: &str) -> Option<Stamp> {
    let bytes = text.as_bytes();
    let days = parse_days(bytes.get(..8)?)?;
    match &bytes[8..] {
        [] => Some(Stamp::Date(days)),
        [b'T' | b't', clock @ ..] => {
            let local = days * DAY + parse_clock(clock.get(..6)?)?;
            match &clock[6..] {
                [] => Some(Stamp::Local(local)),
                [b'Z' | b'z'] => Some(Stamp::Utc(local)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Reads `P1W`, `P1DT2H`, `PT30M` and the like; a negative one is none.
pub(super) fn parse_span(text: &str) -> Option<Span> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let mut rest = text.strip_prefix(['P', 'p'])?.as_bytes();
    let mut span = Span::default();
    let (mut in_time, mut parts) = (false, 0);
    while let Some(first) = rest.first() {
        if matches!(first, b'T' | b't') && !in_time {
            in_time = true;
            rest = &rest[1..];
            continue;
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(&rest[..digits])
            .ok()?
            .parse::<u32>()
            .ok()
            .map(i64::from)?;
        match (rest.get(digits)?.to_ascii_uppercase(), in_time) {
            (b'W', false) => span.days += 7 * number,
            (b'D', false) => span.days += number,
            (b'H', true) => span.seconds += HOUR * number,
            (b'M', true) => span.seconds += MINUTE * number,
            (b'S', true) => span.seconds += number,
            _ => return None,
        }
        let within = span.days <= SPAN_MAX / DAY && span.seconds <= SPAN_MAX;
        if !within {
            return None;
        }
        parts += 1;
        rest = &rest[digits + 1..];
    }
    (parts > 0).then_some(span)
}

/// Reads `start/end` or `start/duration`.
pub(super) fn parse_period(text: &str) -> Option<(Stamp, PeriodEnd)> {
    let (start, end) = text.split_once('/')?;
    let end = match parse_stamp(end) {
        Some(end) => PeriodEnd::At(end),
        None => PeriodEnd::After(parse_span(end)?),
    };
    Some((parse_stamp(start)?, end))
}

/// Reads `-0500` or `+053000` as seconds east of UTC.
pub(super) fn parse_offset(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let sign = match bytes.first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let seconds = match &bytes[1..] {
        &[a, b, c, d] => parse_clock(&[a, b, c, d, b'0', b'0']),
        clock => parse_clock(clock),
    };
    seconds.map(|seconds| sign * seconds)
}

fn parse_days(bytes: &[u8]) -> Option<i64> {
    let year = i64::from(number(&bytes[..4])?);
    let month = number(&bytes[4..6])?;
    let day = number(&bytes[6..])?;
    let exists =
        year >= 1 && (1..=12).contains(&month) && (1..=month_length(year, month)).contains(&day);
    exists.then(|| days_from_civil(year, month, day))
}

/// Reads `HHMMSS`; the leap second 60 is read as 59, as instants have none.
fn parse_clock(bytes: &[u8]) -> Option<i64> {
    let [hour, minute, second] = [bytes.get(..2)?, bytes.get(2..4)?, bytes.get(4..)?].map(number);
    let (hour, minute, second) = (hour?, minute?, second?);
    let exists = bytes.len() == 6 && hour < 24 && minute < 60 && second <= 60;
    exists.then(|| i64::from(hour) * HOUR + i64::from(minute) * MINUTE + i64::from(second.min(59)))
}

/// A number of at most four digits.
fn number(digits: &[u8]) -> Option<u32> {
    let is_number = (1..=4).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| {
        digits
            .iter()
            .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_dates_local_or_utc() {
        let check = |text: &str, expected: Option<Stamp>| {
            assert_eq!(parse_stamp(text), expected, "{text}");
        };
        check("19700102", Some(Stamp::Date(1)));
        check("19700101T000130", Some(Stamp::Local(90)));
        check("19700101T010000Z", Some(Stamp::Utc(3_600)));
        check("20160229T235960Z", Some(Stamp::Utc(1_456_790_399)));
        for text in [
            "",
            "2026",
            "20260230",
            "20260301T",
            "20260301T09",
            "20260301T0900",
            "20260301T240000",
            "20260301T090000X",
            "20260301T090000ZZ",
            "2026-03-01",
            "00000101",
            "2026030€",
            "20260301T+90000",
            "20260301 090000",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn spans_have_nominal_days_and_exact_seconds() {
        let check = |text: &str, expected: Option<(i64, i64)>| {
            let expected = expected.map(|(days, seconds)| Span { days, seconds });
            assert_eq!(parse_span(text), expected, "{text}");
        };
        check("P1D", Some((1, 0)));
        check("P2W", Some((14, 0)));
        check("PT1H30M", Some((0, 5_400)));
        check("+P1DT1H0M15S", Some((1, 3_615)));
        check("PT24H", Some((0, DAY)));
        check("PT0S", Some((0, 0)));
        for text in [
            "",
            "P",
            "PT",
            "1D",
            "-PT15M",
            "P1H",
            "PT1D",
            "P1",
            "PD",
            "P1.5D",
            "P99999999999D",
            "P4000000000W",
            "PT1HT1M",
            "P€",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn offsets_and_periods_are_read() {
        assert_eq!(parse_offset("-0500"), Some(-18_000));
        assert_eq!(parse_offset("+053000"), Some(19_800));
        assert_eq!(parse_offset("+001524"), Some(924));
        for text in ["", "0500", "+05", "+05:00", "+2500", "-05000", "+€"] {
            assert_eq!(parse_offset(text), None, "{text}");
        }
        let start = Stamp::Utc(0);
        assert_eq!(
            parse_period("19700101T000000Z/19700101T010000Z"),
            Some((start, PeriodEnd::At(Stamp::Utc(3_600))))
        );
        assert_eq!(
            parse_period("19700101T000000Z/PT1H"),
            Some((
                start,
                PeriodEnd::After(Span {
                    days: 0,
                    seconds: 3_600
                })
            ))
        );
        assert_eq!(parse_period("19700101T000000Z"), None);
    }
}
