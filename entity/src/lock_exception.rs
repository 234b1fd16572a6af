//! Leave for one organization to hand in after a period was locked, for a bounded time.

use sea_orm::entity::prelude::*;

/// Leave for one organization to hand in after a period was locked, for a bounded time.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "lock_exception")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The period.
    pub period_id: Uuid,
    /// The organization.
    pub organization_id: Uuid,
    /// When it ends by itself.
    pub until: DateTimeUtc,
    /// Why it was given.
    pub reason: String,
    /// Who gave it.
    pub author_id: Uuid,
    /// When it was taken back before its end.
    pub revoked_at: Option<DateTimeUtc>,
    /// Who took it back.
    pub revoker_id: Option<Uuid>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("lock_exception", editable);
