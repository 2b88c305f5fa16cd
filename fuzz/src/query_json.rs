//! Queries from JSON.

use quando::availability::{Availability, Query};
use quando::json;
use quando::limits::{EXPLAINED_STARTS_MAX, STARTS_MAX};

/// A text is no query, or it is one that prints, reads back, and is answered or refused.
pub fn query_json(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let _ = json::expand(text);
    let query = match json::parse_query(text) {
        Ok(query) => query,
        Err(error) => {
            assert!(error.pointer.is_empty() || error.pointer.starts_with('/'));
            assert_eq!(error.fault.code(), "malformed");
            return;
        }
    };
    let printed = serde_json::to_string(&query).unwrap();
    let again: Query = serde_json::from_str(&printed)
        .unwrap_or_else(|error| panic!("its own form is refused: {error}: {printed}"));
    assert_eq!(again, query, "{printed}");

    let availability = match Availability::new(&query) {
        Ok(availability) => availability,
        Err(error) => {
            assert!(error.pointer.is_empty() || error.pointer.starts_with('/'));
            assert!(!error.fault.code().is_empty());
            return;
        }
    };
    if let Ok(answer) = availability.slots() {
        assert!(answer.len() <= STARTS_MAX);
        assert!(
            answer
                .refused()
                .is_none_or(|refused| refused.len() <= EXPLAINED_STARTS_MAX)
        );
        let mut last = None;
        for slot in answer.slots() {
            assert!(
                last < Some(slot.start_timestamp()),
                "not in order, or twice"
            );
            last = Some(slot.start_timestamp());
        }
        for slot in answer.slots().take(3) {
            let verdict = availability.check(slot.start()).unwrap();
            assert_eq!(verdict.slot, Some(slot.to_slot()));
        }
        serde_json::to_string(&answer).unwrap();
    }
    let _ = availability.check(query.window.interval().start());
    for slot in availability.next_slots().take(2) {
        if slot.is_err() {
            break;
        }
    }
}
