//! Slots by the dates of a viewer, as JSON.

use quando::availability::{Answer, Refused, Slot, ViewerDay, by_day};
use quando::time::{Zone, tzdb_version};
use serde::Serialize;

/// Slots under the civil date on which they start for the viewer.
///
/// JSON form: `{"days":[{"date":"2026-03-02","slots":[{"start":"2026-03-02T09:00:00-05:00",…}]}],
/// "tzdb":"2026f"}`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DaysAnswer {
    days: Vec<ViewerDay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Vec<Refused>>,
    tzdb: &'static str,
}

impl DaysAnswer {
    pub(crate) fn new(answer: &Answer<'_>, zone: &Zone) -> DaysAnswer {
        let days = by_day(answer.slots().map(|slot| slot.to_slot()), zone);
        let refused = answer.refused().map(<[Refused]>::to_vec);
        DaysAnswer {
            days,
            refused,
            tzdb: tzdb_version(),
        }
    }

    pub(crate) fn of_slots(slots: &[Slot], zone: &Zone) -> DaysAnswer {
        let days = by_day(slots.iter().cloned(), zone);
        DaysAnswer {
            days,
            refused: None,
            tzdb: tzdb_version(),
        }
    }
}
