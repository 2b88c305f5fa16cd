use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{OccurrenceReport, SeriesError, report, take_in_new, zone};
use crate::booking::{By, CodeSeed, Create, Decision, Rejection, Snapshot, Wanted, decide};
use crate::id::{BookingId, SeriesId};
use crate::limits::{INSTANT_MAX, SERIES_OCCURRENCES_MAX};
use crate::recurrence::{Recurrence, Rule, RuleEnd};
use crate::time::{Interval, Zone, text::serde_form};

/// Books a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateSeries {
    /// Who acts.
    pub by: By,
    /// The name of the series, which each of its bookings carries.
    pub series: SeriesId,
    /// What each occurrence books. Its `start` is that of the series; its `booking` and `series`
    /// give way to those named here.
    pub wanted: Wanted,
    /// When the occurrences are.
    pub repeat: Repeat,
    /// What to do when one of them cannot be booked.
    pub mode: SeriesMode,
    /// Ids and random bytes, in the order of the occurrences; at least as many as there are, see
    /// [`starts`]. Those that are left over are not used.
    pub occurrences: Vec<NewOccurrence>,
}

/// When the occurrences of a series are.
///
/// JSON form: `{"starts":["…Z",…]}` or `{"rrule":"FREQ=WEEKLY;COUNT=8","exdates":[…],"rdates":[…]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RepeatFields", into = "RepeatFields")]
pub enum Repeat {
    /// By a rule on the wall clock of the business, from the start of what is wanted on, which is
    /// an occurrence only if the rule yields it. The rule ends.
    Rule {
        /// The rule.
        rrule: Box<Rule>,
        /// Civil times that do not take place.
        exdates: Vec<NaiveDateTime>,
        /// Further civil times.
        rdates: Vec<NaiveDateTime>,
    },
    /// At these instants, in any order.
    Starts(Vec<Start>),
}

/// The JSON form of [`Repeat`]: one group of fields or the other.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RepeatFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    rrule: Option<Rule>,
    #[serde(with = "serde_form::civil_list", skip_serializing_if = "Vec::is_empty")]
    exdates: Vec<NaiveDateTime>,
    #[serde(with = "serde_form::civil_list", skip_serializing_if = "Vec::is_empty")]
    rdates: Vec<NaiveDateTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    starts: Option<Vec<Start>>,
}

impl TryFrom<RepeatFields> for Repeat {
    type Error = &'static str;

    fn try_from(fields: RepeatFields) -> Result<Repeat, &'static str> {
        let RepeatFields {
            rrule,
            exdates,
            rdates,
            starts,
        } = fields;
        match (rrule, starts) {
            (Some(rrule), None) => Ok(Repeat::Rule {
                rrule: Box::new(rrule),
                exdates,
                rdates,
            }),
            (None, Some(starts)) if exdates.is_empty() && rdates.is_empty() => {
                Ok(Repeat::Starts(starts))
            }
            _ => Err("either `rrule`, with `exdates` and `rdates`, or `starts`"),
        }
    }
}

impl From<Repeat> for RepeatFields {
    fn from(repeat: Repeat) -> RepeatFields {
        match repeat {
            Repeat::Rule {
                rrule,
                exdates,
                rdates,
            } => RepeatFields {
                rrule: Some(*rrule),
                exdates,
                rdates,
                starts: None,
            },
            Repeat::Starts(starts) => RepeatFields {
                starts: Some(starts),
                ..RepeatFields::default()
            },
        }
    }
}

/// The start of an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Start(#[serde(with = "serde_form::instant")] pub DateTime<Utc>);

/// What to do when an occurrence cannot be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SeriesMode {
    /// Then none is.
    AllOrNothing,
    /// The others are.
    BestEffort,
    /// Those before it are, and none after it is tried.
    StopAtFirst,
}

/// What an occurrence needs of the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOccurrence {
    /// The id of its booking.
    pub booking: BookingId,
    /// Random bytes for its confirmation code.
    pub code_seed: CodeSeed,
}

/// What became of a series: every occurrence with its result.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesDecision {
    /// In the order of time.
    pub occurrences: Vec<Occurrence>,
}

/// An occurrence of a series that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    /// The id of its booking.
    pub booking: BookingId,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an occurrence.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is booked.
    Booked(Box<Decision>),
    /// It could not be.
    Refused(Rejection),
    /// It could have been, and is not because another one could not.
    Free,
    /// It was not tried, because another one could not.
    NotTried,
}

impl SeriesDecision {
    /// The decisions to store, all in one transaction; none when nothing is booked.
    pub fn decisions(&self) -> impl Iterator<Item = &Decision> {
        self.occurrences
            .iter()
            .filter_map(|each| match &each.outcome {
                Outcome::Booked(decision) => Some(decision.as_ref()),
                _ => None,
            })
    }

    /// Whether every occurrence is booked.
    pub fn is_complete(&self) -> bool {
        self.decisions().count() == self.occurrences.len()
    }

    /// The result of each occurrence, as the customer may see it.
    pub fn report(&self) -> Vec<OccurrenceReport> {
        self.occurrences.iter().map(Occurrence::report).collect()
    }

    /// Nothing is booked: what could have been is only free.
    fn withdraw(&mut self) {
        for each in &mut self.occurrences {
            if matches!(each.outcome, Outcome::Booked(_)) {
                each.outcome = Outcome::Free;
            }
        }
    }
}

impl Occurrence {
    fn report(&self) -> OccurrenceReport {
        let code = match &self.outcome {
            Outcome::Booked(decision) => return report(&decision.booking),
            Outcome::Refused(rejection) => Some(rejection.code()),
            Outcome::Free | Outcome::NotTried => None,
        };
        OccurrenceReport {
            booking: self.booking.clone(),
            start: self.start,
            status: None,
            code,
        }
    }
}

/// When the occurrences of a series are, in order and each once: so many ids it needs.
///
/// `zone` is that of the business, as the question for slots has it.
///
/// # Errors
///
/// [`SeriesError`] when there are none or too many of them, when two start at the same instant, or
/// when the rule has no end.
///
/// # Example
///
/// The clocks of New York change on 8 March 2026; the lesson stays at nine.
///
/// ```
/// use quando::booking::series::{Repeat, starts};
/// use quando::time::Zone;
///
/// let weekly: Repeat = serde_json::from_str(r#"{"rrule": "FREQ=WEEKLY;COUNT=2"}"#)?;
/// let first = "2026-03-02T14:00:00Z".parse()?;
/// let found = starts(&weekly, first, &Zone::new("America/New_York")?)?;
/// assert_eq!(found[1].to_rfc3339(), "2026-03-09T13:00:00+00:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn starts(
    repeat: &Repeat,
    first: DateTime<Utc>,
    zone: &Zone,
) -> Result<Vec<DateTime<Utc>>, SeriesError> {
    let found = match repeat {
        Repeat::Starts(starts) => {
            check_count(starts.len())?;
            let mut sorted: Vec<DateTime<Utc>> = starts.iter().map(|start| start.0).collect();
            sorted.sort_unstable();
            sorted
        }
        Repeat::Rule {
            rrule,
            exdates,
            rdates,
        } => {
            if rrule.parts().end == RuleEnd::Never {
                return Err(SeriesError::Endless);
            }
            let recurrence = Recurrence {
                start: zone.civil(first),
                zone: zone.clone(),
                rule: Some(Rule::clone(rrule)),
                exdates: exdates.clone(),
                rdates: rdates.clone(),
            };
            // Of a time that the clocks show twice, an occurrence is the first pass.
            let from = first.min(zone.occurrence(recurrence.start)).timestamp();
            let ever = Interval::from_timestamps(from, INSTANT_MAX);
            recurrence.expand(ever.map_err(|_| Rejection::TimeOutOfRange)?)?
        }
    };
    check_count(found.len())?;
    if found.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(SeriesError::Repeated);
    }
    Ok(found)
}

fn check_count(count: usize) -> Result<(), SeriesError> {
    let most = SERIES_OCCURRENCES_MAX;
    match count {
        0 => Err(SeriesError::Empty),
        count if count > most => Err(SeriesError::TooMany { most }),
        _ => Ok(()),
    }
}

/// Books a series: each occurrence as [`decide::create`] would, in the order of time, with those
/// before it in place.
///
/// The snapshot is that of the first occurrence, with the claims and the usage of the whole time
/// that the series reaches over. Quotas and limits count its own bookings as well.
///
/// # Errors
///
/// [`SeriesError`] when there is no series to try. That an occurrence cannot be booked is no error:
/// it is its [`Outcome`].
pub fn create(
    snapshot: &Snapshot,
    command: &CreateSeries,
    now: DateTime<Utc>,
) -> Result<SeriesDecision, SeriesError> {
    let starts = starts(&command.repeat, command.wanted.start, zone(snapshot)?)?;
    check_ids(&command.occurrences, starts.len())?;
    let mut snapshot = snapshot.clone();
    let mut decision = SeriesDecision {
        occurrences: Vec::with_capacity(starts.len()),
    };
    let mut stopped = false;
    for (start, new) in starts.into_iter().zip(&command.occurrences) {
        let outcome = if stopped {
            Outcome::NotTried
        } else {
            book(&mut snapshot, command, (start, new), now)
        };
        let refused = matches!(outcome, Outcome::Refused(_));
        stopped |= refused && command.mode == SeriesMode::StopAtFirst;
        decision.occurrences.push(Occurrence {
            booking: new.booking.clone(),
            start,
            outcome,
        });
    }
    if command.mode == SeriesMode::AllOrNothing && !decision.is_complete() {
        decision.withdraw();
    }
    Ok(decision)
}

fn book(
    snapshot: &mut Snapshot,
    command: &CreateSeries,
    (start, new): (DateTime<Utc>, &NewOccurrence),
    now: DateTime<Utc>,
) -> Outcome {
    let wanted = Wanted {
        booking: new.booking.clone(),
        start,
        series: Some(command.series.clone()),
        ..command.wanted.clone()
    };
    let create = Create {
        by: command.by.clone(),
        expected_version: None,
        wanted: Some(wanted),
        token: None,
        notes: None,
        code_seed: new.code_seed,
    };
    match decide::create(snapshot, &create, now) {
        Ok(decision) => {
            take_in_new(snapshot, &decision);
            Outcome::Booked(Box::new(decision))
        }
        Err(rejection) => Outcome::Refused(rejection),
    }
}

fn check_ids(given: &[NewOccurrence], needed: usize) -> Result<(), SeriesError> {
    let Some(used) = given.get(..needed) else {
        let given = given.len();
        return Err(SeriesError::TooFewIds { needed, given });
    };
    let mut ids: Vec<&BookingId> = used.iter().map(|each| &each.booking).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(SeriesError::Repeated);
    }
    Ok(())
}
