//! A task in the hands of one organization.

use sea_orm::entity::prelude::*;

use crate::{AssignmentRole, Long};

/// A task in the hands of one organization.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "assignment")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The task.
    pub task_id: Uuid,
    /// The organization.
    pub organization_id: Uuid,
    /// Lead or coordinating.
    pub role: AssignmentRole,
    /// What this organization in particular is to do.
    pub instruction: Option<Long>,
    /// When the organization took it on.
    pub accepted_at: Option<DateTimeUtc>,
    /// Who took it on.
    pub accepted_by: Option<Uuid>,
    /// When it was taken away; such rows are history.
    pub ended_at: Option<DateTimeUtc>,
    /// Why it was taken away.
    pub end_reason: Option<Long>,
    /// The assignment that took its place.
    pub successor_id: Option<Uuid>,
    /// The task's last day, which the database itself takes from the task.
    pub task_due_on: Option<Date>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("assignment", editable);
