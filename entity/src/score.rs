//! The result of one unit at one node in one edition. Missing is null, never 0.

use sea_orm::entity::prelude::*;

/// The result of one unit at one node in one edition. Missing is null, never 0.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "score")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The edition.
    pub edition_id: Uuid,
    /// The unit.
    pub unit_id: Uuid,
    /// The node of the edition's framework.
    pub node_id: Uuid,
    /// Raw value, in the indicator's unit.
    pub value: Option<f64>,
    /// Score from 0 to 100.
    pub score: Option<f64>,
    /// Rank among the edition's units, 1 is best.
    pub rank: Option<i32>,
    /// Where the figures were read.
    pub source: Option<String>,
    /// What a reader should know about them.
    pub note: Option<String>,
    /// The supplied figure that `value` is, once accepted.
    pub submission_id: Option<Uuid>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("score", stamped);
