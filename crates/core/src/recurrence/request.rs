use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::budget::ExpandError;
use super::rule::Rule;
use super::set::Recurrence;
use crate::time::{Window, Zone, text::serde_form};

/// The JSON form of a [`Recurrence`] and the window to expand it in.
///
/// `rrule`, `exdates` and `rdates` may be left out; unknown fields are refused.
///
/// # Example
///
/// ```
/// use quando::recurrence::ExpandRequest;
///
/// let json = r#"{
///     "start": "2024-03-01T09:00", "zone": "America/New_York",
///     "rrule": "FREQ=WEEKLY", "exdates": ["2024-03-08T09:00"],
///     "window": {"from": "2024-03-01T00:00:00Z", "to": "2024-03-20T00:00:00Z"}
/// }"#;
/// let request: ExpandRequest = serde_json::from_str(json)?;
/// let answer = serde_json::to_value(request.expand()?)?;
/// assert_eq!(
///     answer["occurrences"],
///     serde_json::json!(["2024-03-01T14:00:00Z", "2024-03-15T13:00:00Z"])
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExpandRequest {
    /// Civil start (`DTSTART`).
    #[serde(with = "serde_form::civil")]
    pub start: NaiveDateTime,
    /// The zone of all civil times here.
    pub zone: Zone,
    /// The rule; without one the start is the one occurrence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rrule: Option<Rule>,
    /// Civil times that do not take place.
    #[serde(
        default,
        with = "serde_form::civil_list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub exdates: Vec<NaiveDateTime>,
    /// Further civil times.
    #[serde(
        default,
        with = "serde_form::civil_list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub rdates: Vec<NaiveDateTime>,
    /// Which occurrences are wanted.
    pub window: Window,
}

/// The occurrences of a recurrence in a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExpandAnswer {
    /// Instants, ascending and without duplicates.
    #[serde(with = "instant_list")]
    pub occurrences: Vec<DateTime<Utc>>,
    /// The time zone database that was used, such as `2026f`.
    pub tzdb: String,
}

impl ExpandRequest {
    /// The recurrence without the window.
    pub fn recurrence(&self) -> Recurrence {
        Recurrence {
            start: self.start,
            zone: self.zone.clone(),
            rule: self.rrule.clone(),
            exdates: self.exdates.clone(),
            rdates: self.rdates.clone(),
        }
    }

    /// Answers the request.
    ///
    /// # Errors
    ///
    /// As [`Recurrence::expand`].
    pub fn expand(&self) -> Result<ExpandAnswer, ExpandError> {
        let occurrences = self.recurrence().expand(self.window.interval())?;
        Ok(ExpandAnswer {
            occurrences,
            tzdb: self.zone.version().to_owned(),
        })
    }
}

mod instant_list {
    use super::*;
    use serde::{Deserializer, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Text(#[serde(with = "serde_form::instant")] DateTime<Utc>);

    pub(super) fn serialize<S: Serializer>(
        list: &[DateTime<Utc>],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(|instant| Text(*instant)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<DateTime<Utc>>, D::Error> {
        Ok(Vec::<Text>::deserialize(deserializer)?
            .into_iter()
            .map(|text| text.0)
            .collect())
    }
}
