//! Queries out of small numbers, so that most of them are valid and their times meet.

use std::num::NonZeroU32;

use arbitrary::Arbitrary;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc, Weekday};
use quando::assign::{AssignPolicy, AssignRules, PastAssignment, Weight};
use quando::availability::{
    Absence, Align, BookedSpan, BufferRule, BuffersInsideHours, Busy, CapacityWindow, Claim, Limit,
    Period, Query, Resource, Role, Service, SharedHours, SharedLimit, Travel,
};
use quando::calendar::BusyStatus;
use quando::id::{PlaceId, ResourceId, ServiceId};
use quando::schedule::{Closure, Hours, OpenRule, Override, OverrideMode, Schedule, TimeOfDay};
use quando::time::{Interval, Minutes, Window, Zone};

/// A query as small numbers.
#[derive(Arbitrary, Debug)]
pub struct QueryInput {
    zone: u8,
    day: u16,
    hour: u8,
    hours: u8,
    now_hours: i8,
    service: ServiceInput,
    resources: Vec<ResourceInput>,
    roles: Vec<RoleInput>,
    shared: Option<ScheduleInput>,
    party: u8,
    week_starts_sunday: bool,
    explain: bool,
    limit: Option<u8>,
    at_place: Option<bool>,
    limits: Vec<LimitInput>,
    probes: [u16; 6],
}

#[derive(Arbitrary, Debug)]
struct ServiceInput {
    duration: u8,
    step: Option<u8>,
    offset: u8,
    align: u8,
    before: u8,
    after: u8,
    inside: u8,
    notice: u8,
    horizon: Option<u8>,
    through: Option<u8>,
    seats: u8,
    limits: Vec<LimitInput>,
}

#[derive(Arbitrary, Debug)]
struct ResourceInput {
    capacity: u8,
    is_max: bool,
    schedule: ScheduleInput,
    for_service: Option<ScheduleInput>,
    buffer_before: Option<u8>,
    buffer_after: Option<u8>,
    busy: Vec<SpanInput>,
    absences: Vec<SpanInput>,
    claims: Vec<ClaimInput>,
    windows: Vec<(SpanInput, u8)>,
    limits: Vec<LimitInput>,
}

#[derive(Arbitrary, Debug)]
struct RoleInput {
    members: u8,
    count: u8,
}

#[derive(Arbitrary, Debug)]
struct ScheduleInput {
    zone: u8,
    weekdays: u8,
    hours: Vec<HoursInput>,
    rules: Vec<(u8, HoursInput, u8)>,
    overrides: Vec<(u8, u8, Vec<HoursInput>)>,
    closures: Vec<(u8, u8)>,
    valid_from: Option<u8>,
    valid_through: Option<u8>,
}

#[derive(Arbitrary, Debug)]
struct HoursInput {
    from: u8,
    to: u8,
}

/// In quarters of an hour since the day before the window.
#[derive(Arbitrary, Debug)]
struct SpanInput {
    start: u8,
    quarters: u8,
    kind: u8,
}

#[derive(Arbitrary, Debug)]
struct ClaimInput {
    span: SpanInput,
    as_long_as_the_service: bool,
    of_service: bool,
    session: bool,
    with: Option<u8>,
    before: u8,
    after: u8,
    units: u8,
    at_place: Option<bool>,
}

#[derive(Arbitrary, Debug)]
struct LimitInput {
    per: u8,
    bookings: Option<u8>,
    hours: Option<u8>,
}

impl QueryInput {
    pub(crate) fn query(&self) -> Query {
        let from = self.from();
        let to = from + TimeDelta::hours(1 + i64::from(self.hours % 96));
        let now = from + TimeDelta::hours(i64::from(self.now_hours % 72));
        let service = self.service.service(self.date());
        let mut query = Query::new(
            Window::new(from, to).unwrap(),
            now,
            zone(self.zone),
            service,
        );
        let resources = self.resources.iter().take(4).enumerate();
        query.resources = resources
            .map(|(at, each)| each.resource(at, self))
            .collect();
        query.need = self.need();
        if let Some(hours) = &self.shared {
            query.hours = SharedHours::from(hours.schedule(self.date()));
        }
        query.party = one_to(4, self.party);
        query.week_start = if self.week_starts_sunday {
            Weekday::Sun
        } else {
            Weekday::Mon
        };
        query.explain = self.explain;
        query.limit = self.limit.map(|limit| one_to(20, limit));
        query.place = self.at_place.map(place);
        query.travel = vec![Travel {
            from: place(false),
            to: place(true),
            minutes: minutes(25),
        }];
        query.limits = self
            .limits
            .iter()
            .take(2)
            .map(|each| each.shared(from))
            .collect();
        query
    }

    /// Instants of a window to ask about, whether they are on the grid or not.
    pub(crate) fn probes(&self, window: Interval) -> Vec<DateTime<Utc>> {
        let minutes = window.duration().num_minutes().max(1);
        let probe = |offset: &u16| {
            // Mostly on a quarter of an hour, where something is offered.
            let offset = i64::from(*offset);
            let minute = if offset % 4 == 0 {
                offset
            } else {
                offset / 15 * 15
            };
            window.start() + TimeDelta::minutes(minute % minutes)
        };
        self.probes.iter().map(probe).collect()
    }

    pub(crate) fn assign_rules(&self) -> AssignRules {
        let weights = (0..3).map(|at| Weight {
            resource: resource_id(at),
            weight: u32::from(self.probes[at] % 3),
        });
        let policies = [
            AssignPolicy::LeastRecent,
            AssignPolicy::LeastOften { per: Period::Week },
            AssignPolicy::LeastBusy { per: Period::Day },
            AssignPolicy::Weighted {
                weights: weights.collect(),
            },
        ];
        let past = (0..2).map(|at| PastAssignment {
            resource: resource_id(at + usize::from(self.probes[3] % 3)),
            start: self.from() - TimeDelta::hours(i64::from(self.probes[at] % 99)),
            withdrawn: self.probes[4].is_multiple_of(4),
        });
        AssignRules {
            policy: policies[usize::from(self.probes[5] % 4)].clone(),
            ledger: past.collect(),
            seed: u64::from(self.probes[5]),
        }
    }

    fn from(&self) -> DateTime<Utc> {
        let midnight = self.date().and_hms_opt(0, 0, 0).unwrap().and_utc();
        midnight + TimeDelta::hours(i64::from(self.hour % 24))
    }

    /// In the weeks around changes of the clocks, mostly.
    fn date(&self) -> NaiveDate {
        let bases = [
            (2026, 3, 6),
            (2026, 10, 23),
            (2026, 3, 27),
            (2026, 4, 3),
            (2011, 12, 28),
        ];
        let (year, month, day) = bases[usize::from(self.day % 5)];
        let base = NaiveDate::from_ymd_opt(year, month, day).unwrap();
        base + TimeDelta::days(i64::from(self.day / 5 % 12))
    }

    fn need(&self) -> Option<Vec<Role>> {
        let count = self.resources.len().min(4);
        if self.roles.is_empty() {
            return None;
        }
        let role = |role: &RoleInput| Role {
            any_of: (0..count)
                .filter(|at| role.members >> at & 1 == 1)
                .map(resource_id)
                .collect(),
            count: one_to(2, role.count),
        };
        Some(self.roles.iter().take(3).map(role).collect())
    }
}

impl ServiceInput {
    fn service(&self, date: NaiveDate) -> Service {
        let mut service = Service::new(self.duration());
        service.id = Some(service_id());
        service.step_minutes = self.step.map(|step| minutes(5 * (1 + step % 24)));
        service.align = [Align::Clock, Align::Opening, Align::Packed][usize::from(self.align % 3)];
        if service.align == Align::Clock {
            service.step_offset_minutes = minutes(self.offset % 90);
        }
        service.buffer_before_minutes = minutes(self.before % 4 * 5);
        service.buffer_after_minutes = minutes(self.after % 4 * 5);
        let inside = [
            BuffersInsideHours::Neither,
            BuffersInsideHours::After,
            BuffersInsideHours::Both,
        ];
        service.buffers_inside_hours = inside[usize::from(self.inside % 3)];
        service.min_notice_minutes = minutes(self.notice);
        service.horizon_days = self.horizon.map(|days| u32::from(days % 6));
        service.bookable_through = self
            .through
            .map(|days| date + TimeDelta::days(i64::from(days % 6)));
        service.seats = if self.seats & 1 == 0 {
            NonZeroU32::MIN
        } else {
            one_to(5, self.seats / 2)
        };
        service.limits = limits(&self.limits);
        service
    }

    fn duration(&self) -> Minutes {
        minutes(5 + self.duration % 36 * 5)
    }
}

impl ResourceInput {
    fn resource(&self, at: usize, input: &QueryInput) -> Resource {
        let (from, date) = (input.from(), input.date());
        let mut resource = Resource::new(resource_id(at), self.schedule.schedule(date));
        resource.capacity = one_to(4, self.capacity);
        if self.is_max && resource.capacity.get() == 1 {
            resource.buffer_rule = BufferRule::Max;
        }
        if let Some(schedule) = &self.for_service {
            let schedule = schedule.schedule(date);
            resource.service_schedules = vec![quando::availability::ServiceSchedule {
                service: service_id(),
                schedule,
            }];
        }
        resource.buffer_before_minutes = self.buffer_before.map(|own| minutes(own % 31));
        resource.buffer_after_minutes = self.buffer_after.map(|own| minutes(own % 31));
        resource.busy = self
            .busy
            .iter()
            .take(6)
            .map(|span| span.busy(from))
            .collect();
        resource.absences = self
            .absences
            .iter()
            .take(3)
            .map(|span| span.absence(from))
            .collect();
        let single = resource.capacity.get() == 1;
        let claims = self.claims.iter().take(6);
        resource.claims = claims.map(|each| each.claim(from, input, single)).collect();
        let window = |(span, units): &(SpanInput, u8)| CapacityWindow {
            interval: span.interval(from),
            capacity: u32::from(*units) % (resource.capacity.get() + 1),
        };
        resource.capacity_windows = self.windows.iter().take(3).map(window).collect();
        resource.limits = limits(&self.limits);
        resource
    }
}

impl ScheduleInput {
    fn schedule(&self, date: NaiveDate) -> Schedule {
        let mut schedule = Schedule::new(zone(self.zone));
        let day = |days: u8| date + TimeDelta::days(i64::from(days % 8) - 1);
        let hours = |list: &[HoursInput]| -> Vec<Hours> {
            list.iter().take(3).map(HoursInput::hours).collect()
        };
        let weekly = &mut schedule.weekly;
        let days = [
            &mut weekly.mon,
            &mut weekly.tue,
            &mut weekly.wed,
            &mut weekly.thu,
            &mut weekly.fri,
            &mut weekly.sat,
            &mut weekly.sun,
        ];
        for (at, day) in days.into_iter().enumerate() {
            if self.weekdays >> at & 1 == 0 {
                *day = hours(&self.hours);
            }
        }
        let rule = |(days, hours, kind): &(u8, HoursInput, u8)| OpenRule {
            start: civil(day(*days), hours.from),
            duration_minutes: minutes(hours.to.saturating_add(5)),
            rrule: RULES[usize::from(*kind) % RULES.len()].map(|text| text.parse().unwrap()),
            exdates: if kind & 64 == 0 {
                Vec::new()
            } else {
                vec![civil(day(days.wrapping_add(1)), hours.from)]
            },
            rdates: if kind & 128 == 0 {
                Vec::new()
            } else {
                vec![civil(day(days.wrapping_add(2)), hours.from)]
            },
        };
        schedule.rules = self.rules.iter().take(2).map(rule).collect();
        let modes = [
            OverrideMode::Replace,
            OverrideMode::Add,
            OverrideMode::Subtract,
        ];
        let dated = self
            .overrides
            .iter()
            .take(3)
            .map(|(days, mode, list)| Override {
                date: day(*days),
                mode: modes[usize::from(mode % 3)],
                hours: hours(list),
            });
        schedule.overrides = dated.collect();
        schedule
            .overrides
            .sort_by_key(|each| (each.date, each.mode));
        schedule
            .overrides
            .dedup_by_key(|each| (each.date, each.mode));
        let closures = self.closures.iter().take(2).map(|(from, days)| Closure {
            from: day(*from),
            through: day(*from) + TimeDelta::days(i64::from(days % 3)),
            redirect_to: None,
        });
        schedule.closures = closures.collect();
        schedule.valid_from = self.valid_from.map(day);
        schedule.valid_through = self
            .valid_through
            .map(day)
            .filter(|last| schedule.valid_from.is_none_or(|first| first <= *last));
        schedule
    }
}

const RULES: &[Option<&str>] = &[
    None,
    Some("FREQ=DAILY"),
    Some("FREQ=WEEKLY;BYDAY=MO,SU"),
    Some("FREQ=DAILY;INTERVAL=2;COUNT=5"),
    Some("FREQ=MONTHLY;BYDAY=2SU,-1SU"),
    Some("FREQ=HOURLY;INTERVAL=5"),
];

impl HoursInput {
    fn hours(&self) -> Hours {
        let time = |quarter: u8| {
            let minutes = u32::from(quarter) % 96 * 15;
            TimeOfDay::parse(&format!("{:02}:{:02}", minutes / 60, minutes % 60)).unwrap()
        };
        Hours::new(time(self.from), time(self.to)).unwrap()
    }
}

impl SpanInput {
    fn start(&self, from: DateTime<Utc>) -> DateTime<Utc> {
        // Some off the quarter, by minutes and by seconds.
        let odd = TimeDelta::seconds(if self.kind & 8 == 0 {
            0
        } else {
            i64::from(self.kind)
        });
        from - TimeDelta::hours(20) + TimeDelta::minutes(15 * i64::from(self.start)) + odd
    }

    fn interval(&self, from: DateTime<Utc>) -> Interval {
        let length = TimeDelta::minutes(5 + 15 * i64::from(self.quarters % 40));
        Interval::new(self.start(from), self.start(from) + length).unwrap()
    }

    fn busy(&self, from: DateTime<Utc>) -> Busy {
        let status = if self.kind & 1 == 0 {
            BusyStatus::Busy
        } else {
            BusyStatus::Free
        };
        Busy {
            interval: self.interval(from),
            status,
        }
    }

    fn absence(&self, from: DateTime<Utc>) -> Absence {
        if self.kind & 1 == 0 {
            return Absence::Span {
                interval: self.interval(from),
                redirect_to: None,
            };
        }
        let date = self.start(from).date_naive();
        let through = date + TimeDelta::days(i64::from(self.quarters % 2));
        Absence::Days {
            from: date,
            through,
            redirect_to: Some(resource_id(0)),
        }
    }
}

impl ClaimInput {
    fn claim(&self, from: DateTime<Utc>, input: &QueryInput, single: bool) -> Claim {
        let mut interval = self.span.interval(from);
        if self.as_long_as_the_service {
            let start = from + TimeDelta::minutes(15 * i64::from(self.span.start));
            interval = Interval::new(start, start + input.service.duration().duration()).unwrap();
        }
        let mut claim = Claim::new(interval);
        claim.service = (self.of_service || self.session).then(service_id);
        claim.session = self.session;
        claim.with = self
            .with
            .filter(|_| self.session)
            .map(|at| resource_id(usize::from(at % 4)));
        claim.buffer_before_minutes = minutes(self.before % 4 * 5);
        claim.buffer_after_minutes = minutes(self.after % 4 * 5);
        claim.units = one_to(5, self.units);
        claim.place = self.at_place.filter(|_| single).map(place);
        claim
    }
}

impl LimitInput {
    fn limit(&self) -> Limit {
        let per = [Period::Day, Period::Week, Period::Month, Period::Year];
        let max_minutes = self.hours.map(|hours| u32::from(hours) * 30);
        let bookings = self.bookings.map(|most| u32::from(most % 5));
        Limit {
            per: per[usize::from(self.per % 4)],
            max_bookings: bookings.or(if max_minutes.is_none() { Some(2) } else { None }),
            max_minutes,
        }
    }

    fn shared(&self, from: DateTime<Utc>) -> SharedLimit {
        let Limit {
            per,
            max_bookings,
            max_minutes,
        } = self.limit();
        let end = from + TimeDelta::minutes(30);
        SharedLimit {
            scope: ResourceId::new("customer").unwrap(),
            zone: (self.per & 4 == 0).then(|| zone(self.per / 8)),
            per,
            max_bookings,
            max_minutes,
            bookings: vec![BookedSpan(Interval::new(from, end).unwrap())],
        }
    }
}

fn limits(limits: &[LimitInput]) -> Vec<Limit> {
    limits.iter().take(2).map(LimitInput::limit).collect()
}

fn zone(number: u8) -> Zone {
    let names = [
        "America/New_York",
        "Europe/Berlin",
        "UTC",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "America/St_Johns",
        "Africa/Casablanca",
    ];
    Zone::new(names[usize::from(number) % names.len()]).unwrap()
}

fn civil(date: NaiveDate, quarter: u8) -> NaiveDateTime {
    date.and_hms_opt(u32::from(quarter) % 96 / 4, u32::from(quarter) % 4 * 15, 0)
        .unwrap()
}

fn minutes(minutes: u8) -> Minutes {
    Minutes::new(minutes.into()).unwrap()
}

fn one_to(most: u32, number: u8) -> NonZeroU32 {
    NonZeroU32::new(1 + u32::from(number) % most).unwrap()
}

fn resource_id(at: usize) -> ResourceId {
    ResourceId::new(format!("r{at}")).unwrap()
}

fn service_id() -> ServiceId {
    ServiceId::new("cut").unwrap()
}

fn place(far: bool) -> PlaceId {
    PlaceId::new(if far { "far" } else { "near" }).unwrap()
}
