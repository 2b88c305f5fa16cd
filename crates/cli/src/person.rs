//! `quando person`: what is known of people.

use std::path::PathBuf;

use chrono::SecondsFormat;
use quando_engine::PersonExport;
use quando_engine::personal::{
    EmailAddress, PersonId, PersonName, PersonNotes, PersonalData, PhoneNumber,
};
use serde::Serialize;

use crate::declined::missing;
use crate::human::{self, or_nothing, table};
use crate::input::{Source, parse};
use crate::output::{Failure, Outcome, one_line, print_document, print_list};
use crate::store::{RequestArgs, StoreArgs};
use crate::value::value;

/// People: what is known of them, kept sealed with a key of each
///
/// A customer's person has the customer's id. docs/personal-data.md says what is kept, how it is
/// sealed and what an erasure leaves.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct PersonArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[command(subcommand)]
    command: PersonCommand,
}

const EXAMPLE: &str = "\
Example:
  quando person put c17 --name Ada --email ada@example.org
  quando person find ada@example.org
  quando person erase c17";

#[derive(Clone, Debug, clap::Subcommand)]
enum PersonCommand {
    Put(PutArgs),
    Show(ShowArgs),
    Find(FindArgs),
    Export(ExportArgs),
    Erase(EraseArgs),
}

/// Keep what is known of a person, in place of what was known before
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  \
    quando person put c17 --name Ada --email ada@example.org\n  \
    quando person put c17 --json -")]
struct PutArgs {
    #[arg(value_parser = id)]
    person: PersonId,
    #[arg(long, value_parser = value::<PersonName>)]
    name: Option<PersonName>,
    #[arg(long, value_parser = value::<EmailAddress>)]
    email: Option<EmailAddress>,
    #[arg(long, value_parser = value::<PhoneNumber>)]
    phone: Option<PhoneNumber>,
    /// What else is good to know, such as an allergy
    #[arg(long, value_name = "TEXT", value_parser = value::<PersonNotes>)]
    notes: Option<PersonNotes>,
    /// All of it as JSON, from a file or standard input (-), where no other process sees it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "email", "phone", "notes"])]
    json: Option<PathBuf>,
    #[command(flatten)]
    request: RequestArgs,
}

/// Show what is known of a person
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando person show c17 --human")]
struct ShowArgs {
    #[arg(value_parser = id)]
    person: PersonId,
}

/// Find the persons with an e-mail address
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando person find ada@example.org")]
struct FindArgs {
    #[arg(value_parser = value::<EmailAddress>)]
    email: EmailAddress,
}

/// Print all that is stored about a person, for that person
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando person export c17 > c17.json")]
struct ExportArgs {
    #[arg(value_parser = id)]
    person: PersonId,
}

/// Destroy the key of a person: what was sealed with it can never be read again
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = "Example:\n  quando person erase c17")]
struct EraseArgs {
    #[arg(value_parser = id)]
    person: PersonId,
    #[command(flatten)]
    request: RequestArgs,
}

fn id(text: &str) -> Result<PersonId, String> {
    PersonId::new(text).map_err(|error| error.to_string())
}

impl PersonArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        match self.command {
            PersonCommand::Put(args) => args.run(&self.store),
            PersonCommand::Show(args) => args.run(&self.store),
            PersonCommand::Find(args) => args.run(&self.store),
            PersonCommand::Export(args) => args.run(&self.store),
            PersonCommand::Erase(args) => args.run(&self.store),
        }
    }
}

impl PutArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let data = match &self.json {
            Some(path) => {
                let source = Source::new(Some(path));
                let text = source.read_document()?;
                // The text is personal: no line of it goes into a message.
                parse(&text).map_err(|problem| source.refused(problem, ""))?
            }
            None => PersonalData {
                name: self.name,
                email: self.email,
                phone: self.phone,
                notes: self.notes,
            },
        };
        let session = store.open_or_create()?;
        let context = self.request.context();
        let done = session.wait(session.engine.put_person(context, self.person, data))?;
        print_document(&done.value, session.human, |changed| {
            format!("kept {}\n", changed.person)
        })
    }
}

impl ShowArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let session = store.open()?;
        let found = session.wait(session.engine.person(&self.person))?;
        let data = found.ok_or_else(|| missing("person"))?;
        print_document(&data, session.human, text)
    }
}

fn text(data: &PersonalData) -> String {
    let rows = [
        ("name", data.name.as_ref().map(PersonName::as_str)),
        ("email", data.email.as_ref().map(EmailAddress::as_str)),
        ("phone", data.phone.as_ref().map(PhoneNumber::as_str)),
        ("notes", data.notes.as_ref().map(PersonNotes::as_str)),
    ];
    let row = |(name, value): (&str, Option<&str>)| Some(vec![name.to_owned(), value?.to_owned()]);
    let rows: Vec<Vec<String>> = rows.into_iter().filter_map(row).collect();
    or_nothing(table(&rows), "nothing is known")
}

#[derive(Serialize)]
struct Found {
    person: PersonId,
}

impl FindArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let session = store.open()?;
        let found = session.wait(session.engine.persons_by_email(&self.email))?;
        let found: Vec<Found> = found.into_iter().map(|person| Found { person }).collect();
        print_list(&found, session.human, |found| {
            let rows = found.iter().map(|found| vec![found.person.to_string()]);
            or_nothing(table(&rows.collect::<Vec<_>>()), "nobody")
        })
    }
}

impl ExportArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let session = store.open()?;
        let export = session.wait(session.engine.export_person(&self.person))?;
        print_document(&export, session.human, export_text)
    }
}

fn export_text(export: &PersonExport) -> String {
    let mut out = match &export.profile {
        Some(data) => text(data),
        None => "nothing is known\n".to_owned(),
    };
    for each in &export.bookings {
        out += &format!("\n{}", human::booking(&each.booking));
        for text in &each.texts {
            out += &format!("- {}\n", one_line(text));
        }
    }
    let rows = export.changes.iter().map(|change| {
        let at = change.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        vec![at, change.action.clone(), change.by.clone()]
    });
    out + "\n" + &table(&rows.collect::<Vec<_>>())
}

impl EraseArgs {
    fn run(self, store: &StoreArgs) -> Result<Outcome, Failure> {
        let session = store.open()?;
        let context = self.request.context();
        let done = session.wait(session.engine.erase_person(context, self.person))?;
        print_document(&done.value, session.human, |changed| {
            format!("erased {}\n", changed.person)
        })
    }
}
