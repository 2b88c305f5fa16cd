//! New bookings of the usual kind, any number of them in one statement.
//!
//! Most bookings take one unit of one resource and write nothing else. Their rows go as arrays, and
//! the server works out which of them still may be: what they relied on is as it was, their key is
//! new, and their unit is free. The others are not written, and are decided again.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::LazyLock;

use bytes::BytesMut;
use chrono::{DateTime, Utc};
use quando_engine::audit::JournalEntry;
use quando_engine::store::{
    BookingRow, Change, ClaimRow, Document, DocumentKind, Idempotency, Owner, Partition, Write,
    WriteRequest,
};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use crate::change::json;
use crate::claim::{ClaimColumns, claim_columns, place};
use crate::connection::Client;
use crate::error::{Failure, maybe_written};
use crate::key::{beside, key};
use crate::look::relied_kind;
use crate::row::number;
use crate::write::Value;

/// A write that can go with others in one statement.
#[derive(Clone, Debug)]
pub(crate) struct Create {
    pub(crate) row: Box<BookingRow>,
    pub(crate) claim: ClaimRow,
    entry: Box<JournalEntry>,
    /// Its terms, unless they are known to be there.
    terms: Option<Box<Document>>,
    /// Kind, id and guard of each document that it relied on.
    relied: Vec<(i16, Uuid, i64)>,
    pub(crate) asked: Option<Idempotency>,
    reply: Vec<u8>,
    now: DateTime<Utc>,
}

impl Create {
    /// The write as one of the usual kind, if it is.
    pub(crate) fn of(request: &WriteRequest, write: &Write) -> Option<Create> {
        let [
            Change::PutBooking { row, previous: 0 },
            Change::ReplaceClaims {
                owner: Owner::Booking(owner),
                had: false,
                rows,
                ..
            },
            Change::Record(entry),
            rest @ ..,
        ] = &*write.changes
        else {
            return None;
        };
        let terms = match rest {
            [] => None,
            [Change::PutDocument { document, .. }] if document.key.kind == DocumentKind::Terms => {
                Some(document.clone())
            }
            _ => return None,
        };
        let [claim] = &**rows else {
            return None;
        };
        let of = Partition::Provider(row.provider.clone());
        let one = request.scope.partition == of
            && entry.partition == of
            && *owner == row.id
            && terms.as_ref().is_none_or(|terms| terms.key.partition == of);
        if !one || claim.unit.is_none() {
            return None;
        }
        let relied = write.relied.iter().map(|(document, guard)| {
            let kind = relied_kind(document.kind)?;
            (document.partition == of).then(|| (kind, key(&document.id), number(*guard)))
        });
        Some(Create {
            row: row.clone(),
            claim: claim.clone(),
            entry: entry.clone(),
            terms,
            relied: relied.collect::<Option<Vec<_>>>()?,
            asked: request.idempotency.clone(),
            reply: write.reply.to_vec(),
            now: request.now,
        })
    }

    /// Where it stands in a statement: in the order in which all writes take their locks.
    pub(crate) fn order(&self) -> (Uuid, Uuid, Option<i64>, DateTime<Utc>) {
        let resource = key(self.claim.resource.as_str());
        let provider = key(self.row.provider.as_str());
        (provider, resource, self.claim.unit, self.claim.span.start())
    }

    /// Whether two of them could meet in another way than by their time, which a statement cannot
    /// tell from any other fault.
    pub(crate) fn meets(&self, other: &Create) -> bool {
        let (own, others) = (&self.row, &other.row);
        if own.provider != others.provider {
            return false;
        }
        let same_key = match (&self.asked, &other.asked) {
            (Some(own), Some(other)) => {
                let name = |asked: &Idempotency| (asked.principal.clone(), asked.route);
                own.key == other.key && name(own) == name(other)
            }
            _ => false,
        };
        own.customer == others.customer || own.id == others.id || same_key
    }
}

/// The columns of what is given, in the order of [`values`].
const GIVEN: [(&str, &str); 55] = [
    ("provider_id", "uuid"),
    ("provider_text", "text"),
    ("booking_id", "uuid"),
    ("booking_text", "text"),
    ("version", "bigint"),
    ("status", "text"),
    ("customer_id", "uuid"),
    ("customer_text", "text"),
    ("service_id", "uuid"),
    ("service_text", "text"),
    ("starts_at", "timestamptz"),
    ("ends_at", "timestamptz"),
    ("expires_at", "timestamptz"),
    ("next_due", "timestamptz"),
    ("active_slot", "integer"),
    ("hold_slot", "integer"),
    ("head", "bytea"),
    ("created_at", "timestamptz"),
    ("body", "bytea"),
    ("number", "integer"),
    ("resource_id", "uuid"),
    ("resource_text", "text"),
    ("unit", "bigint"),
    ("span_start", "timestamptz"),
    ("span_end", "timestamptz"),
    ("claim_starts_at", "timestamptz"),
    ("claim_ends_at", "timestamptz"),
    ("claim_service_id", "uuid"),
    ("claim_service_text", "text"),
    ("before", "integer"),
    ("after", "integer"),
    ("units", "bigint"),
    ("flags", "smallint"),
    ("claim_expires_at", "timestamptz"),
    ("decided_at", "timestamptz"),
    ("extra", "jsonb"),
    ("subject", "text"),
    ("entry_version", "bigint"),
    ("entry_at", "timestamptz"),
    ("by", "text"),
    ("action", "text"),
    ("events", "bytea"),
    ("previous", "bytea"),
    ("hash", "bytea"),
    ("principal", "text"),
    ("route", "text"),
    ("key", "text"),
    ("request_hash", "text"),
    ("reply", "bytea"),
    ("now", "timestamptz"),
    ("terms_id", "uuid"),
    ("terms_text", "text"),
    ("terms_head", "bytea"),
    ("terms_body", "bytea"),
    ("relied", "bigint"),
];

/// Single values are looked up, one index entry each, however large or small the tables were when
/// the server made its plan.
///
/// Claims, keys, places of customers and terms are what others may wait for, so they are taken in
/// that order, as [`crate::write::statements`] does, and each kind in an order of its own: the server
/// carries out what the query itself does not read from the last part to the first.
const REST: &str = "
seen as (
    select s.place from relied s join given g on g.place = s.place
    where s.guard = case s.kind
        when 0 then (select d.guard from provider d
            where d.provider_id = g.provider_id and d.id = s.id)
        when 1 then (select d.guard from resource d
            where d.provider_id = g.provider_id and d.id = s.id)
        else (select d.guard from service d where d.provider_id = g.provider_id and d.id = s.id)
    end
), laid as (
    insert into claim
    select provider_id, provider_text, booking_id, booking_text, number, resource_id,
        resource_text, unit, tstzrange(span_start, span_end), claim_starts_at, claim_ends_at,
        claim_service_id, claim_service_text, before, after, units, flags, claim_expires_at,
        decided_at, extra
    from given g
    where relied = (select count(*) from seen where seen.place = g.place)
        and (select true from idempotency i where i.provider_id = g.provider_id
            and i.principal = g.principal and i.route = g.route and i.key = g.key) is null
    order by g.place
    on conflict do nothing returning provider_id, owner_id
), won as materialized (
    select g.* from given g
    join laid l on l.provider_id = g.provider_id and l.owner_id = g.booking_id
), t as (
    insert into terms
    select provider_id, 0, provider_text, terms_id, terms_text, 1, 1, terms_head, terms_body, null,
        '{}', null, now
    from won where terms_id is not null order by provider_id, terms_id
    on conflict do nothing
), b as (
    insert into booking
    select provider_id, provider_text, booking_id, booking_text, version, status, customer_id,
        customer_text, service_id, service_text, starts_at, ends_at, expires_at, next_due,
        active_slot, hold_slot, head, created_at, body
    from won order by provider_id, customer_id
), j as (
    insert into journal
    select provider_id, 0, provider_text, subject, entry_version, entry_at, by, action, events,
        previous, hash
    from won order by place
), o as (
    insert into outbox (provider_id, subject, version)
    select provider_id, subject, entry_version from won order by place
), k as (
    insert into idempotency
    select provider_id, principal, route, key, request_hash, reply, now
    from won where key is not null order by provider_id, principal, route, key
)
select place from won";

/// So many bookings have a statement of their own; in between, the rest of the places stays empty.
/// Values in rows cost the server less than arrays, of which each is a function that it calls.
const SIZES: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];

static SQL: LazyLock<[String; SIZES.len()]> = LazyLock::new(|| SIZES.map(sql));

fn sql(size: usize) -> String {
    let mut rows = String::new();
    for row in 0..size {
        for (at, (_, kind)) in GIVEN.iter().enumerate() {
            let begin = if at == 0 { "(" } else { "" };
            // Writing into a String cannot fail.
            let _ = write!(rows, "{begin}${}::{kind}, ", row * GIVEN.len() + at + 1);
        }
        let _ = write!(rows, "{}::bigint), ", row + 1);
    }
    let rows = rows.trim_end_matches(", ");
    let mut names = String::new();
    for (name, _) in GIVEN {
        let _ = write!(names, "\"{name}\", ");
    }
    let [place, kind, id, guard] = [1, 2, 3, 4].map(|after| size * GIVEN.len() + after);
    format!(
        "with given ({names}place) as materialized (values {rows}),
        relied (place, kind, id, guard) as (
            select * from unnest(${place}::bigint[], ${kind}::smallint[], ${id}::uuid[],
                ${guard}::bigint[])
        ), {REST}"
    )
}

/// Nothing, of any type.
#[derive(Debug)]
struct Nothing;

impl ToSql for Nothing {
    fn to_sql(&self, _: &Type, _: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Writes what may be written, all of it at once or nothing; true for each that was.
///
/// # Errors
///
/// A fault of any of them is one of all. A connection that breaks leaves it open whether all was
/// written.
pub(crate) async fn create(client: &Client, all: &[&Create]) -> Result<Vec<bool>, Failure> {
    let size = SIZES.iter().position(|size| all.len() <= *size);
    let size = size.expect("a group is no larger than the largest statement");
    let statement = client.prepare_cached(&SQL[size]).await?;
    let values = values(all, SIZES[size]);
    let values: Vec<&(dyn ToSql + Sync)> = values
        .iter()
        .map(|value| &**value as &(dyn ToSql + Sync))
        .collect();
    let rows = client.query(&statement, &values).await;
    let mut won = vec![false; all.len()];
    for row in rows.map_err(maybe_written)? {
        let place: i64 = row.try_get(0)?;
        let place = usize::try_from(place - 1).ok();
        if let Some(one) = place.and_then(|place| won.get_mut(place)) {
            *one = true;
        }
    }
    Ok(won)
}

fn values(all: &[&Create], size: usize) -> Vec<Value> {
    let mut values = Vec::with_capacity(size * GIVEN.len() + 4);
    for each in all {
        booking_values(each, &mut values);
        claim_values(each, &mut values);
        entry_values(each, &mut values);
        asked_values(each, &mut values);
        terms_values(each, &mut values);
        values.push(value(number(each.relied.len() as u64)));
    }
    values.resize_with(size * GIVEN.len(), || value(Nothing));
    let relied = || {
        let places = (1_i64..).zip(all);
        places.flat_map(|(place, each)| each.relied.iter().map(move |relied| (place, *relied)))
    };
    let (mut places, mut kinds) = (Vec::new(), Vec::new());
    let (mut ids, mut guards) = (Vec::new(), Vec::new());
    for (place, (kind, id, guard)) in relied() {
        places.push(place);
        kinds.push(kind);
        ids.push(id);
        guards.push(guard);
    }
    values.push(Box::new(places));
    values.push(Box::new(kinds));
    values.push(Box::new(ids));
    values.push(Box::new(guards));
    values
}

fn value(value: impl ToSql + Sync + Send + 'static) -> Value {
    Box::new(value)
}

fn optional(text: &str) -> Option<String> {
    beside(text).map(str::to_owned)
}

fn booking_values(each: &Create, to: &mut Vec<Value>) {
    to.extend([
        value(key(each.row.provider.as_str())),
        value(optional(each.row.provider.as_str())),
        value(key(each.row.id.as_str())),
        value(optional(each.row.id.as_str())),
        value(number(each.row.version)),
        value(each.row.status.name()),
        value(key(each.row.customer.as_str())),
        value(optional(each.row.customer.as_str())),
        value(key(each.row.service.as_str())),
        value(optional(each.row.service.as_str())),
        value(each.row.slot.start()),
        value(each.row.slot.end()),
        value(each.row.expires_at),
        value(each.row.next_due),
        value(place(each.row.active_slot)),
        value(place(each.row.hold_slot)),
        value(each.row.head.0.to_vec()),
        value(each.row.created_at),
        value(each.row.body.to_vec()),
    ]);
}

fn claim_values(each: &Create, to: &mut Vec<Value>) {
    let columns: ClaimColumns = claim_columns(&each.claim);
    let claim = each.claim.claim.as_ref();
    let service = claim.and_then(|claim| claim.service.as_ref());
    to.extend([
        value(i32::try_from(each.claim.number).expect("rows are limited")),
        value(key(each.claim.resource.as_str())),
        value(optional(each.claim.resource.as_str())),
        value(each.claim.unit),
        value(each.claim.span.start()),
        value(each.claim.span.end()),
        value(claim.map(|claim| claim.interval.start())),
        value(claim.map(|claim| claim.interval.end())),
        value(service.map(|id| key(id.as_str()))),
        value(service.and_then(|id| optional(id.as_str()))),
        value(columns.before),
        value(columns.after),
        value(columns.units),
        value(columns.flags),
        value(claim.and_then(|claim| claim.expires_at)),
        value(each.claim.decided_at),
        value(columns.extra),
    ]);
}

fn entry_values(each: &Create, to: &mut Vec<Value>) {
    to.extend([
        value(each.entry.subject.to_string()),
        value(number(each.entry.version)),
        value(each.entry.at),
        value(json(&each.entry.by)),
        value(each.entry.action.to_string()),
        value(each.entry.events.to_vec()),
        value(each.entry.previous.0.to_vec()),
        value(each.entry.hash.0.to_vec()),
    ]);
}

fn asked_values(each: &Create, to: &mut Vec<Value>) {
    let asked = each.asked.as_ref();
    to.extend([
        value(asked.map(|asked| asked.principal.to_string())),
        value(asked.map(|asked| asked.route)),
        value(asked.map(|asked| asked.key.as_str().to_owned())),
        value(asked.map(|asked| asked.hash.to_string())),
        value(each.reply.clone()),
        value(each.now),
    ]);
}

fn terms_values(each: &Create, to: &mut Vec<Value>) {
    let terms = each.terms.as_deref();
    to.extend([
        value(terms.map(|terms| key(&terms.key.id))),
        value(terms.and_then(|terms| optional(&terms.key.id))),
        value(terms.map(|terms| terms.head.0.to_vec())),
        value(terms.map(|terms| terms.body.to_vec())),
    ]);
}
