//! How long bytes may take on their way, and how many transfers go on at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream::{BoxStream, unfold};
use futures_util::{Stream, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, timeout, timeout_at};
use uuid::Uuid;

use crate::error::{Code, Error, Problem, Result};

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

/// The places that transfers take, of one user and of all.
#[derive(Clone)]
pub struct Places {
    all: Arc<Semaphore>,
    of_one: usize,
    by_user: Arc<Mutex<HashMap<Uuid, Weak<Semaphore>>>>,
}

/// A place among the user's transfers and one among all.
pub type Place = (OwnedSemaphorePermit, OwnedSemaphorePermit);

impl Places {
    /// So many in all, so many of one user.
    pub fn new(all: usize, of_one: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), of_one, by_user: Arc::default() }
    }

    /// A place for the user, until it is dropped.
    ///
    /// # Errors
    /// [`Code::Busy`] when all are taken.
    pub fn place(&self, user: Uuid) -> Result<Place> {
        let mut by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        // A user without a transfer is forgotten.
        by_user.retain(|_, own| own.strong_count() > 0);
        let own = by_user.get(&user).and_then(Weak::upgrade);
        let own = own.unwrap_or_else(|| Arc::new(Semaphore::new(self.of_one)));
        by_user.insert(user, Arc::downgrade(&own));
        let busy = |_| Error::from(Problem::new("", Code::Busy));
        let own = own.try_acquire_owned().map_err(busy)?;
        Ok((own, Arc::clone(&self.all).try_acquire_owned().map_err(busy)?))
    }
}
