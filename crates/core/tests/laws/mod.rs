//! What holds between an answer and the answer to a question like it.

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};
use quando::availability::{Align, Availability, Busy, Query, Slot};
use quando::schedule::{Closure, Schedule};
use quando::time::{Interval, Window};

use crate::generate::{Family, booking, claim, shuffled, somewhen};
use crate::oracle::hours::instant;
use crate::oracle::{self, Oracle};
use crate::reduce::{self, Outcome, for_all};
use crate::{ensure, explained, listed};

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

/// No rule is not the same as a rule with an empty result.
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
