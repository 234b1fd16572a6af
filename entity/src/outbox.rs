//! News on its way: written with the change that it tells of, carried out afterwards, exactly once for each user.

use sea_orm::entity::prelude::*;

use crate::NotificationKind;

/// News on its way: written with the change that it tells of, carried out afterwards, exactly once for each user.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it is about, unique: the same news is queued once.
    pub key: String,
    /// What sort of news.
    pub kind: NotificationKind,
    /// The table of the row that it is about.
    pub subject_table: Option<String>,
    /// The row that it is about.
    pub subject_id: Option<Uuid>,
    /// What its words name.
    pub params: Json,
    /// Whom to send it to by e-mail; none while it is to be told to all whom it concerns.
    pub recipient_id: Option<Uuid>,
    /// Not before this.
    pub due_at: DateTimeUtc,
    /// How often sending it was tried.
    pub attempts: i32,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it was carried out.
    pub done_at: Option<DateTimeUtc>,
    /// When it was given up.
    pub failed_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("outbox", editable);
