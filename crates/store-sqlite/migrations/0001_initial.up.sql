-- All that the engine keeps. Instants are seconds since 1970; partitions are `p/<provider>`,
-- `q/<person>` and `z` for the platform.

create table document (
    partition text not null,
    kind text not null,
    id text not null,
    version integer not null,
    guard integer not null,
    head blob not null,
    body blob not null,
    second_key blob,
    resources text not null,
    updated_at integer not null,
    primary key (partition, kind, id)
) strict, without rowid;
create index document_of_kind on document (kind, partition, id);
create index document_by_second_key on document (kind, second_key, partition, id)
    where second_key is not null;

create table booking (
    provider text not null,
    id text not null,
    version integer not null,
    status text not null,
    customer text not null,
    service text not null,
    starts_at integer not null,
    ends_at integer not null,
    expires_at integer,
    next_due integer,
    active_slot integer,
    hold_slot integer,
    head blob not null,
    created_at integer not null,
    body blob not null,
    primary key (provider, id)
) strict;
create unique index booking_by_id on booking (id, provider);
create index booking_by_status on booking (provider, status, id);
create index booking_due on booking (next_due, provider, id) where next_due is not null;
create unique index booking_active_slot on booking (provider, customer, active_slot)
    where active_slot is not null;
create unique index booking_hold_slot on booking (provider, customer, hold_slot)
    where hold_slot is not null;

create table claim (
    provider text not null,
    owner text not null,
    number integer not null,
    resource text not null,
    unit integer,
    starts_at integer not null,
    ends_at integer not null,
    claim text,
    decided_at integer not null,
    primary key (provider, owner, number)
) strict, without rowid;
-- Calendars are read from the end of a claim on, so that what is over costs nothing.
create index claim_calendar on claim (provider, resource, ends_at, starts_at);
create index claim_unit on claim (provider, resource, unit, starts_at, ends_at)
    where unit is not null;

-- No unit is taken twice. Rows of one unit never meet, so that the last one that begins before the
-- new one's end is the only one that can.
create trigger claim_guard before insert on claim when new.unit is not null
begin
    select raise(abort, 'unit-taken') where exists (
        select 1 from (
            select ends_at from claim
            where provider = new.provider and resource = new.resource and unit = new.unit
                and starts_at < new.ends_at
            order by starts_at desc limit 1
        ) where ends_at > new.starts_at
    );
end;
create trigger claim_stays before update on claim
begin
    select raise(abort, 'claims are replaced, not changed');
end;

create table busy (
    provider text not null,
    resource text not null,
    source text not null,
    number integer not null,
    starts_at integer not null,
    ends_at integer not null,
    busy text not null,
    primary key (provider, resource, source, number)
) strict, without rowid;
create index busy_calendar on busy (provider, resource, ends_at, starts_at);

create table journal (
    partition text not null,
    subject text not null,
    version integer not null,
    at integer not null,
    actor text not null,
    action text not null,
    events blob not null,
    previous blob not null,
    hash blob not null,
    primary key (partition, subject, version)
) strict;

create table outbox (
    id integer primary key autoincrement,
    partition text not null,
    subject text not null,
    version integer not null
) strict;

create table feed (
    position integer primary key,
    partition text not null,
    subject text not null,
    version integer not null,
    seal blob not null
) strict;

create table idempotency (
    partition text not null,
    principal text not null,
    route text not null,
    key text not null,
    hash text not null,
    reply blob not null,
    created_at integer not null,
    primary key (partition, principal, route, key)
) strict, without rowid;

create table posting (
    provider text not null,
    booking text not null,
    version integer not null,
    entry integer not null,
    number integer not null,
    reason text not null,
    posting text not null,
    at integer not null,
    primary key (provider, booking, version, entry, number)
) strict, without rowid;

create table instruction (
    provider text not null,
    booking text not null,
    instruction text not null,
    body text not null,
    at integer not null,
    attempts integer not null,
    next_at integer,
    primary key (provider, booking, instruction)
) strict, without rowid;
create index instruction_due on instruction (next_at, provider, booking, instruction);

create table statistics (
    provider text primary key,
    body text not null
) strict, without rowid;

create table customer_booking (
    customer text not null,
    booking text not null,
    provider text not null,
    at integer not null,
    primary key (customer, booking)
) strict, without rowid;

create table listing (
    provider text not null,
    category text not null,
    cell integer,
    latitude integer,
    longitude integer,
    words text not null,
    body blob not null,
    rating_micros integer not null,
    ratings text not null,
    primary key (provider, category)
) strict;
create index listing_by_cell on listing (category, cell, rating_micros desc, provider);
create index listing_by_rating on listing (category, rating_micros desc, provider);

create table listing_word (
    word text not null,
    category text not null,
    provider text not null,
    primary key (word, category, provider)
) strict, without rowid;
create index listing_word_of on listing_word (provider);

create table cursor (
    consumer text primary key,
    position integer not null,
    at integer not null
) strict, without rowid;

-- Written once.
create trigger journal_stays before update on journal
begin select raise(abort, 'the journal is written once'); end;
create trigger journal_remains before delete on journal
begin select raise(abort, 'the journal is written once'); end;
create trigger posting_stays before update on posting
begin select raise(abort, 'the ledger is written once'); end;
create trigger posting_remains before delete on posting
begin select raise(abort, 'the ledger is written once'); end;
create trigger feed_stays before update on feed
begin select raise(abort, 'the feed is written once'); end;
create trigger feed_remains before delete on feed
begin select raise(abort, 'the feed is written once'); end;
