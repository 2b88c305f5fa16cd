//! Free/busy time of a provider: when, and nothing about what or with whom.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::error::CalendarWriteError;
use super::event::is_default;
use super::lines::Lines;
use super::text;
use crate::calendar::BusyStatus;
use crate::time::text::serde_form;
use crate::time::{Interval, IntervalSet};

/// What a provider publishes about their time.
///
/// The JSON form has the same fields; `taken` may be left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FreeBusy {
    /// The name of this publication, the same for each issue of it.
    pub uid: String,
    /// The provider's e-mail address, or one that stands for it; the standard requires one.
    pub email: String,
    /// When the text is written. A fraction of a second is dropped.
    #[serde(with = "serde_form::instant")]
    pub stamp: DateTime<Utc>,
    /// What it is about; all of it that is not taken is free.
    pub window: Interval,
    /// The time that is taken, in any order, overlapping or not.
    #[serde(default, skip_serializing_if = "is_default")]
    pub taken: Vec<TimeTaken>,
}

/// Time that is taken, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimeTaken {
    /// When.
    pub interval: Interval,
    /// How: [`BusyStatus::Away`] is unavailable, [`BusyStatus::Elsewhere`] is busy as far as
    /// others are concerned, and [`BusyStatus::Free`] is left out.
    pub status: BusyStatus,
}

/// Writes free/busy time (`VFREEBUSY`, `METHOD:PUBLISH`): sorted, disjoint periods in UTC within
/// the window.
///
/// Where taken times overlap, away hides busy, and both hide tentative. Times of one kind that
/// touch become one, so that nobody can count the bookings.
///
/// # Errors
///
/// [`CalendarWriteError`] when the UID or the address cannot be written, or the text is over a
/// limit.
///
/// # Example
///
/// ```
/// use quando::calendar::{FreeBusy, write_free_busy};
///
/// let time: FreeBusy = serde_json::from_str(
///     r#"{"uid":"ana@bookings.example.com","email":"ana@example.com",
///     "stamp":"2026-03-01T12:00:00Z",
///     "window":{"start":"2026-03-02T00:00:00Z","end":"2026-03-03T00:00:00Z"},
///     "taken":[{"interval":{"start":"2026-03-02T09:00:00Z","end":"2026-03-02T10:00:00Z"},
///     "status":"busy"}]}"#,
/// )?;
/// let text = write_free_busy(&time)?;
/// assert!(text.contains("FREEBUSY;FBTYPE=BUSY:20260302T090000Z/20260302T100000Z\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_free_busy(time: &FreeBusy) -> Result<String, CalendarWriteError> {
    let mut lines = Lines::calendar("PUBLISH");
    lines.push("BEGIN:VFREEBUSY");
    lines.push(&format!("UID:{}", text::uid(&time.uid)?));
    lines.push(&format!(
        "DTSTAMP:{}",
        text::utc("DTSTAMP", time.stamp.timestamp())?
    ));
    let (start, end) = (time.window.start_timestamp(), time.window.end_timestamp());
    lines.push(&format!("DTSTART:{}", text::utc("DTSTART", start)?));
    lines.push(&format!("DTEND:{}", text::utc("DTEND", end)?));
    lines.push(&format!("ORGANIZER:{}", text::mailto(&time.email)?));
    for (interval, kind) in periods(time) {
        let start = text::utc("FREEBUSY", interval.start_timestamp())?;
        let end = text::utc("FREEBUSY", interval.end_timestamp())?;
        lines.push(&format!("FREEBUSY;FBTYPE={kind}:{start}/{end}"));
        lines.check_size()?;
    }
    lines.push("END:VFREEBUSY");
    lines.finish()
}

/// The periods in order, each with its type.
fn periods(time: &FreeBusy) -> Vec<(Interval, &'static str)> {
    let of = |statuses: &[BusyStatus]| -> IntervalSet {
        let taken = time.taken.iter();
        taken
            .filter(|taken| statuses.contains(&taken.status))
            .filter_map(|taken| taken.interval.intersection(time.window))
            .collect()
    };
    let away = of(&[BusyStatus::Away]);
    let busy = of(&[BusyStatus::Busy, BusyStatus::Elsewhere]).subtract(&away);
    let tentative = of(&[BusyStatus::Tentative]).subtract(&away).subtract(&busy);
    let kinds = [
        (away, "BUSY-UNAVAILABLE"),
        (busy, "BUSY"),
        (tentative, "BUSY-TENTATIVE"),
    ];
    let mut periods: Vec<(Interval, &'static str)> = kinds
        .iter()
        .flat_map(|(set, kind)| set.iter().map(move |interval| (interval, *kind)))
        .collect();
    periods.sort_unstable();
    periods
}
