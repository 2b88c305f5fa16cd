//! Providers with their services and resources.

use quando::limits::{LIMITS_MAX, ROLES_MAX, TRAVEL_MAX};
use serde_json::{Value, json};

use super::form::{
    Field, can, closed, count, either, flag, items, list, may, must, of, open, or, saying, text,
    whole,
};
use super::operation::{Need, Operation};
use super::problems;
use super::schedules::{resource, yes};

/// Longest description, in bytes.
const DESCRIPTION: usize = 10_000;
/// Most categories, languages and attributes.
const TAGS: usize = 32;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("Point", point()),
        ("Tag", text(1, 200, "")),
        ("LanguageTag", language()),
        ("ServiceArea", service_area()),
        ("Ratings", ratings()),
        ("ProviderRecord", record(provider())),
        ("Provider", versioned(provider())),
        ("FoundProvider", found_provider()),
        ("ProviderPage", provider_page()),
        ("ServiceRecord", record(service())),
        ("Service", versioned(service())),
        ("ServicePage", page("Service")),
        ("ResourceRecord", record(resource())),
        ("Resource", versioned(resource())),
        ("ResourcePage", page("Resource")),
        ("BusyTimes", busy_times()),
        ("Replaced", replaced()),
    ]
}

/// A body that has the id that the address has, if it has one, and may be an answer that was
/// edited.
fn record<const N: usize>(fields: [Field; N]) -> Value {
    let mut all = vec![
        may(
            "id",
            of("Id"),
            "As in the address; needed where something new is made.",
        ),
        may("version", json!({}), "Says nothing: `If-Match` does."),
        may("updatedAt", json!({}), "Says nothing."),
    ];
    all.extend(fields);
    let mut object = open(all);
    object["additionalProperties"] = json!(false);
    object
}

fn versioned<const N: usize>(fields: [Field; N]) -> Value {
    let mut all = vec![
        must("id", of("Id"), ""),
        must("version", count(), "Grows with each change."),
        must("updatedAt", of("Instant"), ""),
    ];
    all.extend(fields);
    open(all)
}

/// A page of a list by id.
pub(super) fn page(name: &str) -> Value {
    open([
        must("items", items(of(name)), ""),
        may(
            "next",
            json!({"type": "string"}),
            "For `cursor`; none on the last page.",
        ),
    ])
}

fn point() -> Value {
    let degrees = |most: i32| json!({"type": "number", "minimum": -most, "maximum": most});
    closed([
        must("lat", degrees(90), "Degrees."),
        must("lng", degrees(180), "Degrees."),
    ])
}

fn language() -> Value {
    let mut tag = super::form::pattern("^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$");
    tag["maxLength"] = json!(35);
    saying(tag, "A tag of BCP 47.")
}

fn ratings() -> Value {
    let counts = list(count(), 5, 5);
    open([must(
        "counts",
        counts,
        "How many ratings of one star, of two, and so on.",
    )])
}

fn provider() -> [Field; 13] {
    [
        must("name", text(1, 200, ""), ""),
        must(
            "zone",
            of("Zone"),
            "Grid, horizon and limits are read on its clock.",
        ),
        may(
            "description",
            text(0, DESCRIPTION, r"\n\r\t"),
            "For people.",
        ),
        can("location", of("Point"), "Where it is found."),
        can("serviceArea", of("ServiceArea"), "Where it comes to."),
        may(
            "categories",
            list(of("Tag"), 0, TAGS),
            "What it does, such as `plumber`.",
        ),
        may(
            "languages",
            list(of("LanguageTag"), 0, TAGS),
            "What it speaks.",
        ),
        may(
            "attributes",
            list(of("Tag"), 0, TAGS),
            "What else is searched for.",
        ),
        may(
            "verified",
            yes(false),
            "Whether operators have seen its papers; they alone say so.",
        ),
        may(
            "active",
            or(flag(), true),
            "Whether it is shown and can be booked.",
        ),
        may(
            "hours",
            of("SharedHours"),
            "Shared hours, which cut those of every resource.",
        ),
        may(
            "travel",
            list(of("Way"), 0, TRAVEL_MAX),
            "Travel times between places.",
        ),
        may(
            "limits",
            list(of("Limit"), 0, LIMITS_MAX),
            "Of all its resources together.",
        ),
    ]
}

fn service() -> [Field; 7] {
    [
        must("name", text(1, 200, ""), ""),
        may(
            "description",
            text(0, DESCRIPTION, r"\n\r\t"),
            "For people.",
        ),
        may(
            "active",
            or(flag(), true),
            "Whether it is shown and can be booked.",
        ),
        must(
            "timing",
            of("Timing"),
            "How long it takes, and when it starts.",
        ),
        may(
            "need",
            list(of("Role"), 0, ROLES_MAX),
            "What it takes; its provider when empty.",
        ),
        can("place", of("Id"), "Where it takes place."),
        must("offer", of("Offer"), "What it is offered under."),
    ]
}

fn found_provider() -> Value {
    open([
        must("id", of("Id"), ""),
        may("distanceMeters", whole(0, 20_100_000), "From `near`."),
        may("start", of("Instant"), "When it has time."),
        must("provider", open_provider(), "Its profile."),
        must("ratings", of("Ratings"), ""),
    ])
}

fn open_provider() -> Value {
    let mut all = vec![must("id", of("Id"), "")];
    all.extend(provider());
    open(all)
}

fn provider_page() -> Value {
    open([
        must("items", items(of("FoundProvider")), ""),
        must(
            "page",
            whole(1, 1_000),
            "Which page it is; of a `cursor`, 1.",
        ),
        must("limit", whole(1, 100), ""),
        may(
            "next",
            json!({"type": "string"}),
            "For `cursor`; none on the last page.",
        ),
    ])
}

fn busy_times() -> Value {
    closed([must(
        "busy",
        list(of("BusyTime"), 0, 1_000),
        "All that the source has.",
    )])
}

fn replaced() -> Value {
    let problem = open([
        must("line", count(), ""),
        must(
            "code",
            json!({"type": "string"}),
            "See the codes of calendars.",
        ),
        must("message", json!({"type": "string"}), ""),
        must(
            "uid",
            super::form::or_null(json!({"type": "string"})),
            "Of the event.",
        ),
    ]);
    open([
        must("resource", of("Id"), ""),
        must("source", json!({"type": "string"}), ""),
        must("count", count(), "How many busy times there are now."),
        must("replacedAt", of("Instant"), ""),
        must(
            "problems",
            items(problem),
            "What of a calendar was left out or guessed.",
        ),
    ])
}

fn service_area() -> Value {
    let polygon = list(of("Point"), 3, 1_000);
    let circle = closed([
        must("center", of("Point"), ""),
        must("meters", whole(0, 4_294_967_295), "How far, in meters."),
    ]);
    either([
        closed([must("radius", circle, "")]),
        closed([must("polygon", polygon, "Its corners.")]),
    ])
}

pub(super) fn operations() -> Vec<Operation> {
    let mut all = of_providers();
    all.extend(of_services());
    all.extend(of_resources());
    all
}

fn an_ana() -> Value {
    json!({
        "id": "ana", "name": "Ana's pipes", "zone": "Europe/Berlin",
        "location": {"lat": 52.52, "lng": 13.405}, "categories": ["plumber"],
    })
}

fn with_version(mut record: Value) -> Value {
    record["version"] = json!(1);
    record["updatedAt"] = json!("2026-03-02T08:00:00Z");
    record
}

fn of_providers() -> Vec<Operation> {
    let ana = an_ana();
    let found = json!({
        "id": "ana", "provider": ana, "ratings": {"counts": [0, 0, 0, 1, 4]},
    });
    vec![
        Operation::new("listProviders")
            .gives(
                200,
                "ProviderPage",
                json!({"items": [found], "page": 1, "limit": 20}),
            )
            .conditional()
            .refuses(&[problems::QUERY, problems::SEARCH]),
        Operation::new("createProvider")
            .takes("ProviderRecord", an_ana())
            .keyed(Need::May)
            .gives(201, "Provider", with_version(an_ana()))
            .tagged()
            .placed()
            .refuses(&[problems::SIGNED_IN, problems::ALLOWED, problems::FIELD])
            .refuses(&[problems::EXISTS, problems::RECORD]),
        Operation::new("showProvider")
            .gives(200, "Provider", with_version(an_ana()))
            .conditional()
            .refuses(&[problems::TOKEN, problems::NOT_FOUND]),
        Operation::new("replaceProvider")
            .takes("ProviderRecord", an_ana())
            .keyed(Need::May)
            .over_version(Need::Must)
            .gives(200, "Provider", with_version(an_ana()))
            .tagged()
            .refuses(&[problems::SIGNED_IN, problems::ALLOWED, problems::NOT_FOUND])
            .refuses(&[problems::FIELD, problems::EXISTS, problems::RECORD]),
    ]
}

fn of_services() -> Vec<Operation> {
    let repair = json!({
        "id": "repair", "name": "Repair", "timing": {"durationMinutes": 60},
        "offer": {"terms": {"price": {"base": {
            "kind": "perBooking", "price": {"amount": "80.00", "currency": "EUR"}}}}},
    });
    let shown = with_version(repair.clone());
    vec![
        Operation::new("listServices")
            .gives(200, "ServicePage", json!({"items": [shown]}))
            .conditional()
            .refuses(&[problems::TOKEN, problems::QUERY, problems::NOT_FOUND]),
        Operation::new("createService")
            .takes("ServiceRecord", repair.clone())
            .keyed(Need::May)
            .gives(201, "Service", shown.clone())
            .tagged()
            .placed()
            .refuses(&[problems::SIGNED_IN, problems::ALLOWED, problems::NOT_FOUND])
            .refuses(&[problems::FIELD, problems::EXISTS, problems::RECORD])
            .refuses(&[problems::OF_SERVICE]),
        Operation::new("showService")
            .gives(200, "Service", shown.clone())
            .conditional()
            .refuses(&[problems::TOKEN, problems::NOT_FOUND]),
        Operation::new("replaceService")
            .takes("ServiceRecord", repair)
            .keyed(Need::May)
            .over_version(Need::Must)
            .gives(200, "Service", shown)
            .tagged()
            .refuses(&[problems::SIGNED_IN, problems::ALLOWED, problems::NOT_FOUND])
            .refuses(&[problems::FIELD, problems::EXISTS, problems::RECORD])
            .refuses(&[problems::OF_SERVICE]),
        Operation::new("deleteService")
            .keyed(Need::May)
            .over_version(Need::May)
            .gives_nothing()
            .refuses(&[problems::SIGNED_IN, problems::ALLOWED, problems::NOT_FOUND])
            .refuses(&[&problems::RECORD[..1], problems::BOOKED]),
    ]
}

fn of_resources() -> Vec<Operation> {
    let day = json!([{"from": "09:00", "to": "17:00"}]);
    let schedule = json!({"zone": "Europe/Berlin", "weekly": {"mon": day, "tue": day}});
    let chair = json!({"id": "chair", "schedule": schedule});
    let shown = with_version(chair.clone());
    let busy = json!({
        "busy": [{"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T08:30:00Z"}],
    });
    let replaced = json!({
        "resource": "ana", "source": "google", "count": 1,
        "replacedAt": "2026-03-02T08:00:00Z", "problems": [],
    });
    let managed = || -> [&[_]; 3] { [problems::SIGNED_IN, problems::ALLOWED, problems::NOT_FOUND] };
    let written = || -> [&[_]; 3] { [problems::RECORD, problems::EXISTS, problems::OF_RESOURCE] };
    vec![
        Operation::new("listResources")
            .gives(200, "ResourcePage", json!({"items": [shown]}))
            .conditional()
            .refuses(&managed())
            .refuses(&[problems::QUERY]),
        Operation::new("createResource")
            .takes("ResourceRecord", chair.clone())
            .keyed(Need::May)
            .gives(201, "Resource", shown.clone())
            .tagged()
            .placed()
            .refuses(&managed())
            .refuses(&[problems::FIELD])
            .refuses(&written()),
        Operation::new("showResource")
            .gives(200, "Resource", shown.clone())
            .conditional()
            .refuses(&managed()),
        Operation::new("replaceResource")
            .takes("ResourceRecord", chair)
            .keyed(Need::May)
            .over_version(Need::Must)
            .gives(200, "Resource", shown)
            .tagged()
            .refuses(&managed())
            .refuses(&[problems::FIELD])
            .refuses(&written()),
        Operation::new("deleteResource")
            .keyed(Need::May)
            .over_version(Need::May)
            .gives_nothing()
            .refuses(&managed())
            .refuses(&[&problems::RECORD[..1], problems::IN_USE]),
        Operation::new("showSchedule")
            .gives(200, "Schedule", schedule.clone())
            .conditional()
            .refuses(&managed()),
        Operation::new("replaceSchedule")
            .takes("Schedule", schedule.clone())
            .over_version(Need::May)
            .gives(200, "Schedule", schedule)
            .tagged()
            .refuses(&managed())
            .refuses(&written()),
        Operation::new("replaceBusy")
            .takes("BusyTimes", busy)
            .or_takes("text/calendar", json!({"type": "string"}), json!(CALENDAR))
            .keyed(Need::May)
            .gives(200, "Replaced", replaced)
            .refuses(&managed())
            .refuses(&[problems::RECORD, problems::CALENDAR]),
    ]
}

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n\
    DTSTART:20260302T103000Z\r\nDURATION:PT10M\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
