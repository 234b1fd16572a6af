//! Tasks and the accepted reports on them.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ModelTrait, QueryFilter, Value};
use serde::Deserialize;
use uuid::Uuid;

use super::names::Names;
use crate::dossier::content::{Assignment, Evidence, Missing, MissingKind, Outcome, Report, Task};
use crate::error::{Error, Result};
use crate::graphql::global;
use crate::store::{Read, Tx};
use crate::world::date_of;

/// The tasks that a period expects reports on, and what was accepted.
pub(super) async fn tasks(
    tx: &Tx,
    names: &Names,
    period: &reporting_period::Model,
    as_of: NaiveDate,
    missing: &mut Vec<Missing>,
) -> Result<Vec<Task>> {
    let slots = |column| tx.keys::<report_slot::Entity>(column, report_slot::Column::PeriodId.eq(period.id));
    let assignments = tx
        .find::<assignment::Entity>()
        .filter(assignment::Column::Id.in_subquery(slots(report_slot::Column::AssignmentId)))
        .filter(assignment::Column::EndedAt.is_null());
    let assignments = tx.every(assignments).await?;
    let expected = assignment::Column::Id.in_subquery(slots(report_slot::Column::AssignmentId));
    let rows = tx.find::<task::Entity>().filter(
        task::Column::Id.in_subquery(tx.keys::<assignment::Entity>(assignment::Column::TaskId, expected)),
    );
    let rows = tx.every(rows.filter(task::Column::Status.ne(TaskStatus::Cancelled))).await?;
    let mut reports = accepted(tx, period).await?;
    let mut by_task: HashMap<Uuid, Vec<assignment::Model>> = HashMap::new();
    for row in assignments {
        by_task.entry(row.task_id).or_default().push(row);
    }
    let mut tasks = BTreeMap::new();
    for row in rows {
        let mut hands: Vec<Assignment> = Vec::new();
        for assignment in by_task.remove(&row.id).unwrap_or_default() {
            let organization = names.organization(assignment.organization_id);
            let report = reports.remove(&assignment.id);
            let mut owes = |kind| {
                let (organization, subject) = (Some(organization.clone()), row.code.clone());
                missing.push(Missing { kind, organization, subject });
            };
            match &report {
                None => owes(MissingKind::Report),
                Some(report) if row.evidence_required && report.evidence.is_empty() => {
                    owes(MissingKind::Evidence);
                }
                Some(_) => {}
            }
            hands.push(Assignment {
                id: global::<assignment::Entity>(assignment.id),
                organization,
                role: assignment.role,
                outcome: outcome(report.as_ref(), row.due_on, as_of),
                report,
            });
        }
        if hands.is_empty() {
            continue;
        }
        hands.sort_by(|a, b| {
            let coordinates = |one: &Assignment| one.role != AssignmentRole::Lead;
            (coordinates(a), &a.organization).cmp(&(coordinates(b), &b.organization))
        });
        let task = Task {
            id: global::<task::Entity>(row.id),
            code: row.code.clone(),
            title: row.title,
            pillar: names.pillar(row.node_id),
            node: names.code(row.node_id),
            due_on: row.due_on,
            status: row.status,
            assignments: hands,
        };
        tasks.insert((row.code, row.id), task);
    }
    Ok(tasks.into_values().collect())
}

fn outcome(report: Option<&Report>, due_on: NaiveDate, as_of: NaiveDate) -> Outcome {
    match report.map(|report| report.percent) {
        Some(100) => Outcome::Done,
        _ if due_on < as_of => Outcome::Late,
        None => Outcome::Unreported,
        Some(0) => Outcome::NotBegun,
        Some(_) => Outcome::InProgress,
    }
}

#[derive(Deserialize)]
struct Kept {
    id: Uuid,
    title: String,
    sha256: Option<String>,
}

/// The accepted reports of a period, by assignment, as they were when they were accepted.
async fn accepted(tx: &Tx, period: &reporting_period::Model) -> Result<HashMap<Uuid, Report>> {
    use progress_report::Column::{Id, Period, Status};
    let wanted = || Period.eq(&period.code).and(Status.eq(ReportStatus::Accepted));
    let reports = tx.every(tx.find::<progress_report::Entity>().filter(wanted())).await?;
    let versions = tx
        .find::<report_version::Entity>()
        .filter(report_version::Column::Decision.eq(ReportDecision::Accepted))
        .filter(
            report_version::Column::ReportId.in_subquery(tx.keys::<progress_report::Entity>(Id, wanted())),
        );
    // By key, so that of several the last one counts.
    let versions: HashMap<Uuid, report_version::Model> =
        tx.every(versions).await?.into_iter().map(|row| (row.report_id, row)).collect();
    let proofs = documents(
        tx,
        evidence_link::Column::ReportId.in_subquery(tx.keys::<progress_report::Entity>(Id, wanted())),
    )
    .await?;
    let mut all = HashMap::new();
    for row in reports {
        let version = versions.get(&row.id);
        let kept: Vec<Kept> = match version {
            Some(version) => serde_json::from_value(version.evidence.clone()).map_err(Error::internal)?,
            None => Vec::new(),
        };
        let evidence = kept.into_iter().map(|kept| Evidence {
            id: global::<evidence::Entity>(kept.id),
            title: kept.title,
            document_number: proofs.get(&kept.id).and_then(|row| row.document_number.clone()),
            issued_on: proofs.get(&kept.id).and_then(|row| row.issued_on),
            sha256: kept.sha256,
        });
        let first = row.first_submitted_at.or(row.submitted_at);
        let difficulties = version.map_or(row.difficulties, |version| version.difficulties.clone());
        let report = Report {
            id: global::<progress_report::Entity>(row.id),
            version: version.map_or(0, |version| version.number),
            percent: version.map_or(row.percent, |version| version.percent),
            content: version.map_or(row.content, |version| version.content.clone()).into_text()?,
            difficulties: Long::into_optional(difficulties)?,
            submitted_at: row.submitted_at.unwrap_or(row.updated_at),
            late: first.is_some_and(|first| date_of(first) > period.department_due_on),
            accepted_at: row.decided_at.unwrap_or(row.updated_at),
            evidence: evidence.collect(),
        };
        all.insert(row.assignment_id, report);
    }
    Ok(all)
}

/// The evidence behind links, by key.
async fn documents(tx: &Tx, links: sea_orm::sea_query::SimpleExpr) -> Result<HashMap<Uuid, evidence::Model>> {
    let attached = tx.keys::<evidence_link::Entity>(evidence_link::Column::EvidenceId, links);
    let rows = tx.find::<evidence::Entity>().filter(evidence::Column::Id.in_subquery(attached));
    Ok(tx.every(rows).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The evidence that is attached, by what `parent` holds, in the order of its key.
pub(super) async fn attached(
    tx: &Tx,
    parent: evidence_link::Column,
    parents: sea_orm::sea_query::SelectStatement,
) -> Result<HashMap<Uuid, Vec<Evidence>>> {
    let condition = parent.in_subquery(parents);
    let links = tx.every(tx.find::<evidence_link::Entity>().filter(condition.clone())).await?;
    let rows = documents(tx, condition).await?;
    let mut all: HashMap<Uuid, Vec<(Uuid, Evidence)>> = HashMap::new();
    for link in links {
        let (Value::Uuid(Some(parent)), Some(row)) = (link.get(parent), rows.get(&link.evidence_id)) else {
            continue;
        };
        if row.status == EvidenceStatus::Rejected {
            continue;
        }
        let evidence = Evidence {
            id: global::<evidence::Entity>(row.id),
            title: row.title.clone(),
            document_number: row.document_number.clone(),
            issued_on: row.issued_on,
            sha256: row.sha256.clone(),
        };
        all.entry(parent).or_default().push((row.id, evidence));
    }
    let sorted = all.into_iter().map(|(parent, mut rows)| {
        rows.sort_by_key(|(id, _)| *id);
        (parent, rows.into_iter().map(|(_, evidence)| evidence).collect())
    });
    Ok(sorted.collect())
}
