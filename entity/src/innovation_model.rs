//! An exemplary model of innovation, start-up or digital transformation (mô hình tiêu biểu).

use sea_orm::entity::prelude::*;

use crate::{Long, ModelStatus};

/// An exemplary model of innovation, start-up or digital transformation (mô hình tiêu biểu).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "innovation_model")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who proposes it.
    pub organization_id: Uuid,
    /// What it is called.
    pub title: String,
    /// How it works.
    pub description: Long,
    /// What it has reached.
    pub results: Option<Long>,
    /// The node of the framework that it serves.
    pub node_id: Option<Uuid>,
    /// How far it is.
    pub status: ModelStatus,
    /// Who wrote it.
    pub author_id: Uuid,
    /// Who entered the decision.
    pub decider_id: Option<Uuid>,
    /// When the decision was entered.
    pub decided_at: Option<DateTimeUtc>,
    /// Number of the decision that commends it.
    pub decision_number: Option<String>,
    /// Date of that decision.
    pub decision_on: Option<Date>,
    /// Why it was not commended.
    pub decline_reason: Option<Long>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("innovation_model", editable);
