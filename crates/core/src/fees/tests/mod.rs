//! What is contradictory, what just is not, and the edges of prices and refunds. The sums
//! themselves are in the conformance vectors, and their laws in the property tests.

mod policies;
mod quotes;
mod refunds;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::money::{Currency, Money};

fn usd(text: &str) -> Money {
    Money::parse(text, Currency::new("USD").unwrap()).unwrap()
}

fn dollars(text: &str) -> Value {
    json!({"amount": text, "currency": "USD"})
}

fn euros(text: &str) -> Value {
    json!({"amount": text, "currency": "EUR"})
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}
