//! How long bytes may take on their way.

use std::io;
use std::time::Duration;

use axum::BoxError;
use axum::body::Body;
use bytes::Bytes;
use futures_util::stream::{BoxStream, unfold};
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::{Code, Problem, Result};

/// How long to wait for the other side.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the next bytes.
    pub idle: Duration,
    /// For all of them.
    pub whole: Duration,
}

impl Patience {
    /// The bytes of a request's body.
    ///
    /// # Errors
    /// [`Code::UploadTimeout`] when they come too slowly, [`Code::BadUserInput`] when they break off.
    pub fn receive(self, body: Body) -> BoxStream<'static, Result<Bytes>> {
        let end = Instant::now() + self.whole;
        let next = move |body: Option<axum::body::BodyDataStream>| async move {
            let mut body = body?;
            let before = end.min(Instant::now() + self.idle);
            match timeout_at(before, body.next()).await {
                Ok(None) => None,
                Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(body))),
                Ok(Some(Err(_))) => Some((Err(Problem::new("file", Code::BadUserInput).into()), None)),
                Err(_) => Some((Err(Problem::new("file", Code::UploadTimeout).into()), None)),
            }
        };
        unfold(Some(body.into_data_stream()), next).boxed()
    }

    /// The same bytes for a client that takes them: `held` is given back when they are all gone, or when it takes them
    /// too slowly. A client that reads no more does not ask either, so a task of its own keeps the time. What is not
    /// sent to its end ends in an error, so that the connection breaks off and nobody takes a part for the whole; a
    /// client that is gone stops the reading.
    pub fn send<E: Into<BoxError> + Send + 'static>(
        self,
        mut bytes: BoxStream<'static, Result<Bytes, E>>,
        held: impl Send + 'static,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            let _held = held;
            let all = async {
                loop {
                    let next = bytes.next().await;
                    let is_end = next.is_none();
                    if !matches!(timeout(self.idle, sender.send(next)).await, Ok(Ok(()))) || is_end {
                        return;
                    }
                }
            };
            if timeout(self.whole, all).await.is_err() {
                tracing::info!("a download took too long");
            }
        });
        unfold(Some(receiver), |receiver| async move {
            let mut receiver: mpsc::Receiver<Option<Result<Bytes, E>>> = receiver?;
            match receiver.recv().await {
                Some(Some(Ok(chunk))) => Some((Ok(chunk), Some(receiver))),
                Some(Some(Err(error))) => Some((Err(io::Error::other(error)), None)),
                Some(None) => None,
                None => Some((Err(io::ErrorKind::TimedOut.into()), None)),
            }
        })
        // Compression asks once more behind the end.
        .fuse()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream::iter;

    use super::*;

    fn three_pieces() -> BoxStream<'static, io::Result<Bytes>> {
        iter(["one", "two", "three"].map(|piece| Ok(Bytes::from_static(piece.as_bytes())))).boxed()
    }

    #[tokio::test]
    async fn a_client_that_takes_its_bytes_too_slowly_sees_that_they_broke_off() {
        let slow = Patience { idle: Duration::from_millis(20), whole: Duration::from_secs(60) };
        let mut sent = std::pin::pin!(slow.send(three_pieces(), ()));
        assert!(sent.next().await.is_some_and(|piece| piece.is_ok()));
        tokio::time::sleep(Duration::from_millis(200)).await;
        let rest: Vec<_> = sent.collect().await;
        assert!(rest.last().is_some_and(Result::is_err), "{rest:?}");
    }

    #[tokio::test]
    async fn all_bytes_are_sent_and_what_was_held_is_given_back() {
        let (held, free) = tokio::sync::oneshot::channel::<()>();
        let patient = Patience { idle: Duration::from_secs(60), whole: Duration::from_secs(60) };
        let sent: Vec<_> = patient.send(three_pieces(), held).collect().await;
        assert!(sent.len() == 3 && sent.iter().all(Result::is_ok), "{sent:?}");
        assert!(free.await.is_err(), "it is dropped, never sent");
    }
}
