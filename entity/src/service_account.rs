//! How a program signs in without a person: a user of its own, a secret, and what its tokens may be used for.

use sea_orm::entity::prelude::*;

/// How a program signs in without a person: a user of its own, a secret, and what its tokens may be used for.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "service_account")]
pub struct Model {
    /// The key of the user that it acts as, and its client id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 (hex) of the secret.
    pub secret_hash: String,
    /// Names of the scopes that its tokens may have, set apart by spaces.
    pub scopes: String,
    /// When it ends by itself.
    pub expires_at: Option<DateTimeUtc>,
    /// When one of its tokens was last used, to the minute.
    pub last_used_at: Option<DateTimeUtc>,
    /// Since when it is over for good.
    pub revoked_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("service_account", editable);
