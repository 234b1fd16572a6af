//! Whether all sides say the same, looked at before anything is measured.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::Result;
use crate::operations::Request;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends one request and returns the body of its answer, which must have status 200.
pub async fn send(url: &str, token: &str, body: String) -> Result<Vec<u8>> {
    let request = reqwest::Client::new().post(url).timeout(PATIENCE).bearer_auth(token).body(body);
    let request = request.header("Content-Type", "application/json");
    let answer = request.header("Accept", "application/graphql-response+json").send().await?;
    let status = answer.status();
    let bytes = answer.bytes().await?.to_vec();
    match status.as_u16() {
        200 => Ok(bytes),
        _ => Err(format!("{url}: {status} {}", String::from_utf8_lossy(&bytes)).into()),
    }
}

/// The answer to a request, free of errors and with something in it.
pub async fn answer(url: &str, request: &Request) -> Result<(Vec<u8>, Value)> {
    let bytes = send(url, &request.token, request.body.clone()).await?;
    let answer: Value = serde_json::from_slice(&bytes)?;
    let data = answer.get("data").filter(|data| data.as_object().is_some_and(|data| !data.is_empty()));
    match (answer.get("errors"), data) {
        (None, Some(data)) if !says_problems(data) => Ok((bytes, data.clone())),
        _ => Err(format!("{url}: {}\nasked {}", String::from_utf8_lossy(&bytes), request.body).into()),
    }
}

/// Whether a mutation was refused.
fn says_problems(data: &Value) -> bool {
    let payloads = data.as_object().into_iter().flat_map(|data| data.values());
    let mut problems = payloads.filter_map(|payload| payload.get("userErrors")?.as_array());
    problems.any(|problems| !problems.is_empty())
}

/// All that an answer says, whatever its shape: two schemas name the same things differently.
pub fn facts(answer: &Value) -> Vec<String> {
    let mut facts = Vec::new();
    gather(answer, &mut facts);
    facts.sort_unstable();
    facts
}

fn gather(value: &Value, facts: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, facts)),
        Value::Object(members) => members.values().for_each(|member| gather(member, facts)),
        // Times are written in more than one way, and enums in small letters or capitals.
        Value::String(text) => facts.push(match text.parse::<DateTime<Utc>>() {
            Ok(time) => time.to_rfc3339(),
            Err(_) => text.to_lowercase(),
        }),
        // 83 is 83.0.
        Value::Number(number) => facts.extend(number.as_f64().map(|number| number.to_string())),
        other => facts.push(other.to_string()),
    }
}
