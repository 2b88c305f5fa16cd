//! From JSON text to JSON text: what other languages and the command line call.
//!
//! Every function takes one JSON document and gives one back; what is wrong with the document is a
//! [`QueryError`] with an RFC 6901 pointer to the field.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::availability::{Availability, Query, QueryError, QueryFault, Slot};
use crate::recurrence::{ExpandAnswer, ExpandRequest};
use crate::time::civil::instant_from_seconds;
use crate::time::text::parse_instant;

/// Reads a query.
///
/// # Errors
///
/// [`QueryFault::Malformed`] with a pointer to the field that is missing, unknown or of another
/// form.
///
/// # Example
///
/// ```
/// let error = quando::json::parse_query(r#"{"window": {"from": "today"}}"#).unwrap_err();
/// assert_eq!(error.pointer, "/window/from");
/// assert_eq!(error.fault.code(), "malformed");
/// ```
pub fn parse_query(text: &str) -> Result<Query, QueryError> {
    parse(text)
}

/// Reads any of the JSON forms of this crate, with a pointer to what is wrong.
///
/// # Errors
///
/// As [`parse_query`].
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, QueryError> {
    // Keeping track of the path costs time, and only what is wrong has to be found.
    serde_json::from_str(text).map_err(|error| locate::<T>(text, &error))
}

/// The bookable starts of a query: [`slots`](crate::slots).
///
/// # Errors
///
/// [`QueryError`] with a pointer to what is wrong with the query.
pub fn slots(text: &str) -> Result<String, QueryError> {
    let query = parse_query(text)?;
    Ok(print(&crate::slots(&query)?))
}

/// The bookable starts of a query, and why the others are refused.
///
/// # Errors
///
/// As [`slots`].
pub fn explain(text: &str) -> Result<String, QueryError> {
    let mut query = parse_query(text)?;
    query.explain = true;
    Ok(print(&crate::slots(&query)?))
}

/// Whether a start, as an RFC 3339 instant, is offered: [`check`](crate::check).
///
/// # Errors
///
/// As [`slots`], and for a start that is no instant.
pub fn check(text: &str, start: &str) -> Result<String, QueryError> {
    let query = parse_query(text)?;
    let start = parse_instant(start).map_err(|error| {
        QueryFault::Malformed {
            message: format!("`{start}`: {error}"),
            position: None,
        }
        .at("/start")
    })?;
    Ok(print(&crate::check(&query, instant_from_seconds(start))?))
}

/// The next `count` slots from the beginning of the query's window: [`next`](crate::next).
///
/// # Errors
///
/// As [`slots`].
pub fn next(text: &str, count: usize) -> Result<String, QueryError> {
    let query = parse_query(text)?;
    let availability = Availability::new(&query)?;
    let slots = availability
        .next_slots()
        .take(count)
        .collect::<Result<Vec<Slot>, _>>()?;
    Ok(print(&NextAnswer {
        slots,
        tzdb: query.zone.version(),
    }))
}

/// The occurrences of a recurrence: [`ExpandRequest`] to [`ExpandAnswer`].
///
/// # Errors
///
/// [`QueryError`] with a pointer to what is wrong with the request.
pub fn expand(text: &str) -> Result<String, QueryError> {
    let request: ExpandRequest = parse(text)?;
    let answer: ExpandAnswer = request
        .expand()
        .map_err(|error| QueryFault::Expand(error).at("/rrule"))?;
    Ok(print(&answer))
}

#[derive(Serialize)]
struct NextAnswer<'a> {
    slots: Vec<Slot>,
    tzdb: &'a str,
}

fn print(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("answers have string keys and no failing parts")
}

/// Longest message about a text, in characters: it may quote a part of the text.
const MESSAGE_CHARS_MAX: usize = 1_000;

fn locate<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> QueryError {
    let mut reader = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Err(located) => {
            let pointer: String = located.path().iter().map(pointer_part).collect();
            malformed(located.inner()).at(pointer)
        }
        Ok(_) => malformed(error).at(""),
    }
}

fn malformed(error: &serde_json::Error) -> QueryFault {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let place = format!(" at line {line} column {column}");
    let message = text.strip_suffix(&place).unwrap_or(&text);
    QueryFault::Malformed {
        message: message.chars().take(MESSAGE_CHARS_MAX).collect(),
        position: (line > 0).then_some((line, column)),
    }
}

fn pointer_part(segment: &Segment) -> String {
    match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } | Segment::Enum { variant: key } => {
            format!("/{}", key.replace('~', "~0").replace('/', "~1"))
        }
        Segment::Unknown => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_has_a_pointer_and_a_place() {
        let check = |text: &str, pointer: &str, place: Option<(usize, usize)>| {
            let error = parse_query(text).unwrap_err();
            let QueryFault::Malformed { position, .. } = error.fault else {
                panic!("{text}: {error}")
            };
            assert_eq!(
                (error.pointer.as_str(), position),
                (pointer, place),
                "{text}"
            );
        };
        check("", "", Some((1, 0)));
        check("{", "", Some((1, 1)));
        check("[1]", "/0", Some((1, 2)));
        check("{\n \"now\": 5}", "/now", Some((2, 9)));
        check(
            r#"{"service": {"durationMinutes": 5, "a/b": 1}}"#,
            "/service/a~1b",
            Some((1, 40)),
        );
    }
}
