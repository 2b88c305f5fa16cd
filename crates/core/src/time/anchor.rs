//! What ties a future booking to the clock on the wall, so that it can follow a change of law.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::civil::{HOUR, instant_from_seconds, local_from_civil};
use super::text::serde_form;
use super::zone::Zone;
use crate::limits::{ID_BYTES_MAX, INSTANT_MAX, INSTANT_MIN};

/// When a booking starts, with everything that is needed to notice that a newer zone database
/// means another instant.
///
/// Governments change the rules of clocks, sometimes within weeks. A haircut at nine stays at nine
/// on the wall; a video call between two countries stays at its instant. The anchor keeps both
/// readings and says which of them was agreed on.
///
/// Its JSON form is `{"instant":"2026-12-01T16:00:00Z","offsetSeconds":-28800,
/// "zone":"America/Vancouver","civil":"2026-12-01T08:00","tzdb":"2026a","kind":"wall"}`. The zone is
/// kept by its name, for its rules are what may change; `civil` is always `instant` plus the offset,
/// and anything else is refused.
///
/// # Example
///
/// ```
/// use quando::time::{Anchor, AnchorKind, Zone, parse_instant};
///
/// let zone = Zone::new("Europe/Berlin")?;
/// let anchor = Anchor::of(parse_instant("2026-07-01T07:00:00Z")?, &zone, AnchorKind::Wall);
/// assert_eq!(anchor.civil().to_string(), "2026-07-01 09:00:00");
/// assert_eq!(anchor.offset_seconds(), 7_200);
/// // The rules it was made with do not move it.
/// assert_eq!(anchor.instant_under(&zone), anchor.instant());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    try_from = "AnchorFields",
    into = "AnchorFields"
)]
pub struct Anchor {
    instant: DateTime<Utc>,
    offset_seconds: i32,
    zone: Arc<str>,
    civil: NaiveDateTime,
    tzdb: Arc<str>,
    kind: AnchorKind,
}

/// Which reading of a start was agreed on. JSON form: `wall` or `instant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AnchorKind {
    /// In person: the time on the wall is kept, and the instant may move.
    Wall,
    /// Remote: the instant is kept, and the time on the wall may move.
    Instant,
}

/// Why fields do not make an [`Anchor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnchorError {
    /// No zone is that far from UTC.
    #[error("an offset is less than 26 hours")]
    Offset,
    /// The civil time is not the instant plus the offset.
    #[error("the civil time is not the instant plus the offset")]
    Contradiction,
    /// The name of the zone or of the database is empty, too long or has control characters.
    #[error("the name of a zone or a zone database has 1 to {ID_BYTES_MAX} printable bytes")]
    Name,
}

impl AnchorError {
    /// A stable code for programs, in kebab case.
    pub fn code(self) -> &'static str {
        match self {
            AnchorError::Offset => "anchor-offset",
            AnchorError::Contradiction => "anchor-contradiction",
            AnchorError::Name => "anchor-name",
        }
    }
}

/// A booking whose instant lies elsewhere under the rules of now. JSON form: `{"id","from","to"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved<Id> {
    /// Which booking.
    pub id: Id,
    /// The instant that is stored.
    #[serde(with = "serde_form::instant")]
    pub from: DateTime<Utc>,
    /// The instant at which the wall clock will show the agreed time.
    #[serde(with = "serde_form::instant")]
    pub to: DateTime<Utc>,
}

/// What [`reresolve`] found. JSON form: `{"moved":[…],"unknownZone":[…]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reresolved<Id> {
    /// The bookings whose instant would move, in the order they were given.
    pub moved: Vec<Moved<Id>>,
    /// The bookings whose zone the look-up does not know: nothing can be said about them, and
    /// silence would look like *nothing moved*.
    pub unknown_zone: Vec<Id>,
}

impl Anchor {
    /// Anchors a start in the business's zone, with the rules that the zone has now.
    ///
    /// An instant has whole seconds and lies in the years 1 to 9999, as the start of an
    /// [`Interval`](super::Interval) does; a fraction is dropped, a further year becomes the limit.
    pub fn of(instant: DateTime<Utc>, zone: &Zone, kind: AnchorKind) -> Anchor {
        let second = instant.timestamp().clamp(INSTANT_MIN, INSTANT_MAX);
        let instant = instant_from_seconds(second);
        Anchor {
            instant,
            offset_seconds: zone.offset_seconds(instant),
            zone: zone.name().into(),
            civil: zone.civil(instant),
            tzdb: zone.version().into(),
            kind,
        }
    }

    /// The instant of the start.
    pub fn instant(&self) -> DateTime<Utc> {
        self.instant
    }

    /// Seconds east of UTC at that instant, by the rules that the anchor was made with.
    pub fn offset_seconds(&self) -> i32 {
        self.offset_seconds
    }

    /// The IANA name of the business's zone.
    pub fn zone_name(&self) -> &str {
        &self.zone
    }

    /// What the wall clock shows at the start, by the rules that the anchor was made with.
    pub fn civil(&self) -> NaiveDateTime {
        self.civil
    }

    /// The version of the zone database whose rules the anchor was made with.
    pub fn tzdb(&self) -> &str {
        &self.tzdb
    }

    /// Which reading was agreed on.
    pub fn kind(&self) -> AnchorKind {
        self.kind
    }

    /// Where the start lies under the rules of `zone`, which is the anchor's own zone out of
    /// another database.
    ///
    /// An anchor of the kind [`Instant`](AnchorKind::Instant) lies where it lay. For one of the
    /// kind [`Wall`](AnchorKind::Wall) it is the instant at which the wall clock shows the civil
    /// time: in a fold the pass that has the stored offset, or the first one when neither has; in
    /// a gap the offset from before the gap is used, as for every event.
    pub fn instant_under(&self, zone: &Zone) -> DateTime<Utc> {
        let same_reading = zone.offset_seconds(self.instant) == self.offset_seconds;
        match self.kind {
            AnchorKind::Instant => self.instant,
            // Also the second pass of a fold, which `occurrence` would take for the first.
            AnchorKind::Wall if same_reading => self.instant,
            AnchorKind::Wall => zone.occurrence(self.civil),
        }
    }
}

/// The bookings whose instant moves when the zones that `zone_named` finds come into force.
///
/// Only starts after `now` move, and only those of the kind [`Wall`](AnchorKind::Wall): what is
/// past has happened, and an agreed instant stays. Nothing is changed here. The host gives each
/// booking that moved a new revision with `Anchor::of(moved.to, …)`, checks it for conflicts, flags
/// those that clash, and lets reminders and deadlines follow.
///
/// # Example
///
/// ```
/// use quando::time::{Anchor, AnchorKind, Zone, parse_instant, reresolve};
///
/// // The zone as a database knows it that has Berlin on the clock of London.
/// let zone = Zone::new("Europe/Berlin")?;
/// let newer = quando::time::Zone::from_tzif("Europe/Berlin", "2030z", LONDON)?;
/// let start = parse_instant("2030-07-01T07:00:00Z")?;
/// let haircut = Anchor::of(start, &zone, AnchorKind::Wall);
/// let call = Anchor::of(start, &zone, AnchorKind::Instant);
///
/// let now = parse_instant("2030-06-01T00:00:00Z")?;
/// let found = reresolve([("haircut", &haircut), ("call", &call)], now, |_| Some(newer.clone()));
/// assert_eq!(found.moved.len(), 1);
/// assert_eq!(found.moved[0].id, "haircut");
/// assert_eq!(found.moved[0].to, parse_instant("2030-07-01T08:00:00Z")?);
/// # const LONDON: &[u8] = b"TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
/// #     \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x04\0\0\0\0\0\0GMT\0\
/// #     TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
/// #     \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x04\0\0\0\0\0\0GMT\0\
/// #     \nGMT0BST,M3.5.0/1,M10.5.0\n";
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn reresolve<'a, Id>(
    anchors: impl IntoIterator<Item = (Id, &'a Anchor)>,
    now: DateTime<Utc>,
    zone_named: impl Fn(&str) -> Option<Zone>,
) -> Reresolved<Id> {
    let mut found = Reresolved {
        moved: Vec::new(),
        unknown_zone: Vec::new(),
    };
    for (id, anchor) in anchors {
        if anchor.kind == AnchorKind::Instant || anchor.instant <= now {
            continue;
        }
        let Some(zone) = zone_named(&anchor.zone) else {
            found.unknown_zone.push(id);
            continue;
        };
        let (from, to) = (anchor.instant, anchor.instant_under(&zone));
        if from != to {
            found.moved.push(Moved { id, from, to });
        }
    }
    found
}

/// No zone is this far from UTC.
const OFFSET_SECONDS_END: i64 = 26 * HOUR;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AnchorFields {
    #[serde(with = "serde_form::instant")]
    instant: DateTime<Utc>,
    offset_seconds: i32,
    zone: Arc<str>,
    #[serde(with = "serde_form::civil")]
    civil: NaiveDateTime,
    tzdb: Arc<str>,
    kind: AnchorKind,
}

impl TryFrom<AnchorFields> for Anchor {
    type Error = AnchorError;

    fn try_from(fields: AnchorFields) -> Result<Anchor, AnchorError> {
        let offset = i64::from(fields.offset_seconds);
        if offset.abs() >= OFFSET_SECONDS_END {
            return Err(AnchorError::Offset);
        }
        if local_from_civil(fields.civil) - offset != fields.instant.timestamp() {
            return Err(AnchorError::Contradiction);
        }
        for name in [&fields.zone, &fields.tzdb] {
            let printable = !name.chars().any(char::is_control);
            if name.is_empty() || name.len() > ID_BYTES_MAX || !printable {
                return Err(AnchorError::Name);
            }
        }
        Ok(Anchor {
            instant: fields.instant,
            offset_seconds: fields.offset_seconds,
            zone: fields.zone,
            civil: fields.civil,
            tzdb: fields.tzdb,
            kind: fields.kind,
        })
    }
}

impl From<Anchor> for AnchorFields {
    fn from(anchor: Anchor) -> AnchorFields {
        AnchorFields {
            instant: anchor.instant,
            offset_seconds: anchor.offset_seconds,
            zone: anchor.zone,
            civil: anchor.civil,
            tzdb: anchor.tzdb,
            kind: anchor.kind,
        }
    }
}
