//! `quando search`: providers by words, category and place.

use std::num::NonZeroUsize;

use clap::ValueEnum;
use quando::search::{Cursor, Point, SearchQuery, SearchText, SortBy, Tag};
use quando_engine::Found;

use crate::human::{or_nothing, table};
use crate::output::{Failure, Outcome, note, print_list};
use crate::store::StoreArgs;
use crate::value::{point, value};

/// Search active providers by words, category and place
///
/// Prints a line for each, and, where there are more, a note of the cursor for --after.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct SearchArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Words of names and descriptions
    #[arg(value_parser = value::<SearchText>)]
    text: Option<SearchText>,
    /// Only those with this category; with several, with all of them
    #[arg(long, value_name = "TAG", value_parser = value::<Tag>)]
    category: Vec<Tag>,
    /// Where from distances count
    #[arg(long, value_name = "LAT,LNG", value_parser = point, allow_hyphen_values = true)]
    near: Option<Point>,
    /// Only those at most so far away
    #[arg(long, value_name = "KM", value_parser = meters, requires = "near")]
    radius_km: Option<u32>,
    /// In which order; relevance with a text, else distance with --near, else rating
    #[arg(long)]
    sort: Option<SearchSort>,
    /// At most so many
    #[arg(long, value_name = "N", default_value = "20")]
    limit: NonZeroUsize,
    /// The cursor of the page before
    #[arg(long, value_name = "CURSOR", value_parser = value::<Cursor>)]
    after: Option<Cursor>,
}

const EXAMPLE: &str = "\
Example:
  quando search barber --human
  quando search --category hair --near 40.4168,-3.7038 --radius-km 2.5";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SearchSort {
    /// The one that fits the words best first
    Relevance,
    /// The nearest first
    Distance,
    /// The best rated first
    Rating,
    /// By id
    Id,
}

/// Reads kilometres, such as `2.5`.
fn meters(text: &str) -> Result<u32, String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let meters = format!("{whole}{part:0<3}");
    let is_number = !whole.is_empty() && part.len() <= 3 && digits(&meters);
    let meters = is_number.then(|| meters.parse().ok()).flatten();
    meters.ok_or_else(|| "expected kilometres, such as 2.5".to_owned())
}

impl SearchArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let session = self.store.open()?;
        let query = self.query();
        let found = session.wait(session.engine.search_providers(&query))?;
        print_list(&found.hits, session.human, |_| text(&found))?;
        if let Some(next) = &found.next {
            note(&format!("note: there are more: --after {next}"));
        }
        Ok(Outcome::Answered)
    }

    fn query(self) -> SearchQuery {
        let by = match (self.sort, &self.text, self.near) {
            (Some(SearchSort::Relevance), ..) | (None, Some(_), _) => SortBy::Relevance,
            (Some(SearchSort::Distance), ..) | (None, None, Some(_)) => SortBy::Distance,
            (Some(SearchSort::Rating), ..) | (None, None, None) => SortBy::Rating,
            (Some(SearchSort::Id), ..) => SortBy::Id,
        };
        let mut query = SearchQuery {
            text: self.text,
            origin: self.near,
            limit: self.limit,
            after: self.after,
            ..SearchQuery::default()
        };
        query.sort.by = by;
        query.filter.categories = self.category;
        query.filter.radius_meters = self.radius_km;
        query
    }
}

fn text(found: &Found) -> String {
    let rows = found.hits.iter().map(|each| {
        let distance = each.hit.distance_meters;
        let rating = each.ratings.mean();
        vec![
            each.provider.id.to_string(),
            each.provider.name.clone(),
            distance.map_or_else(String::new, |meters| {
                format!("{}.{} km", meters / 1000, meters % 1000 / 100)
            }),
            rating.map_or_else(String::new, |mean| {
                format!("{mean} of {} reviews", each.ratings.count())
            }),
        ]
    });
    or_nothing(table(&rows.collect::<Vec<_>>()), "nobody")
}
