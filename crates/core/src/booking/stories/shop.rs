//! What is offered in a story: resources, services, and terms as plain numbers, from which both the
//! engine's terms and what is expected of them are made.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::random::Random;
use crate::availability::Query;
use crate::booking::{Offer, Terms};
use crate::id::{ResourceId, ServiceId};

/// 2 March 2026, a Monday, at midnight UTC.
pub(super) const DAY_ZERO: i64 = 1_772_409_600;
pub(super) const DAY: i64 = 86_400;
pub(super) const MINUTE: i64 = 60;
/// Starts on the grid are half an hour apart.
pub(super) const STEP: i64 = 30 * MINUTE;
/// A higher price is due from noon on.
pub(super) const NOON: i64 = DAY / 2;
pub(super) const NOTICE: i64 = 10 * MINUTE;
pub(super) const HORIZON_DAYS: i64 = 12;
/// Bookings of the service `cut` that a resource serves on one day.
pub(super) const CUTS_A_DAY: usize = 4;
pub(super) const SEATS: u32 = 3;

pub(super) fn instant(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).expect("the years of the stories are in range")
}

/// The terms of a service in plain numbers: cents, minutes, and shares in ten-thousandths.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheet {
    pub(super) price: i64,
    pub(super) per_seat: bool,
    pub(super) after_noon: i64,
    pub(super) deposit: Option<i64>,
    pub(super) fee_rate: i64,
    pub(super) fee_fixed: i64,
    pub(super) fee_minimum: i64,
    /// The customer's share of the fee.
    pub(super) fee_of_customer: i64,
    /// Hours before the start and what goes back then, hours falling.
    pub(super) tiers: Vec<(i64, i64)>,
    pub(super) cancellation_fee: Option<i64>,
    pub(super) no_show_fee: Option<i64>,
    pub(super) half_even: bool,
    pub(super) paid: bool,
    pub(super) approval: bool,
    pub(super) hold_minutes: i64,
    pub(super) hold_minutes_max: i64,
    pub(super) notice_minutes: Option<i64>,
    pub(super) dispute_minutes: i64,
    pub(super) undo_minutes: i64,
    pub(super) complete_minutes: i64,
    pub(super) balance_minutes: i64,
    pub(super) hold_days: i64,
    pub(super) refund_at_limit: bool,
    pub(super) rebook: bool,
    pub(super) reasons: bool,
}

/// A service of the shop.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) id: ServiceId,
    pub(super) minutes: i64,
    pub(super) buffers: (i64, i64),
    pub(super) class: bool,
    /// Candidates by role, as places in the list of resources.
    pub(super) roles: Vec<Vec<usize>>,
    /// The question without claims.
    pub(super) question: Query,
    pub(super) offer: Offer,
    pub(super) sheet: Arc<Sheet>,
}

/// A resource and how many units it has.
#[derive(Clone, Debug)]
pub(super) struct Room {
    pub(super) id: ResourceId,
    pub(super) capacity: u32,
}

/// Everything that is offered, and when nobody is there.
#[derive(Clone, Debug)]
pub(super) struct Shop {
    pub(super) rooms: Vec<Room>,
    pub(super) services: Vec<Service>,
    /// Days since [`DAY_ZERO`] on which nothing is open.
    pub(super) closed: Vec<i64>,
    /// External events: the resource, from, to.
    pub(super) busy: Vec<(usize, i64, i64)>,
    pub(super) quota: (u32, u32),
    /// Seconds of the day at which people want to come.
    pub(super) hot: Vec<i64>,
}

const ROOMS: [(&str, u32); 3] = [("ana", 1), ("ben", 1), ("room", 3)];

struct Kind {
    id: &'static str,
    minutes: i64,
    buffers: (i64, i64),
    class: bool,
    roles: &'static [&'static [usize]],
    paid: bool,
    approval: bool,
    deposit: bool,
}

const KINDS: [Kind; 7] = [
    Kind::new("cut", (10, 20), &[&[0, 1]]).paid(),
    Kind::new("walk", (0, 0), &[&[0]]),
    Kind::new("visit", (0, 15), &[&[0, 1], &[2]])
        .paid()
        .approved(),
    Kind::new("boat", (0, 0), &[&[2]]).paid().deposit(),
    Kind::new("class", (0, 10), &[&[0, 1], &[2]]).class().paid(),
    Kind::new("talk", (5, 0), &[&[1]]).approved(),
    Kind::new("trip", (0, 0), &[&[1], &[2]])
        .paid()
        .deposit()
        .approved(),
];

impl Kind {
    const fn new(
        id: &'static str,
        buffers: (i64, i64),
        roles: &'static [&'static [usize]],
    ) -> Kind {
        Kind {
            id,
            minutes: 60,
            buffers,
            class: false,
            roles,
            paid: false,
            approval: false,
            deposit: false,
        }
    }

    const fn paid(mut self) -> Kind {
        self.paid = true;
        self
    }

    const fn approved(mut self) -> Kind {
        self.approval = true;
        self
    }

    const fn deposit(mut self) -> Kind {
        self.deposit = true;
        self
    }

    const fn class(mut self) -> Kind {
        self.class = true;
        self
    }
}

impl Shop {
    pub(super) fn new(random: &mut Random) -> Shop {
        let rooms = ROOMS.map(|(id, capacity)| Room {
            id: ResourceId::new(id).expect("a name"),
            capacity,
        });
        let first = random.below(KINDS.len());
        let count = 2 + random.below(3);
        // Neighbours in the list, so that each service meets each other one in some stories.
        let stride = *random.pick(&[1, 2, 3]);
        let quota = *random.pick(&[(1, 3), (2, 4), (3, 20), (2, 20)]);
        let mut chosen: Vec<usize> = Vec::new();
        for place in 0..count {
            let kind = (first + place * stride) % KINDS.len();
            if !chosen.contains(&kind) {
                chosen.push(kind);
            }
        }
        let services = chosen.iter().map(|kind| {
            let sheet = Sheet::draw(&KINDS[*kind], random);
            Service::new(&KINDS[*kind], sheet, quota)
        });
        let services = services.collect();
        let base = 9 * 2 + random.within(0, 8);
        let width = random.within(2, 6);
        let hot = (0..width).map(|place| (base + place) * STEP).collect();
        Shop {
            rooms: rooms.into(),
            services,
            closed: Vec::new(),
            busy: Vec::new(),
            quota,
            hot,
        }
    }

    /// Other prices and terms from now on; those of the bookings that are there stay.
    pub(super) fn edit_terms(&mut self, service: usize, random: &mut Random) {
        let service = &mut self.services[service];
        let kind = KINDS.iter().find(|kind| kind.id == service.id.as_str());
        let sheet = Sheet::draw(kind.expect("it was made from one"), random);
        service.offer.terms = sheet.terms();
        service.sheet = Arc::new(sheet);
    }

    /// Closes a day, or opens it again.
    pub(super) fn toggle_day(&mut self, day: i64) {
        match self.closed.iter().position(|each| *each == day) {
            Some(place) => drop(self.closed.remove(place)),
            None => self.closed.push(day),
        }
        let closures: Vec<Value> = self
            .closed
            .iter()
            .map(|day| {
                let date = instant(DAY_ZERO + day * DAY).format("%Y-%m-%d").to_string();
                json!({"from": date, "through": date})
            })
            .collect();
        let closures: Vec<crate::schedule::Closure> =
            serde_json::from_value(Value::Array(closures)).expect("closures");
        for service in &mut self.services {
            for resource in &mut service.question.resources {
                resource.schedule.closures.clone_from(&closures);
            }
        }
    }

    /// Somebody is away.
    pub(super) fn add_busy(&mut self, room: usize, from: i64, to: i64) {
        self.busy.push((room, from, to));
        let busy = crate::time::Interval::from_timestamps(from, to).expect("some time");
        for service in &mut self.services {
            service.question.resources[room].busy.push(busy.into());
        }
    }
}

impl Sheet {
    fn draw(kind: &Kind, random: &mut Random) -> Sheet {
        let price = if kind.paid {
            let round = *random.pick(&[10_000, 9_999, 3_333, 1, 100]);
            *random.pick(&[round, random.clone().within(2, 20_000)])
        } else {
            0
        };
        let bands = [
            vec![(48, 10_000), (24, 5_000)],
            vec![(4, 10_000), (2, 5_000), (1, 1_234)],
            vec![(24, 7_500), (3, 3_333)],
            vec![],
        ];
        Sheet {
            price,
            per_seat: kind.class || random.percent(30),
            after_noon: *random.pick(&[0, 2_500, 10_000]),
            deposit: kind.deposit.then(|| *random.pick(&[3_000, 5_000, 1_111])),
            fee_rate: *random.pick(&[700, 700, 1_250, 333]),
            fee_fixed: *random.pick(&[0, 0, 30]),
            fee_minimum: *random.pick(&[0, 0, 50]),
            fee_of_customer: *random.pick(&[0, 0, 10_000, 5_000, 3_300]),
            tiers: random.pick(&bands).clone(),
            cancellation_fee: *random.pick(&[None, None, Some(1_000)]),
            no_show_fee: *random.pick(&[None, Some(5_000)]),
            half_even: random.percent(30),
            paid: kind.paid,
            approval: kind.approval,
            hold_minutes: *random.pick(&[10, 20, 60]),
            hold_minutes_max: *random.pick(&[30, 90]),
            notice_minutes: *random.pick(&[None, None, Some(60)]),
            dispute_minutes: *random.pick(&[0, 60, 300, 1_440]),
            undo_minutes: *random.pick(&[30, 120]),
            complete_minutes: *random.pick(&[0, 30]),
            balance_minutes: *random.pick(&[0, 120, 4_320]),
            hold_days: *random.pick(&[90, 90, 3, 1]),
            refund_at_limit: random.percent(50),
            rebook: random.percent(40),
            reasons: random.percent(20),
        }
    }

    pub(super) fn terms(&self) -> Arc<Terms> {
        let rounding = if self.half_even {
            "halfEven"
        } else {
            "halfAwayFromZero"
        };
        let (side, share) = match self.fee_of_customer {
            0 => ("provider", Value::Null),
            10_000 => ("customer", Value::Null),
            part => ("split", json!(rate(part))),
        };
        let optional_rate = |part: Option<i64>| part.map(|part| json!({"rate": rate(part)}));
        let tiers: Vec<Value> = self
            .tiers
            .iter()
            .map(|(hours, part)| json!({"hoursBefore": hours, "refund": rate(*part)}))
            .collect();
        let surcharges = json!([{"id": "afternoon", "when": {"hours": {"from": "12:00", "to": "24:00"}},
            "rate": rate(self.after_noon)}]);
        let notices: Vec<Value> = self
            .notice_minutes
            .iter()
            .flat_map(|minutes| {
                ["cancel", "reschedule"].map(
                    |action| json!({"action": action, "actor": "customer", "minutes": minutes}),
                )
            })
            .collect();
        let terms = json!({
            "price": {"base": {"kind": "perBooking", "price": money(self.price)},
                "perSeat": self.per_seat, "surcharges": surcharges,
                "deposit": optional_rate(self.deposit), "rounding": rounding},
            "fee": {"rate": rate(self.fee_rate), "fixed": money(self.fee_fixed),
                "minimum": money(self.fee_minimum), "rounding": rounding, "side": side,
                "customerShare": share},
            "refund": {"tiers": tiers, "cancellationFee": optional_rate(self.cancellation_fee),
                "noShowFee": optional_rate(self.no_show_fee), "rounding": rounding},
            "rules": {"payment": if self.paid { "upFront" } else { "none" },
                "approval": self.approval, "holdMinutes": self.hold_minutes,
                "holdMinutesMax": self.hold_minutes_max, "notice": notices,
                "reasonRequired": if self.reasons { json!(["provider"]) } else { json!([]) },
                "approvalMinutes": 180,
                "disputeMinutes": self.dispute_minutes, "noShowUndoMinutes": self.undo_minutes,
                "completeMinutesAfter": self.complete_minutes,
                "balanceMinutesBefore": self.balance_minutes, "maxHoldDays": self.hold_days,
                "atHoldLimit": if self.refund_at_limit { "refund" } else { "release" },
                "latePayment": if self.rebook { "rebook" } else { "refund" },
                "review": {"periodMinutes": 600}},
        });
        Arc::new(serde_json::from_value(terms).expect("the terms of a story are valid"))
    }
}

impl Service {
    fn new(kind: &Kind, sheet: Sheet, quota: (u32, u32)) -> Service {
        let names =
            |role: &&[usize]| -> Vec<&str> { role.iter().map(|room| ROOMS[*room].0).collect() };
        let need: Vec<Value> = kind
            .roles
            .iter()
            .map(|role| json!({"anyOf": names(role)}))
            .collect();
        let all_day = json!([{"from": "00:00", "to": "24:00"}]);
        let weekly = json!({"mon": all_day, "tue": all_day, "wed": all_day, "thu": all_day,
            "fri": all_day, "sat": all_day, "sun": all_day});
        let resources: Vec<Value> = ROOMS
            .iter()
            .map(|(id, capacity)| {
                json!({"id": id, "capacity": capacity,
                    "schedule": {"zone": "UTC", "weekly": weekly}})
            })
            .collect();
        let limits = if kind.id == "cut" {
            json!([{"per": "day", "maxBookings": CUTS_A_DAY}])
        } else {
            json!([])
        };
        let question = json!({
            "window": {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"},
            "now": "2026-03-02T00:00:00Z", "zone": "UTC", "need": need, "resources": resources,
            "service": {"id": kind.id, "durationMinutes": kind.minutes, "stepMinutes": STEP / MINUTE,
                "bufferBeforeMinutes": kind.buffers.0, "bufferAfterMinutes": kind.buffers.1,
                "minNoticeMinutes": NOTICE / MINUTE, "horizonDays": HORIZON_DAYS,
                "seats": if kind.class { SEATS } else { 1 }, "limits": limits}});
        let quota = json!({"holds": quota.0, "active": quota.1});
        Service {
            id: ServiceId::new(kind.id).expect("a name"),
            minutes: kind.minutes,
            buffers: (kind.buffers.0 * MINUTE, kind.buffers.1 * MINUTE),
            class: kind.class,
            roles: kind.roles.iter().map(|role| role.to_vec()).collect(),
            question: serde_json::from_value(question).expect("the question is valid"),
            offer: Offer {
                terms: sheet.terms(),
                assignment: crate::assign::AssignRules::default(),
                quota: serde_json::from_value(quota).expect("a quota"),
            },
            sheet: Arc::new(sheet),
        }
    }
}

fn rate(ten_thousandths: i64) -> String {
    format!(
        "{}.{:04}",
        ten_thousandths / 10_000,
        ten_thousandths % 10_000
    )
}

fn money(cents: i64) -> Value {
    json!({"amount": format!("{}.{:02}", cents / 100, cents % 100), "currency": "USD"})
}
