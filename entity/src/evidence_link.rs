//! What a piece of evidence is attached to: exactly one row.

use sea_orm::entity::prelude::*;

/// What a piece of evidence is attached to: exactly one row.
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
    /// The supplied figure it proves.
    pub submission_id: Option<Uuid>,
    /// The answer to a request that it is part of.
    pub response_id: Option<Uuid>,
    /// Which thing that the request asks for it answers, if one in particular.
    pub item_id: Option<Uuid>,
    /// The difficulty it shows.
    pub obstacle_id: Option<Uuid>,
    /// The exemplary model it shows.
    pub model_id: Option<Uuid>,
    /// The outreach activity it shows.
    pub activity_id: Option<Uuid>,
    /// Who attached it.
    pub author_id: Uuid,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("evidence_link", stamped);
