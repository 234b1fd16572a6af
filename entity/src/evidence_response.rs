//! What one organization answers to a request for evidence.

use sea_orm::entity::prelude::*;

use crate::{Long, ResponseStatus};

/// What one organization answers to a request for evidence.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_response")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The request.
    pub request_id: Uuid,
    /// The organization that is asked.
    pub organization_id: Uuid,
    /// How far it is.
    pub status: ResponseStatus,
    /// What it answers.
    pub content: Option<Long>,
    /// Who last answered.
    pub submitter_id: Option<Uuid>,
    /// When it last answered.
    pub submitted_at: Option<DateTimeUtc>,
    /// Who last returned or accepted it.
    pub decider_id: Option<Uuid>,
    /// When it was last returned or accepted.
    pub decided_at: Option<DateTimeUtc>,
    /// The `row_version` the decision was taken on.
    pub decided_version: Option<i32>,
    /// Why it was sent back.
    pub return_reason: Option<Long>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("evidence_response", editable);
