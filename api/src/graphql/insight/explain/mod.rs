//! How a score came about, in words and numbers, to be checked by hand.

mod computed;
mod numbers;
mod published;
mod words;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::unit;

use super::record::Record;
use super::{FigureSource, node_key, unit_of};
use crate::error::{Code, Problem, Result};
use crate::graphql::ask::Ask;
use crate::graphql::edition::Edition;
use crate::graphql::framework::FrameworkNode;
use crate::graphql::id;
use crate::graphql::unit::Unit;
use numbers::Pen;

/// What a step of an explanation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum StepKind {
    /// The value as it was given.
    Raw,
    /// The value divided by its denominator.
    Denominated,
    /// A value of the unit's region in place of a missing one.
    Imputed,
    /// Outliers of all units were moved, or a logarithm was taken.
    Treated,
    /// From the value to a score.
    Normalised,
    /// From the children's scores to the node's.
    Aggregated,
    /// The place among all units.
    Ranked,
    /// Why there is no score.
    Missing,
    /// From published figures, or against them.
    Published,
}

/// A number that goes into a step.
#[derive(SimpleObject)]
pub struct ExplanationInput {
    /// What it is, in an English word that does not depend on the language: `value`, `worst`, `best`, `above`, …
    name: &'static str,
    /// The number, not rounded; null where it is missing.
    value: Option<f64>,
}

/// A child in the mean that makes its parent's score.
#[derive(SimpleObject)]
pub struct ExplanationChild {
    /// The child.
    node: FrameworkNode,
    /// Its weight as the framework has it.
    weight: f64,
    /// Its part of the weights of all children present, 0 to 1; 0 for a missing child.
    share: f64,
    /// Its score, 0 to 100, not rounded unless only the published one is known; null when missing.
    score: Option<f64>,
    /// Share × score: they add up to the parent's score. Null when missing, and where the mean is not arithmetic.
    points: Option<f64>,
}

/// A step on the way to a score.
#[derive(SimpleObject)]
pub struct ExplanationStep {
    /// What it is about.
    kind: StepKind,
    /// What happens, for people, in the language of `Accept-Language`.
    text: String,
    /// The reckoning with the numbers put in, such as `(47.59 − 28.20) ÷ (55.64 − 28.20) × 100 = 70.66`, with the
    /// decimal sign of that language; null where nothing is reckoned. Values are written with up to ten significant
    /// digits, scores that go into a mean with up to two decimals more than are published, and scores that come out
    /// as they are published, so that the result comes out on a pocket calculator.
    formula: Option<String>,
    /// The numbers that go in, but for those of children.
    inputs: Vec<ExplanationInput>,
    /// The children, in the tree's order; only where their mean is taken. A node has a few of them.
    children: Vec<ExplanationChild>,
    /// The number that comes out, not rounded; null where there is none.
    result: Option<f64>,
}

impl ExplanationStep {
    fn new(kind: StepKind, text: String) -> Self {
        Self { kind, text, formula: None, inputs: Vec::new(), children: Vec::new(), result: None }
    }

    fn with_formula(self, formula: Option<String>) -> Self {
        Self { formula, ..self }
    }

    fn with_inputs(self, inputs: &[(&'static str, Option<f64>)]) -> Self {
        let inputs = inputs.iter().map(|&(name, value)| ExplanationInput { name, value }).collect();
        Self { inputs, ..self }
    }

    fn with_children(self, children: Vec<ExplanationChild>) -> Self {
        Self { children, ..self }
    }

    fn with_result(self, result: Option<f64>) -> Self {
        Self { result, ..self }
    }
}

/// How a unit's score at a node came about.
#[derive(SimpleObject)]
pub struct Explanation {
    /// The unit.
    unit: Unit,
    /// The node.
    node: FrameworkNode,
    /// The edition.
    edition: Edition,
    /// Whether it was made of raw values as the engine computes them, or of published figures because the edition
    /// cannot be computed for this unit.
    source: FigureSource,
    /// The score that comes out, not rounded; null when none does: a step of the kind `MISSING` says why.
    score: Option<f64>,
    /// The computed rank; null where only published figures are known.
    rank: Option<f64>,
    /// Score as published.
    published_score: Option<f64>,
    /// Rank as published.
    published_rank: Option<i32>,
    /// The steps in their order, fewer than ten.
    steps: Vec<ExplanationStep>,
}

/// What is explained, and to whom.
struct Question<'a> {
    record: &'a Record,
    unit: &'a unit::Model,
    place: usize,
    pen: Pen,
}

/// What came out of the steps.
struct Outcome {
    steps: Vec<ExplanationStep>,
    score: Option<f64>,
}

/// Queries that explain a score.
#[derive(Default)]
pub struct ExplainQuery;

#[Object]
impl ExplainQuery {
    /// How a unit's score at a node came about: from the raw value to the score of an indicator, from the children's
    /// scores to the score of any other node, then the rank, and the published score beside it. An edition that cannot
    /// be computed is explained from published figures as far as they go.
    async fn explain(
        &self,
        ctx: &Context<'_>,
        unit: ID,
        node: ID,
        edition: ID,
    ) -> Result<Option<Explanation>> {
        let unit = id::parse::<unit::Entity>(&unit, "unit")?;
        let node = node_key(&node, "node")?;
        let record = Record::read(ctx, &edition, "edition", &[unit]).await?;
        let place = record.tree().nodes.iter().position(|row| row.id == node);
        let place = place.ok_or_else(|| Problem::new("node", Code::NotFound))?;
        let decimals = u8::try_from(record.tree().framework.rank_precision).unwrap_or(2);
        let pen = Pen { lang: ctx.lang(), decimals };
        let figures = record.figures(unit, place);
        let (unit, source, outcome) = match record.computed(unit) {
            Some((basis, row)) => {
                let unit = basis.units[row].clone();
                let question = Question { record: &record, unit: &unit, place, pen };
                let outcome = question.computed(basis, row)?;
                (unit, FigureSource::Computed, outcome)
            }
            None => {
                let unit = unit_of(ctx, unit, "unit").await?;
                let question = Question { record: &record, unit: &unit, place, pen };
                let outcome = question.published(ctx.store()?).await?;
                (unit, FigureSource::Published, outcome)
            }
        };
        Ok(Some(Explanation {
            unit: Unit(unit.into()),
            node: record.node(place),
            edition: Edition(record.edition().clone().into()),
            source,
            score: outcome.score,
            rank: figures.computed_rank,
            published_score: figures.published_score,
            published_rank: figures.published_rank,
            steps: outcome.steps,
        }))
    }
}
