//! The tables can be spread by provider.

use crate::database::database;
use crate::direct::connect;

const OF_NO_PROVIDER: [&str; 9] = [
    "person",
    "webhook",
    "api_key",
    "delivery",
    "customer_booking",
    "feed",
    "feed_end",
    "cursor",
    "schema_version",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unique_is_so_within_a_provider() {
    let database = database();
    let client = connect(database.url()).await;
    let sql = "select t.relname, i.relname, coalesce(a.attname, '')
        from pg_index x
        join pg_class t on t.oid = x.indrelid
        join pg_class i on i.oid = x.indexrelid
        left join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]
        where t.relnamespace = current_schema()::regnamespace
            and (x.indisunique or x.indisexclusion)";
    let mut seen = 0;
    for row in client.query(sql, &[]).await.unwrap() {
        let (table, index, first): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        if OF_NO_PROVIDER.contains(&&*table) {
            continue;
        }
        seen += 1;
        assert_eq!(first, "provider_id", "{index} of {table}");
    }
    // Twenty primary keys, two places of customers, one guard.
    assert_eq!(seen, 23);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_have_a_provider() {
    let database = database();
    let client = connect(database.url()).await;
    let sql = "select t.relname from pg_class t
        where t.relkind = 'r' and t.relnamespace = current_schema()::regnamespace
            and not exists (select from pg_attribute a
                where a.attrelid = t.oid and a.attname = 'provider_id' and a.attnotnull)";
    let rows = client.query(sql, &[]).await.unwrap();
    let without: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    for table in &without {
        assert!(OF_NO_PROVIDER.contains(&&**table), "{table}");
    }
    assert!(without.contains(&"cursor".to_owned()));
}
