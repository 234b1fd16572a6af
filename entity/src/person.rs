//! View: the coordinator's own view of users, without e-mail, role or password.

use sea_orm::entity::prelude::*;

/// View: the coordinator's own view of users, without e-mail, role or password.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name shown to others.
    pub name: String,
    /// Whom the person works for.
    pub organization_id: Option<Uuid>,
}

crate::row!("person");
