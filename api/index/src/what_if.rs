//! What changes when some values, scores or weights do.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{Edition, Error, Framework, Result, run};

/// One change. Several may stand together, for several units; a later one overrides an earlier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A raw value (an indicator's or a denominator's), `None` making it missing.
    Raw { unit: String, code: String, value: Option<f64> },
    /// The score of a unit at any node, laid down instead of computed.
    Score { unit: String, code: String, score: Option<f64> },
    /// The weight of a node, for all units.
    Weight { code: String, weight: f64 },
}

/// The edition after the changes, under the framework after the changes.
#[derive(Debug, Clone)]
pub struct WhatIf<'a> {
    pub framework: Cow<'a, Framework>,
    pub edition: Edition,
}

/// Score and rank of a unit at a node, before and after.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    pub node: usize,
    pub unit: usize,
    pub score: (Option<f64>, Option<f64>),
    pub rank: (Option<f64>, Option<f64>),
}

impl Delta {
    /// Points gained.
    pub fn points(&self) -> Option<f64> {
        Some(self.score.1? - self.score.0?)
    }

    /// Places gained: positive is up.
    pub fn places(&self) -> Option<f64> {
        Some(self.rank.0? - self.rank.1?)
    }
}

/// Computes the edition anew with the changes, through the same steps as [`crate::compute`], so
/// that minimum, maximum and every other unit move where the changed values move them. Columns
/// and nodes that nothing touches are taken over from `base`; without changes all are, and the
/// result equals the base to the bit.
///
/// `base` must have been computed under `framework`.
///
/// # Errors
/// Unknown unit or code, a value that is not finite, a weight out of range, and what
/// [`crate::compute`] refuses.
pub fn what_if<'a>(framework: &'a Framework, base: &Edition, changes: &[Change]) -> Result<WhatIf<'a>> {
    let mut table = base.table().clone();
    let mut after = Cow::Borrowed(framework);
    let mut laid = Vec::new();
    for change in changes {
        match change {
            Change::Raw { unit, code, value } => table.set(unit, code, *value)?,
            Change::Score { unit, code, score } => {
                let (node, row) = (framework.node(code)?, table.unit(unit)?);
                if score.is_some_and(|score| !score.is_finite()) {
                    return Err(Error::NotFinite { code: code.clone(), unit: unit.clone() });
                }
                laid.push((node, row, score.unwrap_or(f64::NAN) + 0.0));
            }
            Change::Weight { code, weight } => {
                let node = framework.node(code)?;
                after = Cow::Owned(after.with(|nodes, _| nodes[node].weight = *weight)?);
            }
        }
    }
    let edition = run(&after, &table, Some((framework, base)), &laid)?;
    Ok(WhatIf { framework: after, edition })
}

/// Per node, what the changes did to one unit. Both editions hold the same units and nodes.
pub fn deltas(before: &Edition, after: &Edition, unit: usize) -> Vec<Delta> {
    let delta = |node| Delta {
        node,
        unit,
        score: (before.score(node, unit), after.score(node, unit)),
        rank: (before.rank(node, unit), after.rank(node, unit)),
    };
    (0..before.scores.len()).map(delta).collect()
}
