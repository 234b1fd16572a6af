//! Measures the server against a hand-written one, the bare limit of HTTP and PostGraphile, all in one run on one machine.

mod bare;
mod check;
mod compare;
mod data;
mod footprint;
mod growth;
mod handwritten;
mod load;
mod measure;
mod operations;
mod options;
mod postgres;
mod processes;
mod product;
mod reach;
mod run;
mod sides;
mod table;
mod writing;

use clap::Parser;

use options::{Arguments, Part};

/// Every error ends the run, so that its words are all that matters.
type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// As the product has it: the hand-written side is not to be slower for its allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.part {
        Some(Part::HandWritten(side)) => handwritten::serve(side).await,
        Some(Part::Bare(side)) => bare::serve(side).await,
        None => run::all(&arguments.options).await,
    }
}
