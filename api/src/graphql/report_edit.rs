//! Progress reports: drafting, submitting and deciding on them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, Set};
use serde_json::{Value, json};
use uuid::Uuid;

use super::ask::Ask;
use super::check::{CODE, Check, TEXT, after};
use super::evidence_target::Target;
use super::id;
use super::payload::{UserError, payload, split};
use super::report::ProgressReport;
use crate::error::{Code, Error, Problem, Result};
use crate::findings;
use crate::news::{Facts, Names, News, tell};
use crate::periods::{self, HandIn};
use crate::policy::Verb;
use crate::store::{Held, Read, Tx};

/// A draft.
#[derive(InputObject)]
pub struct ReportSaveInput {
    /// The assignment; one of the viewer's own organization.
    assignment_id: ID,
    /// The code of a reporting period, such as `2026-H1` (`2026 h1` is the same), or the time it covers in words.
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

/// What came of accepting one report of many.
#[derive(SimpleObject)]
pub struct ReportOutcome {
    /// Global id of the report that was named.
    report_id: ID,
    /// The report as it is now; null when it was not accepted.
    report: Option<ProgressReport>,
    /// Why it was not accepted; empty when it was.
    user_errors: Vec<UserError>,
}

/// What came of accepting many reports, in the order in which they were named.
#[derive(SimpleObject)]
pub struct ReportsPayload {
    /// One outcome for each id.
    outcomes: Vec<ReportOutcome>,
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
        #[graphql(desc = "The warnings of its `check` that are confirmed; they are kept on record.")] confirm: Option<
            Vec<Code>,
        >,
        expected_version: Option<i32>,
    ) -> Result<Option<ReportPayload>> {
        ReportPayload::of(submit(ctx, id, confirm, expected_version).await)
    }

    /// Takes a submitted report back before it is decided on; it is a draft again.
    async fn report_withdraw(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<ReportPayload>> {
        ReportPayload::of(withdraw(ctx, id, expected_version).await)
    }

    /// Accepts many submitted reports, each for itself: those that cannot be accepted say why and leave the others
    /// alone. At most 100. For the coordinator.
    async fn reports_accept(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<Option<ReportsPayload>> {
        accept_all(ctx, ids).await.map(Some)
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
            Ok(()) => decide(ctx, id, ReportStatus::Returned, Some(reason.into()), expected_version).await,
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
pub(super) fn leads_to(from: ReportStatus, to: ReportStatus) -> bool {
    use ReportStatus::{Accepted, Draft, Returned, Submitted};
    matches!((from, to), (Draft | Returned, Submitted) | (Submitted, Draft | Returned | Accepted))
}

/// Whether its author's organization may still change a report in this state.
pub(super) fn is_editable(status: ReportStatus) -> bool {
    matches!(status, ReportStatus::Draft | ReportStatus::Returned)
}

async fn save(ctx: &Context<'_>, input: ReportSaveInput, expected: Option<i32>) -> Result<ProgressReport> {
    let user = ctx.principal()?.user;
    let mut check = Check::new("input");
    let assignment = check.id::<assignment::Entity>("assignmentId", &input.assignment_id);
    let period = check.text("period", &input.period, CODE);
    let change = progress_report::ActiveModel {
        percent: Set(check.range("percent", input.percent, 0..=100)),
        content: Set(check.text("content", &input.content, TEXT).into()),
        difficulties: Set(check.optional("difficulties", input.difficulties.as_deref(), TEXT)),
        ..Default::default()
    };
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    let of_task = tx.get_with::<assignment::Entity, task::Entity>(assignment, assignment::Column::TaskId);
    let (assignment, task) = of_task.await.map_err(|error| error.at("input.assignmentId"))?;
    is_open(&task, "input.assignmentId")?;
    let report = HandIn { period, organization: assignment.organization_id };
    let period = periods::canonical(&tx, report, ctx.app()?.world.now(), "input.period").await?;
    let there = Condition::all()
        .add(progress_report::Column::AssignmentId.eq(assignment.id))
        .add(progress_report::Column::Period.eq(&period));
    let row = match tx.hold_where::<progress_report::Entity>(there, Verb::Update).await? {
        Some(held) => {
            if !is_editable(held.status) {
                return Err(Problem::state("input.period", held.status).into());
            }
            if says_the_same(&held, &change) {
                return Ok(ProgressReport(held.clone().into()));
            }
            tx.update(&held, expected, change).await?
        }
        // Who has read a version has read another report.
        None if expected.is_some() => {
            return Err(Error::Conflict(vec![Problem::new("expectedVersion", Code::Conflict)]));
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
    Ok(ProgressReport(row.into()))
}

/// Whether a draft that is saved again, after its first answer was lost, say, holds nothing new.
fn says_the_same(there: &progress_report::Model, change: &progress_report::ActiveModel) -> bool {
    after(&change.percent, &there.percent) == there.percent
        && after(&change.content, &there.content) == there.content
        && after(&change.difficulties, &there.difficulties) == there.difficulties
}

/// Reports are written on tasks that were not given up.
async fn open(tx: &Tx, assignment: &assignment::Model, field: &str) -> Result<task::Model> {
    let task = tx.get::<task::Entity>(assignment.task_id).await?;
    is_open(&task, field)?;
    Ok(task)
}

fn is_open(task: &task::Model, field: &str) -> Result<()> {
    match task.status {
        TaskStatus::Cancelled => Err(Problem::state(field, task.status).into()),
        _ => Ok(()),
    }
}

async fn submit(
    ctx: &Context<'_>,
    id: ID,
    confirm: Option<Vec<Code>>,
    expected: Option<i32>,
) -> Result<ProgressReport> {
    let key = id::parse::<progress_report::Entity>(&id, "id")?;
    let user = ctx.principal()?.user;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<progress_report::Entity>(key, Verb::Update).await?;
    // Handing in twice is what a client does whose first answer was lost.
    if held.status == ReportStatus::Submitted {
        return Ok(ProgressReport(held.clone().into()));
    }
    if !leads_to(held.status, ReportStatus::Submitted) {
        return Err(Problem::state("id", held.status).into());
    }
    let assignment = tx.get::<assignment::Entity>(held.assignment_id).await?;
    let task = open(&tx, &assignment, "id").await?;
    in_time(ctx, &tx, &held.period, &assignment, "id").await?;
    let found = findings::of_report(&tx, &held).await?;
    let confirmed = findings::settle(found, &confirm.unwrap_or_default())?;
    let proofs = Target::Report(key).evidence(&tx).await?;
    let now = ctx.app()?.world.now();
    let change = progress_report::ActiveModel {
        status: Set(ReportStatus::Submitted),
        submitter_id: Set(Some(user.id)),
        submitted_at: Set(Some(now)),
        first_submitted_at: Set(held.first_submitted_at.or(Some(now))),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    keep_version(&tx, &row, proofs, confirmed, user.id, now).await?;
    tell(&tx, news(NotificationKind::ReportSubmitted, &row, &assignment, &task)?).await?;
    tx.commit().await?;
    Ok(ProgressReport(row.into()))
}

async fn withdraw(ctx: &Context<'_>, id: ID, expected: Option<i32>) -> Result<ProgressReport> {
    let key = id::parse::<progress_report::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<progress_report::Entity>(key, Verb::Update).await?;
    if !leads_to(held.status, ReportStatus::Draft) {
        return Err(Problem::state("id", held.status).into());
    }
    let assignment = tx.get::<assignment::Entity>(held.assignment_id).await?;
    in_time(ctx, &tx, &held.period, &assignment, "id").await?;
    let change = progress_report::ActiveModel { status: Set(ReportStatus::Draft), ..Default::default() };
    let row = tx.update(&held, expected, change).await?;
    let change =
        report_version::ActiveModel { withdrawn_at: Set(Some(ctx.app()?.world.now())), ..Default::default() };
    change_version(&tx, key, Verb::Update, change).await?;
    tx.commit().await?;
    Ok(ProgressReport(row.into()))
}

/// A locked period takes reports only from organizations with an exception.
async fn in_time(
    ctx: &Context<'_>,
    tx: &Tx,
    period: &str,
    assignment: &assignment::Model,
    field: &str,
) -> Result<()> {
    let report = HandIn { period: period.to_owned(), organization: assignment.organization_id };
    periods::may_hand_in(tx, report, ctx.app()?.world.now(), field).await
}

/// Keeps a report as it was submitted, so that it can be said for ever what was decided on.
async fn keep_version(
    tx: &Tx,
    report: &progress_report::Model,
    proofs: Vec<evidence::Model>,
    confirmed: Value,
    submitter: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let before = tx.find::<report_version::Entity>().filter(report_version::Column::ReportId.eq(report.id));
    let number = tx.count(before).await? + 1;
    let proofs: Vec<_> = proofs
        .into_iter()
        .map(|row| json!({ "id": row.id, "title": row.title, "sha256": row.sha256 }))
        .collect();
    let version = report_version::ActiveModel {
        report_id: Set(report.id),
        number: Set(i32::try_from(number).map_err(Error::internal)?),
        report_row_version: Set(report.row_version),
        percent: Set(report.percent),
        content: Set(report.content.clone()),
        difficulties: Set(report.difficulties.clone()),
        evidence: Set(proofs.into()),
        confirmed: Set(confirmed),
        submitter_id: Set(submitter),
        submitted_at: Set(now),
        ..Default::default()
    };
    tx.insert::<report_version::Entity>(version).await.map(drop)
}

/// Writes what became of the version that was submitted last. Reports of before there were versions have none.
async fn change_version(
    tx: &Tx,
    report: Uuid,
    verb: Verb,
    change: report_version::ActiveModel,
) -> Result<()> {
    use report_version::Column::{Number, ReportId};
    let last = tx.find::<report_version::Entity>().filter(ReportId.eq(report)).order_by_desc(Number);
    if let Some(last) = tx.first(last).await? {
        let held = tx.hold::<report_version::Entity>(last.id, verb).await?;
        tx.update(&held, None, change).await?;
    }
    Ok(())
}

async fn accept_all(ctx: &Context<'_>, ids: Vec<ID>) -> Result<ReportsPayload> {
    const MOST: usize = 100;
    if ids.len() > MOST {
        return Err(Problem::new("ids", Code::TooMany).with(MOST).into());
    }
    ctx.store()?.may::<progress_report::Entity>(Verb::Decide)?;
    let mut outcomes = Vec::new();
    for id in ids {
        let outcome = decide(ctx, id.clone(), ReportStatus::Accepted, None, None).await;
        // A report that is not there is that report's problem, not the others'.
        let outcome = match outcome {
            Err(error @ (Error::NotFound | Error::Forbidden)) => Err(Problem::new("id", error.code()).into()),
            other => other,
        };
        let (report, user_errors) = split(outcome)?;
        outcomes.push(ReportOutcome { report_id: id, report, user_errors });
    }
    Ok(ReportsPayload { outcomes })
}

async fn decide(
    ctx: &Context<'_>,
    id: ID,
    to: ReportStatus,
    reason: Option<Long>,
    expected: Option<i32>,
) -> Result<ProgressReport> {
    let key = id::parse::<progress_report::Entity>(&id, "id")?;
    let user = ctx.principal()?.user;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<progress_report::Entity>(key, Verb::Decide).await?;
    if !leads_to(held.status, to) {
        return Err(Problem::state("id", held.status).into());
    }
    periods::not_closed(&tx, &held.period, "id").await?;
    let now = ctx.app()?.world.now();
    let decision = match to {
        ReportStatus::Accepted => ReportDecision::Accepted,
        _ => ReportDecision::Returned,
    };
    let change = progress_report::ActiveModel {
        status: Set(to),
        decider_id: Set(Some(user.id)),
        decided_at: Set(Some(now)),
        decided_version: Set(Some(held.row_version)),
        return_reason: Set(reason.clone()),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    let change = report_version::ActiveModel {
        decision: Set(Some(decision)),
        decider_id: Set(Some(user.id)),
        decided_at: Set(Some(now)),
        reason: Set(reason),
        ..Default::default()
    };
    change_version(&tx, key, Verb::Decide, change).await?;
    let assignment = tx.get::<assignment::Entity>(held.assignment_id).await?;
    let task = tx.hold::<task::Entity>(assignment.task_id, Verb::Update).await?;
    let kind = match to {
        ReportStatus::Accepted => NotificationKind::ReportAccepted,
        _ => NotificationKind::ReportReturned,
    };
    if to == ReportStatus::Accepted {
        begin(&tx, &task).await?;
    }
    tell(&tx, news(kind, &row, &assignment, &task)?).await?;
    tx.commit().await?;
    Ok(ProgressReport(row.into()))
}

fn news(
    kind: NotificationKind,
    report: &progress_report::Model,
    assignment: &assignment::Model,
    task: &task::Model,
) -> Result<News> {
    let facts = Facts {
        code: Some(task.code.clone()),
        title: Names::same(&task.title),
        period: Some(report.period.clone()),
        reason: Long::into_optional(report.return_reason.clone())?,
        ..Facts::default()
    };
    Ok(News::of::<progress_report::Entity>(kind, report, [assignment.organization_id], facts))
}

/// A task on which something was accepted is no longer merely planned.
async fn begin(tx: &Tx, task: &Held<task::Entity>) -> Result<()> {
    if task.status == TaskStatus::Planned {
        let begun = task::ActiveModel { status: Set(TaskStatus::InProgress), ..Default::default() };
        tx.update(task, None, begun).await?;
    }
    Ok(())
}
