//! What a marketplace decides for itself.

/// What a marketplace decides for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// The most that one operator gives back of a booking alone, in the smallest units of its
    /// currency: 50,000 are 500.00 euros, 50,000 yen and 50.000 dinars of Kuwait. For more, a second
    /// operator has to agree.
    pub refund_alone_max: u64,
    /// The domain in the names of calendar events. It stays for good: calendars know events by it.
    pub calendar_domain: String,
}

impl Default for Shop {
    fn default() -> Shop {
        Shop {
            refund_alone_max: 50_000,
            calendar_domain: "quando.invalid".to_owned(),
        }
    }
}
