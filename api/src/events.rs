//! Which rows have changed: said after the commit, heard by whoever waits for them. Listeners read the row through their
//! own store, so the wall stands before them as before everyone.

use tokio::sync::broadcast;
use uuid::Uuid;

/// News of rows that changed in this process. What other replicas change is found by looking again now and then.
#[derive(Clone)]
pub struct Events(broadcast::Sender<Uuid>);

impl Default for Events {
    fn default() -> Self {
        const KEPT: usize = 256;
        Self(broadcast::Sender::new(KEPT))
    }
}

impl Events {
    /// Tells that the row with this key has changed.
    pub fn changed(&self, id: Uuid) {
        // An error means that nobody listens.
        let _ = self.0.send(id);
    }

    /// News from now on.
    pub fn listen(&self) -> News {
        News(self.0.subscribe())
    }
}

/// What a listener hears.
pub struct News(broadcast::Receiver<Uuid>);

impl News {
    /// Waits for news of the row with this key; also returns when so much was missed that some may have been of it.
    pub async fn of(&mut self, id: Uuid) {
        loop {
            match self.0.recv().await {
                Ok(changed) if changed != id => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                // The process ends.
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
