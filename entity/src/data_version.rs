//! How often what is published has changed: one row.

use sea_orm::entity::prelude::*;

/// How often what is published has changed: one row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_version")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Grows by one with every transaction that changed a table of which rows are published.
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
