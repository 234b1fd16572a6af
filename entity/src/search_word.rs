//! A word of a row's text, folded to plain lower-case letters; the index that search uses.

use sea_orm::entity::prelude::*;

/// A word of a row's text, folded to plain lower-case letters; the index that search uses.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_word")]
pub struct Model {
    /// The table of the row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub table_name: String,
    /// The folded word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub word: String,
    /// The key of the row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub row_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
