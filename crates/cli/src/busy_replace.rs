//! `quando busy replace`: busy time of a resource in a store, as a calendar has it now.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use quando::availability::Busy;
use quando::calendar::read_busy;
use quando::id::{ProviderId, ResourceId};
use quando::limits::NEXT_DAYS_MAX;
use quando::time::{Interval, Zone};
use quando_engine::BusyTime;
use serde::Deserialize;

use crate::calendars::{StatusArgs, calendar_problem, problem_text, read_calendar};
use crate::declined::missing;
use crate::input::{Problem, Source, parse};
use crate::output::{Failure, Outcome, note, print_document};
use crate::store::{RequestArgs, Session, StoreArgs};
use crate::value::value;

/// How long ago busy time still counts: for what is looked at afterwards.
const PAST_DAYS: i64 = 31;

/// Replace all busy time of a resource that came from one source
///
/// Takes an iCalendar file, from a month ago to two years ahead, or JSON as `quando busy` prints it.
/// What is not in the file is not busy any more. What cannot be read of a calendar is reported on
/// standard error by line, and hides nothing else.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLE)]
pub(crate) struct ReplaceArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[arg(value_parser = value::<ProviderId>)]
    provider: ProviderId,
    #[arg(value_parser = value::<ResourceId>)]
    resource: ResourceId,
    /// Where it comes from: a name of yours, such as google
    source: String,
    /// iCalendar or JSON
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Zone of all-day events and of times without a zone; else the calendar's or the resource's own
    #[arg(long, value_name = "ZONE")]
    zone: Option<Zone>,
    #[command(flatten)]
    statuses: StatusArgs,
    #[command(flatten)]
    request: RequestArgs,
}

const EXAMPLE: &str = "\
Example:
  quando busy replace ana ana google ana.ics
  quando busy work.ics --from 2026-03-02T00:00:00Z --to 2026-03-09T00:00:00Z > busy.json
  quando busy replace ana ana work busy.json";

/// JSON as `quando busy` prints it; what is beside the busy time is not looked at.
#[derive(Deserialize)]
struct BusyFile {
    busy: Vec<Busy>,
}

impl ReplaceArgs {
    pub(crate) fn run(self) -> Result<Outcome, Failure> {
        let text = read_calendar(&self.file)?;
        let session = self.store.open()?;
        let busy = self.busy(&session, text)?;
        let key = (self.provider, self.resource);
        let (context, time) = (self.request.context(), BusyTime { busy });
        let engine = &session.engine;
        let done = session.wait(engine.replace_busy(context, key, &self.source, time))?;
        print_document(&done.value, session.human, |replaced| {
            let (count, source) = (replaced.count, &replaced.source);
            format!(
                "{count} busy times of {} from {source}\n",
                replaced.resource
            )
        })
    }

    fn busy(&self, session: &Session, text: Vec<u8>) -> Result<Vec<Busy>, Failure> {
        let source = Source::File(self.file.clone());
        if is_json(&text) {
            let text = String::from_utf8_lossy(&text);
            let read: BusyFile = parse(&text).map_err(|problem| source.refused(problem, &text))?;
            return Ok(read.busy);
        }
        let found = session.wait(session.engine.resource(&self.provider, &self.resource))?;
        let resource = found.ok_or_else(|| missing("resource"))?.value;
        let mut options = self.statuses.options(window(session.engine.now())?);
        options.zone.clone_from(&self.zone);
        options.fallback_zone = Some(resource.schedule.zone);
        let read = read_busy(text, &options)
            .map_err(|error| source.refused(calendar_problem(&error), ""))?;
        for problem in &read.problems {
            note(&problem_text(&self.file, problem));
        }
        if read.problems_left_off > 0 {
            note(&format!(
                "{source}: {} more problems",
                read.problems_left_off
            ));
        }
        Ok(read
            .busy
            .as_slice()
            .iter()
            .map(|each| Busy::from(*each))
            .collect())
    }
}

fn is_json(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"{")
}

fn window(now: DateTime<Utc>) -> Result<Interval, Failure> {
    let (past, ahead) = (TimeDelta::days(PAST_DAYS), TimeDelta::days(NEXT_DAYS_MAX));
    Interval::new(now - past, now + ahead).map_err(|error| {
        Failure::Declined(Box::new(Problem::new(
            "time-out-of-range",
            error.to_string(),
        )))
    })
}
