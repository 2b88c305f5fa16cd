//! What searches look through: listings, by category, cells and words.

use quando::id::ProviderId;
use quando_engine::store::{Item, List, ListingRow};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::{Query, Read};
use crate::error::{Failure, corrupt};
use crate::row;

impl Read<'_> {
    pub(super) async fn listings(self, asked: &List) -> Result<Vec<Item>, Failure> {
        let List::Listings {
            category,
            cells,
            words,
            after,
            limit,
        } = asked
        else {
            return Ok(Vec::new());
        };
        let columns = "provider, category, cell, latitude, longitude, words, \
                       body, rating_micros, ratings";
        let mut query = Query::new("");
        let by_word = !words.is_empty();
        // What the plan for a word depends on stands in the statement as it is.
        let category = match by_word {
            true => literal(category),
            false => query.typed(category.to_string(), Type::TEXT),
        };
        let mut conditions = format!("category = {category}");
        if by_word {
            let words: Vec<String> = words.iter().map(|word| beginning(word)).collect();
            let words = literal(&words.join(" & "));
            // The same expression as in the index.
            conditions.push_str(&format!(
                " and array_to_tsvector(words) @@ {words}::tsquery"
            ));
        }
        if let Some((rating, provider)) = after {
            let provider = query.typed(provider.to_string(), Type::TEXT);
            let rating = query.typed(*rating, Type::INT8);
            conditions.push_str(&format!(
                " and rating_micros <= {rating}
                and (rating_micros < {rating} or provider > {provider})"
            ));
        }
        let limit = match by_word {
            true => limit.to_string(),
            false => query.typed(i64::from(*limit), Type::INT8),
        };
        let order = "rating_micros desc, provider";
        query.sql = match cells {
            // The best of each cell, and of those the best: each cell is read by its own index.
            Some(cells) => {
                let cells = query.typed(cells.clone(), Type::INT4_ARRAY);
                format!(
                    "select found.* from unnest({cells}::integer[]) as near (cell)
                    cross join lateral (
                        select {columns} from listing
                        where {conditions} and listing.cell = near.cell
                        order by {order} limit {limit}
                    ) found order by found.rating_micros desc, found.provider limit {limit}"
                )
            }
            None => format!(
                "select {columns} from listing where {conditions} order by {order} limit {limit}"
            ),
        };
        if by_word {
            self.run_once(&query, listing).await
        } else {
            self.run(&query, listing).await
        }
    }
}

/// A text as it stands in a statement that is planned for it.
fn literal(text: &str) -> String {
    // PostgreSQL 15, 4.1.2.2: where it has an E before it, backslashes are doubled as well.
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// What finds the words that begin with this, as the text of a `tsquery`.
fn beginning(word: &str) -> String {
    format!("'{}':*", word.replace('\\', "\\\\").replace('\'', "''"))
}

fn listing(row: &Row) -> Result<Item, Failure> {
    let provider: String = row.try_get(0)?;
    let category: String = row.try_get(1)?;
    let (latitude, longitude): (Option<i32>, Option<i32>) = (row.try_get(3)?, row.try_get(4)?);
    let words: Vec<String> = row.try_get(5)?;
    let ratings: Vec<i64> = row.try_get(8)?;
    let ratings: Vec<u64> = ratings
        .into_iter()
        .map(row::count)
        .collect::<Result<_, Failure>>()?;
    Ok(Item::Listing(Box::new(ListingRow {
        provider: ProviderId::try_from(provider).map_err(|_| corrupt("an id"))?,
        category: category.into(),
        cell: row.try_get(2)?,
        point: latitude.zip(longitude),
        words: words.into_iter().map(Into::into).collect(),
        body: row::bytes(row, 6)?,
        rating_micros: row.try_get(7)?,
        ratings: ratings.try_into().map_err(|_| corrupt("ratings"))?,
    })))
}
