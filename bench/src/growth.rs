//! How the cost of a page grows with the table and with its depth, and that of a ranking with the number of units.

use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use crate::Result;
use crate::data::{Data, ask};
use crate::measure::Spread;
use crate::operations::{Operation, document};
use crate::options::Growth;
use crate::postgres::Postgres;
use crate::product::{Process, Product};

const COORDINATOR: &str = "coordinator@pii.local";
/// Tasks of a page in Q2, and which page is deep.
const PAGE: usize = 20;
const DEEP: usize = 500;
const REQUESTS: usize = 30;

/// A table of tasks and one of units, on PostgreSQL, no answers kept.
pub async fn table(growth: &Growth, program: &Path, folder: &Path, postgres: &Postgres) -> Result<String> {
    let mut text = String::from(
        "| tasks | Q2 officer, first page, ms | coordinator, first page | coordinator, page 500 |\n\
         | --- | --- | --- | --- |\n",
    );
    for tasks in &growth.growth_tasks {
        let filled = Filled::start(program, folder, postgres, 63, *tasks).await?;
        let data = Data::of(&filled.product, &filled.base).await?;
        let officer = &data.officers.first().ok_or("there are no officers")?.token;
        let coordinator = filled.product.token(COORDINATOR).await?;
        let cursor = filled.cursor_behind(&coordinator, (DEEP - 1) * PAGE).await?;
        let first = filled.milliseconds(officer, Operation::Q2, json!({})).await?;
        let whole = filled.milliseconds(&coordinator, Operation::Q2, json!({})).await?;
        let deep = filled.milliseconds(&coordinator, Operation::Q2, json!({ "after": cursor })).await?;
        let _ = writeln!(text, "| {tasks} | {first:.2} | {whole:.2} | {deep:.2} |");
    }
    text += "\n| units | the whole ranking of Q1 in pages, ms | µs for each unit |\n| --- | --- | --- |\n";
    for units in &growth.growth_units {
        let filled = Filled::start(program, folder, postgres, *units, 100).await?;
        let coordinator = filled.product.token(COORDINATOR).await?;
        let data = Data::of(&filled.product, &filled.base).await?;
        let took = filled.whole_ranking(&coordinator, data.editions.first().map(String::as_str)).await?;
        let _ = writeln!(text, "| {units} | {took:.1} | {:.1} |", 1000.0 * took / f64::from(*units));
    }
    Ok(text)
}

/// A product on a database of some size.
struct Filled {
    product: Product,
    base: String,
    _process: Process,
}

impl Filled {
    async fn start(
        program: &Path,
        folder: &Path,
        postgres: &Postgres,
        units: u32,
        tasks: u32,
    ) -> Result<Self> {
        let name = format!("growth_{units}_{tasks}");
        let product = Product::new(program, &folder.join(&name), postgres.create(&name)?)?;
        eprintln!("filling {}", product.database());
        product.fill(units, tasks)?;
        postgres.settle(&name)?;
        let (process, base, _) = product.serve(&[("PII_ANSWER_CACHE_MB", "0")]).await?;
        Ok(Self { product, base, _process: process })
    }

    /// The median of some requests, one after the other.
    async fn milliseconds(&self, token: &str, operation: Operation, variables: Value) -> Result<f64> {
        let mut all = Vec::new();
        for _ in 0..REQUESTS {
            let body = json!({ "query": document(operation), "variables": variables });
            let begun = Instant::now();
            ask(&self.base, token, body).await?;
            all.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        Spread::of(all).map(|spread| spread.median).ok_or_else(|| "nothing was asked".into())
    }

    /// The cursor of the task at this place.
    async fn cursor_behind(&self, token: &str, place: usize) -> Result<Option<String>> {
        const WALK: &str = "query Walk($first: Int!, $after: String) {
            tasks(first: $first, after: $after) { pageInfo { endCursor } } }";
        let mut cursor = None;
        for first in
            std::iter::repeat_n(100, place / 100).chain([place % 100].into_iter().filter(|rest| *rest > 0))
        {
            let body = json!({ "query": WALK, "variables": { "first": first, "after": cursor } });
            let answer = ask(&self.base, token, body).await?;
            cursor = answer["data"]["tasks"]["pageInfo"]["endCursor"].as_str().map(str::to_owned);
        }
        Ok(cursor)
    }

    /// Milliseconds that a ranking takes from its first page to its last, the second time.
    async fn whole_ranking(&self, token: &str, edition: Option<&str>) -> Result<f64> {
        const RANKING: &str = "query Ranking($edition: ID, $after: String) {
            ranking(edition: $edition, first: 63, after: $after) { pageInfo { hasNextPage endCursor }
                nodes { rank score unit { code name } below(level: PILLAR) { score node { code } } } } }";
        let mut took = 0.0;
        for _ in 0..2 {
            let begun = Instant::now();
            let mut cursor = Value::Null;
            loop {
                let body = json!({ "query": RANKING, "variables": { "edition": edition, "after": cursor } });
                let answer = ask(&self.base, token, body).await?;
                let page = &answer["data"]["ranking"]["pageInfo"];
                if page["hasNextPage"] != true {
                    break;
                }
                cursor = page["endCursor"].clone();
            }
            took = begun.elapsed().as_secs_f64() * 1000.0;
        }
        Ok(took)
    }
}
