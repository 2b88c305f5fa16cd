//! The paths, one file for each thing. Handlers are thin: they read the request, ask [`access`],
//! call one use case and print its answer.
//!
//! [`access`]: crate::access

#![expect(
    unused_qualifications,
    reason = "so speaks the macro that describes paths"
)]

mod actions;
mod answer;
mod api_keys;
mod bookings;
mod busy;
mod calendars;
mod compute;
mod deliveries;
mod docs;
mod document;
mod edit;
mod events;
mod health;
mod holds;
mod me;
mod payments;
mod providers;
mod quotes;
mod refunds;
mod resources;
mod reviews;
mod search;
mod services;
mod slots;
mod statements;
mod subscriptions;
mod verification;
mod view;
mod webhooks;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, get};
use quando_engine::store::Store;
use utoipa::__dev::SchemaReferences;
use utoipa::openapi::path::Paths;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::PathItemExt;
use utoipa_axum::router::OpenApiRouter;

use crate::App;

/// Paths with their descriptions.
struct Api<S>(OpenApiRouter<App<S>>);

impl<S: Store + 'static> Api<S> {
    /// Adds a handler under the path and method of its description.
    fn on<P, T>(self, handler: impl Handler<T, App<S>>) -> Api<S>
    where
        P: utoipa::Path + SchemaReferences,
        T: 'static,
    {
        let mut schemas = Vec::new();
        P::schemas(&mut schemas);
        let methods = P::methods();
        let filters = methods.iter().map(PathItemExt::to_method_filter);
        let filter = filters.reduce(MethodFilter::or);
        let filter = filter.expect("a description names a method");
        let router = MethodRouter::new().on(filter, handler);
        let mut paths = Paths::new();
        paths.add_path_operation(P::path(), methods, P::operation());
        Api(self.0.routes((schemas, paths, router)))
    }
}

/// All of them, and the description of them.
pub(crate) fn all<S: Store + 'static>() -> Router<App<S>> {
    let (router, document) = described();
    let text = bytes::Bytes::from(document.to_string());
    docs::add(router).route(
        "/api/openapi.json",
        get(move || std::future::ready(document::answer(text.clone()))),
    )
}

/// The paths, and their description as OpenAPI 3.1.
pub(crate) fn described<S: Store + 'static>() -> (Router<App<S>>, serde_json::Value) {
    let api = Api(OpenApiRouter::with_openapi(document::frame()));
    let api = providers::add(api);
    let api = services::add(api);
    let api = resources::add(api);
    let api = busy::add(api);
    let api = slots::add(api);
    let api = compute::add(api);
    let api = quotes::add(api);
    let api = holds::add(api);
    let api = bookings::add(api);
    let api = actions::add(api);
    let api = payments::add(api);
    let api = refunds::add(api);
    let api = verification::add(api);
    let api = calendars::add(api);
    let api = subscriptions::add(api);
    let api = statements::add(api);
    let api = reviews::add(api);
    let api = webhooks::add(api);
    let api = api_keys::add(api);
    let api = deliveries::add(api);
    let api = events::add(api);
    let api = me::add(api);
    let api = health::add(api);
    let (router, mut document) = api.0.split_for_parts();
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", scheme);
    (router, crate::schema::complete(&document))
}
