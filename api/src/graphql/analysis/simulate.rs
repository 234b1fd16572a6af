//! What if: changes of values, scores and weights, and the ranks after them.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object, OneofObject};
use entity::*;
use index::what_if::{self, Change};

use super::{NodeChange, UnitChange, basis, bounded, leaf, place, ranking, row, within};
use crate::error::{Code, Problem, Result};
use crate::graphql::ask::Ask;
use crate::graphql::chart::Chart;
use crate::graphql::edition::Edition;
use crate::graphql::id;
use crate::lang::Lang;
use crate::pictures::{ChartKind, ChartRequest, what_if_of};
use crate::scoring::{Basis, refused};

/// Changes of one simulation.
const MOST: usize = 500;
/// Greatest weight.
const HEAVIEST: f64 = 1e6;

/// One change of a simulation: exactly one of its fields.
#[derive(OneofObject)]
pub enum ChangeInput {
    /// Another raw value of an indicator.
    Value(ValueChangeInput),
    /// Another value that raw values are divided by, such as the population. It moves all indicators divided by it.
    Denominator(DenominatorChangeInput),
    /// Another score at a node, laid down instead of computed: what stands below the node no longer counts for the unit.
    Score(ScoreChangeInput),
    /// Another weight of a node, for all units.
    Weight(WeightChangeInput),
}

/// Another raw value of an indicator.
#[derive(InputObject)]
pub struct ValueChangeInput {
    /// The unit.
    unit_id: ID,
    /// The indicator, by its own id or that of its node.
    indicator_id: ID,
    /// The raw value, in the indicator's unit, before any denominator; from −10¹⁵ to 10¹⁵. Null makes it missing, which is
    /// never the same as 0; it must be given.
    value: MaybeUndefined<f64>,
}

/// Another value that raw values are divided by.
#[derive(InputObject)]
pub struct DenominatorChangeInput {
    /// The unit.
    unit_id: ID,
    /// The denominator, by its own id or that of an indicator that is divided by it.
    denominator_id: ID,
    /// The value, in the denominator's unit; from −10¹⁵ to 10¹⁵, 0 making the quotient missing. Null makes it missing; it
    /// must be given.
    value: MaybeUndefined<f64>,
}

/// Another score at a node.
#[derive(InputObject)]
pub struct ScoreChangeInput {
    /// The unit.
    unit_id: ID,
    /// The node: an indicator, a group, a pillar, a sub-index or the index itself.
    node_id: ID,
    /// The score in points; from −10¹⁵ to 10¹⁵, usually 0 to 100. Null makes it missing; it must be given.
    score: MaybeUndefined<f64>,
}

/// Another weight of a node.
#[derive(InputObject)]
pub struct WeightChangeInput {
    /// The node.
    node_id: ID,
    /// Its weight among its siblings, which are rescaled; from 0, which leaves the node out, to 1,000,000.
    weight: f64,
}

/// What the engine makes of an edition after some changes.
#[derive(Description)]
pub struct Simulation {
    basis: Arc<Basis>,
    changes: Vec<Change>,
    after: index::Edition,
}

#[Object(use_type_description)]
impl Simulation {
    /// The edition that was changed. Nothing of it is written.
    async fn edition(&self) -> Edition {
        Edition(self.basis.edition.clone().into())
    }

    /// Units at a node by their new rank, the unranked last. The index itself unless `nodeId` says otherwise.
    async fn ranking(
        &self,
        #[graphql(desc = "The node at which to rank; the index if not given.")] node_id: Option<ID>,
        #[graphql(desc = "Only these units, at most 100; all if not given.")] unit_ids: Option<Vec<ID>>,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
    ) -> Result<Vec<UnitChange>> {
        let node = place(&self.basis, node_id.as_ref(), "nodeId")?;
        ranking(&self.basis, (&self.basis.computed, &self.after), node, unit_ids.as_deref(), first)
    }

    /// What the changes do to every node of one unit, in depth-first order of the tree.
    async fn nodes(
        &self,
        #[graphql(desc = "The unit.")] unit_id: ID,
        #[graphql(
            desc = "Leaves out nodes whose score and rank are as before.",
            default_with = "Some(false)"
        )]
        changed_only: Option<bool>,
    ) -> Result<Vec<NodeChange>> {
        let changed_only = changed_only.unwrap_or_default();
        let row = row(&self.basis, &unit_id, "unitId")?;
        let deltas = what_if::deltas(&self.basis.computed, &self.after, row);
        let wanted = deltas
            .iter()
            .filter(|delta| !changed_only || delta.score.0 != delta.score.1 || delta.rank.0 != delta.rank.1);
        Ok(wanted.map(|delta| NodeChange::of(&self.basis, delta)).collect())
    }

    /// A picture of one unit's scores before and after: of index, sub-indices and pillars unless `level` says otherwise.
    async fn chart(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The unit.")] unit_id: ID,
        #[graphql(desc = "The nodes that are shown; at most 60.")] level: Option<NodeLevel>,
        lang: Option<Lang>,
    ) -> Result<Chart> {
        let request = ChartRequest {
            kind: ChartKind::WhatIf,
            edition: self.basis.edition.id,
            unit: Some(id::parse::<unit::Entity>(&unit_id, "unitId")?),
            node: None,
            level,
            changes: self.changes.clone(),
            lang: lang.unwrap_or(ctx.lang()),
        };
        let picture = what_if_of(&request, &self.basis, &self.after).map_err(|error| error.at("unitId"))?;
        Ok(Chart::of(request, picture))
    }

    /// What is held still and what is not, in the language of `Accept-Language`.
    async fn assumption(&self, ctx: &Context<'_>) -> &'static str {
        ctx.lang().pick(
            "Mọi giá trị gốc, mẫu số và trọng số không nêu trong các thay đổi được giữ nguyên như trong kỳ. Điểm và \
             hạng của tất cả địa phương được tính lại, nên khi giá trị nhỏ nhất hoặc lớn nhất đổi thì điểm của các địa \
             phương khác cũng đổi. So với kết quả tính từ giá trị gốc, có thể khác số đã công bố.",
            "All raw values, denominators and weights that no change names stay as they are in the edition. Scores and \
             ranks of all units are computed anew, so that a new least or greatest value moves the other units too. \
             Compared with what is computed from raw values, which may differ from what was published.",
        )
    }
}

/// Queries that change something in thought.
#[derive(Default)]
pub struct SimulateQuery;

#[Object]
impl SimulateQuery {
    /// What scores and ranks would be after some changes of an edition's raw values, scores and weights, for several
    /// units at once if wanted. A later change overrides an earlier one of the same figure. Without changes everything
    /// equals what is computed from the edition as it is. `NOT_COMPUTABLE` for an edition without raw values of at least
    /// two units.
    async fn simulate(
        &self,
        ctx: &Context<'_>,
        edition: ID,
        #[graphql(desc = "The changes, at most 500.")] changes: Vec<ChangeInput>,
    ) -> Result<Option<Simulation>> {
        ctx.principal()?;
        if changes.len() > MOST {
            return Err(Problem::new("changes", Code::TooMany).with(MOST).into());
        }
        let basis = basis(ctx, &edition).await?;
        let changes = engine_changes(&basis, &changes)?;
        let done = ctx.compute(move |_| {
            let after = what_if::what_if(&basis.framework, &basis.computed, &changes);
            let after = after.map_err(|error| refused(error).at("changes"))?.edition;
            Ok(Simulation { basis, changes, after })
        });
        done.await.map(Some)
    }
}

/// The changes in the engine's words.
fn engine_changes(basis: &Basis, inputs: &[ChangeInput]) -> Result<Vec<Change>> {
    let mut changes = Vec::with_capacity(inputs.len());
    let mut weights = BTreeMap::new();
    let unit = |id: &ID, field: &str| row(basis, id, field).map(|row| basis.units[row].code.clone());
    let code = |place: usize| basis.framework.code(place).to_owned();
    for (number, input) in inputs.iter().enumerate() {
        let path = |field: &str| format!("changes.{number}.{field}");
        match input {
            ChangeInput::Value(input) => changes.push(Change::Raw {
                unit: unit(&input.unit_id, &path("value.unitId"))?,
                code: code(leaf(basis, &input.indicator_id, &path("value.indicatorId"))?),
                value: figure(&input.value, &path("value.value"))?,
            }),
            ChangeInput::Denominator(input) => changes.push(Change::Raw {
                unit: unit(&input.unit_id, &path("denominator.unitId"))?,
                code: denominator(basis, &input.denominator_id, &path("denominator.denominatorId"))?,
                value: figure(&input.value, &path("denominator.value"))?,
            }),
            ChangeInput::Score(input) => changes.push(Change::Score {
                unit: unit(&input.unit_id, &path("score.unitId"))?,
                code: code(place(basis, Some(&input.node_id), &path("score.nodeId"))?),
                score: figure(&input.score, &path("score.score"))?,
            }),
            ChangeInput::Weight(input) => {
                let node = place(basis, Some(&input.node_id), &path("weight.nodeId"))?;
                weights.insert(node, within(input.weight, HEAVIEST, &path("weight.weight"))?);
            }
        }
    }
    // The engine refuses a parent whose children all weigh nothing after any one change; the heaviest first, that is so
    // only where it is so in the end.
    let mut weights: Vec<(usize, f64)> = weights.into_iter().collect();
    weights.sort_by(|a, b| b.1.total_cmp(&a.1));
    changes.extend(weights.into_iter().map(|(node, weight)| Change::Weight { code: code(node), weight }));
    Ok(changes)
}

/// A figure that must be given, be it as missing.
fn figure(value: &MaybeUndefined<f64>, field: &str) -> Result<Option<f64>, Problem> {
    match value {
        MaybeUndefined::Undefined => Err(Problem::new(field, Code::Required)),
        MaybeUndefined::Null => Ok(None),
        MaybeUndefined::Value(value) => bounded(*value, field).map(Some),
    }
}

/// The code of the denominator that `id` names, by itself or by an indicator.
fn denominator(basis: &Basis, id: &ID, field: &str) -> Result<String> {
    let key = match id.starts_with(denominator::Entity::TABLE) {
        true => Some(id::parse::<denominator::Entity>(id, field)?),
        false => {
            let leaf = &basis.tree.nodes[leaf(basis, id, field)?].id;
            basis.tree.indicators.get(leaf).and_then(|indicator| indicator.denominator_id)
        }
    };
    // One that nothing is divided by is no column of the engine's table.
    let used = |key| basis.tree.indicators.values().any(|indicator| indicator.denominator_id == Some(key));
    let found = basis.tree.denominators.iter().find(|row| Some(row.id) == key && used(row.id));
    found.map(|row| row.code.clone()).ok_or_else(|| Problem::new(field, Code::NotFound).into())
}
