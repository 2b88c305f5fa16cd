//! The suite for stores can fail: stores with planted bugs, each caught by a case that is named
//! here. And what only other stores can do, on one in memory that pretends.
#![expect(clippy::unwrap_used, reason = "the bent stores are tests as well")]

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

use quando_engine::store::{
    Change, DocumentKey, FeedEntry, Item, List, Projection, Scope, Snapshot, Store, StoreError,
    TransactError, Write, WriteRequest, Written,
};
use quando_engine::testkit::{
    self, Built, CASES, FAIL_AFTER_CASES, FailAfter, LOSE_ANSWER_CASES, LoseAnswer, REOPEN_CASES,
    Reopen, StoreBuilder,
};
use quando_engine::{MemoryStore, Refusal};

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bug {
    None,
    KeyForgotten,
    KeyWithoutPrincipal,
    KeyOfRefusalKept,
    ReplyWithoutChangesForgotten,
    UnitsMayMeet,
    GuardsIgnored,
    VersionsIgnored,
    PlacesMayMeet,
    PageWithLastAgain,
    PageWithoutFirst,
    OrderTurned,
    DeletedListed,
    RelayLosesOne,
    RelayTwice,
    ProjectionsForgotten,
    JournalForgotten,
    PostingsForgotten,
    InstructionsStay,
    ClaimsStay,
    BusyForgotten,
    SpanClosed,
    UsageForgotten,
    CursorGoesBack,
    TextShortened,
    HalfWritten,
    PartitionsMixed,
}

/// A store in memory with a bug, faults on demand, and a way to lose answers.
struct Bent {
    inner: Arc<MemoryStore>,
    bug: Bug,
    /// How many more statements pass.
    passing: AtomicU32,
    loses: AtomicBool,
    refused: Arc<Mutex<Vec<String>>>,
    versions: Arc<Mutex<BTreeMap<DocumentKey, u64>>>,
}

const ALL_PASS: u32 = u32::MAX;

impl Bent {
    fn over(inner: Arc<MemoryStore>, bug: Bug) -> Bent {
        Bent {
            inner,
            bug,
            passing: AtomicU32::new(ALL_PASS),
            loses: AtomicBool::new(false),
            refused: Arc::default(),
            versions: Arc::default(),
        }
    }

    fn bend_read(&self, scope: &Scope, mut snapshot: Snapshot) -> Snapshot {
        match self.bug {
            Bug::SpanClosed => {
                let meets = |start: i64, end: i64| {
                    let span = scope.span.expect("claims are read in a span");
                    start > span.start_timestamp() && end <= span.end_timestamp()
                };
                snapshot
                    .claims
                    .retain(|row| meets(row.span.start_timestamp(), row.span.end_timestamp()));
            }
            Bug::BusyForgotten => snapshot.busy.clear(),
            Bug::UsageForgotten => snapshot.usage.clear(),
            _ => {}
        }
        snapshot
    }
}

fn bend_request(bug: Bug, request: &mut WriteRequest) {
    let Some(idempotency) = &mut request.idempotency else {
        return;
    };
    match bug {
        Bug::KeyForgotten => request.idempotency = None,
        Bug::KeyWithoutPrincipal => idempotency.principal = "".into(),
        _ => {}
    }
}

fn bend_write(bug: Bug, write: &mut Write) {
    match bug {
        Bug::GuardsIgnored => write.relied.clear(),
        Bug::HalfWritten => write.changes.truncate(2),
        _ => {}
    }
    write.changes.retain(|change| match change {
        Change::Record(entry) => bug != Bug::JournalForgotten || entry.version < 2,
        Change::Post(_) => bug != Bug::PostingsForgotten,
        Change::DropInstruction { .. } => bug != Bug::InstructionsStay,
        _ => true,
    });
    for change in &mut write.changes {
        match change {
            Change::ReplaceClaims { rows, had, .. } => {
                for row in rows.iter_mut().filter(|_| bug == Bug::UnitsMayMeet) {
                    row.unit = None;
                }
                if bug == Bug::ClaimsStay && *had && rows.is_empty() {
                    *change = Change::Post(Vec::new());
                }
            }
            Change::PutBooking { row, .. } if bug == Bug::PlacesMayMeet => {
                (row.active_slot, row.hold_slot) = (None, None);
            }
            Change::PutDocument { document, .. } if bug == Bug::TextShortened => {
                document.body = document.body.slice(..document.body.len().min(150));
            }
            _ => {}
        }
    }
}

/// Lets a write pass over whatever version there is.
fn bend_versions(known: &Mutex<BTreeMap<DocumentKey, u64>>, write: &mut Write) {
    let mut known = known.lock().unwrap();
    for change in &mut write.changes {
        if let Change::PutDocument { document, previous } = change {
            let version = known.insert(document.key.clone(), document.version);
            *previous = version.unwrap_or(0);
        }
    }
}

impl Store for Bent {
    async fn read(&self, scope: Scope) -> Result<Snapshot, StoreError> {
        let snapshot = self.inner.read(scope.clone()).await?;
        Ok(self.bend_read(&scope, snapshot))
    }

    async fn transact<D>(
        &self,
        mut request: WriteRequest,
        mut decide: D,
    ) -> Result<Written, TransactError>
    where
        D: FnMut(&Snapshot) -> Result<Write, Refusal> + Send + 'static,
    {
        let bug = self.bug;
        bend_request(bug, &mut request);
        let asked = format!("{:?}", request.idempotency.as_ref().map(|each| &each.key));
        if bug == Bug::KeyOfRefusalKept && self.refused.lock().unwrap().contains(&asked) {
            return Err(quando::idempotency::IdempotencyError::Mismatch.into());
        }
        let keyed = request.idempotency.is_some();
        let passing = self.passing.load(Ordering::SeqCst);
        let count = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&count);
        let of_test = request
            .idempotency
            .as_ref()
            .is_some_and(|each| each.route == "test");
        let scope = request.scope.clone();
        let versions = Arc::clone(&self.versions);
        let answer = self
            .inner
            .transact(request, move |snapshot| {
                let mut bent = snapshot.clone();
                if let (Bug::SpanClosed, Some(span)) = (bug, scope.span) {
                    bent.claims.retain(|row| row.span.start() > span.start());
                }
                if bug == Bug::BusyForgotten {
                    bent.busy.clear();
                }
                if bug == Bug::UsageForgotten {
                    bent.usage.clear();
                }
                let mut write = decide(&bent)?;
                bend_write(bug, &mut write);
                if bug == Bug::VersionsIgnored {
                    bend_versions(&versions, &mut write);
                }
                let statements = u32::try_from(write.changes.len()).unwrap() + u32::from(keyed);
                counted.store(statements, Ordering::SeqCst);
                if passing < statements {
                    return Err(Refusal::Corrupt("a planted fault".into()));
                }
                Ok(write)
            })
            .await;
        match answer {
            Err(TransactError::Refused(_)) if passing < count.load(Ordering::SeqCst) => {
                self.passing.store(ALL_PASS, Ordering::SeqCst);
                let what = "a planted fault".into();
                Err(StoreError::Corrupt { what }.into())
            }
            Err(TransactError::Refused(refusal)) => {
                self.refused.lock().unwrap().push(asked);
                Err(refusal.into())
            }
            Ok(mut written) => {
                if bug == Bug::ReplyWithoutChangesForgotten && of_test {
                    written.replayed = false;
                }
                if !written.replayed && self.loses.swap(false, Ordering::SeqCst) {
                    let source = Arc::new(std::io::Error::other("the answer got lost"));
                    return Err(StoreError::Unknown(source).into());
                }
                Ok(written)
            }
            other => other,
        }
    }

    async fn list(&self, mut list: List) -> Result<Vec<Item>, StoreError> {
        if let (Bug::PartitionsMixed, List::Journal { partition, .. }) = (self.bug, &mut list) {
            *partition = None;
        }
        let after = match &list {
            List::Bookings { after, .. } => after.is_some(),
            List::Documents { after, .. } => after.is_some(),
            _ => false,
        };
        let mut items = self.inner.list(list.clone()).await?;
        match self.bug {
            Bug::PageWithoutFirst if after && items.len() > 1 => {
                items.remove(0);
            }
            Bug::PageWithLastAgain if after && items.len() > 1 => {
                let first = items[0].clone();
                items.insert(0, first);
                items.pop();
            }
            Bug::OrderTurned if matches!(list, List::Bookings { .. }) => items.reverse(),
            Bug::CursorGoesBack if matches!(list, List::Cursor(_)) => {
                items = vec![Item::Cursor(3)];
            }
            Bug::DeletedListed if matches!(list, List::DocumentsByIndex { .. }) => items.clear(),
            _ => {}
        }
        Ok(items)
    }

    async fn relay<P>(&self, limit: u32, mut project: P) -> Result<Vec<FeedEntry>, StoreError>
    where
        P: FnMut(&[FeedEntry]) -> Vec<Projection> + Send + 'static,
    {
        let passing = self.passing.swap(ALL_PASS, Ordering::SeqCst);
        if passing < 2 {
            return Err(StoreError::Overloaded);
        }
        let bug = self.bug;
        let mut entries = self
            .inner
            .relay(limit, move |entries| {
                let projections = project(entries);
                match bug {
                    Bug::ProjectionsForgotten => Vec::new(),
                    Bug::RelayTwice => [projections.clone(), projections].concat(),
                    _ => projections,
                }
            })
            .await?;
        if bug == Bug::RelayLosesOne && entries.len() > 1 {
            entries.pop();
        }
        Ok(entries)
    }
}

struct Builder(Bug);

impl StoreBuilder for Builder {
    type Store = Bent;
    type Handle = ();

    async fn build(&self) -> Built<Bent, ()> {
        let store = Bent::over(Arc::new(MemoryStore::new()), self.0);
        Built {
            store: Arc::new(store),
            handle: (),
        }
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("the store in memory never waits"),
        }
    }
}

impl Reopen for Builder {
    async fn reopen(&self, built: Built<Bent, ()>) -> Built<Bent, ()> {
        let store = Bent::over(Arc::clone(&built.store.inner), self.0);
        Built {
            store: Arc::new(store),
            handle: (),
        }
    }
}

impl FailAfter for Builder {
    fn fail_after(&self, built: &Built<Bent, ()>, statements: Option<u32>) {
        let passing = statements.unwrap_or(ALL_PASS);
        built.store.passing.store(passing, Ordering::SeqCst);
    }
}

impl LoseAnswer for Builder {
    fn lose_answer(&self, built: &Built<Bent, ()>) {
        built.store.loses.store(true, Ordering::SeqCst);
    }
}

quando_engine::store_suite_reopen!(Builder(Bug::None));
quando_engine::store_suite_fail_after!(Builder(Bug::None));
quando_engine::store_suite_lose_answer!(Builder(Bug::None));

/// Whether a case fails on a store with a bug.
fn fails(bug: Bug, case: &str) -> bool {
    let builder = Builder(bug);
    let run = || {
        if REOPEN_CASES.contains(&case) {
            testkit::run_reopen(&builder, case);
        } else if FAIL_AFTER_CASES.contains(&case) {
            testkit::run_fail_after(&builder, case);
        } else if LOSE_ANSWER_CASES.contains(&case) {
            testkit::run_lose_answer(&builder, case);
        } else {
            testkit::run(&builder, case);
        }
    };
    catch_unwind(AssertUnwindSafe(run)).is_err()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one row for each bug")]
fn each_bug_is_caught() {
    let rows: [(Bug, &[&str]); 26] = [
        (
            Bug::KeyForgotten,
            &[
                "idempotency::a_repetition_is_answered_byte_for_byte",
                "contention::one_key",
            ],
        ),
        (
            Bug::KeyWithoutPrincipal,
            &["idempotency::keys_are_of_a_principal_a_route_and_a_partition"],
        ),
        (
            Bug::KeyOfRefusalKept,
            &["idempotency::refusals_are_not_kept"],
        ),
        (
            Bug::ReplyWithoutChangesForgotten,
            &["idempotency::a_reply_without_changes_is_kept"],
        ),
        (Bug::UnitsMayMeet, &["conflict::equal_units_never_meet"]),
        (
            Bug::GuardsIgnored,
            &[
                "conflict::a_changed_guard_is_decided_again",
                "conflict::busy_time_changes_what_was_relied_on",
            ],
        ),
        (
            Bug::VersionsIgnored,
            &["conflict::a_stale_document_is_decided_again"],
        ),
        (
            Bug::PlacesMayMeet,
            &["conflict::places_of_a_customer_are_unique"],
        ),
        (Bug::PageWithLastAgain, &["paging::pages_join"]),
        (Bug::PageWithoutFirst, &["paging::pages_join"]),
        (
            Bug::OrderTurned,
            &["paging::pages_join", "booking::read_in_every_way"],
        ),
        (Bug::DeletedListed, &["personal::sealed_found_and_erased"]),
        (
            Bug::RelayLosesOne,
            &["outbox::every_entry_once_and_in_order"],
        ),
        (
            Bug::RelayTwice,
            &[
                "outbox::projections_go_with_the_feed",
                "outbox::two_relays_lose_nothing",
            ],
        ),
        (
            Bug::ProjectionsForgotten,
            &["outbox::projections_go_with_the_feed"],
        ),
        (Bug::JournalForgotten, &["audit::chains_recompute"]),
        (Bug::PostingsForgotten, &["money::from_card_to_bank"]),
        (Bug::InstructionsStay, &["money::from_card_to_bank"]),
        (
            Bug::ClaimsStay,
            &["capacity::the_last_who_leaves_frees_the_session"],
        ),
        (
            Bug::BusyForgotten,
            &["catalogue::busy_time_is_replaced_as_a_whole"],
        ),
        (Bug::SpanClosed, &["conflict::snapshots_hold_what_meets"]),
        (
            Bug::UsageForgotten,
            &["contention::quotas", "rejections::of_commands"],
        ),
        (Bug::CursorGoesBack, &["catalogue::cursors_never_go_back"]),
        (Bug::TextShortened, &["booking::from_offer_to_review"]),
        (Bug::HalfWritten, &["audit::chains_recompute"]),
        (
            Bug::PartitionsMixed,
            &[
                "isolation::providers_do_not_see_each_other",
                "isolation::providers_do_not_see_each_other",
            ],
        ),
    ];
    for (bug, cases) in rows {
        for case in cases {
            assert!(!fails(Bug::None, case), "{case} fails without a bug");
        }
        assert!(
            cases.iter().any(|case| fails(bug, case)),
            "{bug:?} is caught by none of {cases:?}"
        );
    }
}

/// The lists of names and the functions in the files are the same.
#[test]
fn every_case_is_run() {
    let mut named: Vec<&str> = [CASES, REOPEN_CASES, FAIL_AFTER_CASES, LOSE_ANSWER_CASES].concat();
    named.sort_unstable();
    let twice = named.windows(2).find(|pair| pair[0] == pair[1]);
    assert_eq!(twice, None);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/testkit");
    let mut written = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let topic = path.file_stem().unwrap().to_str().unwrap().to_owned();
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let case = line.strip_prefix("pub(super) fn ").and_then(|rest| {
                let (name, rest) = rest.split_once('<')?;
                rest.ends_with("(builder: &B) {").then_some(name)
            });
            written.extend(case.map(|name| format!("{topic}::{name}")));
        }
    }
    written.sort_unstable();
    assert_eq!(named, written);
}
