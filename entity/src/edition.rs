//! One year's ranking, made with one framework version, in one of its revisions.

use sea_orm::entity::prelude::*;

use crate::Publication;

/// One year's ranking, made with one framework version.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "edition")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The year of the ranking.
    pub year: i32,
    /// The framework version it was made with.
    pub framework_id: Uuid,
    /// Draft or published.
    pub status: Publication,
    /// When the ministry published it.
    pub published_on: Option<Date>,
    /// How many units were ranked.
    pub unit_count: Option<i32>,
    /// 1 for what was published first, then one more with every correction.
    pub revision: i32,
    /// The revision that it corrects.
    pub revises_id: Option<Uuid>,
    /// Why it was corrected.
    pub revision_reason: Option<String>,
    /// Whether its figures are made up, to try things out.
    pub synthetic: bool,
    /// When it was published here.
    pub published_at: Option<DateTimeUtc>,
    /// What a reader should know about it.
    pub note: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("edition", editable);
