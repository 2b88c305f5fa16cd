//! Everything that a store holds, as text that can be compared.

use quando::id::{CustomerId, ProviderId};

use super::page::all;
use super::shop::{everything, id, instant};
use crate::store::{DocumentKind, Item, List, Partition, Snapshot, Store};

/// Consumers and customers that the cases know; they cannot be listed.
pub(super) const CONSUMERS: [&str; 2] = ["webhooks", "mail"];
pub(super) const CUSTOMERS: [&str; 4] = ["c1", "c2", "c3", "c4"];

/// Everything that a store holds, one line for each row, under the name of its list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dump(Vec<(String, Vec<String>)>);

impl Dump {
    /// Panics with the first difference.
    pub(super) fn expect_equal(&self, other: &Dump) {
        if let Some(difference) = self.difference(other) {
            panic!("{difference}");
        }
    }

    /// The first difference.
    pub(super) fn difference(&self, other: &Dump) -> Option<String> {
        for (own, others) in self.0.iter().zip(&other.0) {
            if own == others {
                continue;
            }
            let length = own.1.len().max(others.1.len());
            let line = (0..length).find(|at| own.1.get(*at) != others.1.get(*at));
            let line = line.unwrap_or(0);
            return Some(format!(
                "{} differs in line {line}:\n  {:?}\n  {:?}",
                own.0,
                own.1.get(line),
                others.1.get(line)
            ));
        }
        (self.0.len() != other.0.len()).then(|| "there are other providers".to_owned())
    }

    /// Whether a text is anywhere in it.
    pub(super) fn has(&self, text: &str) -> bool {
        let mut lines = self.0.iter().flat_map(|(_, lines)| lines);
        lines.any(|line| line.contains(text))
    }
}

/// All lists of a store, or those of a provider.
pub(super) async fn dump<S: Store>(store: &S, provider: Option<&ProviderId>) -> Dump {
    let mut parts = Vec::new();
    let mut providers: Vec<ProviderId> = provider.into_iter().cloned().collect();
    for list in lists(provider) {
        let name = format!("{list:?}");
        let items = all(store, list.clone()).await;
        if provider.is_none() {
            providers.extend(items.iter().filter_map(|item| match item {
                Item::Document(document) if document.key.kind == DocumentKind::Provider => {
                    document.key.partition.provider().cloned()
                }
                _ => None,
            }));
        }
        let mut lines: Vec<String> = items.iter().map(|item| format!("{item:?}")).collect();
        if !matches!(list, List::Feed { .. } | List::Outbox { .. }) {
            // Ties of an order may stand either way.
            lines.sort_unstable();
        }
        parts.push((name, lines));
    }
    for provider in &providers {
        parts.extend(of_provider(store, provider).await);
    }
    Dump(parts)
}

fn lists(provider: Option<&ProviderId>) -> Vec<List> {
    let partition = provider.cloned().map(Partition::Provider);
    let limit = 1_000;
    let documents = |kind| List::Documents {
        kind,
        partition: partition.clone(),
        after: None,
        limit,
    };
    let mut lists: Vec<List> = DocumentKind::ALL.map(documents).to_vec();
    lists.extend([
        List::Journal {
            partition: partition.clone(),
            subject: None,
            after: None,
            limit,
        },
        List::Claims {
            provider: provider.cloned(),
            after: None,
            limit,
        },
        List::Postings {
            provider: provider.cloned(),
            booking: None,
            after: None,
            limit,
        },
    ]);
    if provider.is_some() {
        return lists;
    }
    lists.extend([
        List::AllBookings { after: None, limit },
        List::Due {
            now: instant("2200-01-01T00:00:00Z"),
            limit,
        },
        List::Instructions { due: None, limit },
        List::Feed { after: 0, limit },
        List::Outbox { limit },
        List::Listings {
            category: "".into(),
            cells: None,
            words: Vec::new(),
            after: None,
            limit,
        },
    ]);
    let cursors = CONSUMERS.map(|name| List::Cursor(name.into()));
    let bookings = CUSTOMERS.map(|name| List::CustomerBookings {
        customer: id(name),
        after: None,
        limit,
    });
    lists.extend(cursors.into_iter().chain(bookings));
    lists
}

/// What no list shows of a provider: deleted documents, busy time, places of customers.
async fn of_provider<S: Store>(store: &S, provider: &ProviderId) -> Vec<(String, Vec<String>)> {
    let mut parts = Vec::new();
    let lists = [
        List::Statistics(provider.clone()),
        List::Bookings {
            provider: provider.clone(),
            status: None,
            after: None,
            limit: 1_000,
        },
    ];
    for list in lists {
        let name = format!("{list:?}");
        let items = all(store, list).await;
        parts.push((name, items.iter().map(|item| format!("{item:?}")).collect()));
    }
    let whole = store.read(everything(provider)).await;
    let whole = whole.expect("a provider is read");
    parts.push((format!("snapshot of {provider}"), lines(&whole)));
    for customer in CUSTOMERS {
        let mut scope = crate::store::Scope::new(provider.clone());
        scope.customer = Some(id::<CustomerId>(customer));
        let usage = store.read(scope).await.expect("a customer is read");
        parts.push((format!("usage of {customer} at {provider}"), lines(&usage)));
    }
    parts
}

fn lines(snapshot: &Snapshot) -> Vec<String> {
    let documents = snapshot.documents.iter().map(|each| format!("{each:?}"));
    let busy = snapshot.busy.iter().map(|each| format!("{each:?}"));
    let usage = snapshot.usage.iter().map(|each| format!("{each:?}"));
    let claims = snapshot.claims.iter().map(|each| format!("{each:?}"));
    let all = documents.chain(busy).chain(usage).chain(claims);
    let mut lines: Vec<String> = all.collect();
    lines.sort_unstable();
    lines
}
