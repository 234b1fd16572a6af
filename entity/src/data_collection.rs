//! View: an edition as those know it who supply its figures, without any of them.

use sea_orm::entity::prelude::*;

use crate::Publication;

/// View: an edition as those know it who supply its figures, without any of them.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "data_collection")]
pub struct Model {
    /// The edition's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The year of the ranking.
    pub year: i32,
    /// The framework version it is made with.
    pub framework_id: Uuid,
    /// Figures are collected while it is a draft.
    pub status: Publication,
    /// 1 for what was published first, then one more with every correction.
    pub revision: i32,
    /// Whether its figures are made up, to try things out.
    pub synthetic: bool,
}

crate::row!("data_collection");
