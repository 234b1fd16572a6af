//! Statements that save a report and tell of it in the audit trail, the same on both databases.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A report to be saved, by whom and when.
pub struct Save {
    pub id: Uuid,
    pub assignment: Uuid,
    pub viewer: Uuid,
    pub period: String,
    pub percent: i32,
    pub content: String,
    pub at: DateTime<Utc>,
}

/// The report, unless the viewer does not hold the assignment, the period is locked or the report is handed in.
pub const SAVE: &str = include_str!("sql/save.sql");
/// The end of the trail.
pub const LAST: &str = include_str!("sql/last.sql");
/// A further entry.
pub const APPEND: &str = include_str!("sql/append.sql");

/// The statement [`SAVE`] with its values, whatever the driver: bounds for all of them would be longer.
macro_rules! save {
    ($save:expr) => {{
        let save: &$crate::handwritten::saving::Save = $save;
        sqlx::query_as::<_, $crate::handwritten::rows::SavedRow>($crate::handwritten::saving::SAVE)
            .bind(save.id)
            .bind(save.assignment)
            .bind(save.viewer)
            .bind(&save.period)
            .bind(save.percent)
            .bind(&save.content)
            .bind(save.at)
    }};
}

/// The statement [`APPEND`] with its values.
macro_rules! append {
    ($entry:expr) => {{
        let entry: $crate::handwritten::trail::Entry = $entry;
        sqlx::query($crate::handwritten::saving::APPEND)
            .bind(entry.id)
            .bind(entry.number)
            .bind(entry.at)
            .bind(entry.user)
            .bind(entry.role)
            .bind(entry.organization)
            .bind(entry.action)
            .bind($crate::handwritten::trail::TABLE)
            .bind(entry.row)
            .bind(entry.before)
            .bind(entry.after)
            .bind(entry.request)
            .bind(entry.previous_hash)
            .bind(entry.hash)
    }};
}

pub(super) use {append, save};
