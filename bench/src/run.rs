//! The whole run: data, sides, their answers compared, the load, the tables.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::check;
use crate::data::Data;
use crate::load;
use crate::measure::{self, Lane, Plan};
use crate::operations::{Dialect, Operation, varied};
use crate::options::{Database, Options};
use crate::postgres::Postgres;
use crate::product::Product;
use crate::sides::{Name, Side};
use crate::table::Results;

/// All that the options ask for.
pub async fn all(options: &Options) -> Result<()> {
    if !load::is_there() {
        return Err("there is no wrk: apt-get install wrk".into());
    }
    let program = program(options)?;
    let folder = tempfile::Builder::new().prefix("pii-bench-").tempdir()?;
    let is_wanted = |database| options.database.is_none_or(|only| only == database);
    let mut text = String::new();
    if is_wanted(Database::Postgres) {
        let postgres = Postgres::start()?;
        let url = postgres.create("bench")?;
        let product = Product::new(&program, &folder.path().join("postgres"), url)?;
        let results = compare(options, &product, folder.path(), Some(&postgres)).await?;
        text += &results.table();
    }
    if is_wanted(Database::Sqlite) {
        let file = folder.path().join("sqlite/pii.sqlite");
        let product =
            Product::new(&program, &folder.path().join("sqlite"), format!("sqlite:{}", file.display()))?;
        let results = compare(options, &product, folder.path(), None).await?;
        text += "\n";
        text += &results.table();
    }
    println!("{text}");
    Ok(())
}

/// The product's program, built unless one is given.
fn program(options: &Options) -> Result<PathBuf> {
    if let Some(server) = &options.server {
        return Ok(server.canonicalize()?);
    }
    let own = std::env::current_exe()?;
    let release = own.parent().ok_or("a program without a folder")?;
    let target = release.parent().ok_or("a program without a target folder")?;
    let mut build = Command::new("cargo");
    build.args(["build", "--release", "--locked", "--package", "api", "--target-dir"]).arg(target);
    eprintln!("building the product, which takes minutes the first time");
    match build.current_dir(env!("CARGO_MANIFEST_DIR")).status()?.success() {
        true => Ok(target.join("release/pii")),
        false => Err("the product could not be built".into()),
    }
}

async fn compare(
    options: &Options,
    product: &Product,
    folder: &Path,
    postgres: Option<&Postgres>,
) -> Result<Results> {
    eprintln!("filling {}", product.database());
    product.fill(options.tasks)?;
    if let Some(postgres) = postgres {
        postgres.settle("bench")?;
    }
    let cached = Side::product(product, true).await?;
    let uncached = Side::product(product, false).await?;
    let data = Data::of(product, &cached.base).await?;
    let handwritten = Side::handwritten(product, &cached.base, folder).await?;
    let operations: Vec<Operation> = Operation::ALL
        .into_iter()
        .filter(|one| options.only.is_empty() || options.only.contains(one))
        .collect();
    let answers = folder.join("answers");
    std::fs::create_dir_all(&answers)?;
    for operation in &operations {
        same_answers(*operation, &data, &cached, &[&uncached, &handwritten], &answers).await?;
    }
    let bare = Side::bare(&answers).await?;
    let plan = if options.quick { Plan::QUICK } else { Plan::WHOLE };
    let mut samples = Vec::new();
    for operation in operations {
        let lane = |side| Lane { side, operation, requests: requests(operation, &data, side) };
        let mut lanes = vec![lane(&cached), lane(&handwritten), lane(&bare)];
        if operation.is_published() {
            lanes.insert(1, lane(&uncached));
        }
        for lane in &lanes {
            measure::look(folder, lane).await?;
        }
        eprintln!("measuring {}", operation.name());
        samples.extend(measure::in_turns(folder, &lanes, plan, postgres.and_then(|one| one.pid)).await?);
    }
    Ok(Results { database: if postgres.is_some() { "PostgreSQL" } else { "SQLite" }, samples })
}

/// The product gets the same request again and again where it may keep the answer; everybody else gets ever different ones.
fn requests(operation: Operation, data: &Data, side: &Side) -> Vec<crate::operations::Request> {
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
    let requests = varied(operation, Dialect::Product, data, "looked at");
    // A few from all over the list.
    for request in requests.iter().step_by(requests.len().div_ceil(7)) {
        let (bytes, wanted) = check::answer(&product.url(operation), request).await?;
        std::fs::write(answers.join(operation.name()), bytes)?;
        for other in others {
            let (_, given) = check::answer(&other.url(operation), request).await?;
            if given != wanted {
                return Err(
                    format!("{} at {}: {given}\nnot {wanted}", other.name.text(), operation.name()).into()
                );
            }
        }
    }
    Ok(())
}
