//! Who replaces something, over which version and under which key.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use quando::id::ProviderId;
use quando_engine::store::Store;
use quando_engine::{Context, Expected};

use crate::App;
use crate::extract::{IfMatch, KeyIfAny};
use crate::identity::Identity;
use crate::problem::Problem;

/// Who replaces something, over which version and under which key.
#[derive(Debug)]
pub(super) struct Edit {
    caller: Identity,
    version: IfMatch,
    key: KeyIfAny,
}

impl<S: Store + 'static> FromRequestParts<App<S>> for Edit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App<S>) -> Result<Edit, Problem> {
        Ok(Edit {
            caller: Identity::from_request_parts(parts, app).await?,
            version: IfMatch::from_request_parts(parts, app).await?,
            key: KeyIfAny::from_request_parts(parts, app).await?,
        })
    }
}

impl Edit {
    /// Who asks.
    pub(super) fn caller(&self) -> &Identity {
        &self.caller
    }

    /// What the engine is told where any version may be written over; who may do it was asked before.
    pub(super) fn over_any(self) -> (Context, Expected) {
        (self.caller.context(self.key.0), self.version.or_any())
    }

    /// What the engine is told, once it is sure that the caller manages the provider and has seen
    /// what it replaces.
    pub(super) fn of(self, provider: &ProviderId) -> Result<(Context, Expected), Problem> {
        self.caller.must_manage(provider)?;
        let expected = self.version.required()?;
        Ok((self.caller.context(self.key.0), expected))
    }
}
