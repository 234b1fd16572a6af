//! A place where an exemplary model was taken up.

use sea_orm::entity::prelude::*;

use crate::Long;

/// A place where an exemplary model was taken up.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "model_replication")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The model.
    pub model_id: Uuid,
    /// Who took it up.
    pub organization_id: Uuid,
    /// Where.
    pub place: String,
    /// Since when.
    pub started_on: Date,
    /// What a reader should know about it.
    pub note: Option<Long>,
    /// Who entered it.
    pub author_id: Uuid,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("model_replication", stamped);
