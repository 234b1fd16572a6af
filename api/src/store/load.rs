//! Batched reads for relations: one statement per level of a query, whatever the number of parents.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::{Row, assignment, evidence_link, progress_report};
use sea_orm::sea_query::{
    Alias, ColumnRef, Expr, ExprTrait, Func, Order, Query, SelectStatement, UnionType, WindowStatement,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, FromQueryResult, IdenStatic, ModelTrait, QueryFilter,
    QueryTrait, Value,
};
use uuid::Uuid;

use super::{Connected, Read, Sort, Store};
use crate::error::{Error, Result};
use crate::policy::{self, LinkedTo, Rule, Verb};

/// The row of `E` with this key, if the viewer may read it.
pub struct One<E>(pub Uuid, PhantomData<fn() -> E>);

impl<E> One<E> {
    /// The row with key `id`.
    pub fn new(id: Uuid) -> Self {
        Self(id, PhantomData)
    }
}

impl<E> Clone for One<E> {
    fn clone(&self) -> Self {
        Self::new(self.0)
    }
}

impl<E> PartialEq for One<E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<E> Eq for One<E> {}

impl<E> Hash for One<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<E: Rule> Loader<One<E>> for Store
where
    E::Model: Send + Sync,
{
    type Value = Arc<E::Model>;
    type Error = Error;

    async fn load(&self, keys: &[One<E>]) -> Result<HashMap<One<E>, Arc<E::Model>>> {
        let ids = keys.iter().map(|key| key.0);
        let rows = self.all(self.narrowed(self.find_by_key::<E>(Verb::Read, ids))).await?;
        Ok(rows.into_iter().map(|row| (One::new(E::id(&row)), Arc::new(row))).collect())
    }
}

/// The first `limit` rows of `E` whose `parent` column holds `id` and whose `empty` column, if one is named, holds
/// nothing, in the order of `order`.
pub struct Many<E> {
    parent: &'static str,
    id: Uuid,
    order: &'static str,
    newest_first: bool,
    empty: Option<&'static str>,
    limit: u32,
    entity: PhantomData<fn() -> E>,
}

impl<E: Row> Many<E> {
    /// Children by `order`, least first.
    pub fn new(parent: E::Column, id: Uuid, order: E::Column, limit: u32) -> Self {
        Self {
            parent: parent.as_str(),
            id,
            order: order.as_str(),
            newest_first: false,
            empty: None,
            limit,
            entity: PhantomData,
        }
    }

    /// Children by `order`, greatest first.
    pub fn last(parent: E::Column, id: Uuid, order: E::Column, limit: u32) -> Self {
        Self { newest_first: true, ..Self::new(parent, id, order, limit) }
    }

    /// Children by key, newest first.
    pub fn newest(parent: E::Column, id: Uuid, limit: u32) -> Self {
        Self::last(parent, id, E::ID, limit)
    }

    /// Of those, the ones that hold nothing in this column.
    pub fn without(self, column: E::Column) -> Self {
        Self { empty: Some(column.as_str()), ..self }
    }
}

impl<E: Row> Many<E> {
    pub(super) fn parent_id(&self) -> Uuid {
        self.id
    }

    pub(super) fn parent_column(&self) -> Option<E::Column> {
        E::Column::from_str(self.parent).ok()
    }

    pub(super) fn empty_column(&self) -> Option<E::Column> {
        self.empty.and_then(|column| E::Column::from_str(column).ok())
    }

    pub(super) fn sort(&self) -> Option<Sort<E>> {
        let column = E::Column::from_str(self.order).ok()?;
        Some(Sort { column, descending: self.newest_first })
    }

    pub(super) fn limit(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }
}

impl<E> Many<E> {
    fn shape(&self) -> (&'static str, &'static str, bool, Option<&'static str>, u32) {
        (self.parent, self.order, self.newest_first, self.empty, self.limit)
    }
}

impl<E> Clone for Many<E> {
    fn clone(&self) -> Self {
        Self { entity: PhantomData, ..*self }
    }
}

impl<E> PartialEq for Many<E> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.shape() == other.shape()
    }
}

impl<E> Eq for Many<E> {}

impl<E> Hash for Many<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
        self.shape().hash(state);
    }
}

impl<E: Rule> Loader<Many<E>> for Store
where
    E::Model: Send + Sync,
{
    type Value = Vec<Arc<E::Model>>;
    type Error = Error;

    async fn load(&self, keys: &[Many<E>]) -> Result<HashMap<Many<E>, Vec<Arc<E::Model>>>> {
        let mut shapes: HashMap<_, Vec<&Many<E>>> = HashMap::new();
        for key in keys {
            shapes.entry(key.shape()).or_default().push(key);
        }
        let mut children: HashMap<Many<E>, Vec<Arc<E::Model>>> =
            keys.iter().map(|key| (key.clone(), Vec::new())).collect();
        for keys in shapes.into_values() {
            let Some(first) = keys.first() else { continue };
            let column = |name| E::Column::from_str(name).map_err(|_| Error::internal(name));
            let parent = column(first.parent)?;
            let ranked = self.ranked::<E>(first, parent, column(first.order)?, &keys);
            for row in self.connection().query_all(&ranked).await? {
                let row = E::Model::from_query_result(&row, "")?;
                if let Value::Uuid(Some(id)) = row.get(parent) {
                    let key = Many { id, ..(*first).clone() };
                    children.entry(key).or_default().push(Arc::new(row));
                }
            }
        }
        Ok(children)
    }
}

impl Store {
    /// The children of all parents in one statement, each parent's cut off behind its limit.
    fn ranked<E: Rule>(
        &self,
        shape: &Many<E>,
        parent: E::Column,
        order: E::Column,
        keys: &[&Many<E>],
    ) -> SelectStatement {
        let direction = if shape.newest_first { Order::Desc } else { Order::Asc };
        let window = WindowStatement::partition_by(parent)
            .order_by((E::default(), order), direction.clone())
            .order_by((E::default(), E::ID), direction.clone())
            .take();
        let ids = rounded(keys.iter().map(|key| key.id).collect());
        let empty = shape.empty_column().map(|column| column.is_null());
        let wanted = Condition::all().add(parent.is_in(ids)).add_option(empty);
        // No table has a column of this name.
        let (ranked, nth) = (Alias::new("ranked"), Alias::new("nth_of_parent"));
        let mut rows = self.narrowed(self.find::<E>()).filter(wanted).into_query();
        rows.expr_window_as(Func::cust("row_number"), window, nth.clone());
        Query::select()
            .columns(self.columns::<E>().map(|column| (ranked.clone(), column)))
            .from_subquery(rows, ranked.clone())
            .and_where(Expr::col((ranked.clone(), nth)).lte(shape.limit))
            .order_by((ranked.clone(), order), direction.clone())
            .order_by((ranked, E::ID), direction)
            .limit(u64::from(shape.limit).saturating_mul(keys.len() as u64))
            .take()
    }
}

/// The same keys, the last of them repeated until there is a power of two of them. A database plans each text of a
/// statement anew and remembers a hundred: so there are few, whatever the number of keys.
pub(super) fn rounded(mut keys: Vec<Uuid>) -> Vec<Uuid> {
    // Beyond that a statement's own work outweighs its planning.
    const MOST: usize = 1_024;
    if let Some(last) = keys.last().copied().filter(|_| keys.len() < MOST) {
        keys.resize(keys.len().next_power_of_two(), last);
    }
    keys
}

/// How many pieces of evidence are attached to a task or to the reports on it, counted among those the viewer may read.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EvidenceCount {
    /// The task.
    pub task_id: Uuid,
}

impl Loader<EvidenceCount> for Store {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[EvidenceCount]) -> Result<HashMap<EvidenceCount, i64>> {
        use evidence_link::{Column as Link, Entity as Links};
        let (task, piece) = (Alias::new("counted_task"), Alias::new("piece"));
        let ids = rounded(keys.iter().map(|key| key.task_id).collect());
        let attached = |to: LinkedTo, of_task: ColumnRef| {
            let rule = policy::links(&self.viewer, to).unwrap_or_else(policy::nothing);
            let of_tasks = Expr::col(of_task.clone()).is_in(ids.clone());
            Query::select()
                .expr_as(Expr::col(of_task), task.clone())
                .expr_as(Expr::col((Links, Link::EvidenceId)), piece.clone())
                .from(Links)
                .cond_where(Condition::all().add(of_tasks).add(rule))
                .take()
        };
        let mut pieces = attached(LinkedTo::Task, Link::TaskId.as_column_ref().into());
        let reported = attached(LinkedTo::Report, assignment::Column::TaskId.as_column_ref().into())
            .inner_join(
                progress_report::Entity,
                Expr::col((progress_report::Entity, progress_report::Column::Id))
                    .equals((Links, Link::ReportId)),
            )
            .inner_join(
                assignment::Entity,
                Expr::col((assignment::Entity, assignment::Column::Id))
                    .equals((progress_report::Entity, progress_report::Column::AssignmentId)),
            )
            .take();
        pieces.union(UnionType::All, reported);
        let counted = Query::select()
            .column(task.clone())
            .expr_as(Expr::col(piece).count_distinct(), Alias::new("pieces"))
            .from_subquery(pieces, Alias::new("attached"))
            .add_group_by([Expr::col(task)])
            .take();
        let mut counts = HashMap::new();
        for row in self.connection().query_all(&counted).await? {
            counts.insert(
                EvidenceCount { task_id: row.try_get("", "counted_task")? },
                row.try_get("", "pieces")?,
            );
        }
        Ok(counts)
    }
}
