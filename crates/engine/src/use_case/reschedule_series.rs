//! Moving the occurrences of a series, in one write.

use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use quando::booking::series::{
    Reach, RescheduleSeries, SeriesChange, SeriesError, SeriesMode, reschedule,
};
use quando::booking::{Action, Booking, Rejection, Snapshot as CoreSnapshot};
use quando::id::{CustomerId, ProviderId, SeriesId, ServiceId};
use quando::time::{Interval, Minutes, Window};
use serde::{Deserialize, Serialize};

use super::booking::{BookingKey, check_seen};
use super::series::SeriesReport;
use crate::engine::Shared;
use crate::limits::{LAPSED_MAX, SCOPES_MAX};
use crate::question::Catalogue;
use crate::store::{
    BookingRow, Scope, Snapshot, Store, StoreError, TransactError, Write, WriteRequest,
};
use crate::write::{Before, Decided, Draft, lapsed_in_the_way};
use crate::{Context, Done, Engine, Error, Refusal};

/// By how much more than the named occurrence others may move, where clocks are changed between
/// them.
const CLOCKS: i64 = 86_400;

/// Where the occurrences of a series are to be moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveSeries {
    /// Which ones beside the one that is named.
    pub reach: Reach,
    /// The new start of the one that is named. The others move by as much on the wall clock of the
    /// business.
    pub start: DateTime<Utc>,
    /// What to do when one of them cannot be moved.
    pub mode: SeriesMode,
}

/// A move on its way to the store.
struct Task {
    provider: ProviderId,
    series: SeriesId,
    service: ServiceId,
    customer: CustomerId,
    party: NonZeroU32,
    minutes: Minutes,
    /// All occurrences as they were read.
    rows: Vec<(BookingRow, Booking)>,
    command: RescheduleSeries,
    /// All the time that they come from and go to.
    slot: Interval,
}

impl<S: Store> Engine<S> {
    /// Moves an occurrence of a series, those from it on, or all that are not over; all that are
    /// moved are written in one step.
    ///
    /// # Errors
    ///
    /// [`Error::Series`] when the booking is not one of a series or is over. That an occurrence
    /// cannot be moved is no error: the report says so, and it stays where it was.
    pub async fn reschedule_series(
        &self,
        context: Context,
        key: BookingKey,
        request: MoveSeries,
    ) -> Result<Done<SeriesReport>, Error> {
        let idempotency = Self::idempotency(&context, "reschedule-series", &(&key, &request));
        let now = self.now();
        for _ in 0..SCOPES_MAX {
            let task = Arc::new(self.series_move(&context, &key, &request).await?);
            let scope = self.slot_scope((&task.provider, &task.service), &task.customer, task.slot);
            let write = WriteRequest {
                scope: scope.clone(),
                by: context.by.clone(),
                now,
                idempotency: idempotency.clone(),
            };
            let (shared, asked) = (Arc::clone(&self.shared), Arc::clone(&task));
            let decide = move |snapshot: &Snapshot| asked.write(&shared, snapshot, (&scope, now));
            match self.transact(write, decide).await {
                Ok(written) => return self.done(&written),
                Err(TransactError::Refused(Refusal::Widen(widen))) => {
                    self.learn((&task.provider, &task.service), task.slot, &widen);
                }
                Err(TransactError::Refused(Refusal::Lapsed(ids))) => {
                    for id in ids.into_iter().take(LAPSED_MAX) {
                        self.let_expire(&task.provider, id).await?;
                    }
                }
                Err(TransactError::Refused(Refusal::Series(error))) => {
                    return Err(Error::Series(error));
                }
                // An occurrence was changed since it was read.
                Err(TransactError::Store(StoreError::Contended { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refusal::Stale.into())
    }

    async fn series_move(
        &self,
        context: &Context,
        key: &BookingKey,
        request: &MoveSeries,
    ) -> Result<Task, Error> {
        let named = self.show_booking(key).await?;
        let series = named.series.clone();
        let series = series.ok_or(Box::new(SeriesError::SeveralSeries))?;
        let rows = self.series_rows(&key.provider, &series).await?;
        let slots = || rows.iter().map(|(row, _)| row.slot);
        let shift = request.start.timestamp() - named.slot.start().timestamp();
        let first = slots().map(|slot| slot.start_timestamp()).min();
        let last = slots().map(|slot| slot.end_timestamp()).max();
        let (Some(first), Some(last)) = (first, last) else {
            return Err(Box::new(SeriesError::UnknownOccurrence).into());
        };
        let (start, end) = (first + shift.min(0) - CLOCKS, last + shift.max(0) + CLOCKS);
        let slot = Interval::from_timestamps(start, end);
        let minutes = u32::try_from(named.slot.duration().num_minutes());
        let minutes = minutes.ok().and_then(|count| Minutes::new(count).ok());
        Ok(Task {
            provider: named.provider,
            series,
            service: named.service,
            customer: named.customer,
            party: named.party,
            minutes: minutes.ok_or(Rejection::TimeOutOfRange)?,
            rows,
            command: RescheduleSeries {
                by: context.by.clone(),
                booking: named.id,
                reach: request.reach,
                start: request.start,
                mode: request.mode,
                seed: self.seed(),
            },
            slot: slot.map_err(|_| Rejection::TimeOutOfRange)?,
        })
    }
}

impl Task {
    fn write(
        &self,
        shared: &Shared,
        snapshot: &Snapshot,
        (scope, now): (&Scope, DateTime<Utc>),
    ) -> Result<Write, Refusal> {
        let catalogue = Catalogue::of(&shared.documents, snapshot, &self.provider, &self.service)?;
        for (_, booking) in &self.rows {
            let needed = catalogue.reach(self.slot, Some(booking));
            check_seen(scope, needed.ok_or(Rejection::TimeOutOfRange)?)?;
        }
        // The window plays no part in a decision.
        let window = Window::new(now, now + TimeDelta::minutes(1));
        let window = window.map_err(|_| Rejection::TimeOutOfRange)?;
        let asked = (self.minutes, self.party);
        let core = CoreSnapshot {
            question: Some(catalogue.question(snapshot, window, asked, now)),
            offer: Some(catalogue.offer(snapshot)),
            decided_until: snapshot.claims.iter().map(|row| row.decided_at).max(),
            ..CoreSnapshot::default()
        };
        let bookings: Vec<Booking> = self.rows.iter().map(|(_, each)| each.clone()).collect();
        let change = reschedule(&core, &bookings, &self.command, now)
            .map_err(|error| Refusal::Series(Box::new(error)))?;
        self.changes(shared, snapshot, (&catalogue, &change), now)
    }

    fn changes(
        &self,
        shared: &Shared,
        snapshot: &Snapshot,
        (catalogue, change): (&Catalogue, &SeriesChange),
        now: DateTime<Utc>,
    ) -> Result<Write, Refusal> {
        let before = Before {
            resources: &catalogue.resources,
            claims: &snapshot.claims,
            usage: &snapshot.usage,
            seed: self.command.seed,
            terms: &shared.terms,
        };
        let by = &self.command.by;
        let action = Action::Reschedule.name();
        let mut draft = Draft::new((&self.provider, &before), by, action, now);
        let mut taken = Vec::new();
        for decision in change.decisions() {
            let id = &decision.booking.id;
            let known = self.rows.iter().find(|(row, _)| row.id == *id);
            let (row, booking) = known.expect("only what was read is decided");
            draft.take_in(Decided {
                decision,
                before: Some(booking),
                head: row.head,
            })?;
            let takes = decision.booking.takes.iter();
            taken.extend(takes.map(|take| take.resource.clone()));
        }
        let changes = draft.changes;
        let lapsed = lapsed_in_the_way(&changes, &snapshot.claims, now);
        if !lapsed.is_empty() {
            return Err(Refusal::Lapsed(lapsed));
        }
        let report = SeriesReport {
            series: self.series.clone(),
            occurrences: change.report().into_iter().map(Into::into).collect(),
        };
        let reply = serde_json::to_vec(&report).expect("a report has a JSON form");
        Ok(Write {
            changes,
            relied: catalogue.relied(&taken),
            reply: reply.into(),
        })
    }
}
