-- All that the engine keeps.
--
-- Ids are uuid keys. An id that is no UUID has its text beside its key, in a column of the same name
-- that ends in _text; where that is null, the id is the key itself.
--
-- INVARIANT: provider_id is the first column of each primary key, unique index and exclusion
-- constraint, except in the tables that belong to no provider: person, webhook, customer_booking,
-- feed, feed_end, cursor, schema_version. So the schema can be distributed by provider.

create extension if not exists btree_gist;

-- Raises what makes the engine decide again: something that a write rests on is no longer so.
create function quando_expect(holds boolean, what text) returns void
language plpgsql immutable as $$
begin
    if holds is not true then
        raise exception 'not as expected: %', what using errcode = 'QD001';
    end if;
end
$$;

create table provider (
    provider_id uuid not null,
    -- 0 of a provider, 1 of a person, 2 of the platform.
    space smallint not null,
    partition_text text,
    id uuid not null,
    id_text text,
    version bigint not null,
    guard bigint not null,
    head bytea not null,
    body bytea not null,
    index_key bytea,
    resource_ids uuid[] not null,
    resource_texts text[],
    updated_at timestamptz not null,
    primary key (provider_id, id)
);
create index provider_by_index on provider (index_key) where index_key is not null;
-- Lists are ordered by the texts of ids, which hashes of them are not.
create index provider_by_text on provider (
    (coalesce(partition_text, provider_id::text) collate "C"),
    (coalesce(id_text, id::text) collate "C")
);

create table resource (like provider including all);
create table service (like provider including all);
create table busy_source (like provider including all);
create table terms (like provider including all);
create table note (like provider including all);

create table person (like provider including all);
alter table person rename column provider_id to partition_id;
create table webhook (like provider including all);
alter table webhook rename column provider_id to partition_id;

create table booking (
    provider_id uuid not null,
    provider_text text,
    booking_id uuid not null,
    booking_text text,
    version bigint not null,
    status text collate "C" not null,
    customer_id uuid not null,
    customer_text text,
    service_id uuid not null,
    service_text text,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    expires_at timestamptz,
    next_due timestamptz,
    active_slot integer,
    hold_slot integer,
    head bytea not null,
    created_at timestamptz not null,
    body bytea not null,
    primary key (provider_id, booking_id)
) with (fillfactor = 90);
create unique index booking_active_slot on booking (provider_id, customer_id, active_slot)
    where active_slot is not null;
create unique index booking_hold_slot on booking (provider_id, customer_id, hold_slot)
    where hold_slot is not null;
create index booking_due on booking (next_due, provider_id, booking_id) where next_due is not null;
create index booking_by_id on booking (booking_id);

create table claim (
    provider_id uuid not null,
    provider_text text,
    owner_id uuid not null,
    -- Of a booking; a session stands in extra.
    owner_text text,
    number integer not null,
    resource_id uuid not null,
    resource_text text,
    unit bigint,
    span tstzrange not null,
    -- What it says for decisions; null in rows that only take time.
    starts_at timestamptz,
    ends_at timestamptz,
    service_id uuid,
    service_text text,
    buffer_before_minutes integer not null,
    buffer_after_minutes integer not null,
    units bigint not null,
    -- 1: of a session; 2: done; 4: of the booking that owns it.
    flags smallint not null,
    expires_at timestamptz,
    decided_at timestamptz not null,
    extra jsonb,
    primary key (provider_id, owner_id, number),
    -- No unit of a resource is taken twice. Rows without a unit meet anything. It is also what
    -- calendars are read by.
    constraint claim_guard exclude using gist
        (provider_id with =, resource_id with =, unit with =, span with &&)
);

create table busy (
    provider_id uuid not null,
    resource_id uuid not null,
    resource_text text,
    source text collate "C" not null,
    number integer not null,
    span tstzrange not null,
    status text not null,
    primary key (provider_id, resource_id, source, number)
);
create index busy_span on busy using gist (provider_id, resource_id, span);

create table journal (
    provider_id uuid not null,
    space smallint not null,
    partition_text text,
    subject text collate "C" not null,
    version bigint not null,
    at timestamptz not null,
    by text not null,
    action text not null,
    events bytea not null,
    previous bytea not null,
    hash bytea not null,
    primary key (provider_id, subject, version)
);

create table outbox (
    provider_id uuid not null,
    id bigint generated always as identity,
    subject text collate "C" not null,
    version bigint not null,
    primary key (provider_id, id)
);
create index outbox_order on outbox (id);

create table idempotency (
    provider_id uuid not null,
    principal text collate "C" not null,
    route text collate "C" not null,
    key text collate "C" not null,
    hash text not null,
    reply bytea not null,
    created_at timestamptz not null,
    primary key (provider_id, principal, route, key)
);

create table posting (
    provider_id uuid not null,
    provider_text text,
    booking_id uuid not null,
    booking_text text,
    version bigint not null,
    entry integer not null,
    number integer not null,
    reason text not null,
    account text not null,
    amount bigint not null,
    currency text not null,
    at timestamptz not null,
    primary key (provider_id, booking_id, version, entry, number)
);

create table instruction (
    provider_id uuid not null,
    provider_text text,
    booking_id uuid not null,
    booking_text text,
    instruction text collate "C" not null,
    amount bigint not null,
    currency text not null,
    at timestamptz not null,
    attempts bigint not null,
    next_at timestamptz,
    primary key (provider_id, booking_id, instruction)
) with (fillfactor = 90);
create index instruction_next on instruction (next_at, provider_id, booking_id, instruction);

create table statistics (
    provider_id uuid not null,
    provider_text text,
    body jsonb not null,
    primary key (provider_id)
) with (fillfactor = 80);

create table listing (
    provider_id uuid not null,
    -- Always the text: it breaks ties between equal ratings, by its bytes.
    provider text collate "C" not null,
    category text collate "C" not null,
    cell integer,
    latitude integer,
    longitude integer,
    words text[] not null,
    body bytea not null,
    rating_micros bigint not null,
    ratings bigint[] not null,
    primary key (provider_id, category)
);
create index listing_by_cell on listing (category, cell, rating_micros desc, provider);
create index listing_by_rating on listing (category, rating_micros desc, provider);

create table customer_booking (
    customer_id uuid not null,
    booking_id uuid not null,
    provider_id uuid not null,
    at timestamptz not null,
    primary key (customer_id, booking_id)
);

create table feed (
    position bigint primary key,
    provider_id uuid not null,
    subject text collate "C" not null,
    version bigint not null,
    seal bytea not null
);

-- One row, which the relay that works has locked.
create table feed_end (
    one boolean primary key default true check (one),
    position bigint not null,
    seal bytea not null
);
insert into feed_end (position, seal) values (0, decode(repeat('00', 32), 'hex'));

create table cursor (
    consumer text collate "C" primary key,
    position bigint not null,
    at timestamptz not null
);

-- Servers that were built without lz4 compress with what they have.
do $$
declare
    body record;
begin
    for body in
        select table_name, column_name from information_schema.columns
        where table_schema = current_schema() and data_type = 'bytea'
            and column_name in ('body', 'events', 'reply')
    loop
        execute format(
            'alter table %I alter column %I set compression lz4', body.table_name, body.column_name
        );
    end loop;
exception when feature_not_supported then
    null;
end
$$;
