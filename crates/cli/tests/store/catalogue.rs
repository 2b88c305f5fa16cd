//! Providers, resources, services and busy times.

use serde_json::{Value, json};

use super::{Folder, text_of};

#[test]
fn a_provider_is_added_changed_and_verified() {
    let shop = Folder::with_ana();
    let shown = shop.json(&["provider", "show", "ana"]);
    let expected = json!({
        "version": 1,
        "updatedAt": "2026-03-01T10:00:00Z",
        "id": "ana",
        "name": "Ana's barbershop",
        "zone": "Europe/Madrid",
    });
    assert_eq!(shown, expected);
    let set = [
        "provider",
        "set",
        "ana",
        "--description",
        "Cuts",
        "--category",
        "hair",
    ];
    shop.json(&[set.as_slice(), &["--location", "40.4168,-3.7038"]].concat());
    let verified = shop.json(&["provider", "verify", "ana"]);
    let expected = json!({
        "version": 3,
        "updatedAt": "2026-03-01T10:00:00Z",
        "id": "ana",
        "name": "Ana's barbershop",
        "zone": "Europe/Madrid",
        "description": "Cuts",
        "location": {"lat": 40.4168, "lng": -3.7038},
        "categories": ["hair"],
        "verified": true,
    });
    assert_eq!(verified, expected);
    let revoked = shop.json(&["provider", "verify", "ana", "--revoke"]);
    assert_eq!(revoked.get("verified"), None);
}

#[test]
fn a_provider_is_read_from_json() {
    let shop = Folder::with_ana();
    shop.write(
        "ben.json",
        r#"{"id":"ben","name":"Ben","zone":"UTC","attributes":["ramp"]}"#,
    );
    shop.json(&["provider", "add", "ben", "--json", "ben.json"]);
    assert_eq!(
        shop.json(&["provider", "show", "ben"])["attributes"],
        json!(["ramp"])
    );
    shop.refused(
        &["provider", "add", "eve", "--json", "ben.json"],
        "ben.json: `/id`: `id` is `ben`, and the address says `eve` (record-other-id)",
    );
    shop.write(
        "bad.json",
        r#"{"id":"bad","name":"Bad","zone":"Moon/Base"}"#,
    );
    let ran = shop.at(
        super::NOW,
        &["provider", "add", "bad", "--json", "bad.json"],
    );
    assert!(
        ran.stderr
            .contains("`/zone`: unknown time zone `Moon/Base`"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.status, 1);
}

#[test]
fn providers_are_listed_page_by_page() {
    let shop = Folder::with_ana();
    for id in ["ben", "cem"] {
        shop.json(&["provider", "add", id, "--name", id, "--zone", "UTC"]);
    }
    let ids = |args: &[&str]| -> Vec<Value> {
        let lines = shop.lines(&[&["provider", "list"], args].concat());
        lines.into_iter().map(|line| line["id"].clone()).collect()
    };
    assert_eq!(ids(&[]), ["ana", "ben", "cem"]);
    assert_eq!(ids(&["--limit", "1", "--after", "ana"]), ["ben"]);
    assert_eq!(
        shop.text(&["provider", "list"]),
        "ana  Ana's barbershop  Europe/Madrid\nben  ben               UTC\ncem  cem               UTC\n"
    );
}

#[test]
fn what_is_wrong_with_a_provider_is_said() {
    let shop = Folder::new();
    shop.refused(
        &["provider", "list"],
        "there is no file `quando.db`; `quando provider add` and `quando import` make one \
         (store-missing)",
    );
    shop.add_ana();
    shop.refused(
        &["provider", "add", "ana", "--name", "Ana", "--zone", "UTC"],
        "there is a provider of that id already (already-exists)",
    );
    shop.refused(
        &["provider", "show", "eve"],
        "there is no such provider (not-found)",
    );
    shop.refused(
        &["provider", "set", "eve"],
        "there is no such provider (not-found)",
    );
    shop.refused(
        &["provider", "set", "ana", "--name", " "],
        "`name` has 1 to 200 bytes without control characters (record-name)",
    );
    shop.wrong(&["provider", "add", "eve"], "give --name and --zone");
    shop.wrong(
        &["provider", "set", "ana", "--zone", "Moon/Base"],
        "unknown time zone",
    );
    shop.wrong(
        &["provider", "set", "ana", "--location", "here"],
        "latitude and longitude",
    );
    shop.wrong(
        &["provider", "list", "--store", "mysql://host/db"],
        "expected a FILE",
    );
}

#[test]
fn resources_have_hours_and_units() {
    let shop = Folder::with_ana();
    let own = shop.json(&["resource", "show", "ana", "ana"]);
    assert_eq!(
        own["schedule"]["weekly"]["fri"],
        json!([{"from": "09:00", "to": "17:00"}])
    );
    assert_eq!(own["schedule"]["weekly"].get("sat"), None);
    let put = [
        "resource",
        "put",
        "ana",
        "room",
        "--capacity",
        "8",
        "--hours",
        "sat 10:00-14:00",
    ];
    let room = shop.json(&put);
    assert_eq!(
        (&room["capacity"], &room["schedule"]["zone"]),
        (&json!(8), &json!("Europe/Madrid"))
    );
    let closed = ["resource", "hours", "ana", "closed", "--resource", "room"];
    assert_eq!(shop.json(&closed)["capacity"], 8);
    assert_eq!(
        shop.text(&["resource", "list", "ana"]),
        "ana   1 unit   Europe/Madrid  mon-fri 09:00-17:00\n\
         room  8 units  Europe/Madrid  no weekly hours\n"
    );
    shop.json(&["resource", "delete", "ana", "room"]);
    shop.refused(
        &["resource", "show", "ana", "room"],
        "there is no such resource (not-found)",
    );
    assert_eq!(shop.lines(&["resource", "list", "ana"]).len(), 1);
}

#[test]
fn a_resource_is_read_from_json() {
    let shop = Folder::with_ana();
    let chair = r#"{"id":"chair","schedule":{"zone":"UTC"},"bufferAfterMinutes":10}"#;
    shop.write("chair.json", chair);
    shop.json(&["resource", "put", "ana", "chair", "--json", "chair.json"]);
    assert_eq!(
        shop.json(&["resource", "show", "ana", "chair"])["bufferAfterMinutes"],
        10
    );
    shop.refused(
        &["resource", "put", "ana", "stool", "--json", "chair.json"],
        "chair.json: `/id`: `id` is `chair`, and the address says `stool` (record-other-id)",
    );
}

#[test]
fn what_is_wrong_with_a_resource_is_said() {
    let shop = Folder::with_ana();
    shop.refused(
        &["resource", "delete", "ana", "ana"],
        "the service `cut` needs the resource (record-in-use)",
    );
    shop.refused(
        &["resource", "put", "eve", "room"],
        "there is no such provider (not-found)",
    );
    shop.refused(
        &["resource", "hours", "ana", "closed", "--resource", "room"],
        "there is no such resource (not-found)",
    );
    shop.wrong(
        &["resource", "hours", "ana", "mon 9-17"],
        "expected hours such as 09:00-17:00",
    );
    shop.wrong(
        &["resource", "put", "ana", "room", "--capacity", "0"],
        "--capacity",
    );
}

#[test]
fn a_service_changes_field_by_field() {
    let shop = Folder::with_ana();
    let put = ["service", "put", "ana", "cut"];
    shop.json(
        &[
            put.as_slice(),
            &["--buffer-after", "10", "--approval", "true"],
        ]
        .concat(),
    );
    let cut = shop.json(&[put.as_slice(), &["--price", "45 EUR"]].concat());
    assert_eq!(cut["version"], 3);
    assert_eq!(cut["timing"]["durationMinutes"], 60);
    assert_eq!(cut["timing"]["bufferAfterMinutes"], 10);
    assert_eq!(cut["offer"]["terms"]["rules"]["approval"], true);
    let price = json!({"kind": "perBooking", "price": {"amount": "45.00", "currency": "EUR"}});
    assert_eq!(cut["offer"]["terms"]["price"]["base"], price);
    assert_eq!(
        shop.text(&["service", "list", "ana"]),
        "cut  A service  60 min  45.00 EUR\n"
    );
    shop.json(&["service", "delete", "ana", "cut"]);
    shop.refused(
        &["service", "show", "ana", "cut"],
        "there is no such service (not-found)",
    );
}

#[test]
fn a_service_is_read_from_json() {
    let shop = Folder::with_ana();
    let mut shave = shop.json(&["service", "show", "ana", "cut"]);
    let fields = shave.as_object_mut().unwrap();
    fields.retain(|name, _| !["version", "updatedAt", "timing"].contains(&name.as_str()));
    fields.insert("id".into(), json!("shave"));
    fields.insert("timing".into(), json!({"durationMinutes": 30}));
    let args = ["service", "put", "ana", "shave", "--json", "-"];
    let stored = shop
        .with_input(super::NOW, &args, &shave.to_string())
        .json();
    assert_eq!(
        stored["timing"],
        json!({"id": "shave", "durationMinutes": 30})
    );
}

#[test]
fn what_is_wrong_with_a_service_is_said() {
    let shop = Folder::with_ana();
    shop.wrong(
        &["service", "put", "ana", "new"],
        "a new service needs --name, --duration",
    );
    shop.wrong(
        &["service", "put", "ana", "cut", "--price", "45"],
        "an amount and a currency",
    );
    shop.wrong(
        &["service", "put", "ana", "cut", "--duration", "1h"],
        "expected whole minutes",
    );
    shop.refused(
        &["service", "put", "ana", "cut", "--need", "ana/ben"],
        "there is no resource `ben` (record-unknown-resource)",
    );
    shop.refused(
        &["service", "delete", "ana", "new"],
        "there is no such service (not-found)",
    );
    shop.booked("cut", "2026-03-02T09:00:00Z");
    shop.refused(
        &["service", "delete", "ana", "cut"],
        "1 bookings are still to come (record-booked)",
    );
}

#[test]
fn busy_time_is_replaced_source_by_source() {
    let shop = Folder::with_ana();
    let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\n\
        UID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260302T090000\r\nDTEND:20260302T100000\r\n\
        END:VEVENT\r\nEND:VCALENDAR\r\n";
    shop.write("ana.ics", calendar);
    let replaced = shop.json(&["busy", "replace", "ana", "ana", "google", "ana.ics"]);
    let expected = json!({
        "resource": "ana",
        "source": "google",
        "count": 1,
        "replacedAt": "2026-03-01T10:00:00Z",
    });
    assert_eq!(replaced, expected);
    let first = || {
        let free = shop.json(&["free", "ana", "cut", "--days", "2"]);
        text_of(&free, "/slots/0/start")
    };
    // Nine in Madrid in winter is eight in UTC; the event is read on the resource's wall clock.
    assert_eq!(first(), "2026-03-02T09:00:00Z");
    shop.write("busy.json", r#"{"busy":[],"problems":[],"tzdb":"any"}"#);
    shop.json(&["busy", "replace", "ana", "ana", "work", "busy.json"]);
    assert_eq!(first(), "2026-03-02T09:00:00Z");
    shop.json(&["busy", "replace", "ana", "ana", "google", "busy.json"]);
    assert_eq!(first(), "2026-03-02T08:00:00Z");
    shop.refused(
        &["busy", "replace", "ana", "ben", "google", "busy.json"],
        "there is no such resource (not-found)",
    );
    shop.refused(
        &["busy", "replace", "ana", "ana", "a/b", "busy.json"],
        "`source` has 1 to 200 bytes without control characters (record-name)",
    );
}
