//! Claims as rows.

use quando::id::ProviderId;
use quando_engine::store::{ClaimRow, Owner};
use uuid::Uuid;

use crate::key::{beside, key};
use crate::row::{DONE, Extra, OF_OWNER, OF_SESSION, number};
use crate::write::{Statement, statement};

pub(crate) fn place(slot: Option<u32>) -> Option<i32> {
    slot.map(|slot| i32::try_from(slot).expect("quotas are far below 2^31"))
}

/// The key of what claims belong to.
pub(crate) fn owner_key(owner: &Owner) -> Uuid {
    match owner {
        Owner::Booking(id) => key(id.as_str()),
        Owner::Session(_) => key(&owner.to_string()),
    }
}

/// What a claim's row says in numbers, and the rest.
pub(crate) struct ClaimColumns {
    pub(crate) before: i32,
    pub(crate) after: i32,
    pub(crate) units: i64,
    pub(crate) flags: i16,
    pub(crate) extra: Option<serde_json::Value>,
}

pub(crate) fn claim_columns(row: &ClaimRow) -> ClaimColumns {
    let claim = row.claim.as_ref();
    let flag = |holds: Option<bool>, flag: i16| if holds == Some(true) { flag } else { 0 };
    let of_owner = claim.map(|claim| claim.booking.is_some());
    let extra = Extra {
        with: claim.and_then(|claim| claim.with.clone()),
        place: claim.and_then(|claim| claim.place.clone()),
        session: match &row.owner {
            Owner::Session(key) => Some((
                key.resource.clone(),
                key.leader.clone(),
                key.service.clone(),
                key.start,
                key.end,
            )),
            Owner::Booking(_) => None,
        },
    };
    let plain = extra == Extra::default();
    let minutes = |minutes: u32| i32::try_from(minutes).expect("minutes are limited to a year");
    ClaimColumns {
        before: minutes(claim.map_or(0, |claim| claim.buffer_before_minutes.get())),
        after: minutes(claim.map_or(0, |claim| claim.buffer_after_minutes.get())),
        units: claim.map_or(1, |claim| i64::from(claim.units.get())),
        flags: flag(claim.map(|claim| claim.session), OF_SESSION)
            | flag(claim.map(|claim| claim.done), DONE)
            | flag(of_owner, OF_OWNER),
        extra: (!plain)
            .then(|| serde_json::to_value(&extra).expect("ids and numbers have a JSON form")),
    }
}

/// Lays claims, unless one of them takes a unit that is taken.
#[expect(clippy::too_many_lines, reason = "one value for each column")]
pub(crate) fn lay_claims(
    provider: &ProviderId,
    owner: &Owner,
    rows: &[ClaimRow],
) -> Option<Statement> {
    let first = rows.first()?;
    let of_claim = |row: &ClaimRow| row.claim.clone();
    let claims: Vec<_> = rows.iter().map(of_claim).collect();
    let columns: Vec<ClaimColumns> = rows.iter().map(claim_columns).collect();
    let optional = |text: &str| beside(text).map(str::to_owned);
    let owner_text = match owner {
        Owner::Booking(id) => optional(id.as_str()),
        Owner::Session(_) => None,
    };
    let service = |claim: &Option<quando::availability::Claim>| {
        claim.as_ref().and_then(|claim| claim.service.clone())
    };
    let services: Vec<_> = claims.iter().map(service).collect();
    Some(statement!(
        "with c as (
            insert into claim
            select $1, $2, $3, $4, x.number, x.resource_id, x.resource_text, x.unit,
                tstzrange(x.span_start, x.span_end), x.starts_at, x.ends_at, x.service_id,
                x.service_text, x.before, x.after, x.units, x.flags, x.expires_at, $5, x.extra
            from unnest($6::integer[], $7::uuid[], $8::text[], $9::bigint[], $10::timestamptz[],
                $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::uuid[],
                $15::text[], $16::integer[], $17::integer[], $18::bigint[], $19::smallint[],
                $20::timestamptz[], $21::jsonb[])
                as x (number, resource_id, resource_text, unit, span_start, span_end, starts_at,
                    ends_at, service_id, service_text, before, after, units, flags, expires_at,
                    extra)
            order by x.resource_id, x.unit, x.span_start
            on conflict do nothing returning 1
        ) select quando_expect(count(*) = $22, 'unit') from c",
        key(provider.as_str()),
        optional(provider.as_str()),
        owner_key(owner),
        owner_text,
        first.decided_at,
        rows.iter()
            .map(|row| i32::try_from(row.number).expect("rows are limited"))
            .collect::<Vec<i32>>(),
        rows.iter()
            .map(|row| key(row.resource.as_str()))
            .collect::<Vec<Uuid>>(),
        rows.iter()
            .map(|row| optional(row.resource.as_str()))
            .collect::<Vec<_>>(),
        rows.iter().map(|row| row.unit).collect::<Vec<_>>(),
        rows.iter().map(|row| row.span.start()).collect::<Vec<_>>(),
        rows.iter().map(|row| row.span.end()).collect::<Vec<_>>(),
        claims
            .iter()
            .map(|claim| claim.as_ref().map(|claim| claim.interval.start()))
            .collect::<Vec<_>>(),
        claims
            .iter()
            .map(|claim| claim.as_ref().map(|claim| claim.interval.end()))
            .collect::<Vec<_>>(),
        services
            .iter()
            .map(|id| id.as_ref().map(|id| key(id.as_str())))
            .collect::<Vec<_>>(),
        services
            .iter()
            .map(|id| id.as_ref().and_then(|id| optional(id.as_str())))
            .collect::<Vec<_>>(),
        columns.iter().map(|each| each.before).collect::<Vec<i32>>(),
        columns.iter().map(|each| each.after).collect::<Vec<i32>>(),
        columns.iter().map(|each| each.units).collect::<Vec<i64>>(),
        columns.iter().map(|each| each.flags).collect::<Vec<i16>>(),
        claims
            .iter()
            .map(|claim| claim.as_ref().and_then(|claim| claim.expires_at))
            .collect::<Vec<_>>(),
        columns
            .iter()
            .map(|each| each.extra.clone())
            .collect::<Vec<_>>(),
        number(rows.len() as u64),
    ))
}
