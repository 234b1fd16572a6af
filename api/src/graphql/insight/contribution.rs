//! The points that each node brings to a unit's index.

use async_graphql::{Context, ID, Object, SimpleObject};
use index::analysis::contributions;

use super::{basis, node_at, refused, row};
use crate::error::Result;
use crate::graphql::framework::FrameworkNode;

/// What a node brings to the index of one unit.
#[derive(SimpleObject)]
pub struct Contribution {
    /// The node.
    node: FrameworkNode,
    /// The node's weight in the index for this unit, from 0 to 1: the product of the rescaled weights on the way up.
    /// Siblings without a score have left theirs to the others.
    weight: f64,
    /// Points of the index: weight × score. Those of a node's children add up to the node's own, and those of all
    /// indicators to the index.
    points: f64,
    /// The unit's computed score at the node, 0 to 100, not rounded.
    score: f64,
}

/// Queries about contributions.
#[derive(Default)]
pub struct ContributionQuery;

#[Object]
impl ContributionQuery {
    /// The points that each node with a score brings to the unit's computed index, in the tree's order; one tree has
    /// some eighty nodes. `NOT_COMPUTABLE` where a node is not made by an arithmetic mean: it has no such parts.
    async fn contributions(
        &self,
        ctx: &Context<'_>,
        unit: ID,
        edition: ID,
    ) -> Result<Option<Vec<Contribution>>> {
        let basis = basis(ctx, &edition, "edition").await?;
        let unit = row(ctx, &basis, &unit).await?;
        let parts = contributions(&basis.framework, &basis.computed, unit);
        let parts = parts.map_err(|error| match error {
            index::Error::Unscored { .. } => refused(error, "unit"),
            other => refused(other, "edition"),
        })?;
        let part = |part: index::analysis::Contribution| {
            let score = basis.computed.score(part.node, unit)?;
            let node = node_at(&basis, part.node);
            Some(Contribution { node, weight: part.weight, points: part.points, score })
        };
        Ok(Some(parts.into_iter().filter_map(part).collect()))
    }
}
