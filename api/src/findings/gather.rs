//! The rows that figures and reports are judged by, for many at once, as far as their reader may see them.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use async_graphql::dataloader::Loader;
use chrono::Datelike;
use entity::*;
use sea_orm::{ColumnTrait, ModelTrait, QueryFilter, QueryOrder, Value};
use uuid::Uuid;

use super::Finding;
use super::judge::{Reported, Supplied, reported, supplied};
use crate::error::{Error, Result};
use crate::graphql::{StandingsOf, all_standings};
use crate::policy::Rule;
use crate::store::{Read, Store};
use crate::world::date_of;

/// What is found in the supplied figure with this key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OfSubmission(pub Uuid);

/// What is found in the report with this key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OfReport(pub Uuid);

/// What is found in a supplied figure.
pub async fn of_submission(read: &impl Read, row: &data_submission::Model) -> Result<Vec<Finding>> {
    let found = of_submissions(read, std::slice::from_ref(row)).await?;
    Ok(found.into_iter().next().unwrap_or_default())
}

/// What is found in a report.
pub async fn of_report(read: &impl Read, row: &progress_report::Model) -> Result<Vec<Finding>> {
    Ok(of_reports(read, std::slice::from_ref(row)).await?.into_iter().next().unwrap_or_default())
}

impl Loader<OfSubmission> for Store {
    type Value = Vec<Finding>;
    type Error = Error;

    async fn load(&self, keys: &[OfSubmission]) -> Result<HashMap<OfSubmission, Vec<Finding>>> {
        let rows: Vec<data_submission::Model> =
            by_key::<data_submission::Entity>(self, keys.iter().map(|key| key.0))
                .await?
                .into_values()
                .collect();
        let found = of_submissions(self, &rows).await?;
        Ok(rows.iter().map(|row| OfSubmission(row.id)).zip(found).collect())
    }
}

impl Loader<OfReport> for Store {
    type Value = Vec<Finding>;
    type Error = Error;

    async fn load(&self, keys: &[OfReport]) -> Result<HashMap<OfReport, Vec<Finding>>> {
        let rows: Vec<progress_report::Model> =
            by_key::<progress_report::Entity>(self, keys.iter().map(|key| key.0))
                .await?
                .into_values()
                .collect();
        let found = of_reports(self, &rows).await?;
        Ok(rows.iter().map(|row| OfReport(row.id)).zip(found).collect())
    }
}

/// The rows of `E` with these keys, by key.
async fn by_key<E: Rule>(
    read: &impl Read,
    keys: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, E::Model>>
where
    E::Model: Send + Sync,
{
    let keys: HashSet<Uuid> = keys.into_iter().collect();
    let rows = read.all(read.find::<E>().filter(E::ID.is_in(keys))).await?;
    Ok(rows.into_iter().map(|row| (E::id(&row), row)).collect())
}

/// The evidence attached to each of these rows, which links name in `column`.
async fn evidence_behind(
    read: &impl Read,
    column: evidence_link::Column,
    keys: Vec<Uuid>,
) -> Result<HashMap<Uuid, Vec<evidence::Model>>> {
    let links = read.find::<evidence_link::Entity>().filter(column.is_in(keys));
    let links = read.all(links.order_by_asc(evidence_link::Column::Id)).await?;
    let rows = by_key::<evidence::Entity>(read, links.iter().map(|link| link.evidence_id)).await?;
    let mut behind: HashMap<Uuid, Vec<evidence::Model>> = HashMap::new();
    for link in links {
        if let (Value::Uuid(Some(key)), Some(row)) = (link.get(column), rows.get(&link.evidence_id)) {
            behind.entry(key).or_default().push(row.clone());
        }
    }
    Ok(behind)
}

/// What is found in each of some figures, in their order.
async fn of_submissions(read: &impl Read, rows: &[data_submission::Model]) -> Result<Vec<Vec<Finding>>> {
    let behind =
        evidence_behind(read, evidence_link::Column::SubmissionId, rows.iter().map(|row| row.id).collect());
    let (behind, history) = (behind.await?, History::of(read, rows).await?);
    let judged = rows.iter().map(|row| {
        let evidence = behind.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        let unit = history.units.get(&row.indicator_id).map_or(row.value_unit.as_str(), String::as_str);
        supplied(&Supplied { row, unit, evidence, past: &history.before(row) })
    });
    Ok(judged.collect())
}

/// What was published of the indicators of some figures.
struct History {
    collections: HashMap<Uuid, data_collection::Model>,
    standings: HashMap<StandingsOf, Vec<crate::graphql::Standing>>,
    /// The unit of measure of every indicator that is spoken of.
    units: HashMap<Uuid, String>,
}

impl History {
    async fn of(read: &impl Read, rows: &[data_submission::Model]) -> Result<Self> {
        let collections =
            by_key::<data_collection::Entity>(read, rows.iter().map(|row| row.edition_id)).await?;
        let nodes = by_key::<node::Entity>(read, rows.iter().map(|row| row.indicator_id)).await?;
        let keys: Vec<StandingsOf> = rows.iter().map(key).collect();
        let standings = all_standings(read, &keys, nodes.into_values().collect()).await?;
        let past =
            standings.values().flatten().filter_map(|one| one.score.as_ref()).map(|score| score.node_id);
        let spoken_of = past.chain(rows.iter().map(|row| row.indicator_id));
        let units = by_key::<indicator::Entity>(read, spoken_of).await?;
        let units = units.into_iter().map(|(id, row)| (id, row.unit)).collect();
        Ok(Self { collections, standings, units })
    }

    /// What was published of the figure's indicator in earlier years in the same unit of measure, oldest first. Made-up
    /// figures say nothing of real ones, nor the reverse.
    fn before(&self, row: &data_submission::Model) -> Vec<f64> {
        let Some(now) = self.collections.get(&row.edition_id) else { return Vec::new() };
        let years = self.standings.get(&key(row)).into_iter().flatten().filter(|one| {
            one.edition.status == Publication::Published
                && one.edition.year < now.year
                && one.edition.synthetic == now.synthetic
        });
        let scores = years.filter_map(|one| one.score.as_ref());
        let unit = self.units.get(&row.indicator_id);
        let alike = scores.filter(|score| self.units.get(&score.node_id) == unit);
        alike.filter_map(|score| score.value).collect()
    }
}

fn key(row: &data_submission::Model) -> StandingsOf {
    StandingsOf { unit: row.unit_id, node: row.indicator_id }
}

/// What is found in each of some reports, in their order.
async fn of_reports(read: &impl Read, rows: &[progress_report::Model]) -> Result<Vec<Vec<Finding>>> {
    use progress_report::Column::{AssignmentId, DecidedAt, Status};
    let behind =
        evidence_behind(read, evidence_link::Column::ReportId, rows.iter().map(|row| row.id).collect())
            .await?;
    let assignments: HashSet<Uuid> = rows.iter().map(|row| row.assignment_id).collect();
    let held = by_key::<task_participant::Entity>(read, assignments.iter().copied()).await?;
    let tasks = by_key::<task::Entity>(read, held.values().map(|row| row.task_id)).await?;
    let accepted = read
        .find::<progress_report::Entity>()
        .filter(AssignmentId.is_in(assignments))
        .filter(Status.eq(ReportStatus::Accepted))
        .order_by_desc(DecidedAt);
    let accepted = read.all(accepted).await?;
    let codes: HashSet<&str> = rows.iter().map(|row| row.period.as_str()).collect();
    let periods = read.find::<reporting_period::Entity>().filter(reporting_period::Column::Code.is_in(codes));
    let periods = read.all(periods).await?;
    let judged = rows.iter().map(|row| {
        let task = held.get(&row.assignment_id).and_then(|held| tasks.get(&held.task_id));
        let before =
            accepted.iter().find(|other| other.assignment_id == row.assignment_id && other.id != row.id);
        let period = periods.iter().find(|period| period.code == row.period);
        reported(&Reported {
            row,
            needs_evidence: task.is_some_and(|task| task.evidence_required),
            evidence: behind.get(&row.id).map(Vec::as_slice).unwrap_or_default(),
            accepted_percent: before.map(|before| before.percent),
            years: period.map(|period| period.starts_on.year()..=date_of(period.due_at).year()),
        })
    });
    Ok(judged.collect())
}
