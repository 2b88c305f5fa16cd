//! What a provider's bookings add up to, kept from event to event.

use std::collections::BTreeMap;

use quando::booking::{Event, Fact};
use quando::ledger::Account;
use quando::money::Currency;
use quando::payment::PaymentFact;
use quando::review::{Party, Rating, RatingSummary};
use serde::{Deserialize, Serialize};

use crate::codec::BookingEvents;

/// What a provider's bookings add up to. All of it is sums over events, so that it can be kept by
/// adding and built anew from the journal with the same result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Statistics {
    /// Bookings that were made; holds do not count.
    pub bookings: u64,
    /// Bookings that were confirmed.
    pub confirmed: u64,
    /// Bookings whose service was done.
    pub completed: u64,
    /// Bookings that were called off, and holds that were let go.
    pub cancelled: u64,
    /// Bookings that somebody did not come to, and that was not undone.
    pub no_shows: u64,
    /// What customers say, as far as it may be seen.
    pub ratings: RatingSummary,
    /// Money by currency.
    pub money: BTreeMap<Currency, MoneyStatistics>,
}

/// Sums of a currency, in its minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MoneyStatistics {
    /// What customers paid.
    pub captured: i64,
    /// What went back to them.
    pub refunded: i64,
    /// The provider's revenue: what is owed to it or was paid out, less what it owes.
    pub revenue: i64,
    /// The platform's share.
    pub platform_fee: i64,
}

/// By how much statistics change: the same sums, which may be negative.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct StatisticsDelta {
    /// Bookings that were made.
    pub bookings: i64,
    /// Bookings that were confirmed.
    pub confirmed: i64,
    /// Bookings whose service was done.
    pub completed: i64,
    /// Bookings that were called off.
    pub cancelled: i64,
    /// No-shows, less those that were undone.
    pub no_shows: i64,
    /// Ratings from 1 to 5 that are seen now.
    pub ratings: [i64; 5],
    /// Money by currency.
    pub money: BTreeMap<Currency, MoneyStatistics>,
}

impl StatisticsDelta {
    /// Whether nothing changes.
    pub fn is_zero(&self) -> bool {
        *self == StatisticsDelta::default()
    }

    /// Takes in an event. `ratings` are those of the customer that are seen with a
    /// [`Fact::ReviewsPublished`].
    pub fn take_in(&mut self, event: &Event, rating: Option<Rating>) {
        match &event.fact {
            Fact::Booked { .. } => self.bookings += 1,
            Fact::Confirmed { .. } => self.confirmed += 1,
            Fact::Completed { .. } => self.completed += 1,
            Fact::Cancelled { .. } => self.cancelled += 1,
            Fact::MarkedNoShow { .. } => self.no_shows += 1,
            Fact::NoShowUndone => self.no_shows -= 1,
            Fact::ReviewsPublished => {
                if let Some(rating) = rating {
                    self.ratings[usize::from(rating.get()) - 1] += 1;
                }
            }
            Fact::Money(PaymentFact::Posted { entry }) => {
                for posting in entry.postings() {
                    let amount = posting.amount;
                    self.money
                        .entry(amount.currency())
                        .or_default()
                        .post(posting.account, amount.minor());
                }
            }
            _ => {}
        }
    }

    /// Takes in all events of one change.
    pub fn take_in_all(&mut self, change: &BookingEvents) {
        let rating = change.ratings.first().copied();
        for event in &change.events {
            self.take_in(event, rating);
        }
    }

    /// Adds another change to this one.
    pub fn add(&mut self, other: &StatisticsDelta) {
        self.bookings += other.bookings;
        self.confirmed += other.confirmed;
        self.completed += other.completed;
        self.cancelled += other.cancelled;
        self.no_shows += other.no_shows;
        for (sum, more) in self.ratings.iter_mut().zip(other.ratings) {
            *sum += more;
        }
        for (currency, money) in &other.money {
            self.money.entry(*currency).or_default().add(money);
        }
    }
}

impl Statistics {
    /// Adds a change. Sums that would fall below zero, which no events add up to, stay at zero.
    pub fn add(&mut self, delta: &StatisticsDelta) {
        let count = |sum: &mut u64, more: i64| *sum = sum.saturating_add_signed(more);
        count(&mut self.bookings, delta.bookings);
        count(&mut self.confirmed, delta.confirmed);
        count(&mut self.completed, delta.completed);
        count(&mut self.cancelled, delta.cancelled);
        count(&mut self.no_shows, delta.no_shows);
        let mut counts = self.ratings.counts();
        for (sum, more) in counts.iter_mut().zip(delta.ratings) {
            count(sum, more);
        }
        self.ratings = RatingSummary::new(counts).unwrap_or(self.ratings);
        for (currency, money) in &delta.money {
            self.money.entry(*currency).or_default().add(money);
        }
    }

    /// The mean of the ratings in millionths of a star, rounded down; 0 without any.
    pub fn rating_micros(&self) -> i64 {
        micros(&self.ratings)
    }
}

/// The mean of ratings in millionths of a star, rounded down; 0 without any.
pub(crate) fn micros(ratings: &RatingSummary) -> i64 {
    ratings.mean().map_or(0, |mean| {
        let micros = u128::from(mean.sum()) * 1_000_000 / u128::from(mean.count());
        i64::try_from(micros).expect("a mean is at most five stars")
    })
}

impl MoneyStatistics {
    fn post(&mut self, account: Account, debit: i64) {
        match account {
            Account::Captured => self.captured += debit,
            Account::Refunded => self.refunded -= debit,
            Account::PlatformFee => self.platform_fee -= debit,
            Account::ProviderPayable | Account::PaidOut | Account::ProviderReceivable => {
                self.revenue -= debit;
            }
            Account::Disputed
            | Account::ProcessorFee
            | Account::Held
            | Account::PlatformExpense
            | Account::ProcessorClaim => {}
        }
    }

    fn add(&mut self, other: &MoneyStatistics) {
        self.captured += other.captured;
        self.refunded += other.refunded;
        self.revenue += other.revenue;
        self.platform_fee += other.platform_fee;
    }
}

/// The party whose reviews count for providers.
pub(crate) const RATES_PROVIDERS: Party = Party::Customer;
