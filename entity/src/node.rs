//! A node of a framework's tree: index, sub-index, pillar, group or indicator.

use sea_orm::entity::prelude::*;

use crate::{Aggregation, NodeLevel, Provenance};

/// A node of a framework's tree: index, sub-index, pillar, group or indicator.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "node")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The framework version it belongs to.
    pub framework_id: Uuid,
    /// The node above; none for the index.
    pub parent_id: Option<Uuid>,
    /// Its level.
    pub level: NodeLevel,
    /// Its code in this framework version, such as `4.2.2`; never its identity.
    pub code: String,
    /// Name in Vietnamese.
    pub name_vi: String,
    /// Name in English.
    pub name_en: String,
    /// Place in the depth-first order of the tree, from 0.
    pub position: i32,
    /// Weight among its siblings, rescaled among those present.
    pub weight: f64,
    /// How its children make its score, where that differs from the framework's.
    pub aggregation: Option<Aggregation>,
    /// Where name and code were read.
    pub provenance: Provenance,
    /// When an officer confirmed name and code.
    pub verified_at: Option<DateTimeUtc>,
    /// Who confirmed them.
    pub verified_by: Option<Uuid>,
    /// What a reader should know about it.
    pub note: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("node", editable);
