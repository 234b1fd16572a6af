//! What raw values of indicators may be divided by: population, enterprises, GRDP.

use sea_orm::entity::prelude::*;

/// What raw values of indicators may be divided by: population, enterprises, GRDP.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "denominator")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The framework version it belongs to.
    pub framework_id: Uuid,
    /// Its code in this framework version, told from those of nodes.
    pub code: String,
    /// Name in Vietnamese.
    pub name_vi: String,
    /// Name in English.
    pub name_en: String,
    /// Unit of its values.
    pub unit: String,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("denominator", editable);
