//! Questions to a computed edition: where points come from, how far the others are, what moves together, what changed,
//! and how a score came about.

mod change;
mod compare;
mod contribution;
mod correlation;
mod difference;
mod explain;
mod gap;
mod record;
mod strength;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, MergedObject};
use entity::{indicator, node, unit};
use uuid::Uuid;

use super::ask::Ask;
use super::framework::FrameworkNode;
use super::id;
use super::page;
use super::unit::Unit;
use crate::error::{Error, Problem, Result};
use crate::scoring::Basis;

/// Queries that explain results.
#[derive(MergedObject, Default)]
pub struct InsightQuery(
    contribution::ContributionQuery,
    strength::StrengthQuery,
    gap::GapQuery,
    compare::CompareQuery,
    difference::DifferenceQuery,
    correlation::CorrelationQuery,
    change::ChangeQuery,
    explain::ExplainQuery,
);

/// Where figures were taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum FigureSource {
    /// Computed here, from raw values.
    Computed,
    /// As published by the ministry.
    Published,
}

/// Rows of a list of figures unless `first` says otherwise, and at most.
const MOST: i32 = 100;

/// How many rows a list of figures may have; 100 if not said.
fn limit(first: Option<i32>) -> Result<usize> {
    Ok(page::limit(Some(first.unwrap_or(MOST)))? as usize)
}

/// The key in the global id of a node, which may be written as that of the indicator it is.
fn node_key(id: &ID, field: &str) -> Result<Uuid, Problem> {
    if id.starts_with("indicator:") {
        return id::parse::<indicator::Entity>(id, field);
    }
    id::parse::<node::Entity>(id, field)
}

/// The edition that the argument `field` names, computed.
async fn basis(ctx: &Context<'_>, edition: &ID, field: &str) -> Result<Arc<Basis>> {
    ctx.basis(edition).await.map_err(|error| error.at(field))
}

/// The row of the unit in the computed edition.
async fn row(ctx: &Context<'_>, basis: &Basis, unit: &ID) -> Result<usize> {
    let key = id::parse::<unit::Entity>(unit, "unit")?;
    match basis.row(key, "unit") {
        Ok(row) => Ok(row),
        Err(unscored) => {
            unit_of(ctx, key, "unit").await?;
            Err(unscored)
        }
    }
}

/// The unit with this key, whether it has figures or not.
async fn unit_of(ctx: &Context<'_>, key: Uuid, field: &str) -> Result<unit::Model> {
    ctx.need::<unit::Entity>(key).await.map(Arc::unwrap_or_clone).map_err(|error| error.at(field))
}

/// A unit of the computed edition as an answer.
fn unit_at(basis: &Basis, row: usize) -> Unit {
    Unit(basis.units[row].clone().into())
}

/// A node of the computed edition as an answer.
fn node_at(basis: &Basis, place: usize) -> FrameworkNode {
    FrameworkNode(basis.tree.nodes[place].clone().into())
}

/// What the engine refuses of an edition that could be computed, as a problem of the argument `field`.
fn refused(error: index::Error, field: &str) -> Error {
    match crate::scoring::refused(error) {
        Error::Invalid(problems) => {
            let about = |problem: Problem| Problem::new(field, problem.code).with(problem.detail);
            Error::Invalid(problems.into_iter().map(about).collect())
        }
        other => other,
    }
}
