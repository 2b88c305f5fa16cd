//! What happened to a booking, and to its money.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use quando::id::BookingId;
use quando::ledger::{Account, EntryReason};
use quando::money::{Currency, Money};
use quando::payment::MoneyState;
use quando_engine::StatementEntry;
use quando_engine::store::Store;
use serde::Serialize;

use super::Api;
use super::answer::ListPage;
use super::bookings::own;
use crate::App;
use crate::extract::At;
use crate::identity::{Identity, Standing};
use crate::problem::Problem;

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_history, _>(history::<S>)
        .on::<__path_statement, _>(statement::<S>)
}

/// The ledger of a booking, as somebody may see it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    booking_id: BookingId,
    currency: Currency,
    money: MoneyState,
    entries: Vec<Entry>,
    balances: Vec<Balance>,
}

/// A movement of money.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    version: u64,
    at: DateTime<Utc>,
    reason: EntryReason,
    /// The same in words.
    text: &'static str,
    lines: Vec<Line>,
}

/// A line of an entry: one of the two amounts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    account: Account,
    #[serde(skip_serializing_if = "Option::is_none")]
    debit: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<Money>,
}

/// What is on an account in the end.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Balance {
    account: Account,
    amount: Money,
}

/// Lists what was done to a booking, and in which role.
#[utoipa::path(
    get, path = "/api/bookings/{booking}/history", tag = "bookings",
    operation_id = "showBookingHistory",
    params(("booking" = String, Path, description = "Its id")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Each change: `version`, `at`, `by`, `action`", body = Value),
        (status = 404, description = "There is none, or it is not the caller's"),
    )
)]
async fn history<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<BookingId>,
) -> Result<Response, Problem> {
    let (key, _) = own(&app, &caller, &id).await?;
    let items = app.engine.booking_history(&key).await?;
    Ok(Answer(ListPage { items, next: None }).into_response())
}

/// Shows each movement of a booking's money. A customer sees what was paid and what came back;
/// how the rest is divided is between provider and platform.
#[utoipa::path(
    get, path = "/api/bookings/{booking}/statement", tag = "bookings",
    operation_id = "showStatement",
    params(("booking" = String, Path, description = "Its id")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "Entries with their lines, and balances", body = Value),
        (status = 404, description = "There is none, or it is not the caller's"),
    )
)]
async fn statement<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<BookingId>,
) -> Result<Response, Problem> {
    let (key, booking) = own(&app, &caller, &id).await?;
    let entries = app.engine.booking_statement(&key).await?;
    let accounts = accounts(&caller);
    let entries = entries.into_iter().map(|entry| shown(entry, accounts));
    let payment = &booking.payment;
    let balances = accounts.iter().map(|account| Balance {
        account: *account,
        amount: payment.balances.of(*account),
    });
    let statement = Statement {
        currency: payment.currency(),
        money: booking.money_state(),
        entries: entries.filter(|entry| !entry.lines.is_empty()).collect(),
        balances: balances.filter(|each| !each.amount.is_zero()).collect(),
        booking_id: booking.id,
    };
    Ok(Answer(statement).into_response())
}

/// What somebody sees of the books.
fn accounts(caller: &Identity) -> &'static [Account] {
    match caller.standing {
        Standing::Customer => &[Account::Captured, Account::Refunded, Account::Disputed],
        Standing::Provider(_) | Standing::Operator => &Account::ALL,
    }
}

fn shown(entry: StatementEntry, accounts: &[Account]) -> Entry {
    let seen = entry.postings.into_iter();
    let seen = seen.filter(|posting| accounts.contains(&posting.account));
    let lines = seen.map(|posting| {
        let amount = posting.amount;
        let credit = amount.checked_neg().ok().filter(|_| amount.is_negative());
        Line {
            account: posting.account,
            debit: (!amount.is_negative()).then_some(amount),
            credit,
        }
    });
    Entry {
        version: entry.version,
        at: entry.at,
        reason: entry.reason,
        text: text(entry.reason),
        lines: lines.collect(),
    }
}

fn text(reason: EntryReason) -> &'static str {
    match reason {
        EntryReason::Capture => "The customer paid.",
        EntryReason::PullBack => "Money that had been passed on was taken back.",
        EntryReason::Refund => "Money went back to the customer.",
        EntryReason::DisputeOpened => "The customer's bank took money back.",
        EntryReason::DisputeWon => "The bank gave the money back.",
        EntryReason::DisputeLost => "The money stays with the customer.",
        EntryReason::Release => "The money was divided between provider and platform.",
        EntryReason::Payout => "The provider was paid.",
    }
}
