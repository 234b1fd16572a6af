//! A computation too long for one request.

use sea_orm::entity::prelude::*;

use crate::{JobKind, JobStatus};

/// A computation too long for one request.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What is computed.
    pub kind: JobKind,
    /// How far it is.
    pub status: JobStatus,
    /// Who asked for it, and through whose eyes it reads.
    pub author_id: Uuid,
    /// What was asked.
    pub input: Json,
    /// What came of it.
    pub output: Option<Json>,
    /// Why it failed: an error code.
    pub problem: Option<String>,
    /// Steps done.
    pub done: i64,
    /// Steps in all.
    pub total: i64,
    /// Until when the process that runs it is believed to be alive.
    pub lease_until: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("job", editable);
