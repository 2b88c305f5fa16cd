//! What falls due by itself, what is found, and whether everything holds together.

use serde_json::{Value, json};

use super::{Folder, NOW};

/// An hour after the first booking began, when it ends.
const LATER: &str = "2026-03-02T10:00:00Z";

const MISSING: &str = "there is no file `quando.db`; `quando provider add` and `quando import` \
                       make one (store-missing)";

#[test]
fn what_falls_due_is_done_once() {
    let shop = Folder::with_ana();
    let id = shop.booked("cut", "2026-03-02T09:00:00Z");
    let args = ["work", "--once"];
    let early = shop.json(&args);
    assert_eq!((&early["fired"], &early["refused"]), (&json!(0), &json!(0)));
    assert!(early["relayed"].as_u64().unwrap() > 0, "{early}");
    let of_customer = shop.lines(&["bookings", "--customer", "c17"]);
    assert_eq!(of_customer[0]["id"], id.as_str());
    let later = shop.json_at(LATER, &args);
    assert_eq!((&later["fired"], &later["refused"]), (&json!(1), &json!(0)));
    let booking = shop.json(&["booking", "show", &id]);
    assert_eq!(booking["status"], "completed");
    let again = shop.json_at(LATER, &args);
    assert_eq!(again, json!({"relayed": 0, "fired": 0, "refused": 0}));
    Folder::new().refused(&args, MISSING);
}

#[test]
fn a_store_that_holds_together_has_no_findings() {
    let shop = Folder::with_ana();
    shop.booked("cut", "2026-03-02T09:00:00Z");
    assert_eq!(shop.lines(&["verify"]), Vec::<Value>::new());
    let text = shop.text(&["verify"]);
    assert!(text.contains("1 bookings, 1 claims"), "{text}");
    assert!(text.ends_with("everything holds together\n"), "{text}");
    Folder::new().refused(&["verify"], MISSING);
}

#[test]
fn claims_that_are_gone_are_found() {
    let shop = Folder::with_ana();
    shop.booked("cut", "2026-03-02T09:00:00Z");
    let file = rusqlite::Connection::open(shop.path().join("quando.db")).unwrap();
    assert_eq!(file.execute("delete from claim", ()).unwrap(), 1);
    drop(file);
    let ran = shop.at(NOW, &["verify"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    let finding: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(finding["what"], "claims-differ");
    let ran = shop.at(NOW, &["verify", "--human"]);
    let last = "something does not hold\n";
    assert!(ran.stdout.contains("\n- claims-differ"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with(last), "{}", ran.stdout);
}

/// Ana in the middle of Madrid, and Ben a hundredth of a degree further north: 1112 metres.
fn two() -> Folder {
    let shop = Folder::new();
    for (id, place) in [("ana", "40.4168,-3.7038"), ("ben", "40.4268,-3.7038")] {
        let name = format!("Barbershop of {id}");
        let args = ["provider", "add", id, "--name", &name, "--location", place];
        let more = ["--zone", "Europe/Madrid", "--category", "hair"];
        let added = shop.at(NOW, &[args.as_slice(), &more].concat());
        assert_eq!(added.status, 0, "{}", added.stderr);
    }
    shop
}

#[test]
fn providers_are_found_by_words_category_and_place() {
    let shop = two();
    let ids = |args: &[&str]| -> Vec<String> {
        let found = shop.lines(&[&["search"], args].concat());
        let id = |each: &Value| each["id"].as_str().unwrap().to_owned();
        found.iter().map(id).collect()
    };
    assert_eq!(ids(&["ben"]), ["ben"]);
    assert_eq!(ids(&["--category", "hair", "--sort", "id"]), ["ana", "ben"]);
    assert!(ids(&["--category", "nails"]).is_empty());
    let near = ["--near", "40.4268,-3.7038", "--radius-km"];
    assert_eq!(ids(&[near.as_slice(), &["1"]].concat()), ["ben"]);
    assert_eq!(ids(&[near.as_slice(), &["1.2"]].concat()), ["ben", "ana"]);
    let text = shop.text(&[&["search"], near.as_slice(), &["1.2"]].concat());
    assert_eq!(
        text,
        "ben  Barbershop of ben  0.0 km\nana  Barbershop of ana  1.1 km\n"
    );
    let first = shop.at(NOW, &["search", "--sort", "id", "--limit", "1"]);
    assert_eq!(first.json_lines()[0]["id"], "ana");
    let cursor = first.stderr.trim().rsplit(' ').next().unwrap();
    let next = ids(&["--sort", "id", "--limit", "1", "--after", cursor]);
    assert_eq!(next, ["ben"]);
}

#[test]
fn searches_that_cannot_be_answered_are_refused() {
    let shop = two();
    let ran = shop.at(NOW, &["search", "--sort", "relevance"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    let told = "relevance needs the query's `text` (search-no-text)\n";
    assert!(ran.stderr.ends_with(told), "{}", ran.stderr);
    shop.wrong(&["search", "--radius-km", "1"], "--near");
    let far = ["search", "--near", "0,0", "--radius-km", "1.2345"];
    shop.wrong(&far, "expected kilometres");
}
