//! What happens by itself, as time goes on: deadlines, the feed, and instructions about money.

use std::time::Duration;

use quando_engine::gateway::Gateway;
use quando_engine::limits::{PAGE_MAX, RELAY_MAX};
use quando_engine::store::Store;
use quando_engine::{Activity, Error};
use tokio::sync::watch;

use crate::App;

/// How long to wait when there was nothing to do and nobody wrote.
const PAUSE: Duration = Duration::from_secs(1);

/// How often the providers are counted.
const COUNT_EVERY: Duration = Duration::from_secs(15 * 60);

/// Works until it is halted; a round is always finished.
pub(super) async fn work<S: Store + 'static>(
    app: App<S>,
    gateway: impl Gateway,
    mut halted: watch::Receiver<bool>,
) {
    // The first tick comes at once.
    let mut count = tokio::time::interval(COUNT_EVERY);
    loop {
        if let Err(error) = round(&app, &gateway).await {
            // What fails now is tried again: nothing of it is lost.
            log::warn!("{}: {error}", error.code());
        }
        tokio::select! {
            _ = halted.changed() => return,
            _ = count.tick() => {
                tokio::spawn(count_providers(app.clone()));
            }
            _ = tokio::time::timeout(PAUSE, app.wake.notified()) => {}
        }
    }
}

/// Walks through all providers, page by page, so that nothing waits for it.
async fn count_providers<S: Store>(app: App<S>) {
    let (mut count, mut after) = (0, None);
    loop {
        let page = app.engine.providers(after.as_ref(), PAGE_MAX).await;
        let Ok(page) = page else {
            return;
        };
        let Some(last) = page.last() else { break };
        count += i64::try_from(page.len()).unwrap_or(0);
        after = Some(last.value.id.clone());
    }
    app.metrics.providers.set(count);
}

/// Does what is due until nothing is.
async fn round<S: Store>(app: &App<S>, gateway: &impl Gateway) -> Result<(), Error> {
    let engine = &app.engine;
    // What is refused again and again is no reason to go on.
    while !engine.fire_deadlines(PAGE_MAX).await?.fired.is_empty() {}
    loop {
        let relayed = engine.relay_events(RELAY_MAX).await?;
        if relayed.is_empty() {
            break;
        }
        app.metrics.relayed(&Activity::of(&relayed));
        app.live.wake();
    }
    engine.dispatch_instructions(gateway, PAGE_MAX).await?;
    Ok(())
}
