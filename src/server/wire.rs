//! Counts the bytes that a client sends. The body is limited elsewhere, but the size lines of its chunks
//! are not, and these can be as long as a client likes.

use std::{
    io::{Error, ErrorKind, Result},
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The most bytes that are read before the next answer: enough for the headers and for a body of 64 KiB
/// in chunks of a few bytes.
const UNANSWERED: usize = 256 * 1024;

/// A connection that fails when a client sends too much for one request.
pub struct Metered<S> {
    stream: S,
    unanswered: usize,
}

impl<S> Metered<S> {
    pub fn new(stream: S) -> Self {
        Self { stream, unanswered: 0 }
    }

    fn written(&mut self, result: Result<usize>) -> Poll<Result<usize>> {
        // Once an answer begins, the count starts again for the next request.
        self.unanswered = 0;
        Poll::Ready(result)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        if self.unanswered >= UNANSWERED {
            return Poll::Ready(Err(Error::new(ErrorKind::InvalidData, "too much for a request")));
        }
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        self.unanswered += buffer.filled().len() - before;
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        let result = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        self.written(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let result = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, slices));
        self.written(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
