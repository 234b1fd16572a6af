//! Questions to the engine about one edition: what if, what it takes, how sure it is.
//!
//! All of them begin with the edition's [`Basis`], name their units and nodes from its rows, and run where computations
//! run.

mod goal;
mod limit;
mod marginal;
pub(crate) mod monte_carlo;
mod sensitivity;
mod simulate;
mod trend;
mod weight;

pub(crate) use monte_carlo::{MOST_QUEUED_DRAWS, MonteCarloInput, MonteCarloResult, Outcome, Run};

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::{Context, ID, MergedObject, SimpleObject};
use entity::*;
use index::what_if::Delta;
use uuid::Uuid;

use super::ask::Ask;
use super::framework::FrameworkNode;
use super::id;
use super::page::limit;
use super::unit::Unit;
use crate::error::{Code, Problem, Result};
use crate::scoring::Basis;

/// Questions to the engine about one edition.
#[derive(MergedObject, Default)]
pub struct AnalysisQuery(
    simulate::SimulateQuery,
    marginal::MarginalQuery,
    goal::GoalQuery,
    sensitivity::SensitivityQuery,
    weight::WeightQuery,
);

/// Units that a question may pick.
const MOST_UNITS: usize = 100;
/// Greatest absolute value of a number: beyond it, sums of a column no longer tell its values apart.
const FURTHEST: f64 = 1e15;

/// The edition that the argument `edition` names, with its figures and what the engine makes of them.
async fn basis(ctx: &Context<'_>, edition: &ID) -> Result<Arc<Basis>> {
    ctx.basis(edition).await.map_err(|error| error.at("edition"))
}

/// The key of a node in its global id or in that of its indicator.
fn node_key(id: &ID, field: &str) -> Result<Uuid, Problem> {
    match id.starts_with(indicator::Entity::TABLE) {
        true => id::parse::<indicator::Entity>(id, field),
        false => id::parse::<node::Entity>(id, field),
    }
}

/// The place of the node that `id` names, or of the index.
pub(super) fn place(basis: &Basis, id: Option<&ID>, field: &str) -> Result<usize> {
    match id {
        Some(id) => basis.place(node_key(id, field)?, field),
        None => Ok(basis.framework.root()),
    }
}

/// The place of the indicator that `id` names.
fn leaf(basis: &Basis, id: &ID, field: &str) -> Result<usize> {
    let place = place(basis, Some(id), field)?;
    match basis.framework.column(place) {
        Some(_) => Ok(place),
        None => Err(Problem::new(field, Code::InvalidId).with("indicator:…").into()),
    }
}

/// The row of the unit that `id` names.
fn row(basis: &Basis, id: &ID, field: &str) -> Result<usize> {
    basis.row(id::parse::<unit::Entity>(id, field)?, field)
}

/// The rows of the units that are picked; all when nothing is said.
fn rows(basis: &Basis, ids: Option<&[ID]>) -> Result<HashSet<usize>> {
    let Some(ids) = ids else { return Ok((0..basis.units.len()).collect()) };
    if ids.len() > MOST_UNITS {
        return Err(Problem::new("unitIds", Code::TooMany).with(MOST_UNITS).into());
    }
    ids.iter().enumerate().map(|(number, id)| row(basis, id, &format!("unitIds.{number}"))).collect()
}

/// A number that the engine can work with.
fn bounded(value: f64, field: &str) -> Result<f64, Problem> {
    match value.is_finite() && value.abs() <= FURTHEST {
        true => Ok(value),
        false => Err(Problem::new(field, Code::OutOfRange).with("−10¹⁵–10¹⁵")),
    }
}

/// A number of a closed range.
fn within(value: f64, most: f64, field: &str) -> Result<f64, Problem> {
    match (0.0..=most).contains(&value) {
        true => Ok(value),
        false => Err(Problem::new(field, Code::OutOfRange).with(format_args!("0–{most}"))),
    }
}

fn unit(basis: &Basis, row: usize) -> Unit {
    Unit(basis.units[row].clone().into())
}

fn node(basis: &Basis, place: usize) -> FrameworkNode {
    FrameworkNode(basis.tree.nodes[place].clone().into())
}

/// How many rows a list may have: as many as there may be unless `first` says otherwise.
fn length(first: Option<i32>) -> Result<usize> {
    Ok(limit(Some(first.unwrap_or(100)))? as usize)
}

/// A rank to sort by: the unranked come last.
fn order(rank: Option<f64>) -> f64 {
    rank.unwrap_or(f64::INFINITY)
}

/// What a change does to one unit at one node.
#[derive(SimpleObject)]
pub struct UnitChange {
    /// The unit.
    unit: Unit,
    /// Score before, in points; null where there is none.
    score_before: Option<f64>,
    /// Score after, in points; null where there is none.
    score_after: Option<f64>,
    /// Rank before, 1 being best; whole unless the framework gives ties their mean rank. Null where unranked.
    rank_before: Option<f64>,
    /// Rank after, 1 being best; null where unranked.
    rank_after: Option<f64>,
    /// Points gained: after less before, before rounding. Null where one of them is missing.
    points: Option<f64>,
    /// Places gained: positive is up. Null where one of the ranks is missing.
    places: Option<f64>,
}

/// What a change does to one node of one unit.
#[derive(SimpleObject)]
pub struct NodeChange {
    /// The node.
    node: FrameworkNode,
    /// Score before, in points; null where there is none.
    score_before: Option<f64>,
    /// Score after, in points; null where there is none.
    score_after: Option<f64>,
    /// Rank among all units before, 1 being best; null where unranked.
    rank_before: Option<f64>,
    /// Rank among all units after, 1 being best; null where unranked.
    rank_after: Option<f64>,
    /// Points gained: after less before, before rounding. Null where one of them is missing.
    points: Option<f64>,
    /// Places gained: positive is up. Null where one of the ranks is missing.
    places: Option<f64>,
}

impl NodeChange {
    fn of(basis: &Basis, delta: &Delta) -> Self {
        Self {
            node: node(basis, delta.node),
            score_before: delta.score.0,
            score_after: delta.score.1,
            rank_before: delta.rank.0,
            rank_after: delta.rank.1,
            points: delta.points(),
            places: delta.places(),
        }
    }
}

impl UnitChange {
    fn of(basis: &Basis, delta: &Delta) -> Self {
        let NodeChange { score_before, score_after, rank_before, rank_after, points, places, .. } =
            NodeChange::of(basis, delta);
        let unit = unit(basis, delta.unit);
        Self { unit, score_before, score_after, rank_before, rank_after, points, places }
    }
}

/// The picked units at a node by the rank that they have after a change, the unranked last.
fn ranking(
    basis: &Basis,
    (before, after): (&index::Edition, &index::Edition),
    node: usize,
    unit_ids: Option<&[ID]>,
    first: Option<i32>,
) -> Result<Vec<UnitChange>> {
    let first = length(first)?;
    let delta = |unit| Delta {
        node,
        unit,
        score: (before.score(node, unit), after.score(node, unit)),
        rank: (before.rank(node, unit), after.rank(node, unit)),
    };
    let mut all: Vec<Delta> = rows(basis, unit_ids)?.into_iter().map(delta).collect();
    all.sort_by(|a, b| order(a.rank.1).total_cmp(&order(b.rank.1)).then(a.unit.cmp(&b.unit)));
    Ok(all.iter().take(first).map(|delta| UnitChange::of(basis, delta)).collect())
}
