//! What is measured at an indicator node; it shares the node's key.

use sea_orm::entity::prelude::*;

use crate::Direction;

/// What is measured at an indicator node; it shares the node's key.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "indicator")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Unit of the raw value.
    pub unit: String,
    /// Whether more is better.
    pub direction: Direction,
    /// Where the raw value comes from.
    pub data_source: String,
    /// The organization of the province that supplies the raw value.
    pub supplier_id: Option<Uuid>,
    /// How to gather the data and which evidence to keep.
    pub guidance: Option<String>,
    /// The same indicator in the framework version before.
    pub supersedes_id: Option<Uuid>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("indicator", editable);
