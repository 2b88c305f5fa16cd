//! When resources are open, and when they are busy.

use quando::limits::{HORIZON_DAYS_MAX, LIMITS_MAX, RULE_BYTES_MAX, SERVICE_SCHEDULES_MAX};
use serde_json::{Value, json};

use super::form::{
    any_of, can, closed, constant, either, flag, list, may, must, of, or, or_null, text, whole,
};

/// Most items of a list of a body.
const ITEMS: usize = 1_000;
const NUMBER: u64 = 4_294_967_295;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("Hours", hours()),
        ("Schedule", schedule()),
        ("SharedHours", shared_hours()),
        ("Limit", limit()),
        ("Way", way()),
        ("Role", role()),
        ("BusyTime", busy()),
        ("Absence", absence()),
        ("Timing", timing()),
    ]
}

fn hours() -> Value {
    let says = "A `to` at or before `from` is on the next day.";
    let from = json!({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"});
    closed([must("from", from, ""), must("to", of("TimeOfDay"), says)])
}

fn schedule() -> Value {
    let civil = || list(of("CivilTime"), 0, ITEMS);
    let rule = closed([
        must("start", of("CivilTime"), "Start of the recurrence."),
        must(
            "durationMinutes",
            of("Minutes"),
            "Length of each window, in civil time.",
        ),
        can(
            "rrule",
            text(1, RULE_BYTES_MAX, ""),
            "RFC 5545; the start alone when absent.",
        ),
        may("exdates", civil(), "Starts that do not take place."),
        may("rdates", civil(), "Further starts."),
    ]);
    let mode = or(any_of(["replace", "add", "subtract"]), "replace");
    let exception = closed([
        must("date", of("Date"), ""),
        may("mode", mode, ""),
        must("hours", list(of("Hours"), 0, ITEMS), ""),
    ]);
    let closure = closed([
        must("from", of("Date"), "The first closed date."),
        must("through", of("Date"), "The last one."),
        can("redirectTo", of("Id"), "Who takes over."),
    ]);
    closed([
        must("zone", of("Zone"), "On whose clock the hours are read."),
        may("weekly", weekly(), "Windows by weekday."),
        may("rules", list(rule, 0, ITEMS), "Windows by recurrence."),
        may(
            "overrides",
            list(exception, 0, ITEMS),
            "Hours of single dates.",
        ),
        may("closures", list(closure, 0, ITEMS), "Closed dates."),
        can("validFrom", of("Date"), "The first date with windows."),
        can("validThrough", of("Date"), "The last one."),
    ])
}

fn weekly() -> Value {
    let day = |name| may(name, list(of("Hours"), 0, ITEMS), "");
    closed(["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(day))
}

fn shared_hours() -> Value {
    or_null(either([of("Schedule"), list(of("Schedule"), 0, ITEMS)]))
}

fn limit() -> Value {
    closed([
        must(
            "per",
            any_of(["day", "week", "month", "year"]),
            "The civil period.",
        ),
        can("maxBookings", whole(0, NUMBER), "Most bookings."),
        can("maxMinutes", whole(0, NUMBER), "Most booked minutes."),
    ])
}

fn way() -> Value {
    let both = "In both directions, unless the way back is listed.";
    closed([
        must("from", of("Id"), "A place."),
        must("to", of("Id"), "Another."),
        must("minutes", of("Minutes"), both),
    ])
}

fn role() -> Value {
    closed([
        must(
            "anyOf",
            list(of("Id"), 1, ITEMS),
            "Candidates, in order of preference.",
        ),
        may(
            "count",
            or(whole(1, NUMBER), 1),
            "How many of them it takes.",
        ),
    ])
}

fn busy() -> Value {
    let status = any_of(["busy", "tentative", "away", "elsewhere", "free"]);
    closed([
        must("start", of("Instant"), ""),
        must("end", of("Instant"), ""),
        may("status", or(status, "busy"), "Only `free` does not block."),
    ])
}

fn absence() -> Value {
    let redirect = || can("redirectTo", of("Id"), "Who takes over.");
    either([
        closed([
            must("start", of("Instant"), ""),
            must("end", of("Instant"), ""),
            redirect(),
        ]),
        closed([
            must(
                "from",
                of("Date"),
                "The first date, in the zone of the schedule.",
            ),
            must("through", of("Date"), "The last one."),
            redirect(),
        ]),
    ])
}

fn timing() -> Value {
    let align = or(any_of(["clock", "opening", "packed"]), "clock");
    let inside = or(json!({"enum": [false, "after", true]}), false);
    let choices = list(of("Minutes"), 0, ITEMS);
    closed([
        can("id", of("Id"), "That of the service."),
        must("durationMinutes", of("Minutes"), "Length of a slot."),
        can(
            "durationChoices",
            choices,
            "Durations that may be asked for.",
        ),
        can(
            "stepMinutes",
            of("Minutes"),
            "Distance of starts; the duration when absent.",
        ),
        may(
            "stepOffsetMinutes",
            of("Minutes"),
            "Shifts the `clock` grid.",
        ),
        may("align", align, "Where the grid is anchored."),
        may(
            "bufferBeforeMinutes",
            of("Minutes"),
            "Kept free before a slot.",
        ),
        may(
            "bufferAfterMinutes",
            of("Minutes"),
            "Kept free after a slot.",
        ),
        may(
            "buffersInsideHours",
            inside,
            "Which buffers are inside the open hours.",
        ),
        may(
            "minNoticeMinutes",
            of("Minutes"),
            "How long before its start a slot is offered.",
        ),
        can(
            "horizonDays",
            whole(0, HORIZON_DAYS_MAX.into()),
            "The last date, in days from today.",
        ),
        can("bookableThrough", of("Date"), "The last bookable date."),
        may(
            "seats",
            or(whole(1, NUMBER), 1),
            "Above 1 the service is a class.",
        ),
        may(
            "limits",
            list(of("Limit"), 0, LIMITS_MAX),
            "Of its claims on each primary resource.",
        ),
        can("schedule", of("Schedule"), "In place of every resource's."),
    ])
}

/// The fields of a resource but its id.
pub(super) fn resource() -> [super::form::Field; 10] {
    let own = closed([
        must("service", of("Id"), "For which service."),
        must("schedule", of("Schedule"), ""),
    ]);
    let window = closed([
        must("start", of("Instant"), ""),
        must("end", of("Instant"), ""),
        must("capacity", whole(0, NUMBER), "From 0 to the capacity."),
    ]);
    let kept_apart = || json!({"type": "array", "maxItems": 0});
    [
        may(
            "capacity",
            or(whole(1, NUMBER), 1),
            "Interchangeable units.",
        ),
        may(
            "bufferRule",
            or(any_of(["sum", "max"]), "sum"),
            "How facing buffers combine.",
        ),
        must("schedule", of("Schedule"), "When it is open."),
        may(
            "serviceSchedules",
            list(own, 0, SERVICE_SCHEDULES_MAX),
            "For single services.",
        ),
        can(
            "bufferBeforeMinutes",
            of("Minutes"),
            "In place of the service's.",
        ),
        can(
            "bufferAfterMinutes",
            of("Minutes"),
            "In place of the service's.",
        ),
        may("absences", list(of("Absence"), 0, ITEMS), "Time away."),
        may(
            "capacityWindows",
            list(window, 0, ITEMS),
            "Times with fewer units.",
        ),
        may(
            "limits",
            list(of("Limit"), 0, LIMITS_MAX),
            "Of all its claims.",
        ),
        may("busy", kept_apart(), "Written by itself, source by source."),
    ]
}

/// The one value of a text.
pub(super) fn kind(name: &str) -> super::form::Field {
    must("kind", constant(name), "")
}

pub(super) fn yes(default: bool) -> Value {
    or(flag(), default)
}
