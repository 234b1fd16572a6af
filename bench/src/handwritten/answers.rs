//! The answers, as the product writes them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Serialize, Serializer};

use super::rows::{EntryRow, SavedRow, TaskRow};

/// A unit of a ranking with its pillars.
#[derive(Serialize)]
pub struct Ranked {
    pub rank: Option<i32>,
    pub score: Option<f64>,
    pub unit: Named,
    pub below: Vec<Pillar>,
}

/// What has a code and a name.
#[derive(Serialize)]
pub struct Named {
    pub code: String,
    pub name: String,
}

/// A pillar's score, in the framework's order.
#[derive(Serialize)]
pub struct Pillar {
    pub score: Option<f64>,
    pub node: Coded,
}

/// What has a code.
#[derive(Serialize)]
pub struct Coded {
    pub code: String,
}

/// A task with what an officer sees of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    pub code: String,
    pub title: String,
    pub due_on: NaiveDate,
    #[serde(serialize_with = "loud")]
    pub status: String,
    pub indicator: Option<Named>,
    pub assignments: [Assignment; 1],
    pub evidence_count: i64,
}

/// The assignment of the viewer's own organization, the only one that it sees of a task.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    #[serde(serialize_with = "loud")]
    pub role: String,
    pub organization: Organization,
    pub latest_report: Option<Report>,
}

/// An organization.
#[derive(Serialize)]
pub struct Organization {
    pub name: String,
}

/// A report that an assignment has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub percent: i32,
    #[serde(serialize_with = "loud")]
    pub status: String,
    #[serde(serialize_with = "moment")]
    pub submitted_at: Option<DateTime<Utc>>,
}

/// How a unit stands at an indicator.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub node: Named,
    pub value: Option<f64>,
    pub score: Option<f64>,
    pub rank: Option<i32>,
    pub score_statistics: Option<Statistics>,
}

/// Statistics over all units.
#[derive(Serialize)]
pub struct Statistics {
    pub mean: Option<f64>,
}

/// What was saved.
#[derive(Serialize)]
pub struct Saved {
    pub percent: i32,
    #[serde(serialize_with = "loud")]
    pub status: String,
}

/// Enums are in small letters in the database.
fn loud<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text.to_ascii_uppercase())
}

fn moment<S: Serializer>(time: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(&time.format("%+")),
        None => serializer.serialize_none(),
    }
}

#[derive(Serialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Root {
    Ranking(Nodes<Ranked>),
    Tasks(Nodes<Task>),
    Profile {
        entries: Vec<Entry>,
    },
    #[serde(rename_all = "camelCase")]
    ReportSave {
        report: Saved,
        user_errors: [(); 0],
    },
}

#[derive(Serialize)]
struct Answer {
    data: Root,
}

type Bytes = serde_json::Result<Vec<u8>>;

/// The answer to Q1.
pub fn ranking(nodes: Vec<Ranked>) -> Bytes {
    bytes(Root::Ranking(Nodes { nodes }))
}

/// The answer to Q2.
pub fn tasks(rows: Vec<TaskRow>) -> Bytes {
    bytes(Root::Tasks(Nodes { nodes: rows.into_iter().map(Task::from).collect() }))
}

/// The answer to Q3.
pub fn profile(rows: Vec<EntryRow>) -> Bytes {
    bytes(Root::Profile { entries: rows.into_iter().map(Entry::from).collect() })
}

/// The answer to Q4.
pub fn saved(row: SavedRow) -> Bytes {
    bytes(Root::ReportSave { report: row.into(), user_errors: [] })
}

fn bytes(data: Root) -> Bytes {
    serde_json::to_vec(&Answer { data })
}
