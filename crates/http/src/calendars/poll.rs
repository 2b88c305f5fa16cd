//! Reads subscribed calendars, again and again.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::stream;
use quando::availability::Busy;
use quando::calendar::{CalendarOptions, read_busy};
use quando::limits::NEXT_DAYS_MAX;
use quando::time::{Interval, Zone};
use quando_engine::store::Store;
use quando_engine::{BusyTime, Context, Error, Subscribed, SubscriptionState};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::text::own_uids;
use crate::App;
use crate::extract::CALENDAR_BYTES_MAX;

/// How often it is looked whether a calendar is due.
const PAUSE: Duration = Duration::from_secs(30);
/// How often a calendar is read, and by how much earlier or later, so that not all are read at once.
const INTERVAL_SECONDS: i64 = 15 * 60;
const JITTER_SECONDS: i64 = 60;
/// How long a calendar that fails is left alone at most.
const BACKOFF_SECONDS_MAX: i64 = 24 * 60 * 60;
/// How many calendars are read in one go, and how many of them at the same time.
const BATCH: usize = 200;
const AT_ONCE: usize = 4;
/// How far back a calendar is read: what is over has no say, but may be looked at.
const PAST_DAYS: i64 = 31;

/// What came of reading a calendar.
enum Outcome {
    /// It is as it was.
    Same,
    /// It says this.
    Read {
        busy: Vec<Busy>,
        problems: usize,
        tag: Option<String>,
    },
    /// It could not be read, for a reason with this code.
    Failed(&'static str),
}

/// Reads what is due until it is halted.
pub(crate) async fn work<S: Store + 'static>(app: App<S>, mut halted: watch::Receiver<bool>) {
    loop {
        let read = tokio::select! {
            read = round(&app) => read,
            // What is half read is due again in some minutes.
            _ = halted.changed() => return,
        };
        if let Err(error) = read {
            log::warn!("{}: {error}", error.code());
        }
        tokio::select! {
            _ = halted.changed() => return,
            _ = tokio::time::timeout(PAUSE, app.subscribed.notified()) => {}
        }
    }
}

async fn round<S: Store>(app: &App<S>) -> Result<(), Error> {
    let due = app.engine.due_subscriptions(BATCH).await?;
    let read = stream::iter(due).map(|subscribed| refresh(app, subscribed));
    let mut read = read.buffer_unordered(AT_ONCE);
    while let Some(read) = read.next().await {
        if let Err(error) = read {
            // The others go on; it is due again in some minutes.
            log::warn!("{}: {error}", error.code());
        }
    }
    Ok(())
}

/// Reads a calendar, and replaces the busy time that came from it.
pub(crate) async fn refresh<S: Store>(app: &App<S>, subscribed: Subscribed) -> Result<(), Error> {
    let Some(taken) = app.engine.take_subscription(subscribed).await? else {
        return Ok(());
    };
    let outcome = fetch(app, &taken).await?;
    let now = app.engine.now();
    let state = match outcome {
        Outcome::Failed(code) => failed(&taken.state, code, now),
        Outcome::Same => succeeded(&taken.state, now),
        Outcome::Read {
            busy,
            problems,
            tag,
        } => {
            let digest = digest(&busy);
            let known = taken.state.digest.as_ref() == Some(&digest);
            let count = busy.len();
            match (known, replace(app, &taken, busy).await?) {
                (false, Err(code)) => failed(&taken.state, code, now),
                _ => SubscriptionState {
                    count,
                    problems,
                    tag,
                    digest: Some(digest),
                    ..succeeded(&taken.state, now)
                },
            }
        }
    };
    let state = SubscriptionState {
        next_at: state.next_at + jitter(&taken),
        ..state
    };
    app.engine.note_subscription(&taken, &state).await?;
    Ok(())
}

async fn fetch<S: Store>(app: &App<S>, taken: &Subscribed) -> Result<Outcome, Error> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("text/calendar"));
    let tag = taken.state.tag.as_deref();
    if let Some(Ok(tag)) = tag.map(HeaderValue::from_str) {
        headers.insert(IF_NONE_MATCH, tag);
    }
    let url = &taken.subscription.value.url;
    let asked = app.outbound.get(url, headers, CALENDAR_BYTES_MAX).await;
    let answer = match asked {
        Ok(answer) => answer,
        Err(error) => return Ok(Outcome::Failed(error.code())),
    };
    match answer.status {
        StatusCode::NOT_MODIFIED if tag.is_some() => return Ok(Outcome::Same),
        StatusCode::OK => {}
        _ => return Ok(Outcome::Failed("calendar-status")),
    }
    let tag = answer.headers.get(ETAG).and_then(|tag| tag.to_str().ok());
    let Ok(text) = std::str::from_utf8(&answer.body) else {
        return Ok(Outcome::Failed("body-not-utf8"));
    };
    read(app, taken, (text, tag.map(str::to_owned))).await
}

async fn read<S: Store>(
    app: &App<S>,
    taken: &Subscribed,
    (text, tag): (&str, Option<String>),
) -> Result<Outcome, Error> {
    let subscription = &taken.subscription.value;
    let (provider, resource) = (&subscription.provider, &subscription.resource);
    let Some(resource) = app.engine.resource(provider, resource).await? else {
        return Ok(Outcome::Failed("not-found"));
    };
    let zone = resource.value.schedule.zone;
    let mut options = options(zone, app.engine.now());
    match own_uids(app, provider).await {
        Ok(uids) => options.ignored_uids = uids,
        Err(problem) => return Ok(Outcome::Failed(problem.code)),
    }
    Ok(match read_busy(text, &options) {
        Ok(read) => Outcome::Read {
            problems: read.problems.len() + read.problems_left_off,
            busy: read
                .busy
                .as_slice()
                .iter()
                .map(|each| Busy::from(*each))
                .collect(),
            tag,
        },
        Err(error) => Outcome::Failed(error.code()),
    })
}

/// How calendars of others are read.
pub(crate) fn options(zone: Zone, now: DateTime<Utc>) -> CalendarOptions {
    let (past, ahead) = (TimeDelta::days(PAST_DAYS), TimeDelta::days(NEXT_DAYS_MAX));
    let window = Interval::new(now - past, now + ahead).expect("two years are an interval");
    let mut options = CalendarOptions::new(window);
    options.fallback_zone = Some(zone);
    options
}

/// Replaces the busy time of the source; what is wrong with it is told by its code.
async fn replace<S: Store>(
    app: &App<S>,
    taken: &Subscribed,
    busy: Vec<Busy>,
) -> Result<Result<(), &'static str>, Error> {
    if taken.state.digest.as_ref() == Some(&digest(&busy)) {
        return Ok(Ok(()));
    }
    let subscription = &taken.subscription.value;
    let of = (subscription.provider.clone(), subscription.resource.clone());
    let source = &subscription.source;
    let replaced = app
        .engine
        .replace_busy(Context::system(), of, source, BusyTime { busy });
    match replaced.await {
        Ok(_) => Ok(Ok(())),
        Err(error @ (Error::NotFound { .. } | Error::Invalid(_))) => Ok(Err(error.code())),
        Err(error) => Err(error),
    }
}

fn succeeded(state: &SubscriptionState, now: DateTime<Utc>) -> SubscriptionState {
    SubscriptionState {
        next_at: now + TimeDelta::seconds(INTERVAL_SECONDS),
        succeeded_at: Some(now),
        failures: 0,
        error: None,
        ..state.clone()
    }
}

/// Twice as long after each failure; what was read before stays.
fn failed(state: &SubscriptionState, code: &str, now: DateTime<Utc>) -> SubscriptionState {
    let doubled = INTERVAL_SECONDS << state.failures.min(10);
    SubscriptionState {
        next_at: now + TimeDelta::seconds(doubled.min(BACKOFF_SECONDS_MAX)),
        failures: state.failures.saturating_add(1),
        error: Some(code.to_owned()),
        ..state.clone()
    }
}

/// Up to a minute more or less, by the calendar and the time: calendars that were subscribed to at
/// the same time are not read at the same time for ever.
fn jitter(taken: &Subscribed) -> TimeDelta {
    let mut digest = Sha256::new();
    let text = serde_json::to_string(&taken.subscription.value).expect("a record has a JSON form");
    digest.update(text);
    digest.update(taken.state.next_at.timestamp().to_be_bytes());
    let bytes = digest.finalize();
    let number = i64::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    TimeDelta::seconds(number % (2 * JITTER_SECONDS + 1) - JITTER_SECONDS)
}

fn digest(busy: &[Busy]) -> String {
    let text = serde_json::to_string(busy).expect("busy time has a JSON form");
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_left_alone_for_longer_and_longer() {
        let now = DateTime::UNIX_EPOCH;
        let mut state = SubscriptionState::default();
        let mut waits = Vec::new();
        for _ in 0..9 {
            state = failed(&state, "outbound-connect", now);
            waits.push((state.next_at - now).num_minutes());
        }
        assert_eq!(waits, [15, 30, 60, 120, 240, 480, 960, 1_440, 1_440]);
        assert_eq!(succeeded(&state, now).failures, 0);
    }
}
