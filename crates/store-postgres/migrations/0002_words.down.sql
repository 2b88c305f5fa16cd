alter table outbox add primary key (provider_id, id);
drop index listing_by_words;
