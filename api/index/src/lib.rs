//! Composite indices: from raw values to scores, ranks and what explains them.
//!
//! Pure functions over slices, without I/O. The steps carry COINr's names, the method is data
//! ([`Method`]), and the same framework and table give the same bits. A value may be missing at
//! every step; inside a column NaN means missing, and [`Table`] lets no other NaN or infinity in.
//!
//! ```
//! use index::{Direction, Framework, Method, Node, Table, compute};
//!
//! let nodes = vec![
//!     Node::aggregate("PII", None),
//!     Node::indicator("patents", "PII", Direction::HigherIsBetter),
//!     Node::indicator("days", "PII", Direction::LowerIsBetter),
//! ];
//! let framework = Framework::new(nodes, Method::default())?;
//! let table = Table::from_rows(
//!     vec!["20".into(), "56".into()],
//!     vec!["patents".into(), "days".into()],
//!     &[vec![Some(3.0), Some(12.0)], vec![Some(9.0), None]],
//! )?;
//! let edition = compute(&framework, &table)?;
//! assert_eq!(edition.score(framework.root(), 0), Some(0.0));
//! assert_eq!(edition.rank(framework.root(), 1), Some(1.0));
//! # Ok::<(), index::Error>(())
//! ```
#![forbid(unsafe_code)]

pub mod aggregate;
pub mod analysis;
mod canonical;
pub mod denominate;
mod edition;
mod error;
pub mod explain;
mod framework;
pub mod goal;
pub mod impute;
mod method;
pub mod normalise;
pub mod over_time;
pub mod rank;
mod steps;
mod table;
pub mod treat;
pub mod uncertainty;
pub mod what_if;

pub use canonical::canonical_bytes;
pub use edition::{Edition, Stage};
pub use error::Error;
pub use framework::{Direction, Framework, Indicator, Node};
pub use method::{Aggregation, Imputation, Method, Normalisation, Outliers, Ranking, Ties, Treatment};
pub use rank::{Rank, Ranker, round};
pub use table::Table;
pub use treat::Treated;

/// What every question to the engine answers with.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Computes all stages, scores and ranks of a table under a framework.
///
/// # Errors
/// A column the framework needs is missing or one it does not know is there; imputation by group
/// without groups; a negative score under a geometric or harmonic mean.
pub fn compute(framework: &Framework, table: &Table) -> Result<Edition> {
    run(framework, table, None, &[])
}

/// [`compute`], starting from what an earlier run left unchanged, with some scores laid down as
/// (node, unit, score) instead of computed.
fn run(
    framework: &Framework,
    table: &Table,
    base: Option<(&Framework, &Edition)>,
    laid: &[(usize, usize, f64)],
) -> Result<Edition> {
    let before = base.map(|(_, edition)| edition);
    let (binding, raw) = steps::raw(framework, table, before)?;
    let denominated = steps::denominate(table, &binding, &raw, before);
    let imputed = steps::impute(framework, table, &denominated, before)?;
    let (treated, treatments) = steps::treat(framework, &imputed, before)?;
    let normalised = steps::normalise(framework, &treated, before)?;
    let scores = steps::aggregate(framework, table, &normalised, base, laid)?;
    let ranks = steps::rank(framework, &scores, before);
    let table = table.clone();
    Ok(Edition { table, binding, raw, denominated, imputed, treated, treatments, normalised, scores, ranks })
}
