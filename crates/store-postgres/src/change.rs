//! What a change does to the tables, one arm each.

use quando::id::{ProviderId, ResourceId};
use quando_engine::audit::JournalEntry;
use quando_engine::store::{
    BookingRow, Change, Document, DocumentKind, InstructionRow, ListingRow, PostingRow,
};
use uuid::Uuid;

use crate::claim::{lay_claims, place};
use crate::key::{beside, key, partition_beside, partition_column, partition_key, space, table};
use crate::row::number;
use crate::write::{Statement, statement};

pub(crate) fn statements(change: &Change, all: &mut Vec<Statement>) {
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
        Change::DropDocument(of) => all.push(statement!(
            format!(
                "delete from {} where {} = $1 and id = $2",
                table(of.kind),
                partition_column(of.kind)
            ),
            partition_key(&of.partition),
            key(&of.id),
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
