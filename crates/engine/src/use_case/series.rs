//! Booking a series in one write, and calling its occurrences off.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use quando::booking::series::{
    CreateSeries, NewOccurrence, OccurrenceReport, Reach, Repeat, SeriesDecision, SeriesError,
    SeriesMode, create, select, starts,
};
use quando::booking::{Action, Booking, Note, Rejection, Snapshot as CoreSnapshot, Status, Wanted};
use quando::id::{BookingId, ProviderId, SeriesId};
use quando::time::{Interval, Minutes, Window};
use serde::{Deserialize, Serialize};

use super::booking::{Act, ActOn, BookingKey, NewBooking, usage};
use crate::audit::Hash;
use crate::engine::Shared;
use crate::limits::{LAPSED_MAX, PAGE_MAX, SCOPES_MAX};
use crate::question::Catalogue;
use crate::store::{
    BookingRow, Change, Scope, Snapshot, Store, TransactError, Write, WriteRequest,
};
use crate::write::{Before, Decided, Draft, lapsed_in_the_way, terms_document};
use crate::{Context, Done, Engine, Error, Refusal};

/// A series that is to be booked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSeries {
    /// What each occurrence books; its `start` is that of the series.
    pub new: NewBooking,
    /// When the occurrences are.
    pub repeat: Repeat,
    /// What to do when one of them cannot be booked.
    pub mode: SeriesMode,
}

/// What came of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeriesReport {
    /// The name of the series.
    pub series: SeriesId,
    /// One for each occurrence, in the order of time.
    pub occurrences: Vec<OccurrenceResult>,
}

/// What came of an occurrence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OccurrenceResult {
    /// The booking.
    pub booking: BookingId,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// Where it stands; none when it was not booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Why it was not booked or changed; none also when that was another one's fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl From<OccurrenceReport> for OccurrenceResult {
    fn from(report: OccurrenceReport) -> OccurrenceResult {
        OccurrenceResult {
            booking: report.booking,
            start: report.start,
            status: report.status,
            code: report.code.map(str::to_owned),
        }
    }
}

/// A series on its way to the store.
struct Task {
    provider: ProviderId,
    command: CreateSeries,
    /// The time from the first start to the last end, as far as it is known.
    slot: Interval,
    notes: Vec<Change>,
    seed: u64,
}

impl<S: Store> Engine<S> {
    /// Books a series: all occurrences that are booked are written in one step.
    ///
    /// # Errors
    ///
    /// [`Error::Series`] when there is no series to try. That an occurrence cannot be booked is no
    /// error: the report says so.
    pub async fn create_series(
        &self,
        context: Context,
        request: NewSeries,
    ) -> Result<Done<SeriesReport>, Error> {
        let idempotency = Self::idempotency(&context, "series", &request);
        let task = Arc::new(self.series(&context, request).await?);
        let (provider, service) = (&task.provider, &task.command.wanted.service);
        let now = self.now();
        for _ in 0..SCOPES_MAX {
            let customer = &task.command.wanted.customer;
            let scope = self.slot_scope((provider, service), customer, task.slot);
            let write = WriteRequest {
                scope: scope.clone(),
                by: context.by.clone(),
                now,
                idempotency: idempotency.clone(),
            };
            let (shared, asked) = (Arc::clone(&self.shared), Arc::clone(&task));
            let answer = self
                .transact(write, move |snapshot| {
                    asked.write(&shared, snapshot, (&scope, now))
                })
                .await;
            match answer {
                Ok(written) => return self.done(&written),
                Err(TransactError::Refused(Refusal::Widen(widen))) => {
                    self.learn((provider, service), task.slot, &widen);
                }
                Err(TransactError::Refused(Refusal::Lapsed(ids))) => {
                    for id in ids.into_iter().take(LAPSED_MAX) {
                        self.let_expire(provider, id).await?;
                    }
                }
                Err(TransactError::Refused(Refusal::Series(error))) => {
                    return Err(Error::Series(error));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refusal::Stale.into())
    }

    async fn series(&self, context: &Context, request: NewSeries) -> Result<Task, Error> {
        let NewSeries { new, repeat, mode } = request;
        let (provider, service) = self.offered(&new.provider, &new.service).await?;
        let found = starts(&repeat, new.start, &provider.zone).map_err(Box::new)?;
        let series = SeriesId::new(self.new_id()).expect("a UUID is an id");
        let occurrences: Vec<NewOccurrence> = found
            .iter()
            .map(|_| NewOccurrence {
                booking: self.new_booking_id(),
                code_seed: self.code_seed(),
            })
            .collect();
        let first = occurrences.first().map(|each| each.booking.clone());
        let first = first.ok_or(Box::new(SeriesError::Empty))?;
        let (wanted, notes) = self.wanted(&new, &first).await?;
        let minutes = new
            .duration_minutes
            .unwrap_or(service.timing.duration_minutes);
        let slot = span(&found, minutes).ok_or(Rejection::TimeOutOfRange)?;
        Ok(Task {
            provider: new.provider,
            command: CreateSeries {
                by: context.by.clone(),
                series: series.clone(),
                wanted: Wanted {
                    series: Some(series),
                    ..wanted
                },
                repeat,
                mode,
                occurrences,
            },
            slot,
            notes,
            seed: self.seed(),
        })
    }

    /// Calls off an occurrence of a series, those from it on, or all; each by its own terms, and
    /// each in a write of its own. One that cannot be called off leaves the others alone.
    ///
    /// With a key, each occurrence has its own made of it, so that the request can be repeated.
    ///
    /// # Errors
    ///
    /// [`Error::Series`] when the booking is not one of a series or is over.
    pub async fn cancel_series(
        &self,
        context: Context,
        key: BookingKey,
        reach: Reach,
        reason: Option<Note>,
    ) -> Result<SeriesReport, Error> {
        let named = self.show_booking(&key).await?;
        let series = named.series.clone();
        let series = series.ok_or(Box::new(SeriesError::SeveralSeries))?;
        let bookings = self.series_bookings(&key.provider, &series).await?;
        let now = self.now();
        let selected = select(&bookings, &key.booking, reach, now).map_err(Box::new)?;
        let mut occurrences = Vec::with_capacity(selected.len());
        for booking in selected {
            let each = BookingKey {
                provider: key.provider.clone(),
                booking: booking.id.clone(),
            };
            let act = Act::Cancel {
                reason: reason.clone(),
                token: None,
            };
            let done = self
                .act(of_one(&context, booking), each, ActOn::from(act))
                .await;
            let (status, code) = match done {
                Ok(done) => (done.value.status, None),
                Err(Error::Store(error)) => return Err(error.into()),
                Err(error) => (booking.status, Some(error.code().to_owned())),
            };
            occurrences.push(OccurrenceResult {
                booking: booking.id.clone(),
                start: booking.slot.start(),
                status: Some(status),
                code,
            });
        }
        Ok(SeriesReport {
            series,
            occurrences,
        })
    }

    /// The bookings of a series, by start. They were made with the series, and ids begin with the
    /// time at which they were made, so that they lie together.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn series_bookings(
        &self,
        provider: &ProviderId,
        series: &SeriesId,
    ) -> Result<Vec<Booking>, Error> {
        let rows = self.series_rows(provider, series).await?;
        Ok(rows.into_iter().map(|(_, booking)| booking).collect())
    }

    /// As [`Engine::series_bookings`], with their rows.
    pub(super) async fn series_rows(
        &self,
        provider: &ProviderId,
        series: &SeriesId,
    ) -> Result<Vec<(BookingRow, Booking)>, Error> {
        let mut after = later_id(series);
        let mut bookings: Vec<(BookingRow, Booking)> = Vec::new();
        loop {
            let page = self.booking_rows(provider, None, after, PAGE_MAX).await?;
            let passed = page
                .last()
                .is_none_or(|last| last.id.as_str() < series.as_str());
            after = page.last().map(|last| last.id.clone());
            for row in page {
                let booking = self.decode(&row).await?;
                if booking.series.as_ref() == Some(series) {
                    bookings.push((row, booking));
                }
            }
            if passed {
                bookings.sort_by_key(|(row, _)| (row.slot.start(), row.id.clone()));
                return Ok(bookings);
            }
        }
    }
}

impl Task {
    fn write(
        &self,
        shared: &Shared,
        snapshot: &Snapshot,
        (scope, now): (&Scope, DateTime<Utc>),
    ) -> Result<Write, Refusal> {
        let wanted = &self.command.wanted;
        let catalogue =
            Catalogue::of(&shared.documents, snapshot, &self.provider, &wanted.service)?;
        let minutes = catalogue
            .duration(wanted.duration_minutes, &wanted.add_ons)
            .ok_or(Rejection::TimeOutOfRange)?;
        let longer = minutes.duration();
        let slot = Interval::new(self.slot.start(), self.slot.end() + longer);
        let slot = slot.map_err(|_| Rejection::TimeOutOfRange)?;
        let needed = catalogue
            .reach(slot, None)
            .ok_or(Rejection::TimeOutOfRange)?;
        super::booking::check_seen(scope, needed)?;
        let window = Window::new(now, now + longer).map_err(|_| Rejection::TimeOutOfRange)?;
        let asked = (minutes, wanted.party);
        let core = CoreSnapshot {
            booking: None,
            question: Some(catalogue.question(snapshot, window, asked, now)),
            offer: Some(catalogue.offer(snapshot)),
            usage: usage(&snapshot.usage, &wanted.booking, now),
            decided_until: snapshot.claims.iter().map(|row| row.decided_at).max(),
        };
        let decision =
            create(&core, &self.command, now).map_err(|error| Refusal::Series(Box::new(error)))?;
        self.changes(shared, snapshot, (&catalogue, &decision), now)
    }

    fn changes(
        &self,
        shared: &Shared,
        snapshot: &Snapshot,
        (catalogue, decision): (&Catalogue, &SeriesDecision),
        now: DateTime<Utc>,
    ) -> Result<Write, Refusal> {
        let before = Before {
            resources: &catalogue.resources,
            claims: &snapshot.claims,
            usage: &snapshot.usage,
            seed: self.seed,
            terms: &shared.terms,
        };
        let by = &self.command.by;
        let action = Action::Create.name();
        let mut draft = Draft::new((&self.provider, &before), by, action, now);
        let mut taken = Vec::new();
        for decision in decision.decisions() {
            draft.take_in(Decided {
                decision,
                before: None,
                head: Hash::START,
            })?;
            taken.extend(
                decision
                    .booking
                    .takes
                    .iter()
                    .map(|take| take.resource.clone()),
            );
        }
        let mut changes = draft.changes;
        let lapsed = lapsed_in_the_way(&changes, &snapshot.claims, now);
        if !lapsed.is_empty() {
            return Err(Refusal::Lapsed(lapsed));
        }
        if let Some(first) = decision.decisions().next() {
            let terms = shared.terms.text_of(&first.booking.terms);
            changes.push(Change::PutDocument {
                document: Box::new(terms_document(&self.provider, &terms, now)),
                previous: 0,
            });
            changes.extend(self.notes.iter().cloned());
        }
        let report = SeriesReport {
            series: self.command.series.clone(),
            occurrences: decision.report().into_iter().map(Into::into).collect(),
        };
        Ok(Write {
            changes,
            relied: catalogue.relied(&taken),
            reply: serde_json::to_vec(&report)
                .expect("a report has a JSON form")
                .into(),
        })
    }
}

/// From the first start to the last end.
fn span(starts: &[DateTime<Utc>], minutes: Minutes) -> Option<Interval> {
    let (first, last) = (starts.iter().min()?, starts.iter().max()?);
    Interval::new(*first, *last + minutes.duration()).ok()
}

/// A context whose key is one of the occurrence's.
fn of_one(context: &Context, booking: &Booking) -> Context {
    let key = context.key.as_ref().and_then(|key| {
        let text = format!("{}/{}", key.as_str(), booking.id);
        quando::idempotency::IdempotencyKey::new(text).ok()
    });
    Context {
        key,
        ..context.clone()
    }
}

/// An id that is later than those that were made with a series, by a minute.
fn later_id(series: &SeriesId) -> Option<BookingId> {
    let id = uuid::Uuid::parse_str(series.as_str()).ok()?;
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let millis = (seconds + 60) * 1_000 + u64::from(nanos / 1_000_000);
    let last = uuid::Builder::from_unix_timestamp_millis(millis, &[0xff; 10]).into_uuid();
    BookingId::new(last.to_string()).ok()
}
