//! Changes to SQL, one arm each.

use quando::id::{BookingId, ProviderId, ResourceId};
use quando_engine::audit::{Hash, JournalEntry, seal};
use quando_engine::statistics::Statistics;
use quando_engine::store::{
    BookingRow, Change, ClaimRow, Document, DocumentKey, DocumentKind, FeedEntry, Idempotency,
    InstructionRow, ListingRow, Owner, Partition, PostingRow, Projection, Write,
};
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use crate::load::document;
use crate::row::{self, ENTRY, json, json_of, number, owner_key, partition_key};
use crate::store::{Crash, Failure};

/// A write that is going on.
pub(crate) struct Writing<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) crash: &'a Crash,
}

impl Writing<'_> {
    fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, Failure> {
        self.crash.step()?;
        Ok(self.connection.prepare_cached(sql)?)
    }

    /// Writes everything.
    ///
    /// # Errors
    ///
    /// [`Failure::Moved`] when something is not as the decision saw it.
    pub(crate) fn all(&self, write: &Write) -> Result<(), Failure> {
        for (key, guard) in &write.relied {
            let seen = document(self.connection, key)?.map(|document| document.guard);
            if seen != Some(*guard) {
                return Err(Failure::Moved);
            }
        }
        // What goes makes room for what comes, in whichever order they stand.
        for change in &write.changes {
            if let Change::ReplaceClaims {
                provider,
                owner,
                had: true,
                ..
            } = change
            {
                self.prepare("delete from claim where provider = ? and owner = ?")?
                    .execute(params![provider.as_str(), owner_key(owner)])?;
            }
        }
        write.changes.iter().try_for_each(|change| self.one(change))
    }

    fn one(&self, change: &Change) -> Result<(), Failure> {
        match change {
            Change::PutDocument { document, previous } => self.document(document, *previous),
            Change::ReplaceBusy {
                provider,
                resource,
                source,
                busy,
            } => {
                self.clear_busy((provider, resource), source)?;
                let mut statement =
                    self.prepare("insert into busy values (?, ?, ?, ?, ?, ?, ?)")?;
                for (at, busy) in (0_i64..).zip(busy) {
                    let (start, end) = bounds(busy.interval);
                    let (provider, resource) = (provider.as_str(), resource.as_str());
                    let busy = json(busy);
                    statement.execute(params![provider, resource, source, at, start, end, busy])?;
                }
                Ok(())
            }
            Change::PutBooking { row, previous } => self.booking(row, *previous),
            Change::ReplaceClaims {
                provider,
                owner,
                rows,
                ..
            } => self.claims(provider, owner, rows),
            Change::Record(entry) => self.record(entry),
            Change::Post(rows) => rows.iter().try_for_each(|row| self.post(row)),
            Change::PutInstruction(row) => self.instruction(row),
            Change::DropInstruction {
                provider,
                booking,
                instruction,
            } => {
                let sql = "delete from instruction
                    where provider = ? and booking = ? and instruction = ?";
                let instruction = instruction.to_string();
                let key = params![provider.as_str(), booking.as_str(), instruction];
                self.prepare(sql)?.execute(key)?;
                Ok(())
            }
            Change::DropDocument(key) => {
                let sql = "delete from document where partition = ? and kind = ? and id = ?";
                let key = params![partition_key(&key.partition), key.kind.name(), &*key.id];
                self.prepare(sql)?.execute(key)?;
                Ok(())
            }
            Change::ReplaceListings { provider, rows } => self.listings(provider, rows),
            Change::PutCursor {
                consumer,
                position,
                at,
            } => {
                let sql = "insert into cursor values (?, ?, ?) on conflict do update
                    set position = max(position, excluded.position), at = excluded.at";
                let values = params![consumer, number(*position), at.timestamp()];
                self.prepare(sql)?.execute(values)?;
                Ok(())
            }
        }
    }

    fn document(&self, document: &Document, previous: u64) -> Result<(), Failure> {
        let Document { key, .. } = document;
        let partition = partition_key(&key.partition);
        let terms = key.kind == DocumentKind::Terms;
        let values = params![
            partition,
            key.kind.name(),
            &*key.id,
            number(document.version),
            document.head.0,
            document.body.as_ref(),
            document.index.as_deref(),
            json(&document.resources),
            document.updated_at.timestamp(),
            number(previous),
        ];
        let sql = match (terms, previous) {
            (true, _) => {
                "insert into document select ?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8, ?9
                where ?10 is not null on conflict do nothing"
            }
            (false, 0) => {
                "insert into document select ?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8, ?9
                where ?10 is not null on conflict do nothing"
            }
            (false, _) => {
                "update document set version = ?4, guard = guard + 1, head = ?5, body = ?6,
                second_key = ?7, resources = ?8, updated_at = ?9
                where partition = ?1 and kind = ?2 and id = ?3 and version = ?10"
            }
        };
        let written = self.prepare(sql)?.execute(values)?;
        settled(terms || written == 1)
    }

    fn clear_busy(
        &self,
        (provider, resource): (&ProviderId, &ResourceId),
        source: &str,
    ) -> Result<(), Failure> {
        let key = DocumentKey::resource(provider, resource);
        let partition = partition_key(&key.partition);
        self.prepare(
            "update document set guard = guard + 1 where partition = ? and kind = ? and id = ?",
        )?
        .execute(params![partition, key.kind.name(), &*key.id])?;
        self.prepare("delete from busy where provider = ? and resource = ? and source = ?")?
            .execute(params![provider.as_str(), resource.as_str(), source])?;
        Ok(())
    }

    fn booking(&self, row: &BookingRow, previous: u64) -> Result<(), Failure> {
        let (start, end) = bounds(row.slot);
        let values = params![
            row.provider.as_str(),
            row.id.as_str(),
            number(row.version),
            row.status.name(),
            row.customer.as_str(),
            row.service.as_str(),
            start,
            end,
            row.expires_at.map(|at| at.timestamp()),
            row.next_due.map(|at| at.timestamp()),
            row.active_slot,
            row.hold_slot,
            row.head.0,
            row.created_at.timestamp(),
            row.body.as_ref(),
            number(previous),
        ];
        let sql = if previous == 0 {
            "insert into booking select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
            ?14, ?15 where ?16 = 0 on conflict do nothing"
        } else {
            "update or ignore booking set version = ?3, status = ?4, customer = ?5, service = ?6,
            starts_at = ?7, ends_at = ?8, expires_at = ?9, next_due = ?10, active_slot = ?11,
            hold_slot = ?12, head = ?13, created_at = ?14, body = ?15
            where provider = ?1 and id = ?2 and version = ?16"
        };
        // None was written: another version, or a customer's place that somebody took.
        let written = self.prepare(sql)?.execute(values)?;
        settled(written == 1)
    }

    fn claims(
        &self,
        provider: &ProviderId,
        owner: &Owner,
        rows: &[ClaimRow],
    ) -> Result<(), Failure> {
        let sql = "insert into claim values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing";
        for row in rows {
            let (start, end) = bounds(row.span);
            let laid = self.prepare(sql)?.execute(params![
                provider.as_str(),
                owner_key(owner),
                row.number,
                row.resource.as_str(),
                row.unit,
                start,
                end,
                row.claim.as_ref().map(json),
                row.decided_at.timestamp(),
            ]);
            match laid {
                Ok(1) => {}
                // The owner has claims already.
                Ok(_) => return Err(Failure::Moved),
                Err(error) if is_taken(&error) => return Err(Failure::Moved),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn record(&self, entry: &JournalEntry) -> Result<(), Failure> {
        let partition = partition_key(&entry.partition);
        let sql = "insert into journal values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing";
        let written = self.prepare(sql)?.execute(params![
            partition,
            entry.subject,
            number(entry.version),
            entry.at.timestamp(),
            json(&entry.by),
            entry.action,
            entry.events.as_ref(),
            entry.previous.0,
            entry.hash.0,
        ])?;
        settled(written == 1)?;
        let sql = "insert into outbox (partition, subject, version) values (?, ?, ?)";
        let values = params![partition, entry.subject, number(entry.version)];
        self.prepare(sql)?.execute(values)?;
        Ok(())
    }

    fn post(&self, row: &PostingRow) -> Result<(), Failure> {
        let sql = "insert into posting values (?, ?, ?, ?, ?, ?, ?, ?)";
        self.prepare(sql)?.execute(params![
            row.provider.as_str(),
            row.booking.as_str(),
            number(row.version),
            row.entry,
            row.number,
            json(&row.reason),
            json(&row.posting),
            row.at.timestamp(),
        ])?;
        Ok(())
    }

    fn instruction(&self, row: &InstructionRow) -> Result<(), Failure> {
        let sql = "insert or replace into instruction values (?, ?, ?, ?, ?, ?, ?)";
        self.prepare(sql)?.execute(params![
            row.provider.as_str(),
            row.instruction.booking.as_str(),
            row.instruction.instruction.to_string(),
            json(&row.instruction),
            row.at.timestamp(),
            row.attempts,
            row.next_at.map(|at| at.timestamp()),
        ])?;
        Ok(())
    }

    fn listings(&self, provider: &ProviderId, rows: &[ListingRow]) -> Result<(), Failure> {
        let statistics = statistics(self.connection, provider)?;
        for table in ["listing", "listing_word"] {
            self.prepare(&format!("delete from {table} where provider = ?"))?
                .execute([provider.as_str()])?;
        }
        for row in rows {
            let words: Vec<&str> = row.words.iter().map(|word| &**word).collect();
            self.prepare("insert into listing values (?, ?, ?, ?, ?, ?, ?, ?, ?)")?
                .execute(params![
                    provider.as_str(),
                    row.category,
                    row.cell,
                    row.point.map(|(latitude, _)| latitude),
                    row.point.map(|(_, longitude)| longitude),
                    json(&words),
                    row.body.as_ref(),
                    statistics.rating_micros(),
                    json(&statistics.ratings.counts()),
                ])?;
            for word in &row.words {
                self.prepare("insert or ignore into listing_word values (?, ?, ?)")?
                    .execute(params![word, row.category, provider.as_str()])?;
            }
        }
        Ok(())
    }

    /// Keeps the reply of a request under its key.
    pub(crate) fn key(
        &self,
        partition: &Partition,
        asked: &Idempotency,
        (reply, now): (&[u8], i64),
    ) -> Result<(), Failure> {
        let sql = "insert into idempotency values (?, ?, ?, ?, ?, ?, ?)";
        self.prepare(sql)?.execute(params![
            partition_key(partition),
            asked.principal,
            asked.route,
            asked.key.as_str(),
            asked.hash.to_string(),
            reply,
            now,
        ])?;
        Ok(())
    }

    /// Gives the first entries of the outbox their places in the feed.
    pub(crate) fn number(&self, limit: u32) -> Result<Vec<FeedEntry>, Failure> {
        let (mut position, mut last) = self.end_of_feed()?;
        let mut entries = Vec::new();
        let mut ids: Vec<i64> = Vec::new();
        {
            let mut statement = self.prepare(&format!(
                "select {ENTRY}, o.id from outbox o join journal j using (partition, subject, version)
                order by o.id limit ?"
            ))?;
            let mut rows = statement.query([limit])?;
            while let Some(next) = rows.next()? {
                let entry = row::entry(next)?;
                position += 1;
                last = seal(last, position, entry.hash);
                ids.push(next.get(9)?);
                entries.push(FeedEntry {
                    position,
                    seal: last,
                    entry,
                });
            }
        }
        for (each, id) in entries.iter().zip(ids) {
            let entry = &each.entry;
            self.prepare("insert into feed values (?, ?, ?, ?, ?)")?
                .execute(params![
                    number(each.position),
                    partition_key(&entry.partition),
                    entry.subject,
                    number(entry.version),
                    each.seal.0,
                ])?;
            self.prepare("delete from outbox where id = ?")?
                .execute([id])?;
        }
        Ok(entries)
    }

    fn end_of_feed(&self) -> Result<(u64, Hash), Failure> {
        let mut statement =
            self.prepare("select position, seal from feed order by position desc limit 1")?;
        let mut rows = statement.query([])?;
        match rows.next()? {
            Some(next) => Ok((row::count(next.get(0)?)?, row::hash(next, 1)?)),
            None => Ok((0, Hash::START)),
        }
    }

    /// Applies what follows from entries that were relayed.
    pub(crate) fn project(&self, projection: &Projection) -> Result<(), Failure> {
        match projection {
            Projection::Statistics { provider, delta } => {
                let mut statistics = statistics(self.connection, provider)?;
                statistics.add(delta);
                self.prepare("insert or replace into statistics values (?, ?)")?
                    .execute(params![provider.as_str(), json(&statistics)])?;
                if delta.ratings != [0; 5] {
                    let sql =
                        "update listing set rating_micros = ?, ratings = ? where provider = ?";
                    let ratings = json(&statistics.ratings.counts());
                    let values = params![statistics.rating_micros(), ratings, provider.as_str()];
                    self.prepare(sql)?.execute(values)?;
                }
                Ok(())
            }
            Projection::CustomerBooking {
                customer,
                provider,
                booking,
                at,
            } => {
                let sql = "insert or ignore into customer_booking values (?, ?, ?, ?)";
                let booking: &BookingId = booking;
                self.prepare(sql)?.execute(params![
                    customer.as_str(),
                    booking.as_str(),
                    provider.as_str(),
                    at.timestamp(),
                ])?;
                Ok(())
            }
        }
    }
}

/// The statistics of a provider; nothing but zeros before its first booking.
pub(crate) fn statistics(
    connection: &Connection,
    provider: &ProviderId,
) -> Result<Statistics, Failure> {
    let mut statement =
        connection.prepare_cached("select body from statistics where provider = ?")?;
    let body: Option<String> = statement
        .query_row([provider.as_str()], |row| row.get(0))
        .optional()?;
    body.map_or_else(|| Ok(Statistics::default()), |body| json_of(&body))
}

fn bounds(interval: quando::time::Interval) -> (i64, i64) {
    (interval.start_timestamp(), interval.end_timestamp())
}

fn settled(as_seen: bool) -> Result<(), Failure> {
    if as_seen { Ok(()) } else { Err(Failure::Moved) }
}

/// Whether the trigger has refused a unit that is taken.
fn is_taken(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::SqliteFailure(_, Some(message)) if message == "unit-taken"
    )
}
