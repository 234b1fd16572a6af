//! What the ranks rest on: one node left out at a time, or many draws of weights and methods.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, Object, SimpleObject};
use index::analysis::{Dropped, drop_one};

use super::monte_carlo::{MOST_DRAWS, MonteCarloInput, MonteCarloResult};
use super::{basis, length, node, order, place, rows, unit};
use crate::error::{Code, Problem, Result};
use crate::graphql::ask::Ask;
use crate::graphql::edition::Edition;
use crate::graphql::framework::FrameworkNode;
use crate::graphql::unit::Unit;
use crate::scoring::{Basis, refused, with_regions};

/// What the ranks of an edition rest on.
#[derive(Description)]
pub struct Sensitivity {
    basis: Arc<Basis>,
    node: usize,
    answer: Answer,
}

enum Answer {
    Dropped(Arc<Vec<Dropped>>),
    Drawn(Arc<MonteCarloResult>),
}

#[Object(use_type_description)]
impl Sensitivity {
    /// The edition.
    async fn edition(&self) -> Edition {
        Edition(self.basis.edition.clone().into())
    }

    /// The node at which units are ranked.
    async fn node(&self) -> FrameworkNode {
        node(&self.basis, self.node)
    }

    /// The ranks without each node below the one asked about, in depth-first order of the tree; null unless `dropOne` was
    /// asked for. Nodes without which nothing is left are not among them.
    async fn drop_one(&self) -> Option<Vec<DroppedNode>> {
        let Answer::Dropped(all) = &self.answer else { return None };
        let dropped = |which| DroppedNode {
            basis: Arc::clone(&self.basis),
            top: self.node,
            all: Arc::clone(all),
            which,
        };
        Some((0..all.len()).map(dropped).collect())
    }

    /// The ranks over many draws; null unless `monteCarlo` was asked for.
    async fn monte_carlo(&self) -> Option<&MonteCarloResult> {
        match &self.answer {
            Answer::Drawn(result) => Some(result),
            Answer::Dropped(_) => None,
        }
    }
}

/// The ranks without one node: its weight is 0 and its siblings' are rescaled; a parent left without children goes too.
#[derive(Description)]
pub struct DroppedNode {
    basis: Arc<Basis>,
    top: usize,
    all: Arc<Vec<Dropped>>,
    which: usize,
}

/// The rank of one unit with and without a node.
#[derive(SimpleObject)]
pub struct RankShift {
    /// The unit.
    unit: Unit,
    /// Rank with the node, 1 being best; null where unranked.
    rank_before: Option<f64>,
    /// Rank without it; null where unranked.
    rank_after: Option<f64>,
}

#[Object(use_type_description)]
impl DroppedNode {
    /// The node that is left out.
    async fn node(&self) -> FrameworkNode {
        node(&self.basis, self.all[self.which].node)
    }

    /// Mean absolute change of rank, in places, over the units ranked with and without the node.
    async fn mean_shift(&self) -> f64 {
        self.all[self.which].mean_shift
    }

    /// Greatest absolute change of rank, in places.
    async fn max_shift(&self) -> f64 {
        self.all[self.which].max_shift
    }

    /// Units by the rank that they have with the node, the unranked last.
    async fn ranks(
        &self,
        #[graphql(desc = "Only these units, at most 100; all if not given.")] unit_ids: Option<Vec<ID>>,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
    ) -> Result<Vec<RankShift>> {
        let first = length(first)?;
        let before = |row: usize| self.basis.computed.rank(self.top, row);
        let mut wanted: Vec<usize> = rows(&self.basis, unit_ids.as_deref())?.into_iter().collect();
        wanted.sort_by(|a, b| order(before(*a)).total_cmp(&order(before(*b))).then(a.cmp(b)));
        let shift = |row| RankShift {
            unit: unit(&self.basis, row),
            rank_before: before(row),
            rank_after: self.all[self.which].ranks[row],
        };
        Ok(wanted.into_iter().take(first).map(shift).collect())
    }
}

/// Queries about what ranks rest on.
#[derive(Default)]
pub struct SensitivityQuery;

#[Object]
impl SensitivityQuery {
    /// How much the ranks at a node rest on single nodes (`dropOne`) or on weights and methods (`monteCarlo`): exactly one
    /// of the two is asked for. The index itself unless `node` says otherwise.
    async fn sensitivity(
        &self,
        ctx: &Context<'_>,
        edition: ID,
        node: Option<ID>,
        #[graphql(desc = "Leaves out each node below, one at a time.", default_with = "Some(false)")]
        drop_one: Option<bool>,
        #[graphql(desc = "Draws weights and methods by chance, the same for the same seed.")]
        monte_carlo: Option<MonteCarloInput>,
    ) -> Result<Option<Sensitivity>> {
        ctx.principal()?;
        match (drop_one == Some(true), &monte_carlo) {
            (true, Some(_)) => {
                return Err(Problem::new("dropOne", Code::Exclusive).with("dropOne, monteCarlo").into());
            }
            (false, None) => return Err(Problem::new("dropOne", Code::Required).into()),
            _ => {}
        }
        let basis = basis(ctx, &edition).await?;
        let node = place(&basis, node.as_ref(), "node")?;
        let run = monte_carlo.map(|input| input.run(&basis, node, MOST_DRAWS, "monteCarlo")).transpose()?;
        let answer = ctx.compute(move |stop| {
            let cancelled = || stop.is_wanted();
            let answer = match run {
                Some(run) => {
                    let outcome = run.at_once(&basis, &cancelled).map_err(|error| error.at("monteCarlo"))?;
                    Answer::Drawn(Arc::new(MonteCarloResult::new(outcome, basis.units.iter().cloned())))
                }
                None => Answer::Dropped(Arc::new(dropped(&basis, node, &cancelled)?)),
            };
            Ok(Sensitivity { basis, node, answer })
        });
        answer.await.map(Some)
    }
}

/// The ranks at `top` without each node below it.
fn dropped(basis: &Basis, top: usize, cancelled: &dyn Fn() -> bool) -> Result<Vec<Dropped>> {
    if top == basis.framework.root() {
        return drop_one(&basis.framework, &basis.computed, cancelled).map_err(refused);
    }
    let (framework, edition, places) = branch(basis, top)?;
    let mut all = drop_one(&framework, &edition, cancelled).map_err(refused)?;
    all.iter_mut().for_each(|dropped| dropped.node = places[dropped.node]);
    Ok(all)
}

/// The branch below `top` as a framework by itself, computed from the same raw values, and its nodes' places in the tree.
fn branch(basis: &Basis, top: usize) -> Result<(index::Framework, index::Edition, Vec<usize>)> {
    let whole = &basis.framework;
    let inside = |node: &usize| whole.ancestry(*node).any(|above| above == top);
    let places: Vec<usize> = (0..whole.nodes().len()).filter(inside).collect();
    let nodes = places.iter().map(|&place| index::Node {
        parent: if place == top { None } else { whole.nodes()[place].parent.clone() },
        ..whole.nodes()[place].clone()
    });
    let framework = index::Framework::new(nodes.collect(), whole.method().clone()).map_err(refused)?;
    let used = |code: &&String| {
        framework.node(code).is_ok()
            || (0..framework.indicators().len())
                .any(|column| framework.indicator(column).denominator.as_ref() == Some(*code))
    };
    let old = basis.computed.table();
    let codes: Vec<String> = old.codes().iter().filter(used).cloned().collect();
    let column = |code: &String| old.units().iter().map(|unit| old.value(unit, code)).collect();
    let columns: index::Result<Vec<_>> = codes.iter().map(column).collect();
    let table = index::Table::from_columns(old.units().to_vec(), codes, columns.map_err(refused)?);
    let table = with_regions(table.map_err(refused)?, &basis.units)?;
    let edition = index::compute(&framework, &table).map_err(refused)?;
    Ok((framework, edition, places))
}
