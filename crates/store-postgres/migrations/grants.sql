-- What a server needs, and no more: what is written once cannot be changed or deleted, and tables
-- are made by somebody else.
grant select, insert, update on
    provider, resource, service, busy_source, terms, note, person, webhook, api_key,
    refund_request, verification, calendar_link, subscription, subscription_state,
    booking, statistics, cursor
    to :role;
grant select, insert, update, delete on instruction, listing, delivery to :role;
grant select, insert, delete on claim, busy, outbox to :role;
grant select, insert on journal, posting, feed, customer_booking, idempotency to :role;
grant select, update on feed_end to :role;
grant select on schema_version to :role;
grant execute on function quando_expect(boolean, text) to :role;
