//! Claims beside the bookings that laid them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use quando::availability::Claim;
use quando::booking::Booking;
use quando::id::{ProviderId, ResourceId};
use quando::time::Interval;

use crate::limits::{PAGE_MAX, UNITS_MAX};
use crate::store::{ClaimRow, Item, List, Owner, SessionKey, Store};
use crate::use_case::verify::{Flaw, Verification, VerifyProgress};
use crate::{Engine, Error};

/// The claims of a provider.
#[derive(Debug, Default)]
struct Laid {
    /// By what they belong to; those of a booking only until it was seen.
    rows: HashMap<Owner, Vec<ClaimRow>>,
    /// Sessions that somebody sits in.
    sessions: HashSet<Owner>,
}

impl<S: Store> Engine<S> {
    pub(super) async fn verify_claims(
        &self,
        found: &mut Verification,
        progress: &mut impl FnMut(VerifyProgress),
    ) -> Result<(), Error> {
        let mut providers = self.verify_units(found, progress).await?;
        let mut after = None;
        let mut current: Option<(ProviderId, Laid)> = None;
        loop {
            let rows = self.all_bookings(after.take()).await?;
            let Some(last) = rows.last() else { break };
            after = Some((last.provider.clone(), last.id.clone()));
            for row in rows {
                if current.as_ref().is_none_or(|(of, _)| *of != row.provider) {
                    check_left(current.take(), found);
                    providers.remove(&row.provider);
                    let laid = self.claims_of(&row.provider, found).await?;
                    current = Some((row.provider.clone(), laid));
                }
                // What cannot be read was found before.
                if let (Ok(booking), Some((_, laid))) = (self.decode(&row).await, &mut current) {
                    check_claims(&booking, laid, found);
                }
            }
        }
        check_left(current, found);
        for provider in providers {
            let laid = self.claims_of(&provider, found).await?;
            check_left(Some((provider, laid)), found);
        }
        Ok(())
    }

    /// Whether two claims take one unit at the same time. Gives whose claims there are.
    async fn verify_units(
        &self,
        found: &mut Verification,
        progress: &mut impl FnMut(VerifyProgress),
    ) -> Result<BTreeSet<ProviderId>, Error> {
        let mut providers = BTreeSet::new();
        // The claim that lasts longest of those of the same unit so far.
        let mut longest: Option<(ProviderId, Box<ClaimRow>)> = None;
        let mut after: Option<(ProviderId, Box<ClaimRow>)> = None;
        loop {
            let page = self.claims_page(None, after.take()).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.clone());
            for (provider, row) in page {
                found.claims += 1;
                let same = longest.as_ref().filter(|(of, before)| {
                    *of == provider
                        && before.resource == row.resource
                        && before.unit == row.unit
                        && row.unit.is_some()
                });
                if same.is_some_and(|(_, before)| before.span.overlaps(row.span)) {
                    found.flaw(Flaw::UnitsMeet, format!("{} {}", row.resource, row.owner));
                }
                let longer = same.is_none_or(|(_, before)| before.span.end() < row.span.end());
                if !providers.contains(&provider) {
                    providers.insert(provider.clone());
                }
                if longer {
                    longest = Some((provider, row));
                }
            }
            progress(VerifyProgress {
                part: "claims",
                rows: found.claims,
            });
        }
        Ok(providers)
    }

    /// All claims of a provider. Whether each has a unit that its resource has is seen on the way.
    async fn claims_of(
        &self,
        provider: &ProviderId,
        found: &mut Verification,
    ) -> Result<Laid, Error> {
        let capacities = self.capacities(provider).await?;
        let mut laid = Laid::default();
        let mut after = None;
        loop {
            let page = self
                .claims_page(Some(provider.clone()), after.take())
                .await?;
            let Some(last) = page.last() else {
                return Ok(laid);
            };
            after = Some(last.clone());
            for (_, row) in page {
                let known = capacities.get(&row.resource);
                if known.is_some_and(|known| !has_unit(*known, &row)) {
                    found.flaw(Flaw::UnitUnknown, format!("{} {}", row.resource, row.owner));
                }
                laid.rows.entry(row.owner.clone()).or_default().push(*row);
            }
        }
    }

    async fn claims_page(
        &self,
        provider: Option<ProviderId>,
        after: Option<(ProviderId, Box<ClaimRow>)>,
    ) -> Result<Vec<(ProviderId, Box<ClaimRow>)>, Error> {
        let list = List::Claims {
            provider,
            after,
            limit: PAGE_MAX,
        };
        let items = self.store.list(list).await?.into_iter();
        let rows = items.filter_map(|item| match item {
            Item::Claim(provider, row) => Some((provider, row)),
            _ => None,
        });
        Ok(rows.collect())
    }

    /// How many units each resource has, and since when.
    async fn capacities(
        &self,
        provider: &ProviderId,
    ) -> Result<BTreeMap<ResourceId, (i64, DateTime<Utc>)>, Error> {
        let mut capacities = BTreeMap::new();
        let mut after: Option<ResourceId> = None;
        loop {
            let page = self.resources(provider, after.as_ref(), PAGE_MAX).await?;
            let Some(last) = page.last() else {
                return Ok(capacities);
            };
            after = Some(last.value.id.clone());
            for resource in page {
                let units = i64::from(resource.value.capacity.get()).min(UNITS_MAX);
                capacities.insert(resource.value.id, (units, resource.updated_at));
            }
        }
    }
}

/// Whether a resource has the unit that a claim takes. A claim from before the resource was last
/// changed was laid under another capacity; seats have numbers beyond all units.
fn has_unit((units, since): (i64, DateTime<Utc>), row: &ClaimRow) -> bool {
    let unit = row.unit.filter(|unit| *unit < UNITS_MAX);
    row.decided_at <= since || unit.is_none_or(|unit| (0..units).contains(&unit))
}

/// Takes the claims of a booking out, and looks whether they are those that it lays.
fn check_claims(booking: &Booking, laid: &mut Laid, found: &mut Verification) {
    let owner = Owner::Booking(booking.id.clone());
    let mut rows = laid.rows.remove(&owner).unwrap_or_default();
    rows.sort_unstable_by_key(|row| row.number);
    let told = rows
        .iter()
        .filter_map(|row| row.claim.as_ref().map(|claim| (&row.resource, claim)));
    let own: Vec<(&ResourceId, Claim)> = booking.claims().collect();
    let same = told.eq(own.iter().map(|(resource, claim)| (*resource, claim)));
    // Who booked knowingly over a conflict takes time that others have, and has no unit for it.
    let guarded = booking.status.occupies() && booking.overridden.is_none();
    let mut wanted: BTreeMap<&ResourceId, i64> = BTreeMap::new();
    for (resource, claim) in own.iter().filter(|_| guarded) {
        let lanes = match claim.session {
            // Seats are counted on the session's primary resource alone.
            true if claim.with.is_some() => 0,
            _ => i64::from(claim.units.get()),
        };
        let seconds = wanted.entry(resource).or_default();
        *seconds += lanes * booking.slot.duration().num_seconds();
    }
    let mut taken: BTreeMap<&ResourceId, i64> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.unit.is_some()) {
        *taken.entry(&row.resource).or_default() += shared_seconds(row.span, booking.slot);
    }
    wanted.retain(|_, seconds| *seconds > 0);
    taken.retain(|_, seconds| *seconds > 0);
    if !same || wanted != taken {
        found.flaw(Flaw::ClaimsDiffer, booking.id.as_str());
    }
    for (resource, claim) in &own {
        if claim.session && !claim.done {
            check_session(resource, claim, laid, found);
        }
    }
}

/// Whether the session of a seat has a unit for all of its time.
fn check_session(resource: &ResourceId, claim: &Claim, laid: &mut Laid, found: &mut Verification) {
    let Some(service) = claim.service.clone() else {
        return found.flaw(Flaw::ClaimsDiffer, resource.as_str());
    };
    let key = SessionKey {
        resource: resource.clone(),
        leader: claim.with.clone().unwrap_or_else(|| resource.clone()),
        service,
        start: claim.interval.start_timestamp(),
        end: claim.interval.end_timestamp(),
    };
    let owner = Owner::Session(key);
    let rows = laid.rows.get(&owner).map_or(&[][..], Vec::as_slice);
    let covered: i64 = rows
        .iter()
        .map(|row| shared_seconds(row.span, claim.interval))
        .sum();
    if covered != claim.interval.duration().num_seconds() {
        found.flaw(Flaw::ClaimsDiffer, owner.to_string());
    }
    laid.sessions.insert(owner);
}

/// What is left when all bookings have had theirs belongs to nobody.
fn check_left(of: Option<(ProviderId, Laid)>, found: &mut Verification) {
    let Some((provider, laid)) = of else { return };
    let Laid { rows, sessions } = laid;
    let left = rows.into_keys().filter(|owner| !sessions.contains(owner));
    let mut left: Vec<Owner> = left.collect();
    left.sort_unstable();
    for owner in left {
        found.flaw(Flaw::ClaimsDiffer, format!("{provider} {owner}"));
    }
}

fn shared_seconds(a: Interval, b: Interval) -> i64 {
    let start = a.start_timestamp().max(b.start_timestamp());
    let end = a.end_timestamp().min(b.end_timestamp());
    (end - start).max(0)
}
