//! Mean, minimum and maximum over all units at one node in one edition.

use sea_orm::entity::prelude::*;

/// Mean, minimum and maximum over all units at one node in one edition.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "statistic")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The edition.
    pub edition_id: Uuid,
    /// The node of the edition's framework.
    pub node_id: Uuid,
    /// Mean of the raw values.
    pub value_mean: Option<f64>,
    /// Least raw value.
    pub value_min: Option<f64>,
    /// Greatest raw value.
    pub value_max: Option<f64>,
    /// Mean of the scores.
    pub score_mean: Option<f64>,
    /// Least score.
    pub score_min: Option<f64>,
    /// Greatest score.
    pub score_max: Option<f64>,
    /// Where the figures were read.
    pub source: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("statistic", stamped);
