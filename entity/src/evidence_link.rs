//! What a piece of evidence is attached to: exactly one of report, task or indicator.

use sea_orm::entity::prelude::*;

/// What a piece of evidence is attached to: exactly one of report, task or indicator.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_link")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The evidence.
    pub evidence_id: Uuid,
    /// The progress report it supports.
    pub report_id: Option<Uuid>,
    /// The task it supports.
    pub task_id: Option<Uuid>,
    /// The indicator it supports.
    pub indicator_id: Option<Uuid>,
    /// Who attached it.
    pub author_id: Uuid,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("evidence_link", stamped);
