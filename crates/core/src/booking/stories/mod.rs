//! Stories: random lives of bookings, whose every step is checked against a second opinion.
//!
//! See `docs/testing-stories.md`. A story follows from its seed alone. Each step draws from a
//! sequence of its own, so that a story from which steps were dropped goes on as before, and the
//! shortest one that still fails can be found.

mod act;
mod bugs;
mod coverage;
mod drain;
mod oracle;
mod permutations;
mod processor;
mod random;
mod shop;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use act::Mood;
use coverage::Coverage;
use processor::Manners;
use random::Random;
use shop::Shop;
use world::{Violation, World};

/// Stories of a run, over all tests; more on demand. The number is compiled in, for the core reads
/// no environment.
const STORIES: u64 = match option_env!("QUANDO_STORIES") {
    Some(text) => number(text),
    None => 24_000,
};

/// A story that is told by itself.
const SEED: Option<&str> = option_env!("QUANDO_STORY_SEED");

/// The stories are told in so many tests.
const SHARDS: u64 = 4;

/// Steps of a story's seed that are kept apart from its own steps.
const OPENING: u64 = u64::MAX;
const ENDING: u64 = u64::MAX - 1;

const fn number(text: &str) -> u64 {
    match u64::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("a number of stories, or the seed of one"),
    }
}

/// A story that went wrong.
#[derive(Debug)]
struct Failure {
    seed: u64,
    step: usize,
    violation: Violation,
}

fn opening(seed: u64) -> (World, Mood, usize) {
    let mut random = Random::new(seed, OPENING);
    let shop = Shop::new(&mut random);
    let manners = Manners {
        seed,
        fails: *random.pick(&[0, 5, 25]),
        collects: *random.pick(&[0, 0, 20, 100]),
        authorised_days: *random.pick(&[1, 7]),
        fee: *random.pick(&[0, 290, 1_500]),
    };
    let mood = Mood::new(&mut random);
    let steps = 30 + random.below(51);
    (World::new(shop, manners), mood, steps)
}

/// Tells a story, without the steps that are not kept.
fn tell(seed: u64, keep: impl Fn(usize) -> bool, tape: bool) -> (World, Result<(), Failure>) {
    let (mut world, mood, steps) = opening(seed);
    world.tape = tape.then(Vec::new);
    let mut at = 0;
    let told = catch_unwind(AssertUnwindSafe(|| -> Result<(), Violation> {
        for step in (0..steps).filter(|step| keep(*step)) {
            at = step;
            let of = u64::try_from(step).expect("a small number");
            act::step(&mut world, &mood, &mut Random::new(seed, of))?;
        }
        at = steps;
        drain::drain(&mut world, &mut Random::new(seed, ENDING))
    }));
    let told = told.unwrap_or_else(|_| Err("it panics".to_owned()));
    let failure = |violation| Failure {
        seed,
        step: at,
        violation,
    };
    (world, told.map_err(failure))
}

/// The world after some steps of a story, and some more in which nobody hears from the processor.
fn told_until(seed: u64, steps: u64, silent: u64) -> World {
    let (mut world, mood, _) = opening(seed);
    let deaf = mood.silent();
    for step in 0..steps + silent {
        let mood = if step < steps { &mood } else { &deaf };
        let told = act::step(&mut world, mood, &mut Random::new(seed, step));
        told.expect("the stories themselves are sound");
    }
    world
}

/// The steps without which a story does not fail any more.
fn shrunk(seed: u64) -> Vec<usize> {
    let (_, _, steps) = opening(seed);
    let mut kept: Vec<usize> = (0..steps).collect();
    let mut size = kept.len();
    while size > 0 {
        let mut from = 0;
        while from < kept.len() {
            let to = (from + size).min(kept.len());
            let mut shorter = kept.clone();
            shorter.drain(from..to);
            if tell(seed, |step| shorter.contains(&step), false).1.is_err() {
                kept = shorter;
            } else {
                from = to;
            }
        }
        size /= 2;
    }
    kept
}

/// What a story that went wrong looks like, as short as it can be told.
fn report(failure: &Failure) -> String {
    let kept = shrunk(failure.seed);
    let (world, result) = tell(failure.seed, |step| kept.contains(&step), true);
    let violation = match result {
        Err(shorter) => shorter.violation,
        Ok(()) => failure.violation.clone(),
    };
    let tape = world.tape.unwrap_or_default().join("\n  ");
    format!(
        "story {} fails at step {}: {}\nat its shortest: {violation}\n  {tape}\nagain with: \
         QUANDO_STORY_SEED={} cargo nextest run -p quando --lib one_story",
        failure.seed, failure.step, failure.violation, failure.seed
    )
}

/// Tells some of all stories.
fn shard(number: u64) {
    let mut coverage = Coverage::default();
    for seed in (number..STORIES).step_by(usize::try_from(SHARDS).expect("a few")) {
        let (world, told) = tell(seed, |_| true, false);
        if let Err(failure) = told {
            panic!("{}", report(&failure));
        }
        coverage.add(&world.coverage);
    }
    let missing = coverage.missing();
    assert!(
        missing.is_empty(),
        "nothing is proved of what did not occur: {missing:#?}"
    );
    let unexpected = coverage.unexpected();
    assert!(unexpected.is_empty(), "codes of mistakes: {unexpected:?}");
    let (wanted, refused) = (coverage.slots_wanted, coverage.slots_refused);
    let share = refused * 100 / wanted;
    assert!(
        (20..=90).contains(&share),
        "{share} % of {wanted} slots are refused: too hot or too cold"
    );
}

macro_rules! shards {
    ($($name:ident: $number:expr;)*) => {
        $(
            #[test]
            fn $name() {
                shard($number);
            }
        )*
    };
}

shards! {
    every_story_keeps_all_invariants_0: 0;
    every_story_keeps_all_invariants_1: 1;
    every_story_keeps_all_invariants_2: 2;
    every_story_keeps_all_invariants_3: 3;
}

#[test]
fn one_story_is_told_twice_the_same() {
    let seed = SEED.map_or(1, number);
    let (world, told) = tell(seed, |_| true, true);
    if let Err(failure) = told {
        panic!("{}", report(&failure));
    }
    let (again, _) = tell(seed, |_| true, true);
    assert_eq!(world.tape, again.tape);
    assert!(world.tape.is_some_and(|tape| tape.len() > 10));
}
