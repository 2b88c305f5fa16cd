//! Everything that is known of a person, for that person.

use chrono::{DateTime, Utc};
use quando::booking::{Booking, Note};
use quando::id::CustomerId;
use quando::review::Party;
use serde::Serialize;
use serde_json::Value;

use crate::audit::{JournalEntry, booking_subject};
use crate::codec::corrupt;
use crate::limits::PAGE_MAX;
use crate::personal::{PersonId, PersonalData};
use crate::store::{Partition, Store};
use crate::use_case::BookingKey;
use crate::use_case::person::SEALED;
use crate::{Engine, Error};

/// Everything that is known of a person.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonExport {
    /// Who.
    pub person: String,
    /// When it was put together.
    pub at: DateTime<Utc>,
    /// Name, addresses and notes; none when nothing was kept, or the person was erased.
    pub profile: Option<PersonalData>,
    /// Bookings with anybody, the newest first, with what was written on them.
    pub bookings: Vec<ExportedBooking>,
    /// What was done to the person's own data, and when.
    pub changes: Vec<ExportedChange>,
}

/// A booking with the texts that are kept sealed.
#[derive(Debug, Serialize)]
pub struct ExportedBooking {
    /// The booking; sealed texts stand in it as numbers. What the provider wrote of the customer is
    /// in it once both sides may see it.
    pub booking: Booking,
    /// The sealed texts of it and of all that was done to it, opened, in their order.
    pub texts: Vec<String>,
    /// What was done to it, and when.
    pub changes: Vec<ExportedChange>,
}

/// Something that was done to a person's data, or to a booking.
#[derive(Debug, Serialize)]
pub struct ExportedChange {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub action: String,
    /// In which role.
    pub by: String,
}

impl<S: Store> Engine<S> {
    /// Puts together everything that is known of a person. Bookings are found as far as they were
    /// relayed, which is done first.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when nothing is known, and [`Error::Personal`].
    pub async fn export_person(&self, person: &PersonId) -> Result<PersonExport, Error> {
        while !self
            .relay_events(crate::limits::RELAY_MAX)
            .await?
            .is_empty()
        {}
        let profile = self.person(person).await?;
        let bookings = self.exported_bookings(person).await?;
        let changes = self.exported_changes(person).await?;
        if profile.is_none() && bookings.is_empty() && changes.is_empty() {
            return Err(Error::NotFound { what: "person" });
        }
        Ok(PersonExport {
            person: person.as_str().to_owned(),
            at: self.now(),
            profile,
            bookings,
            changes,
        })
    }

    async fn exported_bookings(&self, person: &PersonId) -> Result<Vec<ExportedBooking>, Error> {
        let customer = CustomerId::new(person.as_str()).expect("ids have one form");
        let mut exported = Vec::new();
        let mut after = None;
        loop {
            let page = self
                .customer_bookings(&customer, after.take(), PAGE_MAX)
                .await?;
            let Some(last) = page.last() else {
                return Ok(exported);
            };
            after = Some(last.id.clone());
            for booking in page {
                exported.push(self.exported_booking(person, booking).await?);
            }
        }
    }

    async fn exported_booking(
        &self,
        person: &PersonId,
        booking: Booking,
    ) -> Result<ExportedBooking, Error> {
        let key = BookingKey {
            provider: booking.provider.clone(),
            booking: booking.id.clone(),
        };
        let partition = Partition::Provider(key.provider.clone());
        let subject = booking_subject(&key.booking);
        let entries = self.journal_of(partition, Some(subject)).await?;
        let mut notes: Vec<Note> = Vec::new();
        for entry in &entries {
            let events: Value = serde_json::from_slice(&entry.events)
                .map_err(|error| corrupt(&error.to_string()))?;
            sealed_notes(&events, &mut notes);
        }
        let mut texts = Vec::new();
        for note in notes {
            texts.extend(self.read_note(&key, person, &note).await?);
        }
        Ok(ExportedBooking {
            booking: as_its_customer_sees_it(booking, self.now())?,
            texts,
            changes: entries.iter().map(changed).collect(),
        })
    }

    async fn exported_changes(&self, person: &PersonId) -> Result<Vec<ExportedChange>, Error> {
        let partition = Partition::Person(person.clone());
        let entries = self.journal_of(partition, None).await?;
        Ok(entries.iter().map(changed).collect())
    }
}

fn changed(entry: &JournalEntry) -> ExportedChange {
    ExportedChange {
        at: entry.at,
        action: entry.action.to_string(),
        by: entry.by.actor.name().to_owned(),
    }
}

/// Without a review that the customer may not see yet: neither side is told the other's before both
/// are in or the time for them is over.
fn as_its_customer_sees_it(booking: Booking, now: DateTime<Utc>) -> Result<Booking, Error> {
    let Some(reviews) = &booking.reviews else {
        return Ok(booking);
    };
    let of_provider = reviews
        .visible_to(Party::Customer, now)
        .any(|review| review.by == Party::Provider);
    if of_provider {
        return Ok(booking);
    }
    let mut form = serde_json::to_value(&booking).expect("a booking has a JSON form");
    if let Some(reviews) = form.get_mut("reviews").and_then(Value::as_object_mut) {
        reviews.remove("provider");
    }
    Ok(serde_json::from_value(form).map_err(|error| corrupt(&error.to_string()))?)
}

/// The notes that stand sealed in events, each once, in their order.
fn sealed_notes(events: &Value, notes: &mut Vec<Note>) {
    match events {
        Value::String(text) if text.starts_with(SEALED) => {
            if let Ok(note) = Note::new(text.as_str())
                && !notes.contains(&note)
            {
                notes.push(note);
            }
        }
        Value::Array(items) => items.iter().for_each(|each| sealed_notes(each, notes)),
        Value::Object(fields) => fields.values().for_each(|each| sealed_notes(each, notes)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use quando::booking::Actor;
    use serde_json::json;

    use super::super::fixture::{World, key, now, operator};
    use crate::personal::{PersonId, PersonalData};
    use crate::{Act, Context};

    fn export(world: &World) -> super::PersonExport {
        let person = PersonId::new("c1").unwrap();
        now(world.engine.export_person(&person)).unwrap()
    }

    #[test]
    fn everything_that_was_written_is_in_it() {
        let world = World::with_ana(&json!({}));
        let person = PersonId::new("c1").unwrap();
        let data = PersonalData {
            name: Some("Ada".to_owned().try_into().unwrap()),
            ..PersonalData::default()
        };
        now(world
            .engine
            .put_person(operator(), person.clone(), data.clone()))
        .unwrap();
        let mut wish = World::wish("c1", "2026-03-02T09:00:00Z");
        wish.notes = Some(quando::booking::Note::new("no dog please").unwrap());
        let booked = now(world.engine.create_booking(operator(), wish))
            .unwrap()
            .value;
        world.book("c2", "2026-03-02T10:00:00Z");
        world
            .act(&booked, json!({"do": "cancel", "reason": "rain"}))
            .unwrap();
        let export = export(&world);
        assert_eq!(export.profile, Some(data));
        assert_eq!(export.bookings.len(), 1);
        assert_eq!(export.bookings[0].texts, ["no dog please", "rain"]);
        let changes = export.bookings[0].changes.iter();
        let changes: Vec<&str> = changes.map(|each| each.action.as_str()).collect();
        assert_eq!(changes, ["create", "cancel"]);
        assert_eq!(export.changes.len(), 1);
        // Once erased, what was written cannot be opened any more.
        now(world.engine.erase_person(operator(), person)).unwrap();
        let export = self::export(&world);
        assert_eq!(export.profile, None);
        assert_eq!(export.bookings[0].texts, Vec::<String>::new());
    }

    #[test]
    fn a_review_of_the_customer_is_not_in_it_before_it_may_be_seen() {
        let world = World::with_ana(&json!({}));
        let booked = world.book("c1", "2026-03-02T09:00:00Z");
        world.at("2026-03-02T10:00:00Z");
        now(world.engine.fire_deadlines(10)).unwrap();
        let review = |actor: Actor, text: &str| {
            let act = json!({"do": "review", "rating": 2, "text": text});
            let act: Act = serde_json::from_value(act).unwrap();
            let done = world
                .engine
                .act(Context::new(actor), key(&booked), act.into());
            now(done).unwrap();
        };
        review(Actor::Provider, "came late");
        let told = || serde_json::to_string(&export(&world)).unwrap();
        assert!(!told().contains("came late"));
        review(Actor::Customer, "bad cut");
        assert!(told().contains("came late") && told().contains("bad cut"));
    }
}
