//! A GraphQL document that a client application registered.

use sea_orm::entity::prelude::*;

/// A GraphQL document that a client application registered.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "client_document")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The client application, as it names itself.
    pub client: String,
    /// What the client's manifest calls the document.
    pub document_id: String,
    /// SHA-256 of its text, in hex.
    pub sha256: String,
    /// Its text.
    pub content: String,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("client_document", stamped);
