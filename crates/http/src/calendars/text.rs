//! Bookings and busy time as iCalendar texts.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use quando::booking::Booking;
use quando::booking::calendar_entry::EntryDetails;
use quando::calendar::{
    CalendarEvent, CalendarWriteError, Feed, FreeBusy, Person, TimeTaken, uid_of, write_feed,
    write_free_busy,
};
use quando::id::{ProviderId, ResourceId, ServiceId};
use quando::time::{Interval, Minutes};
use quando_engine::CalendarLink;
use quando_engine::limits::PAGE_MAX;
use quando_engine::record::Provider;
use quando_engine::store::Store;

use crate::App;
use crate::problem::{Fault, Problem};

/// How far back and ahead a calendar goes, in days.
const PAST_DAYS: i64 = 31;
const AHEAD_DAYS: i64 = 366;
/// How far ahead free and busy time goes, in days: what a customer plans for.
const FREE_BUSY_DAYS: i64 = 92;
/// How often subscribers are asked to look again.
const REFRESH_MINUTES: u32 = 15;

/// What a calendar shows at an instant.
pub(crate) fn window(now: DateTime<Utc>) -> Interval {
    let (past, ahead) = (TimeDelta::days(PAST_DAYS), TimeDelta::days(AHEAD_DAYS));
    Interval::new(now - past, now + ahead).expect("a year is an interval")
}

/// The bookings of a provider as a calendar: what and when, and nothing about who.
pub(crate) async fn feed<S: Store>(app: &App<S>, provider: &Provider) -> Result<String, Problem> {
    let names = services(app, &provider.id).await?;
    let window = window(app.engine.now());
    let bookings = app.engine.calendar_bookings(&provider.id, window).await?;
    let events = bookings
        .iter()
        .map(|booking| event(booking, provider, (&names, &app.shop.calendar_domain)));
    let feed = Feed {
        name: provider.name.clone(),
        zone: Some(provider.zone.clone()),
        refresh_minutes: Minutes::new(REFRESH_MINUTES).ok(),
        events: events
            .collect::<Result<_, _>>()
            .map_err(|error| unwritten(&error))?,
    };
    write_feed(&feed).map_err(|error| unwritten(&error))
}

/// One booking as a calendar, for its customer to keep.
pub(crate) async fn of_booking<S: Store>(
    app: &App<S>,
    booking: &Booking,
) -> Result<String, Problem> {
    let found = app.engine.provider(&booking.provider).await?;
    let provider = match found {
        Some(found) => found.value,
        // It has left, and the booking stays.
        None => Provider::new(booking.provider.clone(), "", utc()?),
    };
    let names = services(app, &booking.provider).await?;
    let domain = &app.shop.calendar_domain;
    let event = event(booking, &provider, (&names, domain)).map_err(|error| unwritten(&error))?;
    let feed = Feed {
        events: vec![event],
        ..Feed::default()
    };
    write_feed(&feed).map_err(|error| unwritten(&error))
}

/// When a provider or a resource is busy, and nothing about what. The text is the same for an hour
/// as long as nothing changes.
pub(crate) async fn free_busy<S: Store>(
    app: &App<S>,
    link: &CalendarLink,
    resource: Option<&ResourceId>,
) -> Result<String, Problem> {
    let now = app.engine.now();
    let hour = TimeDelta::seconds(i64::from(now.minute() * 60 + now.second()));
    let start = now - hour;
    let window = Interval::new(start, start + TimeDelta::days(FREE_BUSY_DAYS))
        .expect("some days are an interval");
    let busy = app.engine.busy_time(&link.provider, resource, window);
    let busy = busy.await?;
    let taken = busy.iter().map(|each| TimeTaken {
        interval: each.interval,
        status: each.status,
    });
    let domain = &app.shop.calendar_domain;
    let time = FreeBusy {
        uid: format!("{}@{domain}", link.id),
        email: nobody(domain),
        stamp: start,
        window,
        taken: taken.collect(),
    };
    write_free_busy(&time).map_err(|error| unwritten(&error))
}

/// The names of a provider's own bookings in calendars: a calendar that shows them stands in no
/// booking's way.
pub(crate) async fn own_uids<S: Store>(
    app: &App<S>,
    provider: &ProviderId,
) -> Result<BTreeSet<String>, Problem> {
    let window = window(app.engine.now());
    let bookings = app.engine.calendar_bookings(provider, window).await?;
    let domain = &app.shop.calendar_domain;
    let uids = bookings.iter().map(|each| uid_of(&each.id, domain));
    uids.collect::<Result<_, _>>()
        .map_err(|error| unwritten(&error))
}

fn event(
    booking: &Booking,
    provider: &Provider,
    (names, domain): (&HashMap<ServiceId, String>, &str),
) -> Result<CalendarEvent, CalendarWriteError> {
    let service = names.get(&booking.service);
    let summary = service.map_or(booking.service.as_str(), String::as_str);
    let code = booking.confirmation_code.as_ref();
    booking.calendar_event(&EntryDetails {
        domain: domain.to_owned(),
        summary: summary.to_owned(),
        description: code.map(ToString::to_string).unwrap_or_default(),
        location: String::new(),
        url: None,
        organizer: Person {
            name: provider.name.clone(),
            email: nobody(domain),
        },
        attendees: Vec::new(),
        // The same booking gives the same text.
        stamp: booking.updated_at,
        alarms_before_minutes: Vec::new(),
    })
}

/// An address that stands for the provider, whose own is its own business.
fn nobody(domain: &str) -> String {
    format!("bookings@{domain}")
}

async fn services<S: Store>(
    app: &App<S>,
    provider: &ProviderId,
) -> Result<HashMap<ServiceId, String>, Problem> {
    let found = app.engine.services(provider, None, PAGE_MAX).await?;
    let names = found
        .into_iter()
        .map(|each| (each.value.id, each.value.name));
    Ok(names.collect())
}

fn utc() -> Result<quando::time::Zone, Problem> {
    quando::time::Zone::new("UTC").map_err(|_| Fault::Internal.into())
}

/// A calendar that cannot be written is a fault of what is stored.
fn unwritten(error: &CalendarWriteError) -> Problem {
    log::error!("{}: {error}", error.code());
    Fault::Internal.into()
}
