//! How long bytes may take on their way.

use std::time::Duration;

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
    /// too slowly. A client that reads no more does not ask either, so a task of its own keeps the time.
    pub fn send(
        self,
        mut bytes: BoxStream<'static, object_store::Result<Bytes>>,
        held: impl Send + 'static,
    ) -> impl Stream<Item = object_store::Result<Bytes>> + Send + 'static {
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            let _held = held;
            let all = async {
                while let Some(chunk) = bytes.next().await {
                    if !matches!(timeout(self.idle, sender.send(chunk)).await, Ok(Ok(()))) {
                        return;
                    }
                }
            };
            if timeout(self.whole, all).await.is_err() {
                tracing::info!("a download took too long");
            }
        });
        unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) })
    }
}
