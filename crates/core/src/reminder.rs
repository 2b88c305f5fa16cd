//! When a booking's reminders are due.
//!
//! Timers are data: [`due`] says which reminder is to be sent now and which one is next, and the
//! host sends it, notes its id as fired and sets a timer. Ids carry the sequence of the booking's
//! revision, so that a reschedule has new reminders of its own and those of the old time are
//! nobody's any more. A booking that is cancelled is simply not asked about.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::limits::REMINDERS_MAX;
use crate::time::text::serde_form;
use crate::time::{Interval, Minutes};

/// When to remind. JSON form: `{"beforeStartMinutes":[1440,60],"afterEndMinutes":[120]}`.
///
/// Both lists are kept in the order of time and without repetitions: the first reminder before the
/// start has the most minutes. What follows the end asks for a review.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "PolicyFields")]
pub struct ReminderPolicy {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    before_start_minutes: Vec<Minutes>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    after_end_minutes: Vec<Minutes>,
}

/// Why minutes do not make a [`ReminderPolicy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReminderError {
    /// There are more than [`REMINDERS_MAX`] reminders on one side.
    #[error("at most {REMINDERS_MAX} reminders before and after (limit `REMINDERS_MAX`)")]
    TooMany,
    /// A reminder of zero minutes before the start would come with the start.
    #[error("a reminder is due at least a minute before the start")]
    Zero,
}

impl ReminderError {
    /// A stable code for programs, in kebab case.
    pub fn code(self) -> &'static str {
        match self {
            ReminderError::TooMany => "reminder-too-many",
            ReminderError::Zero => "reminder-zero",
        }
    }
}

/// Which side of a booking a reminder is on. JSON form: `beforeStart` or `afterEnd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReminderSide {
    /// So many minutes before the start: do not forget.
    BeforeStart,
    /// So many minutes after the end: how was it?
    AfterEnd,
}

/// The name of one reminder of one revision of a booking; the booking's own id goes beside it.
/// JSON form: `{"sequence":0,"side":"beforeStart","minutes":1440}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReminderId {
    /// The sequence of the revision.
    pub sequence: u32,
    /// Before the start or after the end.
    pub side: ReminderSide,
    /// How many minutes.
    pub minutes: Minutes,
}

/// A reminder with its instant. JSON form: `{"id":{…},"at":"2026-03-01T14:00:00Z"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DueReminder {
    /// Which one.
    pub id: ReminderId,
    /// When it is due.
    #[serde(with = "serde_form::instant")]
    pub at: DateTime<Utc>,
}

/// What of a booking its reminders depend on. JSON form:
/// `{"slot":{"start","end"},"sequence":0,"madeAt":"2026-02-20T09:00:00Z"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reminded {
    /// From its start to its end.
    pub slot: Interval,
    /// The sequence of its current revision.
    pub sequence: u32,
    /// When that revision was made.
    #[serde(with = "serde_form::instant")]
    pub made_at: DateTime<Utc>,
}

/// What is to be sent at one instant, and what comes after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reminders {
    /// To be sent now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DueReminder>,
    /// The next one, for a timer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<DueReminder>,
}

impl ReminderPolicy {
    /// A policy from minutes in any order; a repetition counts once.
    ///
    /// # Errors
    ///
    /// [`ReminderError`] for more than [`REMINDERS_MAX`] on one side, and for zero minutes before the
    /// start.
    pub fn new(
        before_start_minutes: Vec<Minutes>,
        after_end_minutes: Vec<Minutes>,
    ) -> Result<ReminderPolicy, ReminderError> {
        let [mut before, mut after] = [before_start_minutes, after_end_minutes];
        for list in [&mut before, &mut after] {
            if list.len() > REMINDERS_MAX {
                return Err(ReminderError::TooMany);
            }
            list.sort_unstable();
            list.dedup();
        }
        before.reverse();
        if before.last() == Some(&Minutes::ZERO) {
            return Err(ReminderError::Zero);
        }
        Ok(ReminderPolicy {
            before_start_minutes: before,
            after_end_minutes: after,
        })
    }

    /// Minutes before the start, most first.
    pub fn before_start_minutes(&self) -> &[Minutes] {
        &self.before_start_minutes
    }

    /// Minutes after the end, fewest first.
    pub fn after_end_minutes(&self) -> &[Minutes] {
        &self.after_end_minutes
    }

    /// All reminders of a booking that could ever be sent, in the order of time: not those whose
    /// instant was past when the revision was made.
    pub fn schedule(&self, booking: &Reminded) -> impl Iterator<Item = DueReminder> {
        let Reminded {
            slot,
            sequence,
            made_at,
        } = *booking;
        let reminder = move |side, minutes: Minutes, at| DueReminder {
            id: ReminderId {
                sequence,
                side,
                minutes,
            },
            at,
        };
        let length = |minutes: Minutes| TimeDelta::minutes(i64::from(minutes.get()));
        let before = self.before_start_minutes.iter().map(move |minutes| {
            let at = slot.start() - length(*minutes);
            reminder(ReminderSide::BeforeStart, *minutes, at)
        });
        let after = self.after_end_minutes.iter().map(move |minutes| {
            let at = slot.end() + length(*minutes);
            reminder(ReminderSide::AfterEnd, *minutes, at)
        });
        before.chain(after).filter(move |each| each.at >= made_at)
    }
}

/// Which reminder of a booking is to be sent at `now`, and which one is next.
///
/// - A reminder is due from its instant on, until it has been `fired`, or until the next one of its
///   side is due: whoever was away for a day sends one message, not three.
/// - A reminder before the start is never sent at the start or later.
/// - A reminder whose instant was past when the revision was made is never sent; one that is due at
///   that very instant is.
///
/// # Example
///
/// ```
/// use quando::reminder::{Reminded, ReminderPolicy, due};
/// use quando::time::{Interval, Minutes, parse_instant};
///
/// let policy = ReminderPolicy::new(vec![Minutes::new(60)?, Minutes::new(1_440)?], vec![])?;
/// let booking = Reminded {
///     slot: Interval::parse("2026-03-02T14:00:00Z", "2026-03-02T15:00:00Z")?,
///     sequence: 0,
///     made_at: parse_instant("2026-02-20T09:00:00Z")?,
/// };
/// let now = parse_instant("2026-03-01T14:00:00Z")?;
/// let first = due(&booking, &policy, &[], now);
/// assert_eq!(first.due.unwrap().at, now);
/// assert_eq!(first.next.unwrap().at, parse_instant("2026-03-02T13:00:00Z")?);
///
/// let fired = [first.due.unwrap().id];
/// assert_eq!(due(&booking, &policy, &fired, now).due, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn due(
    booking: &Reminded,
    policy: &ReminderPolicy,
    fired: &[ReminderId],
    now: DateTime<Utc>,
) -> Reminders {
    let is_open = |each: &DueReminder| match each.id.side {
        ReminderSide::BeforeStart => now < booking.slot.start(),
        ReminderSide::AfterEnd => true,
    };
    let is_new = |each: &DueReminder| !fired.contains(&each.id);
    let latest = policy
        .schedule(booking)
        .take_while(|each| each.at <= now)
        .last();
    let mut coming = policy
        .schedule(booking)
        .filter(|each| each.at > now && is_new(each));
    Reminders {
        due: latest.filter(|each| is_open(each) && is_new(each)),
        next: coming.next(),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PolicyFields {
    #[serde(default)]
    before_start_minutes: Vec<Minutes>,
    #[serde(default)]
    after_end_minutes: Vec<Minutes>,
}

impl TryFrom<PolicyFields> for ReminderPolicy {
    type Error = ReminderError;

    fn try_from(fields: PolicyFields) -> Result<ReminderPolicy, ReminderError> {
        ReminderPolicy::new(fields.before_start_minutes, fields.after_end_minutes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_instant;

    /// A lesson on 2 March 2026 from 14:00 to 15:00 UTC, made at `made_at`.
    fn lesson(sequence: u32, made_at: &str) -> Reminded {
        Reminded {
            slot: Interval::parse("2026-03-02T14:00:00Z", "2026-03-02T15:00:00Z").unwrap(),
            sequence,
            made_at: parse_instant(made_at).unwrap(),
        }
    }

    fn policy(json: &str) -> ReminderPolicy {
        serde_json::from_str(json).unwrap()
    }

    const USUAL: &str = r#"{"beforeStartMinutes":[60,1440],"afterEndMinutes":[1440,0]}"#;

    /// What is due and what is next, as `24h`, `1h`, `end`, `day after`, or `-`.
    fn check(booking: &Reminded, fired: &[&str], now: &str, expected: [&str; 2]) {
        let name = |each: Option<DueReminder>| {
            each.map_or("-", |each| match (each.id.side, each.id.minutes.get()) {
                (ReminderSide::BeforeStart, 1_440) => "24h",
                (ReminderSide::BeforeStart, 60) => "1h",
                (ReminderSide::AfterEnd, 0) => "end",
                (ReminderSide::AfterEnd, 1_440) => "day after",
                other => panic!("{other:?}"),
            })
        };
        let id = |name: &&str| {
            let (side, minutes) = match *name {
                "24h" => (ReminderSide::BeforeStart, 1_440),
                "1h" => (ReminderSide::BeforeStart, 60),
                "end" => (ReminderSide::AfterEnd, 0),
                _ => (ReminderSide::AfterEnd, 1_440),
            };
            let (sequence, minutes) = (booking.sequence, Minutes::new(minutes).unwrap());
            ReminderId {
                sequence,
                side,
                minutes,
            }
        };
        let fired: Vec<ReminderId> = fired.iter().map(id).collect();
        let found = due(booking, &policy(USUAL), &fired, parse_instant(now).unwrap());
        assert_eq!([name(found.due), name(found.next)], expected, "{now}");
    }

    #[test]
    fn i5_reminders_are_due_from_their_instant_until_they_are_fired_or_overtaken() {
        let booking = lesson(0, "2026-02-20T09:00:00Z");
        check(&booking, &[], "2026-02-20T09:00:00Z", ["-", "24h"]);
        check(&booking, &[], "2026-03-01T13:59:59Z", ["-", "24h"]);
        check(&booking, &[], "2026-03-01T14:00:00Z", ["24h", "1h"]);
        check(&booking, &["24h"], "2026-03-01T14:00:00Z", ["-", "1h"]);
        check(&booking, &[], "2026-03-02T12:59:59Z", ["24h", "1h"]);
        check(&booking, &[], "2026-03-02T13:00:00Z", ["1h", "end"]);
        check(&booking, &["1h"], "2026-03-02T13:00:00Z", ["-", "end"]);
        check(&booking, &["24h"], "2026-03-02T13:59:59Z", ["1h", "end"]);
        check(&booking, &["24h"], "2026-03-02T14:00:00Z", ["-", "end"]);
        check(&booking, &[], "2026-03-02T14:59:59Z", ["-", "end"]);
        check(&booking, &[], "2026-03-02T15:00:00Z", ["end", "day after"]);
        check(&booking, &[], "2026-03-09T15:00:00Z", ["day after", "-"]);
        check(&booking, &["day after"], "2026-03-09T15:00:00Z", ["-", "-"]);
        // A clock that went backwards does not send a second time.
        check(&booking, &["24h"], "2026-03-01T13:00:00Z", ["-", "1h"]);
    }

    #[test]
    fn i5_what_was_past_when_the_revision_was_made_is_never_sent() {
        for (made_at, expected) in [
            ("2026-03-01T14:00:00Z", ["24h", "1h"]),
            ("2026-03-01T14:00:01Z", ["-", "1h"]),
            ("2026-03-02T13:00:00Z", ["1h", "end"]),
            ("2026-03-02T13:00:01Z", ["-", "end"]),
            ("2026-03-02T15:00:01Z", ["-", "day after"]),
            ("2026-03-04T15:00:01Z", ["-", "-"]),
        ] {
            check(&lesson(0, made_at), &[], made_at, expected);
        }
    }

    #[test]
    fn i5_a_reschedule_has_reminders_of_its_own() {
        let now = parse_instant("2026-03-02T13:00:00Z").unwrap();
        let before = due(&lesson(0, "2026-02-20T09:00:00Z"), &policy(USUAL), &[], now);
        let fired = [before.due.unwrap().id];
        let revision = lesson(1, "2026-03-02T12:00:00Z");
        let after = due(&revision, &policy(USUAL), &fired, now);
        assert_eq!(after.due.unwrap().id.sequence, 1);
        assert_eq!(after.due.unwrap().at, before.due.unwrap().at);
    }

    #[test]
    fn a_policy_is_sorted_without_repetitions_and_bounded() {
        let read = policy(r#"{"beforeStartMinutes":[5,60,5],"afterEndMinutes":[30,10,30]}"#);
        let written = r#"{"beforeStartMinutes":[60,5],"afterEndMinutes":[10,30]}"#;
        assert_eq!(serde_json::to_string(&read).unwrap(), written);
        assert_eq!(policy("{}"), ReminderPolicy::default());
        let minutes = |count: usize| vec![Minutes::new(7).unwrap(); count];
        assert!(ReminderPolicy::new(minutes(REMINDERS_MAX), vec![]).is_ok());
        assert_eq!(
            ReminderPolicy::new(vec![], minutes(REMINDERS_MAX + 1)),
            Err(ReminderError::TooMany)
        );
        assert_eq!(
            ReminderPolicy::new(vec![Minutes::ZERO], vec![Minutes::ZERO]),
            Err(ReminderError::Zero)
        );
        for json in [
            r#"{"beforeStartMinutes":[0]}"#,
            r#"{"beforeMinutes":[10]}"#,
            r#"{"afterEndMinutes":[-10]}"#,
        ] {
            assert!(
                serde_json::from_str::<ReminderPolicy>(json).is_err(),
                "{json}"
            );
        }
    }
}
