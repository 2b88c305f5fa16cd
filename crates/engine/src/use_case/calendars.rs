//! A provider's time as calendars show it, and the links that open them.

use chrono::{DateTime, Utc};
use quando::availability::Busy;
use quando::booking::{Booking, Status};
use quando::calendar::BusyStatus;
use quando::id::{ProviderId, ResourceId};
use quando::limits::LABEL_BYTES_MAX;
use quando::time::Interval;
use serde::{Deserialize, Serialize};

use super::catalogue::{Deleted, Expected, Put, live, write};
use crate::limits::PAGE_MAX;
use crate::record::{RecordError, Versioned};
use crate::store::{
    ClaimRow, DocumentKey, DocumentKind, List, Partition, ResourceScope, Scope, Snapshot, Store,
};
use crate::{Context, Done, Engine, Error};

/// Digits of the secret in a link: as many as 128 bits have.
const SECRET_DIGITS: usize = 32;

/// A link to a provider's calendar. Whoever has it sees what it shows, until it is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CalendarLink {
    /// Its id, which the link begins with.
    pub id: String,
    /// Whose calendar.
    pub provider: ProviderId,
    /// What it is for, such as the name of a device.
    pub name: String,
    /// What it shows.
    pub shows: LinkScope,
}

/// What a link shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LinkScope {
    /// Bookings, and when somebody is busy.
    Bookings,
    /// Only when somebody is busy.
    FreeBusy,
}

/// A link that is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewCalendarLink {
    /// What it is for.
    pub name: String,
    /// What it shows.
    pub shows: LinkScope,
}

impl<S: Store> Engine<S> {
    /// Makes a link. Its secret follows from its id ([`Engine::calendar_token`]) and is stored
    /// nowhere.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for an unknown provider, and [`Error::Invalid`] for a name that is none.
    pub async fn create_calendar_link(
        &self,
        context: Context,
        provider: ProviderId,
        new: NewCalendarLink,
    ) -> Result<Done<Versioned<CalendarLink>>, Error> {
        let fits = (1..=LABEL_BYTES_MAX).contains(&new.name.len()) && !new.name.trim().is_empty();
        if !fits || new.name.chars().any(char::is_control) {
            return Err(RecordError::Name { field: "name" }.into());
        }
        let idempotency = Self::idempotency(&context, "create-calendar-link", &(&provider, &new));
        let link = CalendarLink {
            id: self.new_id(),
            provider: provider.clone(),
            name: new.name,
            shows: new.shows,
        };
        let of_provider = DocumentKey::provider(&provider);
        let key = key(&provider, &link.id);
        let scope = Scope::new(provider)
            .document(of_provider.clone())
            .document(key.clone());
        let (by, now) = (context.by, self.now());
        let put = Put::new(key, Expected::New, (&by, now));
        self.put(scope, (by, now), idempotency, move |snapshot| {
            live(snapshot, &of_provider, "provider")?;
            let mut changes = Vec::new();
            let reply = put.write(snapshot, (&link, Vec::new()), &mut changes)?;
            Ok(write(changes, &reply))
        })
        .await
    }

    /// The links of a provider, by id.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn calendar_links(
        &self,
        provider: &ProviderId,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Versioned<CalendarLink>>, Error> {
        self.versioned_list(List::Documents {
            kind: DocumentKind::CalendarLink,
            partition: Some(Partition::Provider(provider.clone())),
            after: after.map(|id| key(provider, id)),
            limit: limit.min(PAGE_MAX),
        })
        .await
    }

    /// Deletes a link: from now on it opens nothing.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] and [`Error::VersionConflict`].
    pub async fn delete_calendar_link(
        &self,
        context: Context,
        (provider, id): (ProviderId, &str),
        expected: Expected,
    ) -> Result<Done<Deleted>, Error> {
        let request = (&provider, id, expected);
        let idempotency = Self::idempotency(&context, "delete-calendar-link", &request);
        let key = key(&provider, id);
        let scope = Scope::new(provider).document(key.clone());
        let (by, now) = (context.by, self.now());
        let put = Put::new(key.clone(), expected, (&by, now));
        self.put(scope, (by, now), idempotency, move |snapshot| {
            live(snapshot, &key, "calendar link")?;
            let mut changes = Vec::new();
            let reply = put.delete(snapshot, &mut changes)?;
            Ok(write(changes, &reply))
        })
        .await
    }

    /// What opens a calendar: the id of a link, a full stop, and its secret.
    pub fn calendar_token(&self, provider: &ProviderId, id: &str) -> String {
        let secret = self.shared.keys.derive("calendar-link", &of(provider, id));
        let digits: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{id}.{}", &digits[..SECRET_DIGITS])
    }

    /// The link that a token is of; none when the token is not one, or its link was deleted.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn opened_calendar(
        &self,
        provider: &ProviderId,
        token: &str,
    ) -> Result<Option<CalendarLink>, Error> {
        let Some((id, _)) = token.rsplit_once('.') else {
            return Ok(None);
        };
        if !same(token, &self.calendar_token(provider, id)) {
            return Ok(None);
        }
        let found = self.document::<CalendarLink>(key(provider, id)).await?;
        Ok(found.map(|link| link.value))
    }

    /// Bookings that a calendar shows of a window: those to come, and those that are over; of each
    /// state at most the newest [`PAGE_MAX`].
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn calendar_bookings(
        &self,
        provider: &ProviderId,
        window: Interval,
    ) -> Result<Vec<Booking>, Error> {
        let mut found = Vec::new();
        for status in [
            Status::Pending,
            Status::Confirmed,
            Status::InProgress,
            Status::Completed,
        ] {
            let bookings = self.bookings(provider, Some(status), None, PAGE_MAX);
            let bookings = bookings.await?.into_iter();
            found.extend(bookings.filter(|each| each.slot.overlaps(window)));
        }
        found.sort_by(|a, b| (a.slot.start(), &a.id).cmp(&(b.slot.start(), &b.id)));
        Ok(found)
    }

    /// When a provider, or one of its resources, is busy in a window, by bookings and by other
    /// calendars, and nothing about what.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn busy_time(
        &self,
        provider: &ProviderId,
        resource: Option<&ResourceId>,
        window: Interval,
    ) -> Result<Vec<Busy>, Error> {
        let mut scope = Scope::new(provider.clone());
        scope.resources = match resource {
            Some(resource) => ResourceScope::Named(vec![resource.clone()]),
            None => ResourceScope::All,
        };
        scope.span = Some(window);
        let snapshot: Snapshot = self.store.read(scope).await?;
        let now = self.now();
        let taken = snapshot.claims.iter().filter(|row| takes_time(row, now));
        let mut busy: Vec<Busy> = taken.map(|row| Busy::from(row.span)).collect();
        let others = snapshot.busy.into_iter().map(|row| row.busy);
        busy.extend(others.filter(|each| each.status != BusyStatus::Free));
        Ok(busy)
    }
}

/// Whether a row of claims says that somebody is busy; what is over has no unit any more.
fn takes_time(row: &ClaimRow, now: DateTime<Utc>) -> bool {
    row.claim.as_ref().map_or(row.unit.is_some(), |claim| {
        !claim.done && claim.expires_at.is_none_or(|until| until > now)
    })
}

fn key(provider: &ProviderId, id: &str) -> DocumentKey {
    DocumentKey::of(provider, DocumentKind::CalendarLink, id)
}

/// The text that a secret is derived from; an id of ours has no such character, a provider's may.
fn of(provider: &ProviderId, id: &str) -> String {
    format!("{id}/{provider}")
}

/// Compares in a time that does not depend on where two texts differ.
fn same(one: &str, other: &str) -> bool {
    let bytes = one.bytes().zip(other.bytes());
    one.len() == other.len() && bytes.fold(0, |all, (a, b)| all | (a ^ b)) == 0
}
