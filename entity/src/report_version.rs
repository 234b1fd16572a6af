//! A report exactly as it was submitted once, and what was decided on it.

use sea_orm::entity::prelude::*;

use crate::{Long, ReportDecision};

/// A report exactly as it was submitted once, and what was decided on it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "report_version")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The report.
    pub report_id: Uuid,
    /// 1 for what was submitted first, then one more each time.
    pub number: i32,
    /// The report's `row_version` once it was submitted: what is decided on.
    pub report_row_version: i32,
    /// How much was done, 0 to 100.
    pub percent: i32,
    /// What was done and reached.
    pub content: Long,
    /// What stood in the way.
    pub difficulties: Option<Long>,
    /// The evidence as it was: a list of id, title and SHA-256.
    pub evidence: Json,
    /// The warnings that the submitter confirmed: a list of codes.
    pub confirmed: Json,
    /// Who submitted it.
    pub submitter_id: Uuid,
    /// When.
    pub submitted_at: DateTimeUtc,
    /// When it was taken back before a decision.
    pub withdrawn_at: Option<DateTimeUtc>,
    /// What was decided.
    pub decision: Option<ReportDecision>,
    /// Who decided.
    pub decider_id: Option<Uuid>,
    /// When.
    pub decided_at: Option<DateTimeUtc>,
    /// Why it was sent back.
    pub reason: Option<Long>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("report_version", editable);
