//! What was done, by whom and when: a link of a chain in which each entry's hash covers the one before it.

use sea_orm::entity::prelude::*;

use crate::{AuditAction, Role};

/// What was done, by whom and when. User, organization and row are named, not referenced: an entry outlives them.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Place in the chain, from 1.
    pub number: i64,
    /// When it was done.
    pub at: DateTimeUtc,
    /// Who did it; none for the product itself.
    pub user_id: Option<Uuid>,
    /// What that user might do then.
    pub role: Option<Role>,
    /// Whom that user worked for then.
    pub organization_id: Option<Uuid>,
    /// What was done.
    pub action: AuditAction,
    /// The table that it was done to.
    pub table_name: String,
    /// The row that it was done to; none where there are many or none.
    pub row_id: Option<Uuid>,
    /// The row before, of an update what changed: a JSON object. Text, so that the bytes that were hashed come back.
    pub before: Option<String>,
    /// The row afterwards, likewise.
    pub after: Option<String>,
    /// The request in which it was done.
    pub request_id: Option<Uuid>,
    /// The hash of the entry before; 64 zeros for the first.
    pub previous_hash: String,
    /// SHA-256 (hex) of all other fields.
    pub hash: String,
}

crate::row!("audit_log");
