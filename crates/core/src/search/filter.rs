//! Whether a candidate fits, and what it is ordered by.

use super::order::{Key, SortBy, Value};
use super::point::whole_meters;
use super::query::{Available, Filter, PriceRange, SearchQuery};
use super::{Candidate, Point};
use crate::time::Interval;

/// A candidate that fits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'a> {
    pub(super) candidate: &'a Candidate,
    /// Whole metres from the origin, when both places are known.
    pub(super) distance: Option<u32>,
    /// Seconds since 1970 of the earliest start, when one is asked for.
    pub(super) start: Option<i64>,
    pub(super) key: Key<'a>,
}

impl<'a> Found<'a> {
    /// The candidate, unless a filter leaves it out. What is cheap is asked first.
    pub(super) fn of(query: &SearchQuery, candidate: &'a Candidate) -> Option<Found<'a>> {
        let filter = &query.filter;
        if !has_tags(filter, candidate) || !is_rated(filter, candidate) {
            return None;
        }
        let price = candidate.price;
        let price = price.filter(|price| Some(price.currency()) == query.price_currency());
        let affordable = |range: PriceRange| price.is_some_and(|price| range.contains(price));
        if !filter.price.is_none_or(affordable) {
            return None;
        }
        let distance = distance(query.origin, candidate);
        let within = |radius| distance.is_some_and(|meters| meters <= radius);
        if !filter.radius_meters.is_none_or(within) || !is_in_place(filter, candidate) {
            return None;
        }
        let start = match &filter.available {
            Some(available) => Some(earliest(available, candidate)?),
            None => None,
        };
        let score = match &query.text {
            Some(text) => Some(text.score(&candidate.name, &candidate.text)?),
            None => None,
        };
        let value = match query.sort.by {
            SortBy::Id => None,
            SortBy::Distance => distance.map(Value::Distance),
            SortBy::Rating => candidate.ratings.mean().map(Value::Rating),
            SortBy::Price => price.map(|price| Value::Price(price.minor())),
            SortBy::Earliest => start.map(Value::Earliest),
            SortBy::Relevance => score.map(Value::Relevance),
        };
        let key = Key {
            value,
            id: candidate.id.as_str(),
        };
        Some(Found {
            candidate,
            distance,
            start,
            key,
        })
    }
}

fn has_tags(filter: &Filter, candidate: &Candidate) -> bool {
    let (categories, languages) = (&filter.categories, &filter.languages);
    let category = categories.is_empty()
        || categories
            .iter()
            .any(|each| candidate.categories.contains(each));
    let language = languages.is_empty()
        || languages
            .iter()
            .any(|each| candidate.languages.iter().any(|own| each.covers(own)));
    let attributes = filter
        .attributes
        .iter()
        .all(|each| candidate.attributes.contains(each));
    category && language && attributes && (candidate.verified || !filter.verified)
}

fn is_rated(filter: &Filter, candidate: &Candidate) -> bool {
    let mean = candidate.ratings.mean();
    filter
        .rating_at_least
        .is_none_or(|floor| mean.is_some_and(|mean| floor.is_met_by(mean)))
}

fn is_in_place(filter: &Filter, candidate: &Candidate) -> bool {
    let inside = filter.inside.is_none_or(|bounds| {
        candidate
            .location
            .is_some_and(|place| bounds.contains(place))
    });
    let serves = filter.serves.is_none_or(|place| {
        candidate
            .service_area
            .as_ref()
            .is_some_and(|area| area.contains(place))
    });
    inside && serves
}

fn distance(origin: Option<Point>, candidate: &Candidate) -> Option<u32> {
    Some(whole_meters(origin?, candidate.location?))
}

/// The earliest start of a booking in the window that an opening has room for.
fn earliest(available: &Available, candidate: &Candidate) -> Option<i64> {
    let window = available.window.interval();
    let fits = candidate
        .openings
        .iter()
        .filter(|opening| opening.seats >= available.party)
        .map(|opening| opening.interval)
        .filter_map(|free: Interval| {
            let start = free.start_timestamp().max(window.start_timestamp());
            let end = start + available.duration_minutes.seconds();
            let fits = start < window.end_timestamp() && end <= free.end_timestamp();
            fits.then_some(start)
        });
    fits.min()
}
