//! Laws of availability, on thousands of random questions around changes of the clocks.
//!
//! A question is determined by a family and a number, so that each run asks the same ones, and a
//! law that breaks shows the question reduced to what it takes.

mod generate;
mod oracle;
mod reduce;

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};
use generate::{Family, Random, booking, claim, shuffled, somewhen};
use oracle::Oracle;
use oracle::hours::{MINUTE, instant};
use quando::availability::{Align, Availability, Busy, Query, Refused, Slot};
use quando::schedule::{Closure, Schedule};
use quando::time::{Interval, Window};
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

/// With less free time nothing more is feasible, and but for grids that restart, nothing more is
/// offered.
fn shrinks(before: &Query, after: &Query, grid_is_fixed: bool) -> Outcome {
    let (more, fewer) = (listed(before), listed(after));
    let plan = Availability::new(before).expect("a valid question");
    for slot in fewer {
        let old = if grid_is_fixed {
            more.iter().find(|old| old.start == slot.start).cloned()
        } else {
            plan.recheck(slot.start, &slot.resources)
                .expect("a verdict")
                .slot
        };
        let Some(old) = old else {
            return ensure(false, "a slot appears", slot);
        };
        let mut roles = slot.resources.iter().zip(&old.resources);
        let among = roles.all(|(now, then)| now.iter().all(|id| then.contains(id)));
        ensure(among, "a resource appears", (&slot, &old))?;
        ensure(
            slot.seats_left <= old.seats_left,
            "seats appear",
            (&slot, &old),
        )?;
    }
    Ok(())
}

#[test]
fn adding_busy_time_never_adds_a_slot() {
    for_all(&Family::ALL, 400, |query, random| {
        let mut busier = query.clone();
        for _ in 0..1 + random.below(2) {
            let at = random.below(query.resources.len());
            let fine = random.percent(20);
            busier.resources[at]
                .busy
                .push(Busy::from(somewhen(random, query, fine)));
        }
        shrinks(query, &busier, query.service.align != Align::Packed)
    });
}

#[test]
fn adding_a_claim_never_adds_a_slot() {
    for_all(&Family::ALL, 400, |query, random| {
        let mut busier = query.clone();
        for _ in 0..1 + random.below(2) {
            let at = random.below(query.resources.len());
            let fine = random.percent(20);
            busier.resources[at].claims.push(claim(random, query, fine));
        }
        shrinks(query, &busier, query.service.align != Align::Packed)
    });
}

/// A grid that is anchored in the hours begins anew after a closure.
#[test]
fn adding_a_closure_never_adds_a_feasible_start() {
    for_all(&Family::ALL, 400, |query, random| {
        let mut closed = query.clone();
        let at = random.below(query.resources.len());
        let day = somewhen(random, query, false).start().date_naive();
        let through = day + TimeDelta::days(random.within(0, 1));
        let closures = &mut closed.resources[at].schedule.closures;
        closures.push(Closure {
            from: day,
            through,
            redirect_to: None,
        });
        shrinks(query, &closed, query.service.align == Align::Clock)
    });
}

#[test]
fn a_larger_party_never_has_more_slots_and_seats_left_is_the_largest() {
    for_all(
        &[Family::Sessions, Family::Capacity, Family::Roles],
        400,
        |query, random| {
            let larger = |by: u32| {
                let party = NonZeroU32::new(query.party.get() + by).expect("a party");
                Query {
                    party,
                    ..query.clone()
                }
            };
            shrinks(query, &larger(1), query.service.align != Align::Packed)?;
            let slots = listed(query);
            if slots.is_empty() {
                return Ok(());
            }
            let slot = random.pick(&slots);
            let accepts = |query: &Query| {
                let plan = Availability::new(query).expect("a valid question");
                plan.recheck(slot.start, &slot.resources)
                    .expect("a verdict")
                    .is_offered()
            };
            let more = slot.seats_left - query.party.get();
            ensure(accepts(&larger(more)), "seats left are not there", &slot)?;
            ensure(
                !accepts(&larger(more + 1)) || restricted(query),
                "seats left are more",
                &slot,
            )
        },
    );
}

/// Whether a primary resource may be chosen that has the start on its grid beside one that has not,
/// so that without a grid more can be chosen than with it.
fn restricted(query: &Query) -> bool {
    let primaries = query.need.as_ref().map_or(1, |roles| roles[0].any_of.len());
    query.service.align != Align::Clock && primaries > 1
}

#[test]
fn a_split_window_has_the_same_slots_and_refusals() {
    for_all(&Family::ALL, 400, |query, random| {
        let (slots, refused) = explained(query, query.window);
        let window = query.window.interval();
        let (from, to) = (window.start_timestamp(), window.end_timestamp());
        let mut cuts = vec![from, to];
        cuts.extend((0..random.below(3)).map(|_| random.within(from + 1, to - 1)));
        cuts.extend(slots.first().map(|slot| slot.start.timestamp()));
        cuts.sort_unstable();
        cuts.dedup();
        let (mut joined, mut joined_refused) = (Vec::new(), Vec::new());
        for cut in cuts.windows(2) {
            let part = Window::new(instant(cut[0]), instant(cut[1])).expect("a window");
            let (slots, refused) = explained(query, part);
            joined.extend(slots);
            joined_refused.extend(refused);
        }
        ensure(
            joined == slots,
            "slots of the parts differ",
            (&joined, &slots),
        )?;
        ensure(
            joined_refused == refused,
            "refusals of the parts differ",
            (&cuts, &refused),
        )
    });
}

#[test]
fn pages_have_the_same_slots_and_refusals() {
    for_all(&Family::ALL, 400, |query, random| {
        let (slots, refused) = explained(query, query.window);
        let size = NonZeroU32::new(1 + u32::try_from(random.below(9)).expect("a few"));
        let mut paged = Query {
            limit: size,
            explain: true,
            ..query.clone()
        };
        let (mut joined, mut joined_refused) = (Vec::new(), Vec::new());
        loop {
            let answer = quando::slots(&paged).expect("a valid question");
            let page: Vec<Slot> = answer.slots().map(|slot| slot.to_slot()).collect();
            joined_refused.extend(answer.refused().expect("an explanation").to_vec());
            joined.extend(page.iter().cloned());
            let full = page.len() == size.map_or(0, |size| size.get() as usize);
            let Some(last) = page.last().filter(|_| full) else {
                break;
            };
            let Ok(rest) = Window::new(last.start + TimeDelta::seconds(1), query.window.end())
            else {
                break;
            };
            paged.window = rest;
        }
        ensure(
            joined == slots,
            "slots of the pages differ",
            (&joined, &slots),
        )?;
        ensure(
            joined_refused == refused,
            "refusals of the pages differ",
            (size, &refused),
        )
    });
}

#[test]
fn the_order_of_what_is_given_does_not_matter() {
    for_all(&Family::ALL, 400, |query, random| {
        let (slots, mut refused) = explained(query, query.window);
        let (again, mut refused_again) = explained(&shuffled(random, query), query.window);
        ensure(
            again == slots,
            "another order, other slots",
            (&again, &slots),
        )?;
        for refused in refused.iter_mut().chain(&mut refused_again) {
            refused
                .reasons
                .sort_by(|a, b| (a.code, &a.resource).cmp(&(b.code, &b.resource)));
        }
        ensure(
            refused == refused_again,
            "another order, other reasons",
            (&refused, &refused_again),
        )
    });
}

#[test]
fn the_viewers_zone_and_a_journey_through_json_do_not_matter() {
    for_all(&Family::ALL, 400, |query, random| {
        let mut json = serde_json::to_value(query).expect("JSON");
        let east = random.pick(&[0, 330, -210, 765, -720]);
        reduce::rewrite(&mut json, &|text: &str| {
            let instant: DateTime<Utc> = text.parse().ok()?;
            let zone = chrono::FixedOffset::east_opt(east * 60)?;
            Some(instant.with_timezone(&zone).to_rfc3339())
        });
        let read: Query = serde_json::from_value(json).expect("a question");
        ensure(read == *query, "another question", &read)?;
        let text = |query: &Query| {
            serde_json::to_string(&quando::slots(query).expect("a valid question")).expect("JSON")
        };
        ensure(text(&read) == text(query), "another answer", ())
    });
}

#[test]
fn a_slot_lasts_its_duration_and_starts_at_a_time_that_exists() {
    for_all(&Family::ALL, 400, |query, _| {
        for slot in listed(query) {
            let lasts = slot.end - slot.start;
            ensure(
                lasts == query.service.duration_minutes.duration(),
                "length",
                &slot,
            )?;
            // A civil time in a gap is not what the clock shows at the instant that it stands for.
            let shown = query.zone.civil(slot.start);
            let stands_for = query.zone.occurrence(shown);
            ensure(
                query.zone.civil(stands_for) == shown,
                "in a gap",
                (shown, stands_for),
            )?;
        }
        Ok(())
    });
}

#[test]
fn touching_intervals_do_not_conflict_and_a_second_more_does() {
    for_all(&Family::ALL, 400, |query, random| {
        let slots = listed(query);
        if slots.is_empty() {
            return Ok(());
        }
        let slot = random.pick(&slots);
        let start = slot.start.timestamp();
        let with = |resource: &quando::availability::Resource| {
            let service = &query.service;
            let before = resource
                .buffer_before_minutes
                .unwrap_or(service.buffer_before_minutes);
            let after = resource
                .buffer_after_minutes
                .unwrap_or(service.buffer_after_minutes);
            (
                start - oracle::seconds(before),
                slot.end.timestamp() + oracle::seconds(after),
            )
        };
        let beside = |reach: i64| {
            let mut query = query.clone();
            for resource in &mut query.resources {
                let (from, to) = with(resource);
                let spans = [(from - 600, from + reach), (to - reach, to + 600)];
                let busy = spans.map(|(from, to)| Interval::from_timestamps(from, to));
                resource
                    .busy
                    .extend(busy.map(|span| Busy::from(span.expect("a span"))));
            }
            let plan = Availability::new(&query).expect("a valid question");
            plan.recheck(slot.start, &slot.resources)
                .expect("a verdict")
                .is_offered()
        };
        ensure(beside(0), "touching conflicts", &slot)?;
        ensure(!beside(1), "meeting does not conflict", &slot)
    });
}

#[test]
fn the_next_slots_are_those_of_the_listing() {
    for_all(&Family::ALL, 400, |query, _| {
        let slots = listed(query);
        let plan = Availability::new(query).expect("a valid question");
        let mut next = Vec::new();
        if !slots.is_empty() || query.service.horizon_days.is_some() {
            for slot in plan.next_slots() {
                let slot = slot.expect("a slot");
                if slot.start >= query.window.end() {
                    break;
                }
                next.push(slot);
            }
        }
        ensure(next == slots, "the next slots differ", (&next, &slots))
    });
}

#[test]
fn a_recheck_accepts_what_is_listed() {
    for_all(&Family::ALL, 60, |query, random| {
        let slots = listed(query);
        let oracle = Oracle::new(query);
        let plan = Availability::new(query).expect("a valid question");
        for _ in 0..slots.len().min(5) {
            let slot = random.pick(&slots);
            let choices = oracle.choices_on_grid(slot.start.timestamp(), query.party.get());
            let chosen: Vec<Vec<_>> = random
                .pick(&choices)
                .iter()
                .map(|role| {
                    role.iter()
                        .map(|at| query.resources[*at].id.clone())
                        .collect()
                })
                .collect();
            for resources in [&slot.resources, &chosen] {
                let verdict = plan.recheck(slot.start, resources).expect("a verdict");
                ensure(
                    verdict.is_offered(),
                    "a listed slot is refused",
                    (&slot, &verdict),
                )?;
            }
        }
        Ok(())
    });
}

/// Books whatever is offered until nothing is left, as customers do.
#[test]
fn no_sequence_of_bookings_takes_more_than_there_is() {
    for_all(&Family::ALL, 40, |query, random| {
        let mut query = query.clone();
        for resource in &mut query.resources {
            resource.claims.clear();
        }
        for _ in 0..12 {
            let slots = listed(&query);
            if slots.is_empty() {
                break;
            }
            let start = random.pick(&slots).start.timestamp();
            let choices = Oracle::new(&query).choices_on_grid(start, query.party.get());
            booking(&mut query, start, &random.pick(&choices));
            for resource in &query.resources {
                let most = oracle::most_taken(resource);
                ensure(
                    most <= resource.capacity.get(),
                    "overbooked",
                    &resource.claims,
                )?;
            }
        }
        Ok(())
    });
}

/// Two schedules are open when either of them is; a schedule of none is never open.
#[test]
fn a_question_without_hours_is_not_one_with_empty_hours() {
    for_all(&[Family::Plain, Family::Hours], 30, |query, _| {
        let never = Query {
            hours: Schedule::new(query.zone.clone()).into(),
            ..query.clone()
        };
        ensure(listed(&never).is_empty(), "open without hours", ())?;
        let always = Query {
            hours: Vec::new().into(),
            ..query.clone()
        };
        shrinks(&always, query, query.service.align == Align::Clock)
    });
}
