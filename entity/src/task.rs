//! A task or solution of the plan, tied to a node of the framework.

use sea_orm::entity::prelude::*;

use crate::{Long, Priority, Recurrence, TaskKind, TaskStatus};

/// A task or solution of the plan, tied to a node of the framework.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "task")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The plan it belongs to.
    pub plan_id: Uuid,
    /// Code within the plan, unique there.
    pub code: String,
    /// What is to be done, in one line.
    pub title: String,
    /// The same at length.
    pub description: Option<Long>,
    /// What it asks for.
    pub kind: TaskKind,
    /// The node it serves; none if it serves the index as a whole.
    pub node_id: Option<Uuid>,
    /// What should be there in the end.
    pub expected_product: Option<Long>,
    /// Whether reports on it must have evidence.
    pub evidence_required: bool,
    /// First day.
    pub start_on: Option<Date>,
    /// Last day.
    pub due_on: Date,
    /// How often it comes back.
    pub recurrence: Recurrence,
    /// How far it is.
    pub status: TaskStatus,
    /// How urgent it is.
    pub priority: Priority,
    /// Why it was given up.
    pub cancel_reason: Option<Long>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("task", editable);
