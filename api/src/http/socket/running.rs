//! The operations of a socket, by the names that their client gave them.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{AbortHandle, BoxStream, SelectAll, StreamExt, abortable};

use crate::http::events::{Listening, Told};

/// The operations that run.
#[derive(Default)]
pub(super) struct Running {
    told: SelectAll<BoxStream<'static, (Arc<str>, Told)>>,
    handles: HashMap<Arc<str>, AbortHandle>,
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
        let (told, handle) = abortable(listening.told());
        self.told.push(told.map(move |told| (Arc::clone(&named), told)).boxed());
        self.handles.insert(id, handle);
    }

    /// Stops an operation, if there is one of this name. Nothing more is told of it.
    pub(super) fn end(&mut self, id: &str) {
        if let Some(handle) = self.handles.remove(id) {
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
