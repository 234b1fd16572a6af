//! Units and published editions with a figure of every unit at every node.

use entity::*;
use sea_orm::{IntoActiveModel, Set};
use uuid::Uuid;

use super::chance::Chance;
use super::work::insert;
use super::{MARK, Sizes};
use crate::error::{Error, Result};
use crate::store::Tx;

/// The newest made-up edition; long past, so that no real one stands behind it.
const NEWEST_YEAR: i32 = 1997;
/// Units whose figures are written at a time.
const BATCH: usize = 500;

pub(super) async fn write(
    tx: &Tx,
    chance: &mut Chance,
    plan: &plan::Model,
    nodes: &[node::Model],
    sizes: &Sizes,
) -> Result<()> {
    let units: Vec<unit::Model> = (1..=sizes.units).map(|number| unit(tx, chance, number)).collect();
    let keys: Vec<Uuid> = units.iter().map(|unit| unit.id).collect();
    tx.add_words::<unit::Entity>(&units).await?;
    insert::<unit::Entity>(tx, units).await?;
    for back in (0..).take(sizes.editions as usize) {
        let edition = edition(tx, chance, NEWEST_YEAR - back, plan.framework_id, keys.len())?;
        let edition = tx.insert::<edition::Entity>(edition.into_active_model()).await?;
        figures(tx, chance, edition.id, nodes, &keys).await?;
    }
    Ok(())
}

fn unit(tx: &Tx, chance: &mut Chance, number: u32) -> unit::Model {
    unit::Model {
        id: chance.key(),
        code: format!("BENCH-{number:05}"),
        kind: *chance.of(&[UnitKind::Province, UnitKind::Province, UnitKind::City]),
        name_vi: format!("{MARK} Tỉnh {number:05}"),
        name_en: format!("{MARK} Province {number:05}"),
        valid_from: None,
        valid_to: None,
        successor_id: None,
        region: None,
        note: Some(MARK.to_owned()),
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

fn edition(tx: &Tx, chance: &Chance, year: i32, framework: Uuid, units: usize) -> Result<edition::Model> {
    Ok(edition::Model {
        id: chance.key(),
        year,
        framework_id: framework,
        status: Publication::Published,
        published_on: None,
        unit_count: Some(i32::try_from(units).map_err(Error::internal)?),
        revision: 1,
        revises_id: None,
        revision_reason: None,
        synthetic: true,
        published_at: Some(tx.now()),
        note: Some(MARK.to_owned()),
        created_at: tx.now(),
        updated_at: tx.now(),
        row_version: 1,
    })
}

/// Scores by node, then by unit.
type Columns = Vec<Vec<f64>>;

async fn figures(
    tx: &Tx,
    chance: &mut Chance,
    edition: Uuid,
    nodes: &[node::Model],
    units: &[Uuid],
) -> Result<()> {
    let scores = scores(chance, nodes, units.len());
    let ranks: Vec<Vec<i32>> = scores.iter().map(|column| ranks(column)).collect();
    for (part, units) in (0..).zip(units.chunks(BATCH)) {
        let mut rows = Vec::with_capacity(units.len() * nodes.len());
        for (line, unit) in (part * BATCH..).zip(units) {
            for (column, node) in nodes.iter().enumerate() {
                rows.push(score::ActiveModel {
                    id: Set(chance.key()),
                    edition_id: Set(edition),
                    unit_id: Set(*unit),
                    node_id: Set(node.id),
                    value: Set(value(node, scores[column][line])),
                    score: Set(Some(scores[column][line])),
                    rank: Set(Some(ranks[column][line])),
                    source: Set(Some(MARK.to_owned())),
                    ..Default::default()
                });
            }
        }
        tx.insert_all::<score::Entity>(rows).await?;
    }
    let statistics = nodes.iter().zip(&scores).map(|(node, column)| statistic(chance, edition, node, column));
    tx.insert_all::<statistic::Entity>(statistics.collect()).await
}

/// Chance at the leaves, a good part of it the unit's own, and above them the mean of what is below.
fn scores(chance: &mut Chance, nodes: &[node::Model], units: usize) -> Columns {
    let own: Vec<f64> = (0..units).map(|_| chance.share()).collect();
    let mut columns: Columns = vec![Vec::new(); nodes.len()];
    // Children stand behind their parent.
    for place in (0..nodes.len()).rev() {
        let below: Vec<usize> = (place + 1..nodes.len())
            .filter(|child| nodes[*child].parent_id == Some(nodes[place].id))
            .collect();
        columns[place] = match below.is_empty() {
            true => own.iter().map(|own| round(own * 60.0 + chance.share() * 40.0)).collect(),
            false => (0..units)
                .map(|line| {
                    let sum: f64 = below.iter().map(|child| columns[*child][line]).sum();
                    round(sum / below.len() as f64)
                })
                .collect(),
        };
    }
    columns
}

fn round(score: f64) -> f64 {
    (score * 100.0).round() / 100.0
}

/// The raw value that an indicator's score is made of here.
fn value(node: &node::Model, score: f64) -> Option<f64> {
    (node.level == NodeLevel::Indicator).then(|| round(score * 12.5))
}

/// 1 is best, equal scores share the better rank.
fn ranks(scores: &[f64]) -> Vec<i32> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let better = |score: &f64| sorted.partition_point(|other| other > score);
    scores.iter().map(|score| i32::try_from(better(score) + 1).unwrap_or(i32::MAX)).collect()
}

fn statistic(chance: &Chance, edition: Uuid, node: &node::Model, scores: &[f64]) -> statistic::ActiveModel {
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    statistic::ActiveModel {
        id: Set(chance.key()),
        edition_id: Set(edition),
        node_id: Set(node.id),
        value_mean: Set(value(node, mean)),
        value_min: Set(value(node, least)),
        value_max: Set(value(node, greatest)),
        score_mean: Set(Some(mean)),
        score_min: Set(Some(least)),
        score_max: Set(Some(greatest)),
        source: Set(Some(MARK.to_owned())),
        ..Default::default()
    }
}
