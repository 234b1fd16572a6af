//! What a resolver may ask of its request. Without a viewer there is no store, so no field can forget to check.

#![expect(
    clippy::disallowed_methods,
    reason = "the one place that takes what a request brings along, and notes that an answer depends on it"
)]

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{Context, ID};
use entity::{Row, edition};
use std::hash::Hash;
use std::sync::Arc;
use uuid::Uuid;

use super::id;
use crate::App;
use crate::auth::{ClientAddress, ClientName, Principal, RequestId};
use crate::error::{Error, Result};
use crate::heavy::{Stop, Workshop};
use crate::lang::Lang;
use crate::policy::Rule;
use crate::scoring::{Basis, BasisOf};
use crate::store::{Figures, FiguresOf, Many, Nodes, NodesOf, One, Store};

/// Questions of a resolver to its request.
pub trait Ask {
    /// The running product.
    fn app(&self) -> Result<&App>;

    /// The language the client wants.
    fn lang(&self) -> Lang;

    /// Who asks.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when nobody is signed in.
    fn principal(&self) -> Result<&Principal>;

    /// The id of the request.
    fn request_id(&self) -> Result<RequestId>;

    /// Where the request comes from, and by which program.
    fn client(&self) -> Result<(ClientAddress, ClientName)>;

    /// The rows that the viewer may see, in batches.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when nobody is signed in.
    fn loader(&self) -> Result<&DataLoader<Store>>;

    /// The rows that the viewer may see.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when nobody is signed in.
    fn store(&self) -> Result<&Store>;

    /// What a loader finds for one key.
    fn load<K>(&self, key: K) -> impl Future<Output = Result<Option<<Store as Loader<K>>::Value>>> + Send
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        Store: Loader<K, Error = Error>;

    /// The figures of an edition, as far as the viewer may read them.
    fn figures(&self, edition: Uuid) -> impl Future<Output = Result<Arc<Figures>>> + Send;

    /// The nodes of a framework version, as far as the viewer may read them.
    fn nodes(&self, framework: Uuid) -> impl Future<Output = Result<Arc<Nodes>>> + Send;

    /// The edition that `edition` names, with its figures and what the engine makes of them.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the viewer may not read it, and what [`Basis::read`] refuses.
    fn basis(&self, edition: &ID) -> impl Future<Output = Result<Arc<Basis>>> + Send;

    /// Where the request's computations run.
    fn workshop(&self) -> Result<&Workshop>;

    /// Runs a computation off the threads that serve requests; it ends with the request.
    ///
    /// # Errors
    /// [`Code::Busy`](crate::error::Code::Busy) when too many wait already, and what `work` says.
    fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Stop) -> Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T>> + Send;

    /// The row of `E` with key `id`, if the viewer may read it.
    fn one<E: Rule>(&self, id: Uuid) -> impl Future<Output = Result<Option<Arc<E::Model>>>> + Send
    where
        E::Model: Send + Sync;

    /// The row of `E` with key `id`.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the viewer may not read it.
    fn need<E: Rule>(&self, id: Uuid) -> impl Future<Output = Result<Arc<E::Model>>> + Send
    where
        E::Model: Send + Sync;

    /// Children of a row.
    fn many<E: Rule + Row>(
        &self,
        children: Many<E>,
    ) -> impl Future<Output = Result<Vec<Arc<E::Model>>>> + Send
    where
        E::Model: Send + Sync;
}

/// Notes that the answer depends on more than what is published; what a [`Store`] gives it notes itself.
fn look_beyond(ctx: &Context<'_>) {
    if let Ok(store) = ctx.store() {
        store.look_beyond();
    }
}

impl Ask for Context<'_> {
    fn app(&self) -> Result<&App> {
        look_beyond(self);
        self.data_opt::<App>().ok_or_else(|| Error::internal("no app in the schema"))
    }

    fn lang(&self) -> Lang {
        self.data_opt::<Lang>().copied().unwrap_or_default()
    }

    fn principal(&self) -> Result<&Principal> {
        look_beyond(self);
        self.data_opt::<Principal>().ok_or(Error::Unauthenticated)
    }

    fn request_id(&self) -> Result<RequestId> {
        look_beyond(self);
        self.data_opt::<RequestId>().copied().ok_or_else(|| Error::internal("no request id"))
    }

    fn client(&self) -> Result<(ClientAddress, ClientName)> {
        look_beyond(self);
        let address = self.data_opt::<ClientAddress>().copied();
        let address = address.ok_or_else(|| Error::internal("no client address"))?;
        Ok((address, self.data_opt::<ClientName>().cloned().unwrap_or_default()))
    }

    fn loader(&self) -> Result<&DataLoader<Store>> {
        self.data_opt::<DataLoader<Store>>().ok_or(Error::Unauthenticated)
    }

    fn store(&self) -> Result<&Store> {
        Ok(self.loader()?.loader())
    }

    async fn load<K>(&self, key: K) -> Result<Option<<Store as Loader<K>>::Value>>
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        Store: Loader<K, Error = Error>,
    {
        // Boxed, since every field of a type takes as much room as the largest of them, and most ask for nothing.
        Box::pin(self.loader()?.load_one(key)).await
    }

    async fn figures(&self, edition: Uuid) -> Result<Arc<Figures>> {
        match self.store()?.kept_figures(edition).await? {
            Some(kept) => Ok(kept),
            None => Ok(self.load(FiguresOf(edition)).await?.unwrap_or_default()),
        }
    }

    async fn nodes(&self, framework: Uuid) -> Result<Arc<Nodes>> {
        match self.store()?.kept_nodes(framework) {
            Some(kept) => Ok(kept),
            None => Ok(self.load(NodesOf(framework)).await?.unwrap_or_default()),
        }
    }

    async fn basis(&self, edition: &ID) -> Result<Arc<Basis>> {
        let key = id::parse::<edition::Entity>(edition, "edition")?;
        self.load(BasisOf(key)).await?.ok_or(Error::NotFound)?
    }

    fn workshop(&self) -> Result<&Workshop> {
        Ok(self.data_opt::<Workshop>().unwrap_or(&self.app()?.workshop))
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Stop) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.workshop()?.run(work).await
    }

    async fn one<E: Rule>(&self, id: Uuid) -> Result<Option<Arc<E::Model>>>
    where
        E::Model: Send + Sync,
    {
        match self.store()?.kept::<E>(id) {
            Some(kept) => Ok(Some(kept)),
            None => self.load(One::<E>::new(id)).await,
        }
    }

    async fn need<E: Rule>(&self, id: Uuid) -> Result<Arc<E::Model>>
    where
        E::Model: Send + Sync,
    {
        self.one::<E>(id).await?.ok_or(Error::NotFound)
    }

    async fn many<E: Rule + Row>(&self, children: Many<E>) -> Result<Vec<Arc<E::Model>>>
    where
        E::Model: Send + Sync,
    {
        match self.store()?.kept_many(&children) {
            Some(kept) => Ok(kept),
            None => Ok(self.load(children).await?.unwrap_or_default()),
        }
    }
}
