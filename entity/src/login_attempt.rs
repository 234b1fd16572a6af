//! Log-in tries of one account or one address within the running window.

use sea_orm::entity::prelude::*;

/// Log-in tries of one account or one address within the running window.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_attempt")]
pub struct Model {
    /// What is counted, such as `account:…`, `client:…` or `address:…`; the rest is hashed where it came from outside.
    #[sea_orm(primary_key, auto_increment = false)]
    pub bucket: String,
    /// Tries since the window began.
    pub tries: i32,
    /// When the window began.
    pub window_started_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
