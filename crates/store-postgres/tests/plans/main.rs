//! How the server goes about what it is asked: by an index, never through all rows of a table.
//!
//! A store of the test's own has the server send the plan of each statement that it runs, with what
//! came of it. The tables have thousands of rows, so that where no index fits the plan shows it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/database.rs"]
mod database;
mod plan;
mod shop;
mod work;

use std::collections::BTreeSet;

use database::{database, options};
use plan::Ran;
use quando_engine::store::Scope;
use quando_store_postgres::PostgresStore;
use tokio_postgres::{Client, NoTls};

/// What stands in the statements that have to be heard, those that read first.
const EXPECTED: [&str; 79] = [
    // Reads of a scope.
    "select 0::smallint, d.id, ",
    " from unnest($2::uuid[]) as of (id) join busy c ",
    " from unnest($2::uuid[]) as of (id) join claim c ",
    " from service where provider_id = $1 and id = $2",
    " from service where provider_id = $1 and (octet_length(body) > 0 or id = $2)",
    " from service s cross join lateral unnest(s.resource_ids) as of (id) join resource r ",
    " from service s cross join lateral unnest(s.resource_ids) as of (id) join claim c ",
    " from service s cross join lateral unnest(s.resource_ids) as of (id) join busy c ",
    " from resource where provider_id = $1 and id = any($2)",
    " from unnest($4::uuid[]) as of (id) join claim c ",
    " from unnest($4::uuid[]) as of (id) join busy c ",
    " from resource where provider_id = $1 and octet_length(body) > 0",
    " from resource of join claim c ",
    " from resource of join busy c ",
    " from person where partition_id = $1 and id = $2",
    " from webhook where partition_id = $1 and id = $2",
    " from api_key where partition_id = $1 and id = $2",
    " from booking where provider_id = $1 and booking_id = $2",
    " from booking where provider_id = $1 and customer_id = $2 and active_slot is not null",
    "select hash, reply from idempotency",
    // Locks.
    "select 1 from provider ",
    "select 1 from resource where provider_id = $1 and id = any($2)",
    "select 1 from resource where provider_id = $1 and id = any( (select resource_ids",
    // Lists.
    " from note where octet_length(body) > 0 order by",
    " from note where octet_length(body) > 0 and ((coalesce",
    " from note where octet_length(body) > 0 and index_key = $1 order by",
    " from note where octet_length(body) > 0 and index_key = $1 and ((coalesce",
    " from note where octet_length(body) > 0 and provider_id = $1 and (coalesce",
    " from webhook where octet_length(body) > 0 and partition_id = $1 and (coalesce",
    " from booking where true and booking_id = $1",
    " from booking where true and provider_id = $1 order by",
    " from booking where true and provider_id = $1 and booking_id < $2 order by",
    " from booking where true and provider_id = $1 and status = $2 order by",
    " from booking where true and provider_id = $1 and status = $2 and booking_id < $3",
    " where true and c.customer_id = $1 order by",
    " where true and c.customer_id = $1 and c.booking_id < $2 order by",
    " from booking where true and next_due <= $1",
    " from booking where true order by",
    " from booking where true and (provider_id, booking_id) >",
    " from instruction where true order by",
    " from instruction where true and next_at <= $1",
    " from ( select * from feed where position > $1",
    "select position from cursor",
    " from journal j where true order by",
    " from journal j where true and (j.provider_id, j.subject, j.version) >",
    " from journal j where true and j.provider_id = $1 and j.space = $2 order by",
    " from journal j where true and j.provider_id = $1 and j.space = $2 and (j.subject, ",
    " from journal j where true and j.provider_id = $1 and j.space = $2 and j.subject = $3",
    " from claim c where true order by",
    " from claim c where true and (",
    " from claim c where true and c.provider_id = $1 order by",
    " from claim c where true and c.provider_id = $1 and (",
    " from posting where true order by",
    " from posting where true and (",
    " from posting where true and provider_id = $1 order by",
    " from posting where true and provider_id = $1 and (",
    " from posting where true and provider_id = $1 and booking_id = $2 order by",
    " from posting where true and provider_id = $1 and booking_id = $2 and (",
    "select body -> 'statistics' from statistics",
    " from listing where category = $1 order by",
    " from listing where category = $1 and rating_micros <= ",
    " from listing where category = $1 and listing.cell = near.cell",
    // Writes.
    "with given (",
    "insert into idempotency values ($1",
    "delete from claim ",
    "insert into claim select $1",
    "insert into booking values ($1",
    "update booking set ",
    "update service set version",
    "insert into outbox (provider_id, subject, version) values ($1",
    "delete from busy ",
    "delete from delivery where partition_id = $1 and id = $2",
    "insert into posting ",
    "on conflict (provider_id, booking_id, instruction) do update",
    "insert into cursor ",
    // The relay.
    "select position, seal from feed_end",
    "delete from outbox ",
    "insert into statistics ",
    "update listing set rating_micros",
];

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Settings with which the server tells how it runs each statement.
fn telling(url: &str, plans: &str) -> String {
    let settings = [
        "session_preload_libraries=auto_explain",
        "auto_explain.log_min_duration=0",
        "auto_explain.log_level=notice",
        "auto_explain.log_format=json",
        "auto_explain.log_nested_statements=on",
        "auto_explain.log_analyze=on",
        "auto_explain.log_timing=off",
        "auto_explain.log_buffers=on",
    ];
    let given = settings.map(|each| format!("-c%20{}", each.replace('=', "%3D")));
    let mut given = Vec::from(given);
    given.push(format!("-c%20plan_cache_mode%3D{plans}"));
    let join = if url.contains('?') { '&' } else { '?' };
    format!("{url}{join}options={}", given.join("%20"))
}

/// Only a superuser may load the library that tells.
async fn require_plans(client: &Client) {
    let sql = "select rolsuper from pg_roles where rolname = current_user";
    let row = client.query_one(sql, &[]).await.unwrap();
    assert!(
        row.get::<_, bool>(0),
        "the user of the test's server is no superuser, who alone may load auto_explain; without \
         QUANDO_TEST_DATABASE_URL the test starts a server of its own"
    );
    let loaded = client.batch_execute("load 'auto_explain'").await;
    loaded.expect("the server has auto_explain, which PostgreSQL comes with");
}

/// A first row of each table, and thousands more.
async fn fill(url: &str, client: &Client) {
    let store = PostgresStore::connect(&options(url)).await.unwrap();
    let scope = Scope::new(shop::provider());
    work::write(&store, scope, Some("first"), shop::first()).await;
    work::relay(&store, "first").await;
    // What waits to be relayed.
    let scope = Scope::new(shop::provider());
    work::write(&store, scope, None, vec![shop::record("second", 1)]).await;
    shop::fill(client).await;
}

async fn connected(url: &str, plans: &str) -> PostgresStore {
    let mut options = options(&telling(url, plans));
    // One, on which the runs of a statement add up.
    options.max_connections = 1;
    PostgresStore::connect(&options).await.unwrap()
}

/// Panics with the plans that are not by an index.
fn judge(ran: &[Ran]) {
    let told: Vec<String> = plan::faults(ran)
        .into_iter()
        .map(|(statement, fault)| format!("{statement}\n{fault}"))
        .collect();
    assert!(told.is_empty(), "\n{}", told.join("\n"));
}

/// Panics unless each statement was heard that is expected.
fn require_heard(ran: &[Ran]) {
    let heard: BTreeSet<&str> = ran.iter().map(|each| &*each.statement).collect();
    for expected in EXPECTED {
        let is_heard = heard.iter().any(|statement| statement.contains(expected));
        assert!(is_heard, "`{expected}` was not heard");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_statement_goes_by_an_index() {
    let database = database();
    let client = connect(database.url()).await;
    require_plans(&client).await;
    fill(database.url(), &client).await;
    plan::listen();

    let store = connected(database.url(), "force_custom_plan").await;
    work::all(&store, 1_000).await;
    work::search(&store).await;
    let ran = plan::heard();
    require_heard(&ran);
    let by_words = |each: &Ran| each.statement.contains("array_to_tsvector");
    assert!(ran.iter().any(by_words));
    judge(&ran);

    // As the store asks for it.
    let store = connected(database.url(), "force_generic_plan").await;
    work::all(&store, 2_000).await;
    work::search(&store).await;
    let ran = plan::heard();
    require_heard(&ran);
    judge(&ran);
}
