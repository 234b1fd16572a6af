//! A written request of Sở KH&CN for evidence.

use sea_orm::entity::prelude::*;

use crate::Long;

/// A written request of Sở KH&CN for evidence.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence_request")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Number of the official letter.
    pub letter_number: String,
    /// Date of the official letter.
    pub letter_on: Date,
    /// What it is about, in one line.
    pub title: String,
    /// What is asked.
    pub content: Long,
    /// Last day for the answers.
    pub due_on: Date,
    /// Who entered it.
    pub author_id: Uuid,
    /// When it was closed; answers are taken no more.
    pub closed_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("evidence_request", editable);
