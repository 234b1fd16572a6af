//! The whole run: what is measured on which database, and where the tables go.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::compare::{UNITS, compare};
use crate::growth;
use crate::load;
use crate::measure::Plan;
use crate::options::{Database, Options};
use crate::postgres::{Base, Postgres};
use crate::product::Product;
use crate::reach;
use crate::table::Results;
use crate::writing::Place;

/// Its name on PostgreSQL.
const DATABASE: &str = "bench";

/// All that the options ask for.
pub async fn all(options: &Options) -> Result<()> {
    if !load::is_there() {
        return Err("there is no wrk: apt-get install wrk".into());
    }
    let mark = if options.growth.is_wanted() { "growth" } else { "bench" };
    // Looked for first: what took long to measure is not to be lost for want of marks.
    let place = options.write.as_deref().map(|file| Place::find(file, mark)).transpose()?;
    let program = program(options)?;
    let folder = tempfile::Builder::new().prefix("pii-bench-").tempdir()?;
    let postgres = if is_wanted(options, Database::Postgres) { Some(Postgres::start()?) } else { None };
    let tables = match options.growth.is_wanted() {
        true => growths(options, &program, folder.path(), postgres.as_ref()).await?,
        false => sides(options, &program, folder.path(), postgres.as_ref()).await?,
    };
    let text = format!("{}\n\n{}", origin(options), tables.join("\n"));
    println!("{text}");
    place.map_or(Ok(()), |place| place.write(&text))
}

fn is_wanted(options: &Options, database: Database) -> bool {
    options.database.is_none_or(|only| only == database)
}

/// Whatever one has to know to judge the figures.
fn origin(options: &Options) -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if options.growth.is_wanted() {
        return format!("On {cores} cores, {}.", growth::method());
    }
    let how = format!("{}; {} tasks, {UNITS} units", Plan::of(options), options.tasks);
    let mut said = match options.quick {
        true => format!("From `--quick` on {cores} cores ({how}): whether it works, not how fast it is."),
        false => format!("From a run on {cores} cores: {how}."),
    };
    if cfg!(debug_assertions) {
        said +=
            " The hand-written and the bare server were built without optimisation: no ratio to them holds.";
    }
    said
}

async fn growths(
    options: &Options,
    program: &Path,
    folder: &Path,
    postgres: Option<&Postgres>,
) -> Result<Vec<String>> {
    let mut tables = Vec::new();
    if postgres.is_some() {
        tables.extend(growth::tables(&options.growth, program, folder, postgres).await?);
    }
    if is_wanted(options, Database::Sqlite) {
        tables.extend(growth::tables(&options.growth, program, folder, None).await?);
    }
    Ok(tables)
}

async fn sides(
    options: &Options,
    program: &Path,
    folder: &Path,
    postgres: Option<&Postgres>,
) -> Result<Vec<String>> {
    let mut on_postgres = None;
    let mut on_sqlite = None;
    if let Some(server) = postgres {
        let base = Base { server, name: DATABASE };
        let product = Product::new(program, &folder.join("postgres"), base.create()?)?;
        on_postgres = Some(compare(options, &product, folder, Some(base)).await?);
    }
    if is_wanted(options, Database::Sqlite) {
        let product = Product::on_sqlite(program, &folder.join("sqlite"))?;
        on_sqlite = Some(compare(options, &product, folder, None).await?);
    }
    let measured = || [on_postgres.as_ref(), on_sqlite.as_ref()].into_iter().flatten();
    let mut tables: Vec<String> = measured().map(Results::table).collect();
    tables.push(reach::table(on_postgres.as_ref(), on_sqlite.as_ref()));
    tables.extend(measured().map(|results| results.footprint.clone()));
    Ok(tables)
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
