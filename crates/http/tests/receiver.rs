//! Somebody else's server, which takes messages and answers as its paths say.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::repeat_with;
use http_body_util::BodyExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long something may take that is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A message that arrived.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Message {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    messages: UnboundedReceiver<Message>,
}

impl Receiver {
    pub(crate) async fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, messages) = unbounded_channel();
        let router = Router::new().fallback(take).with_state(sender);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Receiver { address, messages }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next message on a path; others are passed over.
    pub(crate) async fn next(&mut self, path: &str) -> Message {
        let next = async {
            loop {
                let message = self.messages.recv().await.unwrap();
                if message.path == path {
                    return message;
                }
            }
        };
        let next = tokio::time::timeout(PATIENCE, next).await;
        next.unwrap_or_else(|_| panic!("nothing came to {path}"))
    }

    /// Paths of what has come and nobody looked at.
    pub(crate) fn paths(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.messages.try_recv().ok())
            .map(|message| message.path)
            .collect()
    }
}

async fn take(State(sender): State<UnboundedSender<Message>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let message = Message {
        path: path.clone(),
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    };
    // The test may be over.
    let _ = sender.send(message);
    match path.as_str() {
        "/hang" => std::future::pending().await,
        "/redirect" => (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")]).into_response(),
        "/gone" => StatusCode::GONE.into_response(),
        "/error" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "/huge" => {
            let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
            let endless = repeat_with(move || Ok::<_, std::convert::Infallible>(chunk.clone()));
            Body::from_stream(endless).into_response()
        }
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}
