//! One thing that a request asks for.

use sea_orm::entity::prelude::*;

/// One thing that a request asks for.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_request_item")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The request.
    pub request_id: Uuid,
    /// Place in the request, from 1.
    pub position: i32,
    /// What is wanted.
    pub title: String,
    /// The node of the framework that it is about.
    pub node_id: Option<Uuid>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("evidence_request_item", stamped);
