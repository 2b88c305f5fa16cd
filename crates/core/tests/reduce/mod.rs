//! Asks a law of many questions, and makes a question that breaks it small.

use quando::availability::Query;
use serde_json::Value;

use crate::generate::{Family, Random, query};

/// What a law may say: nothing, or what breaks it.
pub(crate) type Outcome = Result<(), String>;

/// Checks a law on the first so many questions of each family.
///
/// The law is also given choices of its own, the same ones whenever it is asked again.
pub(crate) fn for_all(
    families: &[Family],
    cases: u64,
    law: impl Fn(&Query, &mut Random) -> Outcome,
) {
    for seed in 0..cases {
        for family in families {
            let asked = query(*family, seed);
            let holds = |query: &Query| law(query, &mut Random::new(seed + 1));
            let Err(first) = holds(&asked) else { continue };
            // What is left out must not turn one failure into another.
            let kind = |found: &str| found.lines().next().unwrap_or_default().to_owned();
            let fails = |query: &Query| holds(query).is_err_and(|it| kind(&it) == kind(&first));
            let small = reduced(&asked, &fails);
            let found = holds(&small).err().unwrap_or(first);
            let json = serde_json::to_string(&small).expect("JSON");
            panic!("{family:?} {seed}: {found}\n{json}");
        }
    }
}

/// Leaves out whatever can be left out of a question that fails.
fn reduced(query: &Query, fails: &impl Fn(&Query) -> bool) -> Query {
    let mut best = query.clone();
    let mut json = serde_json::to_value(&best).expect("JSON");
    loop {
        let smaller = without_one(&json).into_iter().find_map(|value| {
            let query: Query = serde_json::from_value(value.clone()).ok()?;
            (quando::slots(&query).is_ok() && fails(&query)).then_some((value, query))
        });
        let Some((value, query)) = smaller else {
            return best;
        };
        (json, best) = (value, query);
    }
}

/// Every form of a value with one field or one entry less, the largest ones left out first.
fn without_one(value: &Value) -> Vec<Value> {
    let mut smaller = Vec::new();
    match value {
        Value::Array(list) => {
            for place in 0..list.len() {
                let mut fewer = list.clone();
                fewer.remove(place);
                smaller.push(Value::Array(fewer));
            }
            for (place, entry) in list.iter().enumerate() {
                for entry in without_one(entry) {
                    let mut other = list.clone();
                    other[place] = entry;
                    smaller.push(Value::Array(other));
                }
            }
        }
        Value::Object(fields) => {
            for name in fields.keys() {
                let mut fewer = fields.clone();
                fewer.remove(name);
                smaller.push(Value::Object(fewer));
            }
            for (name, field) in fields {
                for field in without_one(field) {
                    let mut other = fields.clone();
                    other.insert(name.clone(), field);
                    smaller.push(Value::Object(other));
                }
            }
        }
        _ => {}
    }
    smaller
}

/// Replaces the texts of a value for which there is another.
pub(crate) fn rewrite(value: &mut Value, other: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => *text = other(text).unwrap_or_else(|| std::mem::take(text)),
        Value::Array(list) => list.iter_mut().for_each(|each| rewrite(each, other)),
        Value::Object(fields) => fields.values_mut().for_each(|each| rewrite(each, other)),
        _ => {}
    }
}
