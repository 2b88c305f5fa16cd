//! `quando resource`: what services take time of.

use std::num::NonZeroU32;
use std::path::PathBuf;

use quando::availability::Resource;
use quando::id::{ProviderId, ResourceId};
use quando::schedule::{Schedule, Weekly};
use quando::time::Zone;
use quando_engine::Expected;

use crate::declined::missing;
use crate::human;
use crate::input::{Source, parse};
use crate::output::{Failure, Outcome, print_document, print_list};
use crate::page::PageArgs;
use crate::store::{RequestArgs, Session, StoreArgs};
use crate::value::{same_id, value};
use crate::weekly;

/// Resources: people, rooms and things that services take time of
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct ResourceArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[command(subcommand)]
    command: ResourceCommand,
}

const EXAMPLE: &str = "\
Example:
  quando resource hours ana \"mon-fri 09:00-17:00, sat 10:00-14:00\"
  quando resource put ana chair2 --hours \"sat 10:00-14:00\"
  quando resource list ana --human";

#[derive(Clone, Debug, clap::Subcommand)]
enum ResourceCommand {
    Put(PutArgs),
    Show(IdArgs),
    List(ListArgs),
    Delete(DeleteArgs),
    Hours(HoursArgs),
}

/// Add a resource, or change one: what is given replaces what was there, the rest stays
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  \
    quando resource put ana room1 --capacity 8 --hours \"mon-fri 09:00-17:00\"\n  \
    quando resource put ana room1 --json room1.json")]
struct PutArgs {
    #[arg(value_parser = value::<ProviderId>)]
    provider: ProviderId,
    #[arg(value_parser = value::<ResourceId>)]
    resource: ResourceId,
    /// How many interchangeable units there are
    #[arg(long, value_name = "UNITS")]
    capacity: Option<NonZeroU32>,
    /// The zone of its hours; that of its provider for a new one
    #[arg(long)]
    zone: Option<Zone>,
    /// Weekly hours, such as "mon-fri 09:00-12:00 13:00-17:00, sat 10:00-14:00", or "closed"
    #[arg(long, value_parser = weekly::parse)]
    hours: Option<Weekly>,
    /// All of it as JSON, from a file or standard input (-), in place of the options above
    #[arg(long, value_name = "FILE", conflicts_with_all = ["capacity", "zone", "hours"])]
    json: Option<PathBuf>,
    #[command(flatten)]
    request: RequestArgs,
}

/// Show a resource
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando resource show ana chair2")]
struct IdArgs {
    #[arg(value_parser = value::<ProviderId>)]
    provider: ProviderId,
    #[arg(value_parser = value::<ResourceId>)]
    resource: ResourceId,
}

/// List the resources of a provider by id
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando resource list ana --human")]
struct ListArgs {
    #[arg(value_parser = value::<ProviderId>)]
    provider: ProviderId,
    #[command(flatten)]
    page: PageArgs<ResourceId>,
}

/// Delete a resource that no service needs
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando resource delete ana chair2")]
struct DeleteArgs {
    #[arg(value_parser = value::<ProviderId>)]
    provider: ProviderId,
    #[arg(value_parser = value::<ResourceId>)]
    resource: ResourceId,
    #[command(flatten)]
    request: RequestArgs,
}

/// Set the weekly hours of a resource; exceptions, closures and rules stay
///
/// Parts stand between commas: a day or a range of days, and one or more windows. A window may run
/// over midnight (22:00-02:00), a range of days over Sunday (fri-mon). `closed` is never open.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  \
    quando resource hours ana \"mon-fri 09:00-12:00 13:00-17:00, sat 10:00-14:00\"")]
struct HoursArgs {
    #[arg(value_parser = value::<ProviderId>)]
    provider: ProviderId,
    /// The hours
    #[arg(value_parser = weekly::parse)]
    hours: Weekly,
    /// Of which resource; the provider's own when not given
    #[arg(long, value_name = "ID", value_parser = value::<ResourceId>)]
    resource: Option<ResourceId>,
    #[command(flatten)]
    request: RequestArgs,
}

impl ResourceArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        match self.command {
            ResourceCommand::Put(args) => args.run(&self.store),
            ResourceCommand::Show(args) => args.run(&self.store),
            ResourceCommand::List(args) => args.run(&self.store),
            ResourceCommand::Delete(args) => args.run(&self.store),
            ResourceCommand::Hours(args) => args.run(&self.store),
        }
    }
}

impl PutArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let given = self.json()?;
        let session = store.open()?;
        let known = session.wait(session.engine.resource(&self.provider, &self.resource))?;
        let expected = match &known {
            Some(known) => Expected::Version(known.version),
            None => Expected::New,
        };
        let mut resource = match (given, known) {
            (Some(given), _) => given,
            (None, Some(known)) => known.value,
            (None, None) => self.new_one(&session)?,
        };
        resource.capacity = self.capacity.unwrap_or(resource.capacity);
        if let Some(zone) = &self.zone {
            resource.schedule.zone = zone.clone();
        }
        if let Some(hours) = &self.hours {
            resource.schedule.weekly = hours.clone();
        }
        put(&session, &self.request, (self.provider, resource), expected)
    }

    fn json(&self) -> Result<Option<Resource>, Failure> {
        let Some(path) = &self.json else {
            return Ok(None);
        };
        let source = Source::new(Some(path));
        let text = source.read_document()?;
        let resource: Resource = parse(&text).map_err(|problem| source.refused(problem, &text))?;
        same_id(&source, resource.id.as_str(), self.resource.as_str())?;
        Ok(Some(resource))
    }

    fn new_one(&self, session: &Session) -> Result<Resource, Failure> {
        let provider = session.wait(session.engine.provider(&self.provider))?;
        let provider = provider.ok_or_else(|| missing("provider"))?;
        let schedule = Schedule::new(provider.value.zone);
        Ok(Resource::new(self.resource.clone(), schedule))
    }
}

impl IdArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let session = store.open()?;
        let found = session.wait(session.engine.resource(&self.provider, &self.resource))?;
        let resource = found.ok_or_else(|| missing("resource"))?;
        print_document(&resource, session.human, human::resource)
    }
}

impl ListArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let session = store.open()?;
        let PageArgs { limit, after } = self.page;
        let list = session
            .engine
            .resources(&self.provider, after.as_ref(), limit);
        print_list(&session.wait(list)?, session.human, human::resources)
    }
}

impl DeleteArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let session = store.open()?;
        let key = (self.provider, self.resource);
        let context = self.request.context();
        let done = session.wait(session.engine.delete_resource(context, key, Expected::Any))?;
        print_document(&done.value, session.human, human::deleted)
    }
}

impl HoursArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let own = || ResourceId::new(self.provider.as_str()).expect("ids have one form");
        let id = self.resource.clone().unwrap_or_else(own);
        let session = store.open()?;
        let known = session.wait(session.engine.resource(&self.provider, &id))?;
        let known = known.ok_or_else(|| missing("resource"))?;
        let mut resource = known.value;
        resource.schedule.weekly = self.hours;
        let expected = Expected::Version(known.version);
        put(&session, &self.request, (self.provider, resource), expected)
    }
}

fn put(
    session: &Session,
    request: &RequestArgs,
    (provider, resource): (ProviderId, Resource),
    expected: Expected,
) -> Result<Outcome, Failure> {
    let context = request.context();
    let put = session
        .engine
        .put_resource(context, provider, resource, expected);
    let done = session.wait(put)?;
    print_document(&done.value, session.human, human::resource)
}
