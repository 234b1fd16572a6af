//! The only code that holds a connection: scoped reads, checked writes, loaders, pages.
//!
//! A [`Store`] reads what its viewer may read. [`Store::begin`] gives a [`Tx`]: what it changes was held with the verb
//! that the change needs, is looked at again afterwards, and is written only by [`Tx::commit`].

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the room in which queries begin, each with its rule"
)]

mod audit;
mod bulk;
mod connect;
mod load;
mod page;
mod published;
mod search;
mod select;
mod sessions;
mod shown;
mod tries;
mod usage;
mod write;

pub use audit::{Fault, Trail};
pub use connect::{Awaited, DatabaseSettings, Db, StatementHook};
pub use load::{EvidenceCount, Many, One};
pub use page::{Listed, Page, PageRequest, RowCursor, Sort, page_of};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use page::{PlaceColumns, behind};
pub use published::{Figures, FiguresOf, Nodes, NodesOf, Published};
pub use search::Searchable;
pub use select::Asked;
pub use write::{Held, Tx, Whole};

use audit::Origin;
use chrono::{DateTime, Utc};
use entity::node;
use published::Over;
use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Statement,
};
use uuid::Uuid;

use crate::error::{Code, Error, Problem, Result};
use crate::policy::{self, Rule, User, Verb, Viewer};
use crate::world::World;

/// The database as one viewer sees it.
#[derive(Clone)]
pub struct Store {
    db: Db,
    world: World,
    viewer: Viewer,
    origin: Origin,
    over: Option<Over>,
    /// What a request's document asks for; without one, whoever reads may need everything.
    asked: Option<Asked>,
}

impl Store {
    /// The database as `viewer` sees it.
    pub fn new(db: Db, world: World, viewer: Viewer) -> Self {
        Self {
            db,
            world,
            viewer,
            origin: Origin { user: viewer.user(), request: None },
            over: None,
            asked: None,
        }
    }

    /// The same; the audit trail tells in which request it was used.
    pub fn for_request(mut self, request: Uuid) -> Self {
        self.origin.request = Some(request);
        self
    }

    /// The same rows; the audit trail names `user`, for whom the product does what the user itself may not.
    pub fn in_name_of(mut self, user: User) -> Self {
        self.origin.user = Some(user);
        self
    }

    /// The time now.
    pub fn now(&self) -> DateTime<Utc> {
        self.look_beyond();
        self.world.now()
    }

    /// Starts a transaction; dropped without [`Tx::commit`], it leaves nothing behind.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(self.transaction(self.db.begin().await?))
    }

    /// Starts a transaction for reads that must all see the same moment; it is never committed.
    pub async fn snapshot(&self) -> Result<Tx> {
        Ok(self.transaction(self.db.snapshot().await?))
    }

    /// Starts a transaction that only one process at a time can have; others wait for its end.
    pub async fn begin_alone(&self) -> Result<Tx> {
        let transaction = self.db.begin().await?;
        self.db.lock(&transaction).await?;
        Ok(self.transaction(transaction))
    }

    fn transaction(&self, transaction: DatabaseTransaction) -> Tx {
        self.look_beyond();
        Tx::new(transaction, self.db.clone(), self.world.clone(), self.viewer, self.origin)
    }
}

mod sealed {
    pub trait Connected {
        fn connection(&self) -> &impl sea_orm::ConnectionTrait;
    }
}
use sealed::Connected;

impl Connected for Store {
    fn connection(&self) -> &impl ConnectionTrait {
        self.look_beyond();
        self.db.reader()
    }
}

/// Scoped reads, through the pool or inside a transaction.
pub trait Read: Connected + Send + Sync {
    /// Whose rows are read.
    fn viewer(&self) -> &Viewer;

    /// Whether the viewer may `verb` any row of `E` at all, to refuse before the input is looked at.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    fn may<E: Rule>(&self, verb: Verb) -> Result<()> {
        policy::rows::<E>(self.viewer(), verb).map(drop).ok_or(Error::Forbidden)
    }

    /// Refuses who may not read every row of `E`, for what would mislead if some were left out.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    fn sees_all<E: Rule>(&self) -> Result<()> {
        let rule = policy::rows::<E>(self.viewer(), Verb::Read);
        rule.filter(Condition::is_empty).map(drop).ok_or(Error::Forbidden)
    }

    /// The rows of `E` that the viewer may read.
    fn find<E: Rule>(&self) -> Select<E> {
        self.find_for(Verb::Read)
    }

    /// The rows of `E` on which the viewer may do `verb`.
    fn find_for<E: Rule>(&self, verb: Verb) -> Select<E> {
        E::find().filter(policy::rows::<E>(self.viewer(), verb).unwrap_or_else(policy::nothing))
    }

    /// The rows of `E` with these keys on which the viewer may do `verb`.
    fn find_by_key<E: Rule>(&self, verb: Verb, keys: impl IntoIterator<Item = Uuid>) -> Select<E> {
        let rule = policy::row::<E>(self.viewer(), verb).unwrap_or_else(policy::nothing);
        let keys = load::rounded(keys.into_iter().collect());
        let these = match keys[..] {
            [one] => E::ID.eq(one),
            _ => E::ID.is_in(keys),
        };
        E::find().filter(rule).filter(these)
    }

    /// `column` of the rows of `E` that the viewer may read and that meet `condition`, for use in a filter.
    fn keys<E: Rule>(&self, column: E::Column, condition: impl IntoCondition) -> SelectStatement {
        let mut rows = self.find::<E>().filter(condition).into_query();
        rows.clear_selects().column((E::default(), column));
        rows
    }

    /// The keys of a node and of all that the viewer may read below it.
    fn subtree(&self, root: Uuid) -> SelectStatement {
        use node::Column::{Id, ParentId};
        const DEPTH: usize = 4;
        // Five levels are known beforehand, so no recursion is needed.
        let mut level = Condition::any().add(Id.eq(root));
        for _ in 0..DEPTH {
            let above = self.keys::<node::Entity>(Id, level.clone());
            level = Condition::any().add(Id.eq(root)).add(ParentId.in_subquery(above));
        }
        self.keys::<node::Entity>(Id, level)
    }

    /// The row with this key.
    ///
    /// # Errors
    /// [`Error::NotFound`], whether there is no such row or the viewer may not read it.
    fn get<E: Rule>(&self, id: Uuid) -> impl Future<Output = Result<E::Model>> + Send
    where
        E::Model: Send + Sync,
    {
        async move { self.first(self.find_by_key::<E>(Verb::Read, [id])).await?.ok_or(Error::NotFound) }
    }

    /// The row with this key, and the row of `F` that its column `names` names.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the viewer may not read both.
    fn get_with<E: Rule, F: Rule>(
        &self,
        id: Uuid,
        names: E::Column,
    ) -> impl Future<Output = Result<(E::Model, F::Model)>> + Send
    where
        E::Model: Send + Sync,
        F::Model: Send + Sync,
    {
        async move {
            let rule = policy::row::<F>(self.viewer(), Verb::Read).unwrap_or_else(policy::nothing);
            let mut rows = self.find_by_key::<E>(Verb::Read, [id]).select_also(F::default()).filter(rule);
            let same = Expr::col(names.as_column_ref()).equals(F::ID.as_column_ref());
            QueryTrait::query(&mut rows).inner_join(F::default(), same);
            match rows.one(self.connection()).await? {
                Some((row, Some(named))) => Ok((row, named)),
                _ => Err(Error::NotFound),
            }
        }
    }

    /// The first row of a query.
    fn first<E: Rule>(&self, query: Select<E>) -> impl Future<Output = Result<Option<E::Model>>> + Send
    where
        E::Model: Send + Sync,
    {
        async move { Ok(query.one(self.connection()).await?) }
    }

    /// All rows of a query that is bounded by its nature.
    fn all<E: Rule>(&self, query: Select<E>) -> impl Future<Output = Result<Vec<E::Model>>> + Send
    where
        E::Model: Send + Sync,
    {
        async move { Ok(query.limit(MOST_ROWS).all(self.connection()).await?) }
    }

    /// The first `most` rows of a query, for work that is done a batch at a time.
    fn batch<E: Rule>(
        &self,
        query: Select<E>,
        most: u64,
    ) -> impl Future<Output = Result<Vec<E::Model>>> + Send
    where
        E::Model: Send + Sync,
    {
        async move {
            let database = self.connection();
            let statement = spelled_out(query.limit(most).build(database.get_database_backend()), most);
            Ok(E::find().from_raw_sql(statement).all(database).await?)
        }
    }

    /// All rows of a query: for the figures of an edition, which grow with its units.
    ///
    /// # Errors
    /// [`Code::TooMany`] above a million rows.
    fn every<E: Rule>(&self, query: Select<E>) -> impl Future<Output = Result<Vec<E::Model>>> + Send
    where
        E::Model: Send + Sync,
    {
        async move {
            let rows = query.limit(MOST_FIGURES + 1).all(self.connection()).await?;
            match rows.len() as u64 > MOST_FIGURES {
                true => Err(Problem::new("", Code::TooMany).with(MOST_FIGURES).into()),
                false => Ok(rows),
            }
        }
    }

    /// What a query that is bounded by its nature makes of its rows: counts by group, a few columns of a join.
    fn shaped<E: Rule, R: FromQueryResult + Send + Sync>(
        &self,
        query: Select<E>,
    ) -> impl Future<Output = Result<Vec<R>>> + Send {
        async move { Ok(query.into_model::<R>().all(self.connection()).await?) }
    }

    /// How many rows a query has.
    fn count<E: Rule>(&self, query: Select<E>) -> impl Future<Output = Result<u64>> + Send
    where
        E::Model: Send + Sync,
    {
        async move { Ok(query.select_only().column(E::ID).count(self.connection()).await?) }
    }

    /// How many rows a query has for each pair of keys that two of its columns hold.
    fn pairs<E: Rule>(
        &self,
        query: Select<E>,
        [one, other]: [E::Column; 2],
    ) -> impl Future<Output = Result<Vec<(Uuid, Uuid, i64)>>> + Send
    where
        E::Model: Send + Sync,
    {
        async move {
            let pairs = query.select_only().column(one).column(other).column_as(E::ID.count(), "rows");
            let pairs = pairs.group_by(one).group_by(other).order_by_asc(one).order_by_asc(other);
            Ok(pairs.limit(MOST_ROWS).into_tuple().all(self.connection()).await?)
        }
    }

    /// Whether a query has a row.
    fn exists<E: Rule>(&self, query: Select<E>) -> impl Future<Output = Result<bool>> + Send
    where
        E::Model: Send + Sync,
    {
        async move {
            let key = query.select_only().column(E::ID).into_tuple::<Uuid>();
            Ok(key.one(self.connection()).await?.is_some())
        }
    }
}

/// The statement with its limit, the last of its values, in its text: PostgreSQL would take a limit that it does not know
/// for a tenth of all rows, and plan the statement anew each time.
fn spelled_out(mut statement: Statement, limit: u64) -> Statement {
    if let Some(values) = &mut statement.values
        && let Some(begin) = statement.sql.strip_suffix(&format!(" LIMIT ${}", values.0.len()))
    {
        statement.sql = format!("{begin} LIMIT {limit}");
        values.0.pop();
    }
    statement
}

/// Even a list that is bounded by its nature has a bound.
const MOST_ROWS: u64 = 10_000;
const MOST_FIGURES: u64 = 1_000_000;

impl Read for Store {
    fn viewer(&self) -> &Viewer {
        self.look_beyond();
        &self.viewer
    }

    async fn get<E: Rule>(&self, id: Uuid) -> Result<E::Model>
    where
        E::Model: Send + Sync,
    {
        match self.kept::<E>(id) {
            Some(row) => Ok((*row).clone()),
            None => self.first(self.find_by_key::<E>(Verb::Read, [id])).await?.ok_or(Error::NotFound),
        }
    }
}
