//! What a unit wants to reach at a node in a year.

use sea_orm::entity::prelude::*;

use crate::Long;

/// What a unit wants to reach at a node in a year.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "target")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The unit.
    pub unit_id: Uuid,
    /// The year of the ranking.
    pub year: i32,
    /// The node, in the newest framework when it was set; followed through the versions.
    pub node_id: Uuid,
    /// This rank or a better one.
    pub rank: Option<i32>,
    /// This score or a higher one.
    pub score: Option<f64>,
    /// A score above that of the year before.
    pub above_last_year: bool,
    /// What a reader should know about it.
    pub note: Option<Long>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("target", editable);
