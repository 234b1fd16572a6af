//! What differs between two dossiers.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// A figure or text that differs, an entry that came, or one that went.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Where, by the codes and titles of what is named: `tasks[T-1].assignments[STC].report.percent`.
    pub path: String,
    /// What it was; none for what came.
    pub before: Option<Value>,
    /// What it is; none for what went.
    pub after: Option<Value>,
}

/// What differs between the contents of two dossiers, in their order. The day of freezing does not count.
///
/// # Errors
/// [`Error::Internal`] when a text is no JSON.
pub fn compare(before: &str, after: &str) -> Result<Vec<Change>> {
    let parsed = |text: &str| serde_json::from_str(text).map_err(Error::internal);
    Ok(changes(&parsed(before)?, &parsed(after)?))
}

fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut all = Vec::new();
    walk("", "", before, after, &mut all);
    all.retain(|change| change.path != "asOf");
    all
}

fn walk(path: &str, name: &str, before: &Value, after: &Value, all: &mut Vec<Change>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => objects(path, before, after, all),
        (Value::Array(before), Value::Array(after)) => lists(path, name, before, after, all),
        (before, after) if before == after => {}
        (before, after) => {
            let there = |value: &Value| (!value.is_null()).then(|| value.clone());
            all.push(Change { path: path.to_owned(), before: there(before), after: there(after) });
        }
    }
}

fn objects(path: &str, before: &Map<String, Value>, after: &Map<String, Value>, all: &mut Vec<Change>) {
    let added = after.keys().filter(|name| !before.contains_key(*name));
    for name in before.keys().chain(added) {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let side = |side: &Map<String, Value>| side.get(name).cloned().unwrap_or(Value::Null);
        walk(&path, name, &side(before), &side(after), all);
    }
}

fn lists(path: &str, name: &str, before: &[Value], after: &[Value], all: &mut Vec<Change>) {
    let after_by_key: HashMap<String, &Value> = after.iter().map(|item| (key(name, item), item)).collect();
    let before_keys: HashSet<String> = before.iter().map(|item| key(name, item)).collect();
    let place = |item: &Value| format!("{path}[{}]", label(name, item));
    for item in before {
        match after_by_key.get(&key(name, item)) {
            Some(now) => walk(&place(item), "", item, now, all),
            None => all.push(Change { path: place(item), before: Some(item.clone()), after: None }),
        }
    }
    for item in after.iter().filter(|item| !before_keys.contains(&key(name, item))) {
        all.push(Change { path: place(item), before: None, after: Some(item.clone()) });
    }
}

/// What an item of a list is known by.
fn key(list: &str, item: &Value) -> String {
    let fields: &[&str] = match list {
        "values" => &["submissionId", "indicator", "editionYear"],
        "missing" => &["kind", "organization", "subject"],
        "replications" => &["organization", "place"],
        "history" => &["year"],
        "organizations" | "pillars" => &["code"],
        _ => &["id"],
    };
    joined(item, fields)
}

/// How people call an item of a list.
fn label(list: &str, item: &Value) -> String {
    let fields: &[&str] = match list {
        "tasks" => &["code"],
        "assignments" | "responses" => &["organization"],
        "requests" => &["letterNumber"],
        "values" => &["indicator", "editionYear"],
        "evidence" | "obstacles" | "models" => &["title"],
        "outreach" => &["heldOn", "subject"],
        _ => return key(list, item),
    };
    joined(item, fields)
}

fn joined(item: &Value, fields: &[&str]) -> String {
    let word = |field: &&str| match &item[*field] {
        Value::String(word) => word.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    fields.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_came_went_and_changed_is_told_by_its_codes() {
        let before = json!({ "asOf": "2026-06-26", "tasks": [
            { "id": "task:1", "code": "T-1", "assignments": [
                { "id": "assignment:1", "organization": "STC", "report": { "percent": 40 } } ] },
            { "id": "task:2", "code": "T-2", "assignments": [] } ],
            "values": [ { "indicator": "4.2.2", "editionYear": 2026, "value": 1.5 } ] });
        let after = json!({ "asOf": "2026-07-01", "tasks": [
            { "id": "task:3", "code": "T-3", "assignments": [] },
            { "id": "task:1", "code": "T-1", "assignments": [
                { "id": "assignment:1", "organization": "STC", "report": { "percent": 60 } } ] } ],
            "values": [ { "indicator": "4.2.2", "editionYear": 2026, "value": 1.5 } ] });
        let told: Vec<_> = changes(&before, &after)
            .into_iter()
            .map(|change| (change.path, change.before.is_some(), change.after.is_some()))
            .collect();
        let told: Vec<_> =
            told.iter().map(|(path, before, after)| (path.as_str(), *before, *after)).collect();
        assert_eq!(
            told,
            [
                ("tasks[T-1].assignments[STC].report.percent", true, true),
                ("tasks[T-2]", true, false),
                ("tasks[T-3]", false, true),
            ]
        );
        assert_eq!(changes(&before, &before), []);
    }
}
