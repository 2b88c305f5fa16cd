-- Calendars are read by what meets a span, at one price wherever the span lies.
--
-- Rows are told apart by how long they last: reach is the shortest of a day, 32 days, 1024 days and
-- for ever (the years 1 to 9999 have fewer seconds than that) which is as long as the row. What meets
-- a span has begun at most its reach before, so that one short range for each reach finds it.

drop index claim_calendar;
alter table claim add column reach integer generated always as (case
    when ends_at - starts_at <= 86400 then 86400
    when ends_at - starts_at <= 2764800 then 2764800
    when ends_at - starts_at <= 88473600 then 88473600
    else 400000000000 end) virtual;
create index claim_calendar on claim (provider, resource, reach, starts_at, ends_at);

drop index busy_calendar;
alter table busy add column reach integer generated always as (case
    when ends_at - starts_at <= 86400 then 86400
    when ends_at - starts_at <= 2764800 then 2764800
    when ends_at - starts_at <= 88473600 then 88473600
    else 400000000000 end) virtual;
create index busy_calendar on busy (provider, resource, reach, starts_at, ends_at);

-- Claims are listed by unit, those without one first; the guard finds the nearest by the same index.
drop index claim_unit;
alter table claim add column unit_order integer
    generated always as (coalesce(unit, -1)) virtual;
create index claim_unit on claim
    (provider, resource, unit_order, starts_at, owner, number, ends_at);
drop trigger claim_guard;
create trigger claim_guard before insert on claim when new.unit is not null
begin
    select raise(abort, 'unit-taken') where exists (
        select 1 from (
            select ends_at from claim
            where provider = new.provider and resource = new.resource
                and unit_order = new.unit and starts_at < new.ends_at
            order by starts_at desc limit 1
        ) where ends_at > new.starts_at
    );
end;

-- Those that await an answer come last.
drop index instruction_due;
create index instruction_due
    on instruction (next_at is null, next_at, provider, booking, instruction);
