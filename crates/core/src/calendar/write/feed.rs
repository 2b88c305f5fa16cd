//! Feeds: a provider's bookings as a calendar to subscribe to.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::component::Component;
use super::error::CalendarWriteError;
use super::event::{CalendarEvent, is_default};
use super::lines::Lines;
use super::text;
use super::zone::ZonesUsed;
use crate::calendar::problem::shorten;
use crate::time::{Minutes, Zone};

/// A calendar to subscribe to.
///
/// The JSON form has the same fields; only `events` is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Feed {
    /// The name that programs show for it; may be empty.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    /// The zone in which whole days are meant, the business's: `X-WR-TIMEZONE`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub zone: Option<Zone>,
    /// How often subscribers are asked to look again; at least one minute.
    #[serde(default, skip_serializing_if = "is_default")]
    pub refresh_minutes: Option<Minutes>,
    /// The events, each with a UID of its own. Cancelled ones may stay, with their status: some
    /// programs keep showing what has only vanished.
    pub events: Vec<CalendarEvent>,
}

/// Writes a feed (`METHOD:PUBLISH`).
///
/// Attendees are never named in it: RFC 5546 forbids them there, and a feed's address gets around.
///
/// # Errors
///
/// [`CalendarWriteError`] when two events have one UID, when two zones have one name, and for any
/// text that cannot be written or goes over a limit.
///
/// # Example
///
/// ```
/// use quando::calendar::{CalendarOptions, Feed, read_busy, write_feed};
/// use quando::time::Interval;
///
/// let feed: Feed = serde_json::from_str(
///     r#"{"name":"Ana","zone":"Europe/Berlin","events":[{"uid":"b-1@example.com",
///     "status":"confirmed","organizer":{"email":"ana@example.com"},
///     "when":{"from":"2026-03-02","through":"2026-03-02"},"stamp":"2026-03-01T12:00:00Z"}]}"#,
/// )?;
/// let window = Interval::parse("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")?;
/// let busy = read_busy(write_feed(&feed)?, &CalendarOptions::new(window))?;
/// let day_in_berlin = Interval::parse("2026-03-01T23:00:00Z", "2026-03-02T23:00:00Z")?;
/// assert_eq!(busy.busy.as_slice(), [day_in_berlin]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_feed(feed: &Feed) -> Result<String, CalendarWriteError> {
    let mut lines = Lines::calendar("PUBLISH");
    write_head(feed, &mut lines)?;
    let components: Vec<Component<'_>> = feed.events.iter().map(published).collect();
    let mut uids = HashSet::new();
    let mut zones = ZonesUsed::default();
    for component in &components {
        if !uids.insert(&component.event.uid) {
            return Err(CalendarWriteError::Duplicate {
                property: "UID",
                value: shorten(&component.event.uid),
            });
        }
        component.note_zone(&mut zones)?;
    }
    zones.write(&mut lines)?;
    for component in &components {
        component.write(&mut lines)?;
    }
    lines.finish()
}

fn write_head(feed: &Feed, lines: &mut Lines) -> Result<(), CalendarWriteError> {
    if !feed.name.is_empty() {
        // RFC 7986 has the one, and programs look for the other.
        let name = text::label("NAME", &feed.name)?;
        lines.push(&format!("NAME:{name}"));
        lines.push(&format!("X-WR-CALNAME:{name}"));
    }
    if let Some(zone) = &feed.zone {
        let zone = text::label("X-WR-TIMEZONE", zone.name())?;
        lines.push(&format!("X-WR-TIMEZONE:{zone}"));
    }
    if let Some(refresh) = feed.refresh_minutes {
        let minutes = refresh.get();
        if minutes == 0 {
            return Err(CalendarWriteError::OutOfRange {
                property: "REFRESH-INTERVAL",
            });
        }
        lines.push(&format!("REFRESH-INTERVAL;VALUE=DURATION:PT{minutes}M"));
        lines.push(&format!("X-PUBLISHED-TTL:PT{minutes}M"));
    }
    Ok(())
}

fn published(event: &CalendarEvent) -> Component<'_> {
    Component {
        event,
        named: Vec::new(),
        status: Some(event.status),
        reminds: true,
    }
}
