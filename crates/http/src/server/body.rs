//! A body that is watched while it goes by.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

/// A body, and what is done at each part of it; that is dropped with the body.
pub(super) struct Watched<F> {
    body: Body,
    on_frame: F,
}

impl<F: FnMut() + Unpin> Watched<F> {
    pub(super) fn new(body: Body, on_frame: F) -> Watched<F> {
        Watched { body, on_frame }
    }
}

impl<F: FnMut() + Unpin> HttpBody for Watched<F> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            (self.on_frame)();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
