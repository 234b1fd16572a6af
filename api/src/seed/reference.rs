//! Organizations, framework versions, units.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::*;
use sea_orm::{NotSet, Set};
use serde::Deserialize;
use uuid::Uuid;

use super::read;
use crate::error::{Error, Result};
use crate::store::Tx;

/// Since when the 34 provinces and the communes of two-level local government exist.
fn merger_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 7, 1).expect("a date")
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[derive(Deserialize)]
struct OrganizationRow {
    code: String,
    kind: String,
    name_vi: String,
    name_en: String,
    confirmed: String,
    note: String,
}

/// Loads the organizations.
pub(super) async fn organizations(tx: &Tx) -> Result<()> {
    for row in read::<OrganizationRow>(include_str!("../../data/organizations.csv"))? {
        let kind = match (row.kind.as_str(), row.code.as_str()) {
            // The newspaper and broadcaster is listed among the bodies of the province.
            (_, "BPTTH") => OrganizationKind::Press,
            ("department", _) => OrganizationKind::Department,
            ("central_agency", _) => OrganizationKind::CentralAgency,
            ("ward", _) => OrganizationKind::Ward,
            ("commune", _) => OrganizationKind::Commune,
            (other, _) => return Err(Error::internal(other.to_owned())),
        };
        let local = matches!(kind, OrganizationKind::Commune | OrganizationKind::Ward);
        let made = organization::ActiveModel {
            code: Set(row.code),
            kind: Set(kind),
            name_vi: Set(row.name_vi),
            name_en: Set(row.name_en),
            active_from: Set(local.then(merger_day)),
            confirmed: Set(row.confirmed == "yes"),
            note: Set(some(row.note)),
            ..Default::default()
        };
        let made = tx.insert::<organization::Entity>(made).await?;
        tx.add_words::<organization::Entity>(std::slice::from_ref(&made)).await?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct NodeRow {
    code: String,
    parent: String,
    level: String,
    name_vi: String,
    name_en: String,
    unit: String,
    direction: String,
    data_source: String,
    provenance: String,
    note: String,
}

/// Loads the framework of 2025, and of 2023 and 2024 as much as published results speak of; their keys by version.
pub(super) async fn frameworks(tx: &Tx) -> Result<HashMap<&'static str, Uuid>> {
    let rows = read::<NodeRow>(include_str!("../../data/framework-2025.csv"))?;
    let mut keys = HashMap::new();
    for version in ["2023", "2024"] {
        let note =
            "Chỉ gồm các trụ cột mà kết quả đã công bố nhắc đến; tên ghi theo khung 2025, chưa xác minh.";
        let id = framework(tx, version, None, None, Some(note)).await?;
        let known = rows.iter().filter(|row| matches!(row.level.as_str(), "index" | "subindex" | "pillar"));
        nodes(tx, id, known, Some(Provenance::ProvincialPaper)).await?;
        keys.insert(version, id);
    }
    let note = "Văn bản Quyết định chưa có trong tay; các dòng chưa xác minh có ghi rõ nguồn.";
    let decided = NaiveDate::from_ymd_opt(2025, 5, 27);
    let id = framework(tx, "2025", Some("989/QĐ-BKHCN"), decided, Some(note)).await?;
    nodes(tx, id, rows.iter(), None).await?;
    keys.insert("2025", id);
    Ok(keys)
}

async fn framework(
    tx: &Tx,
    version: &str,
    decision: Option<&str>,
    decided: Option<NaiveDate>,
    note: Option<&str>,
) -> Result<Uuid> {
    let row = framework::ActiveModel {
        version: Set(version.to_owned()),
        name_vi: Set(format!("Khung Chỉ số đổi mới sáng tạo cấp địa phương (PII) {version}")),
        name_en: Set(format!("Provincial Innovation Index (PII) framework {version}")),
        decision_number: Set(decision.map(str::to_owned)),
        decision_date: Set(decided),
        status: Set(Publication::Published),
        normalisation: Set(Normalisation::MinMax),
        treatment: Set(Treatment::None),
        aggregation: Set(Aggregation::Arithmetic),
        rank_precision: Set(2),
        tie_rule: Set(TieRule::Min),
        note: Set(note.map(str::to_owned)),
        ..Default::default()
    };
    Ok(tx.insert::<framework::Entity>(row).await?.id)
}

/// Loads the nodes in depth-first order, whatever the order of the file.
async fn nodes(
    tx: &Tx,
    framework: Uuid,
    rows: impl Iterator<Item = &NodeRow>,
    provenance: Option<Provenance>,
) -> Result<()> {
    let mut children: HashMap<&str, Vec<&NodeRow>> = HashMap::new();
    for row in rows {
        children.entry(row.parent.as_str()).or_default().push(row);
    }
    let mut position = 0;
    let mut waiting: Vec<(&NodeRow, Option<Uuid>)> =
        children.get("").into_iter().flatten().map(|row| (*row, None)).collect();
    while let Some((row, parent)) = waiting.pop() {
        let level = match row.level.as_str() {
            "index" => NodeLevel::Index,
            "subindex" => NodeLevel::SubIndex,
            "pillar" => NodeLevel::Pillar,
            "group" => NodeLevel::Group,
            "indicator" => NodeLevel::Indicator,
            other => return Err(Error::internal(other.to_owned())),
        };
        let read_in = match row.provenance.as_str() {
            "plan" => Provenance::Plan,
            "profile-2025" => Provenance::Profile,
            "provincial-paper" => Provenance::ProvincialPaper,
            "unconfirmed" => Provenance::Unconfirmed,
            other => return Err(Error::internal(other.to_owned())),
        };
        let made = node::ActiveModel {
            framework_id: Set(framework),
            parent_id: Set(parent),
            level: Set(level),
            code: Set(row.code.clone()),
            name_vi: Set(row.name_vi.clone()),
            name_en: Set(row.name_en.clone()),
            position: Set(position),
            weight: Set(1.0),
            provenance: Set(provenance.unwrap_or(read_in)),
            note: Set(some(row.note.clone())),
            ..Default::default()
        };
        let made = tx.insert::<node::Entity>(made).await?;
        tx.add_words::<node::Entity>(std::slice::from_ref(&made)).await?;
        if level == NodeLevel::Indicator {
            let measure = indicator::ActiveModel {
                id: Set(made.id),
                unit: Set(row.unit.clone()),
                direction: Set(match row.direction.as_str() {
                    "higher_is_better" => Direction::HigherIsBetter,
                    _ => Direction::LowerIsBetter,
                }),
                data_source: Set(row.data_source.clone()),
                ..Default::default()
            };
            tx.insert::<indicator::Entity>(measure).await?;
        }
        position += 1;
        let below = children.get(row.code.as_str()).into_iter().flatten();
        waiting.extend(below.rev().map(|row| (*row, Some(made.id))));
    }
    Ok(())
}

#[derive(Deserialize)]
struct UnitRow {
    code: String,
    name_vi: String,
    name_en: String,
    #[serde(rename = "type")]
    kind: String,
    note: Option<String>,
    successor: Option<String>,
    region: Option<Region>,
}

/// The units by short name, those of today and those before the mergers of 2025.
pub(super) struct Units {
    /// Since 1/7/2025.
    pub(super) now: HashMap<String, Uuid>,
    /// Until 30/6/2025.
    pub(super) before: HashMap<String, Uuid>,
}

/// Loads the 34 units of today and the 52 that were merged into 23 of them.
pub(super) async fn units(tx: &Tx) -> Result<Units> {
    let today = read::<UnitRow>(include_str!("../../data/provinces.csv"))?;
    let former = read::<UnitRow>(include_str!("../../data/former-provinces.csv"))?;
    let mut made = Vec::new();
    let mut units = Units { now: HashMap::new(), before: HashMap::new() };
    let mut by_code = HashMap::new();
    for row in today {
        let merged = former.iter().any(|old| old.successor.as_deref() == Some(&row.code));
        let unit = insert(tx, &row, merged.then(merger_day), None, None).await?;
        by_code.insert(row.code.clone(), unit.id);
        units.now.insert(short(&row.name_vi), unit.id);
        if !merged {
            units.before.insert(short(&row.name_vi), unit.id);
        }
        made.push(unit);
    }
    for row in former {
        let successor = row.successor.as_ref().and_then(|code| by_code.get(code)).copied();
        let unit = insert(tx, &row, None, merger_day().pred_opt(), successor).await?;
        units.before.insert(short(&row.name_vi), unit.id);
        made.push(unit);
    }
    tx.add_words::<unit::Entity>(&made).await?;
    Ok(units)
}

async fn insert(
    tx: &Tx,
    row: &UnitRow,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    successor: Option<Uuid>,
) -> Result<unit::Model> {
    let made = unit::ActiveModel {
        id: NotSet,
        code: Set(row.code.clone()),
        kind: Set(if row.kind == "Tỉnh" { UnitKind::Province } else { UnitKind::City }),
        name_vi: Set(row.name_vi.clone()),
        name_en: Set(row.name_en.clone()),
        valid_from: Set(from),
        valid_to: Set(to),
        successor_id: Set(successor),
        region: Set(row.region),
        note: Set(row.note.clone().and_then(some)),
        ..Default::default()
    };
    tx.insert::<unit::Entity>(made).await
}

/// The name as papers print it, without "Tỉnh" or "Thành phố".
pub(super) fn short(name: &str) -> String {
    name.trim_start_matches("Tỉnh ").trim_start_matches("Thành phố ").to_owned()
}
