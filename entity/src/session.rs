//! One log-in and the refresh token that keeps it alive.

use sea_orm::entity::prelude::*;

/// One log-in and the refresh token that keeps it alive.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who signed in.
    pub user_id: Uuid,
    /// What the client called itself (`User-Agent`), cut to 200 characters.
    pub client: Option<String>,
    /// Names of the scopes to which a service account's token is limited; none for people, who are not.
    pub scopes: Option<String>,
    /// SHA-256 (hex) of the one refresh token that is good; none for an access token that cannot be refreshed.
    pub token_hash: Option<String>,
    /// When the refresh token ends.
    pub expires_at: DateTimeUtc,
    /// Since when it is over: log-out, password change or a refresh token used twice.
    pub revoked_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("session", stamped);
