//! Lists, each by an index of its own order.

use std::cmp::Ordering;

use quando::id::ProviderId;
use quando::payment::Instruction;
use quando_engine::store::{
    ClaimRow, DocumentKey, FeedEntry, InstructionRow, Item, List, ListingRow, PostingRow,
};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use crate::row::{
    self, BOOKING, CLAIM, DOCUMENT, ENTRY, id_of, json_of, number, owner_key, partition_key,
};
use crate::store::Failure;
use crate::write::statistics;

/// Answers a list.
pub(crate) fn list(connection: &Connection, asked: &List) -> Result<Vec<Item>, Failure> {
    let read = Read { connection };
    match asked {
        List::Documents { .. } | List::DocumentsByIndex { .. } => read.documents(asked),
        List::Booking(_)
        | List::Bookings { .. }
        | List::CustomerBookings { .. }
        | List::Due { .. }
        | List::AllBookings { .. } => read.bookings(asked),
        List::Instructions { due, limit } => {
            read.instructions(due.map(|due| due.timestamp()), *limit)
        }
        List::Feed { after, limit } => read.feed(*after, *limit),
        List::Cursor(consumer) => read.cursor(consumer),
        List::Journal { .. } | List::Outbox { .. } => read.journal(asked),
        List::Claims {
            provider,
            after,
            limit,
        } => read.claims(provider.as_ref(), after.as_ref(), *limit),
        List::Postings { .. } => read.postings(asked),
        List::Statistics(provider) => {
            let statistics = statistics(connection, provider)?;
            Ok(vec![Item::Statistics(Box::new(statistics))])
        }
        List::Listings { .. } => read.listings(asked),
    }
}

/// A statement that is put together from its conditions.
struct Query {
    sql: String,
    values: Vec<Value>,
}

impl Query {
    fn new(sql: impl Into<String>) -> Query {
        Query {
            sql: sql.into(),
            values: Vec::new(),
        }
    }

    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(" and ");
        self.sql.push_str(condition);
        self.values.extend(values);
    }

    /// Only what comes after a place, and of the first column only one value when that is given.
    /// The condition is one that an index answers; false when nothing comes after.
    fn after(
        &mut self,
        (first, own): (&str, Option<&str>),
        columns: &[&str],
        after: Option<(String, Vec<Value>)>,
    ) -> bool {
        if let Some(own) = own {
            self.and(&format!("{first} = ?"), [text(own)]);
        }
        let Some((of, rest)) = after else {
            return true;
        };
        let marks = |count: usize| vec!["?"; count].join(", ");
        let (names, count) = (columns.join(", "), columns.len());
        match own.map(|own| own.cmp(of.as_str())) {
            None => {
                let condition = format!("({first}, {names}) > ({})", marks(count + 1));
                self.and(&condition, std::iter::once(text(&of)).chain(rest));
            }
            Some(Ordering::Equal) => {
                self.and(&format!("({names}) > ({})", marks(count)), rest);
            }
            Some(Ordering::Greater) => {}
            Some(Ordering::Less) => return false,
        }
        true
    }

    fn end(&mut self, order: &str, limit: u32) {
        self.sql.push_str(" order by ");
        self.sql.push_str(order);
        self.sql.push_str(" limit ?");
        self.values.push(i64::from(limit).into());
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[derive(Clone, Copy)]
struct Read<'a> {
    connection: &'a Connection,
}

impl Read<'_> {
    fn run(
        self,
        query: &Query,
        item: impl Fn(&Row<'_>) -> Result<Item, Failure>,
    ) -> Result<Vec<Item>, Failure> {
        let mut statement = self.connection.prepare_cached(&query.sql)?;
        let mut rows = statement.query(params_from_iter(&query.values))?;
        let mut items = Vec::new();
        while let Some(next) = rows.next()? {
            items.push(item(next)?);
        }
        Ok(items)
    }

    fn documents(self, asked: &List) -> Result<Vec<Item>, Failure> {
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
        let mut query = Query::new(format!(
            "select {DOCUMENT} from document where kind = ? and length(body) > 0"
        ));
        query.values.push(text(kind.name()));
        if let Some(index) = index {
            query.and("second_key = ?", [Value::Blob(index.to_vec())]);
        }
        let own = partition.map(partition_key);
        let after = after.as_ref().map(|DocumentKey { partition, id, .. }| {
            let rest = vec![text(id)];
            (partition_key(partition), rest)
        });
        if !query.after(("partition", own.as_deref()), &["id"], after) {
            return Ok(Vec::new());
        }
        query.end("partition, id", limit);
        self.run(&query, |row| {
            Ok(Item::Document(Box::new(row::document(row)?)))
        })
    }

    fn bookings(self, asked: &List) -> Result<Vec<Item>, Failure> {
        let mut query = Query::new(format!("select {BOOKING} from booking where true"));
        match asked {
            List::Booking(id) => {
                query.and("id = ?", [text(id.as_str())]);
                query.end("provider", 1);
            }
            List::Bookings {
                provider,
                status,
                after,
                limit,
            } => {
                query.and("provider = ?", [text(provider.as_str())]);
                if let Some(status) = status {
                    query.and("status = ?", [text(status.name())]);
                }
                if let Some(after) = after {
                    query.and("id < ?", [text(after.as_str())]);
                }
                query.end("id desc", *limit);
            }
            List::CustomerBookings {
                customer,
                after,
                limit,
            } => {
                let columns: Vec<String> = BOOKING
                    .split(',')
                    .map(|column| format!("b.{}", column.trim()))
                    .collect();
                query.sql = format!(
                    "select {} from customer_booking c
                    join booking b on b.provider = c.provider and b.id = c.booking where true",
                    columns.join(", ")
                );
                query.and("c.customer = ?", [text(customer.as_str())]);
                if let Some(after) = after {
                    query.and("c.booking < ?", [text(after.as_str())]);
                }
                query.end("c.booking desc", *limit);
            }
            List::Due { now, limit } => {
                query.and("next_due <= ?", [now.timestamp().into()]);
                query.end("next_due, provider, id", *limit);
            }
            List::AllBookings { after, limit } => {
                if let Some((provider, id)) = after {
                    let place = [text(provider.as_str()), text(id.as_str())];
                    query.and("(provider, id) > (?, ?)", place);
                }
                query.end("provider, id", *limit);
            }
            _ => return Ok(Vec::new()),
        }
        self.run(&query, |row| {
            Ok(Item::Booking(Box::new(row::booking(row)?)))
        })
    }

    fn instructions(self, due: Option<i64>, limit: u32) -> Result<Vec<Item>, Failure> {
        let mut query =
            Query::new("select provider, body, at, attempts, next_at from instruction where true");
        if let Some(due) = due {
            query.and("(next_at is null) = 0 and next_at <= ?", [due.into()]);
            query.end("next_at, provider, booking, instruction", limit);
        } else {
            // Those that await an answer come last.
            query.end(
                "next_at is null, next_at, provider, booking, instruction",
                limit,
            );
        }
        self.run(&query, |row| {
            let (provider, body): (String, String) = (row.get(0)?, row.get(1)?);
            let instruction: Instruction = json_of(&body)?;
            Ok(Item::Instruction(Box::new(InstructionRow {
                provider: id_of(&provider)?,
                instruction,
                at: row::instant(row.get(2)?)?,
                attempts: row.get(3)?,
                next_at: row::optional_instant(row, 4)?,
            })))
        })
    }

    fn feed(self, after: u64, limit: u32) -> Result<Vec<Item>, Failure> {
        let mut query = Query::new(format!(
            "select {ENTRY}, f.position, f.seal from feed f
            join journal j using (partition, subject, version) where true"
        ));
        query.and("f.position > ?", [number(after).into()]);
        query.end("f.position", limit);
        self.run(&query, |row| {
            Ok(Item::Feed(Box::new(FeedEntry {
                entry: row::entry(row)?,
                position: row::count(row.get(9)?)?,
                seal: row::hash(row, 10)?,
            })))
        })
    }

    fn cursor(self, consumer: &str) -> Result<Vec<Item>, Failure> {
        let mut statement = self
            .connection
            .prepare_cached("select position from cursor where consumer = ?")?;
        let mut rows = statement.query([consumer])?;
        let position = match rows.next()? {
            Some(next) => row::count(next.get(0)?)?,
            None => 0,
        };
        Ok(vec![Item::Cursor(position)])
    }

    fn journal(self, asked: &List) -> Result<Vec<Item>, Failure> {
        let item = |row: &Row<'_>| Ok(Item::Journal(Box::new(row::entry(row)?)));
        match asked {
            List::Journal {
                partition,
                subject,
                after,
                limit,
            } => {
                let mut query = Query::new(format!("select {ENTRY} from journal j where true"));
                let own = partition.as_ref().map(partition_key);
                // Within its own chain, a page begins at its version.
                let within = after.as_ref().filter(|after| {
                    subject.as_ref() == Some(&after.subject)
                        && partition.as_ref() == Some(&after.partition)
                });
                let within = within.map(|after| number(after.version));
                let after = after.as_ref().map(|after| {
                    let rest = vec![text(&after.subject), number(after.version).into()];
                    (partition_key(&after.partition), rest)
                });
                let columns = ["subject", "version"];
                if !query.after(("partition", own.as_deref()), &columns, after) {
                    return Ok(Vec::new());
                }
                if let Some(subject) = subject {
                    query.and("j.subject = ?", [text(subject)]);
                }
                if let Some(version) = within {
                    query.and("j.version > ?", [version.into()]);
                }
                query.end("j.partition, j.subject, j.version", *limit);
                self.run(&query, item)
            }
            List::Outbox { limit } => {
                let mut query = Query::new(format!(
                    "select {ENTRY} from outbox o
                    join journal j using (partition, subject, version) where true"
                ));
                query.end("o.id", *limit);
                self.run(&query, item)
            }
            _ => Ok(Vec::new()),
        }
    }

    fn claims(
        self,
        provider: Option<&ProviderId>,
        after: Option<&(ProviderId, Box<ClaimRow>)>,
        limit: u32,
    ) -> Result<Vec<Item>, Failure> {
        let mut query = Query::new(format!("select {CLAIM}, provider from claim where true"));
        let after = after.map(|(provider, row)| {
            let rest = vec![
                text(row.resource.as_str()),
                row.unit.unwrap_or(-1).into(),
                row.span.start_timestamp().into(),
                text(&owner_key(&row.owner)),
                i64::from(row.number).into(),
            ];
            (provider.as_str().to_owned(), rest)
        });
        let own = provider.map(ProviderId::as_str);
        let columns = ["resource", "unit_order", "starts_at", "owner", "number"];
        if !query.after(("provider", own), &columns, after) {
            return Ok(Vec::new());
        }
        query.end(
            "provider, resource, unit_order, starts_at, owner, number",
            limit,
        );
        self.run(&query, |row| {
            let provider: String = row.get(8)?;
            Ok(Item::Claim(id_of(&provider)?, Box::new(row::claim(row)?)))
        })
    }

    fn postings(self, asked: &List) -> Result<Vec<Item>, Failure> {
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
            "select provider, booking, version, entry, number, reason, posting, at
            from posting where true",
        );
        let after = after.as_ref().map(|after| {
            let rest = vec![
                text(after.booking.as_str()),
                number(after.version).into(),
                i64::from(after.entry).into(),
                i64::from(after.number).into(),
            ];
            (after.provider.as_str().to_owned(), rest)
        });
        let own = provider.as_ref().map(ProviderId::as_str);
        let columns = ["booking", "version", "entry", "number"];
        if !query.after(("provider", own), &columns, after) {
            return Ok(Vec::new());
        }
        if let Some(booking) = booking {
            query.and("booking = ?", [text(booking.as_str())]);
        }
        query.end("provider, booking, version, entry, number", *limit);
        self.run(&query, |row| {
            let at = |place: usize| row.get::<_, String>(place);
            Ok(Item::Posting(Box::new(PostingRow {
                provider: id_of(&at(0)?)?,
                booking: id_of(&at(1)?)?,
                version: row::count(row.get(2)?)?,
                entry: row.get(3)?,
                number: row.get(4)?,
                reason: json_of(&at(5)?)?,
                posting: json_of(&at(6)?)?,
                at: row::instant(row.get(7)?)?,
            })))
        })
    }

    fn listings(self, asked: &List) -> Result<Vec<Item>, Failure> {
        let List::Listings {
            category,
            cells,
            words,
            after,
            limit,
        } = asked
        else {
            return Ok(Vec::new());
        };
        let mut query = Query::new(
            "select l.provider, l.category, l.cell, l.latitude, l.longitude, l.words, l.body,
            l.rating_micros, l.ratings from listing l",
        );
        if cells.is_some() {
            // What lies in a few cells is less than what has the category.
            query.sql.push_str(" indexed by listing_by_cell");
        }
        query.sql.push_str(" where true");
        query.and("l.category = ?", [text(category)]);
        if let Some(cells) = cells {
            let marks = vec!["?"; cells.len()].join(", ");
            let cells = cells.iter().map(|cell| i64::from(*cell).into());
            query.and(&format!("l.cell in ({marks})"), cells);
        }
        for word in words {
            let beyond = format!("{word}\u{10ffff}");
            query.and(
                "l.provider in (select w.provider from listing_word w
                where w.word >= ? and w.word < ? and w.category = ?)",
                [text(word), text(&beyond), text(category)],
            );
        }
        if let Some((rating, provider)) = after {
            query.and(
                "(l.rating_micros < ? or (l.rating_micros = ? and l.provider > ?))",
                [(*rating).into(), (*rating).into(), text(provider.as_str())],
            );
        }
        query.end("l.rating_micros desc, l.provider", *limit);
        self.run(&query, listing)
    }
}

fn listing(row: &Row<'_>) -> Result<Item, Failure> {
    let at = |place: usize| row.get::<_, String>(place);
    let (latitude, longitude): (Option<i32>, Option<i32>) = (row.get(3)?, row.get(4)?);
    let words: Vec<Box<str>> = json_of(&at(5)?)?;
    Ok(Item::Listing(Box::new(ListingRow {
        provider: id_of(&at(0)?)?,
        category: at(1)?.into(),
        cell: row.get(2)?,
        point: latitude.zip(longitude),
        words,
        body: row::bytes(row, 6)?,
        rating_micros: row.get(7)?,
        ratings: json_of(&at(8)?)?,
    })))
}
