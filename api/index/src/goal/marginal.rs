//! What each indicator gains, by itself, per step.

use serde::{Deserialize, Serialize};

use crate::what_if::{Change, what_if};
use crate::{Edition, Framework, Result};

/// The effect of one change on the unit's score and rank at the node.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The raw value changed to; `None` where the score was changed.
    pub raw: Option<f64>,
    /// Points gained at the node.
    pub points: f64,
    /// Places gained at the node.
    pub places: f64,
}

/// What an indicator gains.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Marginal {
    /// Place of the indicator in the framework.
    pub node: usize,
    /// The unit's raw value now.
    pub raw: f64,
    /// The unit's score there now.
    pub score: f64,
    /// One point more of the indicator's score.
    pub point: Step,
    /// A raw value better by 10 % of itself; `None` for 0.
    pub ten_percent: Option<Step>,
    /// Up to the mean of all units; `None` when it is there.
    pub to_mean: Option<Step>,
    /// Up to the next better unit; `None` for the best.
    pub to_next: Option<Step>,
}

/// The marginal table of a unit at a node: every indicator of which the unit has a value and a
/// score, in column order, each step run through the engine by itself.
///
/// `base` must have been computed under `framework`.
///
/// # Errors
/// [`crate::Error::Unscored`] when the unit has no score at the node, what [`crate::compute`]
/// refuses, [`crate::Error::Cancelled`] when `cancelled` says so.
pub fn marginal_gains(
    framework: &Framework,
    base: &Edition,
    node: usize,
    unit: &str,
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<Marginal>> {
    let row = base.table().unit(unit)?;
    let before = base.scored(framework, node, row)?;
    let step = |change: Change, raw| -> Result<Step> {
        let after = what_if(framework, base, &[change])?.edition;
        let rank = |edition: &Edition| edition.rank(node, row).unwrap_or(f64::NAN);
        let points = after.scored(framework, node, row)? - before;
        Ok(Step { raw, points, places: rank(base) - rank(&after) })
    };
    let mut gains = Vec::new();
    for (column, &leaf) in framework.indicators().iter().enumerate() {
        if cancelled() {
            return Err(crate::Error::Cancelled);
        }
        let (Some(raw), Some(value)) = (base.raw.value(column, row), base.denominated.value(column, row))
        else {
            continue;
        };
        let Some(score) = base.score(leaf, row) else { continue };
        let code = framework.code(leaf).to_string();
        let sign = framework.indicator(column).direction.sign();
        let per = scale(base, column, row);
        let to = |raw: f64| {
            let change = Change::Raw { unit: unit.into(), code: code.clone(), value: Some(raw) };
            step(change, Some(raw))
        };
        let values = base.denominated.column(column);
        let mean = mean(values);
        let better = values.iter().map(|v| v * sign).filter(|&v| v > value * sign);
        let next = better.fold(f64::INFINITY, f64::min);
        let raised = Change::Score { unit: unit.into(), code: code.clone(), score: Some(score + 1.0) };
        gains.push(Marginal {
            node: leaf,
            raw,
            score,
            point: step(raised, None)?,
            ten_percent: (raw != 0.0).then(|| to(raw + toward(sign, per) * 0.1 * raw.abs())).transpose()?,
            to_mean: (mean * sign > value * sign).then(|| to(mean * per)).transpose()?,
            to_next: next.is_finite().then(|| to(next * sign * per)).transpose()?,
        });
    }
    Ok(gains)
}

/// The side on which raw values are better: a negative denominator turns it round.
pub(super) fn toward(sign: f64, per: f64) -> f64 {
    if per < 0.0 { -sign } else { sign }
}

/// What the unit's values were divided by, 1 without denominator.
pub(super) fn scale(base: &Edition, column: usize, row: usize) -> f64 {
    base.binding.denominators[column].map_or(1.0, |by| base.table.columns[by][row])
}

pub(super) fn mean(values: &[f64]) -> f64 {
    let present = || values.iter().filter(|x| !x.is_nan());
    present().sum::<f64>() / present().count() as f64
}
