//! `quando book`: books or holds a slot.

use std::num::NonZeroU32;

use quando::booking::{Booking, HoldToken, Note};
use quando::fees::ItemId;
use quando::id::{BookingId, CustomerId, ProviderId, ServiceId};
use quando::money::Money;
use quando::time::Minutes;
use quando_engine::{BookHold, Done, Held, NewBooking};
use serde::Serialize;

use crate::human;
use crate::input::Instant;
use crate::output::{Failure, Outcome, print, print_document};
use crate::store::{RequestArgs, Session, StoreArgs};
use crate::value::{Roles, minutes, money, roles, value};

/// Book a slot, keep it for some minutes, or turn a hold into a booking
///
/// Prints the booking. What the rules refuse is said with its code, and nothing has happened then.
/// With --key the same command can be sent again and again: it books once.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct BookArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Who offers the service
    #[arg(value_parser = value::<ProviderId>, required_unless_present = "held")]
    provider: Option<ProviderId>,
    #[arg(value_parser = value::<ServiceId>, required_unless_present = "held")]
    service: Option<ServiceId>,
    /// When it starts, as RFC 3339
    #[arg(required_unless_present = "held")]
    start: Option<Instant>,
    /// Who books
    #[arg(long, value_name = "ID", value_parser = value::<CustomerId>)]
    #[arg(required_unless_present = "held")]
    customer: Option<CustomerId>,
    /// For how many
    #[arg(long, value_name = "N")]
    party: Option<NonZeroU32>,
    /// For how long, where the service offers several durations
    #[arg(long, value_name = "MINUTES", value_parser = minutes)]
    duration: Option<Minutes>,
    /// Something that can be had in addition; may be given several times
    #[arg(long, value_name = "ID", value_parser = value::<ItemId>)]
    add_on: Vec<ItemId>,
    /// The code of a discount
    #[arg(long, value_name = "CODE", value_parser = value::<ItemId>)]
    discount: Option<ItemId>,
    /// What the customer gives on top
    #[arg(long, value_name = "MONEY", value_parser = money)]
    tip: Option<Money>,
    /// What the customer wants to say; kept sealed
    #[arg(long, value_name = "TEXT", value_parser = value::<Note>)]
    notes: Option<Note>,
    /// The resources that the customer chose, by role: ana/room1
    #[arg(long, value_name = "ROLES", value_parser = roles)]
    resources: Option<Roles>,
    /// Book although the slot is taken or not offered, for this reason; names --resources, too
    #[arg(long, value_name = "REASON", value_parser = value::<Note>, requires = "resources")]
    over: Option<Note>,
    /// Only keep the slot for some minutes; prints the booking and the holder's token
    #[arg(long, conflicts_with = "held")]
    hold: bool,
    /// Turn this hold into a booking; needs its --token
    #[arg(long, value_name = "BOOKING", value_parser = value::<BookingId>, requires = "token")]
    #[arg(conflicts_with_all = [
        "provider", "service", "start", "customer", "party", "duration", "add_on", "discount",
        "tip", "resources", "over",
    ])]
    held: Option<BookingId>,
    /// The token of the hold
    #[arg(long, value_parser = value::<HoldToken>, requires = "held")]
    token: Option<HoldToken>,
    #[command(flatten)]
    request: RequestArgs,
}

const EXAMPLE: &str = "\
Example:
  quando book ana cut 2026-03-02T09:00:00Z --customer c17 --key order-17
  quando book ana cut 2026-03-02T09:00:00Z --customer c17 --hold
  quando book --held 019a... --token 5b7e...";

#[derive(Serialize)]
struct HeldAnswer<'a> {
    booking: &'a Booking,
    token: &'a HoldToken,
}

impl BookArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let session = self.store.open()?;
        let context = self.request.context();
        let engine = &session.engine;
        if let (Some(held), Some(token)) = (&self.held, self.token) {
            let notes = self.notes.clone();
            let done = session.wait(async {
                let key = engine.find_booking(held).await?;
                engine
                    .book_hold(context, key, BookHold { token, notes })
                    .await
            });
            return booked(&session, &done?);
        }
        let hold = self.hold;
        let new = self
            .new_booking()
            .expect("the command line asks for all of it");
        if hold {
            let done = session.wait(engine.hold_slot(context, new))?;
            return held(&session, &done.value);
        }
        let done = session.wait(engine.create_booking(context, new))?;
        booked(&session, &done)
    }

    fn new_booking(self) -> Option<NewBooking> {
        Some(NewBooking {
            provider: self.provider?,
            service: self.service?,
            customer: self.customer?,
            start: self.start?.0,
            duration_minutes: self.duration,
            party: self.party,
            add_ons: self.add_on,
            discount: self.discount,
            tips: self.tip,
            notes: self.notes,
            resources: self.resources.map(|roles| roles.0),
            override_reason: self.over,
            series: None,
        })
    }
}

/// Prints a booking, byte for byte as the engine answered.
pub(crate) fn booked(session: &Session, done: &Done<Booking>) -> Result<Outcome, Failure> {
    if session.human {
        let again = if done.replayed {
            "answered before\n"
        } else {
            ""
        };
        return print((human::booking(&done.value) + again).as_bytes());
    }
    let mut out = done.json.to_vec();
    out.push(b'\n');
    print(&out)
}

fn held(session: &Session, held: &Held) -> Result<Outcome, Failure> {
    let answer = HeldAnswer {
        booking: &held.booking,
        token: &held.token,
    };
    print_document(&answer, session.human, |answer| {
        let token = String::from(*answer.token);
        human::booking(answer.booking) + &format!("token      {token}\n")
    })
}
