//! What moves together, and whether the parts of a node measure one thing.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::NodeLevel;
use index::analysis::{Correlation, correlation, cronbach_alpha};

use super::{MOST, basis, node_at, node_key};
use crate::error::{Code, Error, Problem, Result};
use crate::graphql::ask::Ask;
use crate::graphql::framework::FrameworkNode;
use crate::scoring::Basis;

/// Of what a correlation is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum CorrelationKind {
    /// Of scores.
    #[default]
    Pearson,
    /// Of the ranks of scores.
    Spearman,
}

/// Correlations of computed scores over the units of an edition.
#[derive(SimpleObject)]
pub struct CorrelationMatrix {
    /// Of what it is.
    kind: CorrelationKind,
    /// The nodes of the rows, in the tree's order, at most 100.
    rows: Vec<FrameworkNode>,
    /// The nodes of the columns, in the tree's order, at most 100.
    columns: Vec<FrameworkNode>,
    /// From −1 to 1, a list for each row with a value for each column, over the units that have both scores. Null where
    /// fewer than three units have both or one of the two is the same for all.
    values: Vec<Vec<Option<f64>>>,
}

/// How far the children of a node measure the same.
#[derive(SimpleObject)]
pub struct Reliability {
    /// The node.
    node: FrameworkNode,
    /// Cronbach's alpha of the children's computed scores: towards 1 the more they move together, below 0 when they
    /// move against each other. Null for fewer than two children and where nothing varies.
    alpha: Option<f64>,
    /// The children whose scores were taken, in the tree's order.
    children: Vec<FrameworkNode>,
}

/// Queries about what moves together.
#[derive(Default)]
pub struct CorrelationQuery;

/// The places of the nodes of a level, of those below `within` if it is given.
fn places(basis: &Basis, level: NodeLevel, within: Option<usize>, field: &str) -> Result<Vec<usize>> {
    let below = |place: usize| match within {
        Some(top) => basis.framework.ancestry(place).skip(1).any(|above| above == top),
        None => true,
    };
    let nodes = basis.tree.nodes.iter().enumerate();
    let alike = nodes.filter(|(place, node)| node.level == level && below(*place));
    let alike: Vec<usize> = alike.map(|(place, _)| place).collect();
    if alike.len() > MOST as usize {
        return Err(Problem::new(field, Code::TooMany).with(MOST).into());
    }
    Ok(alike)
}

#[Object]
impl CorrelationQuery {
    /// Correlations between the computed scores of two levels: indicators with each other, groups with pillars.
    async fn correlations(
        &self,
        ctx: &Context<'_>,
        edition: ID,
        #[graphql(desc = "Level of the rows' nodes; `TOO_MANY` if there are more than 100.")] rows: NodeLevel,
        #[graphql(desc = "Level of the columns' nodes; `TOO_MANY` if there are more than 100.")]
        columns: NodeLevel,
        #[graphql(desc = "Of what.", default_with = "Some(CorrelationKind::Pearson)")] kind: Option<
            CorrelationKind,
        >,
        #[graphql(desc = "Only nodes below this one.")] within: Option<ID>,
    ) -> Result<Option<CorrelationMatrix>> {
        let within = within.map(|id| node_key(&id, "within")).transpose()?;
        let basis = basis(ctx, &edition, "edition").await?;
        let within = within.map(|key| basis.place(key, "within")).transpose()?;
        let rows = places(&basis, rows, within, "rows")?;
        let columns = places(&basis, columns, within, "columns")?;
        let kind = kind.unwrap_or_default();
        let how = match kind {
            CorrelationKind::Pearson => Correlation::Pearson,
            CorrelationKind::Spearman => Correlation::Spearman,
        };
        let matrix = ctx.compute(move |stop| {
            let mut values = Vec::with_capacity(rows.len());
            for &row in &rows {
                if stop.is_wanted() {
                    return Err(Error::from(Problem::new("", Code::Busy)));
                }
                let scores = |place| basis.computed.scores(place);
                let with = |&column: &usize| correlation(scores(row), scores(column), how);
                values.push(columns.iter().map(with).collect());
            }
            let nodes = |places: &[usize]| places.iter().map(|&place| node_at(&basis, place)).collect();
            Ok(CorrelationMatrix { kind, rows: nodes(&rows), columns: nodes(&columns), values })
        });
        matrix.await.map(Some)
    }

    /// Cronbach's alpha of every node over its children, in the tree's order; one tree has some thirty such nodes.
    async fn reliability(&self, ctx: &Context<'_>, edition: ID) -> Result<Option<Vec<Reliability>>> {
        let basis = basis(ctx, &edition, "edition").await?;
        let all = ctx.compute(move |stop| {
            let mut all = Vec::new();
            for place in 0..basis.tree.nodes.len() {
                let children = basis.framework.children(place);
                if children.is_empty() {
                    continue;
                }
                if stop.is_wanted() {
                    return Err(Error::from(Problem::new("", Code::Busy)));
                }
                let scores: Vec<&[f64]> =
                    children.iter().map(|&child| basis.computed.scores(child)).collect();
                all.push(Reliability {
                    node: node_at(&basis, place),
                    alpha: cronbach_alpha(&scores),
                    children: children.iter().map(|&child| node_at(&basis, child)).collect(),
                });
            }
            Ok(all)
        });
        all.await.map(Some)
    }
}
