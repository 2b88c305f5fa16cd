-- The extension stays: others may use it.
drop table cursor, feed_end, feed, customer_booking, listing, statistics, instruction, posting,
    idempotency, outbox, journal, busy, claim, booking, webhook, person, note, terms, busy_source,
    service, resource, provider;
drop function quando_expect(boolean, text);
