//! The rules of availability, read naively: every minute, every resource, every choice.
//!
//! Nothing is indexed, merged or skipped here, and nothing is shared with the engine but the types
//! of the question, the offsets of zones and the expansion of recurrences. What it can do is
//! bounded: a window of a few days, and a handful of resources.

mod explain;
pub(crate) mod hours;
mod occupancy;

use chrono::{Datelike, NaiveDate};
use quando::availability::{
    Align, BuffersInsideHours, Limit, Period, Query, ReasonCode, Resource, SharedLimit, Slot,
};
use quando::id::ResourceId;
use quando::time::Zone;

use hours::{Clock, DAY, MINUTE, Span, both, civil_date, contains, covers, instant, windows};
use occupancy::Taker;
pub(crate) use occupancy::most_taken;

/// Per role, places in the query's list of resources.
pub(crate) type Choice = Vec<Vec<usize>>;

/// The role that a resource is to fill, and the primary resource when that is another one.
type Part = (usize, Option<usize>);

/// A rule that refuses, and the resource it is about.
pub(crate) type Truth = (ReasonCode, Option<ResourceId>);

pub(crate) struct Oracle<'q> {
    pub(crate) query: &'q Query,
    clock: std::rc::Rc<Clock>,
    known: Vec<Known>,
    roles: Vec<(Vec<usize>, usize)>,
}

struct Known {
    open: Vec<Span>,
    /// Where the grid restarts, in order; the first list without the feasible starts.
    openings: Vec<i64>,
    anchors: Vec<i64>,
}

impl<'q> Oracle<'q> {
    pub(crate) fn new(query: &'q Query) -> Oracle<'q> {
        let window = window_of(query);
        let known = |resource: &Resource| {
            let mut open = windows(&resource.schedule, window);
            for shared in query.hours.schedules() {
                open = both(&open, windows(shared, window));
            }
            let mut openings: Vec<i64> = open.iter().map(|(start, _)| *start).collect();
            openings.sort_unstable();
            Known {
                open,
                anchors: openings.clone(),
                openings,
            }
        };
        let place = |id: &ResourceId| {
            let found = query
                .resources
                .iter()
                .position(|resource| resource.id == *id);
            found.expect("a known resource")
        };
        let roles = query.need.as_ref().map_or_else(
            || vec![(vec![0], 1)],
            |roles| {
                let role = |role: &quando::availability::Role| {
                    (
                        role.any_of.iter().map(place).collect(),
                        role.count.get() as usize,
                    )
                };
                roles.iter().map(role).collect()
            },
        );
        let clock = Clock::around(&query.zone, window.0);
        let known = query.resources.iter().map(known).collect();
        let mut oracle = Oracle {
            query,
            clock,
            known,
            roles,
        };
        if query.service.align == Align::Packed {
            for primary in oracle.roles[0].0.clone() {
                let feasible = oracle.feasible_beginnings(primary);
                oracle.known[primary].anchors.extend(feasible);
                oracle.known[primary].anchors.sort_unstable();
            }
        }
        oracle
    }

    /// The slots of the window.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        self.minutes()
            .filter_map(|start| self.slot(start))
            .collect()
    }

    /// The whole minutes of the window: no grid has other starts.
    pub(crate) fn minutes(&self) -> impl Iterator<Item = i64> + use<> {
        let (from, to) = window_of(self.query);
        let first = from + (-from).rem_euclid(MINUTE);
        (first..to).step_by(60)
    }

    /// The slot at a start, wherever the window is.
    pub(crate) fn slot(&self, start: i64) -> Option<Slot> {
        if !self.timely(start).is_empty() || !self.is_on_a_grid(start) {
            return None;
        }
        let choices = self.choices_on_grid(start, self.query.party.get());
        if choices.is_empty() {
            return None;
        }
        let members = |(role, (any_of, _)): (usize, &(Vec<usize>, usize))| {
            let chosen = any_of
                .iter()
                .filter(|at| choices.iter().any(|it| it[role].contains(at)));
            chosen
                .map(|at| self.query.resources[*at].id.clone())
                .collect()
        };
        let larger = (self.query.party.get() + 1..)
            .take_while(|party| !self.choices_on_grid(start, *party).is_empty());
        Some(Slot {
            start: instant(start),
            end: instant(start + self.duration()),
            resources: self.roles.iter().enumerate().map(members).collect(),
            seats_left: larger.last().unwrap_or(self.query.party.get()),
        })
    }

    /// The complete choices for a start with a primary resource that has it on its grid.
    pub(crate) fn choices_on_grid(&self, start: i64, party: u32) -> Vec<Choice> {
        let mut choices = self.choices(start, party);
        choices.retain(|choice| choice[0].iter().any(|at| self.is_on_grid(*at, start)));
        choices
    }

    /// Every way to fill all roles with different resources for which all rules hold.
    fn choices(&self, start: i64, party: u32) -> Vec<Choice> {
        let mut choices: Vec<Choice> = self
            .primary_choices(start, party)
            .into_iter()
            .map(|chosen| vec![chosen])
            .collect();
        for (role, (any_of, count)) in self.roles.iter().enumerate().skip(1) {
            let mut longer = Vec::new();
            for choice in choices {
                let fits = |at: &usize| {
                    !choice.iter().flatten().any(|taken| taken == at)
                        && self.fits(*at, (role, Some(choice[0][0])), start, party)
                };
                let free: Vec<usize> = any_of.iter().copied().filter(fits).collect();
                for chosen in subsets(&free, *count) {
                    longer.push(choice.iter().cloned().chain([chosen]).collect());
                }
            }
            choices = longer;
        }
        choices
    }

    /// Every way to fill the primary role. The primary resource of a class comes first; the others
    /// of the role take part in its session.
    fn primary_choices(&self, start: i64, party: u32) -> Vec<Vec<usize>> {
        let (any_of, count) = &self.roles[0];
        let able = any_of
            .iter()
            .copied()
            .filter(|at| self.fits(*at, (0, None), start, party));
        if !self.query.service.is_class() {
            return subsets(&able.collect::<Vec<_>>(), *count);
        }
        let led_by = |leader: usize| {
            let takes_part =
                |at: &usize| *at != leader && self.fits(*at, (0, Some(leader)), start, party);
            let others: Vec<usize> = any_of.iter().copied().filter(takes_part).collect();
            subsets(&others, count - 1)
                .into_iter()
                .map(move |others| [vec![leader], others].concat())
        };
        able.flat_map(led_by).collect()
    }

    fn fits(&self, at: usize, part: Part, start: i64, party: u32) -> bool {
        self.refusals(at, part, start, party).is_empty()
    }

    /// Notice, horizon and the limits of a wider owner, where they refuse.
    fn timely(&self, start: i64) -> Vec<ReasonCode> {
        let (service, now) = (&self.query.service, self.query.now.timestamp());
        let mut refused = Vec::new();
        if start < now + seconds(service.min_notice_minutes) {
            refused.push(ReasonCode::Notice);
        }
        let date = self.clock.date(start);
        let today = hours::day_number(civil_date(&self.query.zone, now));
        let horizon = service.horizon_days.map(|days| today + i64::from(days));
        let through = service.bookable_through.map(hours::day_number);
        if horizon.is_some_and(|last| date > last) || through.is_some_and(|last| date > last) {
            refused.push(ReasonCode::Horizon);
        }
        let shared = |shared: &SharedLimit| {
            let SharedLimit {
                per,
                max_bookings,
                max_minutes,
                ..
            } = *shared;
            let zone = shared.zone.as_ref().unwrap_or(&self.query.zone);
            let booked: Vec<Span> = shared
                .bookings
                .iter()
                .map(|booked| occupancy::span(booked.0))
                .collect();
            self.allows(
                Limit {
                    per,
                    max_bookings,
                    max_minutes,
                },
                zone,
                &booked,
                start,
            )
        };
        if !self.query.limits.iter().all(shared) {
            refused.push(ReasonCode::Limit);
        }
        refused
    }

    fn is_on_a_grid(&self, start: i64) -> bool {
        self.roles[0].0.iter().any(|at| self.is_on_grid(*at, start))
    }

    fn is_on_grid(&self, at: usize, start: i64) -> bool {
        let known = &self.known[at];
        match self.query.service.align {
            Align::Clock => {
                let offset = seconds(self.query.service.step_offset_minutes);
                let since_midnight = self.clock.local(start).rem_euclid(DAY);
                (since_midnight - offset).rem_euclid(self.step()) == 0
            }
            Align::Opening | Align::Packed => {
                let anchor = known.anchors.iter().rfind(|anchor| **anchor <= start);
                contains(&known.open, start)
                    && anchor.is_some_and(|anchor| (start - anchor) % self.step() == 0)
            }
        }
    }

    /// Where intervals of feasible starts of a primary resource begin, each rounded up to a minute.
    ///
    /// Everything in the question is a multiple of a few seconds, between which nothing changes; but
    /// a session can be joined at one second only.
    fn feasible_beginnings(&self, primary: usize) -> Vec<i64> {
        let (from, to) = window_of(self.query);
        let openings = &self.known[primary].openings;
        let first = openings
            .iter()
            .copied()
            .rfind(|opening| *opening <= from)
            .unwrap_or(from);
        let feasible = |start: i64| {
            contains(&self.known[primary].open, start)
                && self.fits(primary, (0, None), start, self.query.party.get())
        };
        let step = occupancy::granularity(self.query);
        let mut beginnings = Vec::new();
        let mut at = first - first.rem_euclid(step);
        let mut before = feasible(at - 1);
        while at < to {
            for (second, previous) in [(at, None), (at + 1, Some(at))] {
                let previous = previous.map_or(before, feasible);
                if feasible(second) && !previous {
                    beginnings.push(second + (-second).rem_euclid(MINUTE));
                }
            }
            before = feasible(at + step - 1);
            at += step;
        }
        beginnings
    }

    /// The rules of one resource that refuse a start: hours, busy time, claims, units, seats and
    /// limits.
    fn refusals(&self, at: usize, (role, with): Part, start: i64, party: u32) -> Vec<ReasonCode> {
        let (query, service) = (self.query, &self.query.service);
        let resource = &query.resources[at];
        let primary = with.map(|at| &query.resources[at]);
        let taker = Taker::new(query, resource, primary, start);
        let mut refused = Vec::new();
        let (mut from, mut to) = (start, start + self.duration());
        if service.buffers_inside_hours == BuffersInsideHours::Both {
            from = taker.padded.0;
        }
        if service.buffers_inside_hours != BuffersInsideHours::Neither {
            to = taker.padded.1;
        }
        if !covers(&self.known[at].open, (from, to)) {
            refused.push(ReasonCode::OutsideHours);
        }
        refused.extend(taker.is_busy().then_some(ReasonCode::Busy));
        refused.extend(taker.refusal(party));
        if role == 0 && with.is_some() && taker.leads() {
            refused.push(ReasonCode::NoResource);
        }
        let all = || resource.claims.iter();
        let of_service = || all().filter(|claim| claim.service == service.id);
        let spans = |claims: Vec<&quando::availability::Claim>| -> Vec<Span> {
            claims
                .iter()
                .map(|claim| occupancy::span(claim.interval))
                .collect()
        };
        let mut within = resource
            .limits
            .iter()
            .all(|limit| self.allows(*limit, &query.zone, &spans(all().collect()), start));
        if role == 0 {
            let claims = spans(of_service().collect());
            within &= service
                .limits
                .iter()
                .all(|limit| self.allows(*limit, &query.zone, &claims, start));
        }
        refused.extend((!within).then_some(ReasonCode::Limit));
        refused
    }

    /// Whether a limit leaves room for a start beside what is booked.
    fn allows(&self, limit: Limit, zone: &Zone, booked: &[Span], start: i64) -> bool {
        let period = |at: i64| period(limit.per, civil_date(zone, at), self.query);
        let same = booked.iter().filter(|(at, _)| period(*at) == period(start));
        let lengths: Vec<i64> = same.map(|(start, end)| end - start).collect();
        let bookings = lengths.len() as u64 + 1;
        let length = lengths.iter().sum::<i64>() + self.duration();
        limit
            .max_bookings
            .is_none_or(|most| bookings <= u64::from(most))
            && limit
                .max_minutes
                .is_none_or(|most| length <= i64::from(most) * MINUTE)
    }

    fn duration(&self) -> i64 {
        seconds(self.query.service.duration_minutes)
    }

    fn step(&self) -> i64 {
        let service = &self.query.service;
        seconds(service.step_minutes.unwrap_or(service.duration_minutes))
    }
}

pub(crate) fn seconds(minutes: quando::time::Minutes) -> i64 {
    i64::from(minutes.get()) * MINUTE
}

fn window_of(query: &Query) -> Span {
    occupancy::span(query.window.interval())
}

/// A name of the period that a date belongs to.
fn period(per: Period, date: NaiveDate, query: &Query) -> (i32, i64) {
    let day = hours::day_number(date);
    match per {
        Period::Day => (0, day),
        Period::Week => {
            let back = date.weekday().days_since(query.week_start);
            (0, day - i64::from(back))
        }
        Period::Month => (date.year(), i64::from(date.month())),
        Period::Year => (date.year(), 0),
    }
}

/// Every way to take `count` of a list, in its order.
fn subsets(list: &[usize], count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut found = Vec::new();
    for (place, first) in list.iter().enumerate() {
        for mut rest in subsets(&list[place + 1..], count - 1) {
            rest.insert(0, *first);
            found.push(rest);
        }
    }
    found
}
