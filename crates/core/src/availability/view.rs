//! What the rules say about each member over a range of starts.

use super::error::{QueryError, QueryFault};
use super::occupancy::Session;
use super::period::{Civil, Counted, local_range};
use super::plan::{Availability, Member};
use super::query::{Align, BuffersInsideHours};
use crate::schedule::{OpenBudget, OpenHours, Schedule};
use crate::time::civil::{DAY, date_to_days};
use crate::time::{Interval, IntervalSet};

/// The hours, limits and feasible starts of all members around a range of starts.
#[derive(Debug)]
pub(super) struct View<'a, 'q> {
    pub(super) plan: &'a Availability<'q>,
    /// Distinct open hours; members share them.
    pub(super) hours: Vec<OpenHours>,
    pub(super) members: Vec<MemberView>,
}

/// What the rules say about one member.
#[derive(Debug)]
pub(super) struct MemberView {
    /// Which of the view's open hours are the member's.
    pub(super) hours: usize,
    /// Starts whose slot lies in the open hours.
    pub(super) inside_hours: IntervalSet,
    /// Starts in periods whose limits are used up.
    pub(super) full: IntervalSet,
    /// Starts at which the member can take a booking of its own.
    pub(super) feasible: IntervalSet,
}

impl<'a, 'q> View<'a, 'q> {
    /// Looks at the starts of `range`; `packed` grids also at those since their window began.
    pub(super) fn new(
        plan: &'a Availability<'q>,
        range: Interval,
    ) -> Result<View<'a, 'q>, QueryError> {
        let reach = plan.members.iter().map(|member| member.footprint.padded(0));
        let (before, after) = reach.fold((0, 1), |(b, a), (from, to)| (b.min(from), a.max(to)));
        let wide = Interval::from_seconds(
            range.start_timestamp() + before,
            range.end_timestamp() + after,
        );
        let mut view = View {
            plan,
            hours: Vec::new(),
            members: Vec::new(),
        };
        view.open_hours(wide)?;
        for at in 0..view.members.len() {
            view.weigh(at, range);
        }
        Ok(view)
    }

    /// Computes each distinct schedule once.
    fn open_hours(&mut self, range: Interval) -> Result<(), QueryError> {
        let mut budget = OpenBudget::default();
        let mut shared = Vec::new();
        let longest = self
            .plan
            .members
            .iter()
            .map(|member| member.schedule.longest_window())
            .max();
        // A window near the range counts whole, so that shared hours must reach as far as it does.
        let margin = 2 * longest.unwrap_or(0) + 3 * DAY;
        let far = Interval::from_seconds(
            range.start_timestamp() - margin,
            range.end_timestamp() + margin,
        );
        for (index, schedule) in self.plan.query.hours.schedules().iter().enumerate() {
            let hours = OpenHours::new(schedule, &[], far, &mut budget);
            let fault = |error| QueryFault::OpenHours(error).at(format!("/hours/{index}"));
            shared.push(hours.map_err(fault)?.into_spans());
        }
        let mut known: Vec<&Schedule> = Vec::new();
        for member in &self.plan.members {
            let schedule = member.schedule;
            let same = |other: &&Schedule| std::ptr::eq(*other, schedule) || *other == schedule;
            // Equal schedules mostly stand side by side.
            let recent = known.len().saturating_sub(4);
            let hours = match known[recent..].iter().position(same) {
                Some(at) => recent + at,
                None => {
                    let hours = OpenHours::new(schedule, &shared, range, &mut budget);
                    let fault = |error| {
                        let pointer = format!("/resources/{}/schedule", member.index);
                        QueryFault::OpenHours(error).at(pointer)
                    };
                    self.hours.push(hours.map_err(fault)?);
                    known.push(schedule);
                    known.len() - 1
                }
            };
            self.members.push(MemberView {
                hours,
                inside_hours: IntervalSet::new(),
                full: IntervalSet::new(),
                feasible: IntervalSet::new(),
            });
        }
        Ok(())
    }

    fn weigh(&mut self, at: usize, range: Interval) {
        let member = &self.plan.members[at];
        let hours = &self.hours[self.members[at].hours];
        let packed = self.plan.query.service.align == Align::Packed && member.primary;
        let range = if packed {
            since_window(hours, range)
        } else {
            range
        };
        let inside_hours = starts_inside(self.plan, member, hours.spans(), range);
        let full = self.full_periods(member, range);
        let mut feasible = inside_hours.subtract(&member.occupancy.busy);
        for blocked in [&member.occupancy.claimed, &member.occupancy.short, &full] {
            if !blocked.is_empty() {
                feasible = feasible.subtract(blocked);
            }
        }
        let view = &mut self.members[at];
        (view.inside_hours, view.full, view.feasible) = (inside_hours, full, feasible);
    }

    fn full_periods(&self, member: &Member<'_>, range: Interval) -> IntervalSet {
        let query = self.plan.query;
        let service_limits = if member.primary {
            query.service.limits.as_slice()
        } else {
            &[]
        };
        if service_limits.is_empty() && member.resource.limits.is_empty() {
            return IntervalSet::new();
        }
        let civil = Civil {
            zone: &query.zone,
            week_start: query.week_start,
        };
        let moment = self.plan.moment;
        let claims = || {
            let claims = member.resource.claims.iter();
            claims.filter(move |claim| moment.counts(claim))
        };
        let length = member.footprint.duration;
        let of_service = || {
            let service = query.service.id.as_ref();
            claims()
                .filter(move |claim| claim.service.is_some() && claim.service.as_ref() == service)
                .map(|claim| Counted::from(claim.interval))
        };
        let of_resource = || claims().map(|claim| Counted::from(claim.interval));
        let by_service = service_limits
            .iter()
            .flat_map(|limit| civil.full_starts(*limit, of_service(), length, range));
        let by_resource = member
            .resource
            .limits
            .iter()
            .flat_map(|limit| civil.full_starts(*limit, of_resource(), length, range));
        by_service.chain(by_resource).collect()
    }

    /// Whether a member can join a session at its time, whichever session that is.
    pub(super) fn can_join(&self, at: usize, session: &Session<'_>) -> bool {
        let (member, view) = (&self.plan.members[at], &self.members[at]);
        view.inside_hours.contains_second(session.start)
            && !member.occupancy.busy.contains_second(session.start)
            && !view.full.contains_second(session.start)
            && member
                .occupancy
                .leaves_room_beside(session, member.footprint)
    }

    /// Whether a session that a primary member leads has seats for the party and room.
    pub(super) fn can_lead(&self, at: usize, session: &Session<'_>) -> bool {
        let query = self.plan.query;
        session.leader.is_none()
            && query.party.get() <= query.service.seats.get().saturating_sub(session.taken)
            && self.can_join(at, session)
    }

    /// Where the grid of a primary member restarts: window beginnings, and for `packed` also the
    /// beginnings of feasible starts.
    pub(super) fn anchors(&self, at: usize) -> Vec<i64> {
        let (member, view) = (&self.plan.members[at], &self.members[at]);
        let mut anchors = self.hours[view.hours].beginnings().to_vec();
        if self.plan.query.service.align == Align::Packed {
            let whole_minute = |second: i64| second + (-second).rem_euclid(60);
            let mut feasible = view.feasible.clone();
            if self.party_fits() {
                let joined = member
                    .occupancy
                    .sessions
                    .iter()
                    .filter(|each| self.can_lead(at, each));
                let single = joined.map(|each| Interval::from_seconds(each.start, each.start + 1));
                feasible = feasible.iter().chain(single).collect();
            } else {
                feasible = IntervalSet::new();
            }
            anchors.extend(
                feasible
                    .iter()
                    .map(|each| whole_minute(each.start_timestamp())),
            );
            anchors.sort_unstable();
            anchors.dedup();
        }
        anchors
    }

    /// A class takes no party larger than its seats.
    pub(super) fn party_fits(&self) -> bool {
        let service = &self.plan.query.service;
        !service.is_class() || self.plan.query.party <= service.seats
    }
}

/// The range from just before the latest window beginning at or before it.
fn since_window(hours: &OpenHours, range: Interval) -> Interval {
    let start = range.start_timestamp();
    let after = hours
        .beginnings()
        .partition_point(|beginning| *beginning <= start);
    let begin = after
        .checked_sub(1)
        .map_or(start, |at| hours.beginnings()[at]);
    // A minute earlier, to tell whether feasible starts begin there or go on from before.
    Interval::from_seconds(begin - 60, range.end_timestamp())
}

/// The starts of a range whose slot lies in open time, with the buffers that must lie inside.
fn starts_inside(
    plan: &Availability<'_>,
    member: &Member<'_>,
    open: &IntervalSet,
    range: Interval,
) -> IntervalSet {
    let footprint = member.footprint;
    let (before, after) = match plan.query.service.buffers_inside_hours {
        BuffersInsideHours::Neither => (0, 0),
        BuffersInsideHours::After => (0, footprint.after),
        BuffersInsideHours::Both => (footprint.before, footprint.after),
    };
    let (from, to) = (range.start_timestamp(), range.end_timestamp());
    open.near(from - before, to + footprint.duration + after)
        .iter()
        .filter_map(|span| {
            let start = (span.start_timestamp() + before).max(from);
            let end = (span.end_timestamp() - footprint.duration - after + 1).min(to);
            (start < end).then(|| Interval::from_seconds(start, end))
        })
        .collect()
}

/// When a start is timely: after the notice, within the horizons, within shared limits.
#[derive(Debug)]
pub(super) struct Timely {
    /// The first start after the notice.
    pub(super) first: i64,
    /// Starts on bookable civil dates; `None` without a horizon.
    pub(super) horizon: Option<IntervalSet>,
    /// Starts that each shared limit rules out.
    pub(super) shared_full: Vec<IntervalSet>,
}

impl Timely {
    pub(super) fn new(plan: &Availability<'_>, range: Interval) -> Timely {
        let (query, service) = (plan.query, &plan.query.service);
        let (from, to) = (range.start_timestamp(), range.end_timestamp());
        let now = plan.moment.now;
        let fixed = service.bookable_through.map(date_to_days);
        let has_horizon = fixed.is_some() || service.horizon_days.is_some();
        let horizon = has_horizon.then(|| {
            let mut offsets = query.zone.offsets(now.min(from), now.max(to));
            let today = offsets.local(now).div_euclid(DAY);
            let rolling = service.horizon_days.map(|days| today + i64::from(days));
            let last_day = [rolling, fixed]
                .into_iter()
                .flatten()
                .fold(i64::MAX / DAY - 1, i64::min);
            let mut inside = Vec::new();
            local_range(
                &offsets,
                i64::MIN / 4,
                (last_day + 1) * DAY,
                range,
                &mut inside,
            );
            inside.into_iter().collect()
        });
        let shared_full = query.limits.iter().map(|limit| {
            let zone = limit.zone.as_ref().unwrap_or(&query.zone);
            let civil = Civil {
                zone,
                week_start: query.week_start,
            };
            let booked = limit.bookings.iter().map(|span| Counted::from(span.0));
            let length = service.duration_minutes.seconds();
            civil
                .full_starts(limit.limit(), booked, length, range)
                .into_iter()
                .collect()
        });
        Timely {
            first: now + plan.moment.notice,
            horizon,
            shared_full: shared_full.collect(),
        }
    }

    /// For a booking that exists already: notice and horizon bind new starts only, limits all.
    pub(super) fn of_existing(plan: &Availability<'_>, range: Interval) -> Timely {
        Timely {
            first: i64::MIN,
            horizon: None,
            ..Timely::new(plan, range)
        }
    }

    /// The timely starts of a range.
    pub(super) fn starts(&self, range: Interval) -> IntervalSet {
        let start = range.start_timestamp().max(self.first);
        if start >= range.end_timestamp() {
            return IntervalSet::new();
        }
        let mut timely = IntervalSet::from(Interval::from_seconds(start, range.end_timestamp()));
        if let Some(horizon) = &self.horizon {
            timely = timely.intersection(horizon);
        }
        for full in &self.shared_full {
            timely = timely.subtract(full);
        }
        timely
    }
}
