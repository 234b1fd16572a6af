//! What is ranked: a province or a city, with the dates between which it exists.

use sea_orm::entity::prelude::*;

use crate::{Region, UnitKind};

/// What is ranked: a province or a city, with the dates between which it exists.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "unit")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Official code; not its identity, since codes are used again after mergers.
    pub code: String,
    /// Province or city.
    pub kind: UnitKind,
    /// Name in Vietnamese.
    pub name_vi: String,
    /// Name in English.
    pub name_en: String,
    /// First day of existence; none if before the records.
    pub valid_from: Option<Date>,
    /// Last day of existence; none if it still exists.
    pub valid_to: Option<Date>,
    /// The unit it was merged into.
    pub successor_id: Option<Uuid>,
    /// The socio-economic region it lies in, where known.
    pub region: Option<Region>,
    /// What a reader should know about it.
    pub note: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("unit", stamped);
