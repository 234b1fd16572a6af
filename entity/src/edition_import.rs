//! A file of figures for a draft edition: announced, uploaded, committed.

use sea_orm::entity::prelude::*;

use crate::{Figure, ImportStatus};

/// A file of figures for a draft edition: announced, uploaded, committed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "edition_import")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The draft.
    pub edition_id: Uuid,
    /// Who announced it.
    pub author_id: Uuid,
    /// What the cells of a wide table are, where the file does not say.
    pub figure: Figure,
    /// How far it is.
    pub status: ImportStatus,
    /// Name of the file.
    pub file_name: String,
    /// Where the file is, once uploaded.
    pub storage_key: Option<String>,
    /// Size of the file in bytes.
    pub size: Option<i64>,
    /// SHA-256 of the file's bytes, in hex.
    pub sha256: Option<String>,
    /// How many figures it changed.
    pub changed: Option<i32>,
    /// When its figures were written.
    pub committed_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("edition_import", editable);
