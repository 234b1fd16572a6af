//! The life of an edition: drafted, computed, published, corrected, and who sees it meanwhile.

mod computed;
mod drafts;
mod life;
mod published;
mod revised;
mod wall;

use std::collections::HashMap;

use api::store::Read;
use entity::*;
use index::Table;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, Set};
use serde_json::{Value, json};
use tests::{Client, Lab};
use uuid::Uuid;

use crate::insight::key;
use crate::scene::text;

pub const CREATE: &str = "mutation($input: EditionCreateInput!) { editionCreate(input: $input) {
    edition { id year status revision synthetic note rowVersion publishedAt computation { id } framework { version } }
    userErrors { field code message } } }";
pub const UPDATE: &str = "mutation($id: ID!, $input: EditionUpdateInput!, $version: Int) {
    editionUpdate(id: $id, input: $input, expectedVersion: $version) {
      edition { publishedOn unitCount note rowVersion } userErrors { field code message } } }";
pub const COMPUTE: &str =
    "mutation($id: ID!, $version: Int) { editionCompute(id: $id, expectedVersion: $version) {
    computation { id inputHash unitCount method createdAt framework { version } edition { id rowVersion } }
    userErrors { field code message } } }";
pub const PUBLISH: &str = "mutation($id: ID!, $version: Int) { editionPublish(id: $id, expectedVersion: $version) {
    edition { id status publishedAt rowVersion computation { inputHash } } userErrors { field code message } } }";
pub const REVISE: &str = "mutation($id: ID!, $reason: String!) { editionRevise(id: $id, reason: $reason) {
    edition { id year status revision revisionReason publishedAt publishedOn unitCount rowVersion revises { id }
      computation { id } }
    userErrors { field code message } } }";

/// Node, unit, and the bits of score and rank.
type Bits = (Uuid, Uuid, Option<u64>, Option<u64>);

/// Everything that stands in an edition.
#[derive(Debug, PartialEq)]
pub struct Rows {
    pub edition: edition::Model,
    pub scores: Vec<score::Model>,
    pub statistics: Vec<statistic::Model>,
    pub divisors: Vec<denominator_value::Model>,
    pub computation: Option<computation::Model>,
    pub computed: Vec<computed_score::Model>,
    pub imports: Vec<edition_import::Model>,
}

impl Rows {
    pub async fn of(lab: &Lab, edition: &str) -> Self {
        let (store, id) = (lab.app.system(), key(edition));
        macro_rules! of_edition {
            ($entity:ident) => {{
                let found = store.find::<$entity::Entity>().filter($entity::Column::EditionId.eq(id));
                store.every(found).await.expect("read")
            }};
        }
        Self {
            edition: store.get::<edition::Entity>(id).await.expect("the edition"),
            scores: of_edition!(score),
            statistics: of_edition!(statistic),
            divisors: of_edition!(denominator_value),
            computation: of_edition!(computation).pop(),
            computed: of_edition!(computed_score),
            imports: of_edition!(edition_import),
        }
    }

    /// Score and rank of each unit at each node, to the bit.
    pub fn bits(&self) -> Vec<Bits> {
        let bits = |row: &computed_score::Model| {
            (row.node_id, row.unit_id, row.score.map(f64::to_bits), row.rank.map(f64::to_bits))
        };
        let mut all: Vec<_> = self.computed.iter().map(bits).collect();
        all.sort_unstable();
        all
    }
}

/// The engine's table, laid out from the rows without the product's help: indicators, then these denominators.
pub async fn table(
    lab: &Lab,
    rows: &Rows,
    nodes: &[node::Model],
    denominators: &[(&str, Uuid)],
) -> (Table, Vec<Uuid>) {
    let store = lab.app.system();
    let units = store.find::<unit::Entity>().filter(unit::Column::ValidTo.is_null());
    let units = store.all(units.order_by_asc(unit::Column::Code)).await.expect("units");
    let raw = rows.scores.iter().map(|row| ((row.unit_id, row.node_id), row.value));
    let divisors = rows.divisors.iter().map(|row| ((row.unit_id, row.denominator_id), Some(row.value)));
    let values: HashMap<_, _> = raw.chain(divisors).collect();
    let leaves = nodes.iter().filter(|node| node.level == NodeLevel::Indicator);
    let columns: Vec<(&str, Uuid)> =
        leaves.map(|leaf| (leaf.code.as_str(), leaf.id)).chain(denominators.iter().copied()).collect();
    let line = |unit: &unit::Model| {
        columns.iter().map(|(_, column)| values.get(&(unit.id, *column)).copied().flatten()).collect()
    };
    let lines: Vec<Vec<Option<f64>>> = units.iter().map(line).collect();
    let table = Table::from_rows(
        units.iter().map(|unit| unit.code.clone()).collect(),
        columns.iter().map(|(code, _)| (*code).to_owned()).collect(),
        &lines,
    );
    let regions: Vec<String> =
        units.iter().map(|unit| format!("{:?}", unit.region.expect("a region"))).collect();
    let table = table.expect("a table").with_groups(&regions).expect("groups");
    (table, units.into_iter().map(|unit| unit.id).collect())
}

/// The nodes of a framework version in the tree's order.
pub async fn nodes(lab: &Lab, framework: Uuid) -> Vec<node::Model> {
    let store = lab.app.system();
    let nodes = store.find::<node::Entity>().filter(node::Column::FrameworkId.eq(framework));
    store.all(nodes.order_by_asc(node::Column::Position)).await.expect("nodes")
}

/// What [`Rows::bits`] should be for what the engine computed.
pub fn bits_of(engine: &index::Edition, nodes: &[node::Model], units: &[Uuid]) -> Vec<Bits> {
    let mut bits = Vec::new();
    for (place, node) in nodes.iter().enumerate() {
        for (row, unit) in units.iter().enumerate() {
            if let Some(score) = engine.score(place, row) {
                let rank = engine.rank(place, row).map(f64::to_bits);
                bits.push((node.id, *unit, Some(score.to_bits()), rank));
            }
        }
    }
    bits.sort_unstable();
    bits
}

/// A new draft of a year without figures; its id.
pub async fn drafted(coordinator: &Client, year: i32) -> String {
    let framework = coordinator.get("{ framework { id } }", json!({})).await;
    let input = json!({ "year": year, "frameworkId": framework["framework"]["id"] });
    text(&coordinator.done(CREATE, json!({ "input": input })).await, "/edition/id")
}

/// What one unit has at the node with this code.
#[derive(Clone, Copy, Default)]
pub struct Figures {
    pub value: Option<f64>,
    pub score: Option<f64>,
    pub rank: Option<i32>,
}

/// Enters figures of the unit with this code at the node with this code.
pub async fn enter(lab: &Lab, edition: &str, unit: &str, node: &str, figures: Figures) {
    let tx = lab.app.system().begin().await.expect("a transaction");
    let edition = tx.get::<edition::Entity>(key(edition)).await.expect("the edition");
    let unit = tx.find::<unit::Entity>().filter(unit::Column::Code.eq(unit));
    let unit = tx.first(unit.filter(unit::Column::ValidTo.is_null())).await.expect("read").expect("a unit");
    let nodes = tx.find::<node::Entity>().filter(node::Column::FrameworkId.eq(edition.framework_id));
    let node = tx.first(nodes.filter(node::Column::Code.eq(node))).await.expect("read").expect("a node");
    let row = score::ActiveModel {
        edition_id: Set(edition.id),
        unit_id: Set(unit.id),
        node_id: Set(node.id),
        value: Set(figures.value),
        score: Set(figures.score),
        rank: Set(figures.rank),
        ..Default::default()
    };
    tx.insert::<score::Entity>(row).await.expect("written");
    tx.commit().await.expect("committed");
}

/// Publishes a draft.
pub async fn publish(coordinator: &Client, edition: &str) -> Value {
    coordinator.done(PUBLISH, json!({ "id": edition })).await["edition"].take()
}

/// The words of the first user error, in English.
pub async fn words(client: &Client, mutation: &str, variables: Value) -> String {
    let data = client.get(mutation, variables).await;
    let payload = data.as_object().and_then(|data| data.values().next()).expect("one root field");
    text(payload, "/userErrors/0/message")
}
