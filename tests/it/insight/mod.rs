//! What explains results: contributions, gaps, comparisons, correlations, changes and explanations, against the engine.

mod across;
mod changes;
mod correlations;
mod differences;
mod explained;
mod khanh_hoa;
mod own;
mod refusals;

use api::scoring::Basis;
use api::store::{Read, Tx};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::{Value, json};
use tests::{Client, Lab};
use uuid::Uuid;

use crate::given::gid;

/// The framework of this version.
pub async fn framework(tx: &Tx, version: &str) -> framework::Model {
    let found = tx.find::<framework::Entity>().filter(framework::Column::Version.eq(version));
    tx.first(found).await.expect("read").expect("a framework")
}

/// A synthetic edition of the framework of 2025; its id.
pub async fn synthetic(lab: &Lab, year: i32, status: Publication) -> String {
    let tx = lab.app.system().begin().await.expect("a transaction");
    let framework = framework(&tx, "2025").await;
    let made = api::seed::synthetic_edition(&tx, year, framework.id, status).await.expect("an edition");
    tx.commit().await.expect("committed");
    gid("edition", made.id)
}

/// The edition as the engine computes it.
pub async fn basis(lab: &Lab, edition: &str) -> Basis {
    let store = lab.app.system();
    let row = store.get::<edition::Entity>(key(edition)).await.expect("the edition");
    Basis::read(&store, row).await.expect("it can be computed")
}

/// The key in a global id.
pub fn key(id: &str) -> Uuid {
    id.split(':').nth(1).and_then(|key| key.parse().ok()).expect("a global id")
}

/// The id of the seeded edition of a year.
pub async fn published(client: &Client, year: i32) -> String {
    let query = "query($year: Int) { edition(year: $year) { id } }";
    let found = client.get(query, json!({ "year": year })).await;
    found["edition"]["id"].as_str().expect("an edition").to_owned()
}

/// The id of the unit of today whose names begin with these words.
pub async fn unit(client: &Client, text: &str) -> String {
    let query =
        "query($text: String) { units(filter: { text: $text, existsOn: \"2026-01-01\" }) { nodes { id } } }";
    let found = client.get(query, json!({ "text": text })).await;
    found["units"]["nodes"][0]["id"].as_str().expect("a unit").to_owned()
}

/// The id of the node with this code in the framework of 2025.
pub async fn node(lab: &Lab, code: &str) -> String {
    let tx = lab.app.system().begin().await.expect("a transaction");
    let framework = framework(&tx, "2025").await;
    let found = tx.find::<node::Entity>().filter(node::Column::FrameworkId.eq(framework.id));
    let found = tx.first(found.filter(node::Column::Code.eq(code))).await.expect("read");
    gid("node", found.expect("a node").id)
}

/// A number in an answer.
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

/// The list in an answer.
pub fn rows(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("{value} is not a list"))
}

/// Equal but for what JSON and sums in another order cost.
pub fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs().max(1.0)
}

/// The answer's number is this one, but for what reading JSON costs.
#[track_caller]
pub fn same(shown: &Value, made: Option<f64>) {
    let alike = match (shown.as_f64(), made) {
        (Some(shown), Some(made)) => near(shown, made),
        (shown, made) => shown == made,
    };
    assert!(alike, "{shown} is not {made:?}");
}

/// Codes of the nodes of a list of `{ node { code } }`.
pub fn codes(list: &Value) -> Vec<&str> {
    rows(list).iter().map(|row| row["node"]["code"].as_str().expect("a code")).collect()
}
