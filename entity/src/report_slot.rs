//! A report that a period expects of an assignment.

use sea_orm::entity::prelude::*;

/// A report that a period expects of an assignment.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "report_slot")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The period.
    pub period_id: Uuid,
    /// The assignment.
    pub assignment_id: Uuid,
    /// The assignment's organization.
    pub organization_id: Uuid,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("report_slot", stamped);
