//! One connection: encryption, HTTP/1.1 or HTTP/2, and the timers that end it.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

use super::accept::Peer;
use super::body::Watched;
use super::{Limits, Tls};

/// Most headers of a request.
const HEADERS_MAX: usize = 64;
/// Most bytes of a head.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Most requests of one HTTP/2 connection at the same time.
const STREAMS_MAX: u32 = 100;
/// Most requests that an HTTP/2 client may take back before they were looked at; with more the
/// connection ends.
const RESETS_MAX: usize = 20;
/// Most bytes that wait to be sent in each stream.
const SEND_BYTES_MAX: usize = 64 * 1024;
/// How often an HTTP/2 client is asked whether it is there, and how long it may take to say so.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// What connections share.
pub(super) struct Host {
    http: Builder<TokioExecutor>,
    router: Router,
    limits: Limits,
    tls: Option<Tls>,
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Nothing was asked for in time.
    Silent,
    /// The server stops, the connection is old, or nothing moves on it.
    Enough,
}

impl Host {
    pub(super) fn new(router: Router, limits: Limits, tls: Option<Tls>) -> Host {
        let mut http = Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_timeout)
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEAD_BYTES_MAX);
        let list_bytes_max = u32::try_from(HEAD_BYTES_MAX).expect("32 KiB have 16 bits");
        http.http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_pending_accept_reset_streams(RESETS_MAX)
            .max_local_error_reset_streams(RESETS_MAX)
            .max_header_list_size(list_bytes_max)
            .max_send_buf_size(SEND_BYTES_MAX)
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT);
        Host {
            http,
            router,
            limits,
            tls,
        }
    }

    /// Answers what comes over a socket until it ends or is halted.
    pub(super) async fn serve(&self, socket: TcpStream, peer: Peer, halted: watch::Receiver<()>) {
        let mut socket = TimeoutStream::new(socket);
        socket.set_write_timeout(Some(self.limits.write_timeout));
        let socket = Box::pin(socket);
        let Some(tls) = &self.tls else {
            return self.answer(socket, peer, halted).await;
        };
        let handshake = TlsAcceptor::from(tls.config()).accept(socket);
        // Whoever does not finish it is gone, or is no client of ours.
        if let Ok(Ok(socket)) = tokio::time::timeout(self.limits.head_timeout, handshake).await {
            self.answer(socket, peer, halted).await;
        }
    }

    async fn answer<T>(&self, socket: T, peer: Peer, halted: watch::Receiver<()>)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let moves = Arc::new(AtomicU64::new(0));
        let inner = TowerToHyperService::new(self.router.clone());
        let counted = Arc::clone(&moves);
        let service = service_fn(move |mut request: Request<Incoming>| {
            counted.fetch_add(1, Ordering::Relaxed);
            request.extensions_mut().insert(peer);
            let asked = inner.call(request);
            let counted = Arc::clone(&counted);
            async move {
                let response = asked.await?;
                Ok::<_, std::convert::Infallible>(response.map(|body| {
                    let on_frame = move || {
                        counted.fetch_add(1, Ordering::Relaxed);
                    };
                    Body::new(Watched::new(body, on_frame))
                }))
            }
        });
        let mut connection = pin!(self.http.serve_connection(TokioIo::new(socket), service));
        let end = tokio::select! {
            // What goes wrong on a connection is its client's business: cut off, malformed.
            _ = &mut connection => return,
            end = self.end(&moves, halted) => end,
        };
        if end == End::Enough {
            connection.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(self.limits.stop_timeout, connection).await;
        }
    }

    /// When it is time to end a connection, though its client does not.
    async fn end(&self, moves: &AtomicU64, mut halted: watch::Receiver<()>) -> End {
        let limits = &self.limits;
        tokio::select! {
            _ = halted.changed() => End::Enough,
            () = after(limits.connection_lifetime) => End::Enough,
            end = quiet(limits, moves) => end,
        }
    }
}

/// When nothing moved on a connection for a while: no request began, and no part of an answer went.
async fn quiet(limits: &Limits, moves: &AtomicU64) -> End {
    after(limits.head_timeout).await;
    let mut seen = moves.load(Ordering::Relaxed);
    if seen == 0 {
        return End::Silent;
    }
    loop {
        after(limits.idle_timeout).await;
        let now = moves.load(Ordering::Relaxed);
        if now == seen {
            return End::Enough;
        }
        seen = now;
    }
}

async fn after(time: Duration) {
    let _ = tokio::time::timeout(time, pending::<()>()).await;
}
