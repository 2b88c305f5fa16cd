//! Customers without an account: what they may do, and with which token.

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::Method;
use axum::http::request::Parts;
use quando::id::ProviderId;
use quando::idempotency::IdempotencyKey;
use quando_engine::is_guest;
use quando_engine::personal::{EmailAddress, PersonId, PersonName, PersonalData, PhoneNumber};
use quando_engine::store::Store;
use serde::Deserialize;

use crate::App;
use crate::identity::action::{self, Grant, Purpose};
use crate::identity::{Identity, Standing};
use crate::problem::{Fault, Problem};

/// Who books without an account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Guest {
    name: PersonName,
    email: EmailAddress,
    #[serde(default)]
    phone: Option<PhoneNumber>,
}

/// Whoever books: somebody with a token, or somebody who has to say who that is.
#[derive(Clone, Debug)]
pub(crate) enum Booker {
    Known(Identity),
    Stranger,
}

/// To which version of its booking an action token belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ActionVersion(pub(crate) u64);

impl<S: Store + 'static> FromRequestParts<App<S>> for Booker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App<S>) -> Result<Booker, Problem> {
        match Identity::from_request_parts(parts, app).await {
            Ok(identity) => Ok(Booker::Known(identity)),
            Err(problem) if problem.code == Fault::Unauthenticated.code() => Ok(Booker::Stranger),
            Err(problem) => Err(problem),
        }
    }
}

impl Booker {
    /// Who books at a provider, under a key. A guest is a customer of its own for each request.
    pub(crate) fn identify<S: Store>(
        self,
        app: &App<S>,
        guest: Option<&Guest>,
        (provider, key): (&ProviderId, &IdempotencyKey),
    ) -> Result<Identity, Problem> {
        match (self, guest) {
            (Booker::Known(identity), None) => Ok(identity),
            (Booker::Known(_), Some(_)) => {
                let (pointer, message) = ("/guest", "whoever has a token books under it");
                Err(Fault::Field { pointer, message }.into())
            }
            (Booker::Stranger, Some(guest)) if app.settings.guests => {
                let customer = app.engine.guest(provider, key, &guest.email);
                Ok(of_customer(customer.as_str()))
            }
            (Booker::Stranger, _) => Err(Fault::Unauthenticated.into()),
        }
    }
}

impl Identity {
    /// Whether it is a customer without an account.
    pub(crate) fn is_guest(&self) -> bool {
        self.standing == Standing::Customer && is_guest(self.subject.as_str())
    }
}

/// Keeps what a guest said of itself, sealed; the same again when the request is repeated.
pub(crate) async fn keep<S: Store>(
    app: &App<S>,
    guest: Option<Guest>,
    caller: &Identity,
    key: IdempotencyKey,
) -> Result<(), Problem> {
    let Some(guest) = guest else {
        return Ok(());
    };
    let person = PersonId::from(&caller.as_customer());
    let data = PersonalData {
        name: Some(guest.name),
        email: Some(guest.email),
        phone: guest.phone,
        notes: None,
    };
    let context = caller.context(Some(key));
    app.engine.put_person(context, person, data).await?;
    Ok(())
}

/// Who asks with an action token, if the request is what it is for.
pub(super) async fn by_action<S: Store + 'static>(
    parts: &mut Parts,
    app: &App<S>,
) -> Result<Option<Identity>, Problem> {
    let Some(token) = action::token(parts)? else {
        return Ok(None);
    };
    let grant = action::read(&app.engine, &token, app.engine.now())?;
    must_be_for(&grant, parts, app).await?;
    let booking = app.engine.show_booking(&grant.key()).await?;
    match grant.purpose {
        // The one stays until the booking is over, the other until the hold is a booking.
        Purpose::View | Purpose::Book => {}
        // A hold has no answer that could be asked for again.
        Purpose::Cancel if parts.method == Method::DELETE => {
            if booking.version != grant.version {
                return Err(Fault::PreconditionFailed.into());
            }
        }
        // The engine compares, once it knows that the request is no repetition.
        Purpose::Cancel | Purpose::Reschedule | Purpose::Review | Purpose::Dispute => {
            parts.extensions.insert(ActionVersion(grant.version));
        }
    }
    Ok(Some(of_customer(booking.customer.as_str())))
}

/// That a token is for the booking of the path and for what is asked of it.
async fn must_be_for<S: Store + 'static>(
    grant: &Grant,
    parts: &mut Parts,
    app: &App<S>,
) -> Result<(), Problem> {
    let route = parts.extensions.get::<MatchedPath>();
    let route = route.map_or("", MatchedPath::as_str).to_owned();
    let is_for = purposes(&parts.method, &route).contains(&grant.purpose);
    let params = RawPathParams::from_request_parts(parts, app).await;
    let named = match &params {
        Ok(params) => params.iter().next().map(|(_, value)| value.to_owned()),
        Err(_) => None,
    };
    let is_of = named.is_none_or(|id| id == grant.booking.as_str());
    if is_for && is_of {
        return Ok(());
    }
    Err(Fault::NotAllowed("the action token is for something else").into())
}

/// What a token may be for, to ask for a path.
fn purposes(method: &Method, route: &str) -> &'static [Purpose] {
    match (method.as_str(), route) {
        ("GET", "/api/bookings/{booking}") => &[Purpose::View],
        ("GET", "/api/bookings/{booking}/statement" | "/api/bookings/{booking}/calendar.ics") => {
            &[Purpose::View]
        }
        ("GET", "/api/bookings/{booking}/cancellation-preview") => {
            &[Purpose::View, Purpose::Cancel]
        }
        ("POST", "/api/bookings") => &[Purpose::Book],
        ("POST", "/api/bookings/{booking}/cancel") | ("DELETE", "/api/holds/{hold}") => {
            &[Purpose::Cancel]
        }
        ("POST", "/api/bookings/{booking}/reschedule") => &[Purpose::Reschedule],
        ("POST", "/api/bookings/{booking}/review") => &[Purpose::Review],
        ("POST", "/api/bookings/{booking}/dispute") => &[Purpose::Dispute],
        _ => &[],
    }
}

fn of_customer(id: &str) -> Identity {
    Identity {
        subject: quando::id::ActorId::new(id).expect("ids have one form"),
        standing: Standing::Customer,
    }
}
