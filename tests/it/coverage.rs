//! Every root field for every role. The fields come from introspection, so a new one without a case fails the test;
//! what each role gets is one reviewed table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Value, json};
use tests::{Answer, Client, Lab, both};

use crate::cases::{Case, cases};
use crate::scene::{Cast, list, text};

const WIDTH: usize = 24;

/// The root fields of a type of the schema.
pub async fn root_fields(client: &Client, of: &str) -> BTreeSet<String> {
    let query = format!("{{ __schema {{ {of} {{ fields {{ name }} }} }} }}");
    let schema = client.get(&query, json!({})).await;
    list(&schema, &format!("/__schema/{of}/fields")).iter().map(|field| text(field, "/name")).collect()
}

/// What a role gets, in a word; the code of a user error in brackets.
pub fn outcome(answer: &Answer) -> String {
    if let Some(error) = answer.body.pointer("/errors/0") {
        return text(error, "/extensions/code");
    }
    let data = answer.body["data"].as_object().and_then(|data| data.values().next());
    let found = data.unwrap_or_else(|| panic!("no data: {:#}", answer.body));
    if let Some(problem) = found.pointer("/userErrors/0") {
        return format!("({})", text(problem, "/code"));
    }
    let rows = found.get("nodes").unwrap_or(found);
    let bare = rows.is_null() || rows.as_array().is_some_and(|rows| rows.iter().all(Value::is_null));
    if bare { "empty" } else { "ok" }.to_owned()
}

/// The roles in the order in which they try: those that may do most come last, so that what they do changes nothing
/// for the others.
pub fn roles<'a>(cast: &'a Cast, nobody: &'a Client) -> [(&'static str, &'a Client); 7] {
    [
        ("nobody", nobody),
        ("integration", &cast.integration),
        ("admin", &cast.admin),
        ("officer elsewhere", &cast.health),
        ("officer on the task", &cast.finance),
        ("leader", &cast.leader),
        ("coordinator", &cast.coordinator),
    ]
}

async fn line(cast: &Cast, nobody: &Client, field: &str, case: &Case) -> String {
    let mut line = format!("{:<WIDTH$}", format!("{field} "));
    for (role, client) in roles(cast, nobody) {
        let variables = (case.variables)(role);
        let answer = client.ask(&case.document, variables).await;
        let outcome = outcome(&answer);
        assert_ne!(outcome, "INTERNAL", "{field} as {role}: {:#}", answer.body);
        assert_ne!(outcome, "BAD_USER_INPUT", "{field} as {role}: {:#}", answer.body);
        let _ = write!(line, "{outcome:<WIDTH$}");
    }
    line.trim_end().to_owned()
}

fn reviewed(table: &str) {
    insta::assert_snapshot!("roles", table);
}

async fn table(lab: &Lab) -> String {
    let cast = Cast::of(lab).await;
    let nobody = lab.nobody();
    let mut heading = " ".repeat(WIDTH);
    for (role, _) in roles(&cast, &nobody) {
        let _ = write!(heading, "{role:<WIDTH$}");
    }
    let mut text = format!("{}\n", heading.trim_end());
    let mut cases: BTreeMap<&str, Case> = cases(lab, &cast).await;
    for of in ["queryType", "mutationType"] {
        let mut fields: Vec<String> = root_fields(&cast.admin, of).await.into_iter().collect();
        // Whoever has signed out gets nothing more.
        fields.sort_by_key(|field| (field.starts_with("logout"), field == "logout"));
        let _ = writeln!(text, "\n{}", of.trim_end_matches("Type"));
        for field in fields {
            let case = cases.remove(field.as_str());
            let case = case.unwrap_or_else(|| panic!("the root field {field} has no case in cases.rs"));
            let _ = writeln!(text, "{}", line(&cast, &nobody, &field, &case).await);
        }
    }
    assert_eq!(cases.keys().collect::<Vec<_>>(), Vec::<&&str>::new(), "cases of fields that are gone");
    text
}

both! {
    async fn every_root_field_for_every_role(lab) {
        reviewed(&table(&lab).await);
    }
}
