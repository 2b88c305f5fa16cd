//! The end of a story: all faults stop, and everything comes to rest.

use std::collections::BTreeMap;

use super::act::{failed, tick};
use super::oracle;
use super::random::Random;
use super::world::{Gap, Violation, World};
use crate::booking::{Actor, ResolveDispute, RetryPayment};
use crate::payment::InstructionKind;

/// More rounds than any story needs.
const ROUNDS: usize = 600;
/// A capture fails for ever once its authorisation has ended.
const ATTEMPTS: u32 = 3;

/// Delivers, retries, decides and fires what is due until nothing is left.
pub(super) fn drain(world: &mut World, random: &mut Random) -> Result<(), Violation> {
    world.processor.manners.fails = 0;
    world.say(|| "faults stop".to_owned());
    let mut retried: BTreeMap<(usize, InstructionKind, u32), u32> = BTreeMap::new();
    for _ in 0..ROUNDS {
        while !world.processor.inbox.is_empty() {
            let clock = world.clock;
            world.processor.work(0, clock);
        }
        if !world.processor.outbox.is_empty() {
            let place = random.below(world.processor.outbox.len());
            let (to, answer) = world.processor.outbox.remove(place);
            world.deliver(&to, &answer, random)?;
            continue;
        }
        if decide(world)? || retry(world, &mut retried)? {
            continue;
        }
        if !fire(world)? {
            return oracle::at_rest(world);
        }
    }
    Err(format!(
        "the story does not come to rest in {ROUNDS} rounds"
    ))
}

/// What failed is asked for once more.
fn retry(
    world: &mut World,
    retried: &mut BTreeMap<(usize, InstructionKind, u32), u32>,
) -> Result<bool, Violation> {
    for at in 0..world.bookings.len() {
        let payment = &world.bookings[at].booking.payment;
        let frozen = payment.disputes.iter().any(|each| each.outcome.is_none());
        for instruction in failed(payment) {
            if frozen && instruction.kind == InstructionKind::Payout {
                continue;
            }
            let times = retried
                .entry((at, instruction.kind, instruction.number))
                .or_default();
            *times += 1;
            if *times > ATTEMPTS {
                continue;
            }
            let (by, expected_version) = (Actor::Operator.into(), None);
            let command = RetryPayment {
                by,
                expected_version,
                instruction,
            };
            match world.perform(at, &command.into(), Gap::Nothing)? {
                Ok(()) => return Ok(true),
                Err(rejection) => {
                    return Err(format!("`{instruction}` is not tried again: {rejection}"));
                }
            }
        }
    }
    Ok(false)
}

/// Banks decide, and the operator does for half of the complaints; the others run into their limit.
fn decide(world: &mut World) -> Result<bool, Violation> {
    if let Some((root, id)) = world.processor.open_disputes().first() {
        // The same decision whatever came before it.
        let letters = id.as_str().bytes().map(u32::from);
        let won = letters.sum::<u32>() % 2 == 0;
        world.processor.close_dispute(root, id, won);
        world.say(|| format!("the bank decides on {id}: won {won}"));
        return Ok(true);
    }
    for at in 0..world.bookings.len() {
        let disputes = &world.bookings[at].booking.payment.disputes;
        let open = disputes
            .iter()
            .find(|each| each.is_open() && !each.is_chargeback());
        let Some(open) = open.filter(|_| at % 2 == 0) else {
            continue;
        };
        let command = ResolveDispute {
            by: Actor::Operator.into(),
            expected_version: None,
            dispute: open.id.clone(),
            refund: (at % 4 == 0).then_some(open.amount),
        };
        return match world.perform(at, &command.into(), Gap::Nothing)? {
            Ok(()) => Ok(true),
            Err(rejection) => Err(format!("a complaint is not decided: {rejection}")),
        };
    }
    Ok(false)
}

/// Whether something fell due, and was fired.
fn fire(world: &mut World) -> Result<bool, Violation> {
    let deadlines = world
        .bookings
        .iter()
        .flat_map(|stored| stored.booking.deadlines());
    let Some(next) = deadlines.map(|each| each.due_at.timestamp()).min() else {
        return Ok(false);
    };
    world.clock = world.clock.max(next);
    let before: u64 = world
        .bookings
        .iter()
        .map(|stored| stored.booking.version)
        .sum();
    tick(world)?;
    let after: u64 = world
        .bookings
        .iter()
        .map(|stored| stored.booking.version)
        .sum();
    if before == after {
        return Err("what is due does not happen when it is fired".to_owned());
    }
    Ok(true)
}
