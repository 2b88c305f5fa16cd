use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::RefundError;
use crate::limits::REFUND_TIERS_MAX;
use crate::money::Share;

/// How much is given back, by how long before the start a customer cancels; checked.
///
/// JSON form: a list of [`RefundTier`] in any order, printed with hours falling. Without a tier
/// nothing is given back.
///
/// # Example
///
/// ```
/// use quando::fees::RefundTiers;
/// use quando::money::Share;
/// use quando::time::parse_instant;
///
/// let tiers: RefundTiers = serde_json::from_str(
///     r#"[{"hoursBefore": 48, "refund": "1.00"}, {"hoursBefore": 24, "refund": "0.50"}]"#,
/// )?;
/// let start = parse_instant("2026-03-04T10:00:00Z")?;
/// assert_eq!(tiers.share_at(start, parse_instant("2026-03-02T10:00:00Z")?), Share::ALL);
/// assert_eq!(tiers.share_at(start, parse_instant("2026-03-02T10:00:01Z")?), Share::parse("0.5")?);
/// assert_eq!(tiers.share_at(start, parse_instant("2026-03-03T10:00:01Z")?), Share::NONE);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<RefundTier>", into = "Vec<RefundTier>")]
pub struct RefundTiers(Vec<RefundTier>);

/// What is given back when at least so many hours are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefundTier {
    /// Elapsed hours before the start, the boundary included.
    pub hours_before: u32,
    /// The share of what was captured.
    pub refund: Share,
}

impl RefundTiers {
    /// Checks tiers in any order.
    ///
    /// # Errors
    ///
    /// [`RefundError`] for equal hours, for more refund for later, and for more than
    /// [`REFUND_TIERS_MAX`] tiers.
    pub fn new(mut tiers: Vec<RefundTier>) -> Result<RefundTiers, RefundError> {
        if tiers.len() > REFUND_TIERS_MAX {
            return Err(RefundError::TooManyTiers);
        }
        tiers.sort_by_key(|tier| Reverse(tier.hours_before));
        for pair in tiers.windows(2) {
            let (earlier, later) = (pair[0], pair[1]);
            let hours = later.hours_before;
            if earlier.hours_before == hours {
                return Err(RefundError::EqualHours { hours });
            }
            if later.refund > earlier.refund {
                return Err(RefundError::MoreForLater { hours });
            }
        }
        Ok(RefundTiers(tiers))
    }

    /// The tiers, hours falling.
    pub fn as_slice(&self) -> &[RefundTier] {
        &self.0
    }

    /// The share that a customer gets back who cancels at `at` what starts at `start`.
    ///
    /// The first tier, hours falling, with at least its hours left; below the last tier, and after
    /// the start, nothing. Hours are elapsed time, whatever clocks do meanwhile.
    pub fn share_at(&self, start: DateTime<Utc>, at: DateTime<Utc>) -> Share {
        let left = start.signed_duration_since(at);
        let reached = |tier: &&RefundTier| left >= TimeDelta::hours(tier.hours_before.into());
        let tier = self.0.iter().find(reached);
        tier.map_or(Share::NONE, |tier| tier.refund)
    }
}

impl TryFrom<Vec<RefundTier>> for RefundTiers {
    type Error = RefundError;

    fn try_from(tiers: Vec<RefundTier>) -> Result<RefundTiers, RefundError> {
        RefundTiers::new(tiers)
    }
}

impl From<RefundTiers> for Vec<RefundTier> {
    fn from(tiers: RefundTiers) -> Vec<RefundTier> {
        tiers.0
    }
}
