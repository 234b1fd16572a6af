//! The points each node brings to the index.

use serde::{Deserialize, Serialize};

use crate::{Aggregation, Edition, Error, Framework, Result};

/// What one node brings to one unit's index.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// Place of the node in the framework.
    pub node: usize,
    /// The node's weight in the index for this unit, after missing siblings were dropped.
    pub weight: f64,
    /// Points of the index: weight × score. Those of a node's children add up to the node's.
    pub points: f64,
}

/// Weight of every node in the index when nothing is missing: the product of rescaled weights on
/// the way to the root; the root has 1. COINr: `get_eff_weights`.
pub fn effective_weights(framework: &Framework) -> Vec<f64> {
    spread(framework, framework.root(), |_| true)
}

/// Contributions of all nodes that have a score, in node order; the root's is the index itself.
///
/// # Errors
/// [`Error::NotAdditive`] when a node is not an arithmetic mean, [`Error::Unscored`] when the unit
/// has no index.
pub fn contributions(framework: &Framework, edition: &Edition, unit: usize) -> Result<Vec<Contribution>> {
    for &node in framework.aggregates() {
        if framework.aggregation(node) != Aggregation::Arithmetic {
            return Err(Error::NotAdditive { code: framework.code(node).into() });
        }
    }
    edition.scored(framework, framework.root(), unit)?;
    let weights = shares(framework, edition, framework.root(), unit);
    let contribution = |(node, weight): (usize, f64)| {
        let points = weight * edition.score(node, unit)?;
        Some(Contribution { node, weight, points })
    };
    Ok(weights.into_iter().enumerate().filter_map(contribution).collect())
}

/// [`effective_weights`] in `top` for one unit, whose missing nodes have none.
pub(crate) fn shares(framework: &Framework, edition: &Edition, top: usize, unit: usize) -> Vec<f64> {
    spread(framework, top, |node| edition.score(node, unit).is_some())
}

fn spread(framework: &Framework, top: usize, there: impl Fn(usize) -> bool) -> Vec<f64> {
    let mut weights = vec![0.0; framework.nodes().len()];
    weights[top] = 1.0;
    for &node in framework.aggregates().iter().rev() {
        let present = || framework.children(node).iter().filter(|&&child| there(child));
        let total: f64 = present().map(|&child| framework.nodes()[child].weight).sum();
        // Nothing to spread above `top`, and nothing to divide by where all are missing.
        let share = if weights[node] > 0.0 && total > 0.0 { weights[node] / total } else { continue };
        for &child in present() {
            weights[child] = share * framework.nodes()[child].weight;
        }
    }
    weights
}
