//! Searching providers: a store finds candidates by category, place and words; the core filters and
//! orders them; and the engine itself says who has time.

use std::collections::HashSet;
use std::num::NonZeroUsize;

use quando::availability::Slot;
use quando::id::ProviderId;
use quando::limits::SEARCH_CANDIDATES_MAX;
use quando::review::RatingSummary;
use quando::search::{
    Available, Candidate, Cursor, Hit, Opening, Order, Page, SearchError, SearchQuery, Sort,
    SortBy, rank,
};
use serde::Serialize;

use crate::codec::corrupt;
use crate::limits::{AVAILABILITY_CANDIDATES_MAX, PAGE_MAX};
use crate::listing;
use crate::record::Provider;
use crate::store::{Item, List, ListingRow, Store};
use crate::use_case::SlotsRequest;
use crate::{Engine, Error};

/// A page of what was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// In the order that was asked for.
    pub hits: Vec<FoundProvider>,
    /// Where the next page begins; none after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

/// A provider that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundProvider {
    /// Its place in what was asked: how far, from when on.
    #[serde(flatten)]
    pub hit: Hit,
    /// Its public profile.
    pub provider: Provider,
    /// How it was rated.
    pub ratings: RatingSummary,
}

/// Where a store looks for candidates.
#[derive(Clone, Debug)]
struct Plan {
    category: Box<str>,
    cells: Option<Vec<i32>>,
    words: Vec<Box<str>>,
}

impl Plan {
    fn of(query: &SearchQuery) -> Plan {
        let category = match query.filter.categories.as_slice() {
            [only] => only.as_str().into(),
            // All of several categories: the core sees to it.
            _ => "".into(),
        };
        let near = query.origin.zip(query.filter.radius_meters);
        let text = query.text.as_ref().map_or("", |text| text.as_str());
        Plan {
            category,
            cells: near.and_then(|(origin, radius)| listing::cells_around(origin, radius)),
            words: listing::words(text),
        }
    }

    fn list(&self, after: Option<(i64, ProviderId)>, limit: u32) -> List {
        List::Listings {
            category: self.category.clone(),
            cells: self.cells.clone(),
            words: self.words.clone(),
            after,
            limit,
        }
    }
}

impl<S: Store> Engine<S> {
    /// Searches providers, page by page.
    ///
    /// With the rating order only as much is read as the page needs; other orders look at all
    /// candidates. Where time is asked for, each candidate's own slots are: what is found can be
    /// booked.
    ///
    /// # Errors
    ///
    /// [`Error::Search`], also when there are too many candidates for an order or for looking at
    /// their time: then the search has to be narrower.
    pub async fn search_providers(&self, query: &SearchQuery) -> Result<Found, Error> {
        let plan = Plan::of(query);
        let streams = query.sort.by == SortBy::Rating
            && query.sort.order.unwrap_or(Order::Descending) == Order::Descending
            && query.filter.available.is_none();
        let candidates = if streams {
            return self.best_rated(query, &plan).await;
        } else {
            self.all_candidates(query, &plan).await?
        };
        let candidates = match query.filter.available {
            Some(available) => self.with_time(query, candidates, available).await?,
            None => candidates,
        };
        let page = rank(query, &candidates)?;
        self.found(page, &candidates).await
    }

    /// Reads the best rated first, until nobody who comes later can be on the page.
    async fn best_rated(&self, query: &SearchQuery, plan: &Plan) -> Result<Found, Error> {
        let limit = query.limit.get();
        let mut whole_page = query.clone();
        whole_page.limit = ROWS_MAX;
        // Those that fit and come after the cursor; the others are not kept.
        let mut fitting: Vec<Candidate> = Vec::new();
        let mut read = 0;
        // Equal millionths may be different means, so that they are read from their first on.
        let from = match &query.after {
            Some(cursor) => cursor.rating_micros(query)?,
            None => None,
        };
        let mut after = from.map(|micros| (i64::try_from(micros).unwrap_or(i64::MAX), first_id()));
        let size = u32::try_from(limit * 2 + 10)
            .unwrap_or(PAGE_MAX)
            .min(PAGE_MAX);
        loop {
            let rows = self.listings(plan.list(after.take(), size)).await?;
            read += rows.len();
            check_count(read)?;
            let batch = rows.iter().map(|row| candidate(row, query));
            let mut batch = batch.collect::<Result<Vec<_>, _>>()?;
            let hits = rank(&whole_page, &batch)?.hits;
            let hits: HashSet<&ProviderId> = hits.iter().map(|hit| &hit.id).collect();
            batch.retain(|each| hits.contains(&each.id));
            fitting.append(&mut batch);
            let last = rows.last().filter(|_| rows.len() == size as usize);
            let Some(last) = last else { break };
            let settled = fitting
                .iter()
                .filter(|each| is_settled(micros(&each.ratings), last.rating_micros));
            // One more than the page has says that there is a next one.
            if settled.count() > limit {
                break;
            }
            after = Some((last.rating_micros, last.provider.clone()));
        }
        let page = rank(query, &fitting)?;
        self.found(page, &fitting).await
    }

    async fn all_candidates(
        &self,
        query: &SearchQuery,
        plan: &Plan,
    ) -> Result<Vec<Candidate>, Error> {
        let mut candidates = Vec::new();
        let mut after = None;
        loop {
            let rows = self.listings(plan.list(after.take(), PAGE_MAX)).await?;
            let Some(last) = rows.last() else {
                return Ok(candidates);
            };
            after = Some((last.rating_micros, last.provider.clone()));
            for row in &rows {
                candidates.push(candidate(row, query)?);
            }
            check_count(candidates.len())?;
        }
    }

    /// The candidates that otherwise fit, with their first free time in the window.
    async fn with_time(
        &self,
        query: &SearchQuery,
        candidates: Vec<Candidate>,
        available: Available,
    ) -> Result<Vec<Candidate>, Error> {
        let mut otherwise = query.clone();
        otherwise.filter.available = None;
        otherwise.after = None;
        otherwise.sort = Sort::default();
        otherwise.limit = AVAILABILITY_CANDIDATES_MAX;
        let page = rank(&otherwise, &candidates)?;
        if page.next.is_some() {
            return Err(too_many(
                "AVAILABILITY_CANDIDATES_MAX",
                AVAILABILITY_CANDIDATES_MAX.get(),
            )
            .into());
        }
        let fits = |candidate: &Candidate| page.hits.iter().any(|hit| hit.id == candidate.id);
        let mut free = Vec::new();
        for mut candidate in candidates.into_iter().filter(fits) {
            if let Some(slot) = self.first_free(&candidate.id, available).await? {
                let interval =
                    quando::time::Interval::new(slot.start, slot.end).expect("a slot is not empty");
                let seats = slot.seats_left.try_into().unwrap_or(available.party);
                candidate.openings = vec![Opening { interval, seats }];
                free.push(candidate);
            }
        }
        Ok(free)
    }

    async fn first_free(
        &self,
        provider: &ProviderId,
        available: Available,
    ) -> Result<Option<Slot>, Error> {
        let request = SlotsRequest {
            duration_minutes: Some(available.duration_minutes),
            party: Some(available.party),
            limit: Some(std::num::NonZeroU32::MIN),
            ..SlotsRequest::default()
        };
        let mut first: Option<Slot> = None;
        for service in self.services(provider, None, PAGE_MAX).await? {
            let timing = &service.value.timing;
            let offered = match &timing.duration_choices {
                Some(choices) => choices.contains(&available.duration_minutes),
                None => timing.duration_minutes == available.duration_minutes,
            };
            if !offered || !service.value.active {
                continue;
            }
            let id = &service.value.id;
            let slots = self.slots(provider, id, available.window, &request).await;
            let slots = match slots {
                Ok(slots) => slots.slots,
                // A party that is larger than the service takes has no time here.
                Err(Error::Rejected(_) | Error::NotFound { .. }) => Vec::new(),
                Err(error) => return Err(error),
            };
            let earlier = |slot: &Slot| first.as_ref().is_none_or(|first| slot.start < first.start);
            if let Some(slot) = slots.into_iter().find(earlier) {
                first = Some(slot);
            }
        }
        Ok(first)
    }

    async fn listings(&self, list: List) -> Result<Vec<ListingRow>, Error> {
        let items = self.store.list(list).await?.into_iter();
        let rows = items.filter_map(|item| match item {
            Item::Listing(row) => Some(*row),
            _ => None,
        });
        Ok(rows.collect())
    }

    async fn found(&self, page: Page, candidates: &[Candidate]) -> Result<Found, Error> {
        let mut hits = Vec::with_capacity(page.hits.len());
        for hit in page.hits {
            let ratings = candidates.iter().find(|each| each.id == hit.id);
            let ratings = ratings.map(|each| each.ratings).unwrap_or_default();
            // Who was deleted meanwhile is left out.
            if let Some(provider) = self.provider(&hit.id).await? {
                hits.push(FoundProvider {
                    hit,
                    provider: provider.value,
                    ratings,
                });
            }
        }
        Ok(Found {
            hits,
            next: page.next,
        })
    }
}

/// Whether a candidate with these millionths comes before everybody who was not read yet, when the
/// last one that was read has those. Who is not rated, or has nothing but the best ratings, has
/// exactly the mean of all others with the same millionths, and they are read by their ids.
fn is_settled(own: i64, read: i64) -> bool {
    own > read || (own == read && (own == 0 || own == BEST_MICROS))
}

/// Millionths of a star of the best rating.
const BEST_MICROS: i64 = 5_000_000;
/// As many hits as a page of rows may have.
const ROWS_MAX: NonZeroUsize = NonZeroUsize::new(PAGE_MAX as usize).expect("not zero");

/// What a row says; without the texts when nobody looks for words, for they are the most of it.
fn candidate(row: &ListingRow, query: &SearchQuery) -> Result<Candidate, Error> {
    let mut candidate: Candidate = serde_json::from_slice(&row.body)
        .map_err(|error| corrupt(&format!("listing of `{}`: {error}", row.provider)))?;
    if query.text.is_none() {
        candidate.text = String::new();
    }
    candidate.ratings =
        RatingSummary::new(row.ratings).map_err(|error| corrupt(&error.to_string()))?;
    Ok(candidate)
}

fn micros(ratings: &RatingSummary) -> i64 {
    crate::statistics::micros(ratings)
}

/// An id before all others.
fn first_id() -> ProviderId {
    ProviderId::new(" ").expect("a space is an id")
}

fn check_count(count: usize) -> Result<(), SearchError> {
    if count > SEARCH_CANDIDATES_MAX {
        return Err(too_many("SEARCH_CANDIDATES_MAX", SEARCH_CANDIDATES_MAX));
    }
    Ok(())
}

fn too_many(limit: &'static str, max: usize) -> SearchError {
    SearchError::OverLimit {
        what: "too many candidates; search more narrowly",
        limit,
        max,
        pointer: "/query",
    }
}

#[cfg(test)]
mod tests {
    use quando::booking::Actor;
    use serde_json::{Value, json};

    use super::super::fixture::{World, key, now, operator};
    use super::*;

    fn search(world: &World, query: Value) -> Result<Vec<String>, Error> {
        let mut query: SearchQuery = serde_json::from_value(query).unwrap();
        let mut names = Vec::new();
        loop {
            let found = now(world.engine.search_providers(&query))?;
            names.extend(found.hits.iter().map(|each| each.hit.id.to_string()));
            match found.next {
                Some(next) => query.after = Some(next),
                None => return Ok(names),
            }
        }
    }

    /// Ana and Ben in Berlin, Cem in Paris; Ben is rated best.
    fn world() -> World {
        let world = World::new();
        let place = |lat: f64, lng: f64| json!({"lat": lat, "lng": lng});
        let profile = |location: Value, name: &str| json!({"location": location, "categories": ["hair"], "description": name});
        world.add("ana", &profile(place(52.52, 13.405), "cuts"), &json!({}));
        world.add(
            "ben",
            &profile(place(52.53, 13.405), "cuts and colours"),
            &json!({}),
        );
        world.add("cem", &profile(place(48.85, 2.35), "coupes"), &json!({}));
        let booked = [("ana", 4), ("ben", 5)].map(|(name, rating)| {
            let wish = json!({
                "provider": name, "service": "cut", "customer": "c1",
                "start": "2026-03-02T09:00:00Z"});
            let wish: crate::NewBooking = serde_json::from_value(wish).unwrap();
            let booked = now(world.engine.create_booking(operator(), wish)).unwrap();
            (key(&booked.value), rating)
        });
        world.at("2026-03-02T10:00:00Z");
        now(world.engine.fire_deadlines(10)).unwrap();
        for (key, rating) in booked {
            let review = json!({"do": "review", "rating": rating, "text": ""});
            for actor in [Actor::Customer, Actor::Provider] {
                let act: crate::Act = serde_json::from_value(review.clone()).unwrap();
                let context = crate::Context::new(actor);
                now(world.engine.act(context, key.clone(), act.into())).unwrap();
            }
        }
        now(world.engine.relay_events(500)).unwrap();
        world
    }

    #[test]
    fn providers_are_found_by_place_category_words_and_rating() {
        let world = world();
        let near = json!({"lat": 52.52, "lng": 13.405});
        let found = |query: Value| search(&world, query).unwrap();
        let rated = json!({
            "origin": near, "filter": {"categories": ["hair"], "radiusMeters": 10000},
            "sort": {"by": "rating"}, "limit": 1});
        assert_eq!(found(rated), ["ben", "ana"]);
        let nearest = json!({"origin": near, "sort": {"by": "distance"}, "limit": 2});
        assert_eq!(found(nearest), ["ana", "ben", "cem"]);
        assert_eq!(found(json!({"text": "colour"})), ["ben"]);
        assert_eq!(
            found(json!({"filter": {"categories": ["nails"]}})),
            Vec::<String>::new()
        );
        let good = json!({"filter": {"ratingAtLeast": "4.5"}, "sort": {"by": "rating"}});
        assert_eq!(found(good), ["ben"]);
    }

    /// Pages through everybody by rating, against the order that the whole would have.
    #[test]
    fn pages_by_rating_leave_nobody_out_and_have_nobody_twice() {
        let world = World::new();
        let means = [5, 0, 4, 5, 0, 3, 4, 5, 0, 5, 5, 0];
        for (place, rating) in means.into_iter().enumerate() {
            let id = format!("p{place:02}");
            world.add(&id, &json!({}), &json!({}));
            let mut ratings = [0_i64; 5];
            if rating > 0 {
                ratings[rating - 1] = 1;
            }
            rate(&world, &id, ratings);
        }
        let expected = [
            "p00", "p03", "p07", "p09", "p10", "p02", "p06", "p05", "p01", "p04", "p08", "p11",
        ];
        for limit in 1..=13 {
            let query = json!({"sort": {"by": "rating"}, "limit": limit});
            assert_eq!(search(&world, query).unwrap(), expected, "{limit}");
        }
    }

    /// 4.5 by two ratings each, and by three millions that are a little better: as millionths they
    /// are equal. The better one has the greatest id, is read last and comes first.
    #[test]
    fn means_that_differ_by_less_than_a_millionth_have_their_exact_order() {
        let world = World::new();
        let mut expected = vec!["z".to_owned()];
        for place in 0..20 {
            let id = format!("p{place:02}");
            world.add(&id, &json!({}), &json!({}));
            rate(&world, &id, [0, 0, 0, 1, 1]);
            expected.push(id);
        }
        world.add("z", &json!({}), &json!({}));
        rate(&world, "z", [0, 0, 0, 1_499_999, 1_500_001]);
        for limit in [1, 2, 5] {
            let query = json!({"sort": {"by": "rating"}, "limit": limit});
            assert_eq!(search(&world, query).unwrap(), expected, "{limit}");
        }
    }

    /// Lets ratings count that nobody gave.
    fn rate(world: &World, id: &str, ratings: [i64; 5]) {
        let delta = crate::statistics::StatisticsDelta {
            ratings,
            ..Default::default()
        };
        let projection = crate::store::Projection::Statistics {
            provider: ProviderId::new(id).unwrap(),
            delta: Box::new(delta),
        };
        // Something has to be relayed for anything to follow from it.
        let relayed = now(world
            .engine
            .store()
            .relay(500, move |_| vec![projection.clone()]));
        assert!(!relayed.unwrap().is_empty());
    }

    #[test]
    fn who_has_no_time_is_not_found() {
        let world = world();
        let query = |by: &str| {
            json!({
                "sort": {"by": by},
                "filter": {"available": {
                    "window": {"from": "2026-03-03T09:00:00Z", "to": "2026-03-03T10:00:00Z"},
                    "durationMinutes": 60}}})
        };
        let found = |by: &str| search(&world, query(by)).unwrap();
        assert_eq!(found("earliest"), ["ana", "ben", "cem"]);
        world.book("c2", "2026-03-03T09:00:00Z");
        assert_eq!(found("earliest"), ["ben", "cem"]);
        assert_eq!(found("rating"), ["ben", "cem"]);
    }
}
