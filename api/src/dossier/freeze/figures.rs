//! Supplied and entered figures, and where the province stands.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::Window;
use super::names::Names;
use super::work::attached;
use crate::dossier::content::{Missing, MissingKind, PillarStanding, Standing, Value, YearStanding};
use crate::error::Result;
use crate::graphql::{global, standings};
use crate::store::{Read, Tx};

/// The figures that were submitted in the period, accepted, and stand: that no file of figures has overwritten since.
pub(super) async fn supplied(tx: &Tx, names: &Names, window: &Window) -> Result<Vec<Value>> {
    use data_submission::Column::{Id, Status, SubmittedAt};
    let wanted = || {
        let standing = score::Column::SubmissionId.is_not_null();
        let standing = Id.in_subquery(tx.keys::<score::Entity>(score::Column::SubmissionId, standing));
        let accepted = Status.eq(ReportStatus::Accepted).and(standing);
        accepted.and(SubmittedAt.between(window.from, window.to))
    };
    let rows = tx.every(tx.find::<data_submission::Entity>().filter(wanted())).await?;
    let editions: HashSet<Uuid> = rows.iter().map(|row| row.edition_id).collect();
    let editions = tx.find::<edition::Entity>().filter(edition::Column::Id.is_in(editions));
    // Made-up figures have no place in a report.
    let editions = editions.filter(edition::Column::Synthetic.eq(false));
    let years: HashMap<Uuid, i32> =
        tx.all(editions).await?.into_iter().map(|row| (row.id, row.year)).collect();
    let parents = tx.keys::<data_submission::Entity>(Id, wanted());
    let mut proofs = attached(tx, evidence_link::Column::SubmissionId, parents).await?;
    let mut values = BTreeMap::new();
    for row in rows {
        let (Some(node), Some(&year)) = (names.node(row.indicator_id), years.get(&row.edition_id)) else {
            continue;
        };
        let value = of_submission(names, &row, node, year, proofs.remove(&row.id).unwrap_or_default())?;
        values.insert((node.position, year, row.id), value);
    }
    Ok(values.into_values().collect())
}

fn of_submission(
    names: &Names,
    row: &data_submission::Model,
    node: &node::Model,
    edition_year: i32,
    evidence: Vec<crate::dossier::content::Evidence>,
) -> Result<Value> {
    Ok(Value {
        submission_id: Some(global::<data_submission::Entity>(row.id)),
        edition_year,
        indicator: node.code.clone(),
        name_vi: node.name_vi.clone(),
        name_en: node.name_en.clone(),
        value: row.value,
        unit: row.value_unit.clone(),
        year: Some(row.value_year),
        organization: Some(names.organization(row.organization_id)),
        method_note: Long::into_optional(row.method_note.clone())?,
        source: None,
        accepted_at: row.decided_at,
        evidence,
    })
}

/// The indicators of the newest draft edition that somebody is to supply and that have no accepted figure.
pub(super) async fn missing_of_draft(tx: &Tx, names: &Names, missing: &mut Vec<Missing>) -> Result<()> {
    use edition::Column::{Revision, Status, Synthetic, Year};
    let draft = tx.find::<edition::Entity>().filter(Status.eq(Publication::Draft));
    let draft = draft.filter(Synthetic.eq(false)).order_by_desc(Year).order_by_desc(Revision);
    let Some(draft) = tx.first(draft).await? else { return Ok(()) };
    let accepted = tx
        .find::<data_submission::Entity>()
        .filter(data_submission::Column::EditionId.eq(draft.id))
        .filter(data_submission::Column::Status.eq(ReportStatus::Accepted));
    let accepted: HashSet<Uuid> = tx.all(accepted).await?.iter().map(|row| row.indicator_id).collect();
    let suppliers = suppliers(tx).await?;
    for node in names.on_level(draft.framework_id, NodeLevel::Indicator) {
        let supplier = suppliers.get(&node.id).and_then(|row| row.supplier_id);
        if let Some(supplier) = supplier
            && !accepted.contains(&node.id)
        {
            missing.push(Missing {
                kind: MissingKind::Value,
                organization: Some(names.organization(supplier)),
                subject: node.code.clone(),
            });
        }
    }
    Ok(())
}

async fn suppliers(tx: &Tx) -> Result<HashMap<Uuid, indicator::Model>> {
    Ok(tx.all(tx.find::<indicator::Entity>()).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The province's raw values in an edition, with where they come from.
pub(super) async fn entered(
    tx: &Tx,
    names: &Names,
    edition: &edition::Model,
    plan: &plan::Model,
    missing: &mut Vec<Missing>,
) -> Result<Vec<Value>> {
    let Some(province) = plan.unit_id else { return Ok(Vec::new()) };
    let own = || score::Column::EditionId.eq(edition.id).and(score::Column::UnitId.eq(province));
    let scores: HashMap<Uuid, score::Model> = tx
        .all(tx.find::<score::Entity>().filter(own()))
        .await?
        .into_iter()
        .map(|row| (row.node_id, row))
        .collect();
    let of_scores = || {
        let keys = tx.keys::<score::Entity>(score::Column::SubmissionId, own());
        data_submission::Column::Id.in_subquery(keys)
    };
    let submissions = tx.all(tx.find::<data_submission::Entity>().filter(of_scores())).await?;
    let submissions: HashMap<Uuid, data_submission::Model> =
        submissions.into_iter().map(|row| (row.id, row)).collect();
    let parents = tx.keys::<data_submission::Entity>(data_submission::Column::Id, of_scores());
    let mut proofs = attached(tx, evidence_link::Column::SubmissionId, parents).await?;
    let suppliers = suppliers(tx).await?;
    let mut values = Vec::new();
    for node in names.on_level(edition.framework_id, NodeLevel::Indicator) {
        let indicator = suppliers.get(&node.id);
        let score = scores.get(&node.id);
        let Some((score, value)) = score.and_then(|score| Some((score, score.value?))) else {
            let supplier = indicator.and_then(|row| row.supplier_id);
            missing.push(Missing {
                kind: MissingKind::Value,
                organization: supplier.map(|id| names.organization(id)),
                subject: node.code.clone(),
            });
            continue;
        };
        let submission = score.submission_id.and_then(|id| submissions.get(&id));
        values.push(match submission {
            Some(row) => {
                of_submission(names, row, node, edition.year, proofs.remove(&row.id).unwrap_or_default())?
            }
            None => Value {
                submission_id: None,
                edition_year: edition.year,
                indicator: node.code.clone(),
                name_vi: node.name_vi.clone(),
                name_en: node.name_en.clone(),
                value,
                unit: indicator.map(|row| row.unit.clone()).unwrap_or_default(),
                year: None,
                organization: None,
                method_note: score.note.clone(),
                source: score.source.clone(),
                accepted_at: None,
                evidence: Vec::new(),
            },
        });
    }
    Ok(values)
}

/// Where a province stands by the latest published edition that is real.
pub(super) async fn standing(tx: &Tx, names: &Names, province: Uuid) -> Result<Option<Standing>> {
    use edition::Column::{Revision, Status, Synthetic, Year};
    let latest = tx.find::<edition::Entity>().filter(Status.eq(Publication::Published));
    let latest = latest.filter(Synthetic.eq(false)).order_by_desc(Year).order_by_desc(Revision);
    let Some(latest) = tx.first(latest).await? else { return Ok(None) };
    let roots = names.on_level(latest.framework_id, NodeLevel::Index);
    let Some(&root) = roots.first() else { return Ok(None) };
    let scores = tx.find::<score::Entity>().filter(score::Column::EditionId.eq(latest.id));
    let scores = tx.all(scores.filter(score::Column::UnitId.eq(province))).await?;
    let scores: HashMap<Uuid, score::Model> = scores.into_iter().map(|row| (row.node_id, row)).collect();
    let statistics = tx.find::<statistic::Entity>().filter(statistic::Column::EditionId.eq(latest.id));
    let statistics: HashMap<Uuid, statistic::Model> =
        tx.all(statistics).await?.into_iter().map(|row| (row.node_id, row)).collect();
    let pillar = |node: &node::Model| PillarStanding {
        code: node.code.clone(),
        name_vi: node.name_vi.clone(),
        name_en: node.name_en.clone(),
        score: scores.get(&node.id).and_then(|row| row.score),
        mean: statistics.get(&node.id).and_then(|row| row.score_mean),
        best: statistics.get(&node.id).and_then(|row| row.score_max),
        rank: scores.get(&node.id).and_then(|row| row.rank),
    };
    let years = standings(tx, province, root.clone()).await?;
    let is_real = |edition: &edition::Model| edition.status == Publication::Published && !edition.synthetic;
    let mut before = None;
    let history = years.iter().filter(|year| is_real(&year.edition)).map(|year| {
        let now = (year.edition.framework_id, year.edition.unit_count);
        YearStanding {
            year: year.edition.year,
            rank: year.score.as_ref().and_then(|row| row.rank),
            score: year.score.as_ref().and_then(|row| row.score),
            comparable: before.replace(now).is_none_or(|before| before == now),
        }
    });
    let history = history.collect();
    Ok(Some(Standing {
        edition_id: global::<edition::Entity>(latest.id),
        year: latest.year,
        revision: latest.revision,
        synthetic: latest.synthetic,
        unit_count: latest.unit_count,
        rank: scores.get(&root.id).and_then(|row| row.rank),
        score: scores.get(&root.id).and_then(|row| row.score),
        pillars: names.on_level(latest.framework_id, NodeLevel::Pillar).into_iter().map(pillar).collect(),
        history,
    }))
}
