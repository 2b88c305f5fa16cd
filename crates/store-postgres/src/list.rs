//! Lists, each by an index of its own order. Orders by id are those of the keys.

mod search;

use quando::id::ProviderId;
use quando::money::{Currency, Money};
use quando::payment::{Instruction, InstructionId};
use quando_engine::statistics::Statistics;
use quando_engine::store::{
    ClaimRow, FeedEntry, InstructionRow, Item, List, Partition, PostingRow,
};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use crate::claim::owner_key;
use crate::connection::Client;
use crate::error::{Failure, corrupt};
use crate::key::{id, key, partition_column, partition_key, space, table};
use crate::load::prefixed;
use crate::row::{self, BOOKING, CLAIM, DOCUMENT, ENTRY, number};
use crate::write::Value;

/// Answers a list.
pub(crate) async fn list(client: &Client, asked: &List) -> Result<Vec<Item>, Failure> {
    let read = Read { client };
    match asked {
        List::Documents { .. } | List::DocumentsByIndex { .. } => read.documents(asked).await,
        List::Booking(_)
        | List::Bookings { .. }
        | List::CustomerBookings { .. }
        | List::Due { .. }
        | List::AllBookings { .. } => read.bookings(asked).await,
        List::Instructions { .. } => read.instructions(asked).await,
        List::Feed { .. } => read.feed(asked).await,
        List::Cursor(consumer) => read.cursor(consumer).await,
        List::Journal { .. } | List::Outbox { .. } => read.journal(asked).await,
        List::Claims { .. } => read.claims(asked).await,
        List::Postings { .. } => read.postings(asked).await,
        List::Statistics(provider) => {
            let statistics = statistics(client, provider).await?;
            Ok(vec![Item::Statistics(Box::new(statistics))])
        }
        List::Listings { .. } => read.listings(asked).await,
    }
}

/// The statistics of a provider; nothing but zeros before its first booking.
pub(crate) async fn statistics(
    client: &Client,
    provider: &ProviderId,
) -> Result<Statistics, Failure> {
    let sql = "select body -> 'statistics' from statistics where provider_id = $1";
    let statement = client.prepare_cached(sql).await?;
    let found = client
        .query_opt(&statement, &[&key(provider.as_str())])
        .await?;
    match found {
        Some(found) => row::value(found.try_get(0)?),
        None => Ok(Statistics::default()),
    }
}

/// A statement that is put together from its conditions.
struct Query {
    sql: String,
    values: Vec<Value>,
    /// Their types, of a statement that is planned for its values.
    types: Vec<Type>,
}

impl Query {
    fn new(sql: impl Into<String>) -> Query {
        Query {
            sql: sql.into(),
            values: Vec::new(),
            types: Vec::new(),
        }
    }

    /// A value of a type, and what stands for it.
    fn typed(&mut self, value: impl ToSql + Sync + Send + 'static, kind: Type) -> String {
        self.types.push(kind);
        self.value(value)
    }

    /// A value, and what stands for it.
    fn value(&mut self, value: impl ToSql + Sync + Send + 'static) -> String {
        self.boxed(Box::new(value))
    }

    fn boxed(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn and(&mut self, column: &str, value: impl ToSql + Sync + Send + 'static) {
        let mark = self.value(value);
        self.sql.push_str(&format!(" and {column} {mark}"));
    }

    /// After a place in the order of columns. The first `within` of them are known to be those of
    /// the place, and left out: beside them the server would begin at the first row that has them.
    fn after(&mut self, order: &[&str], within: usize, place: Vec<Value>) {
        let place = place.into_iter().skip(within);
        let marks: Vec<String> = place.map(|value| self.boxed(value)).collect();
        let (columns, marks) = (order[within..].join(", "), marks.join(", "));
        self.sql.push_str(&format!(" and ({columns}) > ({marks})"));
    }

    fn end(&mut self, order: &str, limit: u32) {
        let mark = self.value(i64::from(limit));
        self.sql
            .push_str(&format!(" order by {order} limit {mark}"));
    }
}

#[derive(Clone, Copy)]
struct Read<'a> {
    client: &'a Client,
}

impl Read<'_> {
    async fn run(
        self,
        query: &Query,
        item: impl Fn(&Row) -> Result<Item, Failure>,
    ) -> Result<Vec<Item>, Failure> {
        let statement = self.client.prepare_cached(&query.sql).await?;
        let values = query.values.iter();
        let values: Vec<&(dyn ToSql + Sync)> = values
            .map(|value| &**value as &(dyn ToSql + Sync))
            .collect();
        let rows = self.client.query(&statement, &values).await?;
        rows.iter().map(item).collect()
    }

    /// The same for a statement whose best plan depends on what stands in it as it is: a limit, or
    /// a word. It is planned each time, and not kept.
    async fn run_once(
        self,
        query: &Query,
        item: impl Fn(&Row) -> Result<Item, Failure>,
    ) -> Result<Vec<Item>, Failure> {
        let values = query.values.iter().zip(&query.types);
        let values: Vec<(&(dyn ToSql + Sync), Type)> = values
            .map(|(value, kind)| (&**value as &(dyn ToSql + Sync), kind.clone()))
            .collect();
        let rows = self.client.query_typed(&query.sql, &values).await?;
        rows.iter().map(item).collect()
    }

    async fn documents(self, asked: &List) -> Result<Vec<Item>, Failure> {
        let (kind, index, partition, after, limit) = match asked {
            List::Documents {
                kind,
                partition,
                after,
                limit,
            } => (*kind, None, partition.as_ref(), after, *limit),
            List::DocumentsByIndex {
                kind,
                index,
                after,
                limit,
            } => (*kind, Some(index), None, after, *limit),
            _ => return Ok(Vec::new()),
        };
        let column = partition_column(kind);
        let mut query = Query::new(format!(
            "select {column}, {DOCUMENT} from {} where octet_length(body) > 0",
            table(kind)
        ));
        if let Some(index) = index {
            query.and("index_key =", index.to_vec());
        }
        let of = format!("(coalesce(partition_text, {column}::text) collate \"C\")");
        let by_id = "(coalesce(id_text, id::text) collate \"C\")";
        let order = format!("{of}, {by_id}");
        if let Some(partition) = partition {
            query.and(&format!("{column} ="), partition_key(partition));
            // By the index of the order, where the partition begins and no further than it goes.
            query.and(&format!("{of} ="), partition_text(partition));
        }
        if let Some(after) = after {
            let id = query.value(after.id.to_string());
            if partition == Some(&after.partition) {
                query.sql.push_str(&format!(" and {by_id} > {id}"));
            } else {
                let of = query.value(partition_text(&after.partition));
                let after = format!(" and ({order}) > ({of}, {id})");
                query.sql.push_str(&after);
            }
        }
        query.end(&order, limit);
        let item = |row: &Row| Ok(Item::Document(Box::new(row::document(row, kind)?)));
        self.run(&query, item).await
    }

    async fn bookings(self, asked: &List) -> Result<Vec<Item>, Failure> {
        let mut query = Query::new(format!("select {BOOKING} from booking where true"));
        match asked {
            List::Booking(id) => {
                query.and("booking_id =", key(id.as_str()));
                query.end("provider_id", 1);
            }
            List::Bookings {
                provider,
                status,
                after,
                limit,
            } => {
                query.and("provider_id =", key(provider.as_str()));
                if let Some(status) = status {
                    query.and("status =", status.name());
                }
                if let Some(after) = after {
                    query.and("booking_id <", key(after.as_str()));
                }
                query.end("booking_id desc", *limit);
            }
            List::CustomerBookings {
                customer,
                after,
                limit,
            } => {
                query.sql = format!(
                    "select {} from customer_booking c
                    join booking b on b.provider_id = c.provider_id and b.booking_id = c.booking_id
                    where true",
                    prefixed("b", BOOKING)
                );
                query.and("c.customer_id =", key(customer.as_str()));
                if let Some(after) = after {
                    query.and("c.booking_id <", key(after.as_str()));
                }
                query.end("c.booking_id desc", *limit);
            }
            List::Due { now, limit } => {
                query.and("next_due <=", *now);
                query.end("next_due, provider_id, booking_id", *limit);
            }
            List::AllBookings { after, limit } => {
                if let Some((provider, id)) = after {
                    let place = (
                        query.value(key(provider.as_str())),
                        query.value(key(id.as_str())),
                    );
                    let after = format!(
                        " and (provider_id, booking_id) > ({}, {})",
                        place.0, place.1
                    );
                    query.sql.push_str(&after);
                }
                query.end("provider_id, booking_id", *limit);
            }
            _ => return Ok(Vec::new()),
        }
        let item = |row: &Row| Ok(Item::Booking(Box::new(row::booking(row)?)));
        self.run(&query, item).await
    }

    async fn instructions(self, asked: &List) -> Result<Vec<Item>, Failure> {
        let List::Instructions { due, limit } = asked else {
            return Ok(Vec::new());
        };
        let mut query = Query::new(
            "select provider_id, provider_text, booking_id, booking_text, instruction, amount,
            currency, at, attempts, next_at from instruction where true",
        );
        if let Some(due) = due {
            query.and("next_at <=", *due);
        }
        // Those that await an answer come last.
        query.end(
            "next_at nulls last, provider_id, booking_id, instruction",
            *limit,
        );
        self.run(&query, instruction).await
    }

    async fn feed(self, asked: &List) -> Result<Vec<Item>, Failure> {
        let List::Feed { after, limit } = asked else {
            return Ok(Vec::new());
        };
        // The page first, lest the server expect few of its entries in the journal and join it all.
        let mut query = Query::new("");
        let after = query.typed(number(*after), Type::INT8);
        query.sql = format!(
            "select {ENTRY}, f.position, f.seal from (
                select * from feed where position > {after} order by position limit {limit}
            ) f join journal j using (provider_id, subject, version) order by f.position"
        );
        let item = |row: &Row| {
            Ok(Item::Feed(Box::new(FeedEntry {
                entry: row::entry(row)?,
                position: row::count(row.try_get(11)?)?,
                seal: row::hash(row, 12)?,
            })))
        };
        self.run_once(&query, item).await
    }

    async fn cursor(self, consumer: &str) -> Result<Vec<Item>, Failure> {
        let statement = self
            .client
            .prepare_cached("select position from cursor where consumer = $1")
            .await?;
        let found = self.client.query_opt(&statement, &[&consumer]).await?;
        let position = match found {
            Some(found) => row::count(found.try_get(0)?)?,
            None => 0,
        };
        Ok(vec![Item::Cursor(position)])
    }

    async fn journal(self, asked: &List) -> Result<Vec<Item>, Failure> {
        let item = |row: &Row| Ok(Item::Journal(Box::new(row::entry(row)?)));
        match asked {
            List::Journal {
                partition,
                subject,
                after,
                limit,
            } => {
                let mut query = Query::new(format!("select {ENTRY} from journal j where true"));
                if let Some(partition) = partition {
                    query.and("j.provider_id =", partition_key(partition));
                    query.and("j.space =", space(partition));
                }
                if let Some(subject) = subject {
                    query.and("j.subject =", subject.to_string());
                }
                if let Some(after) = after {
                    let own = partition.as_ref() == Some(&after.partition);
                    let within = match subject {
                        Some(subject) if own && *subject == after.subject => 2,
                        _ => usize::from(own),
                    };
                    query.after(
                        &["j.provider_id", "j.subject", "j.version"],
                        within,
                        vec![
                            Box::new(partition_key(&after.partition)),
                            Box::new(after.subject.to_string()),
                            Box::new(number(after.version)),
                        ],
                    );
                }
                query.end("j.provider_id, j.subject, j.version", *limit);
                self.run(&query, item).await
            }
            List::Outbox { limit } => {
                // The page first, as of the feed.
                let query = Query::new(format!(
                    "select {ENTRY} from (select * from outbox order by id limit {limit}) o
                    join journal j using (provider_id, subject, version) order by o.id"
                ));
                self.run_once(&query, item).await
            }
            _ => Ok(Vec::new()),
        }
    }

    async fn claims(self, asked: &List) -> Result<Vec<Item>, Failure> {
        let List::Claims {
            provider,
            after,
            limit,
        } = asked
        else {
            return Ok(Vec::new());
        };
        let mut query = Query::new(format!(
            "select {CLAIM}, c.provider_id, c.provider_text from claim c where true"
        ));
        if let Some(provider) = provider {
            query.and("c.provider_id =", key(provider.as_str()));
        }
        let order = "c.provider_id, c.resource_id, coalesce(c.unit, -1), lower(c.span), \
                     c.owner_id, c.number";
        if let Some((provider, row)) = after {
            query
                .sql
                .push_str(&after_claim(&mut query.values, order, (provider, row)));
        }
        query.end(order, *limit);
        let item = |row: &Row| {
            let provider: ProviderId = id(row.try_get(19)?, row.try_get(20)?)?;
            Ok(Item::Claim(provider, Box::new(row::claim(row, 0)?)))
        };
        self.run(&query, item).await
    }

    async fn postings(self, asked: &List) -> Result<Vec<Item>, Failure> {
        let List::Postings {
            provider,
            booking,
            after,
            limit,
        } = asked
        else {
            return Ok(Vec::new());
        };
        let mut query = Query::new(
            "select provider_id, provider_text, booking_id, booking_text, version, entry, number,
            reason, account, amount, currency, at from posting where true",
        );
        if let Some(provider) = provider {
            query.and("provider_id =", key(provider.as_str()));
        }
        if let Some(booking) = booking {
            query.and("booking_id =", key(booking.as_str()));
        }
        let order = ["provider_id", "booking_id", "version", "entry", "number"];
        if let Some(after) = after {
            let small = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
            let own = provider.as_ref() == Some(&after.provider);
            let within = match booking {
                Some(booking) if own && *booking == after.booking => 2,
                _ => usize::from(own),
            };
            query.after(
                &order,
                within,
                vec![
                    Box::new(key(after.provider.as_str())),
                    Box::new(key(after.booking.as_str())),
                    Box::new(number(after.version)),
                    Box::new(small(after.entry)),
                    Box::new(small(after.number)),
                ],
            );
        }
        query.end(&order.join(", "), *limit);
        self.run(&query, posting).await
    }
}

/// A partition's place in the order of documents. The platform has one, whose key is nil.
fn partition_text(partition: &Partition) -> String {
    match partition {
        Partition::Platform => Uuid::nil().to_string(),
        other => other.id().to_owned(),
    }
}

fn after_claim(
    values: &mut Vec<Value>,
    order: &str,
    (provider, row): (&ProviderId, &ClaimRow),
) -> String {
    let first = values.len() + 1;
    values.push(Box::new(key(provider.as_str())));
    values.push(Box::new(key(row.resource.as_str())));
    values.push(Box::new(row.unit.unwrap_or(-1)));
    values.push(Box::new(row.span.start()));
    values.push(Box::new(owner_key(&row.owner)));
    values.push(Box::new(i32::try_from(row.number).unwrap_or(i32::MAX)));
    let marks: Vec<String> = (first..first + 6).map(|at| format!("${at}")).collect();
    format!(" and ({order}) > ({})", marks.join(", "))
}

fn money(minor: i64, currency: &str) -> Result<Money, Failure> {
    let currency = Currency::new(currency).map_err(|_| corrupt("a currency"))?;
    Money::new(minor, currency).map_err(|_| corrupt("an amount"))
}

fn instruction(row: &Row) -> Result<Item, Failure> {
    let name: &str = row.try_get(4)?;
    let attempts: i64 = row.try_get(8)?;
    Ok(Item::Instruction(Box::new(InstructionRow {
        provider: id(row.try_get(0)?, row.try_get(1)?)?,
        instruction: Instruction {
            booking: id(row.try_get(2)?, row.try_get(3)?)?,
            instruction: InstructionId::parse(name).map_err(|_| corrupt("an instruction"))?,
            amount: money(row.try_get(5)?, row.try_get(6)?)?,
        },
        at: row.try_get(7)?,
        attempts: u32::try_from(attempts).map_err(|_| corrupt("a count"))?,
        next_at: row.try_get(9)?,
    })))
}

fn posting(row: &Row) -> Result<Item, Failure> {
    let small = |at: usize| {
        let count: i32 = row.try_get(at)?;
        u32::try_from(count).map_err(|_| corrupt("a count"))
    };
    let name = |at: usize| {
        let name: String = row.try_get(at)?;
        Ok::<_, Failure>(serde_json::Value::String(name))
    };
    Ok(Item::Posting(Box::new(PostingRow {
        provider: id(row.try_get(0)?, row.try_get(1)?)?,
        booking: id(row.try_get(2)?, row.try_get(3)?)?,
        version: row::count(row.try_get(4)?)?,
        entry: small(5)?,
        number: small(6)?,
        reason: row::value(name(7)?)?,
        posting: quando::ledger::Posting {
            account: row::value(name(8)?)?,
            amount: money(row.try_get(9)?, row.try_get(10)?)?,
        },
        at: row.try_get(11)?,
    })))
}
