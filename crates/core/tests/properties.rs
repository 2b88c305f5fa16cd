//! Laws of availability, on thousands of random questions around changes of the clocks.
//!
//! A question is determined by a family and a number, so that each run asks the same ones, and a
//! law that breaks shows the question reduced to what it takes.

mod generate;
mod laws;
mod oracle;
mod reduce;

use chrono::{DateTime, Utc};
use generate::{Family, Random};
use oracle::Oracle;
use oracle::hours::{MINUTE, instant};
use quando::availability::{Availability, Query, Refused, Slot};
use quando::time::Window;
use reduce::{Outcome, for_all};

fn listed(query: &Query) -> Vec<Slot> {
    let answer = quando::slots(query).expect("a valid question");
    answer.slots().map(|slot| slot.to_slot()).collect()
}

fn explained(query: &Query, window: Window) -> (Vec<Slot>, Vec<Refused>) {
    let query = Query {
        explain: true,
        window,
        ..query.clone()
    };
    let answer = quando::slots(&query).expect("a valid question");
    let slots = answer.slots().map(|slot| slot.to_slot()).collect();
    (slots, answer.refused().expect("an explanation").to_vec())
}

fn ensure(holds: bool, what: &str, seen: impl std::fmt::Debug) -> Outcome {
    if holds {
        Ok(())
    } else {
        Err(format!("{what}\n{seen:#?}"))
    }
}

fn equals_the_oracle(query: &Query, _: &mut Random) -> Outcome {
    let (found, expected) = (listed(query), Oracle::new(query).slots());
    let only = |these: &[Slot], those: &[Slot]| -> Vec<String> {
        let missing = these.iter().filter(|slot| !those.contains(slot));
        missing
            .take(5)
            .map(|slot| serde_json::to_string(slot).expect("JSON"))
            .collect()
    };
    let same = found == expected;
    let (found, expected) = (only(&found, &expected), only(&expected, &found));
    let what = match (found.is_empty(), expected.is_empty()) {
        (false, true) => "too much is offered",
        (true, false) => "too little is offered",
        _ => "slots differ",
    };
    ensure(same, what, ("engine only", found, "oracle only", expected))
}

macro_rules! slots_equal_the_oracle {
    ($($name:ident: $family:ident, $cases:literal;)*) => {
        $(#[test]
        fn $name() {
            for_all(&[Family::$family], $cases, equals_the_oracle);
        })*
    };
}

slots_equal_the_oracle! {
    slots_equal_the_oracle_plain: Plain, 1_500;
    slots_equal_the_oracle_hours: Hours, 1_500;
    slots_equal_the_oracle_packed: Packed, 1_000;
    slots_equal_the_oracle_sessions: Sessions, 1_500;
    slots_equal_the_oracle_roles: Roles, 1_500;
    slots_equal_the_oracle_limits: Limits, 1_000;
    slots_equal_the_oracle_capacity: Capacity, 1_500;
}

#[test]
fn a_start_is_offered_iff_check_accepts_it() {
    for_all(&Family::ALL, 60, |query, random| {
        let (oracle, slots) = (Oracle::new(query), listed(query));
        let plan = Availability::new(query).expect("a valid question");
        let mut starts: Vec<i64> = slots.iter().map(|slot| slot.start.timestamp()).collect();
        starts.extend(oracle.refused().iter().map(|(start, _)| *start));
        let window = query.window.interval();
        for _ in 0..50 {
            let any = random.within(window.start_timestamp(), window.end_timestamp() - 1);
            starts.extend([any, any - any.rem_euclid(MINUTE)]);
        }
        starts.retain(|start| window.contains(instant(*start)));
        for start in starts {
            let verdict = plan.check(instant(start)).expect("a verdict");
            let slot = slots.iter().find(|slot| slot.start == instant(start));
            let seen = (instant(start), &verdict, slot);
            ensure(
                verdict.slot.as_ref() == slot,
                "check and listing differ",
                seen,
            )?;
            ensure(
                verdict.is_offered() == verdict.reasons.is_empty(),
                "no reason",
                seen,
            )?;
            let truths = oracle.truths(start);
            let mut reasons = verdict.reasons.iter();
            let true_ones = reasons.all(|it| truths.contains(&(it.code, it.resource.clone())));
            ensure(
                true_ones,
                "a reason of check is untrue",
                (instant(start), &verdict, truths),
            )?;
        }
        Ok(())
    });
}

#[test]
fn every_start_on_the_grid_is_offered_or_refused_with_true_reasons() {
    for_all(&Family::ALL, 150, |query, _| {
        let (slots, refused) = explained(query, query.window);
        ensure(
            slots == listed(query),
            "explaining changes the slots",
            &slots,
        )?;
        let expected = Oracle::new(query).refused();
        let found: Vec<DateTime<Utc>> = refused.iter().map(|it| it.start).collect();
        let starts: Vec<DateTime<Utc>> = expected.iter().map(|(at, _)| instant(*at)).collect();
        let apart = |these: &[DateTime<Utc>], those: &[DateTime<Utc>]| -> Vec<DateTime<Utc>> {
            these
                .iter()
                .filter(|start| !those.contains(start))
                .copied()
                .take(5)
                .collect()
        };
        let apart = (
            "engine only",
            apart(&found, &starts),
            "oracle only",
            apart(&starts, &found),
        );
        ensure(found == starts, "refused starts differ", apart)?;
        for (refused, (_, truths)) in refused.iter().zip(expected) {
            ensure(!refused.reasons.is_empty(), "no reason", refused)?;
            let is_true = |it: &quando::availability::Reason| {
                truths.contains(&(it.code, it.resource.clone()))
            };
            let all = refused.reasons.iter().all(is_true);
            ensure(all, "a reason is untrue", (refused, &truths))?;
        }
        Ok(())
    });
}
