//! Checked writes: fetched with the verb, applied, looked at again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use entity::{AuditAction, Editable, Stamped, search_word};
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, ConnectionTrait, DatabaseBackend,
    DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, Iterable, ModelTrait, QueryFilter, QuerySelect,
    Select, Set, SqlErr, Value,
};
use uuid::Uuid;

use super::audit::{Notes, Origin, Tally};
use super::published::{Keeping, is_kept};
use super::search::Searchable;
use super::{Connected, Db, Read};
use crate::error::{Code, Error, Problem, Result};
use crate::policy::{self, Rule, Verb, Viewer};
use crate::world::World;

/// A transaction of one viewer.
pub struct Tx {
    pub(super) transaction: DatabaseTransaction,
    pub(super) world: World,
    pub(super) viewer: Viewer,
    pub(super) origin: Origin,
    pub(super) notes: Notes,
    db: Db,
    has_news: AtomicBool,
    changes_published: AtomicBool,
}

/// A row fetched to be changed, and what may be done to it.
pub struct Held<E: EntityTrait> {
    row: E::Model,
    verb: Verb,
}

impl<E: EntityTrait> std::ops::Deref for Held<E> {
    type Target = E::Model;
    fn deref(&self) -> &E::Model {
        &self.row
    }
}

impl<E: Editable> Held<E> {
    fn is_at(&self, expected: Option<i32>) -> Result<()> {
        match expected {
            Some(expected) if expected != E::row_version(&self.row) => Err(conflict()),
            _ => Ok(()),
        }
    }
}

/// A transaction without its viewer's wall, for what must hold whoever asks. What it reads is not for the client.
pub struct Whole<'tx> {
    tx: &'tx Tx,
    viewer: Viewer,
}

impl Connected for Whole<'_> {
    fn connection(&self) -> &impl ConnectionTrait {
        &self.tx.transaction
    }
}

impl Read for Whole<'_> {
    fn viewer(&self) -> &Viewer {
        &self.viewer
    }
}

impl Connected for Tx {
    fn connection(&self) -> &impl ConnectionTrait {
        &self.transaction
    }
}

impl Read for Tx {
    fn viewer(&self) -> &Viewer {
        &self.viewer
    }
}

impl Tx {
    pub(super) fn new(
        transaction: DatabaseTransaction,
        db: Db,
        world: World,
        viewer: Viewer,
        origin: Origin,
    ) -> Self {
        Self {
            transaction,
            world,
            viewer,
            origin,
            notes: Notes::default(),
            db,
            has_news: AtomicBool::new(false),
            changes_published: AtomicBool::new(false),
        }
    }

    /// The time now.
    pub fn now(&self) -> DateTime<Utc> {
        self.world.now()
    }

    /// Writes what was done, and to the audit trail that it was.
    pub async fn commit(self) -> Result<()> {
        let changes_published = self.changes_published.load(Ordering::Relaxed);
        if changes_published {
            Keeping::note_change(&self.transaction).await?;
        }
        self.append_notes().await?;
        self.transaction.commit().await?;
        if self.has_news.into_inner() {
            self.db.news().notify_one();
        }
        if changes_published {
            self.db.renew_published(&self.world).await;
        }
        Ok(())
    }

    /// Notes that rows of `E` were written.
    pub(super) fn wrote<E: Rule>(&self) {
        if is_kept::<E>(&self.viewer) {
            self.changes_published.store(true, Ordering::Relaxed);
        }
    }

    /// Wakes who carries news out as soon as this is committed.
    pub fn wake_news(&self) {
        self.has_news.store(true, Ordering::Relaxed);
    }

    /// All rows, for a check that must not depend on what the viewer sees.
    pub fn whole(&self) -> Whole<'_> {
        Whole { tx: self, viewer: Viewer::system() }
    }

    /// The row with this key, to be changed.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the viewer does not see it, [`Error::Forbidden`] when it sees it but may not `verb` it.
    pub async fn hold<E: Rule>(&self, id: Uuid, verb: Verb) -> Result<Held<E>>
    where
        E::Model: Send + Sync,
    {
        let (own, seen) = (self.find_by_key::<E>(verb, [id]), self.find_by_key::<E>(Verb::Read, [id]));
        self.hold_one(own, seen, verb).await?.ok_or(Error::NotFound)
    }

    /// The first row that meets `condition`, to be changed; `None` when the viewer sees none.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when it sees it but may not `verb` it.
    pub async fn hold_where<E: Rule>(&self, condition: Condition, verb: Verb) -> Result<Option<Held<E>>>
    where
        E::Model: Send + Sync,
    {
        let (own, seen) = (self.find_for::<E>(verb).filter(condition.clone()), self.find::<E>());
        self.hold_one(own, seen.filter(condition), verb).await
    }

    async fn hold_one<E: Rule>(&self, own: Select<E>, seen: Select<E>, verb: Verb) -> Result<Option<Held<E>>>
    where
        E::Model: Send + Sync,
    {
        match self.first(self.locked(own)).await? {
            Some(row) => Ok(Some(Held { row, verb })),
            // Looked at without a lock, which is for those who may change it.
            None if self.exists(seen).await? => Err(Error::Forbidden),
            None => Ok(None),
        }
    }

    /// The row with this key, which no other transaction changes meanwhile.
    ///
    /// # Errors
    /// [`Error::NotFound`], as for [`Read::get`].
    pub async fn get_locked<E: Rule>(&self, id: Uuid) -> Result<E::Model>
    where
        E::Model: Send + Sync,
    {
        let query = self.locked(self.find_by_key::<E>(Verb::Read, [id]));
        self.first(query).await?.ok_or(Error::NotFound)
    }

    /// The rows of a query, which no other transaction changes meanwhile. Foreign keys to them may still be written.
    pub fn locked<E: Rule>(&self, query: Select<E>) -> Select<E> {
        // SQLite has no row locks and needs none: its one writer is this transaction.
        match self.transaction.get_database_backend() {
            DatabaseBackend::Sqlite => query,
            _ => query.lock(LockType::NoKeyUpdate),
        }
    }

    /// The rows of a query that no other transaction has locked, for work that one process at a time may take.
    pub fn claimed<E: Rule>(&self, query: Select<E>) -> Select<E> {
        match self.transaction.get_database_backend() {
            DatabaseBackend::Sqlite => query,
            _ => query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
        }
    }

    /// Writes a new row; its key is made here unless `row` has one.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when it is not a row that the viewer may create.
    pub async fn insert<E: Rule + Stamped>(&self, mut row: E::ActiveModel) -> Result<E::Model>
    where
        E::ActiveModel: Send,
        E::Model: IntoActiveModel<E::ActiveModel> + Send + Sync,
    {
        let rule = policy::rows::<E>(&self.viewer, Verb::Create).ok_or(Error::Forbidden)?;
        self.stamp::<E>(&mut row);
        self.wrote::<E>();
        let row = E::insert(row).exec_with_returning(&self.transaction).await?;
        if !rule.is_empty() && !self.exists(self.find_by_key::<E>(Verb::Create, [E::id(&row)])).await? {
            return Err(Error::Forbidden);
        }
        self.note_created::<E>(&row)?;
        Ok(row)
    }

    /// Writes many new rows.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when one of them is not a row that the viewer may create.
    pub async fn insert_all<E: Rule + Stamped>(&self, rows: Vec<E::ActiveModel>) -> Result<()>
    where
        E::ActiveModel: Send,
        E::Model: Send + Sync,
    {
        // Each database limits the values bound in one statement.
        const CHUNK: usize = 500;
        let rule = policy::rows::<E>(&self.viewer, Verb::Create).ok_or(Error::Forbidden)?;
        self.wrote::<E>();
        let mut rows = rows.into_iter().peekable();
        let mut tally = Tally::new();
        while rows.peek().is_some() {
            let chunk = rows.by_ref().take(CHUNK).map(|mut row| {
                self.stamp::<E>(&mut row);
                row
            });
            let chunk: Vec<E::ActiveModel> = chunk.collect();
            if self.is_noted::<E>() {
                chunk.iter().try_for_each(|row| tally.add_new::<E>(row))?;
            }
            let key = |row: &E::ActiveModel| match row.get(E::ID).into_value() {
                Some(Value::Uuid(id)) => id,
                _ => None,
            };
            let ids: Vec<Uuid> = chunk.iter().filter_map(key).collect();
            E::insert_many(chunk).exec_without_returning(&self.transaction).await?;
            if !rule.is_empty() {
                let written = ids.len() as u64;
                let allowed = self.find_by_key::<E>(Verb::Create, ids);
                if self.count(allowed).await? != written {
                    return Err(Error::Forbidden);
                }
            }
        }
        self.note_many::<E>(AuditAction::Create, tally);
        Ok(())
    }

    /// Removes the rows that meet `condition`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when one of them is not a row that the viewer may remove.
    pub async fn delete_all<E: Rule>(&self, condition: Condition) -> Result<()>
    where
        E::Model: Send + Sync,
    {
        let rule = policy::rows::<E>(&self.viewer, Verb::Delete).ok_or(Error::Forbidden)?;
        self.wrote::<E>();
        let gone = E::delete_many().filter(condition.clone()).filter(rule);
        if self.is_noted::<E>() {
            let gone = gone.exec_with_returning(&self.transaction).await?;
            self.note_many::<E>(AuditAction::Delete, Tally::of::<E>(gone)?);
        } else {
            gone.exec(&self.transaction).await?;
        }
        let whole = self.whole();
        match whole.exists(whole.find::<E>().filter(condition)).await? {
            true => Err(Error::Forbidden),
            false => Ok(()),
        }
    }

    pub(super) fn stamp<E: Stamped>(&self, row: &mut E::ActiveModel) {
        if row.get(E::ID).is_not_set() {
            row.set(E::ID, self.world.uuid().into());
        }
        let now = self.world.now();
        row.set(E::CREATED_AT, now.into());
        row.set(E::UPDATED_AT, now.into());
    }

    /// Writes `change` to a held row. `expected` is the version that the client read, if it says one.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the row has changed since, [`Error::Forbidden`] when the change takes it out of the
    /// rows that the viewer may change.
    pub async fn update<E: Rule + Editable>(
        &self,
        held: &Held<E>,
        expected: Option<i32>,
        mut change: E::ActiveModel,
    ) -> Result<E::Model>
    where
        E::ActiveModel: Send,
        E::Model: IntoActiveModel<E::ActiveModel> + Send + Sync,
    {
        held.is_at(expected)?;
        let (id, version) = (E::id(&held.row), E::row_version(&held.row));
        change.set(E::ROW_VERSION, (version + 1).into());
        change.set(E::UPDATED_AT, self.world.now().into());
        self.wrote::<E>();
        let changed = E::update_many()
            .set(change)
            .filter(E::ID.eq(id))
            .filter(E::ROW_VERSION.eq(version))
            .exec_with_returning(&self.transaction)
            .await?;
        let row = changed.into_iter().next().ok_or_else(conflict)?;
        let rule = policy::rows::<E>(&self.viewer, held.verb).ok_or(Error::Forbidden)?;
        if !rule.is_empty() && !self.exists(self.find_by_key::<E>(held.verb, [id])).await? {
            return Err(Error::Forbidden);
        }
        self.note_updated::<E>(&held.row, &row)?;
        Ok(row)
    }

    /// The same, unless the row is as `change` wants it already: then its version stays.
    ///
    /// # Errors
    /// As of [`update`](Self::update).
    pub async fn revise<E: Rule + Editable>(
        &self,
        held: &Held<E>,
        expected: Option<i32>,
        change: E::ActiveModel,
    ) -> Result<E::Model>
    where
        E::ActiveModel: Send,
        E::Model: IntoActiveModel<E::ActiveModel> + Send + Sync,
    {
        held.is_at(expected)?;
        let differs =
            |column| matches!(change.get(column), ActiveValue::Set(new) if new != held.row.get(column));
        match E::Column::iter().any(differs) {
            true => self.update(held, expected, change).await,
            false => Ok(held.row.clone()),
        }
    }

    /// Writes `change` to a row that has no version, for the product itself.
    pub async fn amend<E: Rule + Stamped>(&self, id: Uuid, mut change: E::ActiveModel) -> Result<()>
    where
        E::Model: Send + Sync,
    {
        policy::rows::<E>(&self.viewer, Verb::Update)
            .filter(|rule| rule.is_empty())
            .ok_or(Error::Forbidden)?;
        change.set(E::UPDATED_AT, self.world.now().into());
        self.wrote::<E>();
        let change = E::update_many().set(change).filter(E::ID.eq(id));
        if !self.is_noted::<E>() {
            change.exec(&self.transaction).await?;
            return Ok(());
        }
        let before = self.first(self.locked(self.find_by_key::<E>(Verb::Read, [id]))).await?;
        let after = change.exec_with_returning(&self.transaction).await?;
        match (before, after.first()) {
            (Some(before), Some(after)) => self.note_updated::<E>(&before, after),
            _ => Ok(()),
        }
    }

    /// Removes a held row.
    ///
    /// # Errors
    /// [`Code::InvalidState`] when other rows still name it.
    pub async fn delete<E: Rule>(&self, held: Held<E>) -> Result<()> {
        if held.verb != Verb::Delete {
            return Err(Error::Forbidden);
        }
        self.wrote::<E>();
        let gone = E::delete_many().filter(E::ID.eq(E::id(&held.row))).exec(&self.transaction).await;
        match gone.as_ref().map_err(DbErr::sql_err) {
            Err(Some(SqlErr::ForeignKeyConstraintViolation(_))) => {
                Err(Problem::new("id", Code::InvalidState).with("IN_USE").into())
            }
            _ => {
                gone?;
                self.note_deleted::<E>(&held.row)
            }
        }
    }

    /// Makes a row's words found by search, and no others.
    pub async fn index_words<E: Searchable>(&self, row: &E::Model) -> Result<()> {
        self.forget_words::<E>(E::id(row)).await?;
        self.add_words::<E>(std::slice::from_ref(row)).await
    }

    /// Makes a row's words found no more.
    pub async fn forget_words<E: Searchable>(&self, id: Uuid) -> Result<()> {
        use search_word::Column::{RowId, TableName};
        let words = search_word::Entity::delete_many().filter(TableName.eq(E::TABLE)).filter(RowId.eq(id));
        words.exec(&self.transaction).await?;
        Ok(())
    }

    /// Makes the words of new rows found by search.
    pub async fn add_words<E: Searchable>(&self, rows: &[E::Model]) -> Result<()> {
        const CHUNK: usize = 2_000;
        let words = rows.iter().map(words_of::<E>).collect::<Result<Vec<_>>>()?.concat();
        for chunk in words.chunks(CHUNK) {
            search_word::Entity::insert_many(chunk.to_vec())
                .exec_without_returning(&self.transaction)
                .await?;
        }
        Ok(())
    }
}

fn words_of<E: Searchable>(row: &E::Model) -> Result<Vec<search_word::ActiveModel>> {
    let words: BTreeSet<String> = E::texts(row)?.into_iter().flat_map(crate::text::words).collect();
    let row_id = E::id(row);
    let found_by = |word| search_word::ActiveModel {
        table_name: Set(E::TABLE.to_owned()),
        word: Set(word),
        row_id: Set(row_id),
    };
    Ok(words.into_iter().map(found_by).collect())
}

fn conflict() -> Error {
    Error::Conflict(vec![Problem::new("expectedVersion", Code::Conflict)])
}
