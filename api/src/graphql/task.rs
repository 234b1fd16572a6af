//! Tasks and solutions of the plan: reading them.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Object};
use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use sea_orm::{ColumnTrait, Condition};

use super::ask::Ask;
use super::assignment::{Assignment, Participant};
use super::audit::AuditEntry;
use super::evidence::Evidence;
use super::filter::{DateFilter, IdFilter, OneOf, words};
use super::framework::FrameworkNode;
use super::id;
use super::indicator::Indicator;
use super::page::{List, limit, order, page_of_list};
use super::plan::Plan;
use super::written::{Common, WrittenList};
use crate::error::Result;
use crate::store::{EvidenceCount, Many, Read, Searchable, Sort};

/// Most organizations on one task.
pub(super) const MOST_ASSIGNMENTS: u32 = 100;

/// A task or solution of the plan.
#[derive(Description)]
pub struct Task(pub Arc<task::Model>);

#[Object(use_type_description)]
impl Task {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<task::Entity>(self.0.id)
    }

    /// Code within the plan.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What is to be done, in one line.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The same at length.
    async fn description(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.description)?)
    }

    /// What it asks for.
    async fn kind(&self) -> TaskKind {
        self.0.kind
    }

    /// What should be there in the end.
    async fn expected_product(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.expected_product)?)
    }

    /// Whether reports on it must have evidence.
    async fn evidence_required(&self) -> bool {
        self.0.evidence_required
    }

    /// First day.
    async fn start_on(&self) -> Option<NaiveDate> {
        self.0.start_on
    }

    /// Last day.
    async fn due_on(&self) -> NaiveDate {
        self.0.due_on
    }

    /// Whether the last day is over and the task neither completed nor cancelled.
    async fn overdue(&self, ctx: &Context<'_>) -> Result<bool> {
        let open = matches!(self.0.status, TaskStatus::Planned | TaskStatus::InProgress);
        Ok(open && self.0.due_on < ctx.app()?.world.today())
    }

    /// How often it comes back.
    async fn recurrence(&self) -> Recurrence {
        self.0.recurrence
    }

    /// How far it is.
    async fn status(&self) -> TaskStatus {
        self.0.status
    }

    /// How urgent it is.
    async fn priority(&self) -> Priority {
        self.0.priority
    }

    /// Why it was given up.
    async fn cancel_reason(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.cancel_reason)?)
    }

    /// When it was entered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }

    /// The plan it belongs to.
    async fn plan(&self, ctx: &Context<'_>) -> Result<Common<Plan>> {
        let plan = ctx.need::<plan::Entity>(self.0.plan_id).await?;
        Ok(Common(plan.id, Plan(plan)))
    }

    /// The node of the framework that it serves; none if it serves the index as a whole.
    async fn node(&self, ctx: &Context<'_>) -> Result<Option<Common<FrameworkNode>>> {
        let Some(node) = self.0.node_id else { return Ok(None) };
        Ok(ctx.one::<node::Entity>(node).await?.map(|row| Common(node, FrameworkNode(row))))
    }

    /// The indicator that it serves, if the node is one.
    async fn indicator(&self, ctx: &Context<'_>) -> Result<Option<Common<Indicator>>> {
        let Some(node) = self.0.node_id else { return Ok(None) };
        let row = ctx.one::<node::Entity>(node).await?.filter(|row| row.level == NodeLevel::Indicator);
        Ok(row.map(|row| Common(node, Indicator(row))))
    }

    /// Who works on it, with the role and nothing else: what every organization on the task may know of the others. All
    /// of them, at most 100.
    async fn participants(&self, ctx: &Context<'_>) -> Result<WrittenList<Participant>> {
        use task_participant::Column::{Id, TaskId};
        let on_it = Many::<task_participant::Entity>::new(TaskId, self.0.id, Id, MOST_ASSIGNMENTS);
        Ok(ctx.many(on_it).await?.into_iter().map(Participant).collect())
    }

    /// The assignments that the viewer may see, oldest first, at most 100: an officer its own organization's only. With
    /// `ended`, for the coordinator and the leader, also those that were taken away.
    async fn assignments(&self, ctx: &Context<'_>, ended: Option<bool>) -> Result<WrittenList<Assignment>> {
        use assignment::Column::{EndedAt, Id, TaskId};
        let all = Many::<assignment::Entity>::new(TaskId, self.0.id, Id, MOST_ASSIGNMENTS);
        let wanted = if ended == Some(true) { all } else { all.without(EndedAt) };
        Ok(ctx.many(wanted).await?.into_iter().map(Assignment).collect())
    }

    /// Evidence attached to the task itself, newest first.
    async fn evidence(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Evidence>> {
        Evidence::linked(ctx, Many::newest(evidence_link::Column::TaskId, self.0.id, limit(first)?)).await
    }

    /// How many pieces of evidence, among those the viewer may see, are attached to the task or to the reports on it.
    async fn evidence_count(&self, ctx: &Context<'_>) -> Result<i32> {
        let count = ctx.load(EvidenceCount { task_id: self.0.id }).await?.unwrap_or_default();
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }

    /// What was done to it, newest first, as far as the viewer may know.
    async fn history(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<AuditEntry>> {
        AuditEntry::history(ctx, self.0.id, first).await
    }
}

/// Which tasks are wanted.
#[derive(InputObject, Default)]
pub struct TaskFilter {
    /// How far they are.
    status: Option<OneOf<TaskStatus>>,
    /// What they ask for.
    kind: Option<OneOf<TaskKind>>,
    /// Their last day.
    due: Option<DateFilter>,
    /// Whether the last day is over and the task neither completed nor cancelled.
    overdue: Option<bool>,
    /// The plan they belong to.
    plan: Option<IdFilter>,
    /// The node they serve.
    node: Option<IdFilter>,
    /// The node they serve is this one or below it: tasks of a pillar, say.
    under: Option<ID>,
    /// Organizations that work on them.
    organization: Option<IdFilter>,
    /// The role of that organization; without `organization`, of the viewer's own.
    role: Option<AssignmentRole>,
    /// Beginnings of words of code, title, description or product; marks and case do not matter.
    text: Option<String>,
}

order! {
    /// How a list of tasks is ordered.
    TaskOrder by TaskOrderField of task {
        /// By last day.
        Due => DueOn,
        /// By code.
        Code => Code,
        /// By time of entry.
        CreatedAt => CreatedAt,
    }
}

/// Queries about tasks.
#[derive(Default)]
pub struct TaskQuery;

#[Object]
impl TaskQuery {
    /// A task by its id.
    async fn task(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Task>> {
        ctx.store()?
            .get::<task::Entity>(id::parse::<task::Entity>(&id, "id")?)
            .await
            .map(|row| Task(row.into()))
            .map(Some)
    }

    /// The tasks that the viewer may see, the next due first unless ordered otherwise.
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        filter: Option<TaskFilter>,
        order: Option<TaskOrder>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Task>> {
        let filter = filter.unwrap_or_default();
        let sort = order.map_or(Sort::by(task::Column::DueOn), TaskOrder::sort);
        let list = ctx.store()?.list::<task::Entity>(sort).filter(wanted(ctx, &filter)?);
        page_of_list(ctx, list, first, after, Task).await
    }
}

fn wanted(ctx: &Context<'_>, filter: &TaskFilter) -> Result<Condition> {
    use task::Column::{DueOn, Id, Kind, NodeId, PlanId, Status};
    let store = ctx.store()?;
    let mut all = Condition::all();
    if let Some(status) = &filter.status {
        all = all.add(status.on(Status, "filter.status")?);
    }
    if let Some(kind) = &filter.kind {
        all = all.add(kind.on(Kind, "filter.kind")?);
    }
    if let Some(due) = &filter.due {
        all = all.add(due.on(DueOn, "filter.due")?);
    }
    if let Some(overdue) = filter.overdue {
        let late = Condition::all()
            .add(Status.is_in([TaskStatus::Planned, TaskStatus::InProgress]))
            .add(DueOn.lt(ctx.app()?.world.today()));
        all = all.add(if overdue { late } else { late.not() });
    }
    if let Some(plan) = &filter.plan {
        all = all.add(plan.on::<plan::Entity>(PlanId, "filter.plan")?);
    }
    if let Some(node) = &filter.node {
        all = all.add(node.on::<node::Entity>(NodeId, "filter.node")?);
    }
    if let Some(under) = &filter.under {
        all = all.add(NodeId.in_subquery(store.subtree(id::parse::<node::Entity>(under, "filter.under")?)));
    }
    if let Some(organizations) = participation(ctx, filter)? {
        all = all.add(Id.in_subquery(
            store.keys::<task_participant::Entity>(task_participant::Column::TaskId, organizations),
        ));
    }
    if let Some(text) = words(filter.text.as_deref(), "filter.text")? {
        all = all.add(task::Entity::matching(text));
    }
    Ok(all)
}

/// What is asked of the organizations on a task.
fn participation(ctx: &Context<'_>, filter: &TaskFilter) -> Result<Option<Condition>> {
    use task_participant::Column::{OrganizationId, Role};
    let organization = match (&filter.organization, filter.role) {
        (Some(organization), _) => {
            organization.on::<organization::Entity>(OrganizationId, "filter.organization")?
        }
        (None, Some(_)) => Condition::all().add(OrganizationId.eq(ctx.principal()?.user.organization)),
        (None, None) => return Ok(None),
    };
    Ok(Some(organization.add_option(filter.role.map(|role| Role.eq(role)))))
}
