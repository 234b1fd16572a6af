//! What is published is read again when it has changed, here or in another process.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use entity::{Role, data_version};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::sqlx::postgres::{PgListener, PgPoolOptions};
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseTransaction, EntityTrait, Statement};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::super::{Connected, Db, Store};
use super::{Published, Sights};
use crate::error::{Error, Result};
use crate::policy::{Scopes, User, Viewer, anybody};
use crate::world::World;

/// The channel by which PostgreSQL tells other processes.
const CHANNEL: &str = "pii_data_version";
/// How old what is kept can get where a change was not told.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What is published as this process last read it.
#[derive(Default)]
pub(in super::super) struct Keeping {
    current: RwLock<Option<Arc<Published>>>,
    reading: Mutex<()>,
    sights: RwLock<SightsByClass>,
}

type SightsByClass = HashMap<(Role, Option<Scopes>), Arc<Sights>>;

impl Keeping {
    fn current(&self) -> Option<Arc<Published>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What `viewer` reads: a matter of role and scopes alone.
    pub(super) fn sights(&self, viewer: &Viewer) -> Arc<Sights> {
        let Some(User { role, scopes, .. }) = viewer.user() else { return Arc::new(Sights::of(viewer)) };
        if let Some(known) = self.sights.read().unwrap_or_else(PoisonError::into_inner).get(&(role, scopes)) {
            return Arc::clone(known);
        }
        let class = Viewer::User(User { id: Uuid::nil(), role, organization: None, scopes });
        let sights = Arc::new(Sights::of(&class));
        let mut all = self.sights.write().unwrap_or_else(PoisonError::into_inner);
        all.insert((role, scopes), Arc::clone(&sights));
        sights
    }

    /// Notes in a transaction that what is published has changed, and tells the other processes once it is committed.
    pub(in super::super) async fn note_change(transaction: &DatabaseTransaction) -> Result<()> {
        use data_version::Column::Version;
        let more = data_version::Entity::update_many().col_expr(Version, Expr::col(Version).add(1));
        more.exec(transaction).await?;
        if transaction.get_database_backend() == DatabaseBackend::Postgres {
            let tell = format!("NOTIFY {CHANNEL}");
            transaction.execute_raw(Statement::from_string(DatabaseBackend::Postgres, tell)).await?;
        }
        Ok(())
    }
}

impl Db {
    /// What is published, as it was last read; read now if it never was.
    pub async fn published(&self, world: &World) -> Result<Arc<Published>> {
        match self.keeping().current() {
            Some(published) => Ok(published),
            None => self.read_published(world).await,
        }
    }

    /// Reads again what is published, if it has changed since.
    pub async fn read_published(&self, world: &World) -> Result<Arc<Published>> {
        let keeping = self.keeping();
        let _alone = keeping.reading.lock().await;
        let before = keeping.current();
        let store = Store::new(self.clone(), world.clone(), anybody());
        if let Some(before) = &before
            && version(store.connection()).await? == before.version
        {
            return Ok(Arc::clone(before));
        }
        let tx = store.snapshot().await?;
        let published = Published::read(&tx, version(tx.connection()).await?, before.as_deref()).await?;
        let published = Arc::new(published);
        *keeping.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&published));
        Ok(published)
    }

    /// The same after a transaction of this process, if it was ever read: whoever made the change sees it.
    pub(in super::super) async fn renew_published(&self, world: &World) {
        if self.keeping().current().is_some()
            && let Err(error) = self.read_published(world).await
        {
            tracing::warn!(?error, "what is published could not be read again");
        }
    }

    /// Reads again what is published whenever another process changed it; never ends.
    pub async fn keep_published(&self, world: &World) {
        let mut listener = None;
        loop {
            if listener.is_none() && !self.is_embedded() {
                listener = self.listener().await;
            }
            match &mut listener {
                Some(changes) => {
                    let told = tokio::time::timeout(LOOK_EVERY, changes.recv()).await;
                    if let Ok(Err(error)) = told {
                        tracing::warn!(?error, "changes are not told, but looked for");
                        listener = None;
                    }
                }
                None => tokio::time::sleep(LOOK_EVERY).await,
            }
            self.renew_published(world).await;
        }
    }

    async fn listener(&self) -> Option<PgListener> {
        // A listener keeps its connection: those of the pool are for requests.
        let options = self.reader().get_postgres_connection_pool().connect_options();
        let own = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let own = own.connect_with(options.as_ref().clone()).await.ok()?;
        let mut listener = PgListener::connect_with(&own).await.ok()?;
        listener.listen(CHANNEL).await.ok()?;
        Some(listener)
    }
}

async fn version(connection: &impl ConnectionTrait) -> Result<i64> {
    let row = data_version::Entity::find().one(connection).await?;
    row.map(|row| row.version).ok_or_else(|| Error::internal("no data version"))
}
