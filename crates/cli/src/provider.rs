//! `quando provider`: who offers services.

use std::path::{Path, PathBuf};

use quando::id::ProviderId;
use quando::search::{LanguageTag, Point, Tag};
use quando::time::Zone;
use quando_engine::Expected;
use quando_engine::record::Provider;

use crate::declined::missing;
use crate::human;
use crate::input::{Source, parse};
use crate::output::{Failure, Outcome, print_document, print_list};
use crate::page::PageArgs;
use crate::store::{RequestArgs, Session, StoreArgs};
use crate::value::{point, value};

/// Providers: who offers services, with a profile and a time zone
///
/// A new provider gets a resource of its own, under the provider's id and without hours yet; give
/// it hours with `quando resource hours`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct ProviderArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[command(subcommand)]
    command: ProviderCommand,
}

const EXAMPLE: &str = "\
Example:
  quando provider add ana --name \"Ana's barbershop\" --zone Europe/Madrid --category hair
  quando provider set ana --description \"Cuts and shaves\" --location 40.4168,-3.7038
  quando provider list --human";

#[derive(Clone, Debug, clap::Subcommand)]
enum ProviderCommand {
    Add(AddArgs),
    Show(IdArgs),
    List(ListArgs),
    Set(SetArgs),
    Verify(VerifyArgs),
}

/// Add a provider
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  \
    quando provider add ana --name \"Ana's barbershop\" --zone Europe/Madrid\n  \
    quando provider add ana --json ana.json")]
struct AddArgs {
    /// Its id: yours to choose, and for good
    #[arg(value_parser = value::<ProviderId>)]
    id: ProviderId,
    #[command(flatten)]
    profile: ProfileArgs,
    #[command(flatten)]
    request: RequestArgs,
}

/// Show a provider
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando provider show ana --human")]
struct IdArgs {
    #[arg(value_parser = value::<ProviderId>)]
    id: ProviderId,
}

/// List providers by id
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando provider list --limit 1000 --after ana")]
struct ListArgs {
    #[command(flatten)]
    page: PageArgs<ProviderId>,
}

/// Change a provider: what is given replaces what was there, the rest stays
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando provider set ana --active false")]
struct SetArgs {
    #[arg(value_parser = value::<ProviderId>)]
    id: ProviderId,
    #[command(flatten)]
    profile: ProfileArgs,
    #[command(flatten)]
    request: RequestArgs,
}

/// Say that who the provider is has been verified
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando provider verify ana")]
struct VerifyArgs {
    #[arg(value_parser = value::<ProviderId>)]
    id: ProviderId,
    /// Take it back
    #[arg(long)]
    revoke: bool,
    #[command(flatten)]
    request: RequestArgs,
}

#[derive(Clone, Debug, clap::Args)]
struct ProfileArgs {
    /// What it is called
    #[arg(long)]
    name: Option<String>,
    /// Its time zone, such as Europe/Madrid
    #[arg(long)]
    zone: Option<Zone>,
    /// In its own words
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// What it does; may be given several times
    #[arg(long, value_parser = value::<Tag>)]
    category: Vec<Tag>,
    /// What it speaks, such as es or pt-BR; may be given several times
    #[arg(long, value_name = "TAG", value_parser = value::<LanguageTag>)]
    language: Vec<LanguageTag>,
    /// What else it has; may be given several times
    #[arg(long, value_parser = value::<Tag>)]
    attribute: Vec<Tag>,
    /// Where it is
    #[arg(long, value_name = "LAT,LNG", value_parser = point, allow_hyphen_values = true)]
    location: Option<Point>,
    /// Whether it can be found and booked
    #[arg(long, value_name = "BOOL")]
    active: Option<bool>,
    /// All of it as JSON, from a file or standard input (-), in place of the options above
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = [
            "name", "zone", "description", "category", "language", "attribute", "location", "active",
        ]
    )]
    json: Option<PathBuf>,
}

impl ProviderArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        match self.command {
            ProviderCommand::Add(args) => args.run(&self.store),
            ProviderCommand::Show(args) => args.run(&self.store),
            ProviderCommand::List(args) => args.run(&self.store),
            ProviderCommand::Set(args) => args.run(&self.store),
            ProviderCommand::Verify(args) => args.run(&self.store),
        }
    }
}

impl AddArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let provider = if let Some(path) = &self.profile.json {
            provider_of(path, &self.id)?
        } else {
            let (Some(name), Some(zone)) = (&self.profile.name, &self.profile.zone) else {
                let message = "give --name and --zone, or --json FILE";
                return Err(Failure::Usage(message.to_owned()));
            };
            let mut provider = Provider::new(self.id.clone(), name, zone.clone());
            self.profile.change(&mut provider);
            provider
        };
        let session = store.open_or_create()?;
        put(&session, &self.request, provider, Expected::New)
    }
}

impl IdArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let session = store.open()?;
        let found = session.wait(session.engine.provider(&self.id))?;
        let provider = found.ok_or_else(|| missing("provider"))?;
        print_document(&provider, session.human, human::provider)
    }
}

impl ListArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let session = store.open()?;
        let PageArgs { limit, after } = self.page;
        let providers = session.wait(session.engine.providers(after.as_ref(), limit))?;
        print_list(&providers, session.human, human::providers)
    }
}

impl SetArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let given = match &self.profile.json {
            Some(path) => Some(provider_of(path, &self.id)?),
            None => None,
        };
        let session = store.open()?;
        let found = session.wait(session.engine.provider(&self.id))?;
        let known = found.ok_or_else(|| missing("provider"))?;
        let mut provider = given.unwrap_or(known.value);
        self.profile.change(&mut provider);
        let expected = Expected::Version(known.version);
        put(&session, &self.request, provider, expected)
    }
}

impl VerifyArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let session = store.open()?;
        let found = session.wait(session.engine.provider(&self.id))?;
        let known = found.ok_or_else(|| missing("provider"))?;
        let mut provider = known.value;
        provider.verified = !self.revoke;
        let expected = Expected::Version(known.version);
        put(&session, &self.request, provider, expected)
    }
}

impl ProfileArgs {
    fn change(&self, provider: &mut Provider) {
        let replace = |text: &mut String, given: &Option<String>| {
            if let Some(given) = given {
                text.clone_from(given);
            }
        };
        replace(&mut provider.name, &self.name);
        replace(&mut provider.description, &self.description);
        if let Some(zone) = &self.zone {
            provider.zone = zone.clone();
        }
        if !self.category.is_empty() {
            provider.categories.clone_from(&self.category);
        }
        if !self.language.is_empty() {
            provider.languages.clone_from(&self.language);
        }
        if !self.attribute.is_empty() {
            provider.attributes.clone_from(&self.attribute);
        }
        provider.location = self.location.or(provider.location);
        provider.active = self.active.unwrap_or(provider.active);
    }
}

fn provider_of(path: &Path, id: &ProviderId) -> Result<Provider, Failure> {
    let source = Source::new(Some(path));
    let text = source.read_document()?;
    let provider: Provider = parse(&text).map_err(|problem| source.refused(problem, &text))?;
    crate::value::same_id(&source, provider.id.as_str(), id.as_str())?;
    Ok(provider)
}

fn put(
    session: &Session,
    request: &RequestArgs,
    provider: Provider,
    expected: Expected,
) -> Result<Outcome, Failure> {
    let put = session
        .engine
        .put_provider(request.context(), provider, expected);
    let done = session.wait(put)?;
    print_document(&done.value, session.human, human::provider)
}
