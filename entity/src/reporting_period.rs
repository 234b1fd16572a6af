//! A period on which Sở KH&CN reports to the provincial People's Committee: ordered by rule twice a year, or asked for.

use sea_orm::entity::prelude::*;

use crate::{PeriodKind, PeriodStatus};

/// A period on which Sở KH&CN reports to the provincial People's Committee: ordered by rule twice a year, or asked for.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reporting_period")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Code, unique; the `period` of the reports that belong to it: `2026-H1`.
    pub code: String,
    /// Made by rule, or asked for.
    pub kind: PeriodKind,
    /// Title in Vietnamese.
    pub title_vi: String,
    /// Title in English.
    pub title_en: String,
    /// Why it was asked for; none when made by rule.
    pub reason: Option<String>,
    /// First day it covers.
    pub starts_on: Date,
    /// Last day for the departments, planned back from `due_at`.
    pub department_due_on: Date,
    /// When Sở KH&CN must have reported: the end of the last day in Viet Nam. Reports lock then.
    pub due_at: DateTimeUtc,
    /// How far it is.
    pub status: PeriodStatus,
    /// Who opened it; none when it was opened by rule.
    pub author_id: Option<Uuid>,
    /// When it was locked by hand.
    pub locked_at: Option<DateTimeUtc>,
    /// When it was closed.
    pub closed_at: Option<DateTimeUtc>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// Grows by one with every change; for optimistic locking.
    pub row_version: i32,
}

crate::row!("reporting_period", editable);
