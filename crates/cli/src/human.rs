//! What is stored, as people read it.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use quando::availability::Resource;
use quando::booking::Booking;
use quando::fees::{BasePrice, PricePolicy};
use quando::schedule::Weekly;
use quando::time::Zone;
use quando_engine::Deleted;
use quando_engine::record::{Provider, Service, Versioned};

use crate::local::{clock_text, date_text, end_text};
use crate::output::one_line;
use crate::weekly;

/// Columns as wide as their widest cell, two spaces apart.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{:width$}  ", one_line(cell));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// What to say in place of an empty table.
pub(crate) fn or_nothing(text: String, nothing: &str) -> String {
    if text.is_empty() {
        format!("{nothing}\n")
    } else {
        text
    }
}

pub(crate) fn providers(items: &[Versioned<Provider>]) -> String {
    let rows = items.iter().map(|item| {
        let provider = &item.value;
        let mut state = Vec::new();
        if provider.verified {
            state.push("verified");
        }
        if !provider.active {
            state.push("not active");
        }
        vec![
            provider.id.to_string(),
            provider.name.clone(),
            provider.zone.to_string(),
            state.join(", "),
        ]
    });
    or_nothing(table(&rows.collect::<Vec<_>>()), "no providers")
}

pub(crate) fn provider(item: &Versioned<Provider>) -> String {
    providers(std::slice::from_ref(item))
}

pub(crate) fn resources(items: &[Versioned<Resource>]) -> String {
    let rows = items.iter().map(|item| {
        let resource = &item.value;
        vec![
            resource.id.to_string(),
            match resource.capacity.get() {
                1 => "1 unit".to_owned(),
                many => format!("{many} units"),
            },
            resource.schedule.zone.to_string(),
            hours(&resource.schedule.weekly),
        ]
    });
    or_nothing(table(&rows.collect::<Vec<_>>()), "no resources")
}

pub(crate) fn resource(item: &Versioned<Resource>) -> String {
    resources(std::slice::from_ref(item))
}

fn hours(weekly: &Weekly) -> String {
    if weekly.is_empty() {
        "no weekly hours".to_owned()
    } else {
        weekly::text(weekly)
    }
}

pub(crate) fn services(items: &[Versioned<Service>]) -> String {
    let rows = items.iter().map(|item| {
        let service = &item.value;
        let state = if service.active { "" } else { "not active" };
        vec![
            service.id.to_string(),
            service.name.clone(),
            format!("{} min", service.timing.duration_minutes.get()),
            price(&service.offer.terms.price),
            state.to_owned(),
        ]
    });
    or_nothing(table(&rows.collect::<Vec<_>>()), "no services")
}

pub(crate) fn service(item: &Versioned<Service>) -> String {
    services(std::slice::from_ref(item))
}

fn price(policy: &PricePolicy) -> String {
    match &policy.terms().base {
        BasePrice::PerBooking { price } => price.to_string(),
        BasePrice::PerHour { price } => format!("{price} an hour"),
        BasePrice::PerMinutes { minutes, price } => format!("{price} for {} min", minutes.get()),
        _ => "by duration".to_owned(),
    }
}

pub(crate) fn bookings(items: &[Booking]) -> String {
    let rows = items.iter().map(|booking| {
        vec![
            booking.id.to_string(),
            booking.status.to_string(),
            slot(booking),
            booking.service.to_string(),
            booking.customer.to_string(),
            booking.quote.total().to_string(),
        ]
    });
    or_nothing(table(&rows.collect::<Vec<_>>()), "no bookings")
}

/// A booking on several lines, names before values.
pub(crate) fn booking(booking: &Booking) -> String {
    let served: Vec<String> = booking
        .resources()
        .iter()
        .map(|role| {
            role.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        })
        .collect();
    let mut rows = vec![
        row("booking", &booking.id),
        row("status", &booking.status),
        row("when", &slot(booking)),
        row("provider", &booking.provider),
        row("service", &booking.service),
        row("customer", &booking.customer),
        row("party", &booking.party),
        row("served by", &served.join(" | ")),
        row("price", &booking.quote.total()),
    ];
    if let Some(code) = &booking.confirmation_code {
        rows.push(row("code", code));
    }
    if let Some(due) = booking.due_at {
        rows.push(row("expires", &instant(due, &zone_of(booking))));
    }
    if let Some(cancellation) = &booking.cancellation {
        rows.push(row("goes back", &cancellation.refund));
    }
    table(&rows)
}

fn row(name: &str, value: &impl ToString) -> Vec<String> {
    vec![name.to_owned(), value.to_string()]
}

/// When, on the wall clock of the booking's zone.
fn slot(booking: &Booking) -> String {
    let zone = &zone_of(booking);
    let (start, end) = (booking.slot.start(), booking.slot.end());
    let civil = zone.civil(start);
    format!(
        "{} {} - {} ({zone})",
        date_text(civil.date()),
        clock_text(civil.time()),
        end_text(start, end, zone)
    )
}

/// The zone that a booking was made in; UTC for one that this program does not know.
fn zone_of(booking: &Booking) -> Zone {
    Zone::new(booking.anchor.zone_name()).unwrap_or_else(|_| Zone::utc())
}

/// An instant on a wall clock.
pub(crate) fn instant(instant: DateTime<Utc>, zone: &Zone) -> String {
    let civil = zone.civil(instant);
    format!(
        "{} {} ({zone})",
        date_text(civil.date()),
        clock_text(civil.time())
    )
}

pub(crate) fn deleted(deleted: &Deleted) -> String {
    format!("deleted {}\n", one_line(&deleted.id))
}
