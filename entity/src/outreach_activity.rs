//! Something done to make the index known, or to train people in it.

use sea_orm::entity::prelude::*;

use crate::{Long, OutreachKind};

/// Something done to make the index known, or to train people in it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outreach_activity")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who did it.
    pub organization_id: Uuid,
    /// Communication or training.
    pub kind: OutreachKind,
    /// What it was about.
    pub subject: String,
    /// When it was held or published.
    pub held_on: Date,
    /// Where.
    pub place: Option<String>,
    /// For whom.
    pub audience: Option<Long>,
    /// How many people took part.
    pub people: Option<i32>,
    /// Where it can be seen: an http(s) address.
    pub link: Option<String>,
    /// Who entered it.
    pub author_id: Uuid,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("outreach_activity", editable);
