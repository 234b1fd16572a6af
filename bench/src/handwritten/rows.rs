//! Statements that both databases understand, the rows that they give, and what those are in an answer.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::answers::{Assignment, Entry, Named, Organization, Report, Saved, Statistics, Task};

/// The first tasks of an officer.
pub const TASKS: &str = include_str!("sql/tasks.sql");
/// The indicators of a unit in an edition.
pub const PROFILE: &str = include_str!("sql/profile.sql");

/// A task with what hangs on it.
#[derive(sqlx::FromRow)]
pub struct TaskRow {
    code: String,
    title: String,
    due_on: NaiveDate,
    status: String,
    indicator_code: Option<String>,
    indicator_name: Option<String>,
    role: String,
    organization: String,
    percent: Option<i32>,
    report_status: Option<String>,
    submitted_at: Option<DateTime<Utc>>,
    pieces: i64,
}

impl From<TaskRow> for Task {
    fn from(row: TaskRow) -> Self {
        let report = row.percent.zip(row.report_status);
        let latest_report =
            report.map(|(percent, status)| Report { percent, status, submitted_at: row.submitted_at });
        let organization = Organization { name: row.organization };
        Self {
            code: row.code,
            title: row.title,
            due_on: row.due_on,
            status: row.status,
            indicator: row.indicator_code.zip(row.indicator_name).map(|(code, name)| Named { code, name }),
            assignments: [Assignment { role: row.role, organization, latest_report }],
            evidence_count: row.pieces,
        }
    }
}

/// An indicator with the unit's figures.
#[derive(sqlx::FromRow)]
pub struct EntryRow {
    code: String,
    name: String,
    value: Option<f64>,
    score: Option<f64>,
    rank: Option<i32>,
    mean: Option<f64>,
    has_statistics: bool,
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        Self {
            node: Named { code: row.code, name: row.name },
            value: row.value,
            score: row.score,
            rank: row.rank,
            score_statistics: row.has_statistics.then_some(Statistics { mean: row.mean }),
        }
    }
}

/// A report that was saved.
#[derive(sqlx::FromRow)]
pub struct SavedRow {
    pub id: Uuid,
    pub percent: i32,
    pub status: String,
    pub row_version: i32,
}

impl From<SavedRow> for Saved {
    fn from(row: SavedRow) -> Self {
        Self { percent: row.percent, status: row.status }
    }
}

/// Who saves a report, and the report before, if there is one.
#[derive(sqlx::FromRow)]
pub struct BeforeRow {
    pub role: String,
    pub organization_id: Option<Uuid>,
    pub percent: Option<i32>,
    pub content: Option<String>,
    pub difficulties: Option<String>,
    pub row_version: Option<i32>,
}
