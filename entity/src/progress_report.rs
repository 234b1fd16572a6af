//! What an organization reports on its assignment.

use sea_orm::entity::prelude::*;

use crate::{Long, ReportStatus};

/// What an organization reports on its assignment.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "progress_report")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The assignment.
    pub assignment_id: Uuid,
    /// The time it covers, in words or as `2026-H1`.
    pub period: String,
    /// How much is done, 0 to 100.
    pub percent: i32,
    /// What was done and reached.
    pub content: Long,
    /// What stands in the way.
    pub difficulties: Option<Long>,
    /// How far the report is.
    pub status: ReportStatus,
    /// Who wrote it first.
    pub author_id: Uuid,
    /// Who last submitted it.
    pub submitter_id: Option<Uuid>,
    /// When it was first submitted: what says whether it was late.
    pub first_submitted_at: Option<DateTimeUtc>,
    /// When it was last submitted.
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

crate::row!("progress_report", editable);
