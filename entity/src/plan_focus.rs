//! A strength to keep or a weakness to overcome, as the plan lists them.

use sea_orm::entity::prelude::*;

use crate::FocusKind;

/// A strength to keep or a weakness to overcome, as the plan lists them.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_focus")]
pub struct Model {
    /// The key, a uuid v7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The plan.
    pub plan_id: Uuid,
    /// Strength or weakness.
    pub kind: FocusKind,
    /// Place in the plan's list, from 1.
    pub position: i32,
    /// The indicator it speaks of.
    pub node_id: Uuid,
    /// The code as the plan prints it.
    pub printed_code: String,
    /// What a reader should know about it.
    pub note: Option<String>,
    /// When the row was written.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

crate::row!("plan_focus", stamped);
