//! The accept loop: there are only so many connections, and each has a timer from its first moment.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use super::Settings;
use super::connection::Host;

/// Who is at the other end of the socket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// How long to wait when no socket can be had, as when there are no file descriptors left.
const PAUSE: Duration = Duration::from_millis(50);

/// Answers until `stop`, and then until the requests that are there are answered.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    settings: &Settings,
    stop: impl Future<Output = ()>,
) {
    let limits = settings.limits;
    let connections = Arc::new(Semaphore::new(limits.connections));
    let (halt, halted) = watch::channel(());
    let host = Arc::new(Host::new(router, limits, settings.tls.clone()));
    let mut stop = pin!(stop);
    loop {
        let next = async {
            let permit = Arc::clone(&connections).acquire_owned().await;
            let permit = permit.expect("nobody closes the semaphore");
            (accept(&listener).await, permit)
        };
        let ((socket, peer), permit) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let (host, halted) = (Arc::clone(&host), halted.clone());
        tokio::spawn(async move {
            host.serve(socket, Peer(peer), halted).await;
            drop(permit);
        });
    }
    drop((listener, halted));
    let _ = halt.send(());
    // What takes longer is dropped with the runtime; what was written is written whole.
    let _ = tokio::time::timeout(limits.stop_timeout, halt.closed()).await;
}

/// The next socket.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => {
                // Small answers go out at once.
                let _ = socket.set_nodelay(true);
                return (socket, peer);
            }
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                log::warn!("cannot accept a connection: {error}");
                let never = std::future::pending::<()>();
                let _ = tokio::time::timeout(PAUSE, never).await;
            }
        }
    }
}

fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
    )
}
