//! Clearly synthetic data in the real shape, for measuring: the same at every call with the same sizes and seed, but for
//! the time of writing and the days that follow from it.

mod chance;
mod people;
mod proof;
mod results;
mod work;

use clap::Args;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter};

use crate::App;
use crate::error::{Error, Result};
use crate::store::{Read, Tx};
use chance::Chance;

/// Stands in every name and note that is made up here.
pub const MARK: &str = "[DỮ LIỆU MẪU / SYNTHETIC]";

/// How much is made.
#[derive(Args, Clone, Debug)]
pub struct Sizes {
    /// Units that are ranked.
    #[arg(long, default_value_t = 63, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub units: u32,
    /// Published editions, each with a figure of every unit at every node.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=90))]
    pub editions: u32,
    /// Tasks.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub tasks: u32,
    /// Assignments, spread evenly over the tasks.
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    pub assignments: u32,
    /// Organizations, each with an officer `bench-officer-N@example.invalid`.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub organizations: u32,
    /// What chance begins with.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The data is there.
    Filled,
    /// Nothing was written, for this reason.
    Refused(&'static str),
}

/// Fills a database that was migrated and seeded and is otherwise fresh, all or nothing.
pub async fn fill(app: &App, sizes: &Sizes) -> Result<Outcome> {
    let tx = app.system().begin_alone().await?;
    if let Some(reason) = refusal(&tx, sizes).await? {
        return Ok(Outcome::Refused(reason));
    }
    let mut chance = Chance::new(sizes.seed);
    let plan = tx.first(tx.find::<plan::Entity>()).await?.ok_or_else(|| Error::internal("no plan"))?;
    let nodes = nodes(&tx, &plan).await?;
    results::write(&tx, &mut chance, &plan, &nodes, sizes).await?;
    let officers = people::write(&tx, &mut chance, sizes.organizations).await?;
    work::Work { tx: &tx, plan: &plan, nodes: &nodes, officers: &officers, today: app.world.today() }
        .write(&mut chance, sizes)
        .await?;
    tx.commit().await?;
    Ok(Outcome::Filled)
}

/// Why this database is not to be filled: real data and made-up data never stand side by side.
async fn refusal(tx: &Tx, sizes: &Sizes) -> Result<Option<&'static str>> {
    const SEEDED: [&str; 2] = ["admin@pii.local", "coordinator@pii.local"];
    let bench = tx.find::<organization::Entity>().filter(organization::Column::Code.starts_with("BENCH-"));
    let others = tx.find::<user::Entity>().filter(user::Column::Email.is_not_in(SEEDED));
    let per_task = sizes.assignments.checked_div(sizes.tasks).unwrap_or(u32::MAX);
    Ok(if !tx.exists(tx.find::<plan::Entity>()).await? {
        Some("the database was not seeded; run `pii migrate` and `pii seed` first")
    } else if tx.exists(bench).await? {
        Some("the database holds data for measuring already")
    } else if tx.exists(others).await? || tx.exists(tx.find::<task::Entity>()).await? {
        Some("the database is in use: it holds users or tasks that the seed did not make")
    } else if sizes.assignments > 0 && per_task >= sizes.organizations {
        Some("there are too many assignments for these tasks and organizations")
    } else {
        None
    })
}

/// The nodes of the plan's framework, depth first.
async fn nodes(tx: &Tx, plan: &plan::Model) -> Result<Vec<node::Model>> {
    let nodes = tx.find::<node::Entity>().filter(node::Column::FrameworkId.eq(plan.framework_id));
    let mut nodes = tx.all(nodes).await?;
    nodes.sort_by_key(|node| node.position);
    Ok(nodes)
}
