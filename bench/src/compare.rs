//! All sides on one database: their answers compared, then the load.

use std::path::Path;

use crate::Result;
use crate::check;
use crate::data::Data;
use crate::footprint;
use crate::measure::{self, Lane, Plan};
use crate::operations::{Dialect, Operation, Request, varied};
use crate::options::Options;
use crate::postgres::Base;
use crate::product::Product;
use crate::sides::{self, Name, Side};
use crate::table::Results;

/// Units that are ranked, as `pii bench-data` has it.
pub const UNITS: u32 = 63;

/// Measures whatever the options ask for on the product's database, of which `postgres` tells more if it is one.
pub async fn compare(
    options: &Options,
    product: &Product,
    folder: &Path,
    postgres: Option<Base<'_>>,
) -> Result<Results> {
    eprintln!("filling {}", product.database());
    product.fill(UNITS, options.tasks)?;
    if let Some(postgres) = postgres {
        postgres.settle()?;
    }
    let cached = Side::product(product, true).await?;
    let uncached = Side::product(product, false).await?;
    let data = Data::of(product, &cached.base).await?;
    let keys = sides::keys(&cached.base, folder).await?;
    let handwritten = Side::handwritten(product, &keys, false).await?;
    let with_trail = Side::handwritten(product, &keys, true).await?;
    let postgraphile = match postgres.filter(|_| !options.no_postgraphile) {
        Some(postgres) => Some(Side::postgraphile(postgres, &keys).await?),
        None => None,
    };
    let operations: Vec<Operation> = Operation::ALL
        .into_iter()
        .filter(|one| options.only.is_empty() || options.only.contains(one))
        .collect();
    let answers = folder.join("answers");
    std::fs::create_dir_all(&answers)?;
    for operation in &operations {
        let others = [&uncached, &handwritten, &with_trail].into_iter().chain(&postgraphile);
        let others: Vec<&Side> = others.filter(|side| side.name.takes_part(*operation)).collect();
        same_answers(*operation, &data, &cached, &others, &answers).await?;
    }
    let bare = Side::bare(&answers).await?;
    let plan = Plan::of(options);
    let mut samples = Vec::new();
    for operation in operations {
        eprintln!("measuring {}", operation.name());
        let sides = [&cached, &uncached, &handwritten, &with_trail, &bare].into_iter().chain(&postgraphile);
        let sides = sides.filter(|side| side.name.takes_part(operation));
        let lane = |side| Lane { side, operation, requests: requests(operation, &data, side) };
        let lanes: Vec<Lane<'_>> = sides.map(lane).collect();
        for lane in &lanes {
            measure::look(folder, lane).await?;
        }
        same_trail(folder, &lanes, product).await?;
        samples.extend(measure::in_turns(folder, &lanes, plan, postgres).await?);
    }
    let database = if postgres.is_some() { "PostgreSQL" } else { "SQLite" };
    let footprint = footprint::table(product, &data, folder, database).await?;
    Ok(Results { database, samples, footprint })
}

/// The product gets the same request again and again where it may keep the answer; everybody else gets ever different ones.
fn requests(operation: Operation, data: &Data, side: &Side) -> Vec<Request> {
    let mut all = varied(operation, side.dialect(), data, side.name.text());
    if side.name == Name::Product && operation.is_published() {
        all.truncate(1);
    }
    all
}

/// Fails unless all sides say the same, and keeps what the product says.
async fn same_answers(
    operation: Operation,
    data: &Data,
    product: &Side,
    others: &[&Side],
    answers: &Path,
) -> Result<()> {
    const WHOSE: &str = "looked at";
    const LOOKS: usize = 7;
    let requests = varied(operation, Dialect::Product, data, WHOSE);
    for place in (0..requests.len()).step_by(requests.len().div_ceil(LOOKS)) {
        let (bytes, wanted) = check::answer(&product.url(operation), &requests[place]).await?;
        std::fs::write(answers.join(operation.name()), bytes)?;
        for other in others {
            let dialect = other.dialect();
            let request = &varied(operation, dialect, data, WHOSE)[place];
            let (_, given) = check::answer(&other.url(operation), request).await?;
            let is_same = match dialect {
                Dialect::Product => given == wanted,
                Dialect::PostGraphile => check::facts(&given) == check::facts(&wanted),
            };
            if !is_same {
                let (who, what) = (other.name.text(), operation.name());
                return Err(format!("{who} at {what}: {given:.500}\nnot {wanted:.500}").into());
            }
        }
    }
    Ok(())
}

/// Lets the product and the side that keeps its trail save at the same time, and fails unless what both append is one chain.
async fn same_trail(folder: &Path, lanes: &[Lane<'_>], product: &Product) -> Result<()> {
    let lane = |name| lanes.iter().find(|lane| lane.side.name == name);
    let (Some(own), Some(other)) = (lane(Name::Product), lane(Name::WithTrail)) else { return Ok(()) };
    let before = product.verify_trail()?;
    let (own, other) = tokio::try_join!(measure::look(folder, own), measure::look(folder, other))?;
    let appended = product.verify_trail()? - before;
    // What is under way when the second ends is appended without being counted.
    match appended >= own + other {
        true => Ok(()),
        false => Err(format!("{own} + {other} reports saved, {appended} entries appended").into()),
    }
}
