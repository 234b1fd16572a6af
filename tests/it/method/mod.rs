//! The method as data: a draft's settings, its indicators' own, its denominators, and what comes of them.

mod computed;
mod denominators;
mod settings;

use serde_json::{Value, json};
use tests::Client;

use crate::scene::{list, text};

pub const UPDATE: &str =
    "mutation($id: ID!, $input: FrameworkUpdateInput!) { frameworkUpdate(id: $id, input: $input) {
    framework { normalisation treatment aggregation imputation availability skewLimit kurtosisLimit winmax
      rankPrecision tieRule rowVersion }
    userErrors { field code message } } }";
pub const PUBLISH: &str =
    "mutation($id: ID!, $version: Int) { frameworkPublish(id: $id, expectedVersion: $version) {
    framework { status } userErrors { field code message } } }";
pub const INDICATOR: &str = "mutation($id: ID!, $method: IndicatorMethodInput!) {
    indicatorUpdate(id: $id, input: { method: $method }) {
      indicator { id method { denominator { id code } imputation treatment normalisation goalpostMin goalpostMax target
        capped logScale } }
      userErrors { field code message } } }";
pub const DENOMINATOR: &str = "mutation($input: DenominatorCreateInput!) { denominatorCreate(input: $input) {
    denominator { id code name unit } userErrors { field code message } } }";

/// A draft of the framework.
pub struct Draft {
    /// Its id.
    pub id: String,
    nodes: Vec<Value>,
}

impl Draft {
    /// A new one, made out of the framework version `from`, or out of the newest published one.
    pub async fn of(coordinator: &Client, from: Option<&str>, version: &str) -> Self {
        const CREATE: &str = "mutation($input: FrameworkDraftInput!) { frameworkDraftCreate(input: $input) {
            framework { id nodes(first: 100) { nodes { id code level } } } userErrors { field code } } }";
        let newest = text(&coordinator.get("{ framework { id } }", json!({})).await, "/framework/id");
        let from = from.unwrap_or(&newest);
        let input = json!({ "fromId": from, "version": version, "nameVi": "Dự thảo", "nameEn": "Draft" });
        let made = coordinator.done(CREATE, json!({ "input": input })).await;
        Self { id: text(&made, "/framework/id"), nodes: list(&made, "/framework/nodes/nodes").clone() }
    }

    /// The id of the node with this code.
    pub fn node(&self, code: &str) -> String {
        let found = self.nodes.iter().find(|node| node["code"] == code);
        text(found.unwrap_or_else(|| panic!("no node {code}")), "/id")
    }

    /// The id of the indicator with this code.
    pub fn indicator(&self, code: &str) -> String {
        self.node(code).replace("node:", "indicator:")
    }

    /// Sets what an indicator does otherwise.
    pub async fn lay(&self, coordinator: &Client, code: &str, method: Value) -> Value {
        let variables = json!({ "id": self.indicator(code), "method": method });
        coordinator.done(INDICATOR, variables).await["indicator"]["method"].take()
    }

    /// Adds a denominator; its id.
    pub async fn divide_by(&self, coordinator: &Client, code: &str) -> String {
        let made = coordinator.done(DENOMINATOR, json!({ "input": self.denominator(code) })).await;
        text(&made, "/denominator/id")
    }

    /// The input that adds a denominator with this code.
    pub fn denominator(&self, code: &str) -> Value {
        json!({ "frameworkId": self.id, "code": code, "nameVi": "Dân số", "nameEn": "Population", "unit": "người" })
    }
}
