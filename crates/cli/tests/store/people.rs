//! What is known of people.

use serde_json::{Value, json};

use super::{Folder, NOW};

fn shop() -> Folder {
    let shop = Folder::with_ana();
    let put = [
        "person",
        "put",
        "c17",
        "--name",
        "Ada",
        "--email",
        "Ada@example.org",
    ];
    shop.json(
        &[
            put.as_slice(),
            &["--phone", "+34 600 000 000", "--notes", "no nuts"],
        ]
        .concat(),
    );
    shop
}

#[test]
fn a_person_is_kept_found_and_erased() {
    let shop = shop();
    let known = json!({
        "name": "Ada",
        "email": "Ada@example.org",
        "phone": "+34 600 000 000",
        "notes": "no nuts",
    });
    assert_eq!(shop.json(&["person", "show", "c17"]), known);
    assert_eq!(
        shop.lines(&["person", "find", "ada@example.org"]),
        [json!({"person": "c17"})]
    );
    assert_eq!(
        shop.lines(&["person", "find", "bob@example.org"]),
        Vec::<Value>::new()
    );
    assert_eq!(
        shop.text(&["person", "show", "c17"]),
        "name   Ada\nemail  Ada@example.org\nphone  +34 600 000 000\nnotes  no nuts\n"
    );
    let erased = shop.json(&["person", "erase", "c17"]);
    assert_eq!(erased, json!({"person": "c17", "version": 2}));
    shop.refused(
        &["person", "show", "c17"],
        "there is no such person (not-found)",
    );
    shop.refused(
        &["person", "erase", "c17"],
        "there is no such person (not-found)",
    );
    assert_eq!(
        shop.lines(&["person", "find", "ada@example.org"]),
        Vec::<Value>::new()
    );
}

#[test]
fn a_person_comes_as_json_without_being_quoted_in_errors() {
    let shop = Folder::with_ana();
    let args = ["person", "put", "c17", "--json", "-"];
    let put = shop.with_input(NOW, &args, r#"{"name":"Ada"}"#);
    assert_eq!(put.json(), json!({"person": "c17", "version": 1}));
    let bad = shop.with_input(NOW, &args, "{\"name\":\"Ada\",\n\"secret\":\"a thing\"}");
    assert_eq!((bad.status, bad.stdout.as_str()), (1, ""));
    assert!(
        bad.stderr.contains("`/secret`: unknown field"),
        "{}",
        bad.stderr
    );
    assert!(!bad.stderr.contains("a thing"), "{}", bad.stderr);
    shop.wrong(&["person", "put", "c17", "--email", "nowhere"], "--email");
}

#[test]
fn nothing_of_a_person_is_in_the_file_of_the_store() {
    let shop = shop();
    let args = [
        "book",
        "ana",
        "cut",
        "2026-03-02T09:00:00Z",
        "--customer",
        "c17",
    ];
    shop.json(&[args.as_slice(), &["--notes", "please be gentle"]].concat());
    for name in ["quando.db", "quando.db-wal"] {
        let Ok(bytes) = std::fs::read(shop.path().join(name)) else {
            continue;
        };
        for secret in ["Ada", "example.org", "600 000", "nuts", "gentle"] {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} is in {name}");
        }
    }
}

#[test]
fn all_that_is_stored_about_a_person_is_exported() {
    let shop = shop();
    let args = ["book", "ana", "cut", "2026-03-02T09:00:00Z"];
    let of = ["--customer", "c17", "--notes", "please be gentle"];
    let booking = shop.json(&[args, of].concat());
    let export = shop.json(&["person", "export", "c17"]);
    assert_eq!(export["person"], "c17");
    assert_eq!(export["profile"]["email"], "Ada@example.org");
    let booked = export["bookings"].as_array().unwrap();
    assert_eq!(booked.len(), 1);
    assert_eq!(booked[0]["booking"]["id"], booking["id"]);
    assert_eq!(booked[0]["texts"], json!(["please be gentle"]));
    let text = shop.text(&["person", "export", "c17"]);
    assert!(text.starts_with("name   Ada\n"), "{text}");
    assert!(text.contains("\n- please be gentle\n"), "{text}");
    shop.refused(
        &["person", "export", "c99"],
        "there is no such person (not-found)",
    );
}
