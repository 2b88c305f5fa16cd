//! What must hold after every step, computed from the events, the world's own notes and plain
//! arithmetic, and never by asking the code that is tested.

pub(in crate::booking::stories) use money::NONSENSE;

mod life;
mod money;
mod price;
mod slots;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use super::world::{Asked, Stored, Violation, World};
use crate::booking::decide::decide;
use crate::booking::{Booking, Command, Decision, Rejection, Snapshot, Status};

/// Refuses with a text unless something holds.
macro_rules! ensure {
    ($holds:expr, $($text:tt)+) => {
        if !$holds {
            return Err(format!($($text)+));
        }
    };
}
pub(super) use ensure;

/// Judges a decision or a rejection, before anything of it is stored.
pub(super) fn judge(
    world: &World,
    asked: &Asked<'_>,
    result: &Result<Decision, Rejection>,
) -> Result<(), Violation> {
    match result {
        Ok(decision) => {
            life::accepted(world, asked, decision)?;
            slots::accepted(world, asked, &decision.booking)?;
            money::instructed(world, asked, decision)?;
            match &decision.successor {
                Some(successor) => {
                    slots::accepted_successor(world, asked, &successor.booking)?;
                    life::succeeds(asked, &successor.booking)
                }
                None => Ok(()),
            }
        }
        Err(rejection) => {
            life::refused(world, asked, rejection)?;
            money::refused(asked, rejection)?;
            slots::refused(world, asked, rejection)
        }
    }
}

/// Judges one booking after it has changed.
pub(super) fn changed(world: &World, at: usize) -> Result<(), Violation> {
    let stored = &world.bookings[at];
    replays(stored)?;
    life::stands(world, stored)?;
    money::books(stored)
}

/// Judges all bookings together.
pub(super) fn everything(world: &World) -> Result<(), Violation> {
    slots::capacity(world)?;
    life::all(world)
}

/// Judges a world in which nothing is left to be done.
pub(super) fn at_rest(world: &mut World) -> Result<(), Violation> {
    money::at_rest(world)
}

/// Replaying all events gives the booking.
fn replays(stored: &Stored) -> Result<(), Violation> {
    let mut booking: Option<Booking> = None;
    for event in &stored.events {
        let next = Booking::apply(booking, event);
        booking = Some(next.map_err(|rejection| format!("an event is refused: {rejection}"))?);
    }
    ensure!(
        booking.as_ref() == Some(&stored.booking),
        "replaying its events gives another booking"
    );
    Ok(())
}

/// The same arguments give the same decision, and everything survives JSON.
pub(super) fn same_again(
    snapshot: &Snapshot,
    command: &Command,
    now: DateTime<Utc>,
    result: &Result<Decision, Rejection>,
) -> Result<(), Violation> {
    let (snapshot, command) = (again(snapshot)?, again(command)?);
    let second = decide(&snapshot, &command, now);
    ensure!(
        second == *result,
        "the same arguments give another decision"
    );
    match result {
        Ok(decision) => again(decision).map(drop),
        Err(_) => Ok(()),
    }
}

/// Something, after it was written as JSON and read.
pub(super) fn again<T>(value: &T) -> Result<T, Violation>
where
    T: serde::Serialize + DeserializeOwned + PartialEq,
{
    let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
    let read: T = serde_json::from_str(&text).map_err(|error| format!("{error} in {text}"))?;
    ensure!(read == *value, "JSON changes {text}");
    Ok(read)
}

/// Where a booking stands at an instant, by its deadline alone.
fn stands_at(booking: &Booking, now: DateTime<Utc>) -> Status {
    let lapsed = booking.due_at.is_some_and(|due| due <= now);
    match booking.status {
        Status::Held | Status::Pending if lapsed => Status::Expired,
        status => status,
    }
}

fn occupies(status: Status) -> bool {
    matches!(
        status,
        Status::Held | Status::Pending | Status::Confirmed | Status::InProgress
    )
}
