//! `quando service`: what can be booked.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use quando::availability::{Role, Service as Timing};
use quando::booking::{Offer, PaymentMode, Terms};
use quando::fees::{BasePrice, PricePolicy, PriceTerms};
use quando::id::{ProviderId, ResourceId, ServiceId};
use quando::money::Money;
use quando::time::Minutes;
use quando_engine::Expected;
use quando_engine::record::Service;

use crate::declined::missing;
use crate::human;
use crate::input::{Source, parse};
use crate::output::{Failure, Outcome, print_document, print_list};
use crate::page::PageArgs;
use crate::store::{RequestArgs, StoreArgs};
use crate::value::{Roles, minutes, money, roles, same_id, value};

/// Services: what can be booked, how long it takes and what it costs
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct ServiceArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[command(subcommand)]
    command: ServiceCommand,
}

const EXAMPLE: &str = "\
Example:
  quando service put ana cut --name Haircut --duration 60 --price \"40.00 EUR\"
  quando service put ana cut --json cut.json
  quando service list ana --human";

#[derive(Clone, Debug, clap::Subcommand)]
enum ServiceCommand {
    Put(Box<PutArgs>),
    Show(IdArgs),
    List(ListArgs),
    Delete(DeleteArgs),
}

/// Add a service, or change one: what is given replaces what was there, the rest stays
///
/// Bookings keep the terms that they were made under.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  \
    quando service put ana cut --name Haircut --duration 60 --price \"40.00 EUR\"\n  \
    quando service put ana duo --name Duet --duration 45 --price \"70 EUR\" --need ana,ben/room1")]
struct PutArgs {
    #[arg(value_parser = value::<ProviderId>)]
    provider: ProviderId,
    #[arg(value_parser = value::<ServiceId>)]
    service: ServiceId,
    /// What it is called
    #[arg(long)]
    name: Option<String>,
    /// What it is
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// How long it takes
    #[arg(long, value_name = "MINUTES", value_parser = minutes)]
    duration: Option<Minutes>,
    /// What a booking costs, such as "40.00 EUR"
    #[arg(long, value_parser = money)]
    price: Option<Money>,
    /// Time kept free before it
    #[arg(long, value_name = "MINUTES", value_parser = minutes)]
    buffer_before: Option<Minutes>,
    /// Time kept free after it
    #[arg(long, value_name = "MINUTES", value_parser = minutes)]
    buffer_after: Option<Minutes>,
    /// How long before its start it can still be booked
    #[arg(long, value_name = "MINUTES", value_parser = minutes)]
    notice: Option<Minutes>,
    /// Resources by role, a slash between roles: ana,ben/room1; the provider's own when never given
    #[arg(long, value_name = "ROLES", value_parser = roles)]
    need: Option<Roles>,
    /// Whether the platform collects the money
    #[arg(long, value_name = "MODE")]
    payment: Option<Payment>,
    /// Whether the provider approves each booking
    #[arg(long, value_name = "BOOL")]
    approval: Option<bool>,
    /// Whether it can be booked
    #[arg(long, value_name = "BOOL")]
    active: Option<bool>,
    /// All of it as JSON, from a file or standard input (-), in place of the options above
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = [
            "name", "description", "duration", "price", "buffer_before", "buffer_after", "notice",
            "need", "payment", "approval", "active",
        ]
    )]
    json: Option<PathBuf>,
    #[command(flatten)]
    request: RequestArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Payment {
    /// It collects nothing: free, or paid on the spot
    None,
    /// It collects the price when it is booked, and holds it until the service is done
    UpFront,
}

/// Show a service
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando service show ana cut")]
struct IdArgs {
    #[arg(value_parser = value::<ProviderId>)]
    provider: ProviderId,
    #[arg(value_parser = value::<ServiceId>)]
    service: ServiceId,
}

/// List the services of a provider by id
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando service list ana --human")]
struct ListArgs {
    #[arg(value_parser = value::<ProviderId>)]
    provider: ProviderId,
    #[command(flatten)]
    page: PageArgs<ServiceId>,
}

/// Delete a service that has no bookings to come
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando service delete ana cut")]
struct DeleteArgs {
    #[arg(value_parser = value::<ProviderId>)]
    provider: ProviderId,
    #[arg(value_parser = value::<ServiceId>)]
    service: ServiceId,
    #[command(flatten)]
    request: RequestArgs,
}

impl ServiceArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        match self.command {
            ServiceCommand::Put(args) => args.run(&self.store),
            ServiceCommand::Show(args) => args.run(&self.store),
            ServiceCommand::List(args) => args.run(&self.store),
            ServiceCommand::Delete(args) => args.run(&self.store),
        }
    }
}

impl PutArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let given = self.json()?;
        let session = store.open()?;
        let known = session.wait(session.engine.service(&self.provider, &self.service))?;
        let expected = match &known {
            Some(known) => Expected::Version(known.version),
            None => Expected::New,
        };
        let service = match (given, known) {
            (Some(given), _) => given,
            (None, Some(known)) => self.changed(known.value)?,
            (None, None) => self.new_one()?,
        };
        let context = self.request.context();
        let engine = &session.engine;
        let done = session.wait(engine.put_service(context, self.provider, service, expected))?;
        print_document(&done.value, session.human, human::service)
    }

    fn json(&self) -> Result<Option<Service>, Failure> {
        let Some(path) = &self.json else {
            return Ok(None);
        };
        let source = Source::new(Some(path));
        let text = source.read_document()?;
        let service: Service = parse(&text).map_err(|problem| source.refused(problem, &text))?;
        same_id(&source, service.id.as_str(), self.service.as_str())?;
        Ok(Some(service))
    }

    fn new_one(&self) -> Result<Service, Failure> {
        let (Some(name), Some(duration), Some(price)) = (&self.name, self.duration, self.price)
        else {
            let message = "a new service needs --name, --duration and --price, or --json FILE";
            return Err(Failure::Usage(message.to_owned()));
        };
        let terms = Terms {
            price: only(price)?,
            fee: Default::default(),
            refund: Default::default(),
            rules: Default::default(),
        };
        self.changed(Service {
            id: self.service.clone(),
            name: name.clone(),
            description: String::new(),
            active: true,
            timing: Timing::new(duration),
            need: Vec::new(),
            place: None,
            offer: Offer {
                terms: Arc::new(terms),
                assignment: Default::default(),
                quota: Default::default(),
            },
        })
    }

    fn changed(&self, mut service: Service) -> Result<Service, Failure> {
        if let Some(name) = &self.name {
            service.name.clone_from(name);
        }
        if let Some(description) = &self.description {
            service.description.clone_from(description);
        }
        let timing = &mut service.timing;
        timing.duration_minutes = self.duration.unwrap_or(timing.duration_minutes);
        timing.buffer_before_minutes = self.buffer_before.unwrap_or(timing.buffer_before_minutes);
        timing.buffer_after_minutes = self.buffer_after.unwrap_or(timing.buffer_after_minutes);
        timing.min_notice_minutes = self.notice.unwrap_or(timing.min_notice_minutes);
        if let Some(need) = &self.need {
            service.need = need.0.iter().map(|any_of| role(any_of)).collect();
        }
        service.active = self.active.unwrap_or(service.active);
        let terms = Arc::make_mut(&mut service.offer.terms);
        if let Some(payment) = self.payment {
            terms.rules.payment = match payment {
                Payment::None => PaymentMode::None,
                Payment::UpFront => PaymentMode::UpFront,
            };
        }
        terms.rules.approval = self.approval.unwrap_or(terms.rules.approval);
        if let Some(price) = self.price {
            let mut parts = PriceTerms::from(terms.price.clone());
            parts.base = BasePrice::PerBooking { price };
            terms.price = checked(parts)?;
        }
        Ok(service)
    }
}

fn role(any_of: &[ResourceId]) -> Role {
    Role {
        any_of: any_of.to_vec(),
        count: NonZeroU32::MIN,
    }
}

/// A price for a booking, and nothing beside it.
fn only(price: Money) -> Result<PricePolicy, Failure> {
    checked(PriceTerms {
        base: BasePrice::PerBooking { price },
        per_seat: false,
        add_ons: Vec::new(),
        surcharges: Vec::new(),
        discounts: Vec::new(),
        tax: None,
        deposit: None,
        rounding: Default::default(),
    })
}

fn checked(parts: PriceTerms) -> Result<PricePolicy, Failure> {
    PricePolicy::new(parts).map_err(|error| Failure::of(error.code(), &error))
}

impl IdArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let session = store.open()?;
        let found = session.wait(session.engine.service(&self.provider, &self.service))?;
        let service = found.ok_or_else(|| missing("service"))?;
        print_document(&service, session.human, human::service)
    }
}

impl ListArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let session = store.open()?;
        let PageArgs { limit, after } = self.page;
        let list = session
            .engine
            .services(&self.provider, after.as_ref(), limit);
        print_list(&session.wait(list)?, session.human, human::services)
    }
}

impl DeleteArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let session = store.open()?;
        let key = (self.provider, self.service);
        let context = self.request.context();
        let done = session.wait(session.engine.delete_service(context, key, Expected::Any))?;
        print_document(&done.value, session.human, human::deleted)
    }
}
