//! A few units side by side.

use std::collections::HashSet;

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::{NodeLevel, unit};
use uuid::Uuid;

use super::record::{NodeFigures, Record};
use super::{node_key, unit_of};
use crate::error::{Code, Problem, Result};
use crate::graphql::edition::Edition;
use crate::graphql::framework::FrameworkNode;
use crate::graphql::id;
use crate::graphql::unit::Unit;

const FEWEST: usize = 2;
const MOST_UNITS: usize = 10;
const MOST_NODES: usize = 100;

/// Units at one node, side by side.
#[derive(SimpleObject)]
pub struct ComparedNode {
    /// The node.
    node: FrameworkNode,
    /// The figures of each unit, in the order of `units`.
    figures: Vec<NodeFigures>,
}

/// Units side by side in one edition.
#[derive(SimpleObject)]
pub struct UnitComparison {
    /// The edition.
    edition: Edition,
    /// The units, in the order in which they were asked for.
    units: Vec<Unit>,
    /// The nodes asked for, in that order; index, sub-indices and pillars in the tree's order if none were.
    nodes: Vec<ComparedNode>,
}

/// Queries about units side by side.
#[derive(Default)]
pub struct CompareQuery;

/// The keys of the units, each once.
fn unit_keys(units: &[ID]) -> Result<Vec<Uuid>> {
    if units.len() > MOST_UNITS {
        return Err(Problem::new("units", Code::TooMany).with(MOST_UNITS).into());
    }
    if units.len() < FEWEST {
        let range = format!("{FEWEST}–{MOST_UNITS}");
        return Err(Problem::new("units", Code::OutOfRange).with(range).into());
    }
    let mut seen = HashSet::new();
    let mut keys = Vec::with_capacity(units.len());
    for (place, id) in units.iter().enumerate() {
        let field = format!("units.{place}");
        let key = id::parse::<unit::Entity>(id, &field)?;
        if !seen.insert(key) {
            return Err(Problem::new(&field, Code::Duplicate).into());
        }
        keys.push(key);
    }
    Ok(keys)
}

/// The keys of the nodes; none when the argument was left out.
fn node_keys(nodes: Option<&[ID]>) -> Result<Option<Vec<Uuid>>> {
    let Some(nodes) = nodes else { return Ok(None) };
    if nodes.len() > MOST_NODES {
        return Err(Problem::new("nodes", Code::TooMany).with(MOST_NODES).into());
    }
    let keys = nodes.iter().enumerate().map(|(place, id)| node_key(id, &format!("nodes.{place}")));
    Ok(Some(keys.collect::<Result<_, _>>()?))
}

fn places(record: &Record, keys: Option<&[Uuid]>) -> Result<Vec<usize>> {
    let nodes = &record.tree().nodes;
    let Some(keys) = keys else {
        let shown = |level| matches!(level, NodeLevel::Index | NodeLevel::SubIndex | NodeLevel::Pillar);
        let upper = nodes.iter().enumerate().filter(|(_, node)| shown(node.level));
        return Ok(upper.map(|(place, _)| place).take(MOST_NODES).collect());
    };
    let place = |(at, key): (usize, &Uuid)| {
        let found = nodes.iter().position(|node| node.id == *key);
        found.ok_or_else(|| Problem::new(&format!("nodes.{at}"), Code::NotFound).into())
    };
    keys.iter().enumerate().map(place).collect()
}

/// The units, read only where the computed edition does not hold them already.
async fn units_of(ctx: &Context<'_>, record: &Record, keys: &[Uuid]) -> Result<Vec<Unit>> {
    let unit = async |place: usize, key: Uuid| match record.computed(key) {
        Some((basis, row)) => Ok(Unit(basis.units[row].clone().into())),
        None => unit_of(ctx, key, &format!("units.{place}")).await.map(|row| Unit(row.into())),
    };
    // At once, so that the loader batches them.
    let all = keys.iter().enumerate().map(|(place, &key)| unit(place, key));
    futures_util::future::try_join_all(all).await
}

#[Object]
impl CompareQuery {
    /// Some units side by side, node by node. Where the edition cannot be computed, or a unit has no raw values in it,
    /// there are published figures only.
    async fn compare_units(
        &self,
        ctx: &Context<'_>,
        edition: ID,
        #[graphql(desc = "2 to 10 units, each once.")] units: Vec<ID>,
        #[graphql(
            desc = "Nodes of the edition's framework, at most 100; index, sub-indices and pillars if not given."
        )]
        nodes: Option<Vec<ID>>,
    ) -> Result<Option<UnitComparison>> {
        let keys = unit_keys(&units)?;
        let wanted = node_keys(nodes.as_deref())?;
        let record = Record::read(ctx, &edition, "edition", &keys).await?;
        let places = places(&record, wanted.as_deref())?;
        let units = units_of(ctx, &record, &keys).await?;
        let compared = |&place: &usize| ComparedNode {
            node: record.node(place),
            figures: keys.iter().map(|&unit| record.figures(unit, place)).collect(),
        };
        let nodes = places.iter().map(compared).collect();
        Ok(Some(UnitComparison { edition: Edition(record.edition().clone().into()), units, nodes }))
    }
}
