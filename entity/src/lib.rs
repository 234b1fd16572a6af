//! One file per table, and the enums the database shares with the GraphQL schema. No logic but invariants.

use sea_orm::prelude::*;

mod enums;
mod long;

pub use enums::*;
pub use long::{Long, NotRead};

pub mod assignment;
pub mod audit_log;
pub mod client_document;
pub mod computation;
pub mod computed_score;
pub mod data_collection;
pub mod data_submission;
pub mod data_version;
pub mod denominator;
pub mod denominator_value;
pub mod document_usage;
pub mod dossier;
pub mod dossier_piece;
pub mod edition;
pub mod edition_import;
pub mod evidence;
pub mod evidence_link;
pub mod evidence_request;
pub mod evidence_request_item;
pub mod evidence_response;
pub mod field_usage;
pub mod framework;
pub mod indicator;
pub mod innovation_model;
pub mod job;
pub mod lock_exception;
pub mod login_attempt;
pub mod model_replication;
pub mod node;
pub mod notification;
pub mod obstacle;
pub mod organization;
pub mod outbox;
pub mod outreach_activity;
pub mod person;
pub mod plan;
pub mod plan_focus;
pub mod progress_report;
pub mod report_slot;
pub mod report_version;
pub mod reporting_period;
pub mod score;
pub mod search_word;
pub mod service_account;
pub mod session;
pub mod statistic;
pub mod target;
pub mod task;
pub mod task_participant;
pub mod unit;
pub mod upload;
pub mod user;

/// A table or view whose rows are named by a uuid v7 in the column `id`.
pub trait Row: EntityTrait<PrimaryKey: PrimaryKeyTrait<ValueType = Uuid>> {
    /// The table's name; the prefix of its rows' global ids.
    const TABLE: &'static str;
    /// The key column.
    const ID: Self::Column;
    /// The key of `row`.
    fn id(row: &Self::Model) -> Uuid;
}

/// A table whose rows are stamped: `created_at` when written, `updated_at` with every change.
pub trait Stamped: Row {
    /// When the row was written.
    const CREATED_AT: Self::Column;
    /// When it last changed.
    const UPDATED_AT: Self::Column;
}

/// A table that users edit: `row_version` starts at 1 and grows by one with every change.
pub trait Editable: Stamped {
    /// The counter for optimistic locking.
    const ROW_VERSION: Self::Column;
    /// The counter of `row`.
    fn row_version(row: &Self::Model) -> i32;
}

/// `row!("table")` makes the entity of this module a [`Row`]; `stamped` and `editable` add their traits.
macro_rules! row {
    ($table:literal) => {
        impl crate::Row for Entity {
            const TABLE: &'static str = $table;
            const ID: Column = Column::Id;
            fn id(row: &Model) -> Uuid {
                row.id
            }
        }
        impl ActiveModelBehavior for ActiveModel {}
    };
    ($table:literal, stamped) => {
        crate::row!($table);
        impl crate::Stamped for Entity {
            const CREATED_AT: Column = Column::CreatedAt;
            const UPDATED_AT: Column = Column::UpdatedAt;
        }
    };
    ($table:literal, editable) => {
        crate::row!($table, stamped);
        impl crate::Editable for Entity {
            const ROW_VERSION: Column = Column::RowVersion;
            fn row_version(row: &Model) -> i32 {
                row.row_version
            }
        }
    };
}
use row;
