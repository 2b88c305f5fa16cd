//! A server of its own for each test, with a clock that the test sets.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use quando::id::{ActorId, ProviderId};
use quando_engine::gateway::ManualGateway;
use quando_engine::personal::MasterKeys;
use quando_engine::{Clock, Engine, SystemEntropy};
use quando_http::identity::{Identity, Standing, Tokens};
use quando_http::server::{Server, Settings};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::described::Asked;
use crate::store::{Place, TestStore};

pub(crate) const SECRET: &[u8] = b"a secret of tests, thirty-two bytes and more";

/// A Monday at eight in the morning, UTC.
pub(crate) const MONDAY: &str = "2026-03-02T08:00:00Z";

/// A clock that tests set.
#[derive(Debug)]
pub(crate) struct TestClock(Mutex<DateTime<Utc>>);

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

impl TestClock {
    pub(crate) fn set(&self, instant: &str) {
        *self.0.lock().unwrap() = instant.parse().unwrap();
    }
}

/// A running server.
pub(crate) struct Host {
    pub(crate) address: SocketAddr,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) engine: Engine<TestStore>,
    tokens: Tokens,
    client: Client,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    place: Place,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{:?}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// Status and code of a problem.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text
        );
        let json = self.json();
        assert_eq!(json["status"], self.status.as_u16());
        assert_eq!(json["requestId"], self.header("x-request-id"));
        (
            self.status.as_u16(),
            json["code"].as_str().unwrap().to_owned(),
        )
    }
}

impl Host {
    pub(crate) async fn start() -> Host {
        Host::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: impl Into<Settings>) -> Host {
        let now: DateTime<Utc> = MONDAY.parse().unwrap();
        let clock = Arc::new(TestClock(Mutex::new(now)));
        let (store, place) = TestStore::open(crate::STORE, now).await;
        let keys = format!("first:{},index:{}", "2b7e".repeat(16), "9c41".repeat(16));
        let parts = quando_engine::Settings {
            clock: Box::new(Arc::clone(&clock)),
            entropy: Box::new(SystemEntropy),
            keys: MasterKeys::parse(&keys).unwrap(),
        };
        let engine = Engine::new(store, parts);
        let tokens = || Tokens::new(SECRET).unwrap();
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::bind(loopback, engine.clone(), tokens(), settings)
            .await
            .unwrap();
        let address = server.address().unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.run(ManualGateway, async {
            let _ = stopped.await;
        }));
        // A client of tests has no encryption of its own; the first test of a process wins.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Host {
            address,
            clock,
            engine,
            tokens: tokens(),
            client: Client::builder().no_proxy().build().unwrap(),
            stop: Some(stop),
            task,
            place,
        }
    }

    /// Asks the server to stop, and waits until it has.
    pub(crate) async fn stop(self) {
        drop(self.stop_and_keep().await);
    }

    /// Stops the server, and gives the place of the store, which stays while that is kept.
    pub(crate) async fn stop_and_keep(mut self) -> Place {
        self.stop.take().unwrap().send(()).unwrap();
        (&mut self.task).await.unwrap();
        self.place
    }

    pub(crate) fn token(&self, subject: &str, standing: Standing) -> String {
        let subject = ActorId::new(subject).unwrap();
        let identity = Identity { subject, standing };
        self.tokens
            .mint(&identity, self.clock.now(), TimeDelta::days(400))
    }

    pub(crate) fn customer(&self, name: &str) -> String {
        self.token(name, Standing::Customer)
    }

    pub(crate) fn provider(&self, name: &str) -> String {
        let provider = ProviderId::new(name).unwrap();
        self.token(&format!("{name}-owner"), Standing::Provider(provider))
    }

    pub(crate) fn operator(&self) -> String {
        self.token("kim", Standing::Operator)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("http://{}{path}", self.address))
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        let request = self.request(Method::GET, path);
        send(authorised(request, token)).await
    }

    pub(crate) async fn post(&self, token: &str, (path, key): (&str, &str), body: Value) -> Answer {
        let mut request = authorised(self.request(Method::POST, path), token).json(&body);
        if !key.is_empty() {
            request = request.header("Idempotency-Key", key);
        }
        send(request).await
    }

    pub(crate) async fn put(&self, token: &str, (path, tag): (&str, &str), body: Value) -> Answer {
        let mut request = authorised(self.request(Method::PUT, path), token).json(&body);
        if !tag.is_empty() {
            request = request.header("If-Match", tag);
        }
        send(request).await
    }

    pub(crate) async fn delete(&self, token: &str, path: &str) -> Answer {
        send(authorised(self.request(Method::DELETE, path), token)).await
    }

    /// Ana, who repairs pipes in Berlin from nine to five, for 80 euros an hour, made over HTTP.
    pub(crate) async fn with_ana(&self) {
        let operator = self.operator();
        let provider = json!({
            "id": "ana", "name": "Ana's pipes", "zone": "Europe/Berlin",
            "location": {"lat": 52.52, "lng": 13.405}, "categories": ["plumber"],
        });
        let made = self.post(&operator, ("/api/providers", ""), provider).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let day = json!([{"from": "09:00", "to": "17:00"}]);
        let schedule = json!({"zone": "Europe/Berlin", "weekly": {
            "mon": day, "tue": day, "wed": day, "thu": day, "fri": day}});
        let path = "/api/providers/ana/resources/ana/schedule";
        let written = self.put(&operator, (path, "\"1\""), schedule).await;
        assert_eq!(written.status, 200, "{}", written.text);
        let service = json!({
            "id": "repair", "name": "Repair", "timing": {"durationMinutes": 60},
            "offer": {"terms": {"price": {"base": {
                "kind": "perBooking", "price": {"amount": "80.00", "currency": "EUR"}}}}},
        });
        let path = ("/api/providers/ana/services", "");
        let made = self.post(&self.provider("ana"), path, service).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }

    /// A survey of Ana's as well, which she approves.
    pub(crate) async fn with_approval(&self) {
        let path = "/api/providers/ana/services";
        let mut service = self.get("", &format!("{path}/repair")).await.json();
        service["id"] = json!("survey");
        service["timing"] = json!({"durationMinutes": 60});
        service["offer"]["terms"]["rules"]["approval"] = json!(true);
        let made = self.post(&self.provider("ana"), (path, ""), service).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }

    /// A booking of Ana's, at an instant, with a key that is the instant.
    pub(crate) async fn book(&self, customer: &str, date: &str) -> Answer {
        let body = json!({"providerId": "ana", "serviceId": "repair", "date": date});
        self.post(&self.customer(customer), ("/api/bookings", date), body)
            .await
    }
}

pub(crate) fn authorised(request: RequestBuilder, token: &str) -> RequestBuilder {
    if token.is_empty() {
        return request;
    }
    request.bearer_auth(token)
}

/// Sends a request, and holds it and its answer against the description.
pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.unwrap();
    let asked = Asked::of(&request);
    let response = client.execute(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let kind = headers.get("content-type");
    // What has no end is read by the tests that are about it.
    let text = match kind.is_some_and(|kind| kind == "text/event-stream") {
        true => String::new(),
        false => response.text().await.unwrap(),
    };
    let answer = Answer {
        status,
        headers,
        text,
    };
    asked.check(&answer);
    answer
}
