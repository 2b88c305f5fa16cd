//! A scope to a snapshot, in one round trip.

use futures_util::future::{try_join, try_join_all};
use quando::id::{CustomerId, ProviderId};
use quando::time::Interval;
use quando_engine::store::{
    BookingRow, BusyRow, ClaimRow, Document, DocumentKey, DocumentKind, Partition, ResourceScope,
    Scope, Snapshot, UsageRow,
};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::connection::Client;
use crate::error::Failure;
use crate::key::{id, key, partition_column, partition_key, table};
use crate::look::{in_order, sort_claims};
use crate::row::{self, BOOKING, CLAIM, DOCUMENT};

type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Reads what a scope names. Statements go out together; the caller sees to it that they see one
/// instant where that matters.
pub(crate) async fn snapshot(client: &Client, scope: &Scope) -> Result<Snapshot, Failure> {
    let load = Load { client };
    let documents = load.documents(scope);
    let Partition::Provider(provider) = &scope.partition else {
        return Ok(Snapshot {
            documents: documents.await?,
            ..Snapshot::default()
        });
    };
    let calendar = try_join(load.claims(provider, scope), load.busy(provider, scope));
    let bookings = try_join(load.booking(provider, scope), load.usage(provider, scope));
    let (documents, ((mut claims, busy), (booking, usage))) =
        try_join(documents, try_join(calendar, bookings)).await?;
    sort_claims(&mut claims);
    Ok(Snapshot {
        documents,
        booking,
        claims,
        busy,
        usage,
    })
}

/// The documents that a scope names.
pub(crate) async fn documents(client: &Client, scope: &Scope) -> Result<Vec<Document>, Failure> {
    Load { client }.documents(scope).await
}

#[derive(Clone, Copy)]
struct Load<'a> {
    client: &'a Client,
}

impl Load<'_> {
    async fn query(self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, Failure> {
        let statement = self.client.prepare_cached(sql).await?;
        Ok(self.client.query(&statement, params).await?)
    }

    async fn documents(self, scope: &Scope) -> Result<Vec<Document>, Failure> {
        let named = scope.documents.iter().map(|key| self.document(key));
        let named = try_join_all(named);
        let Partition::Provider(provider) = &scope.partition else {
            let found: Vec<Option<Document>> = named.await?;
            return Ok(found.into_iter().flatten().collect());
        };
        let of_provider = async {
            if scope.service.is_none() && !scope.services {
                return Ok(None);
            }
            self.document(&DocumentKey::provider(provider)).await
        };
        let services = self.services(provider, scope);
        let resources = self.resources(provider, scope);
        let ((named, of_provider), (services, resources)) =
            try_join(try_join(named, of_provider), try_join(services, resources)).await?;
        let mut found: Vec<Document> = Vec::new();
        let all = named.into_iter().flatten().chain(of_provider);
        for document in all.chain(services).chain(resources) {
            if !found.iter().any(|known| known.key == document.key) {
                found.push(document);
            }
        }
        Ok(found)
    }

    async fn document(self, wanted: &DocumentKey) -> Result<Option<Document>, Failure> {
        document(self.client, wanted).await
    }

    async fn services(
        self,
        provider: &ProviderId,
        scope: &Scope,
    ) -> Result<Vec<Document>, Failure> {
        if scope.service.is_none() && !scope.services {
            return Ok(Vec::new());
        }
        let service = scope.service.as_ref().map(|id| key(id.as_str()));
        let provider = key(provider.as_str());
        let rows = if scope.services {
            let sql = format!(
                "select provider_id, {DOCUMENT} from service
                where provider_id = $1 and (octet_length(body) > 0 or id = $2)"
            );
            self.query(&sql, &[&provider, &service]).await?
        } else {
            let sql = format!(
                "select provider_id, {DOCUMENT} from service where provider_id = $1 and id = $2"
            );
            self.query(&sql, &[&provider, &service]).await?
        };
        rows.iter()
            .map(|row| row::document(row, DocumentKind::Service))
            .collect()
    }

    async fn resources(
        self,
        provider: &ProviderId,
        scope: &Scope,
    ) -> Result<Vec<Document>, Failure> {
        let provider = key(provider.as_str());
        let rows = match (&scope.resources, &scope.service) {
            (ResourceScope::None, _) | (ResourceScope::OfService, None) => return Ok(Vec::new()),
            (ResourceScope::OfService, Some(service)) => {
                let sql = format!(
                    "select r.provider_id, {} from service s
                    cross join lateral unnest(s.resource_ids) as of (id)
                    join resource r on r.provider_id = $1 and r.id = of.id
                    where s.provider_id = $1 and s.id = $2",
                    prefixed("r", DOCUMENT)
                );
                let service = key(service.as_str());
                self.query(&sql, &[&provider, &service]).await?
            }
            (ResourceScope::Named(ids), _) => {
                let ids: Vec<Uuid> = ids.iter().map(|id| key(id.as_str())).collect();
                let sql = format!(
                    "select provider_id, {DOCUMENT} from resource
                    where provider_id = $1 and id = any($2)"
                );
                self.query(&sql, &[&provider, &ids]).await?
            }
            (ResourceScope::All, _) => {
                let sql = format!(
                    "select provider_id, {DOCUMENT} from resource
                    where provider_id = $1 and octet_length(body) > 0"
                );
                self.query(&sql, &[&provider]).await?
            }
        };
        rows.iter()
            .map(|row| row::document(row, DocumentKind::Resource))
            .collect()
    }

    /// Rows of a calendar table that meet the span, of the scope's resources. The resources come
    /// first, so that each is looked up in the index of the calendar.
    async fn calendar(
        self,
        provider: &ProviderId,
        scope: &Scope,
        (columns, table): (&str, &str),
    ) -> Result<Vec<Row>, Failure> {
        let Some(span) = scope.span else {
            return Ok(Vec::new());
        };
        let (start, end) = bounds(span);
        let provider = key(provider.as_str());
        let meets = format!(
            "join {table} c on c.provider_id = $1 and c.resource_id = of.id
            and c.span && tstzrange($2, $3)"
        );
        match (&scope.resources, &scope.service) {
            (ResourceScope::None, _) | (ResourceScope::OfService, None) => Ok(Vec::new()),
            (ResourceScope::OfService, Some(service)) => {
                let sql = format!(
                    "select {columns} from service s
                    cross join lateral unnest(s.resource_ids) as of (id) {meets}
                    where s.provider_id = $1 and s.id = $4"
                );
                let service = key(service.as_str());
                self.query(&sql, &[&provider, &start, &end, &service]).await
            }
            (ResourceScope::Named(ids), _) => {
                let ids: Vec<Uuid> = ids.iter().map(|id| key(id.as_str())).collect();
                let sql = format!("select {columns} from unnest($4::uuid[]) as of (id) {meets}");
                self.query(&sql, &[&provider, &start, &end, &ids]).await
            }
            (ResourceScope::All, _) => {
                let sql = format!(
                    "select {columns} from resource of {meets}
                    where of.provider_id = $1 and octet_length(of.body) > 0"
                );
                self.query(&sql, &[&provider, &start, &end]).await
            }
        }
    }

    async fn claims(self, provider: &ProviderId, scope: &Scope) -> Result<Vec<ClaimRow>, Failure> {
        let rows = self.calendar(provider, scope, (CLAIM, "claim")).await?;
        rows.iter().map(|row| row::claim(row, 0)).collect()
    }

    async fn busy(self, provider: &ProviderId, scope: &Scope) -> Result<Vec<BusyRow>, Failure> {
        let rows = self.calendar(provider, scope, (BUSY, "busy")).await?;
        let mut found: Vec<(i32, BusyRow)> = Vec::with_capacity(rows.len());
        for row in &rows {
            found.push((row.try_get(3)?, busy(row)?));
        }
        Ok(in_order(found))
    }

    async fn booking(
        self,
        provider: &ProviderId,
        scope: &Scope,
    ) -> Result<Option<BookingRow>, Failure> {
        let Some(id) = &scope.booking else {
            return Ok(None);
        };
        let sql =
            format!("select {BOOKING} from booking where provider_id = $1 and booking_id = $2");
        let params: Params<'_> = &[&key(provider.as_str()), &key(id.as_str())];
        let rows = self.query(&sql, params).await?;
        rows.first().map(row::booking).transpose()
    }

    async fn usage(self, provider: &ProviderId, scope: &Scope) -> Result<Vec<UsageRow>, Failure> {
        let Some(customer) = &scope.customer else {
            return Ok(Vec::new());
        };
        let customer: &CustomerId = customer;
        let sql = "select booking_id, booking_text, status, expires_at, active_slot, hold_slot
            from booking
            where provider_id = $1 and customer_id = $2 and active_slot is not null
            order by booking_id";
        let params: Params<'_> = &[&key(provider.as_str()), &key(customer.as_str())];
        let rows = self.query(sql, params).await?;
        rows.iter().map(usage).collect()
    }
}

/// A document, deleted or not.
pub(crate) async fn document(
    client: &Client,
    wanted: &DocumentKey,
) -> Result<Option<Document>, Failure> {
    let kind = wanted.kind;
    let (table, column) = (table(kind), partition_column(kind));
    let sql = format!("select {column}, {DOCUMENT} from {table} where {column} = $1 and id = $2");
    let statement = client.prepare_cached(&sql).await?;
    let params: Params<'_> = &[&partition_key(&wanted.partition), &key(&wanted.id)];
    let row = client.query_opt(&statement, params).await?;
    row.map(|row| row::document(&row, kind)).transpose()
}

const BUSY: &str =
    "c.resource_id, c.resource_text, c.source, c.number, lower(c.span), upper(c.span), c.status";

fn busy(row: &Row) -> Result<BusyRow, Failure> {
    let source: String = row.try_get(2)?;
    let status: String = row.try_get(6)?;
    Ok(BusyRow {
        resource: id(row.try_get(0)?, row.try_get(1)?)?,
        source: source.into(),
        busy: quando::availability::Busy {
            interval: row::interval(row.try_get(4)?, row.try_get(5)?)?,
            status: row::value(serde_json::Value::String(status))?,
        },
    })
}

fn usage(row: &Row) -> Result<UsageRow, Failure> {
    Ok(UsageRow {
        booking: id(row.try_get(0)?, row.try_get(1)?)?,
        status: row::status(row.try_get(2)?)?,
        expires_at: row.try_get(3)?,
        active_slot: row::place(row.try_get(4)?)?,
        hold_slot: row::place(row.try_get(5)?)?,
    })
}

fn bounds(span: Interval) -> (chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::Utc>) {
    (span.start(), span.end())
}

/// Columns of a table by its short name.
pub(crate) fn prefixed(table: &str, columns: &str) -> String {
    let columns = columns
        .split(',')
        .map(|column| format!("{table}.{}", column.trim()));
    columns.collect::<Vec<String>>().join(", ")
}
