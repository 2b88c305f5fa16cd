//! An engine behind a loopback connection.

use std::cell::Cell;
use std::error::Error as _;
use std::io;

use chrono::{DateTime, Utc};
use quando_engine::personal::MasterKeys;
use quando_engine::store::Store;
use quando_engine::{Clock, Context, Done, Engine, Entropy, Error, Expected, Settings};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::protocol::{Answer, Ask, Request};

tokio::task_local! {
    static NOW: DateTime<Utc>;
    static SEED: Cell<u64>;
}

/// The time and the chance that came with the request that is being answered.
#[derive(Clone, Copy, Debug)]
struct OfRequest;

impl Clock for OfRequest {
    fn now(&self) -> DateTime<Utc> {
        NOW.get()
    }
}

impl Entropy for OfRequest {
    fn fill(&self, bytes: &mut [u8]) {
        SEED.with(|seed| {
            for chunk in bytes.chunks_mut(8) {
                let drawn = draw(seed).to_le_bytes();
                chunk.copy_from_slice(&drawn[..chunk.len()]);
            }
        });
    }
}

/// The next number of the sequence that Steele and others call `SplitMix64`.
fn draw(seed: &Cell<u64>) -> u64 {
    let next = seed.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
    seed.set(next);
    let mut mixed = next;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What an engine of a node is made with. The keys are the same for all nodes of a store, or the
/// secrets of holds would differ.
///
/// # Panics
///
/// Never: the keys are well formed.
pub fn settings() -> Settings {
    let keys = format!("node:{},index:{}", "5eed".repeat(16), "1d3a".repeat(16));
    Settings {
        clock: Box::new(OfRequest),
        entropy: Box::new(OfRequest),
        keys: MasterKeys::parse(&keys).expect("two keys of 64 digits each"),
    }
}

/// Serves an engine made with [`settings`] until the listener fails; each connection is answered
/// one request after the other, and all of them at once.
pub async fn serve<S: Store>(listener: TcpListener, engine: Engine<S>) {
    while let Ok((socket, _)) = listener.accept().await {
        let engine = engine.clone();
        tokio::spawn(async move {
            // A lost client is nobody to tell.
            let _ = talk(socket, &engine).await;
        });
    }
}

async fn talk<S: Store>(socket: TcpStream, engine: &Engine<S>) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let (from, mut to) = socket.into_split();
    let mut lines = BufReader::new(from).lines();
    while let Some(line) = lines.next_line().await? {
        let request: Request = serde_json::from_str(&line)?;
        let (now, seed) = (request.now, Cell::new(request.seed));
        let answer = NOW.scope(now, SEED.scope(seed, answer(engine, request)));
        let mut line = serde_json::to_vec(&answer.await)?;
        line.push(b'\n');
        to.write_all(&line).await?;
    }
    Ok(())
}

async fn answer<S: Store>(engine: &Engine<S>, request: Request) -> Answer {
    match perform(engine, request).await {
        Ok(answer) => answer,
        Err(error) => refused(&error),
    }
}

async fn perform<S: Store>(engine: &Engine<S>, request: Request) -> Result<Answer, Error> {
    let context = Context {
        by: request.by,
        key: request.key,
    };
    Ok(match request.ask {
        Ask::Create(new) => done(&engine.create_booking(context, *new).await?),
        Ask::Hold(new) => {
            let held = engine.hold_slot(context, *new).await?;
            Answer::Done {
                replayed: held.replayed,
                token: Some(held.value.token),
                reply: raw(&held.json),
            }
        }
        Ask::BookHold(key, request) => done(&engine.book_hold(context, key, request).await?),
        Ask::Act(key, request) => done(&engine.act(context, key, *request).await?),
        Ask::Show(key) => Answer::Done {
            replayed: false,
            token: None,
            reply: raw(&json(&engine.show_booking(&key).await?)),
        },
        Ask::PutProvider(provider) => done(
            &engine
                .put_provider(context, *provider, Expected::Any)
                .await?,
        ),
        Ask::PutResource(provider, resource) => done(
            &engine
                .put_resource(context, provider, *resource, Expected::Any)
                .await?,
        ),
        Ask::PutService(provider, service) => done(
            &engine
                .put_service(context, provider, *service, Expected::Any)
                .await?,
        ),
    })
}

fn done<T>(done: &Done<T>) -> Answer {
    Answer::Done {
        replayed: done.replayed,
        token: None,
        reply: raw(&done.json),
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("a booking has a JSON form")
}

fn raw(json: &[u8]) -> Box<RawValue> {
    let text = String::from_utf8(json.to_vec()).expect("JSON is UTF-8");
    RawValue::from_string(text).expect("the engine answers in JSON")
}

fn refused(error: &Error) -> Answer {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(each) = source {
        message.push_str(": ");
        message.push_str(&each.to_string());
        source = each.source();
    }
    Answer::Refused {
        code: error.code().to_owned(),
        message,
    }
}
