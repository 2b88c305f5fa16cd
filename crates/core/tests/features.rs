//! The feature contract of availability, row by row, on the public API.
//!
//! A row that has several rules shows each of them. Row numbers are stable.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use quando::availability::{Answer, Availability, BufferRule, Query, ScheduleSource};
use quando::id::ResourceId;
use quando::schedule::Schedule;
use quando::time::{Interval, Minutes, tzdb_version};
use serde_json::{Value, json};
use support::{ana, claim, daily, instant, query, reasons, span, starts, window};

const NEW_YORK: &str = "America/New_York";

/// The resources of the first slot, per role.
fn choice(query: &Query) -> Value {
    let answer = quando::slots(query).unwrap();
    json!(answer.slots().next().map(|slot| slot.to_slot().resources))
}

/// Starts with their seats left.
fn seats(query: &Query) -> Vec<u32> {
    quando::slots(query)
        .unwrap()
        .slots()
        .map(|slot| slot.seats_left())
        .collect()
}

fn open_hours(schedule: Value, from: &str, to: &str) -> Vec<Interval> {
    let schedule: Schedule = serde_json::from_value(schedule).unwrap();
    let range = Interval::parse(from, to).unwrap();
    schedule.open_hours(range).unwrap().iter().collect()
}

#[test]
fn a01_any_number_of_windows_a_day_in_any_order() {
    let windows = [
        ("09:00", "10:00"),
        ("10:00", "11:30"),
        ("11:00", "12:00"),
        ("15:00", "16:00"),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let hours = order.map(|at| json!({"from": windows[at].0, "to": windows[at].1}));
        let open = open_hours(
            json!({"zone": NEW_YORK, "weekly": {"mon": hours}}),
            "2026-03-02T00:00:00Z",
            "2026-03-03T00:00:00Z",
        );
        let expected = [
            Interval::parse("2026-03-02T14:00:00Z", "2026-03-02T17:00:00Z").unwrap(),
            Interval::parse("2026-03-02T20:00:00Z", "2026-03-02T21:00:00Z").unwrap(),
        ];
        assert_eq!(open, expected, "{order:?}");
    }
}

#[test]
fn a02_one_window_crosses_midnight() {
    let query = query(json!({
        "window": window("2026-03-02", "2026-03-04"), "service": {"stepMinutes": 30},
        "resources": [ana(json!({"schedule": {
            "weekly": {"mon": [{"from": "22:00", "to": "02:00"}]},
        }}))],
    }));
    assert_eq!(
        starts(&query),
        "02T22:00 02T22:30 02T23:00 02T23:30 03T00:00 03T00:30 03T01:00"
    );
}

#[test]
fn a03_hours_by_recurrence_with_exceptions() {
    let first_saturdays = json!({
        "start": "2026-03-07T10:00", "durationMinutes": 60, "rrule": "FREQ=MONTHLY;BYDAY=1SA",
        "exdates": ["2026-04-04T10:00"], "rdates": ["2026-04-05T11:00"],
    });
    let query = query(json!({
        "window": window("2026-03-01", "2026-06-01"),
        "resources": [ana(json!({"schedule": {"weekly": {"mon": []}, "rules": [first_saturdays]}}))],
    }));
    assert_eq!(starts(&query), "07T10:00 2026-04-05T11:00 2026-05-02T10:00");
}

#[test]
fn a04_an_override_replaces_a_civil_date() {
    let mut hours = daily(NEW_YORK, "20:00", "21:00");
    hours["overrides"] = json!([
        {"date": "2026-03-02", "hours": []},
        {"date": "2026-03-03", "hours": [{"from": "22:00", "to": "23:00"}]},
    ]);
    let query = query(json!({
        "zone": NEW_YORK, "window": window("2026-03-02", "2026-03-06"),
        "resources": [ana(json!({"schedule": hours}))],
    }));
    // Sunday, not Monday, Tuesday's own hours, Wednesday: all are the next day in UTC.
    assert_eq!(starts(&query), "02T01:00 04T03:00 05T01:00");
}

#[test]
fn a05_overrides_replace_then_add_then_subtract() {
    let hours = |from: &str, to: &str| json!([{"from": from, "to": to}]);
    let mut schedule = daily("UTC", "09:00", "12:00");
    schedule["overrides"] = json!([
        {"date": "2026-03-02", "mode": "subtract", "hours": hours("15:00", "16:00")},
        {"date": "2026-03-02", "mode": "add", "hours": hours("14:00", "17:00")},
        {"date": "2026-03-02", "mode": "replace", "hours": hours("08:00", "09:00")},
        {"date": "2026-03-03", "mode": "add", "hours": hours("12:00", "13:00")},
        {"date": "2026-03-04", "mode": "subtract", "hours": hours("10:00", "11:00")},
    ]);
    let query = query(json!({
        "window": window("2026-03-02", "2026-03-05"),
        "resources": [ana(json!({"schedule": schedule}))],
    }));
    assert_eq!(
        starts(&query),
        "02T08:00 02T14:00 02T16:00 03T09:00 03T10:00 03T11:00 03T12:00 04T09:00 04T11:00"
    );
}

#[test]
fn a08_absences_by_instants_and_by_civil_dates_name_who_takes_over() {
    let query = query(json!({
        "zone": NEW_YORK, "window": window("2026-03-02", "2026-03-05"),
        "resources": [ana(json!({
            "schedule": daily(NEW_YORK, "09:00", "11:00"),
            "absences": [
                span("14:30", "15:00"),
                {"from": "2026-03-03", "through": "2026-03-03", "redirectTo": "ben"},
            ],
        }))],
    }));
    assert_eq!(starts(&query), "02T15:00 04T14:00 04T15:00");
    let verdict = quando::check(&query, instant("03T14:00")).unwrap();
    assert_eq!(
        json!(verdict.reasons),
        json!([{"code": "busy", "resource": "ana", "redirectTo": "ben"}])
    );
}

#[test]
fn a10_seasons_abut_without_double_counting() {
    let winter = json!({"validThrough": "2026-03-03"});
    let summer = json!({"validFrom": "2026-03-04"});
    let open = |season: &Value| {
        let mut schedule = daily("UTC", "22:00", "02:00");
        schedule
            .as_object_mut()
            .unwrap()
            .extend(season.as_object().unwrap().clone());
        open_hours(schedule, "2026-03-01T12:00:00Z", "2026-03-06T12:00:00Z")
    };
    let length = |intervals: &[Interval]| {
        intervals
            .iter()
            .map(|each| each.duration())
            .sum::<TimeDelta>()
            .num_hours()
    };
    let (before, after) = (open(&winter), open(&summer));
    // Nights of 1, 2 and 3 March, and of 4 and 5 March.
    assert_eq!((length(&before), length(&after)), (12, 8));
    assert!(
        before
            .iter()
            .all(|one| after.iter().all(|other| !one.overlaps(*other)))
    );
}

#[test]
fn a11_the_most_specific_schedule_wins_and_is_named() {
    let at = |hour: &str, to: &str| json!({"zone": "UTC", "weekly": {"mon": [{"from": hour, "to": to}]}});
    let own_for = |service: &str| json!([{"service": service, "schedule": at("15:00", "16:00")}]);
    let check = |service: Value, special: Value, expected: &str, source: ScheduleSource| {
        let query = query(json!({
            "service": service, "resources": [ana(json!({"serviceSchedules": special}))],
        }));
        assert_eq!(starts(&query), expected);
        let availability = Availability::new(&query).unwrap();
        let sources: Vec<_> = availability
            .schedule_sources()
            .map(|(_, source)| source)
            .collect();
        assert_eq!(sources, [source]);
    };
    let default = "02T09:00 02T10:00 02T11:00";
    let service = json!({"id": "cut", "schedule": at("18:00", "19:00")});
    check(
        json!({"id": "cut"}),
        json!([]),
        default,
        ScheduleSource::Resource,
    );
    check(
        json!({"id": "cut"}),
        own_for("dye"),
        default,
        ScheduleSource::Resource,
    );
    check(
        json!({"id": "cut"}),
        own_for("cut"),
        "02T15:00",
        ScheduleSource::ResourceForService,
    );
    check(service, own_for("cut"), "02T18:00", ScheduleSource::Service);
}

#[test]
fn a12_hours_of_business_location_and_provider_are_intersected() {
    let at = |from: &str, to: &str| json!({"zone": "UTC", "weekly": {"mon": [{"from": from, "to": to}]}});
    let (business, location) = (at("08:00", "11:00"), at("10:00", "20:00"));
    let ask = |hours: Value| starts(&query(json!({"hours": hours})));
    assert_eq!(ask(Value::Null), "02T09:00 02T10:00 02T11:00");
    assert_eq!(ask(json!([business, location])), "02T10:00");
    assert_eq!(ask(json!([location, business])), "02T10:00");
    assert_eq!(
        ask(json!([business, location, at("00:00", "24:00")])),
        "02T10:00"
    );
    assert_eq!(
        ask(json!([business, at("11:00", "12:00")])),
        "",
        "nothing in common is closed"
    );
    assert_eq!(
        ask(json!({"zone": "UTC"})),
        "",
        "a schedule without hours is closed"
    );
}

#[test]
fn a15_gaps_and_folds_follow_the_written_policy() {
    let ask = |day: &str, next: &str, from: &str, to: &str| {
        starts(&query(json!({
            "zone": NEW_YORK, "window": window(day, next), "service": {"durationMinutes": 30},
            "resources": [ana(json!({"schedule": daily(NEW_YORK, from, to)}))],
        })))
    };
    // 01:30, then 03:00: the skipped hour does not exist.
    assert_eq!(
        ask("2026-03-08", "2026-03-09", "01:30", "03:30"),
        "08T06:30 08T07:00"
    );
    // 01:00 and 01:30 twice, each pass once.
    assert_eq!(
        ask("2026-11-01", "2026-11-02", "01:00", "02:00"),
        "2026-11-01T05:00 2026-11-01T05:30 2026-11-01T06:00 2026-11-01T06:30"
    );
}

#[test]
fn a16_every_answer_names_its_zone_database() {
    let query = query(json!({}));
    assert_eq!(quando::slots(&query).unwrap().tzdb(), tzdb_version());
    assert_eq!(
        quando::check(&query, instant("02T09:00")).unwrap().tzdb,
        tzdb_version()
    );
    assert_eq!(
        quando::check(&query, instant("02T09:01")).unwrap().tzdb,
        tzdb_version()
    );
    let json = serde_json::to_value(quando::slots(&query).unwrap()).unwrap();
    assert_eq!(json["tzdb"], tzdb_version());
}

#[test]
fn b01_the_duration_is_asked_for_and_checked_against_the_service() {
    let mut asked = query(json!({"service": {"durationMinutes": 90, "durationChoices": [30, 90]}}));
    assert_eq!(starts(&asked), "02T09:00 02T10:30");
    asked.service.duration_minutes = Minutes::new(60).unwrap();
    let error = quando::slots(&asked).unwrap_err();
    assert_eq!(error.fault.code(), "not-a-duration-choice");
    assert_eq!(error.pointer, "/service/durationMinutes");
}

#[test]
fn b02_the_step_is_any_number_of_minutes() {
    let query = query(json!({
        "window": {"from": "2026-03-02T10:00:00Z"},
        "service": {"durationMinutes": 20, "stepMinutes": 25, "bufferAfterMinutes": 5},
    }));
    assert_eq!(
        starts(&query),
        "02T10:00 02T10:25 02T10:50 02T11:15 02T11:40"
    );
}

#[test]
fn b03_the_grid_is_anchored_at_the_window_the_hour_or_an_offset_in_the_providers_zone() {
    let ask = |service: Value| {
        starts(&query(json!({
            "zone": "Asia/Kolkata", "service": service,
            "resources": [ana(json!({"schedule": {
                "weekly": {"mon": [{"from": "09:10", "to": "12:00"}]},
            }}))],
        })))
    };
    assert_eq!(ask(json!({"align": "clock"})), "02T09:30 02T10:30");
    assert_eq!(ask(json!({"align": "opening"})), "02T09:10 02T10:10");
    assert_eq!(ask(json!({"stepOffsetMinutes": 45})), "02T09:15 02T10:15");
}

#[test]
fn b05_notice_is_elapsed_time_and_inclusive() {
    let ask = |now: &str| {
        let mut query = query(json!({"service": {"minNoticeMinutes": 120}}));
        query.now = now.parse().unwrap();
        starts(&query)
    };
    assert_eq!(ask("2026-03-02T08:00:00Z"), "02T10:00 02T11:00");
    assert_eq!(ask("2026-03-02T08:00:01Z"), "02T11:00");
}

#[test]
fn b06_horizons_of_rolling_days_and_of_a_fixed_date_include_their_last_day() {
    let ask = |service: Value| {
        starts(&query(json!({
            "zone": NEW_YORK, "now": "2026-03-03T03:00:00Z",
            "window": window("2026-03-01", "2026-03-10"), "service": service,
            "resources": [ana(json!({"schedule": daily(NEW_YORK, "23:00", "24:00")}))],
        })))
    };
    // It is still 2 March, 22:00, in New York.
    assert_eq!(ask(json!({"horizonDays": 1})), "03T04:00 04T04:00");
    assert_eq!(ask(json!({"bookableThrough": "2026-03-02"})), "03T04:00");
    assert_eq!(
        ask(json!({"horizonDays": 1, "bookableThrough": "2026-03-02"})),
        "03T04:00"
    );
    assert_eq!(
        ask(json!({"horizonDays": 0, "bookableThrough": "2026-03-09"})),
        "03T04:00"
    );
}

/// Questions of all kinds: those of the conformance vectors.
fn queries() -> Vec<Query> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/v1");
    let read = |file: &str| std::fs::read_to_string(directory.join(file)).unwrap();
    let lines = [
        read("slots.jsonl"),
        read("hours.jsonl"),
        read("explain.jsonl"),
    ]
    .concat();
    lines
        .lines()
        .map(|line| {
            let vector: Value = serde_json::from_str(line).unwrap();
            let mut query: Query = serde_json::from_value(vector["query"].clone()).unwrap();
            query.limit = None;
            query
        })
        .collect()
}

/// Every fifth minute of a window's first two days, and every minute of the first three hours
/// after its first slot.
fn probes(query: &Query, answer: &Answer<'_>) -> Vec<DateTime<Utc>> {
    let from = query.window.start();
    let first = answer.slots().next().map_or(from, |slot| slot.start());
    let coarse = (0..576).map(|step| from + TimeDelta::minutes(5 * step));
    let fine = (-60..120).map(|step| first + TimeDelta::minutes(step));
    let mut probes: Vec<_> = coarse.chain(fine).collect();
    probes.extend(answer.slots().map(|slot| slot.start()));
    probes.retain(|probe| (from..query.window.end()).contains(probe));
    probes
}

#[test]
fn b09_every_grid_point_in_open_hours_is_offered_or_has_a_reason() {
    let mut refused_starts = 0;
    for mut query in queries() {
        query.explain = true;
        let availability = Availability::new(&query).unwrap();
        let answer = availability.slots().unwrap();
        let refused = answer.refused().unwrap();
        for each in refused {
            assert!(!each.reasons.is_empty());
            assert!(answer.slots().all(|slot| slot.start() != each.start));
            // The explanation of a listing is that of the single start.
            let verdict = availability.check(each.start).unwrap();
            assert_eq!(verdict.reasons, each.reasons, "{} {query:?}", each.start);
        }
        refused_starts += refused.len();
    }
    assert!(refused_starts > 100, "{refused_starts}");
}

#[test]
fn b10_what_is_listed_is_accepted_and_nothing_else() {
    let mut probed = 0;
    for query in queries() {
        let availability = Availability::new(&query).unwrap();
        let answer = availability.slots().unwrap();
        for probe in probes(&query, &answer) {
            let listed = answer.slots().find(|slot| slot.start() == probe);
            let verdict = availability.check(probe).unwrap();
            assert_eq!(
                verdict.slot,
                listed.map(|slot| slot.to_slot()),
                "{probe} {query:?}"
            );
            probed += 1;
        }
    }
    assert!(probed > 50_000, "{probed}");
}

#[test]
fn b11_a_slot_lasts_as_long_across_a_change_of_clocks() {
    for (day, next) in [("2026-03-08", "2026-03-09"), ("2026-11-01", "2026-11-02")] {
        let query = query(json!({
            "zone": NEW_YORK, "window": window(day, next), "service": {"stepMinutes": 15},
            "resources": [ana(json!({"schedule": daily(NEW_YORK, "00:00", "05:00")}))],
        }));
        let answer = quando::slots(&query).unwrap();
        assert!(answer.len() > 10);
        for slot in answer.slots() {
            assert_eq!(slot.end() - slot.start(), TimeDelta::seconds(3_600));
        }
    }
}

#[test]
fn b12_the_next_slots_are_found_without_asking_week_by_week() {
    let yearly = query(json!({
        "resources": [ana(json!({"schedule": {"weekly": {"mon": []}, "rules": [
            {"start": "2026-06-01T09:00", "durationMinutes": 120, "rrule": "FREQ=YEARLY"},
        ]}}))],
    }));
    let starts = |query: &Query, count: usize| {
        let found = quando::next(query, count).unwrap();
        found
            .into_iter()
            .map(|slot| support::short(slot.start))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        starts(&yearly, 3),
        "2026-06-01T09:00 2026-06-01T10:00 2027-06-01T09:00"
    );
    let mut bounded = yearly;
    bounded.service.horizon_days = Some(100);
    assert_eq!(starts(&bounded, 3), "2026-06-01T09:00 2026-06-01T10:00");
}

#[test]
fn c01_intervals_are_half_open_and_never_empty() {
    let query = query(json!({"resources": [ana(json!({"claims": [span("10:00", "11:00")]}))]}));
    assert_eq!(starts(&query), "02T09:00 02T11:00");
    assert!(Interval::parse("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z").is_err());
}

#[test]
fn c02_buffers_are_stored_with_a_booking_and_may_be_the_providers_own() {
    let ask = |service_buffer: u32, own: Value, stored: u32| {
        starts(&query(json!({
            "service": {"id": "cut", "durationMinutes": 30, "bufferAfterMinutes": service_buffer},
            "resources": [ana(json!({
                "bufferAfterMinutes": own,
                "claims": [claim("10:00", "10:30", json!({
                    "service": "cut", "bufferAfterMinutes": stored,
                }))],
            }))],
        })))
    };
    let apart = "02T09:00 02T11:00 02T11:30";
    assert_eq!(ask(30, Value::Null, 30), apart);
    // A later edit of the service does not move the buffer of what is booked.
    assert_eq!(
        ask(0, Value::Null, 30),
        "02T09:00 02T09:30 02T11:00 02T11:30"
    );
    assert_eq!(
        ask(30, Value::Null, 0),
        "02T09:00 02T10:30 02T11:00 02T11:30"
    );
    // The provider's own buffer takes the place of the service's.
    assert_eq!(ask(0, json!(30), 30), apart);
}

#[test]
fn c03_facing_buffers_combine_by_sum_or_max_and_symmetrically() {
    // A ends at 10:00 with 20 minutes after, B has 15 before: where can they stand?
    let earliest = |rule: BufferRule, first_booked: &str| {
        (0..=60).find(|gap| {
            let b_start = instant("02T10:00") + TimeDelta::minutes(*gap);
            let b_end = b_start + TimeDelta::hours(1);
            let (claimed, own, start) = if first_booked == "a" {
                let a = claim("09:00", "10:00", json!({"bufferAfterMinutes": 20}));
                (a, ("bufferBeforeMinutes", 15), b_start)
            } else {
                let (start, end) = (b_start.to_rfc3339(), b_end.to_rfc3339());
                let b = json!({"start": start, "end": end, "bufferBeforeMinutes": 15});
                (b, ("bufferAfterMinutes", 20), instant("02T09:00"))
            };
            let query = query(json!({
                "service": {"stepMinutes": 1, own.0: own.1},
                "resources": [ana(json!({"claims": [claimed], "bufferRule": rule}))],
            }));
            quando::check(&query, start).unwrap().is_offered()
        })
    };
    for first_booked in ["a", "b"] {
        assert_eq!(
            earliest(BufferRule::Sum, first_booked),
            Some(35),
            "{first_booked}"
        );
        assert_eq!(
            earliest(BufferRule::Max, first_booked),
            Some(20),
            "{first_booked}"
        );
    }
}

#[test]
fn c04_buffers_lie_outside_hours_or_not_by_policy() {
    let ask = |inside: Value| {
        starts(&query(json!({"service": {
            "stepMinutes": 30, "bufferBeforeMinutes": 10, "bufferAfterMinutes": 20,
            "buffersInsideHours": inside,
        }})))
    };
    assert_eq!(
        ask(json!(false)),
        "02T09:00 02T09:30 02T10:00 02T10:30 02T11:00"
    );
    assert_eq!(ask(json!("after")), "02T09:00 02T09:30 02T10:00 02T10:30");
    assert_eq!(ask(json!(true)), "02T09:30 02T10:00 02T10:30");
}

#[test]
fn c05_external_busy_time_has_no_buffer_of_its_own() {
    let query = query(json!({
        "service": {"durationMinutes": 30, "bufferBeforeMinutes": 10},
        "resources": [ana(json!({"busy": [span("10:00", "10:30")]}))],
    }));
    // It may begin where a slot ends, and the slot's own buffer keeps away from its end.
    assert_eq!(starts(&query), "02T09:00 02T09:30 02T11:00 02T11:30");
}

#[test]
fn c09_capacity_counts_over_the_whole_slot_and_varies_by_window() {
    let ask = |windows: Value, claims: Value| {
        seats(&query(json!({"resources": [ana(json!({
            "capacity": 4, "capacityWindows": windows, "claims": claims,
        }))]})))
    };
    let late = claim("09:59", "10:01", json!({"units": 3}));
    assert_eq!(ask(json!([]), json!([late])), [1, 1, 4]);
    let mut fewer = span("10:30", "11:30");
    fewer["capacity"] = json!(2);
    assert_eq!(ask(json!([fewer]), json!([])), [4, 2, 2]);
    // One unit is taken while two are there, and later on: the window is what binds.
    let other = claim("11:00", "12:00", json!({}));
    assert_eq!(ask(json!([fewer]), json!([other])), [4, 2, 1]);
}

#[test]
fn c10_a_party_gets_all_its_seats_or_none() {
    let ask = |party: u32| {
        starts(&query(json!({"party": party, "resources": [ana(json!({
            "capacity": 4, "claims": [claim("10:00", "11:00", json!({"units": 2}))],
        }))]})))
    };
    assert_eq!(ask(2), "02T09:00 02T10:00 02T11:00");
    assert_eq!(ask(3), "02T09:00 02T11:00");
    assert_eq!(ask(5), "");
}

#[test]
fn c11_staggered_sessions_do_not_overlap() {
    let session = claim(
        "10:40",
        "11:00",
        json!({"service": "yoga", "session": true}),
    );
    let query = query(json!({
        "window": {"from": "2026-03-02T10:20:00Z", "to": "2026-03-02T11:10:00Z"},
        "service": {"id": "yoga", "durationMinutes": 20, "stepMinutes": 10, "seats": 3},
        "resources": [ana(json!({"claims": [session]}))],
    }));
    assert_eq!(starts(&query), "02T10:20 02T10:40 02T11:00");
    assert_eq!(seats(&query), [3, 2, 3]);
    assert_eq!(reasons(&query, "02T10:50"), ["claim"]);
}

#[test]
fn c12_limits_by_period_count_and_minutes_for_every_owner() {
    let booked = claim("09:00", "10:00", json!({"service": "cut"}));
    let ask = |service: Value, own: Value, shared: Value| {
        query(json!({
            "service": {"id": "cut", "limits": service}, "limits": shared,
            "resources": [ana(json!({"claims": [booked], "limits": own}))],
        }))
    };
    let none = json!([]);
    for per in ["day", "week", "month", "year"] {
        for full in [
            json!([{"per": per, "maxBookings": 1}]),
            json!([{"per": per, "maxMinutes": 119}]),
        ] {
            let shared = json!([{
                "scope": "customer", "per": per, "maxBookings": 1,
                "bookings": [span("06:00", "07:00")],
            }]);
            let of_service = ask(full.clone(), none.clone(), none.clone());
            let of_resource = ask(none.clone(), full, none.clone());
            let of_customer = ask(none.clone(), none.clone(), shared);
            for query in [of_service, of_resource, of_customer] {
                assert_eq!(starts(&query), "", "{per}");
                assert_eq!(reasons(&query, "02T11:00"), ["limit"], "{per}");
            }
        }
        for wide in [
            json!([{"per": per, "maxBookings": 2}]),
            json!([{"per": per, "maxMinutes": 120}]),
        ] {
            assert_eq!(
                starts(&ask(wide, none.clone(), none.clone())),
                "02T10:00 02T11:00",
                "{per}"
            );
        }
    }
}

#[test]
fn c13_services_of_one_provider_conflict() {
    let query = query(json!({
        "service": {"id": "cut"},
        "resources": [ana(json!({"claims": [claim("10:00", "11:00", json!({"service": "dye"}))]}))],
    }));
    assert_eq!(starts(&query), "02T09:00 02T11:00");
}

#[test]
fn c14_kinds_of_external_busy_time() {
    for (status, expected) in [
        ("free", "02T09:00 02T10:00 02T11:00"),
        ("tentative", "02T09:00 02T11:00"),
        ("busy", "02T09:00 02T11:00"),
        ("away", "02T09:00 02T11:00"),
        ("elsewhere", "02T09:00 02T11:00"),
    ] {
        let busy = claim("10:00", "11:00", json!({"status": status}));
        let query = query(json!({"resources": [ana(json!({"busy": [busy]}))]}));
        assert_eq!(starts(&query), expected, "{status}");
    }
}

#[test]
fn c18_neighbours_are_at_least_the_travel_time_apart() {
    let ask = |place: &str, minutes: u32, buffer: u32| {
        starts(&query(json!({
            "service": {"durationMinutes": 30}, "place": place,
            "travel": [{"from": "north", "to": "south", "minutes": minutes}],
            "resources": [ana(json!({"claims": [claim("10:00", "10:30", json!({
                "place": "north", "bufferAfterMinutes": buffer,
            }))]}))],
        })))
    };
    assert_eq!(ask("south", 30, 0), "02T09:00 02T11:00 02T11:30");
    assert_eq!(ask("south", 31, 0), "02T11:30");
    assert_eq!(
        ask("north", 30, 0),
        "02T09:00 02T09:30 02T10:30 02T11:00 02T11:30"
    );
    assert_eq!(
        ask("south", 20, 45),
        "02T09:00 02T11:30",
        "the larger of buffers and travel"
    );
}

#[test]
fn d01_any_of_unites_the_starts_of_each() {
    let half = |id: &str, from: &str, to: &str| {
        ana(json!({"id": id, "schedule": {"weekly": {"mon": [{"from": from, "to": to}]}}}))
    };
    let ask = |minutes: u32| {
        starts(&query(json!({
            "service": {"durationMinutes": minutes, "stepMinutes": 30},
            "need": [{"anyOf": ["ana", "ben"]}],
            "resources": [half("ana", "09:00", "10:30"), half("ben", "10:00", "11:30")],
        })))
    };
    assert_eq!(ask(60), "02T09:00 02T09:30 02T10:00 02T10:30");
    assert_eq!(ask(120), "", "2.5 hours of open time, and nobody has two");
}

#[test]
fn d02_all_of_intersects() {
    let query = query(json!({
        "need": [{"anyOf": ["ana"]}, {"anyOf": ["ben"]}],
        "resources": [
            ana(json!({"busy": [span("09:00", "10:00")]})),
            ana(json!({"id": "ben", "claims": [span("11:00", "12:00")]})),
        ],
    }));
    assert_eq!(starts(&query), "02T10:00");
    assert_eq!(choice(&query), json!([["ana"], ["ben"]]));
}

#[test]
fn d03_k_of_n_from_each_of_several_groups() {
    let ask = |rooms: u32| {
        query(json!({
            "need": [
                {"anyOf": ["ana", "ben", "cem"], "count": 2}, {"anyOf": ["r1", "r2"], "count": rooms},
            ],
            "resources": [
                ana(json!({"busy": [span("09:00", "10:00")]})),
                ana(json!({"id": "ben", "busy": [span("11:00", "12:00")]})),
                ana(json!({"id": "cem", "busy": [span("11:00", "12:00")]})),
                ana(json!({"id": "r1"})),
                ana(json!({"id": "r2", "busy": [span("09:30", "09:40")]})),
            ],
        }))
    };
    let one_room = ask(1);
    assert_eq!(starts(&one_room), "02T09:00 02T10:00");
    assert_eq!(choice(&one_room), json!([["ben", "cem"], ["r1"]]));
    let two_rooms = ask(2);
    assert_eq!(starts(&two_rooms), "02T10:00");
    assert_eq!(
        choice(&two_rooms),
        json!([["ana", "ben", "cem"], ["r1", "r2"]])
    );
}

#[test]
fn d04_rooms_and_equipment_are_resources_with_capacity() {
    let query = query(json!({
        "need": [{"anyOf": ["ana"]}, {"anyOf": ["saunas"]}],
        "resources": [
            ana(json!({})),
            ana(json!({"id": "saunas", "capacity": 2, "claims": [
                span("09:00", "11:00"), span("10:00", "12:00"),
            ]})),
        ],
    }));
    assert_eq!(starts(&query), "02T09:00 02T11:00");
    assert_eq!(reasons(&query, "02T10:00"), ["capacity"]);
}

#[test]
fn d05_a_fixed_host_and_a_rotating_one() {
    let query = query(json!({
        "need": [{"anyOf": ["ana"]}, {"anyOf": ["ana", "ben", "cem"]}],
        "resources": [
            ana(json!({"busy": [span("11:00", "12:00")]})),
            ana(json!({"id": "ben", "busy": [span("09:00", "11:00")]})),
            ana(json!({"id": "cem", "busy": [span("10:00", "12:00")]})),
        ],
    }));
    // At 10:00 nobody is free beside Ana, who cannot be both; at 11:00 she is not there.
    assert_eq!(starts(&query), "02T09:00");
    assert_eq!(choice(&query), json!([["ana"], ["cem"]]));
}

#[test]
fn d09_a_reschedule_keeps_or_changes_the_provider() {
    let ask = |policy: &str| {
        query(json!({
            "need": [{"anyOf": ["ana", "ben"]}],
            "reschedule": {"policy": policy, "current": [["ben"]]},
            "resources": [
                ana(json!({})), ana(json!({"id": "ben", "busy": [span("09:00", "11:00")]})),
            ],
        }))
    };
    assert_eq!(starts(&ask("same")), "02T11:00");
    assert_eq!(choice(&ask("same")), json!([["ben"]]));
    for policy in ["rotate", "choose"] {
        assert_eq!(starts(&ask(policy)), "02T09:00 02T10:00 02T11:00");
    }
    let ben = ResourceId::new("ben").unwrap();
    assert_eq!(ask("same").reschedule.unwrap().current, [[ben]]);
}
