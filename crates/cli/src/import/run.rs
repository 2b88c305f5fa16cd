//! Takes lines in: those of one provider in their order, those of several at the same time.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Mutex;

use futures_util::StreamExt;
use futures_util::stream;
use quando::availability::{Busy, Resource};
use quando::id::ProviderId;
use quando::limits::{INSTANT_MAX, INSTANT_MIN};
use quando::time::Interval;
use quando_engine::limits::PAGE_MAX;
use quando_engine::record::{Provider, Service};
use quando_engine::store::{ResourceScope, Scope, Store};
use quando_engine::{BusyTime, Context, Engine, Error, Expected};

use super::line::{BusyLine, Entry};
use super::report::{Came, Report};
use crate::declined::problem;
use crate::output::Failure;
use crate::store::{AnyStore, Session, block_on};

/// How many providers are worked on at the same time: so many writes wait for one commit.
const PROVIDERS_AT_ONCE: usize = 256;

/// What lines are taken into.
pub(super) struct Run<'a> {
    session: Option<&'a Session>,
    /// Where they are tried out, in place of the store.
    rehearsal: Option<&'a Engine<AnyStore>>,
    /// Providers whose records were copied to where they are tried out.
    copied: Mutex<HashSet<ProviderId>>,
    context: Context,
}

/// The lines of one provider, in their order.
type Chain = Vec<(u64, Entry)>;

impl<'a> Run<'a> {
    pub(super) fn new(
        session: Option<&'a Session>,
        rehearsal: Option<&'a Engine<AnyStore>>,
        context: Context,
    ) -> Run<'a> {
        Run {
            session,
            rehearsal,
            copied: Mutex::default(),
            context,
        }
    }

    pub(super) fn take_in(&self, batch: Chain, report: &mut Report) -> Result<(), Failure> {
        let mut chains: HashMap<ProviderId, Chain> = HashMap::new();
        for (number, entry) in batch {
            let chain = chains.entry(entry.provider().clone()).or_default();
            chain.push((number, entry));
        }
        let chains = chains.into_values().map(|chain| self.chain(chain));
        let all = stream::iter(chains)
            .buffer_unordered(PROVIDERS_AT_ONCE)
            .concat();
        let mut taken = self.wait(all);
        taken.sort_by_key(|(number, _)| *number);
        for (number, came) in taken {
            match came {
                Ok(came) => report.came(came),
                Err(error) if is_fatal(&error) => return Err(error.into()),
                Err(error) => report.refused(number, &problem(&error))?,
            }
        }
        Ok(())
    }

    fn wait<F: Future>(&self, future: F) -> F::Output {
        match self.session {
            Some(session) => session.wait(future),
            None => block_on(future),
        }
    }

    async fn chain(&self, chain: Chain) -> Vec<(u64, Result<Came, Error>)> {
        let mut taken = Vec::with_capacity(chain.len());
        for (number, entry) in chain {
            taken.push((number, self.one(entry).await));
        }
        taken
    }

    async fn one(&self, entry: Entry) -> Result<Came, Error> {
        let engine = match (self.rehearsal, self.session) {
            (Some(rehearsal), session) => {
                if let Some(session) = session {
                    self.copy(&session.engine, rehearsal, entry.provider())
                        .await?;
                }
                rehearsal
            }
            (None, Some(session)) => &session.engine,
            (None, None) => return Ok(Came::Unchanged),
        };
        match entry {
            Entry::Provider(provider) => self.provider(engine, *provider).await,
            Entry::Resource(provider, resource) => self.resource(engine, provider, *resource).await,
            Entry::Service(provider, service) => self.service(engine, provider, *service).await,
            Entry::Busy(line) => self.busy(engine, line).await,
        }
    }

    async fn provider(&self, engine: &Engine<AnyStore>, provider: Provider) -> Result<Came, Error> {
        let known = engine.provider(&provider.id).await?;
        if known.is_some_and(|known| known.value == provider) {
            return Ok(Came::Unchanged);
        }
        let context = self.context.clone();
        engine
            .put_provider(context, provider, Expected::Any)
            .await?;
        Ok(Came::Written)
    }

    async fn resource(
        &self,
        engine: &Engine<AnyStore>,
        provider: ProviderId,
        resource: Resource,
    ) -> Result<Came, Error> {
        let known = engine.resource(&provider, &resource.id).await?;
        if known.is_some_and(|known| known.value == resource) {
            return Ok(Came::Unchanged);
        }
        let context = self.context.clone();
        engine
            .put_resource(context, provider, resource, Expected::Any)
            .await?;
        Ok(Came::Written)
    }

    async fn service(
        &self,
        engine: &Engine<AnyStore>,
        provider: ProviderId,
        service: Service,
    ) -> Result<Came, Error> {
        let known = engine.service(&provider, &service.id).await?;
        let mut stored = service.clone();
        // A stored service always says whose timing it is.
        stored.timing.id.get_or_insert_with(|| service.id.clone());
        if known.is_some_and(|known| known.value == stored) {
            return Ok(Came::Unchanged);
        }
        let context = self.context.clone();
        engine
            .put_service(context, provider, service, Expected::Any)
            .await?;
        Ok(Came::Written)
    }

    async fn busy(&self, engine: &Engine<AnyStore>, line: BusyLine) -> Result<Came, Error> {
        if self.is_known(engine, &line).await? {
            return Ok(Came::Unchanged);
        }
        let BusyLine {
            provider,
            resource,
            source,
            busy,
        } = line;
        let (context, time) = (self.context.clone(), BusyTime { busy });
        engine
            .replace_busy(context, (provider, resource), &source, time)
            .await?;
        Ok(Came::Written)
    }

    /// Whether the store has exactly this busy time from this source.
    async fn is_known(&self, engine: &Engine<AnyStore>, line: &BusyLine) -> Result<bool, Error> {
        let mut scope = Scope::new(line.provider.clone());
        scope.resources = ResourceScope::Named(vec![line.resource.clone()]);
        scope.span = Interval::from_timestamps(INSTANT_MIN, INSTANT_MAX).ok();
        let snapshot = engine.store().read(scope).await?;
        let rows = snapshot.busy.iter();
        let of_source = rows.filter(|row| *row.source == *line.source);
        let mut known: Vec<Busy> = of_source.map(|row| row.busy).collect();
        let mut given = line.busy.clone();
        let order = |busy: &Busy| (busy.interval, busy.status);
        known.sort_by_key(order);
        given.sort_by_key(order);
        // Of a source that was never told there is nothing to compare.
        Ok(!known.is_empty() && known == given)
    }

    /// Copies what the store has of a provider to where lines are tried out, once.
    async fn copy(
        &self,
        from: &Engine<AnyStore>,
        to: &Engine<AnyStore>,
        id: &ProviderId,
    ) -> Result<(), Error> {
        let is_new = self
            .copied
            .lock()
            .expect("nobody panics with the lock")
            .insert(id.clone());
        let Some(provider) = from.provider(id).await?.filter(|_| is_new) else {
            return Ok(());
        };
        let context = Context::system;
        to.put_provider(context(), provider.value, Expected::Any)
            .await?;
        for resource in from.resources(id, None, PAGE_MAX).await? {
            to.put_resource(context(), id.clone(), resource.value, Expected::Any)
                .await?;
        }
        for service in from.services(id, None, PAGE_MAX).await? {
            to.put_service(context(), id.clone(), service.value, Expected::Any)
                .await?;
        }
        Ok(())
    }
}

/// Whether it says something about the store, and so about every line.
fn is_fatal(error: &Error) -> bool {
    matches!(error, Error::Store(_))
}
