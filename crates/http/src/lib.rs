//! The reference server of quando, as a library: the use cases of an engine over HTTP.
//!
//! | module | what it has |
//! |---|---|
//! | [`server`] | the socket, the bounds, and the worker beside it |
//! | [`identity`] | who asks: bearer tokens |
//! | `access` | who may do what |
//! | [`problem`] | what is answered in place of what was asked for |
//! | [`guard`] | how often somebody may ask, and how many at a time |
//! | `extract` | bodies, keys and versions out of requests |
//! | `metrics` | what is counted |
//! | `routes` | the paths, one file for each thing |
//! | [`Shop`] | what a marketplace decides for itself |
//! | `deliver` | messages to endpoints |
//! | `live` | events for those who listen |
//! | [`outbound`] | requests to servers of others |
//! | `schema` | what requests and answers look like |
//! | [`demo`] | a small marketplace to look at |

mod access;
mod app;
mod calendars;
mod deliver;
pub mod demo;
mod extract;
pub mod guard;
pub mod identity;
mod live;
mod metrics;
pub mod outbound;
pub mod problem;
mod routes;
mod schema;
pub mod server;
mod shop;

pub use app::App;
pub use shop::Shop;

/// The description of all paths, as OpenAPI 3.1: what a server has at `/api/openapi.json`.
pub fn description() -> serde_json::Value {
    routes::described::<quando_engine::MemoryStore>().1
}
