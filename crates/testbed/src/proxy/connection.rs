//! One client's connection, from its start to its end or its cut.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use super::frontend::{Frontend, Step};
use super::{Cut, Shared};

const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;
/// No message of PostgreSQL is longer.
const MESSAGE_BYTES_MAX: usize = 1 << 30;
const NO_GROUP: u64 = u64::MAX;

/// A message with its type, its length and its body, as it goes over the wire.
struct Message {
    kind: u8,
    bytes: Vec<u8>,
}

/// Serves a client until one of the three ends it. Whatever ends it, both sides are closed, for
/// their sockets are dropped here.
pub(super) async fn serve(mut client: TcpStream, shared: Arc<Shared>) {
    let mut down = shared.down.subscribe();
    let served = async {
        let startup = start(&mut client).await?;
        let mut server = TcpStream::connect(&shared.upstream).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        server.write_all(&startup).await?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let cut_group = AtomicU64::new(NO_GROUP);
        tokio::select! {
            ended = requests(from_client, to_server, &shared, &cut_group) => ended,
            ended = replies(from_server, to_client, &shared, &cut_group) => ended,
        }
    };
    tokio::select! {
        // A lost connection is what clients are to cope with, and they see it for themselves.
        _ = served => {}
        _ = down.wait_for(|down| *down) => {}
    }
}

/// The first message of a session or the request to cancel another; neither has a type. Wishes for
/// encryption are declined.
async fn start(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    loop {
        let bytes = read_rest(client, Vec::new()).await?;
        let code = bytes
            .get(4..8)
            .and_then(|code| code.try_into().ok())
            .map(u32::from_be_bytes);
        if !matches!(code, Some(SSL_REQUEST | GSS_REQUEST)) {
            return Ok(bytes);
        }
        client.write_all(b"N").await?;
    }
}

/// From the client to the server, group by group.
async fn requests(
    client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    shared: &Shared,
    cut_group: &AtomicU64,
) -> io::Result<()> {
    let mut client = BufReader::new(client);
    let mut frontend = Frontend::default();
    let mut held = Vec::new();
    // The server's readiness after the start is answer number zero.
    let mut group = 1;
    while let Some(message) = read(&mut client).await? {
        held.extend_from_slice(&message.bytes);
        let step = frontend.observe(message.kind, &message.bytes[5..]);
        if step == Step::Hold {
            continue;
        }
        let mut cut_after = false;
        if let Step::End(point) = step {
            match point.and_then(|point| shared.state().judge(point)) {
                Some(Cut::BeforeCommit | Cut::BeforeSync) => return Ok(()),
                Some(Cut::AfterCommit | Cut::AfterSync) => {
                    cut_group.store(group, Ordering::SeqCst);
                    cut_after = true;
                }
                None => {}
            }
            group += 1;
        }
        server.write_all(&held).await?;
        held.clear();
        if cut_after {
            // The answer ends the connection.
            pending::<()>().await;
        }
    }
    Ok(())
}

/// From the server to the client, message by message, up to the answers that are to be lost: those
/// are read until the server is ready again, so that it has done everything, and then dropped.
async fn replies(
    server: OwnedReadHalf,
    client: OwnedWriteHalf,
    shared: &Shared,
    cut_group: &AtomicU64,
) -> io::Result<()> {
    let mut server = BufReader::new(server);
    let mut client = BufWriter::new(client);
    let mut group = 0;
    while let Some(message) = read(&mut server).await? {
        let ready = message.kind == b'Z';
        let lost = cut_group.load(Ordering::SeqCst) == group;
        if lost && ready {
            // What came before the lost answers has been given.
            return client.flush().await;
        }
        group += u64::from(ready);
        if lost {
            continue;
        }
        hold_back(shared).await;
        client.write_all(&message.bytes).await?;
        if server.buffer().is_empty() {
            client.flush().await?;
        }
    }
    client.flush().await
}

async fn hold_back(shared: &Shared) {
    let delay = {
        let mut state = shared.state();
        state.counters.delayed += u64::from(!state.delay.is_zero());
        state.delay
    };
    if delay > Duration::ZERO {
        // Nothing is awaited but the end of the time.
        let _ = timeout(delay, pending::<()>()).await;
    }
}

/// The next message, or none at the end.
async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Message>> {
    let mut kind = [0];
    if from.read(&mut kind).await? == 0 {
        return Ok(None);
    }
    let bytes = read_rest(from, kind.to_vec()).await?;
    Ok(Some(Message {
        kind: kind[0],
        bytes,
    }))
}

/// Appends a length, which counts itself, and what it is the length of.
async fn read_rest(from: &mut (impl AsyncRead + Unpin), mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let before = bytes.len();
    let mut length = [0; 4];
    from.read_exact(&mut length).await?;
    bytes.extend_from_slice(&length);
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if !(4..=MESSAGE_BYTES_MAX).contains(&length) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    bytes.resize(before + length, 0);
    from.read_exact(&mut bytes[before + 4..]).await?;
    Ok(bytes)
}
