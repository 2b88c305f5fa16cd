//! Tables and dates for viewers.

use std::process::Command;

use crate::common::{TestFile, quando, query, query_with, root, run};
use serde_json::{Value, json};

fn tzdb() -> &'static str {
    quando::time::tzdb_version()
}

#[track_caller]
fn check(args: &[&str], query: &Value, expected: &str) {
    let ran = quando(args, query.to_string());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert_eq!(
        ran.stdout,
        expected.replace("TZDB", tzdb()),
        "{args:?}\n{}",
        ran.stdout
    );
}

/// A bar that is open through the night in which New York's clocks go forward or back.
fn night(sunday: &str) -> Value {
    json!({
        "window": {"from": "2026-01-01T00:00:00Z", "to": "2026-12-31T00:00:00Z"},
        "now": "2026-01-01T00:00:00Z",
        "zone": "America/New_York",
        "service": {"durationMinutes": 60, "bookableThrough": sunday},
        "resources": [{"id": "bar", "schedule": {
            "zone": "America/New_York",
            "weekly": {"sat": [{"from": "23:00", "to": "04:00"}]},
            "validFrom": sunday_before(sunday), "validThrough": sunday,
        }}],
    })
}

fn sunday_before(sunday: &str) -> String {
    let date: chrono::NaiveDate = sunday.parse().unwrap();
    (date - chrono::TimeDelta::days(1)).to_string()
}

#[test]
fn a_table_shows_where_the_clocks_go_forward() {
    check(
        &["slots", "--local", "America/New_York"],
        &night("2026-03-08"),
        "\
Sat 7 March 2026, UTC-05:00
  23:00 - 24:00             bar

Sun 8 March 2026, UTC-05:00
  00:00 - 01:00             bar
  01:00 - 03:00 UTC-04:00   bar
  -- clocks change to UTC-04:00 --
  03:00 - 04:00             bar

4 bookable starts (times of America/New_York, tzdb TZDB)
",
    );
}

#[test]
fn a_table_shows_where_the_clocks_go_back() {
    check(
        &["slots", "--local=America/New_York"],
        &night("2026-11-01"),
        "\
Sat 31 October 2026, UTC-04:00
  23:00 - 24:00             bar

Sun 1 November 2026, UTC-04:00
  00:00 - 01:00             bar
  01:00 - 01:00 UTC-05:00   bar
  -- clocks change to UTC-05:00 --
  01:00 - 02:00             bar
  02:00 - 03:00             bar
  03:00 - 04:00             bar

6 bookable starts (times of America/New_York, tzdb TZDB)
",
    );
}

#[test]
fn a_table_is_in_the_viewers_zone_and_names_dates_there() {
    check(
        &["slots", "--local", "Pacific/Auckland"],
        &query(),
        "\
Tue 3 March 2026, UTC+13:00
  03:00 - 04:00   ana
  05:00 - 06:00   ana

2 bookable starts (times of Pacific/Auckland, tzdb TZDB)
",
    );
    let mut long = query_with("/service/durationMinutes", json!(180));
    long["resources"][0]["claims"] = json!([]);
    check(
        &["next", "--local", "Europe/Athens", "--count", "1"],
        &query(),
        "\
Mon 2 March 2026, UTC+02:00
  16:00 - 17:00   ana

1 bookable start (times of Europe/Athens, tzdb TZDB)
",
    );
    check(
        &["slots", "--local", "Asia/Karachi"],
        &long,
        "\
Mon 2 March 2026, UTC+05:00
  19:00 - 22:00   ana

1 bookable start (times of Asia/Karachi, tzdb TZDB)
",
    );
    check(
        &["slots", "--local", "Asia/Tokyo"],
        &long,
        "\
Mon 2 March 2026, UTC+09:00
  23:00 - 02:00 next day   ana

1 bookable start (times of Asia/Tokyo, tzdb TZDB)
",
    );
}

#[test]
fn a_table_lists_roles_and_seats() {
    let mut query = query();
    query["need"] = json!([{"anyOf": ["ana", "ben"]}, {"anyOf": ["room"]}]);
    query["service"] = json!({"id": "yoga", "durationMinutes": 60, "seats": 12});
    let resource = query["resources"][0].clone();
    for id in ["ben", "room"] {
        let mut other = resource.clone();
        other["id"] = json!(id);
        other["claims"] = json!([]);
        query["resources"].as_array_mut().unwrap().push(other);
    }
    let mut session = json!({
        "service": "yoga", "start": "2026-03-02T16:00:00Z", "end": "2026-03-02T17:00:00Z",
        "units": 3, "session": true,
    });
    query["resources"][1]["claims"] = json!([session]);
    session["units"] = json!(1);
    session["with"] = json!("ben");
    query["resources"][2]["claims"] = json!([session]);
    check(
        &["slots", "--local"],
        &query,
        "\
Mon 2 March 2026, UTC-05:00
  09:00 - 10:00   12 left   ana, ben | room
  10:00 - 11:00   12 left   ben | room
  11:00 - 12:00    9 left   ben | room

3 bookable starts (times of America/New_York, tzdb TZDB)
",
    );
}

#[test]
fn an_empty_table_is_a_sentence() {
    let closed = query_with("/resources/0/schedule/weekly", json!({}));
    check(
        &["slots", "--local", "America/New_York"],
        &closed,
        "\
no bookable start between Sun 1 March 2026 19:00 and Mon 2 March 2026 19:00 \
(times of America/New_York, tzdb TZDB)
",
    );
    check(
        &["next", "--local", "UTC"],
        &closed,
        "\
no bookable start from Mon 2 March 2026 00:00 on, in the 732 days after it (times of UTC, tzdb TZDB)
",
    );
}

#[test]
fn explain_says_why_in_words() {
    let mut query = query_with("/service/minNoticeMinutes", json!(30 * 60));
    query["now"] = json!("2026-03-01T10:00:00Z");
    query["resources"][0]["busy"] =
        json!([{"start": "2026-03-02T16:30:00Z", "end": "2026-03-02T16:40:00Z"}]);
    check(
        &["explain", "--local"],
        &query,
        "\
Mon 2 March 2026, UTC-05:00
  09:00 - 10:00   -- less than 1800 min of notice
  10:00 - 11:00   -- less than 1800 min of notice; booked: ana
  11:00 - 12:00   -- busy: ana

no bookable start between Sun 1 March 2026 19:00 and Mon 2 March 2026 19:00 \
(times of America/New_York, tzdb TZDB)
",
    );
}

#[test]
fn a_file_may_follow_local_without_a_zone() {
    let file = TestFile::new("local.json", query().to_string());
    let last_line = |args: &[&str]| {
        let ran = quando(args, "");
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        ran.stdout.lines().last().unwrap().to_owned()
    };
    let expected = format!(
        "2 bookable starts (times of America/New_York, tzdb {})",
        tzdb()
    );
    assert_eq!(last_line(&["slots", "--local", file.path()]), expected);
    assert_eq!(last_line(&["slots", file.path(), "--local"]), expected);
    let berlin = last_line(&["slots", "--local", "Europe/Berlin", file.path()]);
    assert!(berlin.contains("(times of Europe/Berlin, "), "{berlin}");
}

#[test]
fn the_viewers_zone_is_that_of_the_environment() {
    for (tz, expected) in [
        ("Asia/Tokyo", "Asia/Tokyo"),
        (":Europe/Rome", "Europe/Rome"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quando"));
        command
            .args(["slots", "--local"])
            .current_dir(root())
            .env("TZ", tz);
        let ran = run(command, query().to_string().as_bytes());
        assert!(
            ran.stdout.contains(&format!("(times of {expected}, ")),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn by_day_groups_by_the_viewers_date() {
    let late = json!([{"from": "18:00", "to": "20:00"}]);
    let mut query = query_with("/resources/0/schedule/weekly/mon", late);
    query["window"]["to"] = json!("2026-03-03T12:00:00Z");
    let expected = json!({
        "days": [
            {"date": "2026-03-02", "slots": [{
                "start": "2026-03-02T23:00:00+00:00", "end": "2026-03-03T00:00:00+00:00",
                "resources": [["ana"]], "seatsLeft": 1,
            }]},
            {"date": "2026-03-03", "slots": [{
                "start": "2026-03-03T00:00:00+00:00", "end": "2026-03-03T01:00:00+00:00",
                "resources": [["ana"]], "seatsLeft": 1,
            }]},
        ],
        "tzdb": tzdb(),
    });
    assert_eq!(
        quando(&["slots", "--by-day", "UTC"], query.to_string()).json(),
        expected
    );
    let there = quando(
        &["slots", "--by-day", "America/New_York"],
        query.to_string(),
    )
    .json();
    assert_eq!(there["days"].as_array().unwrap().len(), 1);
    assert_eq!(
        there["days"][0]["slots"][0]["start"],
        "2026-03-02T18:00:00-05:00"
    );
    let next = quando(
        &["next", "--count", "2", "--by-day", "UTC"],
        query.to_string(),
    )
    .json();
    assert_eq!(next, expected);
}
