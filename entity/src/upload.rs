//! A file on its way in pieces: how much of it is there.

use sea_orm::entity::prelude::*;

/// A file on its way in pieces: how much of it is there.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "upload")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who sends it.
    pub user_id: Uuid,
    /// The evidence or import whose file it will be.
    pub owner_id: Uuid,
    /// Size of the whole file in bytes.
    pub size: i64,
    /// Bytes that are stored, from the first on.
    pub received: i64,
    /// Pieces that hold them.
    pub pieces: i32,
    /// What the client says of the file, word for word.
    pub metadata: Option<String>,
    /// Until when one request has it for itself, unless it is done before.
    pub claimed_until: Option<DateTimeUtc>,
    /// When the whole file had come and was accepted.
    pub finished_at: Option<DateTimeUtc>,
    /// When it ends.
    pub expires_at: DateTimeUtc,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; pieces are named by it.
    pub row_version: i32,
}

crate::row!("upload", editable);
