//! What the engine made of an edition, written down.

use std::collections::{BTreeMap, HashSet};

use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter, Set};
use serde_json::json;
use uuid::Uuid;

use super::Basis;
use crate::error::{Error, Result};
use crate::policy::Verb;
use crate::store::{Read, Tx};

/// Computes a draft edition and writes what came of it in place of what an earlier run made.
///
/// # Errors
/// What [`Basis::read`] refuses; [`Error::Forbidden`] when the viewer may not write figures of this edition.
pub async fn compute(tx: &Tx, edition: edition::Model, author: Uuid) -> Result<computation::Model> {
    tx.may::<computation::Entity>(Verb::Create)?;
    let basis = Basis::read(tx, edition).await?;
    tx.delete_all::<computed_score::Entity>(
        Condition::all().add(computed_score::Column::EditionId.eq(basis.edition.id)),
    )
    .await?;
    tx.delete_all::<computation::Entity>(
        Condition::all().add(computation::Column::EditionId.eq(basis.edition.id)),
    )
    .await?;
    let row = computation::ActiveModel {
        edition_id: Set(basis.edition.id),
        framework_id: Set(basis.tree.framework.id),
        method: Set(json!({ "method": basis.framework.method(), "nodes": basis.framework.nodes() })),
        input_hash: Set(basis.input_hash()),
        unit_count: Set(i32::try_from(basis.units.len()).map_err(Error::internal)?),
        author_id: Set(author),
        ..Default::default()
    };
    let row = tx.insert::<computation::Entity>(row).await?;
    let mut scores = Vec::with_capacity(basis.units.len() * basis.tree.nodes.len());
    for (node, place) in basis.tree.nodes.iter().zip(0..) {
        for (unit, line) in basis.units.iter().zip(0..) {
            let Some(score) = basis.computed.score(place, line) else { continue };
            scores.push(computed_score::ActiveModel {
                computation_id: Set(row.id),
                edition_id: Set(basis.edition.id),
                unit_id: Set(unit.id),
                node_id: Set(node.id),
                score: Set(Some(score)),
                rank: Set(basis.computed.rank(place, line)),
                ..Default::default()
            });
        }
    }
    tx.insert_all::<computed_score::Entity>(scores).await?;
    renew_statistics(tx, &basis.edition).await?;
    Ok(row)
}

/// Mean, least and greatest of some figures; all `None` where there are none.
fn spread(figures: &[f64]) -> [Option<f64>; 3] {
    let least = figures.iter().copied().reduce(f64::min);
    let greatest = figures.iter().copied().reduce(f64::max);
    let mean = least.map(|_| figures.iter().sum::<f64>() / figures.len() as f64);
    [mean, least, greatest]
}

/// Writes anew what all units of a draft edition come to at each node: raw values as entered; scores as published where
/// every unit with figures has one, else as computed. What was read in a source stays.
pub async fn renew_statistics(tx: &Tx, edition: &edition::Model) -> Result<()> {
    use statistic::Column::{EditionId, Source};
    tx.delete_all::<statistic::Entity>(Condition::all().add(EditionId.eq(edition.id)).add(Source.is_null()))
        .await?;
    let read = tx.all(tx.find::<statistic::Entity>().filter(EditionId.eq(edition.id))).await?;
    let read: HashSet<Uuid> = read.into_iter().map(|row| row.node_id).collect();
    let rows = tx.every(tx.find::<score::Entity>().filter(score::Column::EditionId.eq(edition.id))).await?;
    let made = tx.find::<computed_score::Entity>().filter(computed_score::Column::EditionId.eq(edition.id));
    let made = tx.every(made).await?;
    let units: HashSet<Uuid> = rows.iter().map(|row| row.unit_id).collect();
    let mut nodes: BTreeMap<Uuid, [Vec<f64>; 3]> = BTreeMap::new();
    for row in &rows {
        let [values, published, _] = nodes.entry(row.node_id).or_default();
        values.extend(row.value);
        published.extend(row.score);
    }
    for row in made {
        nodes.entry(row.node_id).or_default()[2].extend(row.score);
    }
    let row = |(node_id, [values, published, computed]): (Uuid, [Vec<f64>; 3])| {
        let [value_mean, value_min, value_max] = spread(&values);
        let scores = if published.len() == units.len() { &published } else { &computed };
        let [score_mean, score_min, score_max] = spread(scores);
        statistic::ActiveModel {
            edition_id: Set(edition.id),
            node_id: Set(node_id),
            value_mean: Set(value_mean),
            value_min: Set(value_min),
            value_max: Set(value_max),
            score_mean: Set(score_mean),
            score_min: Set(score_min),
            score_max: Set(score_max),
            ..Default::default()
        }
    };
    let rows = nodes.into_iter().filter(|(node, _)| !read.contains(node)).map(row);
    tx.insert_all::<statistic::Entity>(rows.collect()).await
}
