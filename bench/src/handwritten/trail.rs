//! An entry of the product's audit trail that tells of a saved report, sealed as the product seals its own: whoever walks the
//! chain finds it unbroken, whichever of the two wrote.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::rows::{BeforeRow, SavedRow};
use super::saving::Save;

/// Number and hash of an entry.
pub type Link = (i64, String);

/// The table that is written, as entries name it.
pub const TABLE: &str = "progress_report";

/// What is appended.
pub struct Entry {
    pub id: Uuid,
    pub number: i64,
    pub at: DateTime<Utc>,
    pub user: Uuid,
    pub role: String,
    pub organization: Option<Uuid>,
    pub action: &'static str,
    pub row: Uuid,
    pub before: Option<String>,
    pub after: String,
    pub request: Uuid,
    pub previous_hash: String,
    pub hash: String,
}

impl Entry {
    /// Tells of `saved`, behind the entry that was the last.
    pub fn behind(last: Option<Link>, save: &Save, before: BeforeRow, saved: &SavedRow) -> Self {
        let (number, previous_hash) = last.unwrap_or_else(|| (0, "0".repeat(64)));
        let [old, new] = changes(save, &before, saved);
        let is_new = before.row_version.is_none();
        let mut entry = Self {
            id: Uuid::now_v7(),
            number: number + 1,
            at: save.at,
            user: save.viewer,
            role: before.role,
            organization: before.organization_id,
            action: if is_new { "create" } else { "update" },
            row: saved.id,
            before: (!is_new).then(|| Value::Object(old).to_string()),
            after: Value::Object(new).to_string(),
            request: Uuid::now_v7(),
            previous_hash,
            hash: String::new(),
        };
        entry.hash = entry.seal();
        entry
    }

    /// SHA-256 of a JSON list of everything else, the time in microseconds.
    fn seal(&self) -> String {
        let said = json!([
            self.id,
            self.number,
            self.at.timestamp_micros(),
            self.user,
            self.role,
            self.organization,
            self.action,
            TABLE,
            self.row,
            self.before,
            self.after,
            self.request,
            self.previous_hash,
        ]);
        let hash = digest(&SHA256, said.to_string().as_bytes());
        hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The columns that a save changes, before and after; of a new report those that are given.
fn changes(save: &Save, before: &BeforeRow, saved: &SavedRow) -> [Map<String, Value>; 2] {
    let mut columns = vec![
        ("percent", json!(before.percent), json!(save.percent)),
        ("content", json!(before.content), json!(save.content)),
        ("difficulties", json!(before.difficulties), Value::Null),
        ("row_version", json!(before.row_version), json!(saved.row_version)),
    ];
    if before.row_version.is_none() {
        columns.extend([
            ("id", Value::Null, json!(saved.id)),
            ("assignment_id", Value::Null, json!(save.assignment)),
            ("period", Value::Null, json!(save.period)),
            ("status", Value::Null, json!(saved.status)),
            ("author_id", Value::Null, json!(save.viewer)),
        ]);
    }
    columns.retain(|(_, old, new)| old != new);
    let name = |name: &str| name.to_owned();
    let old = columns.iter().map(|(column, old, _)| (name(column), old.clone())).collect();
    [old, columns.into_iter().map(|(column, _, new)| (name(column), new)).collect()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn save() -> Save {
        let [id, assignment, viewer] = [1, 2, 3].map(Uuid::from_u128);
        let (period, content) = ("2026-H1".to_owned(), "Done.".to_owned());
        Save { id, assignment, viewer, period, percent: 40, content, at: DateTime::UNIX_EPOCH }
    }

    fn saved(row_version: i32) -> SavedRow {
        SavedRow { id: Uuid::from_u128(1), percent: 40, status: "draft".to_owned(), row_version }
    }

    fn before(percent: Option<i32>, row_version: Option<i32>) -> BeforeRow {
        let content = row_version.map(|_| "Done.".to_owned());
        let organization_id = Some(Uuid::from_u128(4));
        BeforeRow {
            role: "officer".to_owned(),
            organization_id,
            percent,
            content,
            difficulties: None,
            row_version,
        }
    }

    #[test]
    fn an_update_tells_what_changed_behind_the_last_entry() {
        let last = (7, "a".repeat(64));
        let entry = Entry::behind(Some(last), &save(), before(Some(20), Some(1)), &saved(2));
        assert_eq!((entry.number, entry.action), (8, "update"));
        assert_eq!(entry.previous_hash, "a".repeat(64));
        assert_eq!(entry.before.as_deref(), Some(r#"{"percent":20,"row_version":1}"#));
        assert_eq!(entry.after, r#"{"percent":40,"row_version":2}"#);
    }

    #[test]
    fn a_new_report_has_nothing_before_and_the_first_entry_zeros() {
        let entry = Entry::behind(None, &save(), before(None, None), &saved(1));
        assert_eq!((entry.number, entry.action, entry.before.as_deref()), (1, "create", None));
        assert_eq!(entry.previous_hash, "0".repeat(64));
        assert!(entry.after.contains(r#""period":"2026-H1""#), "{}", entry.after);
    }
}
