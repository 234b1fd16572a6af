//! How far a unit is from the others.

use std::cmp::Ordering;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::NodeLevel;
use index::analysis::gaps;

use super::{basis, limit, node_at, row, unit_at};
use crate::error::Result;
use crate::graphql::ask::Ask;
use crate::graphql::framework::FrameworkNode;
use crate::graphql::unit::Unit;

/// How far a unit's computed score at a node is from the others'. Differences are theirs less its own, in points:
/// positive where the others are ahead.
#[derive(SimpleObject)]
pub struct Gap {
    /// The node.
    node: FrameworkNode,
    /// The unit's computed score, 0 to 100, not rounded.
    score: f64,
    /// Mean of the scores of all units that have one.
    mean: f64,
    /// Mean less score.
    to_mean: f64,
    /// The best unit, the unit itself where it is; the first by code of several.
    best: Unit,
    /// The best score less its own; 0 for the best.
    to_best: f64,
    /// The unit next above in rank; null for the best.
    above: Option<Unit>,
    /// That unit's score less its own: what is lacking to draw level with it.
    to_above: Option<f64>,
}

/// How a list of gaps is ordered.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum GapOrder {
    /// As the nodes stand in the tree.
    #[default]
    Framework,
    /// Furthest behind the mean first.
    ToMean,
    /// Furthest behind the best first.
    ToBest,
    /// Furthest behind the unit next above first; where nobody is above, last.
    ToNext,
}

impl GapOrder {
    fn compare(self, a: &index::analysis::Gap, b: &index::analysis::Gap) -> Ordering {
        let above = |gap: &index::analysis::Gap| gap.above.map_or(f64::NEG_INFINITY, |(_, way)| way);
        match self {
            Self::Framework => Ordering::Equal,
            Self::ToMean => b.to_mean.total_cmp(&a.to_mean),
            Self::ToBest => b.to_best.total_cmp(&a.to_best),
            Self::ToNext => above(b).total_cmp(&above(a)),
        }
    }
}

/// Queries about gaps.
#[derive(Default)]
pub struct GapQuery;

#[Object]
impl GapQuery {
    /// How far the unit is from the mean, the best and the unit next above, at every node where it has a computed
    /// score; 100 unless `first` says otherwise, at most 100.
    async fn gaps(
        &self,
        ctx: &Context<'_>,
        unit: ID,
        edition: ID,
        #[graphql(desc = "Only nodes of this level.")] level: Option<NodeLevel>,
        #[graphql(default_with = "Some(GapOrder::Framework)")] order: Option<GapOrder>,
        first: Option<i32>,
    ) -> Result<Option<Vec<Gap>>> {
        let (first, order) = (limit(first)?, order.unwrap_or_default());
        let basis = basis(ctx, &edition, "edition").await?;
        let unit = row(ctx, &basis, &unit).await?;
        let found = ctx.compute(move |_| {
            let mut all = gaps(&basis.framework, &basis.computed, unit);
            all.retain(|gap| level.is_none_or(|level| basis.tree.nodes[gap.node].level == level));
            all.sort_by(|a, b| order.compare(a, b));
            let gap = |gap: &index::analysis::Gap| Gap {
                node: node_at(&basis, gap.node),
                score: gap.score,
                mean: gap.mean,
                to_mean: gap.to_mean,
                best: unit_at(&basis, gap.best),
                to_best: gap.to_best,
                above: gap.above.map(|(row, _)| unit_at(&basis, row)),
                to_above: gap.above.map(|(_, way)| way),
            };
            Ok(all.iter().take(first).map(gap).collect())
        });
        found.await.map(Some)
    }
}
