//! One run of the engine on an edition: with which method, on which inputs. Its results are `computed_score`.

use sea_orm::entity::prelude::*;

/// One run of the engine on an edition: with which method, on which inputs. Its results are `computed_score`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "computation")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The edition; it has one computation at most.
    pub edition_id: Uuid,
    /// The framework version whose tree and weights were used.
    pub framework_id: Uuid,
    /// The method with all its settings.
    pub method: Json,
    /// SHA-256 in hex of all that the result depends on; equal hashes, equal bits.
    pub input_hash: String,
    /// How many units took part.
    pub unit_count: i32,
    /// Who ran it.
    pub author_id: Uuid,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("computation", stamped);
