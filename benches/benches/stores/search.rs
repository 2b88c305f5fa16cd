//! Searching among many providers in towns, beside the one query that somebody would write by hand.

use std::fmt::Write;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt;
use quando::search::{Point, Tag};
use quando_engine::listing::{self, cells_around};
use quando_engine::record::Provider;
use quando_engine::store::{Item, List, ListingRow, Store};
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::measure::Pair;
use crate::report::{Table, say};
use crate::settings::Settings;
use crate::shop::{provider_id, provider_uuid};

/// Rows that one message carries to the server.
const CHUNK: u32 = 1_000;
const TOWNS: u64 = 100;
const CATEGORIES: u64 = 20;
const WORDS: u64 = 2_000;
/// A search reads more candidates than a page has, for the exact distance leaves some out.
const CANDIDATES: u32 = 64;
/// A search of such a time is not measured any closer.
const TOO_LONG: Duration = Duration::from_millis(500);

/// Numbers that are the same in every run: a SplitMix64 sequence for each provider.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    /// About a bell, from minus to plus one.
    fn bell(&mut self) -> f64 {
        let sum: u64 = (0..4).map(|_| self.roll(1_000_001)).sum();
        f64::from(u32::try_from(sum).expect("below four millions")) / 2e6 - 1.0
    }
}

/// The middle of a town; smaller numbers are larger towns.
fn town(number: u64) -> (f64, f64) {
    let mut dice = Dice(number.wrapping_mul(0x1234_5678_9abc_def1));
    let part = |dice: &mut Dice| {
        f64::from(u32::try_from(dice.roll(1_000_000)).expect("below a million")) / 1e6
    };
    (47.5 + 7.0 * part(&mut dice), 6.0 + 9.0 * part(&mut dice))
}

/// A provider of the search; the same in every run.
fn provider(number: u32) -> (Provider, [u64; 5]) {
    let mut dice = Dice(u64::from(number) << 20);
    // The product of two dice makes some towns much larger than others.
    let place = dice.roll(TOWNS) * dice.roll(TOWNS) / TOWNS;
    let (lat, lng) = town(place);
    let (lat, lng) = (lat + 0.15 * dice.bell(), lng + 0.22 * dice.bell());
    let name = format!("word{} word{}", dice.roll(WORDS), dice.roll(WORDS));
    let zone = quando::time::Zone::new("Europe/Berlin").expect("a zone");
    let mut provider = Provider::new(provider_id(number), name, zone);
    provider.location = Point::new(lat, lng).ok();
    provider.categories = vec![category(dice.roll(CATEGORIES))];
    let ratings = [(); 5].map(|()| dice.roll(20) * dice.roll(3));
    (provider, ratings)
}

fn category(number: u64) -> Tag {
    Tag::new(format!("category-{number}")).expect("a word is a tag")
}

/// Fills the table that searches look into.
pub(crate) async fn load(client: &Client, count: u32) {
    let begun = crate::measure::now();
    let empty = client.batch_execute("truncate listing").await;
    empty.expect("the listings of the bookings' providers go");
    let rows = client.query(INDEXES, &[]).await.expect("indexes");
    for row in &rows {
        let drop = format!("drop index {}", row.get::<_, &str>(0));
        client.batch_execute(&drop).await.expect("an index less");
    }
    let mut sink = pin!(client.copy_in(COPY).await.expect("a copy begins"));
    for first in (1..=count).step_by(CHUNK as usize) {
        let last = count.min(first + CHUNK - 1);
        let chunk = tokio::task::spawn_blocking(move || chunk(first, last));
        let chunk = chunk.await.expect("a chunk");
        sink.send(chunk).await.expect("the server takes it");
    }
    sink.finish().await.expect("all is copied");
    for row in &rows {
        let create: &str = row.get(1);
        client.batch_execute(create).await.expect("an index");
    }
    // What somebody would make who searches words by hand.
    client.batch_execute(WORDS_INDEX).await.expect("an index");
    client
        .batch_execute("vacuum analyze listing")
        .await
        .expect("statistics");
    say(format_args!(
        "\n{count} providers in {TOWNS} towns were loaded in {:.0} s.",
        begun.elapsed().as_secs_f64(),
    ));
}

fn chunk(first: u32, last: u32) -> Bytes {
    let mut text = String::new();
    for number in first..=last {
        let (provider, ratings) = provider(number);
        for row in listing::rows(&provider, &[]) {
            line(&mut text, number, &row, ratings);
        }
    }
    text.into()
}

fn line(text: &mut String, number: u32, row: &ListingRow, ratings: [u64; 5]) {
    let id = provider_uuid(number);
    let (lat, lng) = row.point.expect("all have a place");
    let count: u64 = ratings.iter().sum();
    let stars: u64 = (1..).zip(ratings).map(|(star, times)| star * times).sum();
    let micros = (stars * 1_000_000).checked_div(count).unwrap_or(0);
    let ratings = ratings.map(|times| times.to_string()).join(",");
    let mut body = String::new();
    for byte in &row.body {
        write!(body, "{byte:02x}").expect("a text takes what is written to it");
    }
    writeln!(
        text,
        "{id}\t{id}\t{}\t{}\t{lat}\t{lng}\t{{{}}}\t\\\\x{body}\t{micros}\t{{{ratings}}}",
        row.category,
        row.cell.expect("all have a place"),
        row.words.join(","),
    )
    .expect("a text takes what is written to it");
}

/// A search, and what it is called.
struct Asked {
    name: &'static str,
    category: Box<str>,
    cells: Option<Vec<i32>>,
    words: Vec<Box<str>>,
    after: Option<(i64, quando::id::ProviderId)>,
}

pub(crate) async fn lists<S: Store>(store: &S, client: &Client, settings: &Settings) {
    let title = format!("Search among {} providers", settings.listings);
    let table = Table::new(&title, &Pair::COLUMNS);
    let deep = deep(client).await;
    for asked in questions(deep) {
        match one(store, client, &asked, settings).await {
            Ok(mut pair) => table.row(&pair.cells(asked.name)),
            Err(why) => table.row(&[asked.name.to_owned(), why]),
        }
    }
}

fn questions(deep: (i64, String)) -> Vec<Asked> {
    let (lat, lng) = town(0);
    let center = Point::new(lat, lng).expect("a place");
    let (lat, lng) = town(60);
    let small = Point::new(lat, lng).expect("a place");
    let hair: Box<str> = category(3).as_str().into();
    let asked = |name| Asked {
        name,
        category: hair.clone(),
        cells: None,
        words: Vec::new(),
        after: None,
    };
    let word = |text: &str| vec![Box::from(text)];
    vec![
        Asked {
            cells: cells_around(center, 10_000),
            ..asked("a category within 10 km, largest town")
        },
        Asked {
            cells: cells_around(small, 10_000),
            ..asked("a category within 10 km, small town")
        },
        Asked {
            cells: cells_around(center, 10_000),
            category: "".into(),
            ..asked("anything within 10 km, largest town")
        },
        Asked {
            cells: cells_around(center, 10_000),
            category: "".into(),
            words: word("word77"),
            ..asked("a word within 10 km, largest town")
        },
        Asked {
            words: word("word1234"),
            ..asked("a rare word in a category, everywhere")
        },
        Asked {
            category: "".into(),
            words: word("word1234"),
            ..asked("a rare word, everywhere")
        },
        Asked {
            category: "".into(),
            words: word("word"),
            ..asked("the beginning of every word, everywhere")
        },
        Asked {
            category: "".into(),
            words: word("nobody"),
            ..asked("a word that nobody has, everywhere")
        },
        asked("a category everywhere, first page"),
        Asked {
            after: Some((deep.0, deep.1.try_into().expect("an id"))),
            ..asked("a category everywhere, deep page")
        },
    ]
}

/// Measures a search, or says why that takes too long.
async fn one<S: Store>(
    store: &S,
    client: &Client,
    asked: &Asked,
    settings: &Settings,
) -> Result<Pair, String> {
    let list = || List::Listings {
        category: asked.category.clone(),
        cells: asked.cells.clone(),
        words: asked.words.clone(),
        after: asked.after.clone(),
        limit: CANDIDATES,
    };
    let bare = Bare::new(client, asked).await;
    let begun = crate::measure::now();
    let found = store
        .list(list())
        .await
        .map_err(|error| error.to_string())?;
    if begun.elapsed() > TOO_LONG {
        return Err(format!("quando took {:?}", begun.elapsed()));
    }
    let ids: Vec<String> = found
        .iter()
        .map(|item| match item {
            Item::Listing(row) => row.provider.as_str().to_owned(),
            other => panic!("no listing: {other:?}"),
        })
        .collect();
    assert_eq!(ids, bare.ask(client).await, "{}: the same work", asked.name);
    let pair = Pair::measure(
        settings.length,
        async || assert_eq!(bare.ask(client).await.len(), ids.len()),
        async || {
            let found = store.list(list()).await.expect("an answer");
            assert_eq!(found.len(), ids.len());
        },
    )
    .await;
    Ok(pair)
}

/// The query that somebody would write for just this search.
struct Bare<'a> {
    statement: tokio_postgres::Statement,
    asked: &'a Asked,
    after: Option<(i64, String)>,
}

impl Bare<'_> {
    async fn new<'a>(client: &Client, asked: &'a Asked) -> Bare<'a> {
        let after = asked.after.as_ref();
        let after = after.map(|(micros, id)| (*micros, id.as_str().to_owned()));
        let mut number = 1;
        let mut next = || {
            number += 1;
            number
        };
        let mut conditions = String::from("category = $1");
        let mut add = |condition: String| conditions.push_str(&condition);
        if asked.cells.is_some() {
            add(format!(" and cell = any(${})", next()));
        }
        // The word stands in the statement, so that the plan is made for it.
        for word in &asked.words {
            add(format!(
                " and array_to_tsvector(words) @@ '''{word}'':*'::tsquery"
            ));
        }
        if after.is_some() {
            let (micros, id) = (next(), next());
            add(format!(
                " and rating_micros <= ${micros} \
                 and (rating_micros < ${micros} or provider > ${id})"
            ));
        }
        let statement = format!(
            "select provider, latitude, longitude, body, rating_micros, ratings from listing \
             where {conditions} order by rating_micros desc, provider limit {CANDIDATES}"
        );
        Bare {
            statement: client.prepare(&statement).await.expect("a statement"),
            asked,
            after,
        }
    }

    async fn ask(&self, client: &Client) -> Vec<String> {
        let category = &*self.asked.category;
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&category];
        if let Some(cells) = &self.asked.cells {
            parameters.push(cells);
        }
        if let Some((micros, id)) = &self.after {
            parameters.extend([micros as &(dyn ToSql + Sync), id]);
        }
        let rows = client.query(&self.statement, &parameters).await;
        let rows = rows.expect("an answer");
        rows.iter().map(|row| row.get(0)).collect()
    }
}

/// A place far down in the list of a category: three quarters of all are better.
async fn deep(client: &Client) -> (i64, String) {
    let statement = client.prepare(DEEP).await.expect("a statement");
    let category = category(3);
    let row = client.query_one(&statement, &[&category.as_str()]).await;
    let row = row.expect("a place");
    (row.get(0), row.get(1))
}

const DEEP: &str = "
select rating_micros, provider from listing where category = $1
order by rating_micros desc, provider
offset (select count(*) * 3 / 4 from listing where category = $1) limit 1";

const WORDS_INDEX: &str = "
create index if not exists bare_words on listing using gin (array_to_tsvector(words))";

const INDEXES: &str = "
select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i
where i.indrelid = 'listing'::regclass and not i.indisprimary";

const COPY: &str = "
copy listing (provider_id, provider, category, cell, latitude, longitude, words, body,
    rating_micros, ratings) from stdin";
