-- What a marketplace needs beside bookings: refunds that two have to agree to, verified providers, and
-- calendars, to be read and to be subscribed to.
create table refund_request (like provider including all);
create table verification (like provider including all);
create table calendar_link (like provider including all);
create table subscription (like provider including all);
create table subscription_state (like provider including all);
