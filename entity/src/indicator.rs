//! What is measured at an indicator node; it shares the node's key.

use sea_orm::entity::prelude::*;

use crate::{Direction, Imputation, Normalisation, Treatment};

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
    /// What the raw value is divided by.
    pub denominator_id: Option<Uuid>,
    /// How missing values are filled, where that differs from the framework's.
    pub imputation: Option<Imputation>,
    /// How outliers are treated, where that differs from the framework's.
    pub treatment: Option<Treatment>,
    /// How raw values are brought to one scale, where that differs from the framework's.
    pub normalisation: Option<Normalisation>,
    /// Lower goalpost in the unit of the (denominated) value.
    pub goalpost_min: Option<f64>,
    /// Upper goalpost in the unit of the (denominated) value.
    pub goalpost_max: Option<f64>,
    /// What the distance to target is measured to, in the unit of the (denominated) value.
    pub target: Option<f64>,
    /// Whether scores beyond goalposts or target are cut.
    pub capped: bool,
    /// Whether goalposts are applied to logarithms.
    pub log_scale: bool,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("indicator", editable);
