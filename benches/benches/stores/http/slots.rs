//! Slots of thirty days over HTTP, beside a server on the same library that computes the same slots
//! from memory and does nothing else.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use chrono::{DateTime, Utc};
use quando::availability::{Query, Resource};
use quando::booking::Actor;
use quando::id::{ProviderId, ResourceId};
use quando_benches::workload::{Fingerprint, SlotsWorkload, fingerprint};
use quando_engine::gateway::ManualGateway;
use quando_engine::personal::MasterKeys;
use quando_engine::store::Store;
use quando_engine::{
    BusyTime, Clock, Context, Engine, Expected, Settings as EngineSettings, SystemEntropy,
};
use quando_http::identity::Tokens;
use quando_http::server::{Limits, Server};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::client::{Connection, asking, get as request};
use crate::measure::{Turns, in_turns};
use crate::postgres;
use crate::report::{Table, milliseconds, rate, ratio};
use crate::settings::Settings;

/// Measures all three in turns, for each number of clients.
pub(crate) async fn slots(settings: &Settings) {
    let load = SlotsWorkload::load();
    let folder = tempfile::tempdir().expect("a folder");
    let on_postgres = postgres::Server::start();
    let pool = postgres::open(&on_postgres.url, false, settings).await;
    let window = load.window(30);
    let text = |instant: DateTime<Utc>| instant.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let path = format!(
        "/api/providers/ana/slots?serviceId=cut&from={}&to={}",
        text(window.start()),
        text(window.end())
    );
    let bare = bare_server(load.query(30, load.busy())).await;
    let sqlite = server(crate::embedded::open(folder.path()), &load).await;
    let postgres = server(pool, &load).await;
    let expected = load.expected("busy_30d");
    for address in [bare, sqlite, postgres] {
        assert_eq!(listed(address, &path), expected, "{address}");
    }
    let columns = [
        "Clients",
        "bare/s",
        "SQLite/s",
        "ratio",
        "PostgreSQL/s",
        "ratio",
        "bare p99",
        "SQLite p99",
        "PostgreSQL p99",
        "faults",
    ];
    let title = format!("{} slots of 30 days over HTTP", expected.count);
    let table = Table::new(&title, &columns);
    for &clients in &settings.clients {
        let subjects = [bare, sqlite, postgres].map(|address| asking(address, &path, clients));
        let turns = in_turns(&subjects, clients, settings).await;
        table.row(&cells(clients, &turns));
    }
}

fn cells(clients: usize, turns: &[Turns]) -> Vec<String> {
    let [bare, sqlite, postgres] = turns else {
        panic!("three subjects took turns");
    };
    let faults = [sqlite, postgres].map(|turns| turns.sum.failures());
    vec![
        clients.to_string(),
        rate(bare.sum.done_per_second()),
        rate(sqlite.sum.done_per_second()),
        ratio(sqlite.ratio(bare)),
        rate(postgres.sum.done_per_second()),
        ratio(postgres.ratio(bare)),
        milliseconds(bare.sum.percentile(99)),
        milliseconds(sqlite.sum.percentile(99)),
        milliseconds(postgres.sum.percentile(99)),
        faults.join(""),
    ]
}

/// What a server lists, asked once.
fn listed(address: SocketAddr, path: &str) -> Fingerprint {
    let mut connection = Connection::open(address).expect("the server accepts");
    let (status, body) = connection.ask(&request(path)).expect("an answer");
    let text = String::from_utf8_lossy(body).into_owned();
    assert_eq!(status, 200, "{text}");
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    let slots = answer["slots"].as_array().expect("slots");
    fingerprint(slots.iter().map(|slot| {
        let start: DateTime<Utc> = slot["start"]
            .as_str()
            .expect("a start")
            .parse()
            .expect("RFC 3339");
        start.timestamp()
    }))
}

/// The least that answers: the question lies ready in memory.
async fn bare_server(query: Query) -> SocketAddr {
    let query = Arc::new(query);
    let router = Router::new()
        .route("/api/providers/{provider}/slots", get(compute))
        .with_state(query);
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = TcpListener::bind(loopback).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn compute(State(query): State<Arc<Query>>) -> impl IntoResponse {
    let answer = quando::slots(&query).expect("the workload is valid");
    let text = serde_json::to_vec(&answer).expect("answers have a JSON form");
    ([(header::CONTENT_TYPE, "application/json")], text)
}

/// The server on a store with the workload in it.
async fn server<S: Store>(store: S, load: &SlotsWorkload) -> SocketAddr {
    let window = load.window(30);
    let keys = format!("a:{},index:{}", "2b7e".repeat(16), "9c41".repeat(16));
    let engine = Engine::new(
        store,
        EngineSettings {
            clock: Box::new(At(window.start())),
            entropy: Box::new(SystemEntropy),
            keys: MasterKeys::parse(&keys).expect("the keys are well formed"),
        },
    );
    open(&engine, load).await;
    let tokens = Tokens::new(&[7; 32]).expect("32 bytes");
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::bind(loopback, engine, tokens, Limits::default()).await;
    let server = server.expect("a port");
    let address = server.address().expect("an address");
    tokio::spawn(server.run(ManualGateway, std::future::pending()));
    address
}

/// Makes the provider of the workload.
async fn open<S: Store>(engine: &Engine<S>, load: &SlotsWorkload) {
    let operator = || Context::new(Actor::Operator);
    let ana = ProviderId::new("ana").expect("a word is an id");
    let provider = json!({"id": "ana", "name": "Ana", "zone": load.time_zone});
    let provider = serde_json::from_value(provider).expect("a provider");
    let put = engine
        .put_provider(operator(), provider, Expected::New)
        .await;
    put.expect("the provider is written");
    let id = ResourceId::new("ana").expect("a word is an id");
    let resource = Resource::new(id.clone(), load.schedule());
    let put = engine
        .put_resource(operator(), ana.clone(), resource, Expected::Any)
        .await;
    put.expect("the resource is written");
    let service = json!({
        "id": "cut", "name": "Cut",
        "timing": {"durationMinutes": 30, "align": "opening"},
        "offer": {"terms": {"price": {"base": {
            "kind": "perBooking", "price": {"amount": "40.00", "currency": "USD"}}}}},
    });
    let service = serde_json::from_value(service).expect("a service");
    let put = engine
        .put_service(operator(), ana.clone(), service, Expected::New)
        .await;
    put.expect("the service is written");
    let busy = BusyTime {
        busy: load.busy().iter().copied().map(Into::into).collect(),
    };
    let replaced = engine
        .replace_busy(operator(), (ana, id), "work", busy)
        .await;
    replaced.expect("the busy time is written");
}

/// A clock that stands still, at the beginning of the workload.
#[derive(Debug)]
struct At(DateTime<Utc>);

impl Clock for At {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}
