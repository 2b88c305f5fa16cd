//! Who gets a slot when one becomes free.
//!
//! A [`Waitlist`] is plain data that the host keeps: entries in the order in which they came, each
//! with what it wants. When capacity is freed, [`Waitlist::next_offers`] says whose turn it is. An
//! offer is a hold with a deadline: the host decides the [`Hold`] like any other and records it by
//! [`Waitlist::offered`]. An offer that lapses or is passed leaves its entry waiting for other
//! slots, and the slot goes on to the next; who books or withdraws leaves the list.

use std::num::NonZeroU32;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::series::Start;
use super::{Booking, By, Hold, HoldToken, Offer, Rules, Status, Terms, Wanted};
use crate::fees::ItemId;
use crate::id::{BookingId, CustomerId, ProviderId, ResourceId, ServiceId, WaitlistEntryId};
use crate::limits::{WAITLIST_ENTRIES_MAX, WAITLIST_PASSED_MAX};
use crate::time::text::serde_form;
use crate::time::{Minutes, Window};

/// People who wait for a slot, in the order in which they came.
///
/// JSON form: `{"offering":"oneByOne","offerMinutes":120,"entries":[…]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    try_from = "WaitlistFields",
    into = "WaitlistFields"
)]
pub struct Waitlist {
    offering: Offering,
    offer_minutes: Minutes,
    entries: Vec<WaitlistEntry>,
}

/// How a free slot is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Offering {
    /// To the first whom it suits, who has it held for a while; then to the next. A class offers as
    /// many at a time as it has free seats.
    OneByOne,
    /// To all whom it suits at once. Nobody has it held, and whoever books first gets it.
    Broadcast,
}

/// Somebody who waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WaitlistEntry {
    /// Its name.
    pub id: WaitlistEntryId,
    /// What is wanted.
    pub wish: Wish,
    /// Since when.
    #[serde(with = "serde_form::instant")]
    pub joined_at: DateTime<Utc>,
    /// What it was offered last, if that is not settled yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<WaitlistOffer>,
    /// Starts that it let pass: they are not offered again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<Start>,
}

/// What somebody waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wish {
    /// Who offers the service.
    pub provider: ProviderId,
    /// Who waits.
    pub customer: CustomerId,
    /// For what.
    pub service: ServiceId,
    /// Starts that suit.
    pub window: Window,
    /// For how many.
    #[serde(default = "one")]
    pub party: NonZeroU32,
    /// How long, without add-ons; what the service says when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_minutes: Option<Minutes>,
    /// Add-ons, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_ons: Vec<ItemId>,
    /// The resources that the customer chose, by role; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<Vec<ResourceId>>>,
}

/// What an entry was offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WaitlistOffer {
    /// Which start.
    #[serde(with = "serde_form::instant")]
    pub start: DateTime<Utc>,
    /// Until when.
    #[serde(with = "serde_form::instant")]
    pub until: DateTime<Utc>,
    /// The hold that keeps it; none of a slot that is offered to all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<BookingId>,
}

/// A slot that has become free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FreeSlot {
    /// Whose.
    pub provider: ProviderId,
    /// Of which service.
    pub service: ServiceId,
    /// When it starts.
    #[serde(with = "serde_form::instant")]
    pub start: DateTime<Utc>,
    /// How many seats are free now, beside live holds: the slot's `seatsLeft`.
    pub seats: u32,
}

/// What a new offer needs of the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOffer {
    /// The id of the hold.
    pub booking: BookingId,
    /// The secret of the holder, to be sent with the offer.
    pub token: HoldToken,
}

/// An offer to make.
#[derive(Clone, Debug, PartialEq)]
pub struct NextOffer {
    /// To whom.
    pub entry: WaitlistEntryId,
    /// Which start.
    pub start: DateTime<Utc>,
    /// The hold to decide first; none of a slot that is offered to all.
    pub hold: Option<Hold>,
}

/// Why a waitlist refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WaitlistError {
    /// It has as many entries as it may.
    #[error("a waitlist has at most {WAITLIST_ENTRIES_MAX} entries (limit `WAITLIST_ENTRIES_MAX`)")]
    Full,
    /// There is an entry of that name.
    #[error("there is an entry `{0}` already")]
    Exists(WaitlistEntryId),
    /// The customer waits for the same service at a time that overlaps.
    #[error("the customer waits for that already")]
    AlreadyWaiting,
    /// All starts that would suit are past.
    #[error("no start in the window is still to come")]
    WindowPast,
    /// There is no such entry.
    #[error("there is no entry `{0}`")]
    NotFound(WaitlistEntryId),
    /// The entry was not offered that.
    #[error("the entry was not offered that")]
    NotOffered,
    /// The entry has an offer that is still open.
    #[error("the entry has an open offer")]
    OfferOpen,
    /// The hold is none for this entry.
    #[error("the booking is no hold for this entry")]
    HoldDiffers,
}

impl WaitlistError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            WaitlistError::Full => "waitlist-full",
            WaitlistError::Exists(_) => "waitlist-entry-exists",
            WaitlistError::AlreadyWaiting => "waitlist-already-waiting",
            WaitlistError::WindowPast => "waitlist-window-past",
            WaitlistError::NotFound(_) => "waitlist-entry-not-found",
            WaitlistError::NotOffered => "waitlist-not-offered",
            WaitlistError::OfferOpen => "waitlist-offer-open",
            WaitlistError::HoldDiffers => "waitlist-hold-differs",
        }
    }
}

impl Waitlist {
    /// A list on which nobody waits. An offer stands for `offer_minutes`, at least one.
    pub fn new(offering: Offering, offer_minutes: Minutes) -> Waitlist {
        Waitlist {
            offering,
            offer_minutes,
            entries: Vec::new(),
        }
    }

    /// Who waits, in the order of their turns.
    pub fn entries(&self) -> &[WaitlistEntry] {
        &self.entries
    }

    /// Puts somebody at the end of the list.
    ///
    /// # Errors
    ///
    /// [`WaitlistError`] when the list is full, the name is taken, the customer waits for the same
    /// already or the window is past.
    pub fn join(
        &mut self,
        id: WaitlistEntryId,
        wish: Wish,
        now: DateTime<Utc>,
    ) -> Result<(), WaitlistError> {
        let same = |other: &Wish| {
            other.customer == wish.customer
                && other.provider == wish.provider
                && other.service == wish.service
                && other.window.interval().overlaps(wish.window.interval())
        };
        if self.entries.iter().any(|each| each.id == id) {
            return Err(WaitlistError::Exists(id));
        }
        if self.entries.iter().any(|each| same(&each.wish)) {
            return Err(WaitlistError::AlreadyWaiting);
        }
        if wish.window.end() <= now {
            return Err(WaitlistError::WindowPast);
        }
        if self.entries.len() >= WAITLIST_ENTRIES_MAX {
            return Err(WaitlistError::Full);
        }
        self.entries.push(WaitlistEntry {
            id,
            wish,
            joined_at: now,
            offer: None,
            passed: Vec::new(),
        });
        Ok(())
    }

    /// The offers to make now that a slot is free, in the order of the turns.
    ///
    /// A party that needs more seats than are left is passed over this time. Each offer that is
    /// held takes one of `new`; there are no more of them than that.
    pub fn next_offers(
        &self,
        slot: &FreeSlot,
        new: &[NewOffer],
        by: &By,
        now: DateTime<Utc>,
    ) -> Vec<NextOffer> {
        let mut seats = slot.seats;
        let mut new = new.iter();
        let mut offers = Vec::new();
        for entry in &self.entries {
            if !entry.suits(slot, now) || entry.wish.party.get() > seats {
                continue;
            }
            let hold = match self.offering {
                Offering::Broadcast => None,
                Offering::OneByOne => {
                    let Some(new) = new.next() else { break };
                    seats -= entry.wish.party.get();
                    Some(entry.hold(slot, new, by))
                }
            };
            offers.push(NextOffer {
                entry: entry.id.clone(),
                start: slot.start,
                hold,
            });
        }
        offers
    }

    /// Records that an offer was made: of a held one, after the hold was decided.
    ///
    /// # Errors
    ///
    /// [`WaitlistError`] when there is no such entry, its last offer is open, or the booking is no
    /// hold of that start for it.
    pub fn offered(
        &mut self,
        offer: &NextOffer,
        hold: Option<&Booking>,
        now: DateTime<Utc>,
    ) -> Result<(), WaitlistError> {
        let deadline = now + self.offer_minutes.duration();
        let entry = self.entry(&offer.entry)?;
        if entry.live_offer(now).is_some() {
            return Err(WaitlistError::OfferOpen);
        }
        let until = match (&offer.hold, hold) {
            (None, None) => deadline.min(offer.start),
            (Some(asked), Some(hold)) if fits(asked, hold, now) => {
                hold.due_at.ok_or(WaitlistError::HoldDiffers)?
            }
            _ => return Err(WaitlistError::HoldDiffers),
        };
        entry.settle(now);
        entry.offer = Some(WaitlistOffer {
            start: offer.start,
            until,
            hold: hold.map(|hold| hold.id.clone()),
        });
        Ok(())
    }

    /// Somebody does not want a start, or could not have it held: it goes on to the next. Gives the
    /// hold to be cancelled, if there is one.
    ///
    /// # Errors
    ///
    /// [`WaitlistError`] when there is no such entry.
    pub fn pass(
        &mut self,
        id: &WaitlistEntryId,
        start: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Option<BookingId>, WaitlistError> {
        let entry = self.entry(id)?;
        let offer = entry.offer.take_if(|offer| offer.start == start);
        entry.let_pass(start);
        self.drop_tired();
        let live = offer.filter(|offer| offer.until > now);
        Ok(live.and_then(|offer| offer.hold))
    }

    /// Somebody does not wait any longer. Gives the hold to be cancelled, if there is one.
    ///
    /// # Errors
    ///
    /// [`WaitlistError`] when there is no such entry.
    pub fn withdraw(
        &mut self,
        id: &WaitlistEntryId,
        now: DateTime<Utc>,
    ) -> Result<Option<BookingId>, WaitlistError> {
        let live = self.entry(id)?.live_offer(now).cloned();
        self.entries.retain(|each| each.id != *id);
        Ok(live.and_then(|offer| offer.hold))
    }

    /// Somebody has booked what they were offered, and leaves the list.
    ///
    /// `booking` is the hold that became a booking; of a slot that was offered to all, a booking of
    /// the customer's at that start.
    ///
    /// # Errors
    ///
    /// [`WaitlistError`] when there is no such entry, or it was offered something else.
    pub fn booked(&mut self, id: &WaitlistEntryId, booking: &Booking) -> Result<(), WaitlistError> {
        let entry = self.entry(id)?;
        let offer = entry.offer.as_ref().ok_or(WaitlistError::NotOffered)?;
        let same = offer.hold.as_ref().is_none_or(|hold| *hold == booking.id)
            && offer.start == booking.slot.start()
            && entry.wish.customer == booking.customer;
        let taken = !matches!(booking.status, Status::Held | Status::Expired);
        if !same || !taken {
            return Err(WaitlistError::NotOffered);
        }
        self.entries.retain(|each| each.id != *id);
        Ok(())
    }

    /// Brings the list up to an instant: offers that have lapsed are let pass, and who cannot be
    /// served any more leaves. Gives the starts that go on to the next, each once.
    ///
    /// What has lapsed counts as lapsed before this was called, too.
    pub fn lapse(&mut self, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let mut freed = Vec::new();
        for entry in &mut self.entries {
            freed.extend(entry.settle(now));
        }
        self.entries.retain(|each| each.wish.window.end() > now);
        self.drop_tired();
        freed.retain(|start| *start > now);
        freed.sort_unstable();
        freed.dedup();
        freed
    }

    /// When the next offer lapses, for a timer.
    pub fn next_deadline(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let live = self.entries.iter().filter_map(|each| each.live_offer(now));
        live.map(|offer| offer.until).min()
    }

    /// What holds for the list are decided under: what is offered, with the time of an offer as that
    /// of a hold.
    pub fn offer(&self, offer: &Offer) -> Offer {
        offer.holding_for(self.offer_minutes)
    }

    fn entry(&mut self, id: &WaitlistEntryId) -> Result<&mut WaitlistEntry, WaitlistError> {
        let found = self.entries.iter_mut().find(|each| each.id == *id);
        found.ok_or_else(|| WaitlistError::NotFound(id.clone()))
    }

    fn drop_tired(&mut self) {
        self.entries
            .retain(|each| each.passed.len() < WAITLIST_PASSED_MAX);
    }
}

impl WaitlistEntry {
    /// The offer that is still open at an instant.
    pub fn live_offer(&self, now: DateTime<Utc>) -> Option<&WaitlistOffer> {
        self.offer.as_ref().filter(|offer| offer.until > now)
    }

    fn suits(&self, slot: &FreeSlot, now: DateTime<Utc>) -> bool {
        let wish = &self.wish;
        let seen = self
            .offer
            .as_ref()
            .is_some_and(|offer| offer.start == slot.start);
        wish.provider == slot.provider
            && wish.service == slot.service
            && wish.window.interval().contains(slot.start)
            && slot.start > now
            && self.live_offer(now).is_none()
            && !seen
            && !self.passed.contains(&Start(slot.start))
    }

    fn hold(&self, slot: &FreeSlot, new: &NewOffer, by: &By) -> Hold {
        let wish = &self.wish;
        let wanted = Wanted {
            booking: new.booking.clone(),
            provider: wish.provider.clone(),
            customer: wish.customer.clone(),
            service: wish.service.clone(),
            start: slot.start,
            duration_minutes: wish.duration_minutes,
            party: wish.party,
            add_ons: wish.add_ons.clone(),
            discount: None,
            tips: None,
            notes: None,
            resources: wish.resources.clone(),
            series: None,
            override_reason: None,
            seed: 0,
        };
        Hold {
            by: by.clone(),
            expected_version: None,
            wanted,
            token: new.token,
        }
    }

    /// Lets an offer pass that has lapsed; gives its start.
    fn settle(&mut self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let lapsed = self.offer.take_if(|offer| offer.until <= now)?;
        self.let_pass(lapsed.start);
        Some(lapsed.start)
    }

    fn let_pass(&mut self, start: DateTime<Utc>) {
        if !self.passed.contains(&Start(start)) {
            self.passed.push(Start(start));
        }
    }
}

impl Offer {
    /// The same offer, whose holds last so long and cannot be extended.
    #[must_use]
    pub fn holding_for(&self, minutes: Minutes) -> Offer {
        let rules = Rules {
            hold_minutes: minutes,
            hold_minutes_max: minutes,
            ..self.terms.rules.clone()
        };
        let terms = Terms::clone(&self.terms);
        Offer {
            terms: Arc::new(Terms { rules, ..terms }),
            ..self.clone()
        }
    }
}

/// Whether a booking is the live hold that was asked for.
fn fits(asked: &Hold, hold: &Booking, now: DateTime<Utc>) -> bool {
    hold.id == asked.wanted.booking
        && hold.customer == asked.wanted.customer
        && hold.slot.start() == asked.wanted.start
        && hold.status_at(now) == Status::Held
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WaitlistFields {
    offering: Offering,
    offer_minutes: Minutes,
    #[serde(default)]
    entries: Vec<WaitlistEntry>,
}

impl TryFrom<WaitlistFields> for Waitlist {
    type Error = WaitlistError;

    fn try_from(fields: WaitlistFields) -> Result<Waitlist, WaitlistError> {
        if fields.entries.len() > WAITLIST_ENTRIES_MAX {
            return Err(WaitlistError::Full);
        }
        let mut ids: Vec<&WaitlistEntryId> = fields.entries.iter().map(|each| &each.id).collect();
        ids.sort_unstable();
        if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(WaitlistError::Exists(pair[0].clone()));
        }
        Ok(Waitlist {
            offering: fields.offering,
            offer_minutes: fields.offer_minutes,
            entries: fields.entries,
        })
    }
}

impl From<Waitlist> for WaitlistFields {
    fn from(list: Waitlist) -> WaitlistFields {
        WaitlistFields {
            offering: list.offering,
            offer_minutes: list.offer_minutes,
            entries: list.entries,
        }
    }
}
