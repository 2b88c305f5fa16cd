use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};

use serde::{Deserialize, Serialize};

use super::{
    BoundingBox, Candidate, Cursor, LanguageTag, Page, Point, SearchError, SearchText, Sort, Tag,
    rank,
};
use crate::money::{Currency, Money};
use crate::review::RatingMean;
use crate::time::{Minutes, Window};

/// What is searched for. The JSON form has these fields in camelCase; none is required.
///
/// # Example
///
/// ```
/// use quando::search::{Candidate, SearchQuery, rank};
///
/// let query: SearchQuery = serde_json::from_str(r#"{
///   "origin": {"lat": 52.52, "lng": 13.405},
///   "filter": {"radiusMeters": 10000, "categories": ["hair"]},
///   "sort": {"by": "distance"}}"#)?;
/// let candidates: Vec<Candidate> = serde_json::from_str(r#"[
///   {"id": "ana", "location": {"lat": 52.53, "lng": 13.405}, "categories": ["hair"]},
///   {"id": "ben", "location": {"lat": 52.521, "lng": 13.405}, "categories": ["hair", "nails"]},
///   {"id": "cem", "location": {"lat": 48.8566, "lng": 2.3522}, "categories": ["hair"]}]"#)?;
/// let page = rank(&query, &candidates)?;
/// let found: Vec<_> = page.hits.iter().map(|hit| (hit.id.as_str(), hit.distance_meters)).collect();
/// assert_eq!(found, [("ben", Some(111)), ("ana", Some(1_112))]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SearchQuery {
    /// Words that have to be in a name or a text, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<SearchText>,
    /// Where distances are measured from: where the customer is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Point>,
    /// The currency that prices are compared in; a range of prices brings its own, and then this may
    /// be left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// What the found have to be.
    #[serde(skip_serializing_if = "is_default")]
    pub filter: Filter,
    /// The order of the found; by id unless said otherwise.
    #[serde(skip_serializing_if = "is_default")]
    pub sort: Sort,
    /// How many hits a page has at most; 20 unless said otherwise.
    pub limit: NonZeroUsize,
    /// Where the page before ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
}

impl Default for SearchQuery {
    fn default() -> SearchQuery {
        SearchQuery {
            text: None,
            origin: None,
            currency: None,
            filter: Filter::default(),
            sort: Sort::default(),
            limit: NonZeroUsize::new(20).expect("20 is not zero"),
            after: None,
        }
    }
}

impl SearchQuery {
    /// The currency that prices are compared in: the stated one, or that of the range of prices.
    pub(super) fn price_currency(&self) -> Option<Currency> {
        let ranged = self.filter.price.map(PriceRange::currency);
        self.currency.or(ranged)
    }
}

/// What the found have to be; everything that is set has to hold. An empty list asks for nothing.
///
/// Who lacks what is asked for (no place, no price, no rating) is not found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Filter {
    /// At most so many whole metres from the query's origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radius_meters: Option<u32>,
    /// On this part of the map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inside: Option<BoundingBox>,
    /// Comes to this place: it is in the service area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serves: Option<Point>,
    /// Has one of these categories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Tag>,
    /// Speaks one of these languages; `en` finds `en-GB`, and not the other way round.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<LanguageTag>,
    /// Has all of these attributes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Tag>,
    /// Has a price in this range, in its currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceRange>,
    /// Is rated so well, or better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating_at_least: Option<RatingFloor>,
    /// Is verified.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
    /// Has time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<Available>,
}

/// When, how long and for how many time is wanted. JSON form:
/// `{"window":{"from","to"},"durationMinutes":60,"party":2}`.
///
/// An opening fits when the booking can start in the window, `from` included and `to` not, last its
/// duration within the opening, which may lie beyond the window, and the opening has the seats. The
/// earliest such start does not know the grid of the service, its notice or its limits: the engine
/// confirms it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Available {
    /// When it may start.
    pub window: Window,
    /// How long it lasts, at least a minute.
    pub duration_minutes: Minutes,
    /// For how many; 1 unless said otherwise.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub party: NonZeroU32,
}

/// Prices of one currency, both ends included. JSON form:
/// `{"from":{"amount":"10.00","currency":"EUR"},"through":{"amount":"50.00","currency":"EUR"}}`, one
/// of the two at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "PriceRangeFields")]
pub struct PriceRange {
    // INVARIANT: one end at least, not negative, of one currency, the lower first.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    through: Option<Money>,
}

/// The least mean of ratings, from 1 to 5 with at most two digits after the point. JSON form: a
/// string such as `"4.5"`.
///
/// It is compared with the exact mean: 4.496 is less than 4.5, though it prints as `4.50`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RatingFloor {
    hundredths: u16,
}

/// A search and all that it may find, for hosts in other languages. JSON form:
/// `{"query":{…},"candidates":[…]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// What is searched for.
    pub query: SearchQuery,
    /// Who may be found.
    pub candidates: Vec<Candidate>,
}

impl SearchRequest {
    /// The page that is asked for.
    ///
    /// # Errors
    ///
    /// As [`rank`].
    pub fn rank(&self) -> Result<Page, SearchError> {
        rank(&self.query, &self.candidates)
    }
}

impl PriceRange {
    /// A range of prices, both ends included.
    ///
    /// # Errors
    ///
    /// - [`SearchError::PriceRange`] without any end, and when the first is above the last;
    /// - [`SearchError::PriceRangeCurrencies`] when the ends are of two currencies;
    /// - [`SearchError::PriceRangeNegative`] when an end is below zero.
    pub fn new(from: Option<Money>, through: Option<Money>) -> Result<PriceRange, SearchError> {
        if from.is_none() && through.is_none() {
            return Err(SearchError::PriceRange);
        }
        if from.into_iter().chain(through).any(Money::is_negative) {
            return Err(SearchError::PriceRangeNegative);
        }
        if let (Some(from), Some(through)) = (from, through) {
            let order = from.checked_cmp(through);
            if order
                .map_err(|_| SearchError::PriceRangeCurrencies)?
                .is_gt()
            {
                return Err(SearchError::PriceRange);
            }
        }
        Ok(PriceRange { from, through })
    }

    /// The currency of its ends.
    pub fn currency(self) -> Currency {
        let end = self.from.or(self.through);
        end.expect("a range has one end at least").currency()
    }

    /// Whether a price is in the range; another currency's is not.
    ///
    /// # Example
    ///
    /// ```
    /// use quando::money::{Currency, Money};
    /// use quando::search::PriceRange;
    ///
    /// let euros = |text| Money::parse(text, Currency::new("EUR")?);
    /// let range = PriceRange::new(None, Some(euros("50.00")?))?;
    /// assert!(range.contains(euros("50.00")?));
    /// assert!(!range.contains(euros("50.01")?));
    /// assert!(!range.contains(Money::parse("20.00", Currency::new("USD")?)?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn contains(self, price: Money) -> bool {
        price.currency() == self.currency()
            && self.from.is_none_or(|from| from.minor() <= price.minor())
            && self
                .through
                .is_none_or(|through| price.minor() <= through.minor())
    }
}

impl RatingFloor {
    /// Reads a number such as `4`, `4.5` or `4.25`.
    ///
    /// # Errors
    ///
    /// [`SearchError::Form`] for another form, and outside 1 to 5.
    pub fn new(text: &str) -> Result<RatingFloor, SearchError> {
        let (whole, digits) = text.split_once('.').unwrap_or((text, "0"));
        let number = |text: &str| match text.as_bytes() {
            [digit @ b'0'..=b'9'] => Some(u16::from(digit - b'0') * 10),
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
                Some(u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
            }
            _ => None,
        };
        let hundredths = match whole.as_bytes() {
            [digit @ b'1'..=b'5'] => {
                number(digits).map(|rest| u16::from(digit - b'0') * 100 + rest)
            }
            _ => None,
        };
        match hundredths {
            Some(hundredths @ 100..=500) => Ok(RatingFloor { hundredths }),
            _ => Err(SearchError::RATING),
        }
    }

    /// Whether a mean is at least this.
    pub fn is_met_by(self, mean: RatingMean) -> bool {
        u128::from(mean.sum()) * 100 >= u128::from(self.hundredths) * u128::from(mean.count())
    }
}

impl fmt::Display for RatingFloor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.hundredths / 100, self.hundredths % 100)
    }
}

impl fmt::Debug for RatingFloor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RatingFloor({self})")
    }
}

impl TryFrom<String> for RatingFloor {
    type Error = SearchError;

    fn try_from(text: String) -> Result<RatingFloor, SearchError> {
        RatingFloor::new(&text)
    }
}

impl From<RatingFloor> for String {
    fn from(floor: RatingFloor) -> String {
        floor.to_string()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceRangeFields {
    #[serde(default)]
    from: Option<Money>,
    #[serde(default)]
    through: Option<Money>,
}

impl TryFrom<PriceRangeFields> for PriceRange {
    type Error = SearchError;

    fn try_from(fields: PriceRangeFields) -> Result<PriceRange, SearchError> {
        PriceRange::new(fields.from, fields.through)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

fn is_one(party: &NonZeroU32) -> bool {
    *party == NonZeroU32::MIN
}
