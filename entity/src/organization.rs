//! A body that carries the plan out: department, commune, ward, central agency, press, committee.

use sea_orm::entity::prelude::*;

use crate::OrganizationKind;

/// A body that carries the plan out: department, commune, ward, central agency, press, committee.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organization")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Short code, unique.
    pub code: String,
    /// What sort of body it is.
    pub kind: OrganizationKind,
    /// Name in Vietnamese.
    pub name_vi: String,
    /// Name in English.
    pub name_en: String,
    /// The organization it belongs to.
    pub parent_id: Option<Uuid>,
    /// First day of existence; none if before the records.
    pub active_from: Option<Date>,
    /// Last day of existence; none if it still exists.
    pub active_to: Option<Date>,
    /// Whether its name was read in a source.
    pub confirmed: bool,
    /// What a reader should know about it.
    pub note: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("organization", editable);
