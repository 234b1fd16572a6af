//! Places for what stays open: so many in all, and so many of each who asks.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::error::{Code, Error, Problem};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asker {
    /// Somebody who signed in.
    User(Uuid),
    /// Of whoever has not signed in only the network is known.
    Network(IpAddr),
}

/// The places that are left. Cheap to clone.
#[derive(Clone)]
pub struct Places {
    all: Arc<Semaphore>,
    of_one: usize,
    by_asker: Arc<Mutex<HashMap<Asker, Weak<Semaphore>>>>,
}

/// Places taken: free again when it is dropped.
pub type Taken = Vec<OwnedSemaphorePermit>;

impl Places {
    /// So many in all, so many of them for one who asks.
    pub fn new(all: usize, of_one: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), of_one, by_asker: Arc::default() }
    }

    /// A place among those of `asker`, and one among all.
    ///
    /// # Errors
    /// [`Code::Busy`] when there is none.
    pub fn take(&self, asker: Asker) -> Result<Taken, Error> {
        self.take_many(asker, 1)
    }

    /// So many places at once.
    ///
    /// # Errors
    /// [`Code::Busy`] when there are fewer.
    pub fn take_many(&self, asker: Asker, places: u32) -> Result<Taken, Error> {
        self.take_of(&self.own(asker), places)
    }

    /// So many places at once, or as many as are left.
    pub fn take_up_to(&self, asker: Asker, places: u32) -> Taken {
        let own = self.own(asker);
        let left = own.available_permits().min(self.all.available_permits());
        let places = places.min(u32::try_from(left).unwrap_or(u32::MAX));
        self.take_of(&own, places).unwrap_or_default()
    }

    fn own(&self, asker: Asker) -> Arc<Semaphore> {
        let mut by_asker = self.by_asker.lock().unwrap_or_else(PoisonError::into_inner);
        // Who holds no place is forgotten.
        by_asker.retain(|_, own| own.strong_count() > 0);
        let own = by_asker.get(&asker).and_then(Weak::upgrade);
        let own = own.unwrap_or_else(|| Arc::new(Semaphore::new(self.of_one)));
        by_asker.insert(asker, Arc::downgrade(&own));
        own
    }

    fn take_of(&self, own: &Arc<Semaphore>, places: u32) -> Result<Taken, Error> {
        let busy = |_| Error::from(Problem::new("", Code::Busy));
        Ok(vec![
            Arc::clone(own).try_acquire_many_owned(places).map_err(busy)?,
            Arc::clone(&self.all).try_acquire_many_owned(places).map_err(busy)?,
        ])
    }
}
