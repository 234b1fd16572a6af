//! How far a plan may raise each indicator.

use std::collections::HashSet;

use async_graphql::{Enum, ID, InputObject};
use index::goal::{Bound, Limit};

use super::{bounded, leaf, within};
use crate::error::{Code, Problem, Result};
use crate::scoring::Basis;

/// Bounds of one question.
const MOST: usize = 500;
/// Greatest percentage.
const MOST_PERCENT: f64 = 10_000.0;
/// Greatest cost of a step.
const DEAREST: f64 = 1e6;
/// Per cent of the raw value where nothing is said.
const USUAL_PERCENT: f64 = 10.0;

/// To where an indicator may be raised. A value that is already there may not be raised at all.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum LimitKind {
    /// To the mean of all units.
    Mean,
    /// By `amount` per cent of its raw value.
    Percent,
    /// To the mean of all units, or by `amount` per cent of its raw value where that leads further.
    MeanOrPercent,
    /// To the raw value `amount`; for single indicators only.
    Value,
    /// Not at all.
    Fixed,
}

/// How far an indicator may be raised.
#[derive(InputObject)]
pub struct LimitInput {
    /// To where.
    kind: LimitKind,
    /// With `PERCENT` and `MEAN_OR_PERCENT`: per cent of the raw value, from 0 to 10,000, 10 if not given. With `VALUE`:
    /// the raw value, in the indicator's unit, which must be given. `MEAN` and `FIXED` make nothing of it.
    amount: Option<f64>,
}

/// Limit and cost of one indicator, where they are not the common ones.
#[derive(InputObject)]
pub struct BoundInput {
    /// The indicator, by its own id or that of its node.
    indicator_id: ID,
    /// How far it may be raised; the common limit if not given.
    limit: Option<LimitInput>,
    /// Cost of one step, from 0 to 1,000,000: a step is 1 % of the range of all units' (denominated) values, which under
    /// min-max is one point of the indicator's score.
    #[graphql(default_with = "Some(1.0)")]
    cost: Option<f64>,
}

impl LimitInput {
    fn limit(&self, field: &str) -> Result<Limit, Problem> {
        let amount = format!("{field}.amount");
        let percent = || within(self.amount.unwrap_or(USUAL_PERCENT), MOST_PERCENT, &amount);
        Ok(match self.kind {
            LimitKind::Mean => Limit::Mean,
            LimitKind::Percent => Limit::Percent(percent()?),
            LimitKind::MeanOrPercent => Limit::MeanOrPercent(percent()?),
            LimitKind::Value => {
                let value = self.amount.ok_or_else(|| Problem::new(&amount, Code::Required))?;
                Limit::Value(bounded(value, &amount)?)
            }
            LimitKind::Fixed => Limit::Fixed,
        })
    }
}

/// The limit of all indicators that have none of their own.
pub(super) fn common(input: Option<&LimitInput>) -> Result<Limit, Problem> {
    match input.map(|input| input.limit("limit")).transpose()? {
        Some(Limit::Value(_)) => {
            Err(Problem::new("limit.kind", Code::OutOfRange).with("MEAN, PERCENT, MEAN_OR_PERCENT, FIXED"))
        }
        Some(limit) => Ok(limit),
        None => Ok(Limit::MeanOrPercent(USUAL_PERCENT)),
    }
}

/// The bounds in the engine's words.
pub(super) fn bounds(basis: &Basis, common: Limit, inputs: &[BoundInput]) -> Result<Vec<Bound>> {
    if inputs.len() > MOST {
        return Err(Problem::new("bounds", Code::TooMany).with(MOST).into());
    }
    let mut seen = HashSet::new();
    let bound = |(number, input): (usize, &BoundInput)| {
        let path = |field: &str| format!("bounds.{number}.{field}");
        let place = leaf(basis, &input.indicator_id, &path("indicatorId"))?;
        if !seen.insert(place) {
            return Err(Problem::new(&path("indicatorId"), Code::Duplicate).into());
        }
        let own = input.limit.as_ref().map(|limit| limit.limit(&path("limit"))).transpose()?;
        Ok(Bound {
            code: basis.framework.code(place).to_owned(),
            limit: own.unwrap_or(common),
            cost: within(input.cost.unwrap_or(1.0), DEAREST, &path("cost"))?,
        })
    };
    inputs.iter().enumerate().map(bound).collect()
}
