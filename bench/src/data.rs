//! What there is to ask for, learnt from the product itself.

use serde_json::{Value, json};

use crate::Result;
use crate::product::Product;

/// An officer and what it may report on.
#[derive(Clone, Debug)]
pub struct Officer {
    /// Its access token.
    pub token: String,
    /// Global ids of assignments.
    pub assignments: Vec<String>,
}

/// What requests are made of.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// Some officers, each of another organization.
    pub officers: Vec<Officer>,
    /// Global ids of the published editions that are made up.
    pub editions: Vec<String>,
    /// Global ids of units that are ranked in them.
    pub units: Vec<String>,
    /// The period that takes reports.
    pub period: &'static str,
}

/// As many as there are users at work at once, perhaps.
const OFFICERS: u32 = 16;
/// The period that `pii bench-data` leaves open.
const PERIOD: &str = "BENCH-2";

const EDITIONS: &str = "{ editions(first: 100) { nodes { id synthetic status } } }";
const UNITS: &str = "{ ranking(first: 63, edition: $edition) { nodes { unit { id } } } }";
const ASSIGNMENTS: &str = "{ myAssignments(first: 10) { nodes { id } } }";

impl Data {
    /// Asks the product that listens at `base`.
    pub async fn of(product: &Product, base: &str) -> Result<Self> {
        let mut officers = Vec::new();
        for number in 1..=OFFICERS {
            let token = product.token(&format!("bench-officer-{number}@example.invalid")).await?;
            let answer = ask(base, &token, json!({ "query": ASSIGNMENTS })).await?;
            let assignments = texts(&answer["data"]["myAssignments"]["nodes"], |node| &node["id"]);
            officers.push(Officer { token, assignments });
        }
        let token = &officers.first().ok_or("there are no officers")?.token;
        let answer = ask(base, token, json!({ "query": EDITIONS })).await?;
        let editions = answer["data"]["editions"]["nodes"].as_array().into_iter().flatten();
        let made_up = editions.filter(|node| node["synthetic"] == true && node["status"] == "PUBLISHED");
        let editions: Vec<String> =
            made_up.filter_map(|node| node["id"].as_str().map(str::to_owned)).collect();
        let query = format!("query Units($edition: ID) {UNITS}");
        let variables = json!({ "edition": editions.first() });
        let answer = ask(base, token, json!({ "query": query, "variables": variables })).await?;
        let units = texts(&answer["data"]["ranking"]["nodes"], |node| &node["unit"]["id"]);
        Ok(Self { officers, editions, units, period: PERIOD })
    }
}

fn texts(nodes: &Value, text: impl Fn(&Value) -> &Value) -> Vec<String> {
    let nodes = nodes.as_array().into_iter().flatten();
    nodes.filter_map(|node| text(node).as_str().map(str::to_owned)).collect()
}

/// Asks GraphQL something that must not fail.
pub async fn ask(base: &str, token: &str, body: Value) -> Result<Value> {
    let answer = crate::check::send(&format!("{base}/graphql"), token, body.to_string()).await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    match answer.get("errors") {
        None => Ok(answer),
        Some(errors) => Err(format!("{body}: {errors}").into()),
    }
}
