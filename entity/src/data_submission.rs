//! A raw value that an organization supplies for an indicator of an edition; a second person decides on it.

use sea_orm::entity::prelude::*;

use crate::{Long, ReportStatus};

/// A raw value that an organization supplies for an indicator of an edition; a second person decides on it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "data_submission")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The draft edition that it is for.
    pub edition_id: Uuid,
    /// The indicator.
    pub indicator_id: Uuid,
    /// The province that it is the value of.
    pub unit_id: Uuid,
    /// The organization that supplies it.
    pub organization_id: Uuid,
    /// The raw value, in the indicator's unit.
    pub value: f64,
    /// The unit as its supplier wrote it.
    pub value_unit: String,
    /// The year that the value is of.
    pub value_year: i32,
    /// How it was measured or counted.
    pub method_note: Option<Long>,
    /// How far it is.
    pub status: ReportStatus,
    /// The warnings that the submitter confirmed: a list of codes.
    pub confirmed: Json,
    /// Who wrote it first.
    pub author_id: Uuid,
    /// Who last submitted it.
    pub submitter_id: Option<Uuid>,
    /// When it was last submitted.
    pub submitted_at: Option<DateTimeUtc>,
    /// Who last returned or accepted it.
    pub decider_id: Option<Uuid>,
    /// When it was last returned or accepted.
    pub decided_at: Option<DateTimeUtc>,
    /// The `row_version` the decision was taken on.
    pub decided_version: Option<i32>,
    /// Why it was sent back.
    pub return_reason: Option<Long>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("data_submission", editable);
