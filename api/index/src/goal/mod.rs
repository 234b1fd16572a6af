//! What a unit must change to reach a rank or a score.
//!
//! The other units are held still. To let them grow, compute the base edition from
//! [`trend`]'s table and search on that.

mod knapsack;
mod lever;
mod linear;
mod marginal;
mod search;
mod threshold;

use serde::{Deserialize, Serialize};

use crate::{Edition, Error, Framework, Result, Table};

pub use marginal::{Marginal, Step, marginal_gains};

/// What is wanted at a node.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// This rank or a better one, as the framework ranks.
    Rank(u32),
    /// This score or a higher one, before rounding.
    Score(f64),
}

/// How far an indicator may be raised, seen from the better side: a value that is already there
/// may not be raised at all.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// To the mean of all units.
    Mean,
    /// By so many per cent of the raw value.
    Percent(f64),
    /// To the mean, or by so many per cent where that leads further.
    MeanOrPercent(f64),
    /// To this raw value.
    Value(f64),
    /// Not at all.
    Fixed,
}

/// Limit and cost of one indicator, where they are not the common ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// Code of the indicator.
    pub code: String,
    /// How far it may be raised.
    pub limit: Limit,
    /// Cost of one step; a step is 1 % of the range of all units' (denominated) values, which
    /// under min-max is a point of the indicator's score.
    pub cost: f64,
}

/// A question to [`reach`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    /// Code of the unit.
    pub unit: String,
    /// What it wants.
    pub wanted: Wanted,
    /// The common limit; the cost of a step is 1.
    pub limit: Limit,
    /// Indicators with a limit or cost of their own.
    #[serde(default)]
    pub bounds: Vec<Bound>,
}

impl Goal {
    /// With the common limit "to the mean, or by 10 %" and equal costs.
    pub fn new(unit: &str, wanted: Wanted) -> Self {
        Self { unit: unit.into(), wanted, limit: Limit::MeanOrPercent(10.0), bounds: Vec::new() }
    }
}

/// One indicator of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Move {
    /// Place of the indicator in the framework.
    pub node: usize,
    /// Raw value before and after.
    pub raw: (f64, f64),
    /// Score of the indicator before and after the whole plan.
    pub score: (Option<f64>, Option<f64>),
    /// In steps times the cost of one: see [`Bound::cost`].
    pub cost: f64,
}

/// How good a plan is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// No plan within the limits is cheaper (but for rounding of binary numbers), or, where the
    /// goal is not reached, none reaches it.
    Cheapest,
    /// The best that was found: other units' scores move with the unit's, or the method is not
    /// linear.
    Searched,
}

/// The answer, as the engine computes it: scores and ranks come from a run with the moves made.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whether the goal is reached; if not, the moves are the furthest the limits allow.
    pub reached: bool,
    /// How good it is known to be.
    pub proof: Proof,
    /// What to change, in the order of the framework; empty when nothing is needed.
    pub moves: Vec<Move>,
    /// Sum of the moves' costs.
    pub cost: f64,
    /// Score at the node before and after.
    pub score: (f64, f64),
    /// Rank at the node before and after.
    pub rank: (f64, f64),
    /// The edition with the moves made.
    pub edition: Edition,
}

/// The cheapest changes of a unit's raw values, within the limits, that reach the goal at `node`.
///
/// Exact where the index is linear in the values: arithmetic means, min-max or goalposts without
/// logarithm, no treatment or imputation of the column. A unit that sets the minimum gains nothing
/// until it passes the next one, and moves all others on the way; that is seen. Only indicators of
/// which the unit has a value take part.
///
/// `base` must have been computed under `framework`.
///
/// # Errors
/// Unknown unit or code, a limit or cost out of range, [`Error::Unscored`] when the unit has no
/// score at the node, [`Error::Cancelled`] when `cancelled` says so.
pub fn reach(
    framework: &Framework,
    base: &Edition,
    node: usize,
    goal: &Goal,
    cancelled: &dyn Fn() -> bool,
) -> Result<Plan> {
    let problem = lever::Problem::new(framework, base, node, goal, cancelled)?;
    let (steps, proof) = search::search(&problem)?;
    problem.plan(&steps, proof)
}

/// The current table with every other unit's values moved once more as they moved since the
/// previous one; a value missing in either, or a unit or column not there, stays as it is now.
///
/// # Errors
/// [`Error::UnknownUnit`] for the unit itself; [`Error::NotFinite`] on overflow.
pub fn trend(previous: &Table, current: &Table, unit: &str) -> Result<Table> {
    let own = current.unit(unit)?;
    let mut grown = current.clone();
    for (column, code) in current.codes().iter().enumerate() {
        let Ok(before) = previous.place(code) else { continue };
        for (row, name) in current.units().iter().enumerate().filter(|(row, _)| *row != own) {
            let Ok(old) = previous.unit(name) else { continue };
            let now = current.columns[column][row];
            let next = now + (now - previous.columns[before][old]);
            if next.is_infinite() {
                return Err(Error::NotFinite { code: code.clone(), unit: name.clone() });
            }
            if !next.is_nan() {
                grown.put(row, column, next);
            }
        }
    }
    Ok(grown)
}
