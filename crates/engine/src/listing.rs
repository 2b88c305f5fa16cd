//! What searches find of a provider, and where a store has to look for it.
//!
//! A store finds candidates by category, by cells of a map and by the beginnings of words. Whatever
//! it finds is a superset: the core's [`rank`](quando::search::rank) is the judge.

use chrono::DateTime;
use quando::fees::{PricePolicy, QuoteRequest, quote};
use quando::money::Money;
use quando::search::{BoundingBox, Candidate, Point};
use serde::Deserialize;

use crate::limits::{LISTING_CELLS_MAX, LISTING_TEXT_BYTES_MAX};
use crate::record::{Provider, Service};
use crate::store::ListingRow;

/// Millionths of a degree of a cell's side.
const SIDE: i64 = 100_000;
/// Cells around the globe.
const COLUMNS: i64 = 3_600;
/// The row of the north pole; the south pole is in row 0.
const LAST_ROW: i64 = 1_800;

/// What searches find of a provider: a row for each of its categories, and one of the empty
/// category, for searches without one. Nothing when it is not active.
pub fn rows(provider: &Provider, services: &[Service]) -> Vec<ListingRow> {
    if !provider.active {
        return Vec::new();
    }
    let mut active: Vec<&Service> = services.iter().filter(|each| each.active).collect();
    active.sort_by(|a, b| a.id.cmp(&b.id));
    let candidate = candidate(provider, &active);
    let body = serde_json::to_vec(&candidate).expect("a candidate has a JSON form");
    let mut words = words(&candidate.name);
    words.extend(self::words(&candidate.text));
    words.sort_unstable();
    words.dedup();
    let row = ListingRow {
        provider: provider.id.clone(),
        category: "".into(),
        cell: provider.location.map(cell),
        point: provider
            .location
            .map(|point| (point.lat_micro_degrees(), point.lng_micro_degrees())),
        words,
        body: body.into(),
        rating_micros: 0,
        ratings: [0; 5],
    };
    let mut categories: Vec<&str> = candidate
        .categories
        .iter()
        .map(|tag| tag.as_str())
        .collect();
    categories.sort_unstable();
    categories.dedup();
    std::iter::once("")
        .chain(categories)
        .map(|category| ListingRow {
            category: category.into(),
            ..row.clone()
        })
        .collect()
}

fn candidate(provider: &Provider, services: &[&Service]) -> Candidate {
    let mut text = provider.description.clone();
    for service in services {
        text.push('\n');
        text.push_str(&service.name);
    }
    Candidate {
        name: provider.name.clone(),
        text: cut(text),
        location: provider.location,
        service_area: provider.service_area.clone(),
        categories: provider.categories.clone(),
        languages: provider.languages.clone(),
        attributes: provider.attributes.clone(),
        price: least_price(provider, services),
        verified: provider.verified,
        ..Candidate::new(provider.id.clone())
    }
}

/// As much of a text as searches look into, in whole characters.
fn cut(mut text: String) -> String {
    let end = (0..=LISTING_TEXT_BYTES_MAX.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or(0));
    text
}

/// The least that anything costs, for one, at a time without surcharges. Of several currencies it is
/// that of the first service by id: prices of two currencies have no order.
fn least_price(provider: &Provider, services: &[&Service]) -> Option<Money> {
    let currency = services.first()?.offer.terms.price.currency();
    let same = services
        .iter()
        .filter(|each| each.offer.terms.price.currency() == currency);
    let prices = same.flat_map(|service| prices(provider, service));
    prices.min_by_key(|price| price.minor())
}

/// What a service costs, by its durations; a duration without a price is left out.
fn prices(provider: &Provider, service: &Service) -> Vec<Money> {
    let terms = &service.offer.terms;
    let mut plain = terms.price.terms().clone();
    plain.surcharges.clear();
    let Ok(plain) = PricePolicy::new(plain) else {
        return Vec::new();
    };
    let usual = [service.timing.duration_minutes];
    let durations = service.timing.duration_choices.as_deref();
    let price = |minutes: &quando::time::Minutes| {
        let zone = provider.zone.clone();
        let request = QuoteRequest::new(DateTime::UNIX_EPOCH, zone, *minutes);
        let quote = quote(&plain, &terms.fee, &request).ok()?;
        Some(quote.total())
    };
    let durations = durations.unwrap_or(&usual).iter();
    durations.filter_map(price).collect()
}

/// The words of a text, as searches compare them: runs of letters and digits in one case, in the
/// order of the text.
///
/// This is how the core reads texts and queries, to the letter: what it would find has to be found
/// by the beginnings of these words.
pub fn words(text: &str) -> Vec<Box<str>> {
    let runs = text.split(|letter: char| !letter.is_alphanumeric());
    let folded = runs.map(|word| {
        // There and back again, for letters that differ in one case only: `ß` and `ss`, `ς` and `σ`.
        let upper = word.chars().flat_map(char::to_uppercase);
        upper.flat_map(char::to_lowercase).collect::<String>()
    });
    let words = folded.filter(|word| !word.is_empty());
    words.map(String::into_boxed_str).collect()
}

/// The cell of a tenth of a degree that a place is in: rows from south to north, in each row
/// columns from the antimeridian to the east.
pub fn cell(point: Point) -> i32 {
    let row = (i64::from(point.lat_micro_degrees()) + 90_000_000).div_euclid(SIDE);
    let column = (i64::from(point.lng_micro_degrees()) + 180_000_000).div_euclid(SIDE);
    number(row, column)
}

/// The cells that every place at most so many metres away is in; none when there are so many that
/// looking everywhere is as good.
pub fn cells_around(center: Point, radius_meters: u32) -> Option<Vec<i32>> {
    cells_of(BoundingBox::around(center, radius_meters))
}

/// The cells that every place in a box is in; none when there are too many.
pub fn cells_of(bounds: BoundingBox) -> Option<Vec<i32>> {
    let Edges {
        south,
        west,
        north,
        east,
    } = Edges::of(bounds);
    let row = |lat: i64| (lat + 90_000_000).div_euclid(SIDE);
    let column = |lng: i64| (lng + 180_000_000).div_euclid(SIDE);
    let (first, last) = (row(south), row(north));
    let (from, to) = (column(west), column(east));
    // A box that crosses the antimeridian goes on in the next turn.
    let to = if west <= east { to } else { to + COLUMNS };
    let columns = (to - from + 1).min(COLUMNS);
    let count = usize::try_from((last - first + 1) * columns).ok()?;
    if count > LISTING_CELLS_MAX {
        return None;
    }
    let mut cells: Vec<i32> = (first..=last)
        .flat_map(|row| (from..from + columns).map(move |column| number(row, column)))
        .collect();
    // A pole has every longitude, and is stored with one of them.
    for (touched, row) in [(first == 0, 0), (last == LAST_ROW, LAST_ROW)] {
        if touched {
            cells.push(number(row, COLUMNS / 2));
        }
    }
    cells.sort_unstable();
    cells.dedup();
    Some(cells)
}

fn number(row: i64, column: i64) -> i32 {
    let number = row * COLUMNS + column.rem_euclid(COLUMNS);
    i32::try_from(number).expect("there are 6.5 million cells")
}

/// The edges of a box, in millionths of a degree.
struct Edges {
    south: i64,
    west: i64,
    north: i64,
    east: i64,
}

#[derive(Deserialize)]
struct Degrees {
    south: f64,
    west: f64,
    north: f64,
    east: f64,
}

impl Edges {
    /// The JSON form of a box has the decimal degrees that are read back as the same millionths.
    fn of(bounds: BoundingBox) -> Edges {
        let form = serde_json::to_value(bounds).expect("a box has a JSON form");
        let degrees: Degrees =
            serde_json::from_value(form).expect("a box is read as it is written");
        Edges {
            south: millionths(degrees.south),
            west: millionths(degrees.west),
            north: millionths(degrees.north),
            east: millionths(degrees.east),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a box has at most half a turn in either direction"
)]
fn millionths(degrees: f64) -> i64 {
    (degrees * 1e6).round() as i64
}

#[cfg(test)]
#[expect(
    clippy::needless_pass_by_value,
    reason = "JSON is put together where it is used"
)]
mod tests {
    use proptest::prelude::*;
    use quando::search::{SearchQuery, SearchText, distance_meters, rank};
    use serde_json::{Value, json};

    use super::*;

    fn point(lat: f64, lng: f64) -> Point {
        Point::new(lat, lng).unwrap()
    }

    fn provider(more: Value) -> Provider {
        let mut fields = json!({"id": "ana", "name": "Ana's Salon", "zone": "Europe/Berlin"});
        let more = more.as_object().unwrap().clone();
        fields.as_object_mut().unwrap().extend(more);
        serde_json::from_value(fields).unwrap()
    }

    fn service(id: &str, base: Value, more: Value) -> Service {
        let mut fields = json!({
            "id": id, "name": format!("The {id}"),
            "timing": {"durationMinutes": 60},
            "offer": {"terms": {
                "price": {"base": base},
            }},
        });
        let more = more.as_object().unwrap().clone();
        fields.as_object_mut().unwrap().extend(more);
        serde_json::from_value(fields).unwrap_or_else(|error| panic!("{error}"))
    }

    fn flat(amount: &str, currency: &str) -> Value {
        json!({"kind": "perBooking", "price": {"amount": amount, "currency": currency}})
    }

    #[test]
    fn there_is_a_row_for_each_category_and_one_for_all() {
        let check = |more: Value, expected: &[&str]| {
            let rows = rows(&provider(more), &[]);
            let categories: Vec<&str> = rows.iter().map(|row| &*row.category).collect();
            assert_eq!(categories, expected);
        };
        check(json!({}), &[""]);
        check(
            json!({"categories": ["nails", "hair", "nails"]}),
            &["", "hair", "nails"],
        );
        check(json!({"categories": ["hair"], "active": false}), &[]);
    }

    #[test]
    fn a_row_has_the_words_of_name_description_and_active_services() {
        let services = [
            service("cut", flat("40.00", "EUR"), json!({})),
            service("dye", flat("10.00", "EUR"), json!({"active": false})),
        ];
        let provider = provider(
            json!({"description": "Große Straße 5", "location": {"lat": 52.52, "lng": 13.405}}),
        );
        let rows = rows(&provider, &services);
        let words: Vec<&str> = rows[0].words.iter().map(|word| &**word).collect();
        assert_eq!(
            words,
            ["5", "ana", "cut", "grosse", "s", "salon", "strasse", "the"]
        );
        assert_eq!(rows[0].point, Some((52_520_000, 13_405_000)));
        // 142 tenths of a degree north of the south pole, 193 and some east of the antimeridian.
        assert_eq!(rows[0].cell, Some(1_425 * 3_600 + 1_934));
        let candidate: Candidate = serde_json::from_slice(&rows[0].body).unwrap();
        assert_eq!(candidate.price.unwrap().to_string(), "40.00 EUR");
    }

    #[test]
    fn the_price_is_the_least_of_what_is_offered() {
        let check = |services: &[Service], expected: Option<&str>| {
            let rows = rows(&provider(json!({})), services);
            let candidate: Candidate = serde_json::from_slice(&rows[0].body).unwrap();
            let price = candidate.price.map(|price| price.to_string());
            assert_eq!(price.as_deref(), expected);
        };
        let hourly = json!({"kind": "perHour", "price": {"amount": "30.00", "currency": "EUR"}});
        let choices = json!({"timing": {"durationMinutes": 60, "durationChoices": [40, 60]}});
        let other = service("b", hourly, choices);
        check(&[], None);
        check(
            &[service("a", flat("25.00", "EUR"), json!({})), other.clone()],
            Some("20.00 EUR"),
        );
        check(
            &[service("c", flat("15.00", "EUR"), json!({})), other.clone()],
            Some("15.00 EUR"),
        );
        // Of another currency than the first service's.
        check(
            &[service("c", flat("1.00", "USD"), json!({})), other.clone()],
            Some("20.00 EUR"),
        );
        check(
            &[service("a", flat("99.00", "USD"), json!({})), other],
            Some("99.00 USD"),
        );
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = "ä".repeat(LISTING_TEXT_BYTES_MAX);
        let cut = cut(format!("x{text}"));
        assert_eq!(cut.len(), LISTING_TEXT_BYTES_MAX - 1);
        assert_eq!(super::cut("short".into()), "short");
    }

    #[test]
    fn cells_end_at_the_antimeridian_and_the_poles() {
        assert_eq!(cell(point(0.0, 180.0)), cell(point(0.05, -179.95)));
        assert_eq!(cell(point(0.0, 179.95)), cell(point(0.0, -180.0)) + 3_599);
        assert_eq!(cell(point(-90.0, 77.0)), 1_800);
        assert_eq!(cell(point(90.0, 77.0)), 1_800 * 3_600 + 1_800);
        let across = BoundingBox::new((0.0, 179.95), (0.05, -179.95)).unwrap();
        let both = [cell(point(0.0, -180.0)), cell(point(0.0, 179.95))];
        assert_eq!(cells_of(across), Some(both.to_vec()));
        let north = BoundingBox::new((89.95, 10.0), (90.0, 10.05)).unwrap();
        assert!(cells_of(north).unwrap().contains(&cell(point(90.0, 0.0))));
        assert_eq!(cells_around(point(89.9, 0.0), 100_000), None);
        assert_eq!(cells_around(point(52.52, 13.405), 20_000_000), None);
        // 10 km are 0.09 degrees to the north and 0.15 to the east.
        assert_eq!(
            cells_around(point(52.52, 13.405), 10_000).unwrap().len(),
            12
        );
    }

    proptest! {
        #[test]
        fn a_place_within_the_radius_is_in_one_of_the_cells(
            lat in -90.0_f64..=90.0, lng in -180.0_f64..=180.0,
            north in -0.6_f64..0.6, east in -180.0_f64..=180.0,
            narrow in 0.001_f64..1.0, radius in 0_u32..60_000,
        ) {
            let center = point(lat, lng);
            let turned = |lng: f64| (lng + 540.0).rem_euclid(360.0) - 180.0;
            let place = point((lat + north).clamp(-90.0, 90.0), turned(lng + east * narrow * narrow));
            let inside = distance_meters(center, place).round() <= f64::from(radius);
            if let (true, Some(cells)) = (inside, cells_around(center, radius)) {
                prop_assert!(cells.contains(&cell(place)));
            }
        }

        #[test]
        fn whatever_the_core_finds_by_its_words_a_store_finds_by_beginnings(
            name in "[aAbBßſİıΣσς1 .-]{0,8}", text in "\\PC{0,12}", wanted in "[aAbBßſİıΣσςsS1 .-]{1,4}",
        ) {
            let Ok(asked) = SearchText::new(wanted.as_str()) else { return Ok(()) };
            let candidate = Candidate {
                name,
                text,
                ..Candidate::new("x".to_owned().try_into().unwrap())
            };
            let query = SearchQuery { text: Some(asked), ..SearchQuery::default() };
            let found = !rank(&query, std::slice::from_ref(&candidate)).unwrap().hits.is_empty();
            let own: Vec<Box<str>> = words(&candidate.name).into_iter().chain(words(&candidate.text)).collect();
            let prefixed = words(&wanted).iter().all(|word| own.iter().any(|each| each.starts_with(&**word)));
            prop_assert_eq!(found, prefixed);
        }
    }
}
