//! The value of a denominator for one unit in one edition.

use sea_orm::entity::prelude::*;

/// The value of a denominator for one unit in one edition.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "denominator_value")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The edition.
    pub edition_id: Uuid,
    /// The unit.
    pub unit_id: Uuid,
    /// The denominator.
    pub denominator_id: Uuid,
    /// The value, in the denominator's unit.
    pub value: f64,
    /// Where the figure was read.
    pub source: Option<String>,
    /// What a reader should know about it.
    pub note: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("denominator_value", stamped);
