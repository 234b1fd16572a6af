//! What a user is told of.

use sea_orm::entity::prelude::*;

use crate::NotificationKind;

/// What a user is told of.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who is told.
    pub user_id: Uuid,
    /// What it is about, once per user: the same news is told once.
    pub key: String,
    /// What sort of news.
    pub kind: NotificationKind,
    /// The table of the row that it is about.
    pub subject_table: Option<String>,
    /// The row that it is about.
    pub subject_id: Option<Uuid>,
    /// What its words name.
    pub params: Json,
    /// When it was read.
    pub read_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("notification", editable);
