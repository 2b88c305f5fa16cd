-- Messages to endpoints, with what became of them.
create table delivery (like webhook including all);
