//! Prices, fees and refunds in plain cents.

use super::super::shop::{DAY, NOON, Sheet};

/// What a booking costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Price {
    pub(super) total: i64,
    pub(super) fee: i64,
    pub(super) due_now: i64,
}

const WHOLE: i64 = 10_000;

impl Sheet {
    /// The price of a start for a party.
    pub(super) fn quote(&self, start: i64, party: u32) -> Price {
        let seats = if self.per_seat { i64::from(party) } else { 1 };
        let base = self.price * seats;
        let surcharge = if start.rem_euclid(DAY) >= NOON {
            self.round(base * self.after_noon, WHOLE)
        } else {
            0
        };
        let net = base + surcharge;
        let fee = self.round(net * self.fee_rate + self.fee_fixed * WHOLE, WHOLE);
        let fee = fee.max(self.fee_minimum).min(net);
        let total = net + self.round(fee * self.fee_of_customer, WHOLE);
        let deposit = self.deposit.map(|part| self.round(total * part, WHOLE));
        Price {
            total,
            fee,
            due_now: deposit.unwrap_or(total).min(total),
        }
    }

    /// A part of something that is not negative, rounded once.
    pub(super) fn round(&self, numerator: i64, denominator: i64) -> i64 {
        let (down, rest) = (numerator / denominator, numerator % denominator);
        match (rest * 2).cmp(&denominator) {
            std::cmp::Ordering::Less => down,
            std::cmp::Ordering::Greater => down + 1,
            std::cmp::Ordering::Equal if self.half_even => down + down % 2,
            std::cmp::Ordering::Equal => down + 1,
        }
    }

    /// The share that a customer gets back who cancels, by the tiers alone.
    fn tier(&self, start: i64, at: i64) -> i64 {
        let reached = self
            .tiers
            .iter()
            .find(|(hours, _)| start - at >= hours * 3_600);
        reached.map_or(0, |(_, share)| *share)
    }

    /// The lowest share that the customer's own moves leave.
    fn cap(&self, moves: &[(i64, i64)]) -> i64 {
        let shares = moves.iter().map(|(start, at)| self.tier(*start, *at));
        shares.min().unwrap_or(WHOLE)
    }

    /// The share that a customer gets back who cancels after these moves.
    pub(super) fn share(&self, start: i64, at: i64, moves: &[(i64, i64)]) -> i64 {
        self.tier(start, at).min(self.cap(moves))
    }

    /// What a customer gets back of an amount who cancels.
    pub(super) fn cancelled(&self, amount: i64, share: i64) -> i64 {
        self.given(amount, share, self.cancellation_fee)
    }

    /// What a customer gets back of an amount who does not come.
    pub(super) fn missed(&self, amount: i64, moves: &[(i64, i64)]) -> i64 {
        match self.no_show_fee {
            None => 0,
            fee => self.given(amount, self.cap(moves), fee),
        }
    }

    fn given(&self, amount: i64, share: i64, fee: Option<i64>) -> i64 {
        let given = self.round(amount * share, WHOLE);
        let charge = fee.map_or(0, |part| self.round(amount * part, WHOLE));
        given - charge.min(given)
    }
}
