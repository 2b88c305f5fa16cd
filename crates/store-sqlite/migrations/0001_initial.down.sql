-- Everything goes with the tables.
drop table cursor;
drop table listing_word;
drop table listing;
drop table customer_booking;
drop table statistics;
drop table instruction;
drop table posting;
drop table idempotency;
drop table feed;
drop table outbox;
drop table journal;
drop table busy;
drop table claim;
drop table booking;
drop table document;
