//! Reviews of bookings, both ways, and the ratings that they add up to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cmp::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, RngSeed};
use quando::limits::{RATINGS_MAX, REVIEW_TEXT_BYTES_MAX};
use quando::review::{
    Party, Rating, RatingMean, RatingSummary, Review, ReviewError, ReviewPolicy, ReviewText,
    Reviews,
};
use quando::time::{Minutes, parse_instant};
use serde_json::json;

fn instant(text: &str) -> DateTime<Utc> {
    parse_instant(text).unwrap()
}

/// Of a booking that was completed on 2 March at 15:00, open for the usual 14 days.
fn reviews() -> Reviews {
    Reviews::open(instant("2026-03-02T15:00:00Z"), ReviewPolicy::default()).unwrap()
}

fn review(by: Party, rating: u8, at: &str) -> Review {
    Review {
        by,
        rating: Rating::new(rating).unwrap(),
        text: ReviewText::new("On time.").unwrap(),
        at: instant(at),
    }
}

/// Who sees whose review: everybody, the customer, the provider.
fn seen(reviews: &Reviews, at: &str) -> [Vec<Party>; 3] {
    let at = instant(at);
    [
        reviews.visible(at).map(|each| each.by).collect(),
        reviews
            .visible_to(Customer, at)
            .map(|each| each.by)
            .collect(),
        reviews
            .visible_to(Provider, at)
            .map(|each| each.by)
            .collect(),
    ]
}

use Party::{Customer, Provider};

#[test]
fn g6_nothing_is_seen_before_both_are_in() {
    let mut reviews = reviews();
    reviews
        .submit(review(Customer, 2, "2026-03-03T09:00:00Z"))
        .unwrap();
    let at = "2026-03-10T00:00:00Z";
    assert_eq!(seen(&reviews, at), [vec![], vec![Customer], vec![]]);
    assert_eq!(reviews.publish(instant(at)), []);

    reviews
        .submit(review(Provider, 5, "2026-03-10T00:00:00Z"))
        .unwrap();
    let both = vec![Customer, Provider];
    assert_eq!(
        seen(&reviews, at),
        [both.clone(), both.clone(), both.clone()]
    );
    // Both ratings enter the summaries at once, and once only.
    let ratings = [(Customer, Rating::new(2).unwrap()), (Provider, Rating::MAX)];
    assert_eq!(reviews.publish(instant(at)), ratings);
    assert_eq!(reviews.publish(instant(at)), []);
    assert_eq!(reviews.publish(instant("2026-04-01T00:00:00Z")), []);
    // A clock that goes backwards hides nothing again.
    assert_eq!(seen(&reviews, "2026-03-01T00:00:00Z")[0], both);
}

#[test]
fn g6_a_lone_review_is_seen_when_the_period_has_ended() {
    let mut reviews = reviews();
    let closes = "2026-03-16T15:00:00Z";
    assert_eq!(reviews.closes_at(), instant(closes));
    reviews
        .submit(review(Provider, 4, "2026-03-02T15:00:00Z"))
        .unwrap();
    let before = "2026-03-16T14:59:59Z";
    assert_eq!(seen(&reviews, before), [vec![], vec![], vec![Provider]]);
    assert_eq!(reviews.publish(instant(before)), []);
    assert!(!reviews.is_published());
    assert_eq!(seen(&reviews, closes)[0], [Provider]);
    let ratings = [(Provider, Rating::new(4).unwrap())];
    assert_eq!(reviews.publish(instant(closes)), ratings);
    assert!(reviews.is_published());
    assert_eq!(reviews.publish(instant(closes)), []);
    // Even with a clock that went backwards nobody answers what was seen.
    assert_eq!(seen(&reviews, before)[0], [Provider]);
    assert_eq!(
        reviews.submit(review(Customer, 1, before)),
        Err(ReviewError::Closed)
    );
}

#[test]
fn nobody_reviewed_is_published_as_nothing() {
    let mut reviews = reviews();
    assert_eq!(reviews.publish(instant("2026-03-16T15:00:00Z")), []);
    assert!(reviews.is_published());
    assert_eq!(seen(&reviews, "2026-03-17T00:00:00Z")[0], []);
}

#[test]
fn g6_one_review_a_party_from_completion_until_the_period_ends() {
    let check = |review: Review, error: ReviewError| {
        let mut reviews = reviews();
        reviews
            .submit(self::review(Customer, 3, "2026-03-03T00:00:00Z"))
            .unwrap();
        let before = reviews.clone();
        assert_eq!(reviews.submit(review.clone()), Err(error), "{review:?}");
        assert_eq!(reviews, before);
    };
    check(
        review(Provider, 3, "2026-03-02T14:59:59Z"),
        ReviewError::NotOpen,
    );
    check(
        review(Provider, 3, "2026-03-16T15:00:00Z"),
        ReviewError::Closed,
    );
    check(
        review(Customer, 5, "2026-03-04T00:00:00Z"),
        ReviewError::Twice,
    );
    // What comes too late is told so, also to somebody who has reviewed.
    check(
        review(Customer, 5, "2026-03-16T15:00:00Z"),
        ReviewError::Closed,
    );
    let fraction = instant("2026-03-04T00:00:00Z") + TimeDelta::milliseconds(1);
    let review = Review {
        at: fraction,
        ..review(Provider, 3, "2026-03-04T00:00:00Z")
    };
    check(review, ReviewError::Instant);
}

#[test]
fn the_period_is_a_policy() {
    let policy: ReviewPolicy = serde_json::from_str(r#"{"periodMinutes":60}"#).unwrap();
    let reviews = Reviews::open(instant("2026-03-02T15:00:00Z"), policy).unwrap();
    assert_eq!(reviews.opens_at(), instant("2026-03-02T15:00:00Z"));
    assert_eq!(reviews.closes_at(), instant("2026-03-02T16:00:00Z"));
    let never = ReviewPolicy {
        period_minutes: Minutes::ZERO,
    };
    let open = |at: &str, policy| Reviews::open(instant(at), policy);
    assert_eq!(
        open("2026-03-02T15:00:00Z", never),
        Err(ReviewError::NoPeriod)
    );
    assert_eq!(
        open("9999-12-29T00:00:00Z", ReviewPolicy::default()),
        Err(ReviewError::Instant)
    );
    let policy: ReviewPolicy = serde_json::from_str("{}").unwrap();
    assert_eq!(policy.period_minutes.get(), 14 * 24 * 60);
    assert!(serde_json::from_str::<ReviewPolicy>(r#"{"days":3}"#).is_err());
}

#[test]
fn texts_are_bounded_and_kept_as_written() {
    let check = |text: String, expected: Result<(), ReviewError>| {
        let found = ReviewText::new(text.as_str());
        assert_eq!(found.as_ref().map(|_| ()).map_err(|error| *error), expected);
        if let Ok(found) = found {
            assert_eq!(found.as_str(), text);
        }
    };
    check(String::new(), Ok(()));
    check(
        "Two lines,\nan accent: é, e\u{301}, and \u{202e}.".into(),
        Ok(()),
    );
    check("é".repeat(REVIEW_TEXT_BYTES_MAX / 2), Ok(()));
    let long = "é".repeat(REVIEW_TEXT_BYTES_MAX / 2) + "!";
    check(long, Err(ReviewError::TextTooLong));
    for control in ["a\0", "\r\n", "\t", "\u{1b}[2J", "\u{85}", "\u{7f}"] {
        check(control.into(), Err(ReviewError::TextControl));
    }
}

#[test]
fn the_json_form_is_read_as_it_is_written_and_no_contradiction_is() {
    let form = json!({
        "opensAt": "2026-03-02T15:00:00Z",
        "closesAt": "2026-03-16T15:00:00Z",
        "customer": {"by": "customer", "rating": 2, "text": "Late.\nTwice.", "at": "2026-03-03T09:00:00Z"},
        "provider": {"by": "provider", "rating": 5, "at": "2026-03-04T09:00:00Z"},
        "published": true,
    });
    let read: Reviews = serde_json::from_value(form.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), form);
    let mut read_again = read.clone();
    assert_eq!(read_again.publish(instant("2026-04-01T00:00:00Z")), []);

    let bare = json!({"opensAt": "2026-03-02T15:00:00Z", "closesAt": "2026-03-16T15:00:00Z"});
    assert_eq!(serde_json::to_value(reviews()).unwrap(), bare);

    for (name, value, message) in [
        (
            "/closesAt",
            json!("2026-03-02T15:00:00Z"),
            "at least a minute",
        ),
        ("/customer/by", json!("provider"), "under the party"),
        ("/customer/rating", json!(6), "from 1 to 5"),
        ("/customer/rating", json!(0), "from 1 to 5"),
        ("/customer/rating", json!(4.5), "expected u8"),
        ("/customer/at", json!("2026-03-16T15:00:00Z"), "has ended"),
        (
            "/customer/at",
            json!("2026-03-01T15:00:00Z"),
            "when the booking is completed",
        ),
        ("/customer/text", json!("\u{7}"), "control characters"),
        ("/provider/by", json!("operator"), "unknown variant"),
    ] {
        let mut form = form.clone();
        *form.pointer_mut(name).unwrap() = value;
        let error = serde_json::from_value::<Reviews>(form).unwrap_err();
        assert!(error.to_string().contains(message), "{name}: {error}");
    }
    let mut form = form;
    form["hidden"] = json!(true);
    assert!(serde_json::from_value::<Reviews>(form).is_err());
}

fn summary(counts: [u64; 5]) -> RatingSummary {
    RatingSummary::new(counts).unwrap()
}

#[test]
fn means_are_exact_and_rounded_only_when_printed() {
    let check = |counts: [u64; 5], sum: u64, text: &str| {
        let summary = summary(counts);
        assert_eq!(summary.sum(), sum, "{counts:?}");
        let mean = summary.mean().unwrap();
        assert_eq!((mean.sum(), mean.count()), (sum, counts.iter().sum()));
        assert_eq!(mean.to_string(), text, "{counts:?}");
    };
    check([0, 0, 0, 0, 1], 5, "5.00");
    check([1, 0, 0, 0, 0], 1, "1.00");
    check([1, 1, 1, 1, 1], 15, "3.00");
    check([0, 0, 0, 1, 2], 14, "4.67");
    check([0, 0, 0, 2, 1], 13, "4.33");
    // 4.665 is half way between two hundredths: away from zero.
    check([0, 0, 0, 67, 133], 933, "4.67");
    check([0, 0, 0, 7, 1], 33, "4.13");
    check([7, 1, 0, 0, 0], 9, "1.13");
    // 4.995 and more would be rounded to 5.00, though one was not content.
    check([0, 0, 0, 1, 199], 999, "5.00");
    check([0, 0, 0, 1, 198], 994, "4.99");
    check([RATINGS_MAX; 5], 15 * RATINGS_MAX, "3.00");
    assert_eq!(RatingSummary::default().mean(), None);
    assert_eq!(RatingSummary::default().count(), 0);
}

#[test]
fn ratings_are_taken_in_and_out_one_by_one() {
    let mut found = RatingSummary::default();
    for rating in [5, 3, 5, 1] {
        found.add(Rating::new(rating).unwrap()).unwrap();
    }
    assert_eq!(found.counts(), [1, 0, 1, 0, 2]);
    found.remove(Rating::MAX).unwrap();
    assert_eq!(found.counts(), [1, 0, 1, 0, 1]);
    let before = found;
    assert_eq!(
        found.remove(Rating::new(4).unwrap()),
        Err(ReviewError::NotCounted)
    );
    assert_eq!(found, before);
    let mut full = summary([0, 0, 0, 0, RATINGS_MAX]);
    assert_eq!(full.add(Rating::MAX), Err(ReviewError::TooManyRatings));
    assert_eq!(full.counts(), [0, 0, 0, 0, RATINGS_MAX]);
    assert_eq!(
        RatingSummary::new([RATINGS_MAX + 1, 0, 0, 0, 0]),
        Err(ReviewError::TooManyRatings)
    );
    let json = r#"{"counts":[1,0,1,0,1]}"#;
    assert_eq!(serde_json::to_string(&found).unwrap(), json);
    assert_eq!(serde_json::from_str::<RatingSummary>(json).unwrap(), found);
    for json in [
        r#"{"counts":[1,0,1,0]}"#,
        r#"{"counts":[1,0,1,0,-1]}"#,
        r#"{"counts":[0,0,0,0,1000000000001]}"#,
        r#"{"counts":[0,0,0,0,1],"mean":5}"#,
    ] {
        assert!(
            serde_json::from_str::<RatingSummary>(json).is_err(),
            "{json}"
        );
    }
    for rating in [0, 6, 255] {
        assert_eq!(Rating::new(rating), Err(ReviewError::Rating));
    }
}

#[test]
fn means_are_ordered_by_their_value_and_then_by_their_number() {
    let check = |own: [u64; 5], other: [u64; 5], expected: Ordering| {
        let mean = |counts| summary(counts).mean().unwrap();
        let (own, other): (RatingMean, RatingMean) = (mean(own), mean(other));
        assert_eq!(own.cmp(&other), expected);
        assert_eq!(other.cmp(&own), expected.reverse());
    };
    check([0, 0, 0, 0, 1], [0, 0, 0, 1, 199], Ordering::Greater);
    check([0, 0, 0, 0, 1], [0, 0, 0, 0, 2], Ordering::Less);
    check([1, 0, 0, 0, 1], [0, 0, 2, 0, 0], Ordering::Equal);
    check([0, 0, 1, 1, 0], [0, 0, 2, 2, 0], Ordering::Less);
    // A difference that no float of 64 bits shows.
    let many = RATINGS_MAX;
    check(
        [0, 0, 0, 1, many],
        [0, 0, 0, 1, many - 1],
        Ordering::Greater,
    );
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_summary_says_what_the_list_of_ratings_says(ratings in prop::collection::vec(1..=5_u8, 1..60)) {
        let mut found = RatingSummary::default();
        for rating in &ratings {
            found.add(Rating::new(*rating).unwrap()).unwrap();
        }
        let sum: u64 = ratings.iter().map(|rating| u64::from(*rating)).sum();
        let count = ratings.len() as u64;
        let mean = found.mean().unwrap();
        prop_assert_eq!((mean.sum(), mean.count()), (sum, count));
        // The printed hundredths are the closest ones, and of two closest ones the larger.
        let hundredths: u64 = mean.to_string().replace('.', "").parse().unwrap();
        let twice_off = 2 * i64::try_from(hundredths * count).unwrap() - 200 * i64::try_from(sum).unwrap();
        let count = i64::try_from(count).unwrap();
        prop_assert!(-count < twice_off && twice_off <= count, "{} {:?}", mean, ratings);
        for rating in &ratings {
            found.remove(Rating::new(*rating).unwrap()).unwrap();
        }
        prop_assert_eq!(found, RatingSummary::default());
    }

    #[test]
    fn every_rating_is_published_exactly_once(
        steps in prop::collection::vec((0..3_u8, 0..30_i64, 1..=5_u8), 0..12),
    ) {
        let mut reviews = reviews();
        let mut taken = Vec::new();
        let mut published = Vec::new();
        for (what, days, rating) in steps {
            let at = reviews.opens_at() + TimeDelta::days(days - 2);
            let by = [Customer, Provider][usize::from(what % 2)];
            let rating = Rating::new(rating).unwrap();
            if what < 2 {
                let review = Review { by, rating, text: ReviewText::default(), at };
                if reviews.submit(review).is_ok() {
                    prop_assert!(published.is_empty(), "taken after somebody could see");
                    taken.push((by, rating));
                }
            } else {
                let hidden = reviews.visible(at).count() == 0;
                let found = reviews.publish(at);
                prop_assert!(found.is_empty() || !hidden);
                published.extend(found);
            }
        }
        published.extend(reviews.publish(reviews.closes_at()));
        taken.sort_unstable();
        published.sort_unstable();
        prop_assert_eq!(taken, published);
    }
}
