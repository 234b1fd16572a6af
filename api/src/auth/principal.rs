//! Who a token stands for now: user and session are read again every few seconds, so that a token does not outlive a
//! transfer, a disabling or a log-out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{Role, service_account, session, user};
use uuid::Uuid;

use super::client::{is_good, scopes_left};
use crate::config::PRINCIPAL_LIFE;
use crate::error::{Error, Result};
use crate::policy::{User, Viewer};
use crate::store::{Db, Read, Store};
use crate::world::World;

/// A user and the session in which it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub user: User,
    /// The session.
    pub session: Uuid,
}

/// The principals read in the last few seconds.
#[derive(Clone)]
pub struct Principals {
    db: Db,
    world: World,
    known: Arc<Mutex<Known>>,
}

/// By user and session: when it was read, and what.
type Known = HashMap<(Uuid, Uuid), (DateTime<Utc>, Principal)>;

const MOST_KNOWN: usize = 10_000;
/// When a service account was last used is not written with every request.
const USE_NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

impl Principals {
    /// None read yet.
    pub fn new(db: Db, world: World) -> Self {
        Self { db, world, known: Arc::default() }
    }

    /// The user `sub` in the session `sid`, as the rows say now.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the user is disabled or the session is over.
    pub async fn find(&self, sub: Uuid, sid: Uuid) -> Result<Principal> {
        let now = self.world.now();
        let fresh =
            |read: DateTime<Utc>| now >= read && (now - read).to_std().is_ok_and(|age| age < PRINCIPAL_LIFE);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&(sub, sid)).copied();
        if let Some((read, principal)) = known
            && fresh(read)
        {
            return Ok(principal);
        }
        let principal = self.read(sub, sid, now).await;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN {
            known.retain(|_, (read, _)| fresh(*read));
        }
        match &principal {
            Ok(principal) if known.len() < MOST_KNOWN => drop(known.insert((sub, sid), (now, *principal))),
            _ => drop(known.remove(&(sub, sid))),
        }
        principal
    }

    /// Forgets what was read of a user, so that the next request reads it again.
    pub fn forget(&self, user: Uuid) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).retain(|(sub, _), _| *sub != user);
    }

    async fn read(&self, sub: Uuid, sid: Uuid, now: DateTime<Utc>) -> Result<Principal> {
        let store = Store::new(self.db.clone(), self.world.clone(), Viewer::system());
        let gone = |error| match error {
            Error::NotFound => Error::Unauthenticated,
            other => other,
        };
        let session = store.get::<session::Entity>(sid).await.map_err(gone)?;
        let user = store.get::<user::Entity>(sub).await.map_err(gone)?;
        let over = session.user_id != user.id || session.revoked_at.is_some() || session.expires_at <= now;
        if over || user.disabled_at.is_some() {
            return Err(Error::Unauthenticated);
        }
        let user = match &session.scopes {
            None => User::of(&user),
            Some(scopes) => {
                let account = store.get::<service_account::Entity>(sub).await.map_err(gone)?;
                if !is_good(&account, now) {
                    return Err(Error::Unauthenticated);
                }
                self.note_use(&account, now).await?;
                let scopes = Some(scopes_left(&account, scopes));
                // Whatever its user is made into meanwhile.
                User { id: user.id, role: Role::Integration, organization: None, scopes }
            }
        };
        Ok(Principal { user, session: sid })
    }

    async fn note_use(&self, account: &service_account::Model, now: DateTime<Utc>) -> Result<()> {
        let cutoff = now - USE_NOTED_EVERY;
        if account.last_used_at.is_none_or(|noted| noted <= cutoff) {
            self.db.note_use(account.id, now, cutoff).await?;
        }
        Ok(())
    }
}
