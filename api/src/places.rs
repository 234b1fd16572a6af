//! Places for what stays open: so many in all, and so many of one user.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::error::{Code, Error, Problem};

/// The places that are left. Cheap to clone.
#[derive(Clone)]
pub struct Places {
    all: Arc<Semaphore>,
    of_one: usize,
    by_user: Arc<Mutex<HashMap<Option<Uuid>, Weak<Semaphore>>>>,
}

/// Places taken: free again when it is dropped.
pub type Taken = Vec<OwnedSemaphorePermit>;

impl Places {
    /// So many in all, so many of them for one user.
    pub fn new(all: usize, of_one: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), of_one, by_user: Arc::default() }
    }

    /// A place among the user's (or those of all who are not signed in), and one among all.
    ///
    /// # Errors
    /// [`Code::Busy`] when there is none.
    pub fn take(&self, user: Option<Uuid>) -> Result<Taken, Error> {
        let mut by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        // A user who holds no place is forgotten.
        by_user.retain(|_, own| own.strong_count() > 0);
        let own = by_user.get(&user).and_then(Weak::upgrade);
        let own = own.unwrap_or_else(|| Arc::new(Semaphore::new(self.of_one)));
        by_user.insert(user, Arc::downgrade(&own));
        let busy = |_| Error::from(Problem::new("", Code::Busy));
        Ok(vec![
            own.try_acquire_owned().map_err(busy)?,
            Arc::clone(&self.all).try_acquire_owned().map_err(busy)?,
        ])
    }
}
