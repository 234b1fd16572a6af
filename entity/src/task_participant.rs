//! View: who works on a task and in which role, and nothing else of the assignment.

use sea_orm::entity::prelude::*;

use crate::AssignmentRole;

/// View: who works on a task and in which role, and nothing else of the assignment.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "task_participant")]
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
}

crate::row!("task_participant");
