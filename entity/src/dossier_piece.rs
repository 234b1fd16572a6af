//! The content of a dossier, beside it, since it may be long and lists of dossiers do without.

use sea_orm::entity::prelude::*;

/// The content of a dossier; it shares the dossier's key.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "dossier_content")]
pub struct Model {
    /// The key of the dossier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What was frozen: JSON, exactly the bytes that were hashed.
    pub content: String,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("dossier_content", stamped);
