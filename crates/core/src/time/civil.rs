//! Civil calendar arithmetic on whole days and seconds, without a zone.
//!
//! A *local second* counts seconds of the wall clock since `1970-01-01T00:00` as if every day had
//! 86,400 of them. The engine works on these integers and on instants; chrono's types are what
//! callers see.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 86_400;

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
///
/// Counts years from March, so that the leap day is the last day of a year.
pub(crate) const fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let march_year = if month <= 2 { year - 1 } else { year };
    let era = march_year.div_euclid(400);
    let year_of_era = march_year.rem_euclid(400);
    let month_from_march = ((month + 9) % 12) as i64;
    let day_of_year = (153 * month_from_march + 2) / 5 + day as i64 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date `(year, month, day)` that lies `days` after 1970-01-01.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "month and day of a year are small and positive by construction"
)]
pub(crate) const fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = ((month_from_march + 2) % 12 + 1) as u32;
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// Monday is 0, Sunday is 6; 1970-01-01 was a Thursday.
#[expect(clippy::cast_possible_truncation, reason = "a remainder of seven fits")]
pub(crate) const fn weekday(days: i64) -> u8 {
    (days + 3).rem_euclid(7) as u8
}

/// Days since 1970-01-01 of a chrono date.
pub(crate) fn date_to_days(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) - 719_163
}

/// The chrono date that lies `days` after 1970-01-01, clamped to what chrono can represent.
pub(crate) fn days_to_date(days: i64) -> NaiveDate {
    i32::try_from(days + 719_163)
        .ok()
        .and_then(NaiveDate::from_num_days_from_ce_opt)
        .unwrap_or(if days < 0 {
            NaiveDate::MIN
        } else {
            NaiveDate::MAX
        })
}

/// Local seconds of a chrono civil date-time; fractions of a second are dropped.
pub(crate) fn local_from_civil(civil: NaiveDateTime) -> i64 {
    civil.and_utc().timestamp()
}

/// The chrono civil date-time of local seconds, clamped to what chrono can represent.
pub(crate) fn civil_from_local(local: i64) -> NaiveDateTime {
    let days = local.div_euclid(DAY);
    days_to_date(days).and_time(NaiveTime::MIN) + TimeDelta::seconds(local.rem_euclid(DAY))
}

/// The chrono instant of seconds since 1970-01-01T00:00:00Z, clamped to what chrono can represent.
pub(crate) fn instant_from_seconds(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or(if seconds < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse_over_two_eras() {
        for days in -150_000..150_000 {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
            let date = days_to_date(days);
            assert_eq!(
                (i64::from(date.year()), date.month(), date.day()),
                (year, month, day)
            );
            assert_eq!(date_to_days(date), days);
            assert_eq!(
                u32::from(weekday(days)),
                date.weekday().num_days_from_monday()
            );
        }
    }

    #[test]
    fn local_seconds_and_civil_times_are_inverse() {
        for local in [-1, 0, 1, 86_399, 86_400, 1_772_000_000, -62_135_596_800] {
            assert_eq!(local_from_civil(civil_from_local(local)), local);
        }
    }
}
