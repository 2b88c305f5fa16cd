drop index instruction_due;
create index instruction_due on instruction (next_at, provider, booking, instruction);

drop trigger claim_guard;
drop index claim_unit;
alter table claim drop column unit_order;
create index claim_unit on claim (provider, resource, unit, starts_at, ends_at)
    where unit is not null;
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

drop index busy_calendar;
alter table busy drop column reach;
create index busy_calendar on busy (provider, resource, ends_at, starts_at);

drop index claim_calendar;
alter table claim drop column reach;
create index claim_calendar on claim (provider, resource, ends_at, starts_at);
