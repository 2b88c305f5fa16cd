//! A scope to a snapshot.

use quando::id::{CustomerId, ProviderId, ResourceId};
use quando::time::Interval;
use quando_engine::store::{
    BookingRow, BusyRow, ClaimRow, Document, DocumentKey, DocumentKind, Partition, ResourceScope,
    Scope, Snapshot, UsageRow,
};
use rusqlite::{Connection, OptionalExtension, params};

use crate::row::{self, BOOKING, CLAIM, DOCUMENT, id_of, json_of, partition_key};
use crate::store::Failure;

/// Reads what a scope names.
pub(crate) fn snapshot(connection: &Connection, scope: &Scope) -> Result<Snapshot, Failure> {
    let mut snapshot = Snapshot::default();
    let load = Load { connection };
    for key in &scope.documents {
        load.document(key, &mut snapshot.documents)?;
    }
    let Partition::Provider(provider) = &scope.partition else {
        return Ok(snapshot);
    };
    if let Some(service) = &scope.service {
        let key = DocumentKey::service(provider, service);
        load.document(&key, &mut snapshot.documents)?;
    }
    if scope.services {
        load.all(provider, DocumentKind::Service, &mut snapshot.documents)?;
    }
    if scope.service.is_some() || scope.services {
        let key = DocumentKey::provider(provider);
        load.document(&key, &mut snapshot.documents)?;
    }
    let resources = load.resources(provider, scope, &mut snapshot.documents)?;
    if let Some(span) = scope.span {
        for resource in &resources {
            load.claims((provider, resource), span, &mut snapshot.claims)?;
            load.busy((provider, resource), span, &mut snapshot.busy)?;
        }
        sort(&mut snapshot.claims);
    }
    if let Some(id) = &scope.booking {
        snapshot.booking = load.booking(provider, id.as_str())?;
    }
    if let Some(customer) = &scope.customer {
        snapshot.usage = load.usage(provider, customer)?;
    }
    Ok(snapshot)
}

/// What `reach` may be: see the migration `calendars`.
const REACHES: &str = "(values (86400), (2764800), (88473600), (400000000000))";

/// What meets the time from ?3 to ?4: of each reach, what has begun not too long before.
const MEETING: &str = "where provider = ?1 and resource = ?2 and reach = column1
    and starts_at > ?3 - column1 and starts_at < ?4 and ends_at > ?3";

fn sort(claims: &mut [ClaimRow]) {
    claims.sort_by(|a, b| {
        let place = |row: &ClaimRow| (row.span.start_timestamp(), row.span.end_timestamp());
        let owners = || (&a.owner, a.number).cmp(&(&b.owner, b.number));
        place(a).cmp(&place(b)).then_with(owners)
    });
}

#[derive(Clone, Copy)]
struct Load<'a> {
    connection: &'a Connection,
}

impl Load<'_> {
    fn document(self, key: &DocumentKey, found: &mut Vec<Document>) -> Result<(), Failure> {
        if found.iter().any(|document| document.key == *key) {
            return Ok(());
        }
        found.extend(document(self.connection, key)?);
        Ok(())
    }

    /// Documents of a kind that were not deleted.
    fn all(
        self,
        provider: &ProviderId,
        kind: DocumentKind,
        found: &mut Vec<Document>,
    ) -> Result<(), Failure> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {DOCUMENT} from document
            where partition = ? and kind = ? and length(body) > 0 order by id"
        ))?;
        let partition = partition_key(&Partition::Provider(provider.clone()));
        let mut rows = statement.query(params![partition, kind.name()])?;
        while let Some(next) = rows.next()? {
            let document = row::document(next)?;
            if !found.iter().any(|known| known.key == document.key) {
                found.push(document);
            }
        }
        Ok(())
    }

    /// The resources of a scope, with their documents.
    fn resources(
        self,
        provider: &ProviderId,
        scope: &Scope,
        found: &mut Vec<Document>,
    ) -> Result<Vec<ResourceId>, Failure> {
        let named: Vec<ResourceId> = match &scope.resources {
            ResourceScope::None => Vec::new(),
            ResourceScope::Named(ids) => ids.clone(),
            ResourceScope::OfService => {
                let key = scope.service.as_ref();
                let key = key.map(|service| DocumentKey::service(provider, service));
                let service = found
                    .iter()
                    .find(|document| Some(&document.key) == key.as_ref());
                service.map_or_else(Vec::new, |document| document.resources.clone())
            }
            ResourceScope::All => {
                self.all(provider, DocumentKind::Resource, found)?;
                let resources = found
                    .iter()
                    .filter(|document| document.key.kind == DocumentKind::Resource);
                let live = resources.filter(|document| !document.body.is_empty());
                let ids: Result<Vec<ResourceId>, Failure> =
                    live.map(|document| id_of(&document.key.id)).collect();
                ids?
            }
        };
        for id in &named {
            self.document(&DocumentKey::resource(provider, id), found)?;
        }
        Ok(named)
    }

    fn claims(
        self,
        (provider, resource): (&ProviderId, &ResourceId),
        span: Interval,
        found: &mut Vec<ClaimRow>,
    ) -> Result<(), Failure> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {CLAIM} from {REACHES} cross join claim indexed by claim_calendar {MEETING}"
        ))?;
        let (start, end) = (span.start_timestamp(), span.end_timestamp());
        let mut rows =
            statement.query(params![provider.as_str(), resource.as_str(), start, end])?;
        while let Some(next) = rows.next()? {
            found.push(row::claim(next)?);
        }
        Ok(())
    }

    fn busy(
        self,
        (provider, resource): (&ProviderId, &ResourceId),
        span: Interval,
        found: &mut Vec<BusyRow>,
    ) -> Result<(), Failure> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select source, busy from {REACHES} cross join busy indexed by busy_calendar {MEETING}
            order by source, number"
        ))?;
        let (start, end) = (span.start_timestamp(), span.end_timestamp());
        let mut rows =
            statement.query(params![provider.as_str(), resource.as_str(), start, end])?;
        while let Some(next) = rows.next()? {
            let source: String = next.get(0)?;
            let busy: String = next.get(1)?;
            found.push(BusyRow {
                resource: resource.clone(),
                source: source.into(),
                busy: json_of(&busy)?,
            });
        }
        Ok(())
    }

    fn booking(self, provider: &ProviderId, id: &str) -> Result<Option<BookingRow>, Failure> {
        let mut statement = self.connection.prepare_cached(&format!(
            "select {BOOKING} from booking where provider = ? and id = ?"
        ))?;
        let mut rows = statement.query(params![provider.as_str(), id])?;
        rows.next()?.map(row::booking).transpose()
    }

    fn usage(self, provider: &ProviderId, customer: &CustomerId) -> Result<Vec<UsageRow>, Failure> {
        let mut statement = self.connection.prepare_cached(
            "select id, status, expires_at, active_slot, hold_slot from booking
            where provider = ? and customer = ? and active_slot is not null order by active_slot",
        )?;
        let mut rows = statement.query(params![provider.as_str(), customer.as_str()])?;
        let mut usage = Vec::new();
        while let Some(next) = rows.next()? {
            let (id, status): (String, String) = (next.get(0)?, next.get(1)?);
            usage.push(UsageRow {
                booking: id_of(&id)?,
                status: row::status(&status)?,
                expires_at: row::optional_instant(next, 2)?,
                active_slot: next.get(3)?,
                hold_slot: next.get(4)?,
            });
        }
        Ok(usage)
    }
}

/// A document, deleted or not.
pub(crate) fn document(
    connection: &Connection,
    key: &DocumentKey,
) -> Result<Option<Document>, Failure> {
    let mut statement = connection.prepare_cached(&format!(
        "select {DOCUMENT} from document where partition = ? and kind = ? and id = ?"
    ))?;
    let partition = partition_key(&key.partition);
    let found = statement
        .query_row(params![partition, key.kind.name(), &*key.id], |next| {
            Ok(row::document(next))
        })
        .optional()?;
    found.transpose()
}
