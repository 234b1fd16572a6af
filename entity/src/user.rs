//! A person or program that signs in.

use sea_orm::entity::prelude::*;

use crate::{Language, Role};

/// A person or program that signs in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// E-mail address in lower case, unique; the name to sign in with.
    pub email: String,
    /// Name shown to others.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whom it works for; an officer always has one.
    pub organization_id: Option<Uuid>,
    /// Argon2id in PHC form; none until a password is set.
    pub password_hash: Option<String>,
    /// Issuer and subject by which an OpenID provider knows it; bound when it first signs in there.
    pub oidc_subject: Option<String>,
    /// Since when it may no longer sign in.
    pub disabled_at: Option<DateTimeUtc>,
    /// The language of the user's e-mail.
    pub language: Language,
    /// Whether notifications also go out by e-mail.
    pub email_notices: bool,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("user", editable);
