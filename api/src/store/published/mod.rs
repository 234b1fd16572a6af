//! What is published, kept in memory: small, read by everyone, changed a few times a year.
//!
//! A [`Published`] never changes; a transaction that changes what is published makes another one take its place. What
//! stands in it was read as [`anybody`](crate::policy::anybody), and a [`Store`] gives out of it what its viewer may
//! read by the same rules. Drafts and rows that belong to somebody are never in it.

mod figures;
mod keeping;
mod nodes;
mod table;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use entity::*;
use tokio::sync::OnceCell;
use uuid::Uuid;

pub use figures::{Figures, FiguresOf};
pub(super) use keeping::Keeping;
pub use nodes::{Nodes, NodesOf};
use table::Table;

use super::{Many, Read, Store, Tx};
use crate::error::Result;
use crate::policy::{Rule, Sight, Viewer, anybody, sight};

/// What is published, as it stood at one version of the data.
pub struct Published {
    version: i64,
    tables: Vec<(TypeId, Box<dyn Any + Send + Sync>)>,
    nodes: HashMap<Uuid, Arc<Nodes>>,
    figures: HashMap<Uuid, FiguresCell>,
}

/// The figures of a published edition, read when somebody first asks: they do not change any more.
struct FiguresCell {
    /// What must be the same for the figures to be.
    made: (i32, Option<Uuid>),
    cell: Arc<OnceCell<Arc<Figures>>>,
}

impl Published {
    /// Reads all that is published but the figures; those that `before` has read are taken over.
    async fn read(tx: &Tx, version: i64, before: Option<&Self>) -> Result<Self> {
        let frameworks = Table::<framework::Entity>::read(tx).await?;
        let nodes = Table::<node::Entity>::read(tx).await?;
        let indicators = Table::<indicator::Entity>::read(tx).await?;
        let denominators = Table::<denominator::Entity>::read(tx).await?;
        let organizations = Table::<organization::Entity>::read(tx).await?;
        let units = Table::<unit::Entity>::read(tx).await?;
        let editions = Table::<edition::Entity>::read(tx).await?;
        let computations = Table::<computation::Entity>::read(tx).await?;
        let direction = |node: Uuid| indicators.get(node).map(|row| row.direction);
        let of_framework = |framework| (framework, Arc::new(Nodes::of(framework, nodes.all(), direction)));
        let figures = editions.all().map(|edition| {
            let computation = computations.all().find(|run| run.edition_id == edition.id).map(|run| run.id);
            let made = (edition.row_version, computation);
            let known = before.and_then(|before| before.figures.get(&edition.id));
            let known = known.filter(|known| known.made == made).map(|known| Arc::clone(&known.cell));
            (edition.id, FiguresCell { made, cell: known.unwrap_or_default() })
        });
        Ok(Self {
            version,
            nodes: frameworks.all().map(|row| of_framework(row.id)).collect(),
            figures: figures.collect(),
            tables: vec![
                boxed(frameworks),
                boxed(nodes),
                boxed(indicators),
                boxed(denominators),
                boxed(organizations),
                boxed(units),
                boxed(editions),
                boxed(computations),
            ],
        })
    }

    /// How often what is published had changed when this was read.
    pub fn version(&self) -> i64 {
        self.version
    }

    fn table<E: Rule>(&self) -> Option<&Table<E>> {
        let wanted = TypeId::of::<E>();
        let (_, table) = self.tables.iter().find(|(held, _)| *held == wanted)?;
        table.downcast_ref()
    }
}

/// Whether rows of `E` are kept, so that a change of the table may be one of what is published. Figures change while
/// their edition is a draft, and only the product itself could do otherwise.
pub(super) fn is_kept<E: 'static>(viewer: &Viewer) -> bool {
    macro_rules! is_one_of {
        ($($table:ident)+) => { [$(TypeId::of::<$table::Entity>()),+].contains(&TypeId::of::<E>()) };
    }
    is_one_of!(framework node indicator denominator organization unit edition computation)
        || (viewer.user().is_none() && is_one_of!(score computed_score statistic))
}

fn boxed<E: Rule>(table: Table<E>) -> (TypeId, Box<dyn Any + Send + Sync>)
where
    E::Model: Send + Sync,
{
    (TypeId::of::<E>(), Box::new(table))
}

/// What one viewer reads of the tables that are kept, told once for all who see alike.
#[derive(Clone, Debug)]
pub(super) struct Sights(Vec<(TypeId, Sight)>);

impl Sights {
    fn of(viewer: &Viewer) -> Self {
        macro_rules! sights {
            ($($table:ident)+) => { vec![$((TypeId::of::<$table::Entity>(), sight::<$table::Entity>(viewer))),+] };
        }
        Self(sights!(framework node indicator denominator organization unit edition computation score
            computed_score statistic))
    }

    fn get<E: 'static>(&self) -> Sight {
        let wanted = TypeId::of::<E>();
        self.0.iter().find(|(table, _)| *table == wanted).map_or(Sight::Other, |(_, sight)| *sight)
    }
}

/// What a store reads instead of the database.
#[derive(Clone)]
pub(super) struct Over {
    published: Arc<Published>,
    sights: Arc<Sights>,
    looked_beyond: Arc<AtomicBool>,
}

impl Over {
    /// Whether the viewer reads the published rows of `E`.
    fn reads<E: 'static>(&self) -> bool {
        self.sights.get::<E>() != Sight::Other
    }
}

impl Store {
    /// The same store, answering from `published` what it can: for a request that changes nothing.
    pub fn over(mut self, published: Option<Arc<Published>>) -> Self {
        self.over = published.map(|published| Over {
            published,
            sights: self.db.keeping().sights(&self.viewer),
            looked_beyond: Arc::default(),
        });
        self
    }

    /// Notes that a request depends on more than what is published: on the database, the time, or who asks.
    pub fn look_beyond(&self) {
        if let Some(over) = &self.over {
            over.looked_beyond.store(true, Ordering::Relaxed);
        }
    }

    /// Whether all that this store and its copies gave was what is published.
    pub fn gave_only_published(&self) -> bool {
        self.over.as_ref().is_some_and(|over| !over.looked_beyond.load(Ordering::Relaxed))
    }

    /// How often what is published had changed when what this store answers from was read.
    pub fn data_version(&self) -> Option<i64> {
        self.over.as_ref().map(|over| over.published.version)
    }

    /// The published row of `E` with this key, if the viewer may read it and it is kept.
    pub fn kept<E: Rule>(&self, id: Uuid) -> Option<Arc<E::Model>> {
        let over = self.over.as_ref().filter(|over| over.reads::<E>())?;
        over.published.table::<E>()?.get(id)
    }

    /// The row of `E` with this key, without a copy if it is kept.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::error::Error::NotFound), as for [`Read::get`].
    pub async fn shared<E: Rule>(&self, id: Uuid) -> Result<Arc<E::Model>>
    where
        E::Model: Send + Sync,
    {
        match self.kept::<E>(id) {
            Some(row) => Ok(row),
            None => self.get::<E>(id).await.map(Arc::new),
        }
    }

    /// Children of a row, if they are kept: all that the viewer may read.
    pub fn kept_many<E: Rule>(&self, children: &Many<E>) -> Option<Vec<Arc<E::Model>>> {
        let over = self.over.as_ref()?;
        let table = over.published.table::<E>()?;
        let whole = match over.sights.get::<E>() {
            Sight::Published => true,
            // What hangs on a published row was published with it, but for editions and framework versions.
            Sight::All => Table::<E>::is_within() && over.published.names(children.parent_id()),
            Sight::Other => false,
        };
        whole.then(|| table.children(children)).flatten()
    }

    /// All rows of a small table that the viewer may read, by key.
    pub async fn table<E: Rule>(&self) -> Result<Vec<Arc<E::Model>>>
    where
        E::Model: Send + Sync,
    {
        if let Some(over) = &self.over
            && over.sights.get::<E>() == Sight::Published
            && let Some(table) = over.published.table::<E>()
        {
            return Ok(table.all().cloned().collect());
        }
        let rows = sea_orm::QueryOrder::order_by_asc(self.find::<E>(), E::ID);
        Ok(self.all(rows).await?.into_iter().map(Arc::new).collect())
    }

    /// The figures of a published edition, if the viewer may read them and they are kept.
    pub async fn kept_figures(&self, edition: Uuid) -> Result<Option<Arc<Figures>>> {
        let Some(over) = &self.over else { return Ok(None) };
        let sees = over.reads::<score::Entity>()
            && over.reads::<computed_score::Entity>()
            && over.reads::<statistic::Entity>();
        match over.published.figures.get(&edition).filter(|_| sees) {
            Some(FiguresCell { cell, .. }) if cell.initialized() => Ok(cell.get().cloned()),
            Some(FiguresCell { cell, .. }) => {
                let store = Store::new(self.db.clone(), self.world.clone(), anybody());
                let read = async || Figures::read(&store, edition).await.map(Arc::new);
                // Boxed, since it is read once and asked for by every row.
                Box::pin(cell.get_or_try_init(read)).await.cloned().map(Some)
            }
            None => Ok(None),
        }
    }

    /// The nodes of a published framework version, if the viewer may read them and they are kept.
    pub fn kept_nodes(&self, framework: Uuid) -> Option<Arc<Nodes>> {
        let over = self.over.as_ref().filter(|over| over.reads::<node::Entity>())?;
        over.published.nodes.get(&framework).cloned()
    }
}

impl Published {
    /// Whether this is the key of a published row that others hang on.
    fn names(&self, id: Uuid) -> bool {
        let holds = |found: Option<bool>| found.unwrap_or_default();
        holds(self.table::<node::Entity>().map(|table| table.get(id).is_some()))
            || holds(self.table::<framework::Entity>().map(|table| table.get(id).is_some()))
            || holds(self.table::<edition::Entity>().map(|table| table.get(id).is_some()))
    }
}
