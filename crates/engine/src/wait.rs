use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread: for programs without a runtime of their own.
///
/// The stores in memory and on SQLite need nothing else. Futures of the store on PostgreSQL have to
/// be waited for inside a tokio runtime.
///
/// # Example
///
/// ```
/// assert_eq!(quando_engine::wait(async { 7 }), 7);
/// ```
pub fn wait<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            // A wake that comes before the park makes the park return at once.
            Poll::Pending => thread::park(),
        }
    }
}
