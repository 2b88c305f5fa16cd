//! The parameters of a search, as a query of the core.

use std::num::{NonZeroU32, NonZeroUsize};

use quando::money::Currency;
use quando::search::{
    Available, Cursor, LanguageTag, Order, Point, RatingFloor, SearchError, SearchQuery,
    SearchText, Sort, SortBy, Tag,
};
use quando::time::{Minutes, TimeTextError, Window, parse_instant};
use quando_engine::Error;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::{Fault, Problem};

/// Most hits of all pages up to the one that is asked for by number; a cursor goes on from there.
const NUMBERED_MAX: usize = 1_000;
/// Most hits of a page.
const LIMIT_MAX: usize = 100;

/// What is searched for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchParameters {
    /// The number of the page, from 1 on; `cursor` goes deeper.
    page: Option<usize>,
    /// Hits of a page, 20 unless said otherwise, at most 100.
    limit: Option<usize>,
    /// `rating`, `distance`, `price`, `earliest`, `relevance` or `id`, and `:asc` or `:desc`.
    sort: Option<String>,
    /// `category:plumber`, also `language:`, `attribute:`, `rating:4.5` and `verified:true`,
    /// separated by commas.
    filter: Option<String>,
    /// Words of names and descriptions.
    q: Option<String>,
    /// `lat,lng`: where distances are measured from.
    near: Option<String>,
    /// At most so far away from `near`.
    radius_km: Option<f64>,
    /// Only who has time from this instant on; with `availableTo` and `duration`.
    available_from: Option<String>,
    /// The end of that time.
    available_to: Option<String>,
    /// How long it is wanted, in minutes.
    duration: Option<u32>,
    /// For how many.
    #[param(value_type = Option<u32>, minimum = 1)]
    party: Option<NonZeroU32>,
    /// The currency that prices are compared in.
    currency: Option<String>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl SearchParameters {
    /// Which page, counted from 0.
    pub(super) fn pages_before(&self) -> Result<usize, Problem> {
        let page = self.page.unwrap_or(1);
        let limit = self.limit.unwrap_or(20);
        if page == 0 {
            return Err(wrong("`page` counts from 1"));
        }
        if page > 1 && self.cursor.is_some() {
            return Err(out_of_range("`page` and `cursor` do not go together"));
        }
        if page.saturating_mul(limit) > NUMBERED_MAX {
            return Err(out_of_range("so many pages are reached by `cursor` alone"));
        }
        Ok(page - 1)
    }

    pub(super) fn query(&self) -> Result<SearchQuery, Problem> {
        let mut query = SearchQuery::default();
        if let Some(limit) = self.limit {
            let fits = NonZeroUsize::new(limit).filter(|limit| limit.get() <= LIMIT_MAX);
            query.limit = fits.ok_or_else(|| wrong("`limit` is 1 to 100"))?;
        }
        query.text = self
            .q
            .as_deref()
            .map(SearchText::new)
            .transpose()
            .map_err(search)?;
        query.origin = self.near.as_deref().map(point).transpose()?;
        query.after = self
            .cursor
            .as_deref()
            .map(Cursor::new)
            .transpose()
            .map_err(search)?;
        if let Some(currency) = &self.currency {
            let read = serde_json::from_value::<Currency>(currency.as_str().into());
            let unknown = |_| out_of_range("`currency` is a code of ISO 4217");
            query.currency = Some(read.map_err(unknown)?);
        }
        self.filter(&mut query)?;
        query.filter.available = self.available()?;
        query.sort = match &self.sort {
            Some(text) => sort(text)?,
            None => Sort {
                by: match (&query.text, query.origin) {
                    (Some(_), _) => SortBy::Relevance,
                    (None, Some(_)) => SortBy::Distance,
                    (None, None) => SortBy::Rating,
                },
                order: None,
            },
        };
        Ok(query)
    }

    fn filter(&self, query: &mut SearchQuery) -> Result<(), Problem> {
        query.filter.radius_meters = self.radius_km.map(meters).transpose()?;
        let text = self.filter.as_deref().unwrap_or("");
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (name, value) = part
                .split_once(':')
                .ok_or_else(|| wrong("`filter` is `name:value`, separated by commas"))?;
            let filter = &mut query.filter;
            match name {
                "category" => filter.categories.push(Tag::new(value).map_err(search)?),
                "attribute" => filter.attributes.push(Tag::new(value).map_err(search)?),
                "language" => filter
                    .languages
                    .push(LanguageTag::new(value).map_err(search)?),
                "rating" => {
                    filter.rating_at_least = Some(RatingFloor::new(value).map_err(search)?);
                }
                "verified" => {
                    filter.verified = value
                        .parse()
                        .map_err(|_| wrong("`verified` is `true` or `false`"))?;
                }
                _ => return Err(wrong("`filter` has no such name")),
            }
        }
        Ok(())
    }

    fn available(&self) -> Result<Option<Available>, Problem> {
        let (from, to, duration) = match (&self.available_from, &self.available_to, self.duration) {
            (None, None, None) => return Ok(None),
            (Some(from), Some(to), Some(duration)) => (from, to, duration),
            _ => {
                return Err(out_of_range(
                    "`availableFrom`, `availableTo` and `duration` go together",
                ));
            }
        };
        let minutes = Minutes::new(duration).map_err(|error| wrong(&error.to_string()))?;
        Ok(Some(Available {
            window: window(from, to)?,
            duration_minutes: minutes,
            party: self.party.unwrap_or(NonZeroU32::MIN),
        }))
    }
}

/// A window of two RFC 3339 instants.
pub(super) fn window(from: &str, to: &str) -> Result<Window, Problem> {
    let (from, to) = (instant("from", from)?, instant("to", to)?);
    Window::new(from, to).map_err(|error| out_of_range(&error.to_string()))
}

/// An RFC 3339 instant of the query string.
pub(super) fn instant(name: &str, text: &str) -> Result<chrono::DateTime<chrono::Utc>, Problem> {
    parse_instant(text).map_err(|error| {
        let message = format!("`{name}`: {error}");
        match error {
            TimeTextError::Form { .. } | TimeTextError::Fraction => wrong(&message),
            _ => out_of_range(&message),
        }
    })
}

/// That a parameter is not as it should be.
pub(super) fn wrong(message: &str) -> Problem {
    Fault::Parameter(message.to_owned()).into()
}

/// That parameters contradict each other, or ask for too much at once.
pub(super) fn out_of_range(message: &str) -> Problem {
    Fault::ParameterRange(message.to_owned()).into()
}

fn search(error: SearchError) -> Problem {
    Error::from(error).into()
}

fn point(text: &str) -> Result<Point, Problem> {
    // Plain decimals: no exponents, and no words such as `nan`.
    let plain = |text: &&str| text.bytes().all(|byte| b"-.0123456789".contains(&byte));
    let read = |text: &str| Some(text).filter(plain)?.parse::<f64>().ok();
    let pair = text.split_once(',');
    let pair = pair.and_then(|(lat, lng)| read(lat).zip(read(lng)));
    let (lat, lng) = pair.ok_or_else(|| wrong("`near` is `lat,lng` in degrees"))?;
    Point::new(lat, lng).map_err(search)
}

fn meters(kilometers: f64) -> Result<u32, Problem> {
    // Half of the globe's circumference, beyond which nothing is.
    const FARTHEST: f64 = 20_100.0;
    if !(0.0..=FARTHEST).contains(&kilometers) {
        return Err(wrong("`radiusKm` is 0 to 20100"));
    }
    let meters = format!("{:.0}", kilometers * 1_000.0);
    Ok(meters.parse().expect("a small whole number"))
}

fn sort(text: &str) -> Result<Sort, Problem> {
    let (name, order) = match text.split_once(':') {
        Some((name, order)) => (name, Some(order)),
        None => (text, None),
    };
    let by = match name {
        "id" => SortBy::Id,
        "distance" => SortBy::Distance,
        "rating" => SortBy::Rating,
        "price" => SortBy::Price,
        "earliest" => SortBy::Earliest,
        "relevance" => SortBy::Relevance,
        _ => return Err(wrong("`sort` has no such name")),
    };
    let order = match order {
        None => None,
        Some("asc") => Some(Order::Ascending),
        Some("desc") => Some(Order::Descending),
        Some(_) => return Err(wrong("`sort` ends with `:asc` or `:desc`")),
    };
    Ok(Sort { by, order })
}
