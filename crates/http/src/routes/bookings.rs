//! Bookings: made, listed and shown.

use std::num::NonZeroU32;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use quando::booking::{Booking, HoldToken, Note, Status};
use quando::fees::ItemId;
use quando::id::{BookingId, CustomerId, ProviderId, ResourceId, ServiceId};
use quando::money::Money;
use quando::time::Minutes;
use quando_engine::store::Store;
use quando_engine::{BookHold, BookingKey, Done, NewBooking};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Api;
use super::answer::{ListPage, at, listed, mark, versioned};
use super::search::{out_of_range, wrong};
use super::view::BookingView;
use crate::App;
use crate::access::{Booker, Guest, keep};
use crate::extract::{At, Instant, Json, Key, Parameters};
use crate::identity::{Identity, Standing};
use crate::problem::{Fault, Problem};

/// Longest note, in characters.
const NOTE_CHARS_MAX: usize = 500;

pub(super) fn add<S: Store + 'static>(api: Api<S>) -> Api<S> {
    api.on::<__path_create, _>(create::<S>)
        .on::<__path_list, _>(list::<S>)
        .on::<__path_show, _>(show::<S>)
}

/// What somebody wants to book or to hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Wish {
    provider_id: ProviderId,
    service_id: ServiceId,
    /// When it starts.
    date: Instant,
    /// In minutes; as the service says when absent.
    #[serde(default)]
    duration: Option<Minutes>,
    /// For whom, where that is not the caller.
    #[serde(default)]
    customer_id: Option<CustomerId>,
    #[serde(default)]
    notes: Option<Note>,
    #[serde(default)]
    party: Option<NonZeroU32>,
    #[serde(default)]
    add_ons: Vec<ItemId>,
    #[serde(default)]
    discount: Option<ItemId>,
    #[serde(default)]
    tips: Option<Money>,
    /// By role, where the customer chose.
    #[serde(default)]
    resources: Option<Vec<Vec<ResourceId>>>,
    /// Why it is booked although it is taken; for operators and providers.
    #[serde(default)]
    override_reason: Option<Note>,
    /// The hold that becomes the booking.
    #[serde(default)]
    hold: Option<HoldReference>,
    /// Who books, where that is somebody without a token.
    #[serde(default)]
    guest: Option<Guest>,
}

/// Which hold, and the secret of its holder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HoldReference {
    id: BookingId,
    token: HoldToken,
}

impl Wish {
    /// The wish for the engine, for a customer.
    pub(super) fn wanted(self, customer: CustomerId) -> Result<NewBooking, Problem> {
        check_note(self.notes.as_ref())?;
        Ok(NewBooking {
            provider: self.provider_id,
            service: self.service_id,
            customer,
            start: self.date.0,
            duration_minutes: self.duration,
            party: self.party,
            add_ons: self.add_ons,
            discount: self.discount,
            tips: self.tips,
            notes: self.notes,
            resources: self.resources,
            override_reason: self.override_reason,
            series: None,
        })
    }

    pub(super) fn provider(&self) -> &ProviderId {
        &self.provider_id
    }

    pub(super) fn guest(&self) -> Option<Guest> {
        self.guest.clone()
    }

    pub(super) fn customer(&self) -> Option<CustomerId> {
        self.customer_id.clone()
    }

    /// That it names no hold, where there is nothing to do with one.
    pub(super) fn must_be_new(&self) -> Result<(), Problem> {
        match &self.hold {
            None => Ok(()),
            Some(_) => Err(field("/hold", "that is for bookings alone")),
        }
    }

    /// That it is a wish for what is held.
    fn must_be(&self, held: &Booking) -> Result<(), Problem> {
        let minutes = held.slot.duration().num_minutes();
        let other_length = |wanted: Minutes| i64::from(wanted.get()) != minutes;
        if held.service != self.service_id {
            return Err(field("/serviceId", "the hold is for another service"));
        }
        if held.slot.start() != self.date.0 {
            return Err(field("/date", "the hold is for another start"));
        }
        if self.add_ons.is_empty() && self.duration.is_some_and(other_length) {
            return Err(field("/duration", "the hold is for another duration"));
        }
        if self.party.is_some_and(|party| party != held.party) {
            return Err(field("/party", "the hold is for another party"));
        }
        Ok(())
    }
}

pub(super) fn check_note(note: Option<&Note>) -> Result<(), Problem> {
    let long = note.is_some_and(|note| note.as_str().chars().count() > NOTE_CHARS_MAX);
    if long {
        return Err(field("/notes", "a note has at most 500 characters"));
    }
    Ok(())
}

fn field(pointer: &'static str, message: &'static str) -> Problem {
    Fault::Field { pointer, message }.into()
}

/// Books a slot, or turns a hold into a booking.
#[utoipa::path(
    post, path = "/api/bookings", tag = "bookings", operation_id = "createBooking",
    params(("Idempotency-Key" = String, Header, description = "1 to 255 printable characters")),
    request_body(
        content = Value,
        description = "`providerId`, `serviceId`, `date`; also `duration`, `notes`, `party`, \
            `addOns`, `discount`, `tips`, `resources`, `hold`, `customerId`, `overrideReason`, `guest`",
    ),
    security(("bearer" = [])),
    responses(
        (status = 201, description = "The booking", body = Value),
        (status = 400, description = "There is no `Idempotency-Key`, or the body is no JSON"),
        (status = 404, description = "There is no such provider or service"),
        (status = 409, description = "The slot is not free"),
        (status = 422, description = "The wish is not valid, or the key is another wish's"),
    )
)]
async fn create<S: Store + 'static>(
    State(app): State<App<S>>,
    booker: Booker,
    Key(key): Key,
    Json(wish): Json<Wish>,
) -> Result<Response, Problem> {
    let caller = booker.identify(&app, wish.guest.as_ref(), (wish.provider(), &key))?;
    let customer = caller.customer(wish.customer(), wish.provider())?;
    check_note(wish.notes.as_ref())?;
    let guest = wish.guest.clone();
    let context = caller.context(Some(key.clone()));
    let done = match wish.hold.clone() {
        None => {
            app.engine
                .create_booking(context, wish.wanted(customer)?)
                .await
        }
        Some(hold) => {
            let of_hold = BookingKey {
                provider: wish.provider_id.clone(),
                booking: hold.id,
            };
            let held = app.engine.show_booking(&of_hold).await?;
            caller.must_see(&held)?;
            wish.must_be(&held)?;
            let request = BookHold {
                token: hold.token,
                notes: wish.notes,
            };
            app.engine.book_hold(context, of_hold, request).await
        }
    };
    let done = done.map_err(|error| caller.told(error))?;
    keep(&app, guest, &caller, key).await?;
    let path = format!("/api/bookings/{}", done.value.id);
    Ok(at(
        changed(&app, &caller, StatusCode::CREATED, done).await?,
        &path,
    ))
}

/// The answer to a command on a booking.
pub(super) async fn changed<S: Store>(
    app: &App<S>,
    caller: &Identity,
    status: StatusCode,
    done: Done<Booking>,
) -> Result<Response, Problem> {
    app.wake.notify_one();
    let (version, instant) = (done.value.version, done.value.updated_at);
    let view = BookingView::of(&app.engine, caller, done.value, instant).await?;
    let mut response = versioned(version, &view);
    *response.status_mut() = status;
    Ok(mark(response, done.replayed))
}

/// Which bookings.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct ListParameters {
    /// Of which provider; for operators.
    provider_id: Option<String>,
    /// Of which customer; for operators.
    customer_id: Option<String>,
    /// Only with this status.
    #[param(value_type = Option<String>)]
    status: Option<Status>,
    /// The `next` of the page before.
    #[serde(rename = "cursor")]
    after: Option<String>,
    /// Bookings of a page, 50 unless said otherwise, at most 200.
    limit: Option<u32>,
}

/// Lists own bookings, the newest first: a customer's, or a provider's.
#[utoipa::path(
    get, path = "/api/bookings", tag = "bookings", operation_id = "listBookings",
    params(ListParameters), security(("bearer" = [])),
    responses((status = 200, description = "A page of bookings", body = Value))
)]
async fn list<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Response, Problem> {
    let limit = parameters.limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        return Err(wrong("`limit` is 1 to 200"));
    }
    let after = parameters.after.clone().map(BookingId::new).transpose();
    let after = after.map_err(|_| wrong("`cursor` is the `next` of a page"))?;
    let whose = whose(&caller, &parameters)?;
    let more = limit + 1;
    let found = match &whose {
        Whose::Customer(customer) => match parameters.status {
            None => app.engine.customer_bookings(customer, after, more).await?,
            Some(status) => {
                app.engine
                    .customer_bookings_in(customer, status, after, more)
                    .await?
            }
        },
        Whose::Provider(provider) => {
            let status = parameters.status;
            app.engine.bookings(provider, status, after, more).await?
        }
    };
    let found = ListPage::cut(found, limit, |each| each.id.to_string());
    let now = app.engine.now();
    let mut items = Vec::with_capacity(found.items.len());
    for booking in found.items {
        items.push(BookingView::of(&app.engine, &caller, booking, now).await?);
    }
    let page = ListPage {
        items,
        next: found.next,
    };
    Ok(listed(&page))
}

#[derive(Debug)]
enum Whose {
    Customer(CustomerId),
    Provider(ProviderId),
}

fn whose(caller: &Identity, parameters: &ListParameters) -> Result<Whose, Problem> {
    let named = (&parameters.provider_id, &parameters.customer_id);
    let whose = match (&caller.standing, named) {
        (Standing::Customer, (None, None)) => Whose::Customer(caller.as_customer()),
        (Standing::Provider(own), (None, None)) => Whose::Provider(own.clone()),
        (Standing::Operator, (Some(id), None)) => {
            let id = ProviderId::new(id.as_str());
            Whose::Provider(id.map_err(|error| wrong(&error.to_string()))?)
        }
        (Standing::Operator, (None, Some(id))) => {
            let id = CustomerId::new(id.as_str());
            Whose::Customer(id.map_err(|error| wrong(&error.to_string()))?)
        }
        (Standing::Operator, _) => {
            return Err(out_of_range("operators name `providerId` or `customerId`"));
        }
        _ => return Err(Fault::NotAllowed("everybody sees the own bookings").into()),
    };
    Ok(whose)
}

/// Shows a booking.
#[utoipa::path(
    get, path = "/api/bookings/{booking}", tag = "bookings", operation_id = "showBooking",
    params(("booking" = String, Path, description = "Its id")),
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The booking; its version is the ETag", body = Value),
        (status = 404, description = "There is none, or it is not the caller's"),
    )
)]
async fn show<S: Store + 'static>(
    State(app): State<App<S>>,
    caller: Identity,
    At(id): At<BookingId>,
) -> Result<Response, Problem> {
    let (_, booking) = own(&app, &caller, &id).await?;
    let (version, now) = (booking.version, app.engine.now());
    let view = BookingView::of(&app.engine, &caller, booking, now).await?;
    Ok(versioned(version, &view))
}

/// A booking that the caller may see.
pub(super) async fn own<S: Store>(
    app: &App<S>,
    caller: &Identity,
    id: &BookingId,
) -> Result<(BookingKey, Booking), Problem> {
    let key = app.engine.find_booking(id).await?;
    let booking = app.engine.show_booking(&key).await?;
    caller.must_see(&booking)?;
    Ok((key, booking))
}
