//! How much the ranks rest on one node.

use serde::{Deserialize, Serialize};

use crate::{Edition, Framework, Result, run};

/// The index without one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dropped {
    /// The node left out.
    pub node: usize,
    /// Index of each unit without it.
    pub scores: Vec<Option<f64>>,
    /// Rank of each unit without it.
    pub ranks: Vec<Option<f64>>,
    /// Mean absolute change of rank, over the units ranked with and without it.
    pub mean_shift: f64,
    /// Greatest absolute change of rank, over the same units.
    pub max_shift: f64,
}

/// Drops each node but the root in turn (weight 0, siblings rescaled) and ranks anew; a parent
/// left without children goes too. Nodes without which there is no index are left out.
/// COINr: `remove_elements`.
///
/// # Errors
/// Those of [`crate::compute`]; [`crate::Error::Cancelled`] when `cancelled` says so between two nodes.
pub fn drop_one(
    framework: &Framework,
    edition: &Edition,
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<Dropped>> {
    let root = framework.root();
    let mut all = Vec::new();
    for node in (0..framework.nodes().len()).filter(|&node| node != root) {
        if cancelled() {
            return Err(crate::Error::Cancelled);
        }
        let Some(top) = top_of_branch(framework, node) else { continue };
        let without = framework.with(|nodes, _| nodes[top].weight = 0.0)?;
        let after = run(&without, edition.table(), Some((framework, edition)), &[])?;
        let units = 0..edition.table().len();
        let shift = |unit| Some((after.rank(root, unit)? - edition.rank(root, unit)?).abs());
        let shifts: Vec<f64> = units.clone().filter_map(shift).collect();
        all.push(Dropped {
            node,
            scores: units.clone().map(|unit| after.score(root, unit)).collect(),
            ranks: units.map(|unit| after.rank(root, unit)).collect(),
            mean_shift: shifts.iter().sum::<f64>() / shifts.len().max(1) as f64,
            max_shift: shifts.iter().copied().fold(0.0, f64::max),
        });
    }
    Ok(all)
}

/// The highest node that would be empty without `node`, or none if that is the root.
fn top_of_branch(framework: &Framework, node: usize) -> Option<usize> {
    let weighs = |&sibling: &usize| framework.nodes()[sibling].weight > 0.0;
    framework.ancestry(node).find_map(|top| match framework.parent(top) {
        None => Some(None),
        Some(parent) => {
            let others = framework.children(parent).iter().filter(|&&c| c != top);
            others.copied().any(|c| weighs(&c)).then_some(Some(top))
        }
    })?
}
