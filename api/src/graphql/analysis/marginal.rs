//! What each indicator would bring by itself.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use index::goal::{Marginal, Step};

use super::{basis, length, node, place, row};
use crate::error::Result;
use crate::graphql::ask::Ask;
use crate::graphql::framework::FrameworkNode;
use crate::scoring::{Basis, refused};

/// What one step of one indicator brings, all else held still.
#[derive(SimpleObject)]
pub struct GainStep {
    /// Raw value that the step goes to, in the indicator's unit, before any denominator; null where the score itself is
    /// raised.
    value: Option<f64>,
    /// Points gained at the node asked about. Negative when the step carries the unit away from what is better.
    points: f64,
    /// Places gained at that node: positive is up. Null where a rank is missing.
    places: Option<f64>,
}

/// What an indicator would bring a unit, step by step, each by itself.
#[derive(SimpleObject)]
pub struct MarginalGain {
    /// The indicator's node.
    node: FrameworkNode,
    /// Raw value now, in the indicator's unit.
    value: f64,
    /// Score now, in points.
    score: f64,
    /// One point more of the indicator's score.
    per_point: GainStep,
    /// A raw value that is better by 10 % of itself; null for 0.
    per_ten_percent: Option<GainStep>,
    /// Up to the mean of all units; null when the unit is there already.
    to_mean: Option<GainStep>,
    /// Up to the next better unit; null for the best.
    to_next: Option<GainStep>,
}

/// How marginal gains are ordered: by the points that one of the steps brings, the most first and those without that step
/// last, or as the framework does.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum MarginalGainOrder {
    /// By one point more of the indicator's score.
    PerPoint,
    /// By 10 % of the raw value.
    PerTenPercent,
    /// By what reaching the national mean brings.
    #[default]
    ToMean,
    /// By what reaching the next better unit brings.
    ToNext,
    /// In the framework's depth-first order.
    Framework,
}

impl MarginalGainOrder {
    fn points(self, gain: &Marginal) -> Option<f64> {
        match self {
            Self::PerPoint => Some(gain.point),
            Self::PerTenPercent => gain.ten_percent,
            Self::ToMean => gain.to_mean,
            Self::ToNext => gain.to_next,
            Self::Framework => None,
        }
        .map(|step| step.points)
    }
}

fn step(step: Step) -> GainStep {
    GainStep { value: step.raw, points: step.points, places: step.places.is_finite().then_some(step.places) }
}

impl MarginalGain {
    fn of(basis: &Basis, gain: &Marginal) -> Self {
        Self {
            node: node(basis, gain.node),
            value: gain.raw,
            score: gain.score,
            per_point: step(gain.point),
            per_ten_percent: gain.ten_percent.map(step),
            to_mean: gain.to_mean.map(step),
            to_next: gain.to_next.map(step),
        }
    }
}

/// Queries about what each indicator would bring.
#[derive(Default)]
pub struct MarginalQuery;

#[Object]
impl MarginalQuery {
    /// What raising each indicator below a node would bring a unit there: points and places per point of score, per 10 %
    /// of the raw value, up to the national mean and up to the next better unit. Every step is a run of the engine with
    /// all other figures held still, so gains of several indicators do not simply add up. Indicators of which the unit
    /// has no raw value or no score are left out. The index itself unless `node` says otherwise.
    async fn marginal_gains(
        &self,
        ctx: &Context<'_>,
        unit: ID,
        edition: ID,
        node: Option<ID>,
        #[graphql(default_with = "Some(MarginalGainOrder::ToMean)")] order: Option<MarginalGainOrder>,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
    ) -> Result<Option<Vec<MarginalGain>>> {
        ctx.principal()?;
        let order = order.unwrap_or_default();
        let first = length(first)?;
        let basis = basis(ctx, &edition).await?;
        let place = place(&basis, node.as_ref(), "node")?;
        let code = basis.units[row(&basis, &unit, "unit")?].code.clone();
        let gains = ctx.compute(move |stop| {
            let framework = &basis.framework;
            let gains =
                index::goal::marginal_gains(framework, &basis.computed, place, &code, &|| stop.is_wanted());
            let mut gains = gains.map_err(|error| refused(error).at("unit"))?;
            gains.retain(|gain| framework.ancestry(gain.node).any(|above| above == place));
            let points = |gain: &Marginal| order.points(gain).unwrap_or(f64::NEG_INFINITY);
            gains.sort_by(|a, b| points(b).total_cmp(&points(a)));
            Ok(gains.iter().take(first).map(|gain| MarginalGain::of(&basis, gain)).collect())
        });
        gains.await.map(Some)
    }
}
