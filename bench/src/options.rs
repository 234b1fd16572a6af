//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::operations::Operation;

/// Measures the server against a hand-written one, the bare limit of HTTP and PostGraphile.
#[derive(Parser)]
pub struct Arguments {
    /// Sides that the run starts as processes of their own.
    #[command(subcommand)]
    pub part: Option<Part>,
    /// What to measure.
    #[command(flatten)]
    pub options: Options,
}

/// What to measure, and how long.
#[derive(Args)]
pub struct Options {
    /// One round of one second each, to see that all works; its figures mean little.
    #[arg(long)]
    pub quick: bool,
    /// Only these operations.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub only: Vec<Operation>,
    /// Only on this database.
    #[arg(long, value_enum)]
    pub database: Option<Database>,
    /// Tasks in the database, with three assignments each.
    #[arg(long, default_value_t = 100_000)]
    pub tasks: u32,
    /// Leaves out PostGraphile, which needs node and the network once.
    #[arg(long)]
    pub no_postgraphile: bool,
    /// The product's program; built if not given.
    #[arg(long)]
    pub server: Option<PathBuf>,
    /// Measures growth instead of sides.
    #[command(flatten)]
    pub growth: Growth,
    /// Writes the tables between the marks of this file.
    #[arg(long)]
    pub write: Option<PathBuf>,
}

/// Sizes at which growth is measured, such as `--growth-tasks 10000,100000,1000000 --growth-units 63,1000,10000`: that takes
/// long, most of it filling.
#[derive(Args)]
pub struct Growth {
    /// Measures Q2 with so many tasks, instead of the sides.
    #[arg(long, value_delimiter = ',')]
    pub growth_tasks: Vec<u32>,
    /// Measures Q1 with so many units, instead of the sides.
    #[arg(long, value_delimiter = ',')]
    pub growth_units: Vec<u32>,
}

impl Growth {
    /// Whether any size is named.
    pub fn is_wanted(&self) -> bool {
        !self.growth_tasks.is_empty() || !self.growth_units.is_empty()
    }
}

/// A database that the product runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Database {
    /// A PostgreSQL of the run's own.
    Postgres,
    /// A file of the run's own.
    Sqlite,
}

/// A side that is a process of its own.
#[derive(Subcommand)]
pub enum Part {
    /// The hand-written server.
    #[command(hide = true)]
    HandWritten(HandWritten),
    /// The server that only answers.
    #[command(hide = true)]
    Bare(Bare),
}

/// Where the hand-written server finds what it needs.
#[derive(Args)]
pub struct HandWritten {
    /// Address to listen on.
    #[arg(long)]
    pub listen: SocketAddr,
    /// The product's database.
    #[arg(long)]
    pub database_url: String,
    /// File with the keys that the product publishes.
    #[arg(long)]
    pub keys: PathBuf,
    /// Who issues its tokens.
    #[arg(long)]
    pub issuer: String,
    /// Appends an entry to the audit trail with every save.
    #[arg(long)]
    pub with_trail: bool,
}

/// Where the bare server finds its answers.
#[derive(Args)]
pub struct Bare {
    /// Address to listen on.
    #[arg(long)]
    pub listen: SocketAddr,
    /// Folder with an answer to each operation.
    #[arg(long)]
    pub answers: PathBuf,
}
