use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::filter::Found;
use super::{Candidate, Cursor, PriceRange, SearchError, SearchQuery, SortBy};
use crate::id::ProviderId;
use crate::limits::{
    FILTER_VALUES_MAX, PAGE_HITS_MAX, SEARCH_BYTES_MAX, SEARCH_CANDIDATES_MAX, SEARCH_PARTS_MAX,
};
use crate::money::Money;
use crate::time::Minutes;
use crate::time::civil::instant_from_seconds;
use crate::time::text::serde_form;

/// One page of the found. JSON form: `{"hits":[…],"next":"…"}`, without `next` on the last page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Page {
    /// The found, in order.
    pub hits: Vec<Hit>,
    /// Where to go on; nothing when there is no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

/// A candidate that was found. JSON form: `{"id":"ana","distanceMeters":1112,"start":"…Z"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hit {
    /// Who.
    pub id: ProviderId,
    /// How far from the query's origin, when both places are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_meters: Option<u32>,
    /// The earliest start that the openings have room for, when time is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "start_form")]
    pub start: Option<DateTime<Utc>>,
}

/// The candidates that fit, in order, one page of them.
///
/// # Errors
///
/// [`SearchError`] when the order or a filter needs what the query does not have, when the
/// query and its range of prices have two currencies, when a candidate's price is negative or two
/// have the same id, when the cursor belongs to another search, or over a limit.
pub fn rank(query: &SearchQuery, candidates: &[Candidate]) -> Result<Page, SearchError> {
    check_query(query)?;
    check_candidates(candidates)?;
    let after = query.after.as_ref();
    let after = after.map(|cursor| cursor.key(query)).transpose()?;
    let sort = query.sort;
    let mut found: Vec<Found<'_>> = candidates
        .iter()
        .filter_map(|candidate| Found::of(query, candidate))
        .filter(|found| after.is_none_or(|after| found.key.compare(&after, sort).is_gt()))
        .collect();
    let limit = query.limit.get();
    let has_more = found.len() > limit;
    if has_more {
        // Only the page is sorted: the rest may be much longer.
        found.select_nth_unstable_by(limit, |a, b| a.key.compare(&b.key, sort));
        found.truncate(limit);
    }
    found.sort_unstable_by(|a, b| a.key.compare(&b.key, sort));
    let last = found.last().filter(|_| has_more);
    Ok(Page {
        next: last.map(|last| Cursor::after(&last.key, query)),
        hits: found.iter().map(hit).collect(),
    })
}

fn hit(found: &Found<'_>) -> Hit {
    Hit {
        id: found.candidate.id.clone(),
        distance_meters: found.distance,
        start: found.start.map(instant_from_seconds),
    }
}

fn check_query(query: &SearchQuery) -> Result<(), SearchError> {
    let filter = &query.filter;
    let by = query.sort.by;
    if query.origin.is_none() {
        for (needs, pointer) in [
            (by == SortBy::Distance, "/query/sort"),
            (filter.radius_meters.is_some(), "/query/filter/radiusMeters"),
        ] {
            if needs {
                return Err(SearchError::NoOrigin { pointer });
            }
        }
    }
    match (query.currency, filter.price.map(PriceRange::currency)) {
        (None, None) if by == SortBy::Price => return Err(SearchError::NoCurrency),
        (Some(currency), Some(range)) if currency != range => {
            return Err(SearchError::CurrencyDiffers { currency, range });
        }
        _ => {}
    }
    if by == SortBy::Relevance && query.text.is_none() {
        return Err(SearchError::NoText);
    }
    match &filter.available {
        None if by == SortBy::Earliest => return Err(SearchError::NoWindow),
        Some(available) if available.duration_minutes == Minutes::ZERO => {
            return Err(SearchError::NoDuration);
        }
        _ => {}
    }
    for (count, pointer) in [
        (filter.categories.len(), "/query/filter/categories"),
        (filter.languages.len(), "/query/filter/languages"),
        (filter.attributes.len(), "/query/filter/attributes"),
    ] {
        within(count, FILTER_VALUES_MAX, "FILTER_VALUES_MAX", pointer)?;
    }
    within(
        query.limit.get(),
        PAGE_HITS_MAX,
        "PAGE_HITS_MAX",
        "/query/limit",
    )
}

fn check_candidates(candidates: &[Candidate]) -> Result<(), SearchError> {
    let at = "/candidates";
    let count = candidates.len();
    within(count, SEARCH_CANDIDATES_MAX, "SEARCH_CANDIDATES_MAX", at)?;
    let parts = candidates.iter().map(|each| {
        let corners = each.service_area.as_ref().map_or(0, |area| area.corners());
        let tags = each.categories.len() + each.languages.len() + each.attributes.len();
        corners + tags + each.openings.len()
    });
    within(parts.sum(), SEARCH_PARTS_MAX, "SEARCH_PARTS_MAX", at)?;
    let bytes = candidates
        .iter()
        .map(|each| each.name.len() + each.text.len());
    within(bytes.sum(), SEARCH_BYTES_MAX, "SEARCH_BYTES_MAX", at)?;
    let is_negative = |each: &Candidate| each.price.is_some_and(Money::is_negative);
    if let Some(index) = candidates.iter().position(is_negative) {
        return Err(SearchError::PriceNegative { index });
    }
    check_ids(candidates)
}

fn check_ids(candidates: &[Candidate]) -> Result<(), SearchError> {
    let mut ids: Vec<(&str, usize)> = candidates
        .iter()
        .enumerate()
        .map(|(index, each)| (each.id.as_str(), index))
        .collect();
    ids.sort_unstable();
    match ids.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(SearchError::Duplicate {
            id: pair[1].0.to_owned(),
            index: pair[1].1,
        }),
        None => Ok(()),
    }
}

fn within(
    count: usize,
    max: usize,
    limit: &'static str,
    pointer: &'static str,
) -> Result<(), SearchError> {
    if count <= max {
        return Ok(());
    }
    Err(SearchError::OverLimit {
        what: pointer.rsplit('/').next().unwrap_or(pointer),
        limit,
        max,
        pointer,
    })
}

/// An instant that may be missing.
mod start_form {
    use super::*;
    use serde::{Deserializer, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Text(#[serde(with = "serde_form::instant")] DateTime<Utc>);

    pub(super) fn serialize<S: Serializer>(
        start: &Option<DateTime<Utc>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        start.map(Text).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        Ok(Option::<Text>::deserialize(deserializer)?.map(|text| text.0))
    }
}
