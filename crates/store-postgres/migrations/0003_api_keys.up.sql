-- Keys that programs sign in with; they belong to no provider, for they say for whom they are.
create table api_key (like webhook including all);
