//! Questions to the engine over GraphQL: what it answers directly, the API answers too.

mod bad;
mod goal;
mod sensitivity;
mod simulate;
mod trend;
mod wall;

use api::scoring::Basis;
use api::store::Read;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::Value;
use tests::{Answer, Client, Lab};
use uuid::Uuid;

use crate::given::gid;

/// An edition with made-up figures, and what the engine makes of it.
pub struct Given {
    /// The edition's global id.
    pub id: String,
    /// Its rows and its result.
    pub basis: Basis,
}

impl Given {
    /// A new edition of this year, made with the framework of 2025.
    pub async fn of(lab: &Lab, year: i32, status: Publication) -> Self {
        Self::made_with(lab, year, status, framework(lab).await).await
    }

    /// A new edition of this year, made with this framework.
    async fn made_with(lab: &Lab, year: i32, status: Publication, framework: Uuid) -> Self {
        let tx = lab.app.system().begin().await.expect("a transaction");
        let edition = api::seed::synthetic_edition(&tx, year, framework, status).await.expect("an edition");
        tx.commit().await.expect("committed");
        Self::read(lab, edition.id).await
    }

    /// The edition as it is now.
    async fn read(lab: &Lab, edition: Uuid) -> Self {
        let store = lab.app.system();
        let row = store.get::<edition::Entity>(edition).await.expect("the edition is there");
        let basis = Basis::read(&store, row).await.expect("the edition is computed");
        Self { id: gid("edition", edition), basis }
    }

    /// The global id of the unit in this row.
    pub fn unit(&self, row: usize) -> String {
        gid("unit", self.basis.units[row].id)
    }

    fn node(&self, place: usize) -> String {
        gid("node", self.basis.tree.nodes[place].id)
    }

    fn indicator(&self, place: usize) -> String {
        gid("indicator", self.basis.tree.nodes[place].id)
    }

    fn root(&self) -> usize {
        self.basis.framework.root()
    }

    /// The row of the unit with this rank, or the next one that has a rank.
    fn ranked(&self, rank: u32) -> usize {
        let at = |row: &usize| self.basis.computed.rank(self.root(), *row) == Some(f64::from(rank));
        (0..self.basis.units.len()).find(at).unwrap_or_else(|| self.ranked(rank + 1))
    }

    /// The place of an indicator of which the unit in this row has a value and which others beat by far.
    fn weak(&self, row: usize) -> usize {
        let score = |leaf: usize| self.basis.computed.score(leaf, row);
        let scored = self.basis.framework.indicators().iter().copied().filter(|leaf| score(*leaf).is_some());
        scored.min_by(|a, b| score(*a).partial_cmp(&score(*b)).expect("numbers")).expect("an indicator")
    }

    fn code(&self, place: usize) -> String {
        self.basis.framework.code(place).to_owned()
    }

    fn value(&self, place: usize, row: usize) -> f64 {
        let table = self.basis.computed.table();
        let found = table.value(&self.basis.units[row].code, &self.code(place)).expect("a cell");
        found.expect("a value")
    }
}

async fn framework(lab: &Lab) -> Uuid {
    let store = lab.app.system();
    let found = store.find::<framework::Entity>().filter(framework::Column::Version.eq("2025"));
    store.first(found).await.expect("read").expect("the framework is seeded").id
}

/// A number as it looks after its way through the answer's text.
fn told(number: impl Into<Option<f64>>) -> Value {
    let text = serde_json::to_string(&number.into()).expect("a number");
    serde_json::from_str(&text).expect("a number")
}

/// The number at a JSON pointer.
fn number(value: &Value, pointer: &str) -> f64 {
    let found = value.pointer(pointer).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("no number at {pointer} in {value:#}"))
}

/// The code of the first error and the path it is about.
fn refusal(answer: &Answer) -> String {
    let error = &answer.body["errors"][0]["extensions"];
    let steps: Vec<&str> =
        error["field"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    format!("{} {}", error["code"].as_str().unwrap_or("none"), steps.join("."))
}

/// The one root field of an answer that must not fail.
async fn asked(client: &Client, document: &str, variables: Value) -> Value {
    let mut data = client.get(document, variables).await;
    let (_, found) = data.as_object_mut().expect("an object").iter_mut().next().expect("one root field");
    found.take()
}
