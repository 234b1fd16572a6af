//! Published figures against those computed here.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::{NodeLevel, score, unit};
use uuid::Uuid;

use super::{basis, limit, node_at, unit_of};
use crate::error::Result;
use crate::graphql::ask::Ask;
use crate::graphql::framework::FrameworkNode;
use crate::graphql::id;
use crate::graphql::unit::Unit;
use crate::scoring::Basis;

/// A published figure and what is computed here for it.
#[derive(SimpleObject)]
pub struct PublishedDifference {
    /// The unit.
    unit: Unit,
    /// The node.
    node: FrameworkNode,
    /// Score as published.
    published_score: f64,
    /// Rank as published, where it was.
    published_rank: Option<i32>,
    /// Score computed here, not rounded; null when the raw values do not give one.
    computed_score: Option<f64>,
    /// Rank computed here; null without a score.
    computed_rank: Option<f64>,
    /// Computed score less published score, in points; null without a computed score.
    difference: Option<f64>,
    /// Whether the two differ when both are rounded to the framework's decimals; null without a computed score.
    beyond_rounding: Option<bool>,
}

/// Published figures against computed ones.
#[derive(SimpleObject)]
pub struct PublishedDifferences {
    /// Published scores that were looked at, whatever `beyondRounding` asks for.
    total: i32,
    /// How many of them differ by more than rounding.
    beyond_rounding: i32,
    /// How many of them nothing is computed for.
    not_computed: i32,
    /// Greatest absolute difference first; those for which nothing is computed last.
    differences: Vec<PublishedDifference>,
}

/// Queries about published figures.
#[derive(Default)]
pub struct DifferenceQuery;

/// A difference before its unit is known.
struct Found {
    unit: Uuid,
    row: Option<usize>,
    place: usize,
    published: f64,
    published_rank: Option<i32>,
    computed: Option<f64>,
    beyond: Option<bool>,
}

impl Found {
    fn of(basis: &Basis, place: usize, row: Option<usize>, figure: &score::Model) -> Option<Self> {
        let published = figure.score?;
        let computed = row.and_then(|row| basis.computed.score(place, row));
        let decimals = basis.framework.method().ranking.decimals;
        let printed = |score: f64| decimals.map_or(score, |decimals| index::round(score, decimals));
        let beyond = computed.map(|computed| printed(computed) != printed(published));
        let published_rank = figure.rank;
        Some(Self { unit: figure.unit_id, row, place, published, published_rank, computed, beyond })
    }

    fn difference(&self) -> Option<f64> {
        self.computed.map(|computed| computed - self.published)
    }

    /// The greatest first, none at all last; then by place and unit, so that the order never changes.
    fn order(&self) -> (bool, Reverse<u64>, usize, Uuid) {
        // Numbers that are not negative are ordered as their bits are.
        let size = self.difference().map_or(0, |difference| difference.abs().to_bits());
        (self.computed.is_none(), Reverse(size), self.place, self.unit)
    }
}

struct Wanted {
    unit: Option<Uuid>,
    level: Option<NodeLevel>,
}

fn find(basis: &Basis, wanted: &Wanted) -> Vec<Found> {
    let places = basis.tree.nodes.iter().enumerate().map(|(place, node)| (node.id, (place, node.level)));
    let places: HashMap<Uuid, (usize, NodeLevel)> = places.collect();
    let rows: HashMap<Uuid, usize> =
        basis.units.iter().enumerate().map(|(row, unit)| (unit.id, row)).collect();
    let found = basis.figures.values().filter_map(|figure| {
        let &(place, level) = places.get(&figure.node_id)?;
        let looked_at = wanted.unit.is_none_or(|unit| unit == figure.unit_id)
            && wanted.level.is_none_or(|wanted| wanted == level);
        looked_at.then(|| Found::of(basis, place, rows.get(&figure.unit_id).copied(), figure))?
    });
    let mut found: Vec<Found> = found.collect();
    found.sort_by_key(Found::order);
    found
}

async fn answer(ctx: &Context<'_>, basis: &Arc<Basis>, found: Found) -> Result<PublishedDifference> {
    let unit = match found.row {
        Some(row) => basis.units[row].clone(),
        None => unit_of(ctx, found.unit, "edition").await?,
    };
    Ok(PublishedDifference {
        unit: Unit(unit.into()),
        node: node_at(basis, found.place),
        published_score: found.published,
        published_rank: found.published_rank,
        computed_score: found.computed,
        computed_rank: found.row.and_then(|row| basis.computed.rank(found.place, row)),
        difference: found.difference(),
        beyond_rounding: found.beyond,
    })
}

fn count(found: &[Found], which: impl Fn(&&Found) -> bool) -> i32 {
    i32::try_from(found.iter().filter(which).count()).unwrap_or(i32::MAX)
}

#[Object]
impl DifferenceQuery {
    /// Published scores against those computed here from the raw values. The two are never mixed: a difference beyond
    /// rounding says that raw values, tree or method are not those of the publication.
    async fn published_differences(
        &self,
        ctx: &Context<'_>,
        edition: ID,
        #[graphql(
            desc = "Only those that differ by more than rounding, or only those that do not; all if not given."
        )]
        beyond_rounding: Option<bool>,
        #[graphql(desc = "Only nodes of this level.")] level: Option<NodeLevel>,
        unit: Option<ID>,
        first: Option<i32>,
    ) -> Result<Option<PublishedDifferences>> {
        let first = limit(first)?;
        let key = unit.map(|unit| id::parse::<unit::Entity>(&unit, "unit")).transpose()?;
        let basis = basis(ctx, &edition, "edition").await?;
        if let Some(key) = key
            && basis.row(key, "unit").is_err()
        {
            unit_of(ctx, key, "unit").await?;
        }
        let of = Arc::clone(&basis);
        let wanted = Wanted { unit: key, level };
        let found = ctx.compute(move |_| Ok(find(&of, &wanted))).await?;
        let total = count(&found, |_| true);
        let beyond = count(&found, |one| one.beyond == Some(true));
        let not_computed = count(&found, |one| one.computed.is_none());
        let asked = |one: &Found| beyond_rounding.is_none() || one.beyond == beyond_rounding;
        let shown = found.into_iter().filter(asked).take(first).map(|one| answer(ctx, &basis, one));
        // At once, so that the loader batches the units that the basis does not hold.
        let differences = futures_util::future::try_join_all(shown).await?;
        Ok(Some(PublishedDifferences { total, beyond_rounding: beyond, not_computed, differences }))
    }
}
