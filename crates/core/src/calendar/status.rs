use serde::{Deserialize, Serialize};

/// What a calendar says about somebody's time.
///
/// The order is that of how much it stands in the way.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum BusyStatus {
    /// Shown in the calendar, yet the time is free.
    Free,
    /// Working in another place.
    Elsewhere,
    /// Perhaps busy.
    Tentative,
    /// Busy.
    #[default]
    Busy,
    /// Away: out of the office, on holiday.
    Away,
}

impl BusyStatus {
    /// All statuses.
    pub const ALL: [BusyStatus; 5] = [
        BusyStatus::Free,
        BusyStatus::Elsewhere,
        BusyStatus::Tentative,
        BusyStatus::Busy,
        BusyStatus::Away,
    ];
}
