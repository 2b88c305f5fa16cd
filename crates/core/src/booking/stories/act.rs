//! What happens next in a story.

use std::num::NonZeroU32;

use super::oracle::NONSENSE;
use super::processor::dollars;
use super::random::Random;
use super::shop::{DAY, DAY_ZERO, MINUTE, STEP, instant};
use super::world::{Gap, Violation, World};
use crate::booking::{
    Action, Actor, Approve, Booking, By, Cancel, CheckIn, CodeSeed, CollectPayment, Command,
    Complete, ConfirmPayment, Create, Decline, Dispute, Expire, ExtendHold, Hold, HoldToken,
    MarkNoShow, Note, PublishReviews, Reassign, Refund, ReleaseFunds, Reschedule, ResolveDispute,
    RetryPayment, Review, SettleNoShow, Status, TABLE, UndoNoShow, Wanted,
};
use crate::id::{CustomerId, DisputeId, ProviderId, ResourceId};
use crate::payment::{Answer, InstructionId, InstructionKind, Payment};
use crate::review::{Rating, ReviewText};

/// What is likely in a story.
#[derive(Clone, Debug)]
pub(super) struct Mood {
    weights: Vec<(Deed, usize)>,
    /// Percent of commands with something wrong in them.
    careless: usize,
    customers: usize,
    /// Percent of answers that come once more.
    twice: usize,
    /// Percent of steps after which the latest answer comes at once.
    prompt: usize,
    /// Whether the story begins with a booking whose time has come.
    late: bool,
}

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Wait,
    Jump,
    GoBack,
    Book,
    Sensible,
    Nonsense,
    Work,
    Deliver,
    Tick,
    Bank,
    Edit,
    Close,
    Away,
}

impl Mood {
    pub(super) fn new(random: &mut Random) -> Mood {
        let swarm = |random: &mut Random, weight: usize, may_lack: bool| {
            let least = usize::from(!may_lack);
            weight * (*random.pick(&[0, 1, 1, 2, 4])).max(least)
        };
        let weights = [
            (Deed::Wait, 6, false),
            (Deed::Jump, 10, false),
            (Deed::GoBack, 2, true),
            (Deed::Book, 16, false),
            (Deed::Sensible, 34, false),
            (Deed::Nonsense, 3, true),
            (Deed::Work, 18, false),
            (Deed::Deliver, 20, false),
            (Deed::Tick, 6, true),
            (Deed::Bank, 4, true),
            (Deed::Edit, 2, true),
            (Deed::Close, 1, true),
            (Deed::Away, 1, true),
        ];
        let weights =
            weights.map(|(deed, weight, may_lack)| (deed, swarm(random, weight, may_lack)));
        Mood {
            weights: weights.into(),
            careless: *random.pick(&[0, 10, 30]),
            customers: 2 + random.below(3),
            twice: *random.pick(&[0, 10, 30]),
            prompt: *random.pick(&[0, 40, 90]),
            late: random.percent(35),
        }
    }

    /// The same, and nobody hears from the processor.
    pub(super) fn silent(&self) -> Mood {
        let mut silent = self.clone();
        silent.prompt = 0;
        for (deed, weight) in &mut silent.weights {
            if *deed == Deed::Deliver {
                *weight = 0;
            }
        }
        silent
    }

    fn deed(&self, random: &mut Random) -> Deed {
        let sum = self.weights.iter().map(|each| each.1).sum();
        let mut drawn = random.below(sum);
        for (deed, weight) in &self.weights {
            if drawn < *weight {
                return *deed;
            }
            drawn -= weight;
        }
        Deed::Wait
    }
}

/// One step of a story.
pub(super) fn step(world: &mut World, mood: &Mood, random: &mut Random) -> Result<(), Violation> {
    if mood.late && world.bookings.is_empty() {
        return prologue(world, mood, random);
    }
    world.doubts = random.percent(4);
    match mood.deed(random) {
        Deed::Wait => world.clock += random.within(0, 40 * MINUTE),
        Deed::Jump => jump(world, random),
        Deed::GoBack => world.clock -= random.within(1, 5 * 60 * MINUTE),
        Deed::Book => book(world, mood, random)?,
        Deed::Sensible => sensible(world, mood, random)?,
        Deed::Nonsense => nonsense(world, random)?,
        Deed::Work => work(world, random),
        Deed::Deliver => deliver(world, mood, random)?,
        Deed::Tick => tick(world)?,
        Deed::Bank => bank(world, random),
        Deed::Edit => {
            let service = random.below(world.shop.services.len());
            world.shop.edit_terms(service, random);
            world.say(|| format!("service {service} has other terms"));
        }
        Deed::Close => {
            let day = (world.clock - DAY_ZERO).div_euclid(DAY) + random.within(0, 2);
            world.shop.toggle_day(day);
            world.say(|| format!("day {day} is closed or opened"));
        }
        Deed::Away => {
            let start = start(world, random);
            let room = random.below(world.shop.rooms.len());
            world.shop.add_busy(room, start, start + STEP);
            world.say(|| format!("room {room} is away at {start}"));
        }
    }
    if random.percent(mood.prompt) {
        work(world, random);
        deliver(world, mood, random)?;
    }
    Ok(())
}

/// A booking is made, paid, and its time comes; then it is done, or somebody does not come.
fn prologue(world: &mut World, mood: &Mood, random: &mut Random) -> Result<(), Violation> {
    book(world, mood, random)?;
    let Some(stored) = world.bookings.first() else {
        return Ok(());
    };
    let start = stored.booking.slot.start_timestamp();
    let early = [
        (Action::Create, Actor::Customer),
        (Action::Approve, Actor::Provider),
    ];
    for (action, actor) in early {
        perform(world, 0, (action, actor), false, random)?;
        for _ in 0..3 {
            work(world, random);
            deliver(world, mood, random)?;
        }
    }
    let ends = [Action::Complete, Action::MarkNoShow, Action::Cancel];
    let end = *random.pick(&ends);
    let actor = match end {
        Action::Cancel => Actor::Customer,
        _ => Actor::Provider,
    };
    if end != Action::Cancel {
        world.clock = start + 20 * MINUTE;
    } else if random.percent(50) {
        // Moved when it was late, and called off when there was time again.
        world.clock = world.clock.max(start - random.within(60, 1_500) * MINUTE);
        perform(world, 0, (Action::Reschedule, actor), false, random)?;
    }
    perform(world, 0, (end, actor), false, random)?;
    if end == Action::MarkNoShow && random.percent(20) {
        // By the time that it was a mistake nobody is there any more.
        world.shop.toggle_day((start - DAY_ZERO).div_euclid(DAY));
        perform(
            world,
            0,
            (Action::UndoNoShow, Actor::Operator),
            false,
            random,
        )?;
    } else if end == Action::MarkNoShow && random.percent(80) {
        world.clock += 30 * MINUTE;
        perform(
            world,
            0,
            (Action::SettleNoShow, Actor::Operator),
            false,
            random,
        )?;
    }
    Ok(())
}

/// To an instant at which something changes, or just before or after it.
fn jump(world: &mut World, random: &mut Random) {
    let mut instants: Vec<i64> = Vec::new();
    for stored in &world.bookings {
        let booking = &stored.booking;
        let (start, end) = (booking.slot.start_timestamp(), booking.slot.end_timestamp());
        if !booking.status.is_terminal() {
            instants.extend([start - 3_600, start, start + 15 * MINUTE, end]);
        }
        instants.extend(
            booking
                .deadlines()
                .iter()
                .map(|each| each.due_at.timestamp()),
        );
    }
    instants.retain(|at| *at > world.clock && *at < world.clock + 5 * DAY);
    instants.sort_unstable();
    instants.truncate(3);
    if let Some(at) = instants.get(random.below(instants.len())) {
        world.clock = at + random.pick(&[-1, 0, 0, 0, 1]);
    } else {
        world.clock += 3_600;
    }
}

/// A start at which people want to come.
fn start(world: &World, random: &mut Random) -> i64 {
    let now = world
        .decided_until
        .map_or(0, |now| now.timestamp())
        .max(world.clock);
    let day = (now - DAY_ZERO).div_euclid(DAY) + random.pick(&[0, 0, 1, 1, 2, 3]);
    let start = DAY_ZERO + day * DAY + random.pick(&world.shop.hot);
    match random.below(40) {
        0 => start + 7 * MINUTE,
        1 => start + 30 * DAY,
        2 => start - DAY,
        _ => start,
    }
}

fn book(world: &mut World, mood: &Mood, random: &mut Random) -> Result<(), Violation> {
    let at = if !world.bookings.is_empty() && random.percent(2) {
        random.below(world.bookings.len())
    } else {
        world.bookings.len()
    };
    let service = random.below(world.shop.services.len());
    let careless = random.percent(mood.careless);
    let overriding = random.percent(7);
    let actor = match (overriding, random.below(10)) {
        (true, 0) => Actor::Customer,
        (true, _) => *random.pick(&[Actor::Provider, Actor::Operator]),
        (false, 0) => Actor::Provider,
        (false, 1) => Actor::Operator,
        (false, _) => Actor::Customer,
    };
    let named = overriding || random.percent(15);
    let customer = random.below(mood.customers);
    let wanted = Wanted {
        booking: World::id_at(at),
        provider: ProviderId::new("shop").expect("a name"),
        customer: CustomerId::new(format!("c{customer}")).expect("a name"),
        service: world.shop.services[service].id.clone(),
        start: instant(start(world, random)),
        duration_minutes: None,
        party: party(random),
        add_ons: Vec::new(),
        discount: None,
        tips: None,
        notes: None,
        resources: named.then(|| rooms(world, service, random)),
        series: None,
        override_reason: overriding.then(|| note(if careless { " " } else { "a regular" })),
        seed: 0,
    };
    let by: By = actor.into();
    let expected_version = (careless && random.percent(30)).then_some(3);
    let command = if random.percent(50) {
        let token = token(at);
        Command::Hold(Hold {
            by,
            expected_version,
            wanted,
            token,
        })
    } else {
        Command::Create(Create {
            by,
            expected_version,
            wanted: Some(wanted),
            token: None,
            notes: None,
            code_seed: CodeSeed(random.code_seed()),
        })
    };
    let gap = if careless {
        *random.pick(&[
            Gap::Nothing,
            Gap::Nothing,
            Gap::Question,
            Gap::Offer,
            Gap::Party,
        ])
    } else {
        Gap::Nothing
    };
    world.perform(at, &command, gap).map(drop)
}

fn party(random: &mut Random) -> NonZeroU32 {
    let party = *random.pick(&[1, 1, 1, 1, 2, 2, 3, 4]);
    NonZeroU32::new(party).expect("somebody")
}

/// One room for each role; sometimes too many, or one twice.
fn rooms(world: &World, service: usize, random: &mut Random) -> Vec<Vec<ResourceId>> {
    let id = |room: usize| world.shop.rooms[room].id.clone();
    let roles = &world.shop.services[service].roles;
    let mut rooms: Vec<Vec<ResourceId>> = roles
        .iter()
        .map(|role| vec![id(*random.pick(role))])
        .collect();
    match random.below(16) {
        0 => rooms[0].push(id(random.below(world.shop.rooms.len()))),
        1 => rooms[0] = roles[0].iter().map(|room| id(*room)).collect(),
        2 => rooms.truncate(1),
        3 => rooms[0][0] = id(random.below(world.shop.rooms.len())),
        _ => {}
    }
    rooms
}

fn token(at: usize) -> HoldToken {
    let byte = u8::try_from(at % 251).expect("below 256");
    HoldToken::new([byte; 32])
}

fn note(text: &str) -> Note {
    Note::new(text).expect("a short text")
}

/// Something that the table allows where a booking stands.
fn sensible(world: &mut World, mood: &Mood, random: &mut Random) -> Result<(), Violation> {
    if world.bookings.is_empty() {
        return book(world, mood, random);
    }
    let at = one_of(world, random);
    let status = world.bookings[at].booking.status_at(world.now_for(at));
    let rows: Vec<_> = TABLE
        .iter()
        .filter(|row| row.from == Some(status))
        .collect();
    let mut row = *random.pick(&rows);
    // Calling off ends most stories too early, and answers come from the processor.
    let dull = |action: Action| matches!(action, Action::Cancel | Action::ConfirmPayment);
    if dull(row.action) && random.percent(70) {
        row = *random.pick(&rows);
    }
    let actor = *random.pick(row.actors);
    let careless = random.percent(mood.careless);
    perform(world, at, (row.action, actor), careless, random)
}

/// A booking: rather one that has money although it is over, or else one that is not over.
fn one_of(world: &World, random: &mut Random) -> usize {
    let count = world.bookings.len();
    let rank = |at: usize| {
        let booking = &world.bookings[at].booking;
        let over = booking.status.is_terminal();
        let held = booking.payment.balances.held.is_positive();
        u8::from(!over) + 2 * u8::from(over && held)
    };
    let (one, other) = (random.below(count), random.below(count));
    if rank(one) < rank(other) { other } else { one }
}

fn nonsense(world: &mut World, random: &mut Random) -> Result<(), Violation> {
    let at = random.below(world.bookings.len() + 1);
    let action = *random.pick(&Action::ALL);
    let actor = *random.pick(&Actor::ALL);
    perform(world, at, (action, actor), true, random)
}

fn perform(
    world: &mut World,
    at: usize,
    (action, actor): (Action, Actor),
    careless: bool,
    random: &mut Random,
) -> Result<(), Violation> {
    let version = world
        .bookings
        .get(at)
        .map_or(0, |stored| stored.booking.version);
    let expected_version = match random.below(10) {
        0 if careless => Some(version + 1),
        1 if careless => Some(version.saturating_sub(1)),
        2 | 3 => Some(version),
        _ => None,
    };
    let gap = if careless && random.percent(10) {
        *random.pick(&[Gap::Question, Gap::Offer, Gap::Party])
    } else {
        Gap::Nothing
    };
    let ask = Ask {
        at,
        by: actor.into(),
        expected_version,
        careless,
    };
    let Some(command) = ask.command(world, action, random) else {
        return Ok(());
    };
    world.perform(at, &command, gap).map(drop)
}

/// A command that is being put together.
struct Ask {
    at: usize,
    by: By,
    expected_version: Option<u64>,
    careless: bool,
}

impl Ask {
    fn command(self, world: &World, action: Action, random: &mut Random) -> Option<Command> {
        let booking = world.bookings.get(self.at).map(|stored| &stored.booking);
        match action {
            Action::Hold => None,
            Action::ExtendHold | Action::Create | Action::Cancel | Action::Decline => {
                Some(self.with_token(action, random))
            }
            Action::Reschedule | Action::Reassign | Action::MarkNoShow => {
                self.about_slot(world, action, random)
            }
            Action::Dispute | Action::ResolveDispute => {
                self.about_dispute(&booking?.payment, action, random)
            }
            Action::Refund | Action::RetryPayment | Action::ConfirmPayment => {
                self.about_money(booking?, action, random)
            }
            _ => self.plain(action, random),
        }
    }

    /// A command with nothing in it, or next to nothing.
    fn plain(self, action: Action, random: &mut Random) -> Option<Command> {
        let (by, expected_version) = (self.by, self.expected_version);
        macro_rules! plain {
            ($name:ident $($field:ident: $value:expr),*) => {
                $name { by, expected_version, $($field: $value,)* }.into()
            };
        }
        Some(match action {
            Action::Approve => plain!(Approve code_seed: CodeSeed(random.code_seed())),
            Action::CollectPayment => plain!(CollectPayment),
            Action::CheckIn => plain!(CheckIn),
            Action::Complete => plain!(Complete),
            Action::UndoNoShow => plain!(UndoNoShow),
            Action::SettleNoShow => plain!(SettleNoShow),
            Action::Expire => plain!(Expire),
            Action::ReleaseFunds => plain!(ReleaseFunds),
            Action::Review => {
                let rating = Rating::new(4).expect("a rating");
                plain!(Review rating: rating, text: ReviewText::default())
            }
            Action::PublishReviews => plain!(PublishReviews),
            _ => return None,
        })
    }

    /// A command that may need the holder's token, or a reason.
    fn with_token(self, action: Action, random: &mut Random) -> Command {
        let (given, reason) = (self.token(random), self.reason(random));
        let (by, expected_version) = (self.by, self.expected_version);
        match action {
            Action::ExtendHold => ExtendHold {
                by,
                expected_version,
                token: given.unwrap_or_else(|| token(200)),
            }
            .into(),
            Action::Create => Create {
                by,
                expected_version,
                wanted: None,
                token: given,
                notes: None,
                code_seed: CodeSeed(random.code_seed()),
            }
            .into(),
            Action::Cancel => Cancel {
                by,
                expected_version,
                reason,
                token: given,
            }
            .into(),
            _ => Decline {
                by,
                expected_version,
                reason,
            }
            .into(),
        }
    }

    fn about_slot(self, world: &World, action: Action, random: &mut Random) -> Option<Command> {
        let stored = world.bookings.get(self.at)?;
        let (by, expected_version) = (self.by, self.expected_version);
        Some(match action {
            Action::Reschedule => {
                let named = random.percent(20);
                let start = match random.below(20) {
                    0 => stored.booking.slot.start(),
                    _ => instant(start(world, random)),
                };
                Reschedule {
                    by,
                    expected_version,
                    start,
                    resources: named.then(|| rooms(world, stored.service, random)),
                    seed: 0,
                }
                .into()
            }
            Action::Reassign => {
                let resources = rooms(world, stored.service, random);
                Reassign {
                    by,
                    expected_version,
                    resources,
                }
                .into()
            }
            _ => {
                let fitting = if by.actor == Actor::Customer {
                    Actor::Provider
                } else {
                    Actor::Customer
                };
                let other = *random.pick(&Actor::ALL);
                let whose = if random.percent(80) { fitting } else { other };
                MarkNoShow {
                    by,
                    expected_version,
                    whose,
                }
                .into()
            }
        })
    }

    fn about_dispute(
        self,
        payment: &Payment,
        action: Action,
        random: &mut Random,
    ) -> Option<Command> {
        let (by, expected_version) = (self.by, self.expected_version);
        if action == Action::Dispute {
            let count = payment.disputes.len() + usize::from(!random.percent(10));
            let dispute = DisputeId::new(format!("d{count}")).expect("a name");
            let reason = note("it was cold");
            return Some(
                Dispute {
                    by,
                    expected_version,
                    dispute,
                    reason,
                }
                .into(),
            );
        }
        let open = payment.disputes.iter().filter(|each| each.is_open());
        let open: Vec<_> = open.collect();
        let dispute = open.get(random.below(open.len()));
        let amount = dispute.map_or(0, |each| each.amount.minor());
        let unknown = || DisputeId::new("nobody").expect("a name");
        let refund = random.within(i64::from(!self.careless), amount + 1);
        Some(
            ResolveDispute {
                by,
                expected_version,
                dispute: dispute.map_or_else(unknown, |each| each.id.clone()),
                refund: random.percent(60).then(|| dollars(refund)),
            }
            .into(),
        )
    }

    fn about_money(
        self,
        booking: &Booking,
        action: Action,
        random: &mut Random,
    ) -> Option<Command> {
        let reason = self.reason(random);
        let (by, expected_version) = (self.by, self.expected_version);
        let payment = &booking.payment;
        Some(match action {
            Action::ConfirmPayment => ConfirmPayment {
                by,
                expected_version,
                answer: answer(booking, random),
                code_seed: CodeSeed(random.code_seed()),
                successor: None,
            }
            .into(),
            Action::Refund => {
                let kept = payment.kept().map_or(0, crate::money::Money::minor).max(1);
                let some = random.within(1, kept);
                let amount = if self.careless {
                    *random.pick(&[-1, 0, kept + 1, -kept])
                } else {
                    *random.pick(&[some, some, kept])
                };
                Refund {
                    by,
                    expected_version,
                    amount: dollars(amount),
                    reason,
                }
                .into()
            }
            _ => {
                let mut known = failed(payment);
                if self.careless || known.is_empty() {
                    known.extend(asked(payment));
                }
                let unknown = instruction(InstructionKind::Payout, 0, 1);
                let instruction = known.get(random.below(known.len())).copied();
                let instruction = instruction.unwrap_or(unknown);
                RetryPayment {
                    by,
                    expected_version,
                    instruction,
                }
                .into()
            }
        })
    }

    fn token(&self, random: &mut Random) -> Option<HoldToken> {
        match random.below(10) {
            0 if self.careless => Some(token(self.at + 1)),
            1 | 2 if self.careless => None,
            3 | 4 if self.by.actor != Actor::Customer => None,
            _ => Some(token(self.at)),
        }
    }

    fn reason(&self, random: &mut Random) -> Option<Note> {
        (!self.careless || random.percent(50)).then(|| note("it rains"))
    }
}

/// An answer that no processor gives: of another amount, of another kind, or to nothing.
fn answer(booking: &Booking, random: &mut Random) -> Answer {
    let id = |kind: InstructionKind, number: u32| InstructionId {
        kind,
        number,
        attempt: 1,
    };
    let first = booking.payment.intents.first();
    let amount = first.map_or(1, |intent| intent.amount.minor());
    match random.below(3) {
        0 if first.is_some() => Answer::Captured {
            instruction: id(InstructionKind::Authorise, 1),
            amount: dollars(amount + 1),
            processor_fee: None,
        },
        1 => Answer::Refunded {
            instruction: id(InstructionKind::Capture, 1),
        },
        _ => Answer::Failed {
            instruction: id(InstructionKind::Refund, NONSENSE),
            reason: None,
        },
    }
}

/// Instructions whose latest attempt has failed.
pub(super) fn failed(payment: &Payment) -> Vec<InstructionId> {
    use InstructionKind::{Capture, Payout, Refund, Void};
    let mut failed = Vec::new();
    for (place, each) in payment.intents.iter().enumerate() {
        if each.capture_failed() {
            failed.push(instruction(Capture, place, each.capture_attempts));
        }
        if each.void_failed() {
            failed.push(instruction(Void, place, each.void_attempts));
        }
    }
    let refunds = payment.refunds.iter().enumerate();
    let refunds = refunds.filter(|(_, each)| each.has_failed());
    failed.extend(refunds.map(|(place, each)| instruction(Refund, place, each.attempts)));
    let payouts = payment.payouts.iter().enumerate();
    let payouts = payouts.filter(|(_, each)| each.has_failed());
    failed.extend(payouts.map(|(place, each)| instruction(Payout, place, each.attempts)));
    failed
}

/// Instructions that were given, and may well be under way.
fn asked(payment: &Payment) -> Vec<InstructionId> {
    use InstructionKind::{Payout, Refund};
    let refunds = payment.refunds.iter().enumerate();
    let refunds = refunds.map(|(place, each)| instruction(Refund, place, each.attempts));
    let payouts = payment.payouts.iter().enumerate();
    let payouts = payouts.map(|(place, each)| instruction(Payout, place, each.attempts));
    refunds.chain(payouts).collect()
}

fn instruction(kind: InstructionKind, place: usize, attempt: u32) -> InstructionId {
    InstructionId {
        kind,
        number: u32::try_from(place + 1).expect("a small number"),
        attempt,
    }
}

fn work(world: &mut World, random: &mut Random) {
    if world.processor.inbox.is_empty() {
        return;
    }
    let first = random.percent(70);
    let place = if first {
        0
    } else {
        random.below(world.processor.inbox.len())
    };
    let clock = world.clock;
    let instruction = world.processor.inbox[place].key();
    world.processor.work(place, clock);
    let said = world.processor.outbox.last().cloned();
    world.say(|| format!("the processor works on {instruction}: {said:?}"));
}

fn deliver(world: &mut World, mood: &Mood, random: &mut Random) -> Result<(), Violation> {
    if world.processor.outbox.is_empty() {
        return Ok(());
    }
    let place = random.below(world.processor.outbox.len());
    let (to, answer) = if random.percent(mood.twice) {
        world.processor.outbox[place].clone()
    } else {
        world.processor.outbox.remove(place)
    };
    world.deliver(&to, &answer, random)
}

/// Everything that is due is fired.
pub(super) fn tick(world: &mut World) -> Result<(), Violation> {
    for at in 0..world.bookings.len() {
        let now = world.now_for(at);
        let due: Vec<_> = world.bookings[at].booking.due(now).collect();
        for deadline in due {
            let booking = &world.bookings[at].booking;
            if let Some(command) = deadline.kind.command(booking) {
                // Whatever was fired before may have made it void.
                drop(world.perform(at, &command, Gap::Nothing)?);
            }
        }
    }
    Ok(())
}

/// A customer's bank takes money back, or decides about it.
fn bank(world: &mut World, random: &mut Random) {
    let open = world.processor.open_disputes();
    if !open.is_empty() && random.percent(50) {
        let (root, id) = random.pick(&open).clone();
        let won = random.percent(50);
        world.processor.close_dispute(&root, &id, won);
        world.say(|| format!("the bank decides on {id}: won {won}"));
        return;
    }
    let paid: Vec<usize> = (0..world.bookings.len())
        .filter(|at| {
            let booking = &world.bookings[*at].booking;
            !booking.payment.intents.is_empty() && booking.status != Status::Held
        })
        .collect();
    if let Some(at) = paid.get(random.below(paid.len())) {
        let id = world.bookings[*at].booking.id.clone();
        let count = world.processor.purse(&id).disputes.len();
        let dispute = DisputeId::new(format!("bank{count}-{id}")).expect("a name");
        world.processor.dispute(&id, dispute.clone(), random);
        world.say(|| format!("the bank of {id} opens {dispute}"));
    }
}
