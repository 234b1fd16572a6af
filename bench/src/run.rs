//! The whole run: data, sides, their answers compared, the load, the tables.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::check;
use crate::data::Data;
use crate::footprint;
use crate::growth;
use crate::load;
use crate::measure::{self, Lane, Plan};
use crate::operations::{Dialect, Operation, varied};
use crate::options::{Database, Options};
use crate::postgres::Postgres;
use crate::product::Product;
use crate::reach;
use crate::sides::{self, Name, Side};
use crate::table::{Results, write_between_marks};

/// Its name on PostgreSQL.
const DATABASE: &str = "bench";

/// Units that are ranked, as `pii bench-data` has it.
const UNITS: u32 = 63;

/// All that the options ask for.
pub async fn all(options: &Options) -> Result<()> {
    if !load::is_there() {
        return Err("there is no wrk: apt-get install wrk".into());
    }
    let program = program(options)?;
    let folder = tempfile::Builder::new().prefix("pii-bench-").tempdir()?;
    let is_wanted = |database| options.database.is_none_or(|only| only == database);
    let mut on_postgres = None;
    let mut on_sqlite = None;
    if is_wanted(Database::Postgres) {
        let postgres = Postgres::start()?;
        let url = postgres.create(DATABASE)?;
        let product = Product::new(&program, &folder.path().join("postgres"), url)?;
        if options.growth.is_wanted() {
            println!("{}", growth::table(&options.growth, &program, folder.path(), &postgres).await?);
            return Ok(());
        }
        on_postgres = Some(compare(options, &product, folder.path(), Some(&postgres)).await?);
    }
    if is_wanted(Database::Sqlite) {
        let own = folder.path().join("sqlite");
        let file = format!("sqlite:{}", own.join("pii.sqlite").display());
        let product = Product::new(&program, &own, file)?;
        on_sqlite = Some(compare(options, &product, folder.path(), None).await?);
    }
    let measured = || [on_postgres.as_ref(), on_sqlite.as_ref()].into_iter().flatten();
    let mut tables: Vec<String> = measured().map(Results::table).collect();
    tables.push(reach::table(on_postgres.as_ref(), on_sqlite.as_ref()));
    tables.extend(measured().map(|results| results.footprint.clone()));
    let text = tables.join("\n");
    println!("{text}");
    match &options.write {
        Some(file) => write_between_marks(file, &text),
        None => Ok(()),
    }
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
    product.fill(UNITS, options.tasks)?;
    if let Some(postgres) = postgres {
        postgres.settle(DATABASE)?;
    }
    let cached = Side::product(product, true).await?;
    let uncached = Side::product(product, false).await?;
    let data = Data::of(product, &cached.base).await?;
    let keys = sides::keys(&cached.base, folder).await?;
    let handwritten = Side::handwritten(product, &keys, false).await?;
    let with_trail = Side::handwritten(product, &keys, true).await?;
    let postgraphile = match postgres.filter(|_| !options.no_postgraphile) {
        Some(postgres) => Some(Side::postgraphile(postgres, DATABASE, &keys).await?),
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
    let plan = if options.quick { Plan::QUICK } else { Plan::WHOLE };
    let mut samples = Vec::new();
    for operation in operations {
        eprintln!("measuring {}", operation.name());
        let sides = [&cached, &uncached, &handwritten, &with_trail, &bare].into_iter().chain(&postgraphile);
        let sides = sides.filter(|side| side.name.takes_part(operation));
        let lane = |side| Lane { side, operation, requests: requests(operation, &data, side) };
        let lanes: Vec<Lane<'_>> = sides.map(lane).collect();
        for lane in &lanes {
            look(folder, lane, product).await?;
        }
        samples.extend(measure::in_turns(folder, &lanes, plan, postgres.and_then(|one| one.pid)).await?);
    }
    let database = if postgres.is_some() { "PostgreSQL" } else { "SQLite" };
    let footprint = footprint::table(product, &data, folder, database).await?;
    Ok(Results { database, samples, footprint })
}

/// Looks at the answers of a lane, and whether what its side appends to the audit trail continues the chain.
async fn look(folder: &Path, lane: &Lane<'_>, product: &Product) -> Result<()> {
    if lane.side.name != Name::WithTrail {
        return measure::look(folder, lane).await.map(drop);
    }
    let before = product.verify_trail()?;
    let saved = measure::look(folder, lane).await?;
    let appended = product.verify_trail()? - before;
    // What is under way when the second ends is appended without being counted.
    match appended >= saved {
        true => Ok(()),
        false => Err(format!("{saved} reports saved, {appended} entries appended").into()),
    }
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
