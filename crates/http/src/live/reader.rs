//! The one reader of the feed of this process.

use std::time::Duration;

use quando_engine::store::Store;
use quando_engine::{Engine, Error};
use tokio::sync::watch;

use super::moment::Moment;
use crate::App;

/// How often the feed is looked at when nobody says that there is something new: another server
/// may have written it.
const PAUSE: Duration = Duration::from_secs(1);
/// Entries that are read at a time.
const PAGE: u32 = 500;

/// Reads until it is halted, and tells everybody.
pub(crate) async fn read<S: Store + 'static>(app: App<S>, mut halted: watch::Receiver<bool>) {
    let mut relayed = app.live.relayed();
    let mut after = None;
    loop {
        if let Err(error) = round(&app, &mut after).await {
            // It is read again, from the same place.
            log::warn!("{}: {error}", error.code());
        }
        tokio::select! {
            _ = halted.changed() => return,
            _ = tokio::time::timeout(PAUSE, relayed.changed()) => {}
        }
    }
}

async fn round<S: Store>(app: &App<S>, after: &mut Option<u64>) -> Result<(), Error> {
    let mut position = match *after {
        Some(position) => position,
        None => end(&app.engine).await?,
    };
    app.live.hub.set_head(position);
    *after = Some(position);
    loop {
        let entries = app.engine.feed(position, PAGE).await?;
        if entries.is_empty() {
            return Ok(());
        }
        for entry in &entries {
            app.live.hub.publish(&Moment::of(&app.engine, entry).await?);
            position = entry.position;
            *after = Some(position);
        }
    }
}

/// The last position of the feed. Positions have no gaps, so that it lies between any one that is
/// there and any one that is not.
async fn end<S: Store>(engine: &Engine<S>) -> Result<u64, Error> {
    let (mut there, mut beyond) = (0, 1);
    while is_there(engine, beyond).await? {
        there = beyond;
        beyond *= 2;
    }
    while beyond - there > 1 {
        let middle = there + (beyond - there) / 2;
        if is_there(engine, middle).await? {
            there = middle;
        } else {
            beyond = middle;
        }
    }
    Ok(there)
}

async fn is_there<S: Store>(engine: &Engine<S>, position: u64) -> Result<bool, Error> {
    Ok(!engine.feed(position - 1, 1).await?.is_empty())
}
