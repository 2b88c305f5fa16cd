//! The processor's answers about a booking lead to the same end in whatever order they come, and
//! however often.

use super::drain::drain;
use super::processor::Processor;
use super::random::Random;
use super::told_until;
use super::world::World;
use crate::booking::{Booking, Status};
use crate::id::{BookingId, DisputeId};
use crate::ledger::Account::{Captured, Disputed, PaidOut, Refunded};
use crate::ledger::Balances;
use crate::money::Money;
use crate::payment::{Dispute, DisputeOutcome, IntentStatus, MoneyState, RefundReason};

/// Stories that are brought to an end in several orders, and the orders of each.
const STORIES: u64 = 2_500;
const ORDERS: u64 = 6;
/// An answer that comes again does so at most so often, over all answers of a story.
const REPEATS_MAX: usize = 40;

/// Where a booking stands, apart from the order in which things came about.
#[derive(Debug, PartialEq)]
struct Stand {
    status: Status,
    money: MoneyState,
    /// Captured, refunded, disputed, paid out. Where the rest is depends on what came in first, for
    /// a dispute is paid from what is held, and else taken back from the provider.
    balances: [Money; 4],
    intents: Vec<(Money, IntentStatus)>,
    refunds: Vec<(RefundReason, i64)>,
    refunded: i64,
    payouts: i64,
    disputes: Vec<(DisputeId, Option<DisputeOutcome>)>,
    processor_fees: Money,
    release_at: Option<i64>,
    due_at: Option<i64>,
    parked: usize,
    gave_up: bool,
}

impl Stand {
    fn of(booking: &Booking) -> Stand {
        let payment = &booking.payment;
        let mut refunds: Vec<(RefundReason, i64)> = Vec::new();
        for refund in payment.refunds.iter().filter(|refund| !refund.dropped) {
            let amount = refund.amount.minor();
            match refunds.iter_mut().find(|each| each.0 == refund.reason) {
                Some(each) => each.1 += amount,
                None => refunds.push((refund.reason, amount)),
            }
        }
        // A dispute that was won before anybody heard of it may find its money gone back already,
        // and stays parked then.
        let lasting = |each: &&Dispute| each.outcome != Some(DisputeOutcome::Won);
        let mut disputes: Vec<_> = payment
            .disputes
            .iter()
            .filter(lasting)
            .map(|each| (each.id.clone(), each.outcome))
            .collect();
        disputes.sort_by(|one, other| one.0.cmp(&other.0));
        let done = payment.refunds.iter().filter(|refund| refund.done);
        Stand {
            status: booking.status,
            money: booking.money_state(),
            balances: [Captured, Refunded, Disputed, PaidOut].map(|each| payment.balances.of(each)),
            intents: payment
                .intents
                .iter()
                .map(|each| (each.amount, each.status()))
                .collect(),
            refunds,
            refunded: done.map(|refund| refund.amount.minor()).sum(),
            payouts: payment
                .payouts
                .iter()
                .map(|payout| payout.amount.minor())
                .sum(),
            disputes,
            processor_fees: payment.processor_fees,
            release_at: payment.release_at.map(|at| at.timestamp()),
            gave_up: payment.refunds.iter().any(|refund| {
                let extra = matches!(
                    refund.reason,
                    RefundReason::Goodwill | RefundReason::Dispute
                );
                refund.dropped && extra
            }),
            due_at: booking.due_at.map(|due| due.timestamp()),
            parked: payment
                .parked
                .iter()
                .filter(|answer| answer.instruction().is_some())
                .count(),
        }
    }
}

#[test]
fn answers_lead_to_the_same_end_in_every_order() {
    let mut differed = 0;
    for seed in 0..STORIES {
        let mut random = Random::new(seed, 0);
        let (steps, silent) = (random.next() % 20, 10 + random.next() % 20);
        let world = told_until(seed, steps, silent);
        if world.processor.outbox.is_empty() && world.processor.inbox.is_empty() {
            continue;
        }
        let (first, log) = ended(world.clone(), None);
        for order in 0..ORDERS {
            let random = Random::new(seed, order + 1);
            let (other, other_log) = ended(world.clone(), Some(random));
            differed += u64::from(other_log.len() > 4);
            if gave_up(&first.0) || gave_up(&other.0) {
                continue;
            }
            assert_eq!(
                first.0,
                other.0,
                "story {seed} after {steps} and {silent} steps, order {order}:\n{}\n{}",
                log.join("\n"),
                other_log.join("\n")
            );
            let (one, other) = (rested(first.1.clone()), rested(other.1));
            assert_eq!(one, other, "story {seed} at rest");
        }
    }
    assert!(
        differed > STORIES,
        "only {differed} orders had more than four answers"
    );
}

/// A refund beyond the terms that failed is given up when a bank takes its money. Whether other
/// money came in before that depends on the order, and nobody asks for it again.
fn gave_up(stands: &[Stand]) -> bool {
    stands.iter().any(|stand| stand.gave_up)
}

/// Everything that the processor has to say and to do is said and done, booking by booking: in the
/// order in which it was asked, or in any order and partly more than once.
fn ended(mut world: World, mut order: Option<Random>) -> ((Vec<Stand>, World), Vec<String>) {
    world.processor.manners.fails = 0;
    let mut log = Vec::new();
    let mut repeats = 0;
    let mut codes = Random::new(0, 0);
    let roots: Vec<BookingId> = world
        .bookings
        .iter()
        .map(|each| each.booking.id.clone())
        .collect();
    for root in &roots {
        loop {
            work(&mut world);
            let places = places_of(&world.processor, root);
            let Some(first) = places.first() else {
                break;
            };
            let (place, again) = match &mut order {
                None => (*first, false),
                Some(random) => {
                    let again = repeats < REPEATS_MAX && random.percent(30);
                    (*random.pick(&places), again)
                }
            };
            let (to, answer) = world.processor.outbox[place].clone();
            if again {
                repeats += 1;
            } else {
                world.processor.outbox.remove(place);
            }
            log.push(format!("  {to} {answer:?}"));
            let told = world.deliver(&to, &answer, &mut codes);
            told.expect("every answer is taken in");
        }
    }
    let stands = world
        .bookings
        .iter()
        .map(|each| Stand::of(&each.booking))
        .collect();
    ((stands, world), log)
}

/// All balances once nothing is left to be done.
fn rested(mut world: World) -> Vec<Balances> {
    let told = drain(&mut world, &mut Random::new(0, 0));
    told.expect("it comes to rest");
    world
        .bookings
        .iter()
        .map(|each| each.booking.payment.balances)
        .collect()
}

/// The processor does everything that it was asked for.
fn work(world: &mut World) {
    while !world.processor.inbox.is_empty() {
        let clock = world.clock;
        world.processor.work(0, clock);
    }
}

/// Answers about a booking and the one that took its place.
fn places_of(processor: &Processor, root: &BookingId) -> Vec<usize> {
    let own = |id: &BookingId| processor.roots.get(id).unwrap_or(id) == root;
    let outbox = processor.outbox.iter().enumerate();
    outbox
        .filter(|(_, (to, _))| own(to))
        .map(|(place, _)| place)
        .collect()
}
