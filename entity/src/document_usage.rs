//! How often a client sent a document that it registered, on one day.

use sea_orm::entity::prelude::*;

/// How often a client sent a document that it registered, on one day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document_usage")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The client application.
    pub client: String,
    /// SHA-256 of the document's text, in hex.
    pub sha256: String,
    /// The day, in UTC.
    pub day: Date,
    /// Requests that day.
    pub requests: i64,
}

crate::row!("document_usage");
