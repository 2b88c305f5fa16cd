//! Slots under the dates of somebody who looks at them.

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::{Deserialize, Serialize, Serializer};

use super::answer::Slot;
use crate::id::ResourceId;
use crate::time::{Zone, text::serde_form};

/// The slots that start on one civil date of a viewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ViewerDay {
    /// The date in the viewer's zone.
    #[serde(with = "serde_form::date")]
    pub date: NaiveDate,
    /// The slots, by start.
    pub slots: Vec<ViewerSlot>,
}

/// A slot with the viewer's offset from UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ViewerSlot {
    /// When it starts, on the viewer's wall clock.
    #[serde(serialize_with = "print", deserialize_with = "read")]
    pub start: DateTime<FixedOffset>,
    /// When it ends, on the viewer's wall clock.
    #[serde(serialize_with = "print", deserialize_with = "read")]
    pub end: DateTime<FixedOffset>,
    /// Per role, the resources that are in some complete choice.
    pub resources: Vec<Vec<ResourceId>>,
    /// The largest party that one choice of resources still takes.
    pub seats_left: u32,
}

/// Groups slots, which are ordered by start, under the viewer's civil dates.
///
/// The instants stay the same whatever zone the viewer picks; only their dates and texts differ.
///
/// # Example
///
/// ```
/// use quando::availability::{Slot, by_day};
/// use quando::time::Zone;
///
/// let late = Slot {
///     start: "2026-03-02T23:30:00Z".parse()?,
///     end: "2026-03-03T00:30:00Z".parse()?,
///     resources: vec![],
///     seats_left: 1,
/// };
/// let days = by_day([late], &Zone::new("Europe/Rome")?);
/// assert_eq!(days[0].date.to_string(), "2026-03-03");
/// assert_eq!(days[0].slots[0].start.to_rfc3339(), "2026-03-03T00:30:00+01:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn by_day(slots: impl IntoIterator<Item = Slot>, viewer: &Zone) -> Vec<ViewerDay> {
    let local = |instant: DateTime<chrono::Utc>| {
        // RFC 3339 has offsets of whole minutes below a day; some zones of old times had seconds,
        // and data loaded at run time may hold anything.
        let minutes = (viewer.offset_seconds(instant) + 30)
            .div_euclid(60)
            .clamp(-1_439, 1_439);
        let offset = FixedOffset::east_opt(minutes * 60);
        instant.with_timezone(&offset.expect("an offset below a day"))
    };
    let mut days: Vec<ViewerDay> = Vec::new();
    for slot in slots {
        let start = local(slot.start);
        let viewed = ViewerSlot {
            start,
            end: local(slot.end),
            resources: slot.resources,
            seats_left: slot.seats_left,
        };
        let date = start.date_naive();
        // A clock that goes back across midnight returns to a date.
        match days.iter_mut().rev().take(2).find(|day| day.date == date) {
            Some(day) => day.slots.push(viewed),
            None => days.push(ViewerDay {
                date,
                slots: vec![viewed],
            }),
        }
    }
    days
}

fn print<S: Serializer>(time: &DateTime<FixedOffset>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time.format("%Y-%m-%dT%H:%M:%S%:z"))
}

fn read<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<DateTime<FixedOffset>, D::Error> {
    let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
    DateTime::parse_from_rfc3339(&text).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(zone: &str, starts: &[&str]) -> Vec<(String, Vec<String>)> {
        let slots = starts.iter().map(|start| {
            let start: DateTime<chrono::Utc> = start.parse().unwrap();
            Slot {
                start,
                end: start,
                resources: Vec::new(),
                seats_left: 1,
            }
        });
        let text = |slot: &ViewerSlot| slot.start.to_rfc3339();
        by_day(slots, &Zone::new(zone).unwrap())
            .iter()
            .map(|day| (day.date.to_string(), day.slots.iter().map(text).collect()))
            .collect()
    }

    #[test]
    fn an_offset_with_seconds_keeps_the_instant() {
        let found = days("Africa/Monrovia", &["1970-06-01T12:00:00Z"]);
        assert_eq!(found[0].1, ["1970-06-01T11:16:00-00:44"]);
    }

    #[test]
    fn a_date_that_comes_twice_is_one_day() {
        // At 00:01 on 1 November 2009 the clocks went back to 23:01.
        let starts = [
            "2009-11-01T02:00:00Z",
            "2009-11-01T02:30:00Z",
            "2009-11-01T03:00:00Z",
            "2009-11-01T03:30:00Z",
        ];
        let found = days("America/St_Johns", &starts);
        let dates: Vec<&str> = found.iter().map(|(date, _)| date.as_str()).collect();
        assert_eq!(dates, ["2009-10-31", "2009-11-01"], "{found:?}");
    }
}
