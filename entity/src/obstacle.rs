//! A difficulty that a department cannot overcome by itself.

use sea_orm::entity::prelude::*;

use crate::{Long, ObstacleStatus};

/// A difficulty that a department cannot overcome by itself.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "obstacle")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who raised it.
    pub organization_id: Uuid,
    /// The task that it hinders.
    pub task_id: Option<Uuid>,
    /// The node of the framework that it hinders.
    pub node_id: Option<Uuid>,
    /// What it is, in one line.
    pub title: String,
    /// The same at length.
    pub description: Long,
    /// What the organization proposes.
    pub proposal: Option<Long>,
    /// How far it is.
    pub status: ObstacleStatus,
    /// Who wrote it.
    pub author_id: Uuid,
    /// Why the coordinator sent it back.
    pub return_reason: Option<Long>,
    /// Who passed it on to the leader.
    pub forwarder_id: Option<Uuid>,
    /// When it was passed on.
    pub forwarded_at: Option<DateTimeUtc>,
    /// What the coordinator thinks of it.
    pub opinion: Option<Long>,
    /// Who resolved it.
    pub resolver_id: Option<Uuid>,
    /// When it was resolved.
    pub resolved_at: Option<DateTimeUtc>,
    /// What was resolved.
    pub answer: Option<Long>,
    /// Date of the answer.
    pub answered_on: Option<Date>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("obstacle", editable);
