//! What an event makes of a booking: the fold that rebuilds a booking from its history.

use super::{Awaiting, Booking, Event, Fact, Opening, Rejection, Status};
use crate::payment::{FeeBasis, Payment};
use crate::sabotage::sabotaged;

impl Booking {
    /// The booking after an event; `booking` is what was there before it.
    ///
    /// # Errors
    ///
    /// [`Rejection`] when the event does not follow on the booking: another booking's, or of
    /// another version, or about money that is not there.
    pub fn apply(booking: Option<Booking>, event: &Event) -> Result<Booking, Rejection> {
        let mut booking = match (booking, &event.fact) {
            (None, Fact::Held { opening, .. }) => open(event, opening, Status::Held),
            (
                None,
                Fact::Booked {
                    opening: Some(opening),
                    ..
                },
            ) => open(event, opening, Status::Pending),
            (Some(booking), _) if follows(&booking, event) => booking,
            _ => return Err(Rejection::EventOutOfOrder),
        };
        booking.take_in(event)?;
        Ok(booking)
    }

    /// Applies an event that follows; after an error the booking is not to be used any more.
    pub(super) fn take_in(&mut self, event: &Event) -> Result<(), Rejection> {
        self.take_fact(event)?;
        let checked_in = event.fact == Fact::CheckedIn;
        if checked_in && sabotaged!(VersionStays) {
            return Ok(());
        }
        self.version = event.version;
        if checked_in && sabotaged!(VersionSkips) {
            self.version += 1;
        }
        self.sequence = event.sequence;
        self.updated_at = event.at;
        Ok(())
    }

    fn take_fact(&mut self, event: &Event) -> Result<(), Rejection> {
        match &event.fact {
            Fact::Held {
                token, expires_at, ..
            } => {
                self.hold_token = Some(*token);
                self.due_at = Some(*expires_at);
            }
            Fact::HoldExtended { expires_at } => self.due_at = Some(*expires_at),
            Fact::Booked {
                awaiting,
                due_at,
                notes,
                ..
            } => {
                self.status = Status::Pending;
                self.hold_token = None;
                if notes.is_some() {
                    self.notes.clone_from(notes);
                }
                (self.awaiting, self.due_at) = (*awaiting, *due_at);
            }
            Fact::Awaits { awaiting, due_at } => {
                (self.awaiting, self.due_at) = (*awaiting, *due_at);
            }
            Fact::Confirmed { code } => {
                self.confirmation_code = Some(*code);
                self.end_waiting(Status::Confirmed);
            }
            Fact::Declined { .. } => self.end_waiting(Status::Declined),
            Fact::Expired => self.end_waiting(Status::Expired),
            Fact::Cancelled { cancellation } => {
                self.cancellation = Some(cancellation.clone());
                self.end_waiting(Status::Cancelled);
            }
            Fact::Rescheduled { .. } => self.move_to(event),
            Fact::Reassigned { takes, .. } => self.takes.clone_from(takes),
            Fact::CheckedIn => self.status = Status::InProgress,
            Fact::Completed { reviews } => {
                self.status = Status::Completed;
                self.completed_at = Some(event.at);
                self.reviews = Some(reviews.clone());
            }
            Fact::MarkedNoShow { no_show } => {
                self.status = Status::NoShow;
                self.no_show = Some(no_show.clone());
            }
            Fact::NoShowUndone => {
                self.status = Status::Confirmed;
                self.no_show = None;
            }
            Fact::NoShowSettled => {
                if let Some(no_show) = &mut self.no_show {
                    no_show.settled = true;
                }
            }
            Fact::Reviewed { review } => {
                let reviews = self.reviews.as_mut().ok_or(Rejection::EventOutOfOrder)?;
                reviews.submit(review.clone())?;
            }
            Fact::ReviewsPublished => {
                let reviews = self.reviews.as_mut().ok_or(Rejection::EventOutOfOrder)?;
                reviews.publish(event.at);
            }
            Fact::Money(fact) => self.payment.apply(fact, event.at)?,
        }
        Ok(())
    }

    fn end_waiting(&mut self, status: Status) {
        self.status = status;
        self.awaiting = Awaiting::default();
        self.due_at = None;
        self.hold_token = None;
    }

    fn move_to(&mut self, event: &Event) {
        let Fact::Rescheduled {
            from,
            slot,
            anchor,
            takes,
            quote,
            due_at,
        } = &event.fact
        else {
            return;
        };
        // A pending booking gives back everything whenever it is cancelled, so that moving it caps
        // nothing.
        if self.status != Status::Pending {
            self.reschedules.push(crate::fees::Reschedule {
                at: event.at,
                start: from.start(),
                by: event.by.actor.into(),
            });
        }
        self.slot = *slot;
        self.anchor = anchor.clone();
        self.takes.clone_from(takes);
        self.quote = quote.clone();
        self.due_at = *due_at;
        self.scheduled_at = event.at;
    }
}

/// Whether an event is the next one of a booking: of its version once it has begun, or of the next.
fn follows(booking: &Booking, event: &Event) -> bool {
    let next = booking.version.checked_add(1) == Some(event.version) && event.index == 0;
    let same = booking.version == event.version && event.index > 0;
    event.booking == booking.id
        && (next || same)
        && event.previous_sequence == Some(booking.sequence)
}

fn open(event: &Event, opening: &Opening, status: Status) -> Booking {
    let quote = &opening.quote;
    let basis = FeeBasis {
        total: quote.total(),
        fee: quote.fee().total,
    };
    let rounding = opening.terms.refund.terms().rounding;
    Booking {
        id: event.booking.clone(),
        provider: opening.provider.clone(),
        customer: opening.customer.clone(),
        service: opening.service.clone(),
        series: opening.series.clone(),
        succeeds: opening.succeeds.clone(),
        status,
        version: event.version,
        sequence: event.sequence,
        slot: opening.slot,
        anchor: opening.anchor.clone(),
        party: opening.party,
        takes: opening.takes.clone(),
        terms: opening.terms.clone(),
        quote: quote.clone(),
        add_ons: opening.add_ons.clone(),
        discount: opening.discount.clone(),
        tips: opening.tips,
        notes: opening.notes.clone(),
        hold_token: None,
        awaiting: Awaiting::default(),
        due_at: None,
        confirmation_code: None,
        overridden: opening.overridden.clone(),
        created_at: event.at,
        scheduled_at: event.at,
        updated_at: event.at,
        completed_at: None,
        reschedules: Vec::new(),
        cancellation: None,
        no_show: None,
        payment: Payment::new(basis, rounding),
        reviews: None,
    }
}
