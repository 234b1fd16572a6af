//! In what a unit is good and in what it is not, by rank.

use async_graphql::{Context, ID, Object, SimpleObject};
use index::analysis::{Mark, ProfileRule, strengths_and_weaknesses};

use super::{basis, node_at, row};
use crate::error::Result;
use crate::graphql::check::Check;
use crate::graphql::framework::FrameworkNode;

/// An indicator with the rank that a unit has in it.
#[derive(SimpleObject)]
pub struct IndicatorMark {
    /// The indicator's node.
    node: FrameworkNode,
    /// The unit's computed rank in it; 1 is best. Half a rank where ties share the mean.
    rank: f64,
    /// The unit's computed score in it, 0 to 100, not rounded.
    score: f64,
    /// The raw value, in the indicator's unit; null when it was imputed.
    value: Option<f64>,
}

/// The indicators in which a unit is best and worst placed.
#[derive(SimpleObject)]
pub struct StrengthsAndWeaknesses {
    /// Best ranks first; equal ranks in the tree's order.
    strengths: Vec<IndicatorMark>,
    /// Worst ranks first; equal ranks in the reverse of the tree's order.
    weaknesses: Vec<IndicatorMark>,
}

const SIZE: i32 = 5;

/// Queries about strengths and weaknesses.
#[derive(Default)]
pub struct StrengthQuery;

#[Object]
impl StrengthQuery {
    /// The indicators in which the unit has its best and its worst computed ranks. Where it has few indicators the two
    /// lists may overlap.
    async fn strengths_and_weaknesses(
        &self,
        ctx: &Context<'_>,
        unit: ID,
        edition: ID,
        #[graphql(desc = "How many of each, 1 to 20.", default_with = "Some(SIZE)")] size: Option<i32>,
        #[graphql(
            desc = "Whether to keep indicators in which the unit is last of all; left out unless asked for.",
            default_with = "Some(false)"
        )]
        keep_last: Option<bool>,
    ) -> Result<Option<StrengthsAndWeaknesses>> {
        let mut check = Check::new("");
        let size = usize::try_from(check.range("size", size.unwrap_or(SIZE), 1..=20)).unwrap_or_default();
        check.done()?;
        let basis = basis(ctx, &edition, "edition").await?;
        let unit = row(ctx, &basis, &unit).await?;
        let rule =
            ProfileRule { strengths: size, weaknesses: size, discard_last: !keep_last.unwrap_or(false) };
        let found = strengths_and_weaknesses(&basis.framework, &basis.computed, unit, rule);
        let mark = |mark: Mark| IndicatorMark {
            node: node_at(&basis, mark.node),
            rank: mark.rank,
            score: mark.score,
            value: basis.figure(mark.node, unit).and_then(|figure| figure.value),
        };
        Ok(Some(StrengthsAndWeaknesses {
            strengths: found.strengths.into_iter().map(mark).collect(),
            weaknesses: found.weaknesses.into_iter().map(mark).collect(),
        }))
    }
}
