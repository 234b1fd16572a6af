//! How often a client asked for a field of the schema, on one day.

use sea_orm::entity::prelude::*;

/// How often a client asked for a field of the schema, on one day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "field_usage")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The client application, as it names itself; empty for one that does not.
    pub client: String,
    /// The type that has the field.
    pub type_name: String,
    /// The field.
    pub field_name: String,
    /// The day, in UTC.
    pub day: Date,
    /// Requests that day in which it was asked for.
    pub requests: i64,
}

crate::row!("field_usage");
