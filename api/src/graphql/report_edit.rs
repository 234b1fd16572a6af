//! Progress reports: drafting, submitting and deciding on them.

use async_graphql::{Context, ID, InputObject, Object};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use uuid::Uuid;

use super::ask::Ask;
use super::check::{CODE, Check, TEXT, after};
use super::id;
use super::payload::payload;
use super::report::ProgressReport;
use crate::error::{Code, Error, Problem, Result};
use crate::policy::Verb;
use crate::store::{Held, Read, Tx};

/// A draft.
#[derive(InputObject)]
pub struct ReportSaveInput {
    /// The assignment; one of the viewer's own organization.
    assignment_id: ID,
    /// The time it covers, in words or as `2026-H1`.
    period: String,
    /// How much is done, 0 to 100.
    percent: i32,
    /// What was done and reached.
    content: String,
    /// What stands in the way; a draft is saved whole, so leaving this out clears it.
    difficulties: Option<String>,
}

payload! {
    /// What came of writing, submitting or deciding on a report.
    ReportPayload {
        /// The report as it is now.
        report: ProgressReport
    }
}

/// Mutations of reports.
#[derive(Default)]
pub struct ReportMutation;

#[Object]
impl ReportMutation {
    /// Writes the draft for an assignment and a period, or changes it: saving the same twice is harmless, which suits
    /// poor networks. Possible until it is submitted and again after it was returned.
    async fn report_save(
        &self,
        ctx: &Context<'_>,
        input: ReportSaveInput,
        expected_version: Option<i32>,
    ) -> Result<Option<ReportPayload>> {
        ReportPayload::of(save(ctx, input, expected_version).await)
    }

    /// Hands a draft or a returned report in, once the files of its evidence are there. Doing it twice changes nothing.
    async fn report_submit(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<ReportPayload>> {
        ReportPayload::of(submit(ctx, id, expected_version).await)
    }

    /// Sends a submitted report back to be mended. For the coordinator.
    async fn report_return(
        &self,
        ctx: &Context<'_>,
        id: ID,
        reason: String,
        expected_version: Option<i32>,
    ) -> Result<Option<ReportPayload>> {
        let mut check = Check::new("");
        let reason = check.text("reason", &reason, TEXT);
        let outcome = match check.done() {
            Ok(()) => decide(ctx, id, ReportStatus::Returned, Some(reason), expected_version).await,
            Err(error) => Err(error),
        };
        ReportPayload::of(outcome)
    }

    /// Accepts a submitted report; it changes no more. A planned task is then in progress. For the coordinator.
    async fn report_accept(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<ReportPayload>> {
        ReportPayload::of(decide(ctx, id, ReportStatus::Accepted, None, expected_version).await)
    }
}

/// Whether a report in this state may become one in that state.
fn leads_to(from: ReportStatus, to: ReportStatus) -> bool {
    use ReportStatus::{Accepted, Draft, Returned, Submitted};
    matches!((from, to), (Draft | Returned, Submitted) | (Submitted, Returned | Accepted))
}

/// Whether its author's organization may still change a report in this state.
pub(super) fn is_editable(status: ReportStatus) -> bool {
    matches!(status, ReportStatus::Draft | ReportStatus::Returned)
}

/// The problem of a report in a state that does not allow what was asked.
pub(super) fn wrong_state(field: &str, status: ReportStatus) -> Error {
    let state = async_graphql::resolver_utils::enum_value(status).to_string();
    Problem::new(field, Code::InvalidState).with(state).into()
}

async fn save(ctx: &Context<'_>, input: ReportSaveInput, expected: Option<i32>) -> Result<ProgressReport> {
    let user = ctx.principal()?.user;
    let mut check = Check::new("input");
    let assignment = check.id::<assignment::Entity>("assignmentId", &input.assignment_id);
    let period = check.text("period", &input.period, CODE);
    let change = progress_report::ActiveModel {
        percent: Set(check.range("percent", input.percent, 0..=100)),
        content: Set(check.text("content", &input.content, TEXT)),
        difficulties: Set(check.optional("difficulties", input.difficulties.as_deref(), TEXT)),
        ..Default::default()
    };
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    let assignment =
        tx.get::<assignment::Entity>(assignment).await.map_err(|error| error.at("input.assignmentId"))?;
    open(&tx, &assignment, "input.assignmentId").await?;
    let there = tx
        .find::<progress_report::Entity>()
        .filter(progress_report::Column::AssignmentId.eq(assignment.id))
        .filter(progress_report::Column::Period.eq(&period));
    let row = match tx.first(there).await? {
        Some(there) => {
            let held = tx.hold::<progress_report::Entity>(there.id, Verb::Update).await?;
            if !is_editable(held.status) {
                return Err(wrong_state("input.period", held.status));
            }
            if says_the_same(&held, &change) {
                return Ok(ProgressReport(held.clone()));
            }
            tx.update(&held, expected, change).await?
        }
        None => {
            let row = progress_report::ActiveModel {
                assignment_id: Set(assignment.id),
                period: Set(period),
                status: Set(ReportStatus::Draft),
                author_id: Set(user.id),
                ..change
            };
            tx.insert::<progress_report::Entity>(row).await.map_err(|error| error.at("input.period"))?
        }
    };
    tx.commit().await?;
    Ok(ProgressReport(row))
}

/// Whether a draft that is saved again, after its first answer was lost, say, holds nothing new.
fn says_the_same(there: &progress_report::Model, change: &progress_report::ActiveModel) -> bool {
    after(&change.percent, &there.percent) == there.percent
        && after(&change.content, &there.content) == there.content
        && after(&change.difficulties, &there.difficulties) == there.difficulties
}

/// Reports are written on tasks that were not given up.
async fn open(tx: &Tx, assignment: &assignment::Model, field: &str) -> Result<()> {
    let task = tx.get::<task::Entity>(assignment.task_id).await?;
    match task.status {
        TaskStatus::Cancelled => {
            let state = async_graphql::resolver_utils::enum_value(task.status).to_string();
            Err(Problem::new(field, Code::InvalidState).with(state).into())
        }
        _ => Ok(()),
    }
}

async fn submit(ctx: &Context<'_>, id: ID, expected: Option<i32>) -> Result<ProgressReport> {
    let key = id::parse::<progress_report::Entity>(&id, "id")?;
    let user = ctx.principal()?.user;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<progress_report::Entity>(key, Verb::Update).await?;
    // Handing in twice is what a client does whose first answer was lost.
    if held.status == ReportStatus::Submitted {
        return Ok(ProgressReport(held.clone()));
    }
    if !leads_to(held.status, ReportStatus::Submitted) {
        return Err(wrong_state("id", held.status));
    }
    let assignment = tx.get::<assignment::Entity>(held.assignment_id).await?;
    open(&tx, &assignment, "id").await?;
    evidence_is_there(&tx, key).await?;
    let change = progress_report::ActiveModel {
        status: Set(ReportStatus::Submitted),
        submitter_id: Set(Some(user.id)),
        submitted_at: Set(Some(ctx.app()?.world.now())),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(ProgressReport(row))
}

/// What a report stands on is there before it is handed in.
async fn evidence_is_there(tx: &Tx, report: Uuid) -> Result<()> {
    let attached = tx.keys::<evidence_link::Entity>(
        evidence_link::Column::EvidenceId,
        evidence_link::Column::ReportId.eq(report),
    );
    let pending = tx.find::<evidence::Entity>().filter(evidence::Column::Id.in_subquery(attached));
    let pending = tx.first(pending.filter(evidence::Column::Status.eq(EvidenceStatus::Pending))).await?;
    match pending {
        Some(evidence) => Err(Problem::new("id", Code::EvidencePending).with(evidence.title).into()),
        None => Ok(()),
    }
}

async fn decide(
    ctx: &Context<'_>,
    id: ID,
    to: ReportStatus,
    reason: Option<String>,
    expected: Option<i32>,
) -> Result<ProgressReport> {
    let key = id::parse::<progress_report::Entity>(&id, "id")?;
    let user = ctx.principal()?.user;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<progress_report::Entity>(key, Verb::Decide).await?;
    if !leads_to(held.status, to) {
        return Err(wrong_state("id", held.status));
    }
    let change = progress_report::ActiveModel {
        status: Set(to),
        decider_id: Set(Some(user.id)),
        decided_at: Set(Some(ctx.app()?.world.now())),
        decided_version: Set(Some(held.row_version)),
        return_reason: Set(reason),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    if to == ReportStatus::Accepted {
        begin_task(&tx, &held).await?;
    }
    tx.commit().await?;
    Ok(ProgressReport(row))
}

/// A task on which something was accepted is no longer merely planned.
async fn begin_task(tx: &Tx, report: &Held<progress_report::Entity>) -> Result<()> {
    let assignment = tx.get::<assignment::Entity>(report.assignment_id).await?;
    let task = tx.hold::<task::Entity>(assignment.task_id, Verb::Update).await?;
    if task.status == TaskStatus::Planned {
        let begun = task::ActiveModel { status: Set(TaskStatus::InProgress), ..Default::default() };
        tx.update(&task, None, begun).await?;
    }
    Ok(())
}
