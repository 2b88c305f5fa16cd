use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use bytes::Bytes;
use quando::availability::Busy;
use quando::id::{BookingId, CustomerId, ProviderId, ResourceId};
use quando::idempotency::RequestHash;
use quando::payment::InstructionId;
use quando::time::Interval;

use crate::audit::{Hash, JournalEntry, seal};
use crate::statistics::Statistics;
use crate::store::{
    BookingRow, BusyRow, Change, ClaimRow, Document, DocumentKey, DocumentKind, FeedEntry,
    Idempotency, InstructionRow, ListingRow, Owner, Partition, Position, PostingRow, Projection,
    ResourceScope, Scope, Snapshot, UsageRow, Write,
};

pub(super) type PostingKey = (ProviderId, BookingId, u64, u32, u32);
type Key = (Partition, Box<str>, &'static str, Box<str>);

/// All rows.
#[derive(Debug, Default)]
pub(super) struct Data {
    pub(super) documents: BTreeMap<DocumentKey, Document>,
    pub(super) bookings: BTreeMap<(ProviderId, BookingId), BookingRow>,
    /// By resource, then by owner.
    pub(super) claims: BTreeMap<(ProviderId, ResourceId), BTreeMap<Owner, Vec<ClaimRow>>>,
    busy: BTreeMap<(ProviderId, ResourceId), BTreeMap<Box<str>, Vec<Busy>>>,
    pub(super) journal: BTreeMap<Position, JournalEntry>,
    pub(super) outbox: VecDeque<Position>,
    pub(super) feed: Vec<FeedEntry>,
    replies: HashMap<Key, (RequestHash, Bytes)>,
    pub(super) postings: BTreeMap<PostingKey, PostingRow>,
    pub(super) instructions: BTreeMap<(ProviderId, BookingId, InstructionId), InstructionRow>,
    pub(super) statistics: BTreeMap<ProviderId, Statistics>,
    pub(super) customer_bookings: BTreeMap<CustomerId, BTreeMap<BookingId, ProviderId>>,
    pub(super) listings: BTreeMap<ProviderId, Vec<ListingRow>>,
    pub(super) cursors: BTreeMap<Box<str>, u64>,
}

impl Data {
    pub(super) fn reply(
        &self,
        partition: &Partition,
        asked: &Idempotency,
    ) -> Option<(RequestHash, Bytes)> {
        self.replies.get(&key(partition, asked)).cloned()
    }

    pub(super) fn keep_reply(&mut self, partition: &Partition, asked: &Idempotency, reply: Bytes) {
        self.replies
            .insert(key(partition, asked), (asked.hash, reply));
    }

    pub(super) fn snapshot(&self, scope: &Scope) -> Snapshot {
        let Some(provider) = scope.partition.provider() else {
            return Snapshot {
                documents: self.named(&scope.documents),
                ..Snapshot::default()
            };
        };
        let mut keys: BTreeSet<DocumentKey> = scope.documents.iter().cloned().collect();
        if let Some(service) = &scope.service {
            keys.insert(DocumentKey::service(provider, service));
            keys.insert(DocumentKey::provider(provider));
        }
        if scope.services {
            keys.insert(DocumentKey::provider(provider));
            keys.extend(self.live(provider, DocumentKind::Service).cloned());
        }
        let resources = self.resources(provider, scope);
        let of_resource = |id: &ResourceId| DocumentKey::resource(provider, id);
        keys.extend(resources.iter().map(of_resource));
        let keys: Vec<DocumentKey> = keys.into_iter().collect();
        let (claims, busy) = match scope.span {
            Some(span) => self.calendar(provider, &resources, span),
            None => Default::default(),
        };
        let booking = scope.booking.as_ref();
        Snapshot {
            documents: self.named(&keys),
            booking: booking
                .and_then(|id| self.bookings.get(&(provider.clone(), id.clone())))
                .cloned(),
            claims,
            busy,
            usage: scope
                .customer
                .as_ref()
                .map_or_else(Vec::new, |customer| self.usage(provider, customer)),
        }
    }

    fn named(&self, keys: &[DocumentKey]) -> Vec<Document> {
        let found = keys.iter().filter_map(|key| self.documents.get(key));
        found.cloned().collect()
    }

    fn resources(&self, provider: &ProviderId, scope: &Scope) -> BTreeSet<ResourceId> {
        match &scope.resources {
            ResourceScope::None => BTreeSet::new(),
            ResourceScope::Named(ids) => ids.iter().cloned().collect(),
            ResourceScope::OfService => {
                let key = scope.service.as_ref();
                let key = key.map(|service| DocumentKey::service(provider, service));
                let document = key.and_then(|key| self.documents.get(&key));
                document.map_or_else(BTreeSet::new, |document| {
                    document.resources.iter().cloned().collect()
                })
            }
            ResourceScope::All => self
                .live(provider, DocumentKind::Resource)
                .map(|key| ResourceId::new(&*key.id).expect("it was an id"))
                .collect(),
        }
    }

    /// Documents of a kind that were not deleted.
    fn live(
        &self,
        provider: &ProviderId,
        kind: DocumentKind,
    ) -> impl Iterator<Item = &DocumentKey> {
        let partition = Partition::Provider(provider.clone());
        let of_kind = self.documents.values().filter(move |document| {
            document.key.partition == partition && document.key.kind == kind
        });
        let live = of_kind.filter(|document| !document.body.is_empty());
        live.map(|document| &document.key)
    }

    fn calendar(
        &self,
        provider: &ProviderId,
        resources: &BTreeSet<ResourceId>,
        span: Interval,
    ) -> (Vec<ClaimRow>, Vec<BusyRow>) {
        let mut claims: Vec<ClaimRow> = Vec::new();
        let mut busy: Vec<BusyRow> = Vec::new();
        for resource in resources {
            let key = (provider.clone(), resource.clone());
            let rows = self.claims.get(&key).into_iter().flatten();
            let rows = rows.flat_map(|(_, rows)| rows);
            claims.extend(rows.filter(|row| row.span.overlaps(span)).cloned());
            let sources = self.busy.get(&key).into_iter().flatten();
            for (source, intervals) in sources {
                let meeting = intervals.iter().filter(|busy| busy.interval.overlaps(span));
                busy.extend(meeting.map(|busy| BusyRow {
                    resource: resource.clone(),
                    source: source.clone(),
                    busy: *busy,
                }));
            }
        }
        let place = |row: &ClaimRow| (row.span.start_timestamp(), row.span.end_timestamp());
        claims.sort_by(|a, b| {
            let places = place(a).cmp(&place(b));
            places.then_with(|| (&a.owner, a.number).cmp(&(&b.owner, b.number)))
        });
        (claims, busy)
    }

    fn usage(&self, provider: &ProviderId, customer: &CustomerId) -> Vec<UsageRow> {
        let rows = self.of_provider(provider);
        let theirs = rows.filter(|row| row.customer == *customer && row.active_slot.is_some());
        theirs
            .map(|row| UsageRow {
                booking: row.id.clone(),
                status: row.status,
                expires_at: row.expires_at,
                active_slot: row.active_slot,
                hold_slot: row.hold_slot,
            })
            .collect()
    }

    pub(super) fn of_provider(&self, provider: &ProviderId) -> impl Iterator<Item = &BookingRow> {
        // No id is before a space: smaller characters are control characters.
        let first = BookingId::new(" ").expect("a space is an id");
        let rows = self.bookings.range((provider.clone(), first)..);
        let provider = provider.clone();
        rows.map(|(_, row)| row)
            .take_while(move |row| row.provider == provider)
    }

    /// Whether a write keeps what every store keeps.
    pub(super) fn fits(&self, write: &Write) -> bool {
        let relied = write.relied.iter().all(|(key, guard)| {
            let document = self.documents.get(key);
            document.is_some_and(|document| document.guard == *guard)
        });
        let versions = write.changes.iter().all(|change| self.follows(change));
        relied && versions && self.units_fit(write) && self.slots_fit(write)
    }

    fn follows(&self, change: &Change) -> bool {
        match change {
            Change::PutDocument { document, previous } => {
                let known = self.documents.get(&document.key);
                document.key.kind == DocumentKind::Terms
                    || known.map_or(0, |known| known.version) == *previous
            }
            Change::PutBooking { row, previous } => {
                let key = (row.provider.clone(), row.id.clone());
                let known = self.bookings.get(&key);
                known.map_or(0, |known| known.version) == *previous
            }
            Change::Record(entry) => !self.journal.contains_key(&position(entry)),
            Change::DropDocument(_)
            | Change::ReplaceBusy { .. }
            | Change::ReplaceClaims { .. }
            | Change::Post(_)
            | Change::PutInstruction(_)
            | Change::DropInstruction { .. }
            | Change::ReplaceListings { .. }
            | Change::PutCursor { .. } => true,
        }
    }

    fn units_fit(&self, write: &Write) -> bool {
        let mut owners: HashSet<(&ProviderId, &Owner)> = HashSet::new();
        let mut laid: Vec<(&ProviderId, &ClaimRow)> = Vec::new();
        for change in &write.changes {
            if let Change::ReplaceClaims {
                provider,
                owner,
                rows,
                ..
            } = change
            {
                owners.insert((provider, owner));
                laid.extend(rows.iter().map(|row| (provider, row)));
            }
        }
        let meets = |a: &ClaimRow, b: &ClaimRow| {
            a.unit.is_some()
                && a.unit == b.unit
                && a.resource == b.resource
                && a.span.overlaps(b.span)
        };
        laid.iter().enumerate().all(|(at, (provider, row))| {
            let others = laid[..at].iter();
            let among = others
                .clone()
                .any(|(of, other)| of == provider && meets(row, other));
            let key = ((*provider).clone(), row.resource.clone());
            let known = self.claims.get(&key).into_iter().flatten();
            let known = known.filter(|(owner, _)| !owners.contains(&(*provider, *owner)));
            let mut known = known.flat_map(|(_, rows)| rows);
            !among && !known.any(|other| meets(row, other))
        })
    }

    fn slots_fit(&self, write: &Write) -> bool {
        let written: Vec<&BookingRow> = write
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::PutBooking { row, .. } => Some(&**row),
                _ => None,
            })
            .collect();
        let same = |a: &BookingRow, b: &BookingRow| {
            let active = a.active_slot.is_some() && a.active_slot == b.active_slot;
            let held = a.hold_slot.is_some() && a.hold_slot == b.hold_slot;
            a.customer == b.customer && (active || held)
        };
        written.iter().enumerate().all(|(at, row)| {
            let among = written[..at]
                .iter()
                .any(|other| other.provider == row.provider && same(row, other));
            let own = |other: &&BookingRow| !written.iter().any(|each| each.id == other.id);
            let mut others = self.of_provider(&row.provider).filter(own);
            !among && !others.any(|other| same(row, other))
        })
    }

    /// Writes everything; it was checked before.
    pub(super) fn apply(&mut self, write: Write) {
        for change in write.changes {
            self.apply_one(change);
        }
    }

    fn apply_one(&mut self, change: Change) {
        match change {
            Change::PutDocument { document, .. } => self.put_document(*document),
            Change::ReplaceBusy {
                provider,
                resource,
                source,
                busy,
            } => {
                let document = DocumentKey::resource(&provider, &resource);
                if let Some(document) = self.documents.get_mut(&document) {
                    document.guard += 1;
                }
                let sources = self.busy.entry((provider, resource)).or_default();
                sources.insert(source, busy);
            }
            Change::PutBooking { row, .. } => {
                let key = (row.provider.clone(), row.id.clone());
                self.bookings.insert(key, *row);
            }
            Change::ReplaceClaims {
                provider,
                owner,
                rows,
                ..
            } => self.replace_claims(&provider, &owner, rows),
            Change::Record(entry) => {
                let position = position(&entry);
                self.outbox.push_back(position.clone());
                self.journal.insert(position, *entry);
            }
            Change::Post(rows) => {
                for row in rows {
                    self.postings.insert(posting_key(&row), row);
                }
            }
            Change::PutInstruction(row) => {
                let instruction = &row.instruction;
                let booking = instruction.booking.clone();
                let key = (row.provider.clone(), booking, instruction.instruction);
                self.instructions.insert(key, *row);
            }
            Change::DropInstruction {
                provider,
                booking,
                instruction,
            } => {
                self.instructions.remove(&(provider, booking, instruction));
            }
            Change::DropDocument(key) => {
                self.documents.remove(&key);
            }
            Change::ReplaceListings { provider, rows } => self.replace_listings(provider, rows),
            Change::PutCursor {
                consumer, position, ..
            } => {
                let cursor = self.cursors.entry(consumer).or_default();
                *cursor = (*cursor).max(position);
            }
        }
    }

    fn put_document(&mut self, mut document: Document) {
        let known = self.documents.get(&document.key);
        if document.key.kind == DocumentKind::Terms && known.is_some() {
            return;
        }
        document.guard = known.map_or(0, |known| known.guard) + 1;
        self.documents.insert(document.key.clone(), document);
    }

    fn replace_claims(&mut self, provider: &ProviderId, owner: &Owner, rows: Vec<ClaimRow>) {
        let first = ResourceId::new(" ").expect("a space is an id");
        let claims = self.claims.range_mut((provider.clone(), first)..);
        for (_, owners) in claims.take_while(|((of, _), _)| of == provider) {
            owners.remove(owner);
        }
        for row in rows {
            let key = (provider.clone(), row.resource.clone());
            let owners = self.claims.entry(key).or_default();
            owners.entry(owner.clone()).or_default().push(row);
        }
    }

    fn replace_listings(&mut self, provider: ProviderId, mut rows: Vec<ListingRow>) {
        let statistics = self.statistics.get(&provider);
        for row in &mut rows {
            row.rating_micros = statistics.map_or(0, Statistics::rating_micros);
            row.ratings = statistics.map_or([0; 5], |each| each.ratings.counts());
        }
        self.listings.insert(provider, rows);
    }

    /// Gives entries of the outbox their places in the feed.
    pub(super) fn number(&mut self, limit: u32) -> Vec<FeedEntry> {
        let mut entries = Vec::new();
        for _ in 0..limit {
            let Some(position) = self.outbox.pop_front() else {
                break;
            };
            let entry = self.journal.get(&position);
            let entry = entry.expect("the journal keeps every entry").clone();
            let last = self.feed.last();
            let (place, previous) =
                last.map_or((0, Hash::START), |last| (last.position, last.seal));
            let entry = FeedEntry {
                position: place + 1,
                seal: seal(previous, place + 1, entry.hash),
                entry,
            };
            self.feed.push(entry.clone());
            entries.push(entry);
        }
        entries
    }

    pub(super) fn project(&mut self, projections: Vec<Projection>) {
        for projection in projections {
            match projection {
                Projection::Statistics { provider, delta } => {
                    let statistics = self.statistics.entry(provider.clone()).or_default();
                    statistics.add(&delta);
                    let rows = self.listings.get(&provider).cloned().unwrap_or_default();
                    self.replace_listings(provider, rows);
                }
                Projection::CustomerBooking {
                    customer,
                    provider,
                    booking,
                    ..
                } => {
                    let bookings = self.customer_bookings.entry(customer).or_default();
                    bookings.insert(booking, provider);
                }
            }
        }
    }
}

pub(super) fn posting_key(row: &PostingRow) -> PostingKey {
    let (provider, booking) = (row.provider.clone(), row.booking.clone());
    (provider, booking, row.version, row.entry, row.number)
}

pub(super) fn position(entry: &JournalEntry) -> Position {
    Position {
        partition: entry.partition.clone(),
        subject: entry.subject.clone(),
        version: entry.version,
    }
}

fn key(partition: &Partition, asked: &Idempotency) -> Key {
    (
        partition.clone(),
        asked.principal.clone(),
        asked.route,
        asked.key.as_str().into(),
    )
}
