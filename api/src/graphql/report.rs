//! Progress reports: drafted and submitted by the organization, returned or accepted by the coordinator.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter, Set};

use super::ask::Ask;
use super::assignment::Assignment;
use super::check::{CODE, Check, TEXT};
use super::evidence::Evidence;
use super::filter::{IdFilter, OneOf};
use super::id;
use super::page::{List, limit, order, page};
use super::payload::payload;
use super::user::Person;
use crate::error::{Code, Error, Problem, Result};
use crate::policy::Verb;
use crate::store::{Held, Many, Read, Sort, Store, Tx};

/// What an organization reports on its assignment.
pub struct ProgressReport(pub progress_report::Model);

#[Object]
impl ProgressReport {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<progress_report::Entity>(self.0.id)
    }

    /// The time it covers, in words or as `2026-H1`; one report per assignment and period.
    async fn period(&self) -> &str {
        &self.0.period
    }

    /// How much is done, 0 to 100.
    async fn percent(&self) -> i32 {
        self.0.percent
    }

    /// What was done and reached.
    async fn content(&self) -> &str {
        &self.0.content
    }

    /// What stands in the way.
    async fn difficulties(&self) -> Option<&str> {
        self.0.difficulties.as_deref()
    }

    /// How far it is.
    async fn status(&self) -> ReportStatus {
        self.0.status
    }

    /// Who wrote it first; null where the viewer may not know.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, Some(self.0.author_id)).await
    }

    /// Who last submitted it; null where the viewer may not know.
    async fn submitter(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, self.0.submitter_id).await
    }

    /// When it was last submitted.
    async fn submitted_at(&self) -> Option<DateTime<Utc>> {
        self.0.submitted_at
    }

    /// Who last returned or accepted it; null where the viewer may not know.
    async fn decider(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, self.0.decider_id).await
    }

    /// When it was last returned or accepted.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// The `rowVersion` on which that decision was taken.
    async fn decided_version(&self) -> Option<i32> {
        self.0.decided_version
    }

    /// Why it was sent back.
    async fn return_reason(&self) -> Option<&str> {
        self.0.return_reason.as_deref()
    }

    /// When it was begun.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }

    /// The assignment, where the viewer may see it: the lead of a task reads its coordinating organizations' reports,
    /// not their assignments.
    async fn assignment(&self, ctx: &Context<'_>) -> Result<Option<Assignment>> {
        Ok(ctx.one::<assignment::Entity>(self.0.assignment_id).await?.map(Assignment))
    }

    /// Evidence attached to it, newest first.
    async fn evidence(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Evidence>> {
        Evidence::linked(ctx, Many::newest(evidence_link::Column::ReportId, self.0.id, limit(first)?)).await
    }
}

/// Which reports are wanted.
#[derive(InputObject, Default)]
pub struct ReportFilter {
    /// How far they are.
    status: Option<OneOf<ReportStatus>>,
    /// The task they are about.
    task: Option<IdFilter>,
    /// The organization that reports.
    organization: Option<IdFilter>,
    /// The time they cover, exactly.
    period: Option<String>,
}

order! {
    /// How a list of reports is ordered.
    ReportOrder by ReportOrderField of progress_report {
        /// By time of the draft.
        CreatedAt => CreatedAt,
        /// By time of submission; drafts last.
        SubmittedAt => SubmittedAt,
        /// By share done.
        Percent => Percent,
    }
}

/// Queries about reports.
#[derive(Default)]
pub struct ReportQuery;

#[Object]
impl ReportQuery {
    /// A report by its id.
    async fn progress_report(&self, ctx: &Context<'_>, id: ID) -> Result<ProgressReport> {
        let key = id::parse::<progress_report::Entity>(&id, "id")?;
        ctx.store()?.get::<progress_report::Entity>(key).await.map(ProgressReport)
    }

    /// The reports that the viewer may see, newest first unless ordered otherwise.
    async fn progress_reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] filter: ReportFilter,
        order: Option<ReportOrder>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<ProgressReport>> {
        use progress_report::Column::{CreatedAt, Period, Status};
        let store = ctx.store()?;
        let mut query = store.find::<progress_report::Entity>();
        if let Some(status) = &filter.status {
            query = query.filter(status.on(Status, "filter.status")?);
        }
        if let Some(task) = &filter.task {
            let field = "filter.task";
            let now = task.on::<task::Entity>(task_participant::Column::TaskId, field)?;
            let ever = task.on::<task::Entity>(assignment::Column::TaskId, field)?;
            query = query.filter(on_assignments(store, now, ever));
        }
        if let Some(organization) = &filter.organization {
            let field = "filter.organization";
            let now =
                organization.on::<organization::Entity>(task_participant::Column::OrganizationId, field)?;
            let ever = organization.on::<organization::Entity>(assignment::Column::OrganizationId, field)?;
            query = query.filter(on_assignments(store, now, ever));
        }
        if let Some(period) = &filter.period {
            let mut check = Check::new("filter");
            let period = check.text("period", period, CODE);
            check.done()?;
            query = query.filter(Period.eq(period));
        }
        let sort = order.map_or(Sort::by_greatest(CreatedAt), ReportOrder::sort);
        page(ctx, query, sort, first, after, ProgressReport).await
    }
}

/// Reports on assignments that hold `now`, as the participants tell, or that the viewer sees and that `ever` held. Who
/// works on which of the viewer's tasks is known to it, so such a filter tells nothing new.
fn on_assignments(store: &Store, now: Condition, ever: Condition) -> Condition {
    use progress_report::Column::AssignmentId;
    let living = store.keys::<task_participant::Entity>(task_participant::Column::Id, now);
    let seen = store.keys::<assignment::Entity>(assignment::Column::Id, ever);
    Condition::any().add(AssignmentId.in_subquery(living)).add(AssignmentId.in_subquery(seen))
}

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
    /// What stands in the way.
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
    ) -> Result<ReportPayload> {
        ReportPayload::of(save(ctx, input, expected_version).await)
    }

    /// Hands a draft or a returned report in.
    async fn report_submit(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<ReportPayload> {
        ReportPayload::of(submit(ctx, id, expected_version).await)
    }

    /// Sends a submitted report back to be mended. For the coordinator.
    async fn report_return(
        &self,
        ctx: &Context<'_>,
        id: ID,
        reason: String,
        expected_version: Option<i32>,
    ) -> Result<ReportPayload> {
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
    ) -> Result<ReportPayload> {
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
    open(&tx, &assignment).await?;
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

/// Reports are written on tasks that were not given up.
async fn open(tx: &Tx, assignment: &assignment::Model) -> Result<()> {
    let task = tx.get::<task::Entity>(assignment.task_id).await?;
    match task.status {
        TaskStatus::Cancelled => {
            let state = async_graphql::resolver_utils::enum_value(task.status).to_string();
            Err(Problem::new("input.assignmentId", Code::InvalidState).with(state).into())
        }
        _ => Ok(()),
    }
}

async fn submit(ctx: &Context<'_>, id: ID, expected: Option<i32>) -> Result<ProgressReport> {
    let key = id::parse::<progress_report::Entity>(&id, "id")?;
    let user = ctx.principal()?.user;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<progress_report::Entity>(key, Verb::Update).await?;
    if !leads_to(held.status, ReportStatus::Submitted) {
        return Err(wrong_state("id", held.status));
    }
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
