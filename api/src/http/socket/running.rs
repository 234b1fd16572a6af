//! The operations of a socket, each in a task of its own: while its client reads slowly they come to their answers and
//! let go of what they hold.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{AbortHandle, BoxStream, SelectAll, StreamExt, abortable, unfold};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::http::events::{Listening, Told};

/// The operations that run, by the names that their client gave them.
#[derive(Default)]
pub(super) struct Running {
    told: SelectAll<BoxStream<'static, (Arc<str>, Told)>>,
    handles: HashMap<Arc<str>, [AbortHandle; 2]>,
    /// Ends with the socket.
    tasks: JoinSet<()>,
}

impl Running {
    pub(super) fn has(&self, id: &str) -> bool {
        self.handles.contains_key(id)
    }

    pub(super) fn len(&self) -> usize {
        self.handles.len()
    }

    pub(super) fn begin(&mut self, id: String, listening: Listening) {
        let id: Arc<str> = id.into();
        let named = Arc::clone(&id);
        let (answers, answering) = abortable(listening.told());
        // One answer may wait for the client; the next is made when it was told.
        let (sender, receiver) = mpsc::channel(1);
        while self.tasks.try_join_next().is_some() {}
        self.tasks.spawn(async move {
            let mut answers = std::pin::pin!(answers);
            while let Some(told) = answers.next().await {
                if sender.send(told).await.is_err() {
                    break;
                }
            }
        });
        let told = unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
        let (told, telling) = abortable(told);
        self.told.push(told.map(move |told| (Arc::clone(&named), told)).boxed());
        self.handles.insert(id, [answering, telling]);
    }

    /// Stops an operation, if there is one of this name. Nothing more is told of it.
    pub(super) fn end(&mut self, id: &str) {
        for handle in self.handles.remove(id).into_iter().flatten() {
            handle.abort();
        }
    }

    /// What is told next; waits while there is nothing. What ended is dropped on the way.
    pub(super) async fn next(&mut self) -> (Arc<str>, Told) {
        match self.told.next().await {
            Some(told) => told,
            None => std::future::pending().await,
        }
    }
}
