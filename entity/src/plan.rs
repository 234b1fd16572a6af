//! A plan of the provincial People's Committee to raise the index.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A plan of the provincial People's Committee to raise the index.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plan")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The year it starts with.
    pub year: i32,
    /// Its document number, where known.
    pub number: Option<String>,
    /// When it was signed, where known.
    pub issued_on: Option<Date>,
    /// Title in Vietnamese.
    pub title_vi: String,
    /// Title in English.
    pub title_en: String,
    /// Who issued it.
    pub issuer: String,
    /// Who signed it.
    pub signer: Option<String>,
    /// The framework version it speaks of.
    pub framework_id: Uuid,
    /// The province whose plan it is.
    pub unit_id: Option<Uuid>,
    /// Where the province stood, in Vietnamese.
    pub standing_vi: String,
    /// Where the province stood, in English.
    pub standing_en: String,
    /// Its goals in order, in both languages.
    pub goals: Goals,
    /// The year compared with.
    pub base_year: i32,
    /// The rank in that year.
    pub base_rank: i32,
    /// The rank wanted in the plan's year.
    pub rank_goal: i32,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("plan", editable);

/// The goals of a plan in order, stored as one JSON list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Goals(pub Vec<Goal>);

/// One goal in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}
