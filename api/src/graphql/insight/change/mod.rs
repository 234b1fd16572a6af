//! What changed for a unit from one edition to another, and why.

mod lineage;
mod warning;

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::unit;
use index::over_time::{Change, Split, over_time};
use uuid::Uuid;

use super::record::{NodeFigures, Record};
use super::{FigureSource, refused, unit_of};
use crate::error::Result;
use crate::graphql::ask::Ask;
use crate::graphql::edition::Edition;
use crate::graphql::framework::FrameworkNode;
use crate::graphql::id;
use crate::graphql::unit::Unit;
use crate::scoring::Basis;
use lineage::{counterparts, renamed};

/// A difference, later less earlier, and its parts, which add up to it. Parts are null where they cannot be told apart,
/// the total where the index is not known in both editions.
#[derive(SimpleObject, Clone, Copy, Default)]
pub struct ChangeParts {
    /// The whole difference.
    total: Option<f64>,
    /// What the unit's own new values make: the mean of changing first and changing last.
    own: Option<f64>,
    /// What the others' new values make, units that came or went among them: the mean likewise.
    others: Option<f64>,
    /// What the later tree, weights and method alone make of the earlier values.
    method: Option<f64>,
}

/// A node in two editions.
#[derive(SimpleObject)]
pub struct NodeComparison {
    /// The node of the later edition's framework.
    node: FrameworkNode,
    /// The same node in the earlier edition's framework: an indicator by what it supersedes, others by level and code;
    /// null when it has none.
    before: Option<FrameworkNode>,
    /// The unit's figures in the earlier edition; all null without `before`.
    from: NodeFigures,
    /// The unit's figures in the later edition.
    to: NodeFigures,
}

/// A unit in two editions.
#[derive(SimpleObject)]
pub struct EditionComparison {
    /// The unit.
    unit: Unit,
    /// The earlier edition.
    from: Edition,
    /// The later edition.
    to: Edition,
    /// Whether figures of the two may be compared directly: the same framework, the same units, the
    /// unit in both, and both real or both synthetic.
    comparable: bool,
    /// What a reader should know before comparing, in the language of `Accept-Language`; null when there is nothing.
    warning: Option<String>,
    /// What the totals are made of; null when the index is not known in both editions.
    source: Option<FigureSource>,
    /// Change of the index in points; more is better.
    score: ChangeParts,
    /// Change of the rank of the index in places; less is better.
    rank: ChangeParts,
    /// Codes of the later framework for want of which the parts cannot be told apart: what they stand for is not
    /// continued from the earlier framework, or the unit has no raw value of it in one of the editions. Empty when
    /// there are parts.
    missing: Vec<String>,
    /// Every node of the later framework in the tree's order; one tree has some eighty.
    nodes: Vec<NodeComparison>,
}

/// Queries about changes.
#[derive(Default)]
pub struct ChangeQuery;

/// Totals, their parts where they can be told apart, and what is missing where not.
struct Outcome {
    source: Option<FigureSource>,
    score: ChangeParts,
    rank: ChangeParts,
    missing: Vec<String>,
}

impl From<Split> for ChangeParts {
    fn from(split: Split) -> Self {
        Self {
            total: Some(split.total),
            own: Some(split.own),
            others: Some(split.others),
            method: Some(split.method),
        }
    }
}

impl ChangeParts {
    fn whole(total: Option<f64>) -> Self {
        Self { total, ..Self::default() }
    }
}

/// A unit in two editions that the engine has computed.
struct Both {
    from: Arc<Basis>,
    to: Arc<Basis>,
    code: String,
    counterparts: Vec<Option<usize>>,
}

impl Both {
    fn change(&self) -> Result<Change> {
        let (from, to) = (&self.from, &self.to);
        let later = (&to.framework, to.computed.table());
        let change = if from.tree.framework.id == to.tree.framework.id {
            over_time((&from.framework, from.computed.table()), later, &self.code)
        } else {
            let (framework, table) =
                renamed(from, &to.tree, &self.counterparts).map_err(|error| refused(error, "from"))?;
            over_time((&framework, &table), later, &self.code)
        };
        change.map_err(|error| refused(error, "to"))
    }
}

/// What is known of one unit in two editions.
struct Pair {
    from: Record,
    to: Record,
    unit: unit::Model,
    counterparts: Vec<Option<usize>>,
}

impl Pair {
    /// Both editions as the engine computed them, where the unit has an index in both.
    fn both(&self) -> Option<Both> {
        let scored = |record: &Record| {
            let (basis, row) = record.computed(self.unit.id)?;
            basis.computed.score(basis.framework.root(), row)?;
            Some(Arc::clone(basis))
        };
        Some(Both {
            from: scored(&self.from)?,
            to: scored(&self.to)?,
            code: self.unit.code.clone(),
            counterparts: self.counterparts.clone(),
        })
    }

    fn root(&self, record: &Record) -> NodeFigures {
        record.root().map_or_else(NodeFigures::default, |place| record.figures(self.unit.id, place))
    }

    /// The differences of the published index, or else of the computed one; without parts.
    fn whole(&self, missing: Vec<String>) -> Outcome {
        let (from, to) = (self.root(&self.from), self.root(&self.to));
        let less = |to: Option<f64>, from: Option<f64>| Some(to? - from?);
        let place = |rank: Option<i32>| rank.map(f64::from);
        let published = (
            less(to.published_score, from.published_score),
            less(place(to.published_rank), place(from.published_rank)),
        );
        let computed =
            (less(to.computed_score, from.computed_score), less(to.computed_rank, from.computed_rank));
        let (source, (score, rank)) = match (published, computed) {
            ((None, None), (None, None)) => (None, (None, None)),
            ((None, None), computed) => (Some(FigureSource::Computed), computed),
            (published, _) => (Some(FigureSource::Published), published),
        };
        Outcome { source, score: ChangeParts::whole(score), rank: ChangeParts::whole(rank), missing }
    }

    /// Columns of the later framework that were not measured for the unit in both editions.
    fn unmeasured(&self) -> Vec<String> {
        let measured = |record: &Record, node: Uuid| {
            record.figure(self.unit.id, node).is_some_and(|figure| figure.value.is_some())
        };
        let tree = self.to.tree();
        let lacks = |(node, place): &(&entity::node::Model, &Option<usize>)| {
            let before = place.map(|place| self.from.tree().nodes[place].id);
            let there = before.is_some_and(|before| measured(&self.from, before));
            tree.indicators.contains_key(&node.id) && !(there && measured(&self.to, node.id))
        };
        let lacking = tree.nodes.iter().zip(&self.counterparts).filter(lacks);
        lacking.map(|(node, _)| node.code.clone()).collect()
    }

    fn outcome(&self, change: Option<Change>) -> Outcome {
        match change {
            Some(Change::Split { score, rank }) => Outcome {
                source: Some(FigureSource::Computed),
                score: score.into(),
                rank: rank.into(),
                missing: Vec::new(),
            },
            Some(Change::Whole { missing, .. }) => self.whole(missing),
            None => self.whole(self.unmeasured()),
        }
    }

    fn node(&self, (place, before): (usize, &Option<usize>)) -> NodeComparison {
        let unit = self.unit.id;
        NodeComparison {
            node: self.to.node(place),
            before: before.map(|before| self.from.node(before)),
            from: before.map_or_else(NodeFigures::default, |before| self.from.figures(unit, before)),
            to: self.to.figures(unit, place),
        }
    }
}

#[Object]
impl ChangeQuery {
    /// What changed for a unit from one edition to another. Where both can be computed, the change of the index is
    /// parted into what the unit, the others and the method did; else there are only the differences of published
    /// figures. A unit is compared with itself only: units that were merged into it are other units.
    async fn compare_editions(
        &self,
        ctx: &Context<'_>,
        unit: ID,
        #[graphql(desc = "The earlier edition.")] from: ID,
        #[graphql(desc = "The later edition.")] to: ID,
    ) -> Result<Option<EditionComparison>> {
        let key = id::parse::<unit::Entity>(&unit, "unit")?;
        let keys = [key];
        // At once, so that the loader batches them.
        let records = futures_util::future::try_join(
            Record::read(ctx, &from, "from", &keys),
            Record::read(ctx, &to, "to", &keys),
        );
        let (from, to) = records.await?;
        let unit = match to.computed(key).or_else(|| from.computed(key)) {
            Some((basis, row)) => basis.units[row].clone(),
            None => unit_of(ctx, key, "unit").await?,
        };
        let counterparts = counterparts(ctx.store()?, from.tree(), to.tree()).await?;
        let pair = Pair { from, to, unit, counterparts };
        let change = match pair.both() {
            Some(both) => Some(ctx.compute(move |_| both.change()).await?),
            None => None,
        };
        let outcome = pair.outcome(change);
        let (comparable, warning) = warning::warning(&pair, &outcome, ctx.lang());
        Ok(Some(EditionComparison {
            from: Edition(pair.from.edition().clone().into()),
            to: Edition(pair.to.edition().clone().into()),
            comparable,
            warning,
            source: outcome.source,
            nodes: pair.counterparts.iter().enumerate().map(|at| pair.node(at)).collect(),
            score: outcome.score,
            rank: outcome.rank,
            missing: outcome.missing,
            unit: Unit(pair.unit.into()),
        }))
    }
}
