//! The answer to a job: a future that needs no runtime, and can also be waited for.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use futures_channel::oneshot;

use crate::error::SqliteError;

/// The answer to a job that was handed to a thread of the database.
///
/// The job is queued when this is made, whether or not it is polled. Dropping it gives up the job
/// if it has not begun; one that has begun is finished.
#[must_use = "a job whose answer is dropped may not be done"]
pub struct Answer<T, E> {
    receiver: oneshot::Receiver<Result<T, E>>,
}

impl<T, E: From<SqliteError>> Answer<T, E> {
    pub(crate) fn new() -> (oneshot::Sender<Result<T, E>>, Answer<T, E>) {
        let (sender, receiver) = oneshot::channel();
        (sender, Answer { receiver })
    }

    /// Waits for the answer and blocks the thread meanwhile.
    ///
    /// # Errors
    ///
    /// The error of the job, or of the database.
    pub fn wait(mut self) -> Result<T, E> {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(result) = Pin::new(&mut self).poll(&mut context) {
                return result;
            }
            thread::park();
        }
    }
}

impl<T, E: From<SqliteError>> Future for Answer<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, E>> {
        Pin::new(&mut self.receiver).poll(context).map(|received| {
            // Every job is answered; only a thread that is gone answers nothing.
            received.unwrap_or_else(|_| Err(E::from(SqliteError::Unknown(None))))
        })
    }
}

impl<T, E> fmt::Debug for Answer<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
