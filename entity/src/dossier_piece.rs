//! The content of a dossier, in pieces beside it: it may be long, lists of dossiers do without it, and who hands it on
//! never has it whole.

use sea_orm::entity::prelude::*;

/// A piece of the content of a dossier.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "dossier_piece")]
pub struct Model {
    /// The key, a uuid v7; the dossier's for what was frozen before there were pieces.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose content it is of.
    pub dossier_id: Uuid,
    /// Where it stands among the pieces, from 0.
    pub place: i32,
    /// A part of the JSON that was frozen: the pieces one behind another are exactly the bytes that were hashed.
    pub content: String,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("dossier_piece", stamped);
