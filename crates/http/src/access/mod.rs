//! Who may do what. Every handler asks here, and nothing else decides.
//!
//! Whoever may not see something is told that it is not there; whoever may see it and not change it
//! is told that it may not.

mod guest;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use quando::booking::{Booking, Rejection};
use quando::id::{CustomerId, ProviderId};
use quando::idempotency::IdempotencyKey;
use quando::review::Party;
use quando_engine::store::Store;
use quando_engine::{Context, Error};

use crate::App;
use crate::identity::api_key::{is_key, is_program};
use crate::identity::{Caller, Identity, Standing, bearer, is_of_issuer};
use crate::live::{Audience, Bookings, Whose};
use crate::problem::{Fault, Problem};

pub(crate) use guest::{ActionVersion, Booker, Guest, keep};

impl<S: Store + 'static> FromRequestParts<App<S>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App<S>) -> Result<Caller, Problem> {
        match parts.extensions.get::<Asked>() {
            Some(Asked(asked)) => asked.clone(),
            None => app.identify(&parts.headers).await,
        }
    }
}

/// Who asks, found out once for each request.
#[derive(Clone, Debug)]
pub(crate) struct Asked(pub(crate) Result<Caller, Problem>);

impl<S: Store> App<S> {
    /// Who asks, by what the request brings.
    pub(crate) async fn identify(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        let Some(token) = bearer(headers)? else {
            return Ok(Caller::Anonymous);
        };
        if is_key(token) {
            let identity = self.api_keys.check(&self.engine, token).await?;
            return Ok(Caller::Known(identity));
        }
        let now = self.engine.now();
        let identity = match &self.settings.issuer {
            Some(issuer) if is_of_issuer(token) => issuer.check(token, now).await?,
            _ => self.tokens.check(token, now)?,
        };
        Ok(Caller::Known(identity))
    }
}

/// Somebody with a token, which may be for this action alone; others are refused.
impl<S: Store + 'static> FromRequestParts<App<S>> for Identity {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App<S>) -> Result<Identity, Problem> {
        match Caller::from_request_parts(parts, app).await? {
            Caller::Known(identity) => Ok(identity),
            Caller::Anonymous => {
                let by_action = guest::by_action(parts, app).await?;
                by_action.ok_or_else(|| Fault::Unauthenticated.into())
            }
        }
    }
}

impl Caller {
    /// Whether the caller manages a provider: sees also what the public does not.
    pub(crate) fn manages(&self, provider: &ProviderId) -> bool {
        match self {
            Caller::Anonymous => false,
            Caller::Known(identity) => identity.manages(provider),
        }
    }

    /// What the caller may listen to: anybody when a provider's time changes, and everybody the
    /// own bookings; with a provider, only those with it.
    pub(crate) fn audience(&self, provider: Option<ProviderId>) -> Result<Audience, Problem> {
        let time = provider.clone().map(Whose::Provider);
        let (availability, bookings) = match self {
            Caller::Anonymous => {
                let message = "`providerId` is needed without a token";
                let time = time.ok_or_else(|| Fault::Parameter(message.to_owned()))?;
                (time, Bookings::Nobody)
            }
            Caller::Known(identity) => match (&identity.standing, provider) {
                (Standing::Customer, provider) => {
                    let own = Bookings::Customer(identity.as_customer(), provider);
                    (time.unwrap_or(Whose::Nobody), own)
                }
                (Standing::Provider(own), Some(other)) if *own != other => {
                    (Whose::Provider(other), Bookings::Nobody)
                }
                (Standing::Provider(own), _) => (
                    Whose::Provider(own.clone()),
                    Bookings::Provider(own.clone()),
                ),
                (Standing::Operator, None) => (Whose::Everybody, Bookings::Everybody),
                (Standing::Operator, Some(one)) => {
                    (Whose::Provider(one.clone()), Bookings::Provider(one))
                }
            },
        };
        Ok(Audience {
            availability,
            bookings,
        })
    }
}

impl Identity {
    /// What the engine is told of who asks, and under which key.
    pub(crate) fn context(&self, key: Option<IdempotencyKey>) -> Context {
        Context { by: self.by(), key }
    }

    pub(crate) fn manages(&self, provider: &ProviderId) -> bool {
        match &self.standing {
            Standing::Customer => false,
            Standing::Provider(own) => own == provider,
            Standing::Operator => true,
        }
    }

    /// That it manages a provider, whose profile everybody sees.
    pub(crate) fn must_manage(&self, provider: &ProviderId) -> Result<(), Problem> {
        if self.manages(provider) {
            return Ok(());
        }
        Err(Fault::NotAllowed("that is for the provider and for operators").into())
    }

    /// That it is of the marketplace's staff.
    pub(crate) fn must_operate(&self) -> Result<(), Problem> {
        match self.standing {
            Standing::Operator => Ok(()),
            _ => Err(Fault::NotAllowed("that is for operators").into()),
        }
    }

    /// That it acts for a provider or for the marketplace.
    pub(crate) fn must_be_staff(&self) -> Result<(), Problem> {
        match self.standing {
            Standing::Customer => {
                Err(Fault::NotAllowed("that is for providers and operators").into())
            }
            Standing::Provider(_) | Standing::Operator => Ok(()),
        }
    }

    /// That it is no program: keys make no keys, which would outlive them.
    pub(crate) fn must_be_a_person(&self) -> Result<(), Problem> {
        if is_program(self) {
            return Err(Fault::NotAllowed("that is for people, not for API keys").into());
        }
        Ok(())
    }

    /// Whether it manages a provider, or where there is none the marketplace.
    pub(crate) fn manages_for(&self, provider: Option<&ProviderId>) -> bool {
        match provider {
            Some(provider) => self.manages(provider),
            None => self.standing == Standing::Operator,
        }
    }

    /// That it manages a provider, or where there is none the marketplace.
    pub(crate) fn must_manage_for(&self, provider: Option<&ProviderId>) -> Result<(), Problem> {
        match provider {
            Some(provider) => self.must_manage(provider),
            None => self.must_operate(),
        }
    }

    /// The provider that it acts for.
    pub(crate) fn own_provider(&self) -> Option<ProviderId> {
        match &self.standing {
            Standing::Provider(own) => Some(own.clone()),
            Standing::Customer | Standing::Operator => None,
        }
    }

    /// For whom is booked: customers book for themselves, others say for whom.
    pub(crate) fn customer(
        &self,
        named: Option<CustomerId>,
        provider: &ProviderId,
    ) -> Result<CustomerId, Problem> {
        match &self.standing {
            Standing::Customer => {
                let own = self.as_customer();
                if named.is_some_and(|named| named != own) {
                    let message = "customers book for themselves";
                    return Err(Fault::NotAllowed(message).into());
                }
                Ok(own)
            }
            Standing::Provider(_) | Standing::Operator => {
                self.must_manage(provider)?;
                named.ok_or_else(|| {
                    let (pointer, message) = ("/customerId", "it has to be said who books");
                    Fault::Field { pointer, message }.into()
                })
            }
        }
    }

    /// Its own id as a customer.
    pub(crate) fn as_customer(&self) -> CustomerId {
        CustomerId::new(self.subject.as_str()).expect("ids have one form")
    }

    /// That a booking is one of its own, or of its provider's.
    pub(crate) fn must_see(&self, booking: &Booking) -> Result<(), Problem> {
        let sees = match &self.standing {
            Standing::Customer => booking.customer.as_str() == self.subject.as_str(),
            Standing::Provider(own) => booking.provider == *own,
            Standing::Operator => true,
        };
        if sees {
            return Ok(());
        }
        Err(Problem::not_found("booking"))
    }

    /// As which side of a booking it sees reviews; operators see what everybody does.
    pub(crate) fn party(&self) -> Option<Party> {
        match self.standing {
            Standing::Customer => Some(Party::Customer),
            Standing::Provider(_) => Some(Party::Provider),
            Standing::Operator => None,
        }
    }

    /// An error as this caller may see it: only providers and operators learn why a slot is not
    /// free, for that tells who is busy.
    pub(crate) fn told(&self, error: Error) -> Problem {
        let reasons = match (&error, &self.standing) {
            (_, Standing::Customer) => Vec::new(),
            (Error::Rejected(rejection), _) => match &**rejection {
                Rejection::SlotNotFree { reasons } => reasons.clone(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let mut problem = Problem::from(error);
        problem.reasons = reasons;
        problem
    }
}
