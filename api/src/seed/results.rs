//! Published results, as far as they could be read.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use entity::*;
use sea_orm::Set;
use serde::Deserialize;
use uuid::Uuid;

use super::reference::{Units, short};
use super::{node, read};
use crate::error::{Error, Result};
use crate::store::Tx;

#[derive(Deserialize)]
struct ResultRow {
    year: i32,
    province: String,
    code: String,
    score: Option<f64>,
    rank: Option<i32>,
    of: i32,
    note: String,
    source: String,
}

#[derive(Deserialize)]
struct ProfileRow {
    code: String,
    value: Option<f64>,
    national_min: Option<f64>,
    national_max: Option<f64>,
    kind: String,
}

const PROFILE_UNIT: &str = "Khánh Hòa";
const PROFILE_YEAR: i32 = 2025;
const PROFILE_SOURCE: &str = "VnExpress pii-doi-moi-sang-tao/ho-so-pii/2025/khanh-hoa";

/// Loads the editions of 2023 to 2025 with what is known of them.
pub(super) async fn results(tx: &Tx, frameworks: &HashMap<&'static str, Uuid>, units: &Units) -> Result<()> {
    let rows = read::<ResultRow>(include_str!("../../data/results-published.csv"))?;
    let mut editions: HashMap<i32, (Uuid, Uuid)> = HashMap::new();
    for row in &rows {
        if let Entry::Vacant(year) = editions.entry(row.year) {
            let framework = frameworks.get(row.year.to_string().as_str());
            let framework = *framework.ok_or_else(|| Error::internal(row.year))?;
            year.insert((edition(tx, row.year, framework, row.of).await?, framework));
        }
    }
    let mut scores = Vec::new();
    for row in rows {
        let (edition, framework) = editions[&row.year];
        let there = if row.year < 2025 { &units.before } else { &units.now };
        let unit = *there.get(&short(&row.province)).ok_or_else(|| Error::internal(row.province.clone()))?;
        scores.push(score::ActiveModel {
            edition_id: Set(edition),
            unit_id: Set(unit),
            node_id: Set(node(tx, framework, &row.code).await?.id),
            value: Set(None),
            score: Set(row.score),
            rank: Set(row.rank),
            source: Set(Some(row.source)),
            note: Set((!row.note.is_empty()).then_some(row.note)),
            ..Default::default()
        });
    }
    let (edition, framework) = editions[&PROFILE_YEAR];
    let mut statistics = Vec::new();
    for row in read::<ProfileRow>(include_str!("../../data/profile-khanh-hoa-2025.csv"))? {
        let node_id = node(tx, framework, &row.code).await?.id;
        let raw = row.kind == "raw";
        let (value, points) = if raw { (row.value, None) } else { (None, row.value) };
        scores.push(score::ActiveModel {
            edition_id: Set(edition),
            unit_id: Set(units.now[PROFILE_UNIT]),
            node_id: Set(node_id),
            value: Set(value),
            score: Set(points),
            rank: Set(None),
            source: Set(Some(PROFILE_SOURCE.to_owned())),
            note: Set(None),
            ..Default::default()
        });
        let of = |this: bool, figure: Option<f64>| if this { figure } else { None };
        statistics.push(statistic::ActiveModel {
            edition_id: Set(edition),
            node_id: Set(node_id),
            value_mean: Set(None),
            value_min: Set(of(raw, row.national_min)),
            value_max: Set(of(raw, row.national_max)),
            score_mean: Set(None),
            score_min: Set(of(!raw, row.national_min)),
            score_max: Set(of(!raw, row.national_max)),
            source: Set(Some(PROFILE_SOURCE.to_owned())),
            ..Default::default()
        });
    }
    tx.insert_all::<score::Entity>(scores).await?;
    tx.insert_all::<statistic::Entity>(statistics).await
}

async fn edition(tx: &Tx, year: i32, framework: Uuid, unit_count: i32) -> Result<Uuid> {
    let note = "Chỉ gồm những kết quả đọc được trong các nguồn đã công bố; chưa đầy đủ.";
    let row = edition::ActiveModel {
        year: Set(year),
        framework_id: Set(framework),
        status: Set(Publication::Published),
        unit_count: Set(Some(unit_count)),
        note: Set(Some(note.to_owned())),
        ..Default::default()
    };
    Ok(tx.insert::<edition::Entity>(row).await?.id)
}
