//! Which providers fit a customer's wish, in which order, page by page.
//!
//! [`rank`] is a pure function of a [`SearchQuery`] and the [`Candidate`]s that the host brings,
//! found by its own means: a row of a database, a box on a map ([`BoundingBox::around`]). It filters,
//! sorts and cuts a page; the same candidates in any order give the same page.
//!
//! # Order
//!
//! Candidates are sorted by one thing ([`SortBy`]), and where that is equal by their ids, so that the
//! order is total. Who lacks what the order goes by (no rating, no price in the currency, no
//! place) comes last, whichever way round it goes.
//!
//! # Pages
//!
//! A [`Cursor`] is the place of the last hit in the order. The next page begins after it, also when
//! that candidate is gone; nobody is there twice or left out, as long as their own places in the
//! order stay.
//!
//! # Distances
//!
//! Distances are great-circle distances on a sphere ([`distance_meters`]), computed in such a way
//! that every platform has the same ones. They are compared and told in whole metres.

mod area;
mod candidate;
mod cursor;
mod error;
mod filter;
mod order;
mod point;
mod query;
mod rank;
mod text;
mod trigonometry;

pub use area::{BoundingBox, Polygon, ServiceArea};
pub use candidate::{Candidate, LanguageTag, Opening, Tag};
pub use cursor::Cursor;
pub use error::SearchError;
pub use order::{Order, Sort, SortBy};
pub use point::{Point, distance_meters};
pub use query::{Available, Filter, PriceRange, RatingFloor, SearchQuery, SearchRequest};
pub use rank::{Hit, Page, rank};
pub use text::SearchText;
