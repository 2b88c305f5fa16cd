//! A service with all that a decision about it rests on, in one statement.
//!
//! Documents change seldom and are large, so of them only version and guard are asked, and what was
//! read before is taken as long as those are the same.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use quando::availability::Busy;
use quando::id::{CustomerId, ProviderId, ServiceId};
use quando::time::Interval;
use quando_engine::store::{
    BusyRow, ClaimRow, Document, DocumentKind, Idempotency, Partition, ResourceScope, Scope,
    Snapshot, UsageRow,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::connection::Client;
use crate::error::{Failure, corrupt};
use crate::key::{id, key};
use crate::row::{self, CLAIM};

/// Most bytes of documents' bodies that are remembered.
const REMEMBERED_BYTES_MAX: usize = 64 << 20;

/// What a row of the statement is.
const PROVIDER: i16 = 0;
const RESOURCE: i16 = 1;
const SERVICE: i16 = 2;
const USAGE: i16 = 3;
const REPLY: i16 = 4;
const BUSY: i16 = 5;
const CLAIMED: i16 = 6;

/// Most documents that a decision goes ahead with unseen, for each is checked with what is written.
const UNSEEN_MAX: usize = 8;

/// The customer's places, then busy time and claims. All rows have the columns of claims, between
/// what they are and the bytes of a reply.
fn calendar(of_service: &str, meets: &str) -> String {
    format!(
        "select {USAGE}::smallint, booking_id, booking_text, active_slot, null::uuid, null::text,
            null::bigint, null::timestamptz, null::timestamptz, null::timestamptz,
            null::timestamptz, null::uuid, status::text, hold_slot, null::integer, null::bigint,
            null::smallint, expires_at, null::timestamptz, null::jsonb, null::bytea
        from booking
        where provider_id = $1 and customer_id = $5 and active_slot is not null
        union all
        select {BUSY}::smallint, null, c.source, c.number, c.resource_id, c.resource_text, null,
            lower(c.span), upper(c.span), null, null, null, c.status, null, null, null, null, null,
            null, null, null
        {of_service} join busy c on {meets}
        union all
        select {CLAIMED}::smallint, {CLAIM}, null {of_service} join claim c on {meets}"
    )
}

/// The calendar of resources that are known.
static CALENDAR: LazyLock<String> = LazyLock::new(|| {
    calendar(
        "from unnest($2::uuid[]) as of (id)",
        "c.provider_id = $1 and c.resource_id = of.id and c.span && tstzrange($3, $4)",
    )
});

/// The calendar of a service's resources, the service, and the reply under a key.
static SQL: LazyLock<String> = LazyLock::new(|| {
    let document = |kind: i16| {
        format!(
            "select {kind}::smallint, d.id, null, null, null, null, d.guard, null, null, null, null,
                null, null, null, null, d.version, null, null, null, null, null"
        )
    };
    let (provider, resource, service) = (document(PROVIDER), document(RESOURCE), document(SERVICE));
    let of_service = "from service s cross join lateral unnest(s.resource_ids) as of (id)";
    let meets = "c.provider_id = $1 and c.resource_id = of.id and c.span && tstzrange($3, $4)
        where s.provider_id = $1 and s.id = $2";
    let calendar = calendar(of_service, meets);
    format!(
        "{calendar}
        union all
        {provider} from provider d where d.provider_id = $1 and d.id = $1
        union all
        {service} from service d where d.provider_id = $1 and d.id = $2
        union all
        {resource} {of_service} join resource d on d.provider_id = $1 and d.id = of.id
        where s.provider_id = $1 and s.id = $2
        union all
        select {REPLY}::smallint, null, null, null, null, null, null, null, null, null, null, null,
            hash, null, null, null, null, null, null, null, reply
        from idempotency
        where provider_id = $1 and principal = $6 and route = $7 and key = $8"
    )
});

/// Which service, and how much of its calendar.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    provider: &'a ProviderId,
    service: &'a ServiceId,
    span: Interval,
    customer: Option<&'a CustomerId>,
}

/// What was found.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) documents: Vec<Seen>,
    pub(crate) claims: Vec<ClaimRow>,
    pub(crate) busy: Vec<BusyRow>,
    pub(crate) usage: Vec<UsageRow>,
    /// The hash and the reply of a request under the key that was asked for.
    pub(crate) reply: Option<(String, Bytes)>,
}

impl Found {
    /// All of it, with the documents themselves.
    pub(crate) fn with(self, documents: Vec<Document>) -> Snapshot {
        Snapshot {
            documents,
            claims: self.claims,
            busy: self.busy,
            usage: self.usage,
            booking: None,
        }
    }
}

/// A document's kind, id, version and guard.
pub(crate) type Seen = (i16, Uuid, u64, u64);

impl Look<'_> {
    /// The service that a scope is about, if there is no more in it.
    pub(crate) fn of(scope: &Scope) -> Option<Look<'_>> {
        let Partition::Provider(provider) = &scope.partition else {
            return None;
        };
        let whole = scope.documents.is_empty()
            && !scope.services
            && scope.booking.is_none()
            && scope.resources == ResourceScope::OfService;
        Some(Look {
            provider,
            service: scope.service.as_ref().filter(|_| whole)?,
            span: scope.span?,
            customer: scope.customer.as_ref(),
        })
    }

    /// The keys of provider and service.
    pub(crate) fn place(&self) -> (Uuid, Uuid) {
        (key(self.provider.as_str()), key(self.service.as_str()))
    }

    /// Reads it, all as it was at one instant.
    pub(crate) async fn find(
        &self,
        client: &Client,
        asked: Option<&Idempotency>,
    ) -> Result<Found, Failure> {
        let statement = client.prepare_cached(&SQL).await?;
        let (provider, service) = self.place();
        let customer = self.customer.map(|id| key(id.as_str()));
        let (start, end) = (self.span.start(), self.span.end());
        let principal = asked.map(|asked| &*asked.principal);
        let route = asked.map(|asked| asked.route);
        let under = asked.map(|asked| asked.key.as_str());
        let rows = client
            .query(
                &statement,
                &[
                    &provider, &service, &start, &end, &customer, &principal, &route, &under,
                ],
            )
            .await?;
        found(&rows)
    }

    /// Reads the calendar of resources, with the customer's places.
    pub(crate) async fn calendar(
        &self,
        client: &Client,
        documents: &[Document],
    ) -> Result<Found, Failure> {
        let statement = client.prepare_cached(&CALENDAR).await?;
        let resources = documents.iter().map(|each| &each.key);
        let resources = resources.filter(|key| key.kind == DocumentKind::Resource);
        let resources: Vec<Uuid> = resources.map(|of| key(&of.id)).collect();
        let (provider, _) = self.place();
        let customer = self.customer.map(|id| key(id.as_str()));
        let (start, end) = (self.span.start(), self.span.end());
        let rows = client
            .query(
                &statement,
                &[&provider, &resources, &start, &end, &customer],
            )
            .await?;
        found(&rows)
    }
}

fn found(rows: &[Row]) -> Result<Found, Failure> {
    let mut found = Found::default();
    let mut busy = Vec::new();
    for row in rows {
        match row.try_get(0)? {
            kind @ (PROVIDER | RESOURCE | SERVICE) => found.documents.push(seen(kind, row)?),
            USAGE => found.usage.push(usage(row)?),
            REPLY => found.reply = Some((row.try_get(12)?, row::bytes(row, 20)?)),
            BUSY => busy.push((row.try_get::<_, i32>(3)?, busy_row(row)?)),
            CLAIMED => found.claims.push(row::claim(row, 1)?),
            _ => return Err(corrupt("a kind of row")),
        }
    }
    found.documents.sort_unstable();
    found.documents.dedup();
    found.usage.sort_by(|a, b| a.booking.cmp(&b.booking));
    found.busy = in_order(busy);
    sort_claims(&mut found.claims);
    Ok(found)
}

/// Claims by their time.
pub(crate) fn sort_claims(claims: &mut [ClaimRow]) {
    claims.sort_by(|a, b| {
        let place = |row: &ClaimRow| (row.span.start_timestamp(), row.span.end_timestamp());
        let owners = || (&a.owner, a.number).cmp(&(&b.owner, b.number));
        place(a).cmp(&place(b)).then_with(owners)
    });
}

/// Busy time by resource and source, as its source had it.
pub(crate) fn in_order(mut rows: Vec<(i32, BusyRow)>) -> Vec<BusyRow> {
    rows.sort_by(|(a, one), (b, other)| {
        (&one.resource, &one.source, a).cmp(&(&other.resource, &other.source, b))
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

fn seen(kind: i16, row: &Row) -> Result<Seen, Failure> {
    let guard = row::count(row.try_get(6)?)?;
    let version = row::count(row.try_get(15)?)?;
    Ok((kind, row.try_get(1)?, version, guard))
}

fn usage(row: &Row) -> Result<UsageRow, Failure> {
    Ok(UsageRow {
        booking: id(row.try_get(1)?, row.try_get(2)?)?,
        status: row::status(row.try_get(12)?)?,
        expires_at: row.try_get(17)?,
        active_slot: row::place(row.try_get(3)?)?,
        hold_slot: row::place(row.try_get(13)?)?,
    })
}

fn busy_row(row: &Row) -> Result<BusyRow, Failure> {
    let source: String = row.try_get(2)?;
    let (start, end): (DateTime<Utc>, DateTime<Utc>) = (row.try_get(7)?, row.try_get(8)?);
    let status: String = row.try_get(12)?;
    Ok(BusyRow {
        resource: id(row.try_get(4)?, row.try_get(5)?)?,
        source: source.into(),
        busy: Busy {
            interval: row::interval(start, end)?,
            status: row::value(serde_json::Value::String(status))?,
        },
    })
}

/// Documents of services as they were read before.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    documents: HashMap<(Uuid, Uuid), Arc<Known>>,
    bytes: usize,
}

#[derive(Debug)]
struct Known {
    seen: Vec<Seen>,
    documents: Vec<Document>,
}

impl Memory {
    /// The documents of a service, if they are still as they were.
    pub(crate) fn recall(&self, place: (Uuid, Uuid), seen: &[Seen]) -> Option<Vec<Document>> {
        let known = self.lock().documents.get(&place).cloned()?;
        (known.seen == seen).then(|| known.documents.clone())
    }

    /// The documents of a service as they were when they were last read, if they are few.
    pub(crate) fn latest(&self, place: (Uuid, Uuid)) -> Option<Vec<Document>> {
        let known = self.lock().documents.get(&place).cloned()?;
        (known.documents.len() <= UNSEEN_MAX).then(|| known.documents.clone())
    }

    /// Keeps the documents of a service.
    pub(crate) fn keep(&self, place: (Uuid, Uuid), documents: &[Document]) {
        let mut seen: Vec<Seen> = documents.iter().filter_map(of_document).collect();
        if seen.len() < documents.len() {
            return;
        }
        seen.sort_unstable();
        let bytes = documents.iter().map(|each| each.body.len()).sum::<usize>() + 500;
        let mut inner = self.lock();
        if inner.bytes + bytes > REMEMBERED_BYTES_MAX {
            *inner = Remembered::default();
        }
        inner.bytes += bytes;
        let documents = documents.to_vec();
        let replaced = inner
            .documents
            .insert(place, Arc::new(Known { seen, documents }));
        if let Some(known) = replaced {
            let bytes = known.documents.iter().map(|each| each.body.len());
            inner.bytes -= bytes.sum::<usize>() + 500;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Remembered> {
        // What is remembered is checked before it is used.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn of_document(document: &Document) -> Option<Seen> {
    let kind = relied_kind(document.key.kind)?;
    let id = key(&document.key.id);
    Some((kind, id, document.version, document.guard))
}

/// The number of a kind of documents that decisions about services rest on.
pub(crate) fn relied_kind(kind: DocumentKind) -> Option<i16> {
    match kind {
        DocumentKind::Provider => Some(PROVIDER),
        DocumentKind::Resource => Some(RESOURCE),
        DocumentKind::Service => Some(SERVICE),
        DocumentKind::BusySource
        | DocumentKind::Terms
        | DocumentKind::Note
        | DocumentKind::Person
        | DocumentKind::Webhook
        | DocumentKind::ApiKey
        | DocumentKind::RefundRequest
        | DocumentKind::Verification
        | DocumentKind::CalendarLink
        | DocumentKind::Subscription
        | DocumentKind::SubscriptionState
        | DocumentKind::Delivery => None,
    }
}
