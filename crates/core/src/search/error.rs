use crate::limits::{ID_BYTES_MAX, POLYGON_CORNERS_MAX, SEARCH_TEXT_BYTES_MAX};
use crate::money::Currency;

/// What is wrong with a search, or with a part of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// A latitude is not in range.
    #[error("a latitude is a number of degrees from -90 to 90")]
    Latitude,
    /// A longitude is not in range.
    #[error("a longitude is a number of degrees from -180 to 180")]
    Longitude,
    /// The southern edge of a box is north of the northern one.
    #[error("the south of a box is north of its north")]
    BoxUpsideDown,
    /// A polygon has too few corners, or more than [`POLYGON_CORNERS_MAX`].
    #[error("a polygon has 3 to {POLYGON_CORNERS_MAX} corners (limit `POLYGON_CORNERS_MAX`)")]
    PolygonCorners,
    /// An edge of a polygon spans half the globe, so that neither way is the shorter one.
    #[error("an edge of the polygon spans half the globe; put a corner between")]
    PolygonEdge,
    /// A polygon touches a pole, or goes round one or the globe.
    #[error("a polygon does not touch a pole, nor go round one or the globe")]
    PolygonPole,
    /// A category, attribute, language or rating has not its form.
    #[error("expected {expected}")]
    Form {
        /// The form, with an example.
        expected: &'static str,
    },
    /// The text that is searched for is too long.
    #[error(
        "at most {SEARCH_TEXT_BYTES_MAX} bytes are searched for (limit `SEARCH_TEXT_BYTES_MAX`)"
    )]
    TextTooLong,
    /// The text that is searched for has no word.
    #[error("the text has no letter and no digit to search for")]
    NoWord,
    /// A range of prices has neither end, or its ends are the wrong way round.
    #[error("a price range has one end at least, and the lower price first")]
    PriceRange,
    /// The ends of a range of prices are of two currencies.
    #[error("the ends of a price range are of one currency")]
    PriceRangeCurrencies,
    /// An end of a range of prices is below zero.
    #[error("a price range has no negative end")]
    PriceRangeNegative,
    /// Distances are asked for, and there is no `origin` to measure them from.
    #[error("a distance needs the query's `origin`")]
    NoOrigin {
        /// The field that needs it, as an RFC 6901 pointer.
        pointer: &'static str,
    },
    /// The order is by price, and there is neither a `currency` nor a range of prices to take one
    /// from.
    #[error("the order by price needs the query's `currency`")]
    NoCurrency,
    /// The query's `currency` is not that of its range of prices.
    #[error("the query's `currency` is {currency}, and its price range is in {range}")]
    CurrencyDiffers {
        /// The query's.
        currency: Currency,
        /// The range's.
        range: Currency,
    },
    /// Relevance is asked for, and there is no `text`.
    #[error("relevance needs the query's `text`")]
    NoText,
    /// The earliest start is asked for, and there is no `available` window to find it in.
    #[error("the earliest start needs the filter's `available`")]
    NoWindow,
    /// A duration is zero.
    #[error("a duration is at least a minute")]
    NoDuration,
    /// The price of a candidate is below zero.
    #[error("a price is not negative")]
    PriceNegative {
        /// The candidate's place in the list.
        index: usize,
    },
    /// Two candidates have the same id.
    #[error("candidate `{id}` is there twice")]
    Duplicate {
        /// The id.
        id: String,
        /// The second one's place in the list.
        index: usize,
    },
    /// The search is larger than one answer may be.
    #[error("{what}: at most {max} (limit `{limit}`)")]
    OverLimit {
        /// What there is too much of.
        what: &'static str,
        /// The name of the limit.
        limit: &'static str,
        /// Its value.
        max: usize,
        /// The field, as an RFC 6901 pointer.
        pointer: &'static str,
    },
    /// The text is no cursor.
    #[error("the text is no cursor of a search")]
    CursorForm,
    /// The cursor is another search's, or was tampered with.
    #[error("the cursor belongs to another search")]
    CursorOfOther,
}

impl SearchError {
    /// A stable code for programs, in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            SearchError::Latitude => "latitude-range",
            SearchError::Longitude => "longitude-range",
            SearchError::BoxUpsideDown => "box-upside-down",
            SearchError::PolygonCorners => "polygon-corners",
            SearchError::PolygonEdge => "polygon-edge",
            SearchError::PolygonPole => "polygon-pole",
            SearchError::Form { .. } => "search-form",
            SearchError::TextTooLong => "search-text-too-long",
            SearchError::NoWord => "search-no-word",
            SearchError::PriceRange => "price-range",
            SearchError::PriceRangeCurrencies => "price-range-currencies",
            SearchError::PriceRangeNegative => "price-range-negative",
            SearchError::NoOrigin { .. } => "search-no-origin",
            SearchError::NoCurrency => "search-no-currency",
            SearchError::CurrencyDiffers { .. } => "search-currency-differs",
            SearchError::NoText => "search-no-text",
            SearchError::NoWindow => "search-no-window",
            SearchError::NoDuration => "search-no-duration",
            SearchError::PriceNegative { .. } => "search-price-negative",
            SearchError::Duplicate { .. } => "search-duplicate",
            SearchError::OverLimit { .. } => "search-over-limit",
            SearchError::CursorForm => "cursor-malformed",
            SearchError::CursorOfOther => "cursor-mismatch",
        }
    }

    /// The field of a [`SearchRequest`](super::SearchRequest) that it is about, as an RFC 6901
    /// pointer.
    ///
    /// It is empty for what is wrong with a value by itself: reading the request with
    /// [`json::parse`](crate::json::parse) points at that.
    pub fn pointer(&self) -> String {
        match self {
            SearchError::NoOrigin { pointer } | SearchError::OverLimit { pointer, .. } => {
                (*pointer).to_owned()
            }
            SearchError::NoCurrency | SearchError::NoText | SearchError::NoWindow => {
                "/query/sort".to_owned()
            }
            SearchError::CurrencyDiffers { .. } => "/query/currency".to_owned(),
            SearchError::NoDuration => "/query/filter/available/durationMinutes".to_owned(),
            SearchError::PriceNegative { index } => format!("/candidates/{index}/price"),
            SearchError::Duplicate { index, .. } => format!("/candidates/{index}/id"),
            SearchError::CursorOfOther => "/query/after".to_owned(),
            _ => String::new(),
        }
    }

    pub(super) const TAG: SearchError = SearchError::Form {
        expected: "1 to 200 bytes without control characters",
    };
    pub(super) const LANGUAGE: SearchError = SearchError::Form {
        expected: "a language tag such as `en` or `pt-BR`",
    };
    pub(super) const RATING: SearchError = SearchError::Form {
        expected: "a rating from `1` to `5` with at most two digits after the point, such as `4.5`",
    };
}

const _: () = assert!(ID_BYTES_MAX == 200, "the form of a tag names the limit");
