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
use crate::postgres::{Base, Postgres};
use crate::product::{Process, Product};

const COORDINATOR: &str = "coordinator@pii.local";
/// Tasks of a page in Q2, and which page is deep.
const PAGE: u32 = 20;
const DEEP: u32 = 500;
/// Sizes take turns, so many times, with so many requests for each page.
const ROUNDS: usize = 20;
const REQUESTS: usize = 15;

/// How it is measured, in words.
pub fn method() -> String {
    format!(
        "one request after the other, no answers kept; of tasks medians of {ROUNDS} turns of {REQUESTS} requests, of the \
         ranking the second time"
    )
}

/// A table of tasks and one of units, as far as sizes are named, on PostgreSQL or else on SQLite.
pub async fn tables(
    growth: &Growth,
    program: &Path,
    folder: &Path,
    postgres: Option<&Postgres>,
) -> Result<Vec<String>> {
    let database = if postgres.is_some() { "PostgreSQL" } else { "SQLite" };
    let mut tasks = format!(
        "| tasks, {database} | Q2 officer, first page, ms | coordinator, first page | coordinator, page {DEEP} |\n\
         | --- | --- | --- | --- |\n"
    );
    let mut sizes = Vec::new();
    for size in &growth.growth_tasks {
        sizes.push((size, Filled::start(program, folder, postgres, 63, *size).await?.pages().await?));
    }
    for _ in 0..ROUNDS {
        for (_, pages) in &mut sizes {
            pages.ask().await?;
        }
    }
    for (size, pages) in sizes {
        let [officer, first, deep] = pages.medians()?;
        let deep = if *size < DEEP * PAGE { String::new() } else { format!("{deep:.2}") };
        let _ = writeln!(tasks, "| {size} | {officer:.2} | {first:.2} | {deep} |");
    }
    let mut units = format!(
        "| units, {database} | the whole ranking of Q1 in pages, ms | µs for each unit |\n| --- | --- | --- |\n"
    );
    for size in &growth.growth_units {
        let took = Filled::start(program, folder, postgres, *size, 100).await?.whole_ranking().await?;
        let _ = writeln!(units, "| {size} | {took:.1} | {:.1} |", 1000.0 * took / f64::from(*size));
    }
    let tables = [(tasks, &growth.growth_tasks), (units, &growth.growth_units)].into_iter();
    Ok(tables.filter(|(_, sizes)| !sizes.is_empty()).map(|(table, _)| table).collect())
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
        postgres: Option<&Postgres>,
        units: u32,
        tasks: u32,
    ) -> Result<Self> {
        let name = format!("growth_{units}_{tasks}");
        let base = postgres.map(|server| Base { server, name: &name });
        let product = match base {
            Some(base) => Product::new(program, &folder.join(&name), base.create()?)?,
            None => Product::on_sqlite(program, &folder.join(format!("{name}_sqlite")))?,
        };
        eprintln!("filling {}", product.database());
        product.fill(units, tasks)?;
        base.map_or(Ok(()), Base::settle)?;
        let (process, base, _) = product.serve(&[("PII_ANSWER_CACHE_MB", "0")]).await?;
        Ok(Self { product, base, _process: process })
    }

    /// An officer's first page of tasks, a coordinator's first, and its deep one.
    async fn pages(self) -> Result<Pages> {
        let data = Data::of(&self.product, &self.base).await?;
        let officer = &data.officers.first().ok_or("there are no officers")?.token;
        let coordinator = self.product.token(COORDINATOR).await?;
        let cursor = self.cursor_behind(&coordinator, (DEEP - 1) * PAGE).await?;
        let asked = [
            (officer.clone(), json!({})),
            (coordinator.clone(), json!({})),
            (coordinator, json!({ "after": cursor })),
        ];
        Ok(Pages { filled: self, asked, took: Default::default() })
    }

    /// The cursor of the task at this place.
    async fn cursor_behind(&self, token: &str, place: u32) -> Result<Option<String>> {
        const WALK: &str = "query Walk($first: Int!, $after: String) {
            tasks(first: $first, after: $after) { pageInfo { endCursor } } }";
        let mut cursor = None;
        for first in std::iter::repeat_n(100, (place / 100) as usize)
            .chain([place % 100].into_iter().filter(|rest| *rest > 0))
        {
            let body = json!({ "query": WALK, "variables": { "first": first, "after": cursor } });
            let answer = ask(&self.base, token, body).await?;
            cursor = answer["data"]["tasks"]["pageInfo"]["endCursor"].as_str().map(str::to_owned);
        }
        Ok(cursor)
    }

    /// Milliseconds that a ranking takes from its first page to its last, the second time.
    async fn whole_ranking(&self) -> Result<f64> {
        const RANKING: &str = "query Ranking($edition: ID, $after: String) {
            ranking(edition: $edition, first: 63, after: $after) { pageInfo { hasNextPage endCursor }
                nodes { rank score unit { code name } below(level: PILLAR) { score node { code } } } } }";
        let data = Data::of(&self.product, &self.base).await?;
        let (token, edition) = (self.product.token(COORDINATOR).await?, data.editions.first());
        let mut took = 0.0;
        for _ in 0..2 {
            let begun = Instant::now();
            let mut cursor = Value::Null;
            loop {
                let body = json!({ "query": RANKING, "variables": { "edition": edition, "after": cursor } });
                let answer = ask(&self.base, &token, body).await?;
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

/// Pages of tasks, with whose token and with what they are asked for, and how many milliseconds that took.
struct Pages {
    filled: Filled,
    asked: [(String, Value); 3],
    took: [Vec<f64>; 3],
}

impl Pages {
    /// One turn.
    async fn ask(&mut self) -> Result<()> {
        for ((token, variables), took) in self.asked.iter().zip(&mut self.took) {
            for _ in 0..REQUESTS {
                let body = json!({ "query": document(Operation::Q2), "variables": variables });
                let begun = Instant::now();
                ask(&self.filled.base, token, body).await?;
                took.push(begun.elapsed().as_secs_f64() * 1000.0);
            }
        }
        Ok(())
    }

    fn medians(self) -> Result<[f64; 3]> {
        let [officer, first, deep] = self.took.map(|took| Spread::of(took).map(|spread| spread.median));
        officer
            .zip(first)
            .zip(deep)
            .map(|((officer, first), deep)| [officer, first, deep])
            .ok_or_else(|| "nothing was asked".into())
    }
}
