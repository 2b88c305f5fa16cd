//! Waiting, in functions that are not asynchronous.

use std::panic::resume_unwind;
use std::thread;
use std::time::Duration;

use crate::TestbedError;

const POLL: Duration = Duration::from_millis(5);

/// Asks every few milliseconds until the condition holds, for at least `limit`; tells whether it
/// came to hold. Blocks the thread, also within a runtime.
pub fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool + Send) -> bool {
    let polling = async || {
        let mut ticks = tokio::time::interval(POLL);
        let mut waited = Duration::ZERO;
        while !condition() {
            if waited >= limit {
                return Ok(false);
            }
            ticks.tick().await;
            waited += POLL;
        }
        Ok(true)
    };
    // Without a runtime there is no time to wait, and the condition has not come to hold.
    run(polling).unwrap_or(false)
}

/// Runs asynchronous work to its end, on a thread and a runtime of its own, so that it works inside
/// of a runtime as well.
pub(crate) fn run<F, W, T>(work: F) -> Result<T, TestbedError>
where
    F: FnOnce() -> W + Send,
    W: Future<Output = Result<T, TestbedError>>,
    T: Send,
{
    let on_thread = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(TestbedError::io("starting a runtime"))?
            .block_on(work())
    };
    thread::scope(|scope| {
        scope
            .spawn(on_thread)
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic))
    })
}
