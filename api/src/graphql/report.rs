//! Progress reports: drafted and submitted by the organization, returned or accepted by the coordinator.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter};
use uuid::Uuid;

use super::ask::Ask;
use super::assignment::Assignment;
use super::audit::AuditEntry;
use super::check::{CODE, Check};
use super::evidence::Evidence;
use super::filter::{IdFilter, OneOf};
use super::finding::Finding;
use super::id;
use super::organization::Organization;
use super::page::{List, limit, order, page};
use super::report_version::{ReportActions, ReportVersion};
use super::task::Task;
use super::user::Person;
use crate::error::Result;
use crate::findings::OfReport;
use crate::store::{Many, Read, Sort, Store};

/// What an organization reports on its assignment.
#[derive(Description)]
pub struct ProgressReport(pub Arc<progress_report::Model>);

impl ProgressReport {
    /// Organization and task. Who is on a task may be known where the assignment itself may not.
    async fn participant(&self, ctx: &Context<'_>) -> Result<Option<(Uuid, Uuid)>> {
        if let Some(row) = ctx.one::<task_participant::Entity>(self.0.assignment_id).await? {
            return Ok(Some((row.organization_id, row.task_id)));
        }
        let ended = ctx.one::<assignment::Entity>(self.0.assignment_id).await?;
        Ok(ended.map(|row| (row.organization_id, row.task_id)))
    }
}

#[Object(use_type_description)]
impl ProgressReport {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<progress_report::Entity>(self.0.id)
    }

    /// The code of a reporting period, or the time it covers in words; one report per assignment and period.
    async fn period(&self) -> &str {
        &self.0.period
    }

    /// How much is done, 0 to 100.
    async fn percent(&self) -> i32 {
        self.0.percent
    }

    /// What was done and reached.
    async fn content(&self) -> Result<&str> {
        Ok(self.0.content.text()?)
    }

    /// What stands in the way.
    async fn difficulties(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.difficulties)?)
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
    async fn return_reason(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.return_reason)?)
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

    /// The organization that reports; null where the viewer may not know.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        match self.participant(ctx).await? {
            Some((organization, _)) => {
                Ok(ctx.one::<organization::Entity>(organization).await?.map(Organization))
            }
            None => Ok(None),
        }
    }

    /// The task that it is about; null where the viewer may not know.
    async fn task(&self, ctx: &Context<'_>) -> Result<Option<Task>> {
        match self.participant(ctx).await? {
            Some((_, task)) => Ok(ctx.one::<task::Entity>(task).await?.map(Task)),
            None => Ok(None),
        }
    }

    /// Evidence attached to it, newest first.
    async fn evidence(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Evidence>> {
        Evidence::linked(ctx, Many::newest(evidence_link::Column::ReportId, self.0.id, limit(first)?)).await
    }

    /// What was submitted and what was decided on it, newest first; of others' reports only what stands.
    async fn versions(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<ReportVersion>> {
        use report_version::Column::{Number, ReportId};
        let rows = Many::last(ReportId, self.0.id, Number, limit(first)?);
        Ok(ctx.many::<report_version::Entity>(rows).await?.into_iter().map(ReportVersion).collect())
    }

    /// What would be found if it were handed in now.
    async fn check(&self, ctx: &Context<'_>) -> Result<Vec<Finding>> {
        let found = ctx.load(OfReport(self.0.id)).await?.unwrap_or_default();
        Ok(found.into_iter().map(Finding).collect())
    }

    /// What the viewer may do with it now.
    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<ReportActions> {
        ReportActions::of(ctx, &self.0).await
    }

    /// When it was first submitted: what says whether it was late.
    async fn first_submitted_at(&self) -> Option<DateTime<Utc>> {
        self.0.first_submitted_at
    }

    /// What was done to it, newest first, as far as the viewer may know.
    async fn history(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<AuditEntry>> {
        AuditEntry::history(ctx, self.0.id, first).await
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
    async fn progress_report(&self, ctx: &Context<'_>, id: ID) -> Result<Option<ProgressReport>> {
        let key = id::parse::<progress_report::Entity>(&id, "id")?;
        ctx.store()?.get::<progress_report::Entity>(key).await.map(|row| ProgressReport(row.into())).map(Some)
    }

    /// The reports that the viewer may see, newest first unless ordered otherwise.
    async fn progress_reports(
        &self,
        ctx: &Context<'_>,
        filter: Option<ReportFilter>,
        order: Option<ReportOrder>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<ProgressReport>> {
        let filter = filter.unwrap_or_default();
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
