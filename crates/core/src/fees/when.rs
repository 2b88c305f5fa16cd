use chrono::{DateTime, NaiveDate, Utc, Weekday};
use serde::{Deserialize, Serialize};

use super::FeesError;
use crate::schedule::Hours;
use crate::time::Zone;
use crate::time::civil::{DAY, date_to_days, local_from_civil, weekday};
use crate::time::text::serde_form;

/// When a surcharge is due, by the civil start of the booking in the business's zone.
///
/// All conditions that are given have to hold, and at least one is. Hours that run past midnight
/// belong to the date on which they begin, as opening hours do: Friday from 22:00 to 02:00 includes
/// one o'clock in the night to Saturday.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct When {
    /// On these days of the week; on all when there is none.
    #[serde(with = "weekday_list", skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<Weekday>,
    /// When the start lies in these hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// On these dates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<Dates>,
}

/// Civil dates, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dates {
    /// The first date.
    #[serde(with = "serde_form::date")]
    pub from: NaiveDate,
    /// The last date.
    #[serde(with = "serde_form::date")]
    pub through: NaiveDate,
}

/// The civil start of a booking in integers, computed once for all surcharges.
#[derive(Clone, Copy, Debug)]
pub(super) struct CivilStart {
    /// Days since 1970.
    days: i64,
    /// Seconds since midnight.
    second: i64,
}

impl CivilStart {
    pub(super) fn new(zone: &Zone, start: DateTime<Utc>) -> CivilStart {
        let local = local_from_civil(zone.civil(start));
        CivilStart {
            days: local.div_euclid(DAY),
            second: local.rem_euclid(DAY),
        }
    }
}

impl When {
    pub(super) fn check(&self) -> Result<(), FeesError> {
        if self.weekdays.is_empty() && self.hours.is_none() && self.dates.is_none() {
            return Err(FeesError::NoCondition);
        }
        match self.dates {
            Some(dates) if dates.through < dates.from => Err(FeesError::SurchargeDatesReversed),
            _ => Ok(()),
        }
    }

    /// Whether all conditions hold.
    pub(super) fn includes(&self, start: CivilStart) -> bool {
        match self.hours {
            None => self.includes_date(start.days),
            Some(hours) => {
                let inside = hours.start_second()..hours.end_second();
                let today = inside.contains(&start.second) && self.includes_date(start.days);
                // The same hours that began on the day before may reach into this one.
                let yesterday =
                    inside.contains(&(start.second + DAY)) && self.includes_date(start.days - 1);
                today || yesterday
            }
        }
    }

    fn includes_date(&self, days: i64) -> bool {
        let is_weekday = self.weekdays.is_empty()
            || self
                .weekdays
                .iter()
                .any(|each| each.num_days_from_monday() == u32::from(weekday(days)));
        let is_date = self.dates.is_none_or(|dates| {
            (date_to_days(dates.from)..=date_to_days(dates.through)).contains(&days)
        });
        is_weekday && is_date
    }
}

/// Lists of `mon` to `sun`.
mod weekday_list {
    use chrono::Weekday;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "Weekday", rename_all = "camelCase")]
    enum Name {
        Mon,
        Tue,
        Wed,
        Thu,
        Fri,
        Sat,
        Sun,
    }

    #[derive(Serialize, Deserialize)]
    struct Named(#[serde(with = "Name")] Weekday);

    pub(super) fn serialize<S: Serializer>(
        days: &[Weekday],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(days.iter().map(|day| Named(*day)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Weekday>, D::Error> {
        let days = Vec::<Named>::deserialize(deserializer)?;
        Ok(days.into_iter().map(|day| day.0).collect())
    }
}
