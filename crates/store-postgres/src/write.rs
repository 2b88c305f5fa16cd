//! Changes to statements, one arm each; and all of them in one round trip.
//!
//! Whatever has to be as the decision saw it is asked of the server with the change itself:
//! `quando_expect` raises when it is not so, and the transaction is rolled back.

use std::borrow::Cow;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::join_all;
use quando::id::{ProviderId, ResourceId};
use quando_engine::audit::JournalEntry;
use quando_engine::store::{
    BookingRow, Change, ClaimRow, Document, DocumentKey, DocumentKind, Idempotency, InstructionRow,
    ListingRow, Owner, Partition, PostingRow, Write,
};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::connection::Client;
use crate::error::{Failure, maybe_written};
use crate::key::{beside, key, partition_beside, partition_column, partition_key, space, table};
use crate::row::{DONE, Extra, OF_OWNER, OF_SESSION, number};

pub(crate) type Value = Box<dyn ToSql + Sync + Send>;

/// A statement with its values.
pub(crate) struct Statement {
    pub(crate) sql: Cow<'static, str>,
    pub(crate) values: Vec<Value>,
}

macro_rules! statement {
    ($sql:expr, $($value:expr),* $(,)?) => {
        Statement {
            sql: $sql.into(),
            values: vec![$(Box::new($value) as $crate::write::Value),*],
        }
    };
}
pub(crate) use statement;

/// Runs statements in a transaction, in one round trip.
///
/// # Errors
///
/// [`Failure::Moved`] when something is not as it was seen; nothing was written then. A connection
/// that breaks leaves it open whether all was written.
pub(crate) async fn commit(client: &Client, statements: &[Statement]) -> Result<(), Failure> {
    run(client, statements, true).await
}

/// The same inside a transaction that has begun.
pub(crate) async fn finish(client: &Client, statements: &[Statement]) -> Result<(), Failure> {
    run(client, statements, false).await
}

async fn run(client: &Client, statements: &[Statement], begin: bool) -> Result<(), Failure> {
    let mut prepared = Vec::with_capacity(statements.len());
    for statement in statements {
        prepared.push(client.prepare_cached(&statement.sql).await?);
    }
    let begin = async {
        if begin {
            client.batch_execute("begin").await
        } else {
            Ok(())
        }
    };
    let values: Vec<Vec<&(dyn ToSql + Sync)>> = statements
        .iter()
        .map(|statement| {
            let values = statement.values.iter();
            values
                .map(|value| &**value as &(dyn ToSql + Sync))
                .collect()
        })
        .collect();
    let writes = prepared
        .iter()
        .zip(&values)
        .map(|(statement, values)| client.execute(statement, values));
    // What is polled first is sent first, and nothing waits for an answer.
    let begun = futures_util::future::join(begin, join_all(writes));
    let end = async { client.batch_execute("commit").await };
    let ((begun, written), ended) = futures_util::future::join(begun, end).await;
    let mut failed = None;
    if let Err(error) = begun {
        failed = Some(error);
    }
    for result in written {
        if let Err(error) = result {
            // The first says why; the others that the transaction is over.
            failed.get_or_insert(error);
        }
    }
    match (failed, ended) {
        (None, Ok(())) => Ok(()),
        (Some(error), _) | (None, Err(error)) => Err(maybe_written(error)),
    }
}

/// The statements of a write, with what it relied on.
pub(crate) fn statements(
    partition: &Partition,
    write: &Write,
    asked: Option<&Idempotency>,
    now: chrono::DateTime<chrono::Utc>,
) -> Vec<Statement> {
    let mut all = Vec::with_capacity(write.changes.len() + 4);
    if let Some(asked) = asked {
        all.push(statement!(
            "with k as (
                insert into idempotency values ($1, $2, $3, $4, $5, $6, $7)
                on conflict do nothing returning 1
            ) select quando_expect(count(*) = 1, 'key') from k",
            partition_key(partition),
            asked.principal.to_string(),
            asked.route,
            asked.key.as_str().to_owned(),
            asked.hash.to_string(),
            write.reply.to_vec(),
            now,
        ));
    }
    all.extend(relied(write));
    // What goes makes room for what comes, in whichever order they stand.
    for change in &write.changes {
        if let Change::ReplaceClaims {
            provider,
            owner,
            had: true,
            ..
        } = change
        {
            all.push(statement!(
                "delete from claim where provider_id = $1 and owner_id = $2",
                key(provider.as_str()),
                owner_key(owner),
            ));
        }
    }
    for change in &write.changes {
        one(change, &mut all);
    }
    all
}

/// That documents have the guards that were seen.
fn relied(write: &Write) -> impl Iterator<Item = Statement> {
    DocumentKind::ALL.into_iter().filter_map(|kind| {
        let of_kind = write.relied.iter().filter(|(key, _)| key.kind == kind);
        let of_kind: Vec<&(DocumentKey, u64)> = of_kind.collect();
        let (first, _) = of_kind.first()?;
        let (table, column) = (table(kind), partition_column(kind));
        let ids: Vec<Uuid> = of_kind
            .iter()
            .map(|(document, _)| key(&document.id))
            .collect();
        let guards: Vec<i64> = of_kind.iter().map(|(_, guard)| number(*guard)).collect();
        let wanted = number(of_kind.len() as u64);
        Some(statement!(
            format!(
                "select quando_expect(count(*) = $4, 'guard')
                from unnest($2::uuid[], $3::bigint[]) as seen (id, guard)
                join {table} d on d.{column} = $1 and d.id = seen.id and d.guard = seen.guard"
            ),
            partition_key(&first.partition),
            ids,
            guards,
            wanted,
        ))
    })
}

fn one(change: &Change, all: &mut Vec<Statement>) {
    match change {
        Change::PutDocument { document, previous } => all.push(put_document(document, *previous)),
        Change::ReplaceBusy {
            provider,
            resource,
            source,
            busy,
        } => replace_busy((provider, resource), source, busy, all),
        Change::PutBooking { row, previous } => all.push(put_booking(row, *previous)),
        Change::ReplaceClaims {
            provider,
            owner,
            rows,
            ..
        } => all.extend(lay_claims(provider, owner, rows)),
        Change::Record(entry) => all.push(record(entry)),
        Change::Post(rows) => all.extend(rows.iter().map(post)),
        Change::PutInstruction(row) => all.push(put_instruction(row)),
        Change::DropInstruction {
            provider,
            booking,
            instruction,
        } => all.push(statement!(
            "delete from instruction
            where provider_id = $1 and booking_id = $2 and instruction = $3",
            key(provider.as_str()),
            key(booking.as_str()),
            instruction.to_string(),
        )),
        Change::ReplaceListings { provider, rows } => replace_listings(provider, rows, all),
        Change::PutCursor {
            consumer,
            position,
            at,
        } => all.push(statement!(
            "insert into cursor as c values ($1, $2, $3) on conflict (consumer) do update
            set position = greatest(c.position, excluded.position), at = excluded.at",
            consumer.to_string(),
            number(*position),
            *at,
        )),
    }
}

fn put_document(document: &Document, previous: u64) -> Statement {
    let Document { key: of, .. } = document;
    let (table, column) = (table(of.kind), partition_column(of.kind));
    let sql = match (of.kind, previous) {
        (DocumentKind::Terms, _) => format!(
            "insert into {table} values ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10, $11, $12)
            on conflict do nothing"
        ),
        (_, 0) => format!(
            "with d as (
                insert into {table} values ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10, $11, $12)
                on conflict do nothing returning 1
            ) select quando_expect(count(*) = 1, 'document') from d"
        ),
        _ => format!(
            "with d as (
                update {table} set version = $6, guard = guard + 1, head = $7, body = $8,
                    index_key = $9, resource_ids = $10, resource_texts = $11, updated_at = $12
                where {column} = $1 and id = $4 and version = $13
                    and space = $2 and partition_text is not distinct from $3
                    and id_text is not distinct from $5
                returning 1
            ) select quando_expect(count(*) = 1, 'document') from d"
        ),
    };
    let ids: Vec<Uuid> = document
        .resources
        .iter()
        .map(|id| key(id.as_str()))
        .collect();
    let texts: Vec<Option<String>> = document
        .resources
        .iter()
        .map(|id| beside(id.as_str()).map(str::to_owned))
        .collect();
    let texts = texts.iter().any(Option::is_some).then_some(texts);
    let mut put = statement!(
        sql,
        partition_key(&of.partition),
        space(&of.partition),
        partition_beside(&of.partition).map(str::to_owned),
        key(&of.id),
        beside(&of.id).map(str::to_owned),
        number(document.version),
        document.head.0.to_vec(),
        document.body.to_vec(),
        document.index.as_ref().map(|index| index.to_vec()),
        ids,
        texts,
        document.updated_at,
    );
    if previous > 0 && of.kind != DocumentKind::Terms {
        put.values.push(Box::new(number(previous)));
    }
    put
}

fn replace_busy(
    (provider, resource): (&ProviderId, &ResourceId),
    source: &str,
    busy: &[quando::availability::Busy],
    all: &mut Vec<Statement>,
) {
    let (provider, resource_id) = (key(provider.as_str()), key(resource.as_str()));
    all.push(statement!(
        "update resource set guard = guard + 1 where provider_id = $1 and id = $2",
        provider,
        resource_id,
    ));
    all.push(statement!(
        "delete from busy where provider_id = $1 and resource_id = $2 and source = $3",
        provider,
        resource_id,
        source.to_owned(),
    ));
    let starts: Vec<_> = busy.iter().map(|each| each.interval.start()).collect();
    let ends: Vec<_> = busy.iter().map(|each| each.interval.end()).collect();
    let statuses: Vec<String> = busy.iter().map(|each| name(&each.status)).collect();
    all.push(statement!(
        "insert into busy
        select $1, $2, $3, $4, place - 1, tstzrange(start, \"end\"), status
        from unnest($5::timestamptz[], $6::timestamptz[], $7::text[])
            with ordinality as busy (start, \"end\", status, place)",
        provider,
        resource_id,
        beside(resource.as_str()).map(str::to_owned),
        source.to_owned(),
        starts,
        ends,
        statuses,
    ));
}

fn put_booking(row: &BookingRow, previous: u64) -> Statement {
    let sql = if previous == 0 {
        "with b as (
            insert into booking values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
                $14, $15, $16, $17, $18, $19)
            on conflict do nothing returning 1
        ) select quando_expect(count(*) = 1, 'booking') from b"
    } else {
        "with b as (
            update booking set version = $5, status = $6, customer_id = $7, customer_text = $8,
                service_id = $9, service_text = $10, starts_at = $11, ends_at = $12,
                expires_at = $13, next_due = $14, active_slot = $15, hold_slot = $16, head = $17,
                created_at = $18, body = $19
            where provider_id = $1 and booking_id = $3 and version = $20
                and provider_text is not distinct from $2 and booking_text is not distinct from $4
            returning 1
        ) select quando_expect(count(*) = 1, 'booking') from b"
    };
    let mut put = statement!(
        sql,
        key(row.provider.as_str()),
        beside(row.provider.as_str()).map(str::to_owned),
        key(row.id.as_str()),
        beside(row.id.as_str()).map(str::to_owned),
        number(row.version),
        row.status.name(),
        key(row.customer.as_str()),
        beside(row.customer.as_str()).map(str::to_owned),
        key(row.service.as_str()),
        beside(row.service.as_str()).map(str::to_owned),
        row.slot.start(),
        row.slot.end(),
        row.expires_at,
        row.next_due,
        place(row.active_slot),
        place(row.hold_slot),
        row.head.0.to_vec(),
        row.created_at,
        row.body.to_vec(),
    );
    if previous > 0 {
        put.values.push(Box::new(number(previous)));
    }
    put
}

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

/// The values of a claim's row, in the order of the columns from `number` on.
pub(crate) struct ClaimColumns {
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
    ClaimColumns {
        flags: flag(claim.map(|claim| claim.session), OF_SESSION)
            | flag(claim.map(|claim| claim.done), DONE)
            | flag(of_owner, OF_OWNER),
        extra: (!plain)
            .then(|| serde_json::to_value(&extra).expect("ids and numbers have a JSON form")),
    }
}

/// Lays claims, unless one of them takes a unit that is taken.
#[expect(clippy::too_many_lines, reason = "one value for each column")]
fn lay_claims(provider: &ProviderId, owner: &Owner, rows: &[ClaimRow]) -> Option<Statement> {
    let first = rows.first()?;
    let of_claim = |row: &ClaimRow| row.claim.clone();
    let claims: Vec<_> = rows.iter().map(of_claim).collect();
    let columns: Vec<ClaimColumns> = rows.iter().map(claim_columns).collect();
    let optional = |text: &str| beside(text).map(str::to_owned);
    let buffers = |after: bool| -> Vec<i32> {
        let minutes = claims.iter().map(|claim| {
            let claim = claim.as_ref();
            let minutes = claim.map_or(0, |claim| {
                if after {
                    claim.buffer_after_minutes.get()
                } else {
                    claim.buffer_before_minutes.get()
                }
            });
            i32::try_from(minutes).expect("minutes are limited to a year")
        });
        minutes.collect()
    };
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
        buffers(false),
        buffers(true),
        claims
            .iter()
            .map(|claim| claim
                .as_ref()
                .map_or(1, |claim| i64::from(claim.units.get())))
            .collect::<Vec<i64>>(),
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

fn record(entry: &JournalEntry) -> Statement {
    statement!(
        "with o as (
            insert into outbox (provider_id, subject, version) values ($1, $4, $5)
        ), j as (
            insert into journal values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            on conflict do nothing returning 1
        ) select quando_expect(count(*) = 1, 'journal') from j",
        partition_key(&entry.partition),
        space(&entry.partition),
        partition_beside(&entry.partition).map(str::to_owned),
        entry.subject.to_string(),
        number(entry.version),
        entry.at,
        json(&entry.by),
        entry.action.to_string(),
        entry.events.to_vec(),
        entry.previous.0.to_vec(),
        entry.hash.0.to_vec(),
    )
}

fn post(row: &PostingRow) -> Statement {
    let amount = row.posting.amount;
    let small = |count: u32| i32::try_from(count).expect("entries of a change are limited");
    statement!(
        "insert into posting values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        key(row.provider.as_str()),
        beside(row.provider.as_str()).map(str::to_owned),
        key(row.booking.as_str()),
        beside(row.booking.as_str()).map(str::to_owned),
        number(row.version),
        small(row.entry),
        small(row.number),
        name(&row.reason),
        row.posting.account.name(),
        amount.minor(),
        amount.currency().to_string(),
        row.at,
    )
}

fn put_instruction(row: &InstructionRow) -> Statement {
    let instruction = &row.instruction;
    statement!(
        "insert into instruction values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (provider_id, booking_id, instruction)
        do update set attempts = excluded.attempts, next_at = excluded.next_at",
        key(row.provider.as_str()),
        beside(row.provider.as_str()).map(str::to_owned),
        key(instruction.booking.as_str()),
        beside(instruction.booking.as_str()).map(str::to_owned),
        instruction.instruction.to_string(),
        instruction.amount.minor(),
        instruction.amount.currency().to_string(),
        row.at,
        i64::from(row.attempts),
        row.next_at,
    )
}

fn replace_listings(provider: &ProviderId, rows: &[ListingRow], all: &mut Vec<Statement>) {
    let of = key(provider.as_str());
    all.push(statement!("delete from listing where provider_id = $1", of));
    for row in rows {
        let words: Vec<String> = row.words.iter().map(ToString::to_string).collect();
        all.push(statement!(
            "insert into listing
            select $1, $2, $3, $4, $5, $6, $7, $8,
                coalesce((s.body ->> 'micros')::bigint, 0),
                coalesce(
                    (select array_agg(count::bigint)
                    from jsonb_array_elements_text(s.body #> '{statistics,ratings,counts}')
                        as counts (count)),
                    array[0, 0, 0, 0, 0]::bigint[]
                )
            from (select 1) as one left join statistics s on s.provider_id = $1",
            of,
            provider.to_string(),
            row.category.to_string(),
            row.cell,
            row.point.map(|(latitude, _)| latitude),
            row.point.map(|(_, longitude)| longitude),
            words,
            row.body.to_vec(),
        ));
    }
}

/// The name of a value whose JSON form is one.
pub(crate) fn name(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        other => panic!("a name, and not {other:?}"),
    }
}

pub(crate) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("what is stored has a JSON form")
}

/// A failure that is planned, as if the server had died in the middle of a write.
#[derive(Debug)]
pub(crate) struct Crash {
    /// Statements until then; below zero there is none.
    left: AtomicI64,
}

impl Default for Crash {
    fn default() -> Crash {
        Crash {
            left: AtomicI64::new(-1),
        }
    }
}

impl Crash {
    pub(crate) fn plan(&self, statements: Option<u32>) {
        let left = statements.map_or(-1, i64::from);
        self.left.store(left, Ordering::SeqCst);
    }

    /// Puts a statement that fails where the failure is planned.
    pub(crate) fn put_into(&self, all: &mut Vec<Statement>) {
        let left = self.left.load(Ordering::SeqCst);
        let Ok(at) = usize::try_from(left) else {
            return;
        };
        if at < all.len() {
            self.left.store(-1, Ordering::SeqCst);
            all.insert(at, statement!("select 1 / (random() * 0)::integer",));
        } else {
            let passed = i64::try_from(all.len()).unwrap_or(i64::MAX);
            self.left.store(left - passed, Ordering::SeqCst);
        }
    }
}
