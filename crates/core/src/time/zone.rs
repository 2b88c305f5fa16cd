use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};

use chrono::{DateTime, NaiveDateTime, Utc};
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::civil::{civil_from_local, instant_from_seconds, local_from_civil};
use super::offsets::{OffsetCursor, Segment, cached_segments, listed_segments, slice};
use super::tzdb;

/// An IANA time zone, such as `America/New_York`, with the rules of one zone database.
///
/// Names are written as IANA writes them, links (`Asia/Calcutta`) included. The rules come from
/// the database compiled into this crate ([`tzdb_version`](super::tzdb_version)), never from the
/// system, so that every platform answers alike; [`Zone::from_tzif`] takes newer data.
///
/// Two questions lead from civil time to an instant, and they differ where clocks change:
/// [`Zone::wall`] for a boundary of opening hours, [`Zone::occurrence`] for an event.
///
/// # Example
///
/// ```
/// use chrono::NaiveDate;
/// use quando::time::Zone;
///
/// let zone: Zone = "America/New_York".parse()?;
/// // At 02:00 on 8 March 2026 the clocks jump to 03:00: 02:30 does not exist.
/// let skipped = NaiveDate::from_ymd_opt(2026, 3, 8).unwrap().and_hms_opt(2, 30, 0).unwrap();
/// assert_eq!(zone.wall(skipped).to_rfc3339(), "2026-03-08T07:00:00+00:00");
/// assert_eq!(zone.occurrence(skipped).to_rfc3339(), "2026-03-08T07:30:00+00:00");
/// # Ok::<(), quando::time::ZoneError>(())
/// ```
#[derive(Clone)]
pub struct Zone(Arc<ZoneData>);

struct ZoneData {
    name: Box<str>,
    version: Box<str>,
    rules: ZoneRules,
    cached: Box<[Segment]>,
}

/// Where offsets come from that are not among the cached ones.
enum ZoneRules {
    /// TZif data: years outside the cached ones are listed when asked for.
    Tzif(TimeZone),
    /// The cached segments are all there is; the first and the last have no end.
    Listed,
}

/// Why there is no such [`Zone`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneError {
    /// The database has no zone of this name.
    #[error("unknown time zone `{name}`{}", suggestion_text(.suggestion.as_deref()))]
    Unknown {
        /// The name that was asked for, shortened when it is long.
        name: String,
        /// The name that was probably meant.
        suggestion: Option<String>,
    },
    /// The bytes are not time zone data in TZif form (RFC 8536).
    #[error("the data of time zone `{name}` is not TZif: {reason}")]
    Data {
        /// The name given with the data.
        name: String,
        /// What the reader found wrong.
        reason: String,
    },
}

impl Zone {
    /// The zone of the compiled-in database with exactly this name.
    ///
    /// # Errors
    ///
    /// [`ZoneError::Unknown`] with the closest name, for instance when only the case is wrong.
    pub fn new(name: &str) -> Result<Zone, ZoneError> {
        tzdb::lookup(name)
    }

    /// Coordinated Universal Time.
    pub fn utc() -> Zone {
        Zone::new("UTC").expect("every zone database has UTC")
    }

    /// A zone from TZif data (RFC 8536) of a newer database than the compiled-in one.
    ///
    /// `version` names that database, such as `2027a`; answers that used the zone carry it.
    ///
    /// # Errors
    ///
    /// [`ZoneError::Data`] when the bytes are not TZif.
    pub fn from_tzif(name: &str, version: &str, bytes: &[u8]) -> Result<Zone, ZoneError> {
        let rules = TimeZone::tzif(name, bytes).map_err(|error| ZoneError::Data {
            name: shorten(name),
            reason: error.to_string(),
        })?;
        let cached = cached_segments(&rules);
        let rules = ZoneRules::Tzif(rules);
        Ok(Zone(Arc::new(ZoneData {
            name: name.into(),
            version: version.into(),
            rules,
            cached,
        })))
    }

    /// A zone that somebody else describes by its transitions: an instant and the offset from then
    /// on, in seconds and in order. Before the first one `offset` holds, after the last one its own.
    pub(crate) fn listed(name: &str, version: &str, offset: i64, changes: &[(i64, i64)]) -> Zone {
        let cached = listed_segments(offset, changes);
        let rules = ZoneRules::Listed;
        Zone(Arc::new(ZoneData {
            name: name.into(),
            version: version.into(),
            rules,
            cached,
        }))
    }

    /// The zone of the compiled-in database with exactly this name, without looking for the name
    /// that was meant: the question is cheap for text that nobody has vetted.
    pub(crate) fn find(name: &str) -> Option<Zone> {
        tzdb::find(name).and_then(Result::ok)
    }

    /// The IANA name, as it was asked for.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The version of the zone database that the rules come from, such as `2026f`.
    pub fn version(&self) -> &str {
        &self.0.version
    }

    /// The first instant at which the wall clock reads `civil` or later.
    ///
    /// This places a boundary of opening hours. In a gap it is the instant of the skip; in a fold
    /// it is the first pass; touching hours stay touching.
    pub fn wall(&self, civil: NaiveDateTime) -> DateTime<Utc> {
        let local = local_from_civil(civil);
        instant_from_seconds(self.offsets(local, local).wall(local))
    }

    /// The instant of an event at `civil` (RFC 5545 section 3.3.5).
    ///
    /// In a fold it is the first pass; in a gap the offset from before the gap is used, so that
    /// 02:30 becomes 03:30.
    pub fn occurrence(&self, civil: NaiveDateTime) -> DateTime<Utc> {
        let local = local_from_civil(civil);
        instant_from_seconds(self.offsets(local, local).occurrence(local))
    }

    /// What the wall clock reads at an instant.
    pub fn civil(&self, instant: DateTime<Utc>) -> NaiveDateTime {
        let second = instant.timestamp();
        civil_from_local(self.offsets(second, second).local(second))
    }

    /// Seconds east of UTC at an instant.
    pub fn offset_seconds(&self, instant: DateTime<Utc>) -> i32 {
        let second = instant.timestamp();
        let offset = self.offsets(second, second).segment_at(second).offset;
        i32::try_from(offset).expect("an offset is less than two days")
    }

    /// The offsets around `[from, to]`, in seconds since 1970 of either kind of time.
    pub(crate) fn offsets(&self, from: i64, to: i64) -> OffsetCursor<'_> {
        let segments = match &self.0.rules {
            ZoneRules::Tzif(rules) => slice(rules, &self.0.cached, from, to),
            ZoneRules::Listed => Cow::Borrowed(&*self.0.cached),
        };
        OffsetCursor::new(segments)
    }

    /// Whether both are the same zone of the same database, without comparing rules.
    pub(crate) fn is(&self, other: &Zone) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        self.is(other)
            || (self.0.name == other.0.name
                && self.0.version == other.0.version
                && self.0.cached == other.0.cached)
    }
}

impl Eq for Zone {}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({} {})", self.name(), self.version())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(name: &str) -> Result<Zone, ZoneError> {
        Zone::new(name)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Zone, D::Error> {
        struct NameVisitor;

        impl de::Visitor<'_> for NameVisitor {
            type Value = Zone;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an IANA time zone name such as `America/New_York`")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Zone, E> {
                Zone::new(name).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

/// At most 64 characters of a name that somebody else wrote.
pub(crate) fn shorten(name: &str) -> String {
    name.chars().take(64).collect()
}

fn suggestion_text(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
}

#[cfg(test)]
mod tests;
