//! Values of arguments, read by the constructors of their types.

use std::fmt::Display;

use quando::booking::{Actor, Status};
use quando::money::{Currency, Money};
use quando::review::{Rating, ReviewText};
use quando::search::Point;
use quando::time::Minutes;
use quando_engine::record::RecordError;

use crate::input::{Problem, Source};
use crate::output::Failure;

/// Reads a value that is made of a text.
pub(crate) fn value<T>(text: &str) -> Result<T, String>
where
    T: TryFrom<String>,
    T::Error: Display,
{
    T::try_from(text.to_owned()).map_err(|error| error.to_string())
}

/// Reads `40.00 EUR`.
pub(crate) fn money(text: &str) -> Result<Money, String> {
    let expected = || "expected an amount and a currency, such as \"40.00 EUR\"".to_owned();
    let (amount, currency) = text.trim().split_once(' ').ok_or_else(expected)?;
    let currency = Currency::new(currency.trim()).map_err(|error| error.to_string())?;
    Money::parse(amount, currency).map_err(|error| error.to_string())
}

pub(crate) fn minutes(text: &str) -> Result<Minutes, String> {
    let count: u32 = text.parse().map_err(|_| "expected whole minutes")?;
    Minutes::new(count).map_err(|error| error.to_string())
}

/// Reads `52.52,13.40`.
pub(crate) fn point(text: &str) -> Result<Point, String> {
    let expected = || "expected latitude and longitude, such as 52.52,13.40".to_owned();
    let (lat, lng) = text.split_once(',').ok_or_else(expected)?;
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| expected());
    Point::new(number(lat)?, number(lng)?).map_err(|error| error.to_string())
}

/// Reads the name that a status has in JSON.
pub(crate) fn status(text: &str) -> Result<Status, String> {
    let known = Status::ALL.iter().find(|status| status.name() == text);
    known.copied().ok_or_else(|| {
        let names: Vec<&str> = Status::ALL.iter().map(|status| status.name()).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// Reads whose no-show it is.
pub(crate) fn whose(text: &str) -> Result<Actor, String> {
    match text {
        "customer" => Ok(Actor::Customer),
        "provider" => Ok(Actor::Provider),
        _ => Err("expected customer or provider".to_owned()),
    }
}

pub(crate) fn rating(text: &str) -> Result<Rating, String> {
    let number: u8 = text.parse().map_err(|_| "expected 1 to 5")?;
    Rating::new(number).map_err(|error| error.to_string())
}

pub(crate) fn review(text: &str) -> Result<ReviewText, String> {
    ReviewText::new(text).map_err(|error| error.to_string())
}

/// Reads resources by role: `ana` or `ana,ben/room1`, a slash between roles.
pub(crate) fn roles(text: &str) -> Result<Roles, String> {
    let role = |part: &str| part.split(',').map(|id| value(id.trim())).collect();
    text.split('/')
        .map(role)
        .collect::<Result<_, _>>()
        .map(Roles)
}

/// Resources by role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Roles(pub(crate) Vec<Vec<quando::id::ResourceId>>);

/// That a document is of what the command line names.
pub(crate) fn same_id(source: &Source, found: &str, expected: &str) -> Result<(), Failure> {
    if found == expected {
        return Ok(());
    }
    let error = RecordError::OtherId {
        expected: expected.into(),
        found: found.into(),
    };
    let problem = Problem::new(error.code(), error.to_string()).at("/id");
    Err(source.refused(problem, ""))
}
