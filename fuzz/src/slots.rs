//! Queries that are mostly valid, and the laws of their answers.

mod input;

use arbitrary::{Arbitrary, Unstructured};
use chrono::{DateTime, TimeDelta, Utc};
use quando::assign::{AssignError, assign};
use quando::availability::{Answer, Availability, Query, Slot};
use quando::time::Window;

pub use input::QueryInput;

/// A query is refused, or what it lists keeps the laws.
pub fn slots(data: &[u8]) {
    let Ok(input) = QueryInput::arbitrary(&mut Unstructured::new(data)) else {
        return;
    };
    let query = input.query();
    let json = serde_json::to_string(&query).unwrap();
    match serde_json::from_str::<Query>(&json) {
        Ok(again) => assert_eq!(again, query, "{json}"),
        Err(error) => panic!("its own form is refused: {error}: {json}"),
    }
    let Ok(availability) = Availability::new(&query) else {
        return;
    };
    let Ok(answer) = availability.slots() else {
        return;
    };
    let listed = Listed {
        json: &json,
        availability: &availability,
        answer: &answer,
    };
    listed.are_in_order_and_as_long_as_the_service();
    listed.are_accepted_and_nothing_else_is(&input);
    listed.do_not_depend_on_where_windows_are_cut();
    listed.come_in_pages();
    listed.come_next();
    listed.say_why_the_others_are_refused();
    listed.fit_when_they_are_checked_again();
    listed.can_be_assigned(&input);
}

struct Listed<'a> {
    json: &'a str,
    availability: &'a Availability<'a>,
    answer: &'a Answer<'a>,
}

impl Listed<'_> {
    fn query(&self) -> &Query {
        self.availability.query()
    }

    fn all(&self) -> Vec<Slot> {
        self.answer.slots().map(|slot| slot.to_slot()).collect()
    }

    fn are_in_order_and_as_long_as_the_service(&self) {
        let (window, json) = (self.query().window, self.json);
        let duration = self.query().service.duration_minutes.duration();
        let mut last = None;
        for slot in self.answer.slots() {
            assert!(last < Some(slot.start()), "not in order, or twice: {json}");
            last = Some(slot.start());
            assert!(
                window.interval().start() <= slot.start() && slot.start() < window.interval().end(),
                "{json}"
            );
            assert_eq!(slot.end() - slot.start(), duration, "{json}");
            assert!(slot.seats_left() >= self.query().party.get(), "{json}");
            assert!(slot.start() >= self.query().now, "{json}");
        }
        // Grids have whole minutes, so that this bounds the work as well.
        let minutes = window.interval().duration().num_minutes() + 1;
        assert!(self.answer.len() as i64 <= minutes, "{json}");
    }

    fn are_accepted_and_nothing_else_is(&self, input: &QueryInput) {
        let window = self.query().window;
        for slot in self.answer.slots().take(12) {
            let verdict = self.availability.check(slot.start()).unwrap();
            assert_eq!(verdict.slot, Some(slot.to_slot()), "{}", self.json);
            assert!(verdict.reasons.is_empty(), "{}", self.json);
        }
        let complete = self.query().limit.is_none();
        for start in input.probes(window.interval()) {
            let verdict = self.availability.check(start).unwrap();
            let listed = self.answer.slots().find(|slot| slot.start() == start);
            if complete {
                let listed = listed.map(|slot| slot.to_slot());
                assert_eq!(verdict.slot, listed, "{start}: {}", self.json);
            }
            let says_why = !verdict.reasons.is_empty();
            assert_ne!(verdict.is_offered(), says_why, "{start}: {}", self.json);
        }
    }

    fn do_not_depend_on_where_windows_are_cut(&self) {
        if self.query().limit.is_some() {
            return;
        }
        let window = self.query().window.interval();
        let cut = window.start() + window.duration() / 3;
        let cut = DateTime::from_timestamp(cut.timestamp(), 0).unwrap();
        let part = |from, to| self.slots_between(from, to);
        let mut parts = part(window.start(), cut);
        parts.extend(part(cut, window.end()));
        assert_eq!(parts, self.all(), "cut at {cut}: {}", self.json);
    }

    fn slots_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Slot> {
        let Ok(part) = Window::new(from, to) else {
            return Vec::new();
        };
        let answer = self.availability.slots_in(part).unwrap();
        answer.slots().map(|slot| slot.to_slot()).collect()
    }

    fn come_in_pages(&self) {
        let Some(limit) = self.query().limit else {
            return;
        };
        assert!(self.answer.len() <= limit.get() as usize, "{}", self.json);
        let unlimited = Query {
            limit: None,
            ..self.query().clone()
        };
        let all = quando::slots(&unlimited).unwrap();
        let all: Vec<Slot> = all.slots().map(|slot| slot.to_slot()).collect();
        let (page, rest) = all.split_at(self.answer.len());
        assert_eq!(page, self.all(), "{}", self.json);
        let Some(last) = page.last() else {
            return assert!(rest.is_empty(), "{}", self.json);
        };
        let from = last.start + TimeDelta::seconds(1);
        let mut next = self.slots_between(from, unlimited.window.interval().end());
        next.truncate(rest.len());
        let rest = &rest[..next.len()];
        assert_eq!(next, rest, "the next page of {}", self.json);
    }

    fn come_next(&self) {
        let to = self.query().window.interval().end();
        let next: Result<Vec<Slot>, _> = self.availability.next_slots().take(5).collect();
        let Ok(next) = next else { return };
        let mut inside: Vec<Slot> = next.into_iter().filter(|slot| slot.start < to).collect();
        if self.query().limit.is_some() {
            inside.truncate(self.answer.len());
        }
        let listed: Vec<Slot> = self
            .answer
            .slots()
            .take(5)
            .map(|slot| slot.to_slot())
            .collect();
        assert_eq!(inside, listed, "{}", self.json);
    }

    fn say_why_the_others_are_refused(&self) {
        let Some(refused) = self.answer.refused() else {
            return;
        };
        assert!(refused.is_sorted_by_key(|each| each.start), "{}", self.json);
        for each in refused {
            assert!(!each.reasons.is_empty(), "{}: {}", each.start, self.json);
        }
        for each in refused.iter().take(12) {
            let verdict = self.availability.check(each.start).unwrap();
            assert!(!verdict.is_offered(), "{}: {}", each.start, self.json);
        }
    }

    /// Whoever is listed for the only role of one person can be booked and approved.
    fn fit_when_they_are_checked_again(&self) {
        let roles = self.query().need.as_ref().map_or(1, Vec::len);
        let one = self
            .query()
            .need
            .as_ref()
            .is_none_or(|roles| roles[0].count.get() == 1);
        if roles != 1 || !one {
            return;
        }
        for slot in self.all().into_iter().take(4) {
            for resource in &slot.resources[0] {
                let chosen = [vec![resource.clone()]];
                let verdict = self.availability.recheck(slot.start, &chosen).unwrap();
                assert!(
                    verdict.is_offered(),
                    "{resource} at {}: {}",
                    slot.start,
                    self.json
                );
            }
        }
    }

    /// Whoever is assigned is listed, as often as the need says, and can be approved.
    fn can_be_assigned(&self, input: &QueryInput) {
        let counts: Vec<u32> = match &self.query().need {
            Some(roles) => roles.iter().map(|role| role.count.get()).collect(),
            None => vec![1],
        };
        let rules = input.assign_rules();
        for slot in self.all().into_iter().take(3) {
            let assignment = match assign(self.query(), slot.start, &rules) {
                Ok(assignment) => assignment,
                Err(AssignError::NobodyWeighted) => continue,
                Err(error) => panic!("{error} at {}: {}", slot.start, self.json),
            };
            for (role, chosen) in assignment.resources.iter().enumerate() {
                let listed = &slot.resources[role];
                assert_eq!(chosen.len(), counts[role] as usize, "{}", self.json);
                assert!(
                    chosen.iter().all(|each| listed.contains(each)),
                    "{}",
                    self.json
                );
            }
            let verdict = self
                .availability
                .recheck(slot.start, &assignment.resources)
                .unwrap();
            assert!(
                verdict.is_offered(),
                "{assignment:?} at {}: {}",
                slot.start,
                self.json
            );
        }
    }
}
