-- Searches by word. A word of a query is the beginning of a word of a listing, which is what
-- prefixes of a tsvector are.
create index listing_by_words on listing using gin (array_to_tsvector(words));

-- Entries are read and deleted in the order of their ids; nothing looks for one by its provider.
alter table outbox drop constraint outbox_pkey;
