//! What a unit must change to reach a rank or a score.

use std::sync::Arc;

use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};
use index::goal::{self, Goal, Wanted};
use index::what_if::{Change, what_if};

use super::limit::{BoundInput, LimitInput, bounds, common};
use super::trend::{Previous, previous};
use super::{UnitChange, basis, bounded, node, place, ranking, row, unit};
use crate::error::{Code, Problem, Result};
use crate::graphql::ask::Ask;
use crate::graphql::edition::Edition;
use crate::graphql::framework::FrameworkNode;
use crate::graphql::unit::Unit;
use crate::scoring::{Basis, refused};

/// How good a plan is known to be.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "goal::Proof")]
pub enum PlanProof {
    /// No plan within the limits is cheaper; where the goal is not reached, none within the limits reaches it.
    Cheapest,
    /// The best that was found: other units' scores move with this one's, or the method is not linear, so that a cheaper
    /// plan is not ruled out.
    Searched,
}

/// What a plan does to one indicator.
#[derive(SimpleObject)]
pub struct GoalMove {
    /// The indicator's node.
    node: FrameworkNode,
    /// Raw value now, in the indicator's unit, before any denominator.
    value_before: f64,
    /// Raw value to reach.
    value_after: f64,
    /// Score of the indicator before, in points.
    score_before: Option<f64>,
    /// Score of the indicator once the whole plan is done.
    score_after: Option<f64>,
    /// Steps times the cost of a step: 1 unless `bounds` says otherwise.
    cost: f64,
}

/// A way to reach a rank or a score, as the engine computes it: scores and ranks come from a run with the moves made.
#[derive(Description)]
pub struct GoalPlan {
    basis: Arc<Basis>,
    previous: Option<Previous>,
    grown: Option<index::Edition>,
    row: usize,
    node: usize,
    plan: goal::Plan,
    verified: bool,
}

impl GoalPlan {
    /// What is so without the moves.
    fn before(&self) -> &index::Edition {
        self.grown.as_ref().unwrap_or(&self.basis.computed)
    }
}

#[Object(use_type_description)]
impl GoalPlan {
    /// The edition that the plan starts from.
    async fn edition(&self) -> Edition {
        Edition(self.basis.edition.clone().into())
    }

    /// The unit whose plan it is.
    async fn unit(&self) -> Unit {
        unit(&self.basis, self.row)
    }

    /// The node at which the goal is to be reached.
    async fn node(&self) -> FrameworkNode {
        node(&self.basis, self.node)
    }

    /// Whether the goal is reached. If not, the moves are the furthest that the limits allow.
    async fn reached(&self) -> bool {
        self.plan.reached
    }

    /// How good the plan is known to be.
    async fn proof(&self) -> PlanProof {
        self.plan.proof.into()
    }

    /// Sum of the costs of the moves.
    async fn cost(&self) -> f64 {
        self.plan.cost
    }

    /// The indicators to raise, in the framework's order; none when nothing is needed.
    async fn moves(&self) -> Vec<GoalMove> {
        let moves = self.plan.moves.iter().map(|part| GoalMove {
            node: node(&self.basis, part.node),
            value_before: part.raw.0,
            value_after: part.raw.1,
            score_before: part.score.0,
            score_after: part.score.1,
            cost: part.cost,
        });
        moves.collect()
    }

    /// The unit's score at the node without the moves, the other units being as `assumption` says.
    async fn score_before(&self) -> f64 {
        self.plan.score.0
    }

    /// The unit's score at the node with the moves.
    async fn score_after(&self) -> f64 {
        self.plan.score.1
    }

    /// The unit's rank at the node without the moves, the other units being as `assumption` says.
    async fn rank_before(&self) -> Option<f64> {
        Some(self.plan.rank.0).filter(|rank| rank.is_finite())
    }

    /// The unit's rank at the node with the moves.
    async fn rank_after(&self) -> Option<f64> {
        Some(self.plan.rank.1).filter(|rank| rank.is_finite())
    }

    /// All units at the node by the rank that they have with the moves, before being without them.
    async fn ranking(
        &self,
        #[graphql(desc = "Only these units, at most 100; all if not given.")] unit_ids: Option<Vec<ID>>,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
    ) -> Result<Vec<UnitChange>> {
        let editions = (self.before(), &self.plan.edition);
        ranking(&self.basis, editions, self.node, unit_ids.as_deref(), first)
    }

    /// Whether the moves, made as changes of raw values in a run of the engine by itself, gave every unit's score and rank
    /// at the node once more to the bit.
    async fn verified(&self) -> bool {
        self.verified
    }

    /// The edition since which the other units' trend is told; null when they are held still.
    async fn trend_since(&self) -> Option<Edition> {
        self.previous.as_ref().map(|previous| Edition(previous.basis.edition.clone().into()))
    }

    /// What is taken for granted of the others, in the language of `Accept-Language`.
    async fn assumption(&self, ctx: &Context<'_>) -> String {
        let Some(previous) = &self.previous else {
            let still = ctx.lang().pick(
                "Giá trị gốc của các địa phương khác được giữ nguyên như trong kỳ; điểm của họ chỉ đổi khi giá trị nhỏ \
                 nhất hoặc lớn nhất đổi.",
                "The other units' raw values stay as they are in the edition; their scores move only with the least or \
                 greatest value.",
            );
            return still.to_owned();
        };
        let (since, year) = (previous.basis.edition.year, self.basis.edition.year);
        ctx.lang().pick(
            format!(
                "Giá trị gốc của các địa phương khác tiếp tục tăng giảm thêm một lần đúng bằng mức thay đổi từ {since} \
                 đến {year}; giá trị thiếu ở một trong hai kỳ giữ nguyên."
            ),
            format!(
                "The other units' raw values change once more by as much as they changed from {since} to {year}; values \
                 missing in either stay as they are."
            ),
        )
    }
}

/// Queries about what it takes.
#[derive(Default)]
pub struct GoalQuery;

#[Object]
impl GoalQuery {
    /// The cheapest changes of a unit's raw values, within limits, with which it has a rank or a score. Exactly one of
    /// `rank` and `score` is given. Only indicators take part of which the unit has a raw value. The index itself unless
    /// `node` says otherwise.
    #[expect(clippy::too_many_arguments, reason = "they are the field's own")]
    async fn rank_goal(
        &self,
        ctx: &Context<'_>,
        unit: ID,
        edition: ID,
        node: Option<ID>,
        #[graphql(
            desc = "The rank to reach, or a better one; 1 is best, the number of the edition's units with raw values the greatest."
        )]
        rank: Option<i32>,
        #[graphql(desc = "The score to reach, or a higher one, in points, before rounding.")] score: Option<
            f64,
        >,
        #[graphql(
            desc = "How far each indicator may be raised; if not given, to the mean of all units, or by 10 % of the raw value where that leads further."
        )]
        limit: Option<LimitInput>,
        #[graphql(desc = "Limits and costs of single indicators, at most 500.")] bounds: Option<
            Vec<BoundInput>,
        >,
        #[graphql(
            desc = "Lets the raw values of all other units change once more as they changed since the newest computable edition of an earlier year, instead of holding them still. Indicators are followed through framework versions by what they supersede.",
            default_with = "Some(false)"
        )]
        trend: Option<bool>,
    ) -> Result<Option<GoalPlan>> {
        ctx.principal()?;
        let wanted = wanted(rank, score)?;
        let basis = basis(ctx, &edition).await?;
        within(wanted, basis.units.len())?;
        let place = place(&basis, node.as_ref(), "node")?;
        let row = row(&basis, &unit, "unit")?;
        let common = common(limit.as_ref())?;
        let bounds = self::bounds(&basis, common, bounds.as_deref().unwrap_or_default())?;
        let previous = if trend == Some(true) { Some(previous(ctx, &basis).await?) } else { None };
        let goal = Goal { unit: basis.units[row].code.clone(), wanted, limit: common, bounds };
        let plan = ctx.compute(move |stop| plan(basis, previous, row, place, &goal, &|| stop.is_wanted()));
        plan.await.map(Some)
    }
}

fn wanted(rank: Option<i32>, score: Option<f64>) -> Result<Wanted, Problem> {
    match (rank, score) {
        (Some(_), Some(_)) => Err(Problem::new("rank", Code::Exclusive).with("rank, score")),
        (None, None) => Err(Problem::new("rank", Code::Required)),
        (None, Some(score)) => Ok(Wanted::Score(bounded(score, "score")?)),
        // What is below 1 is refused as 0 is, with the edition's last rank.
        (Some(rank), None) => Ok(Wanted::Rank(u32::try_from(rank).unwrap_or_default())),
    }
}

/// Refuses a rank that no unit of `units` can have.
fn within(wanted: Wanted, units: usize) -> Result<(), Problem> {
    match wanted {
        Wanted::Rank(rank) if rank == 0 || rank as usize > units => {
            Err(Problem::new("rank", Code::OutOfRange).with(format_args!("1–{units}")))
        }
        _ => Ok(()),
    }
}

fn plan(
    basis: Arc<Basis>,
    previous: Option<Previous>,
    row: usize,
    node: usize,
    goal: &Goal,
    cancelled: &dyn Fn() -> bool,
) -> Result<GoalPlan> {
    let grown = previous.as_ref().map(|previous| previous.grown(&basis, &goal.unit)).transpose();
    let grown = grown.map_err(|error| error.at("trend"))?;
    let base = grown.as_ref().unwrap_or(&basis.computed);
    let plan = goal::reach(&basis.framework, base, node, goal, cancelled);
    let plan = plan.map_err(|error| refused(error).at("unit"))?;
    let moves = plan.moves.iter().map(|part| Change::Raw {
        unit: goal.unit.clone(),
        code: basis.framework.code(part.node).to_owned(),
        value: Some(part.raw.1),
    });
    let again = what_if(&basis.framework, base, &moves.collect::<Vec<_>>()).map_err(refused)?.edition;
    let same = |unit: usize| {
        let bits = |edition: &index::Edition| edition.scores(node)[unit].to_bits();
        bits(&again) == bits(&plan.edition) && again.rank(node, unit) == plan.edition.rank(node, unit)
    };
    let verified = (0..basis.units.len()).all(same);
    Ok(GoalPlan { basis, previous, grown, row, node, plan, verified })
}
