//! Who takes which units when, minute by minute if need be.

use chrono::{DateTime, Utc};

use super::super::shop::{CUTS_A_DAY, DAY, DAY_ZERO, HORIZON_DAYS, MINUTE, NOTICE, SEATS, STEP};
use super::super::world::{Asked, Violation, World, wanted};
use super::{ensure, occupies, stands_at};
use crate::booking::{Action, Actor, Booking, Command, Rejection, Status};
use crate::id::ResourceId;

/// A session of a class: service, start, and the room that its seats are counted on.
type Session = (usize, i64, usize);

/// What a booking takes of one room, buffers included.
struct Occupant {
    room: usize,
    from: i64,
    to: i64,
    units: u32,
    session: Option<Session>,
    overridden: bool,
}

/// A slot that somebody wants.
struct Want<'a> {
    service: usize,
    start: i64,
    party: u32,
    /// Rooms by role.
    rooms: &'a [Vec<usize>],
    /// The booking whose own claims do not count.
    except: Option<usize>,
    now: DateTime<Utc>,
    /// Who asks; the service's notice is for customers.
    actor: Actor,
}

/// At no instant are more units taken than there are, and in no session more seats.
pub(super) fn capacity(world: &World) -> Result<(), Violation> {
    let Some(now) = world.decided_until else {
        return Ok(());
    };
    let taken: Vec<Occupant> = occupants(world, now, None)
        .into_iter()
        .filter(|each| !each.overridden)
        .collect();
    for (room, of) in world.shop.rooms.iter().enumerate() {
        let here: Vec<&Occupant> = taken.iter().filter(|each| each.room == room).collect();
        for at in here.iter().map(|each| each.from) {
            let load = load(&here, at);
            ensure!(
                load <= of.capacity,
                "{load} units of `{}` are taken at {at}, and there are {}",
                of.id,
                of.capacity
            );
        }
        for session in here.iter().filter_map(|each| each.session) {
            let seats = seats(&here, session);
            ensure!(
                session.2 != room || seats <= SEATS,
                "{seats} seats are taken of a session"
            );
        }
    }
    Ok(())
}

/// Whoever enters a state that takes time finds it free.
pub(super) fn accepted(
    world: &World,
    asked: &Asked<'_>,
    booking: &Booking,
) -> Result<(), Violation> {
    complete(world, asked, booking)?;
    let action = asked.command.action();
    let confirmed = booking.status == Status::Confirmed
        && asked
            .before
            .is_some_and(|before| before.status == Status::Pending);
    let enters = match action {
        Action::Hold
        | Action::Create
        | Action::Approve
        | Action::Reschedule
        | Action::Reassign
        | Action::UndoNoShow => true,
        Action::ConfirmPayment => confirmed,
        _ => false,
    };
    let moves = matches!(action, Action::Reschedule | Action::Reassign);
    if !enters || (booking.overridden.is_some() && !moves) {
        return Ok(());
    }
    // Whoever is given what it has already does not enter.
    if asked.before.is_some_and(|before| before == booking) {
        return Ok(());
    }
    let rooms = rooms(world, asked.service, booking);
    let want = Want {
        service: asked.service,
        start: booking.slot.start_timestamp(),
        party: booking.party.get(),
        rooms: &rooms,
        except: Some(asked.at),
        now: asked.now,
        actor: asked.command.by().actor,
    };
    let begins = match asked.command {
        Command::Hold(_) | Command::Reschedule(_) => true,
        Command::Create(command) => command.wanted.is_some(),
        _ => false,
    };
    let late = begins.then(|| untimely(&want)).flatten();
    match late.or_else(|| obstacle(world, &want)) {
        Some(why) => Err(format!(
            "{action} leads onto a slot that is not free: {why}"
        )),
        None => Ok(()),
    }
}

/// A booking that takes another's place finds its time free.
pub(super) fn accepted_successor(
    world: &World,
    asked: &Asked<'_>,
    booking: &Booking,
) -> Result<(), Violation> {
    let rooms = rooms(world, asked.service, booking);
    let want = Want {
        service: asked.service,
        start: booking.slot.start_timestamp(),
        party: booking.party.get(),
        rooms: &rooms,
        except: Some(asked.at),
        now: asked.now,
        actor: asked.command.by().actor,
    };
    match obstacle(world, &want) {
        Some(why) => Err(format!(
            "a late payment books a slot that is not free: {why}"
        )),
        None => Ok(()),
    }
}

/// A slot is only refused as not free when it is not.
pub(super) fn refused(
    world: &World,
    asked: &Asked<'_>,
    rejection: &Rejection,
) -> Result<(), Violation> {
    if !matches!(rejection, Rejection::SlotNotFree { .. }) {
        return Ok(());
    }
    let roles = &world.shop.services[asked.service].roles;
    let (start, party, choices) = match (asked.command, asked.before) {
        (Command::Reschedule(command), Some(booking)) => {
            let choices = choices(world, roles, command.resources.as_deref());
            (command.start.timestamp(), booking.party.get(), choices)
        }
        (Command::Reassign(command), Some(booking)) => {
            let choices = choices(world, roles, Some(&command.resources));
            (booking.slot.start_timestamp(), booking.party.get(), choices)
        }
        (_, Some(booking)) => {
            let own = vec![rooms(world, asked.service, booking)];
            (booking.slot.start_timestamp(), booking.party.get(), own)
        }
        (command, None) => {
            let Some(wanted) = wanted(command) else {
                return Err("there is no slot, and it is not free".to_owned());
            };
            let choices = choices(world, roles, wanted.resources.as_deref());
            (wanted.start.timestamp(), wanted.party.get(), choices)
        }
    };
    let begins = asked.before.is_none() || matches!(asked.command, Command::Reschedule(_));
    for rooms in &choices {
        let want = Want {
            service: asked.service,
            start,
            party,
            rooms,
            except: Some(asked.at),
            now: asked.now,
            actor: asked.command.by().actor,
        };
        let late = begins.then(|| untimely(&want)).flatten();
        ensure!(
            late.or_else(|| obstacle(world, &want)).is_some(),
            "a free slot is refused: {} at {start} in {rooms:?}",
            asked.command.action()
        );
    }
    Ok(())
}

/// All roles are filled, each with one resource that may fill it, and each resource once, with the
/// units and buffers of the service.
fn complete(world: &World, asked: &Asked<'_>, booking: &Booking) -> Result<(), Violation> {
    let service = &world.shop.services[asked.service];
    let rooms = rooms(world, asked.service, booking);
    let mut all: Vec<usize> = rooms.iter().flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    let fits = rooms.len() == service.roles.len()
        && all.len() == booking.takes.len()
        && rooms
            .iter()
            .zip(&service.roles)
            .all(|(rooms, role)| rooms.len() == 1 && rooms.iter().all(|room| role.contains(room)));
    ensure!(fits, "not all roles are filled, or not once: {rooms:?}");
    for take in &booking.takes {
        let party = take.role == 0;
        let units = if party { booking.party.get() } else { 1 };
        let buffers = (
            i64::from(take.buffer_before_minutes.get()) * MINUTE,
            i64::from(take.buffer_after_minutes.get()) * MINUTE,
        );
        ensure!(
            take.units.get() == units,
            "{} units for {units}",
            take.units
        );
        ensure!(buffers == service.buffers, "the buffers are {buffers:?}");
        ensure!(take.session == service.class, "a session, or not");
    }
    let length = booking.slot.end_timestamp() - booking.slot.start_timestamp();
    ensure!(
        length == service.minutes * MINUTE,
        "it lasts {length} seconds"
    );
    Ok(())
}

/// Rooms by role.
fn rooms(world: &World, service: usize, booking: &Booking) -> Vec<Vec<usize>> {
    let mut rooms = vec![Vec::new(); world.shop.services[service].roles.len()];
    for take in &booking.takes {
        let role = usize::try_from(take.role).expect("a small number");
        if let Some(rooms) = rooms.get_mut(role) {
            rooms.extend(room_of(world, &take.resource));
        }
    }
    rooms
}

fn room_of(world: &World, id: &ResourceId) -> Option<usize> {
    world.shop.rooms.iter().position(|room| room.id == *id)
}

/// All ways to fill the roles: those that are named, or any.
fn choices(
    world: &World,
    roles: &[Vec<usize>],
    named: Option<&[Vec<ResourceId>]>,
) -> Vec<Vec<Vec<usize>>> {
    let mut choices: Vec<Vec<Vec<usize>>> = vec![Vec::new()];
    for (place, role) in roles.iter().enumerate() {
        let candidates: Vec<usize> = match named {
            None => role.clone(),
            Some(named) if named.len() == roles.len() && named[place].len() == 1 => {
                let room = room_of(world, &named[place][0]);
                room.into_iter()
                    .filter(|room| role.contains(room))
                    .collect()
            }
            Some(_) => Vec::new(),
        };
        choices = choices
            .iter()
            .flat_map(|before| {
                candidates.iter().map(|room| {
                    let mut choice = before.clone();
                    choice.push(vec![*room]);
                    choice
                })
            })
            .collect();
    }
    let once = |choice: &Vec<Vec<usize>>| {
        let rooms: Vec<usize> = choice.iter().flatten().copied().collect();
        (0..rooms.len()).all(|at| !rooms[..at].contains(&rooms[at]))
    };
    choices.retain(once);
    choices
}

/// Why a start is too early, too late, or off the grid.
fn untimely(want: &Want<'_>) -> Option<String> {
    let now = want.now.timestamp();
    let day = |second: i64| (second - DAY_ZERO).div_euclid(DAY);
    let notice = match want.actor {
        Actor::Customer => NOTICE,
        Actor::Provider | Actor::Operator | Actor::System => 0,
    };
    if want.start < now + notice {
        Some("it is too soon".to_owned())
    } else if day(want.start) > day(now) + HORIZON_DAYS {
        Some("it is too far away".to_owned())
    } else if want.start.rem_euclid(STEP) != 0 {
        Some("it is off the grid".to_owned())
    } else {
        None
    }
}

/// Why a slot is not free.
fn obstacle(world: &World, want: &Want<'_>) -> Option<String> {
    let service = &world.shop.services[want.service];
    let (start, end) = (want.start, want.start + service.minutes * MINUTE);
    let (from, to) = (start - service.buffers.0, end + service.buffers.1);
    let day = |second: i64| (second - DAY_ZERO).div_euclid(DAY);
    if world
        .shop
        .closed
        .iter()
        .any(|closed| (day(start)..=day(end - 1)).contains(closed))
    {
        return Some("it is closed".to_owned());
    }
    if service.class && want.party > SEATS {
        return Some("there are fewer seats".to_owned());
    }
    let taken = occupants(world, want.now, want.except);
    let leader = want.rooms[0].first().copied().unwrap_or(usize::MAX);
    let session = (want.service, start, leader);
    for (role, rooms) in want.rooms.iter().enumerate() {
        for room in rooms {
            let busy = |each: &&(usize, i64, i64)| each.0 == *room && each.1 < to && from < each.2;
            if world.shop.busy.iter().find(busy).is_some() {
                return Some("somebody is away".to_owned());
            }
            let here: Vec<&Occupant> = taken.iter().filter(|each| each.room == *room).collect();
            let own = seats(&here, session);
            if service.class && role == 0 && own + want.party > SEATS {
                return Some(format!("{own} seats are taken"));
            }
            let others: Vec<&Occupant> = here
                .into_iter()
                .filter(|each| !service.class || each.session != Some(session))
                .filter(|each| each.from < to && from < each.to)
                .collect();
            let units = if role == 0 && !service.class {
                want.party
            } else {
                1
            };
            let points = others.iter().map(|each| each.from.max(from)).chain([from]);
            let most = points.map(|at| load(&others, at)).max().unwrap_or(0);
            let capacity = world.shop.rooms[*room].capacity;
            if most + units > capacity {
                return Some(format!(
                    "{most} of {capacity} units are taken, and {units} needed"
                ));
            }
        }
    }
    full_day(world, want)
}

/// Whether the limit of the day is reached.
fn full_day(world: &World, want: &Want<'_>) -> Option<String> {
    let service = &world.shop.services[want.service];
    if service.id.as_str() != "cut" {
        return None;
    }
    let room = want.rooms[0].first()?;
    let day = |second: i64| (second - DAY_ZERO).div_euclid(DAY);
    let bookings = world.bookings.iter().enumerate().filter(|(place, stored)| {
        let booking = &stored.booking;
        Some(*place) != want.except
            && stored.service == want.service
            && occupies(stands_at(booking, want.now))
            && day(booking.slot.start_timestamp()) == day(want.start)
            && booking
                .takes
                .iter()
                .any(|take| room_of(world, &take.resource) == Some(*room))
    });
    (bookings.count() + 1 > CUTS_A_DAY).then(|| "the day is full".to_owned())
}

/// Units that are taken at an instant; a session takes one.
fn load(of: &[&Occupant], at: i64) -> u32 {
    let mut sessions: Vec<Session> = Vec::new();
    let mut load = 0;
    for each in of.iter().filter(|each| each.from <= at && at < each.to) {
        match each.session {
            None => load += each.units,
            Some(session) if sessions.contains(&session) => {}
            Some(session) => {
                sessions.push(session);
                load += 1;
            }
        }
    }
    load
}

fn seats(of: &[&Occupant], session: Session) -> u32 {
    let members = of.iter().filter(|each| each.session == Some(session));
    members.map(|each| each.units).sum()
}

/// Everything that is taken at an instant by bookings and live holds, one left out.
fn occupants(world: &World, now: DateTime<Utc>, except: Option<usize>) -> Vec<Occupant> {
    let mut taken = Vec::new();
    for (place, stored) in world.bookings.iter().enumerate() {
        let booking = &stored.booking;
        if Some(place) == except || !occupies(stands_at(booking, now)) {
            continue;
        }
        let (start, end) = (booking.slot.start_timestamp(), booking.slot.end_timestamp());
        let primary = booking.takes.iter().find(|take| take.role == 0);
        let leader = primary.and_then(|take| room_of(world, &take.resource));
        for take in &booking.takes {
            let room = room_of(world, &take.resource).expect("a known resource");
            let session = leader.filter(|_| take.session);
            taken.push(Occupant {
                room,
                from: start - i64::from(take.buffer_before_minutes.get()) * MINUTE,
                to: end + i64::from(take.buffer_after_minutes.get()) * MINUTE,
                units: take.units.get(),
                session: session.map(|leader| (stored.service, start, leader)),
                overridden: booking.overridden.is_some(),
            });
        }
    }
    taken
}
