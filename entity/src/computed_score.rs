//! What the engine made of an edition at one node for one unit. Missing is null, never 0.

use sea_orm::entity::prelude::*;

/// What the engine made of an edition at one node for one unit. Missing is null, never 0.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "computed_score")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The run.
    pub computation_id: Uuid,
    /// The edition.
    pub edition_id: Uuid,
    /// The unit.
    pub unit_id: Uuid,
    /// The node of the framework.
    pub node_id: Uuid,
    /// The score, not rounded.
    pub score: Option<f64>,
    /// Rank among the units, 1 is best; a half where tied ranks are averaged.
    pub rank: Option<f64>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("computed_score", stamped);
