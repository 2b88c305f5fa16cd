//! Cursors, and that pages joined are the whole.

use std::cmp::Ordering;

use proptest::prelude::*;
use quando::search::{Candidate, Cursor, SearchError, SearchQuery, rank};
use serde_json::json;

use crate::support::{any_time, config, five, ids, query, salon};

/// All pages of a search, by turning over until there is no next one.
fn all_pages(query: &SearchQuery, candidates: &[Candidate]) -> Vec<String> {
    let mut query = query.clone();
    let mut found = Vec::new();
    loop {
        let page = rank(&query, candidates).unwrap();
        assert!(!page.hits.is_empty() || query.after.is_none());
        found.extend(page.hits.iter().map(|hit| hit.id.to_string()));
        match page.next {
            // What is handed back is a text.
            Some(next) => query.after = Some(Cursor::new(&next.to_string()).unwrap()),
            None => return found,
        }
        assert!(found.len() <= candidates.len(), "pages without end");
    }
}

#[test]
fn g4_a_cursor_belongs_to_its_search() {
    let form = json!({"origin": {"lat": 0, "lng": 0}, "sort": {"by": "distance"}, "limit": 2});
    let candidates = five();
    let mut search = query(form.clone());
    let first = rank(&search, &candidates).unwrap();
    assert_eq!(ids(&first), ["b", "d"]);
    let next = first.next.unwrap();
    search.after = Some(next.clone());
    assert_eq!(ids(&rank(&search, &candidates).unwrap()), ["a", "c"]);

    // Longer pages are pages of the same search.
    search.limit = 50.try_into().unwrap();
    assert_eq!(ids(&rank(&search, &candidates).unwrap()), ["a", "c", "e"]);
    // The candidate that it stands for may be gone meanwhile.
    let others: Vec<_> = candidates
        .iter()
        .filter(|each| each.id.as_str() != "d")
        .cloned()
        .collect();
    assert_eq!(ids(&rank(&search, &others).unwrap()), ["a", "c", "e"]);

    for patch in [
        json!({"text": "cut"}),
        json!({"origin": {"lat": 0.000_001, "lng": 0}}),
        json!({"currency": "EUR"}),
        json!({"filter": {"verified": true}}),
        json!({"sort": {"by": "distance", "order": "descending"}}),
        json!({"sort": {"by": "id"}}),
    ] {
        let mut other = form.clone();
        other
            .as_object_mut()
            .unwrap()
            .extend(patch.as_object().unwrap().clone());
        other["after"] = json!(next.to_string());
        let error = rank(&query(other), &candidates).unwrap_err();
        assert_eq!(error, SearchError::CursorOfOther, "{patch}");
        assert_eq!(
            (error.code(), error.pointer().as_str()),
            ("cursor-mismatch", "/query/after")
        );
    }
}

#[test]
fn g4_a_cursor_that_was_tampered_with_is_refused() {
    let form = json!({"currency": "EUR", "sort": {"by": "price"}, "limit": 1});
    let mut search = query(form);
    let candidates = five();
    let text = rank(&search, &candidates)
        .unwrap()
        .next
        .unwrap()
        .to_string();
    let mut refused = 0;
    for at in 0..text.len() {
        for digit in ["0", "1", "7", "f"] {
            let mut changed = text.clone();
            changed.replace_range(at..=at, digit);
            if changed == text {
                continue;
            }
            // Either the text is no cursor, or the search does not know it.
            if let Ok(cursor) = Cursor::new(&changed) {
                search.after = Some(cursor);
                assert_eq!(
                    rank(&search, &candidates),
                    Err(SearchError::CursorOfOther),
                    "{changed}"
                );
            }
            refused += 1;
        }
    }
    assert!(refused > 100, "only {refused} changes");
    // A cursor has one text: the first digit of a number, which is 0, as a capital.
    let mut in_capitals = text.clone();
    in_capitals.replace_range(6..=6, "A");
    for bad in [
        String::new(),
        "zz".to_owned(),
        text[1..].to_owned(),
        text[2..].to_owned(),
        text[..52].to_owned(),
        in_capitals,
        "é".repeat(30),
        "0".repeat(10_000),
        "01".repeat(500),
    ] {
        assert_eq!(Cursor::new(&bad), Err(SearchError::CursorForm), "{bad}");
        assert!(serde_json::from_value::<Cursor>(json!(bad)).is_err());
    }
}

/// What a candidate of the property tests is made of; small numbers, so that much is equal.
#[derive(Clone, Debug)]
struct Row {
    far: Option<u8>,
    stars: Option<(u8, u8)>,
    price: Option<i64>,
    hour: Option<u8>,
    named: u8,
    verified: bool,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let far = prop::option::weighted(0.8, 0..4_u8);
    let stars = prop::option::weighted(0.8, (0..3_u8, 1..3_u8));
    let price = prop::option::weighted(0.8, 0..4_i64);
    let hour = prop::option::weighted(0.8, 10..14_u8);
    let row = (far, stars, price, hour, 0..3_u8, any::<bool>());
    let row = row.prop_map(|(far, stars, price, hour, named, verified)| Row {
        far,
        stars,
        price,
        hour,
        named,
        verified,
    });
    prop::collection::vec(row, 0..24)
}

/// A whole word, a beginning of one, and nothing of what is searched for.
const NAMES: [&str; 3] = ["cut", "cutter", "ana"];

fn row_id(index: usize) -> String {
    // Not in the order of the numbers.
    format!("{:02}", (index * 7 + 3) % 24)
}

impl Row {
    fn candidate(&self, index: usize) -> Candidate {
        let opening = |hour: u8| json!([{"start": format!("2026-03-02T{hour}:00:00Z"), "end": "2026-03-02T20:00:00Z"}]);
        let stars = |(four, five): (u8, u8)| json!({"counts": [0, 0, 0, four, five]});
        salon(
            &row_id(index),
            &json!({
                "location": self.far.map(|far| json!({"lat": 0, "lng": 179.0 + f64::from(far) / 2.0 - f64::from(far / 3) * 360.0})),
                "ratings": self.stars.map(stars),
                "price": self.price.map(|minor| json!({"amount": format!("0.0{minor}"), "currency": "EUR"})),
                "openings": self.hour.map(opening),
                "name": NAMES[usize::from(self.named)],
                "text": "cut",
                "verified": self.verified,
            }),
        )
    }

    /// By what it is ordered, as an exact fraction and what counts among equal ones.
    fn value(&self, by: &str) -> Option<(i64, i64, i64)> {
        let whole = |number: i64| (number, 1, 0);
        match by {
            "distance" => self.far.map(|far| whole(i64::from(far))),
            "rating" => self.stars.map(|(four, five)| {
                let count = i64::from(four) + i64::from(five);
                (4 * i64::from(four) + 5 * i64::from(five), count, count)
            }),
            "price" => self.price.map(whole),
            "earliest" => self.hour.map(|hour| whole(i64::from(hour))),
            "relevance" => Some(whole(i64::from([4, 3, 2][usize::from(self.named)]))),
            _ => None,
        }
    }
}

/// Who is found, by comparing everybody with everybody.
fn naively(rows: &[Row], by: &str, descending: bool, verified: bool) -> Vec<String> {
    let has_time = |row: &Row| by != "earliest" || row.hour.is_some();
    let fits = |row: &Row| (row.verified || !verified) && has_time(row);
    let found: Vec<(String, &Row)> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| fits(row))
        .map(|(index, row)| (row_id(index), row))
        .collect();
    let is_before = |a: &(String, &Row), b: &(String, &Row)| match (a.1.value(by), b.1.value(by)) {
        (Some(_), None) => true,
        (None, Some(_)) => false,
        (None, None) if by == "id" && descending => a.0 > b.0,
        (None, None) => a.0 < b.0,
        (Some((an, ad, am)), Some((bn, bd, bm))) => {
            match (an * bd).cmp(&(bn * ad)).then(am.cmp(&bm)) {
                Ordering::Equal => a.0 < b.0,
                Ordering::Less => !descending,
                Ordering::Greater => descending,
            }
        }
    };
    let mut placed: Vec<String> = vec![String::new(); found.len()];
    for own in &found {
        let place = found.iter().filter(|other| is_before(other, own)).count();
        assert!(placed[place].is_empty(), "two at one place");
        placed[place].clone_from(&own.0);
    }
    placed
}

proptest! {
    #![proptest_config(config(3_000))]

    #[test]
    fn pages_joined_are_the_naive_order_whatever_the_order_of_the_candidates(
        rows in rows(),
        by in prop::sample::select(vec!["id", "distance", "rating", "price", "earliest", "relevance"]),
        descending in any::<bool>(),
        verified in any::<bool>(),
        limit in 1..6_usize,
        shuffle in any::<prop::sample::Index>(),
    ) {
        let order = if descending { "descending" } else { "ascending" };
        let mut form = json!({
            "origin": {"lat": 0, "lng": 179}, "currency": "EUR", "text": "CUT",
            "filter": {"verified": verified},
            "sort": {"by": by, "order": order},
            "limit": 1_000,
        });
        if by == "earliest" {
            form["filter"]["available"] = any_time();
        }
        let mut candidates: Vec<Candidate> = rows
            .iter()
            .enumerate()
            .map(|(index, row)| row.candidate(index))
            .collect();
        let mut search = query(form);
        let expected = naively(&rows, by, descending, verified);
        let whole = rank(&search, &candidates).unwrap();
        prop_assert_eq!(ids(&whole), expected.clone());
        prop_assert_eq!(&whole.next, &None);

        if !candidates.is_empty() {
            let middle = shuffle.index(candidates.len());
            candidates.rotate_left(middle);
            candidates[..=middle].reverse();
        }
        prop_assert_eq!(&rank(&search, &candidates).unwrap(), &whole);
        search.limit = limit.try_into().unwrap();
        prop_assert_eq!(all_pages(&search, &candidates), expected);
    }
}
