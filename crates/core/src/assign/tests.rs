use super::*;
use crate::json::{parse, parse_query};

fn query(need: &str, resources: &str) -> Query {
    parse_query(&format!(
        r#"{{"window": {{"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}},
            "now": "2026-03-01T12:00:00Z", "zone": "America/New_York",
            "service": {{"id": "cut", "durationMinutes": 60}},
            "need": {need}, "resources": [{resources}]}}"#
    ))
    .unwrap()
}

fn resource(id: &str, extra: &str) -> String {
    format!(
        r#"{{"id": "{id}", "schedule": {{"zone": "America/New_York",
            "weekly": {{"mon": [{{"from": "09:00", "to": "17:00"}}]}}}}{extra}}}"#
    )
}

fn team() -> Query {
    let all = ["ana", "ben", "cy"].map(|id| resource(id, "")).join(",");
    query(r#"[{"anyOf": ["ana", "ben", "cy"]}]"#, &all)
}

fn assigned(query: &Query, rules: &str) -> String {
    match assign(
        query,
        "2026-03-02T15:00:00Z".parse().unwrap(),
        &parse(rules).unwrap(),
    ) {
        Ok(assignment) => serde_json::to_string(&assignment.resources).unwrap(),
        Err(error) => error.code().to_owned(),
    }
}

#[test]
fn least_recent_goes_by_the_start_of_the_last_slot() {
    let ledger = |ana: &str, ben: &str, cy: &str| {
        format!(
            r#"{{"ledger": [{{"resource": "ana", "start": "{ana}"}},
                {{"resource": "ben", "start": "{ben}"}}, {{"resource": "cy", "start": "{cy}"}}]}}"#
        )
    };
    let (first, second, third) = (
        "2026-02-01T15:00:00Z",
        "2026-02-02T15:00:00Z",
        "2026-02-03T15:00:00Z",
    );
    assert_eq!(
        assigned(&team(), &ledger(third, first, second)),
        r#"[["ben"]]"#
    );
    assert_eq!(
        assigned(&team(), &ledger(second, third, first)),
        r#"[["cy"]]"#
    );
    assert_eq!(
        assigned(&team(), &ledger(first, first, first)),
        r#"[["ana"]]"#
    );
    assert_eq!(assigned(&team(), "{}"), r#"[["ana"]]"#);
}

#[test]
fn t45_a_newcomer_starts_at_the_minimum_and_withdrawn_bookings_do_not_count() {
    // Ben is new: he ties with the least recent, and the order breaks the tie.
    let new_ben = r#"{"ledger": [{"resource": "ana", "start": "2026-02-01T15:00:00Z"},
        {"resource": "cy", "start": "2026-02-02T15:00:00Z"}]}"#;
    assert_eq!(assigned(&team(), new_ben), r#"[["ana"]]"#);
    let withdrawn = r#"{"policy": {"leastOften": {"per": "week"}}, "ledger": [
        {"resource": "ana", "start": "2026-03-02T15:00:00Z"},
        {"resource": "ben", "start": "2026-03-02T15:00:00Z", "withdrawn": true},
        {"resource": "ben", "start": "2026-02-02T15:00:00Z"},
        {"resource": "cy", "start": "2026-03-03T15:00:00Z"}]}"#;
    assert_eq!(assigned(&team(), withdrawn), r#"[["ben"]]"#);
    // Only the period counts, so that an old lead does not last for ever.
    let month = withdrawn.replace("week", "day");
    assert_eq!(assigned(&team(), &month), r#"[["ben"]]"#);
}

#[test]
fn t46_whoever_is_not_free_is_filtered_before_anybody_is_chosen() {
    let busy = r#", "busy": [{"start": "2026-03-02T15:00:00Z", "end": "2026-03-02T16:00:00Z"}]"#;
    let all = [
        resource("ana", busy),
        resource("ben", ""),
        resource("cy", ""),
    ]
    .join(",");
    let query = query(r#"[{"anyOf": ["ana", "ben", "cy"]}]"#, &all);
    assert_eq!(assigned(&query, "{}"), r#"[["ben"]]"#);
    let first = r#"{"policy": {"priority": {"ranks": [{"resource": "ana", "rank": 1}, {"resource": "cy", "rank": 2}]}}}"#;
    assert_eq!(assigned(&query, first), r#"[["cy"]]"#);
}

#[test]
fn least_busy_counts_the_minutes_of_claims_in_the_period() {
    let claim =
        |start: &str, end: &str| format!(r#", "claims": [{{"start": "{start}", "end": "{end}"}}]"#);
    let all = [
        resource(
            "ana",
            &claim("2026-03-02T18:00:00Z", "2026-03-02T20:00:00Z"),
        ),
        resource(
            "ben",
            &claim("2026-03-02T18:00:00Z", "2026-03-02T19:00:00Z"),
        ),
        // 02:00 in UTC is still the first of March, a Sunday, in New York.
        resource("cy", &claim("2026-03-02T02:00:00Z", "2026-03-02T04:30:00Z")),
    ];
    let query = query(r#"[{"anyOf": ["ana", "ben", "cy"]}]"#, &all.join(","));
    assert_eq!(
        assigned(&query, r#"{"policy": {"leastBusy": {"per": "day"}}}"#),
        r#"[["cy"]]"#
    );
    assert_eq!(
        assigned(&query, r#"{"policy": {"leastBusy": {"per": "week"}}}"#),
        r#"[["cy"]]"#
    );
    assert_eq!(
        assigned(&query, r#"{"policy": {"leastBusy": {"per": "year"}}}"#),
        r#"[["ben"]]"#
    );
}

#[test]
fn weights_are_integers_and_zero_is_never() {
    let rules = |seed: u64| {
        format!(
            r#"{{"policy": {{"weighted": {{"weights": [{{"resource": "ana", "weight": 0}},
                {{"resource": "ben", "weight": 3}}]}}}}, "seed": {seed}}}"#
        )
    };
    let query = team();
    let drawn: Vec<String> = (0..400)
        .map(|seed| assigned(&query, &rules(seed)))
        .collect();
    let count = |who: &str| drawn.iter().filter(|each| each.contains(who)).count();
    assert_eq!(count("ana"), 0);
    // Three to one, by a fixed sequence of seeds.
    assert!((270..330).contains(&count("ben")), "{}", count("ben"));
    assert_eq!(assigned(&query, &rules(7)), assigned(&query, &rules(7)));
    let nobody = r#"{"policy": {"weighted": {"weights": [{"resource": "ana", "weight": 0},
        {"resource": "ben", "weight": 0}, {"resource": "cy", "weight": 0}]}}}"#;
    assert_eq!(assigned(&query, nobody), "nobody-weighted");
}

#[test]
fn the_customer_choice_is_taken_or_refused() {
    let chosen = |ids: &str| format!(r#"{{"policy": {{"chosen": {{"resources": {ids}}}}}}}"#);
    assert_eq!(assigned(&team(), &chosen(r#"[["cy"]]"#)), r#"[["cy"]]"#);
    assert_eq!(
        assigned(&team(), &chosen(r#"[["dan"]]"#)),
        "chosen-not-free"
    );
    assert_eq!(
        assigned(&team(), &chosen(r#"[["ana", "ben"]]"#)),
        "chosen-not-free"
    );
    assert_eq!(assigned(&team(), &chosen("[]")), "chosen-not-free");
}

#[test]
fn the_best_candidate_must_leave_a_complete_choice() {
    // Ana would be first in the first role, but only she can fill the second.
    let all = ["ana", "ben"].map(|id| resource(id, "")).join(",");
    let query = query(r#"[{"anyOf": ["ana", "ben"]}, {"anyOf": ["ana"]}]"#, &all);
    assert_eq!(assigned(&query, "{}"), r#"[["ben"],["ana"]]"#);
}

#[test]
fn a_role_of_two_takes_two() {
    let all = ["ana", "ben", "cy"].map(|id| resource(id, "")).join(",");
    let query = query(r#"[{"anyOf": ["ana", "ben", "cy"], "count": 2}]"#, &all);
    let rules = r#"{"policy": {"priority": {"ranks": [{"resource": "cy", "rank": 0}]}}}"#;
    assert_eq!(assigned(&query, rules), r#"[["ana","cy"]]"#);
}

#[test]
fn the_fullest_session_that_fits_comes_first() {
    let session = |units: u32| {
        format!(
            r#", "claims": [{{"service": "yoga", "start": "2026-03-02T15:00:00Z",
                "end": "2026-03-02T16:00:00Z", "units": {units}, "session": true}}]"#
        )
    };
    let all = [
        resource("ana", &session(2)),
        resource("ben", &session(4)),
        resource("cy", &session(5)),
        resource("dan", ""),
    ];
    let mut query = query(
        r#"[{"anyOf": ["ana", "ben", "cy", "dan"]}]"#,
        &all.join(","),
    );
    query.service.id = Some("yoga".try_into().unwrap());
    query.service.seats = 6.try_into().unwrap();
    let at = "2026-03-02T15:00:00Z".parse().unwrap();
    for (party, who, joins) in [
        (1, "cy", true),
        (2, "ben", true),
        (4, "ana", true),
        (5, "dan", false),
    ] {
        query.party = party.try_into().unwrap();
        let assignment = assign(&query, at, &AssignRules::default()).unwrap();
        assert_eq!(
            (
                assignment.resources[0][0].as_str(),
                assignment.joins_session
            ),
            (who, joins)
        );
    }
}

#[test]
fn what_is_not_offered_is_not_assigned() {
    let night = "2026-03-02T05:00:00Z".parse().unwrap();
    let error = assign(&team(), night, &AssignRules::default()).unwrap_err();
    let AssignError::NotOffered { reasons } = error else {
        panic!("{error}")
    };
    assert_eq!(reasons.len(), 3);
}
