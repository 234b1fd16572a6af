//! The published rows of one table.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::Arc;

use entity::{computation, denominator, node};
use sea_orm::{ModelTrait, Value};
use uuid::Uuid;

use super::super::page::present;
use super::super::{Many, Read, Sort, Tx};
use crate::error::Result;
use crate::policy::Rule;

/// The published rows of one table, by key.
pub(super) struct Table<E: Rule>(BTreeMap<Uuid, Arc<E::Model>>);

impl<E: Rule> Table<E> {
    /// Whether a row of the table is published together with the row that it hangs on.
    pub(super) fn is_within() -> bool {
        let within = [
            TypeId::of::<node::Entity>(),
            TypeId::of::<denominator::Entity>(),
            TypeId::of::<computation::Entity>(),
        ];
        within.contains(&TypeId::of::<E>())
    }

    pub(super) async fn read(tx: &Tx) -> Result<Self>
    where
        E::Model: Send + Sync,
    {
        let rows = tx.every(tx.find::<E>()).await?;
        Ok(Self(rows.into_iter().map(|row| (E::id(&row), Arc::new(row))).collect()))
    }

    pub(super) fn get(&self, id: Uuid) -> Option<Arc<E::Model>> {
        self.0.get(&id).cloned()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<E::Model>> {
        self.0.values()
    }

    /// What the loader would find in the database.
    pub(super) fn children(&self, wanted: &Many<E>) -> Option<Vec<Arc<E::Model>>> {
        let (parent, sort) = (wanted.parent_column()?, wanted.sort()?);
        let empty = wanted.empty_column();
        let is_wanted = |row: &&Arc<E::Model>| {
            row.get(parent) == Value::Uuid(Some(wanted.parent_id()))
                && empty.is_none_or(|column| present(row.get(column)).is_none())
        };
        let mut rows: Vec<Arc<E::Model>> = self.all().filter(is_wanted).cloned().collect();
        rows.sort_by(|one, other| Sort::compare(sort, one, other));
        rows.truncate(wanted.limit());
        Some(rows)
    }
}
