//! Tasks: writing them. For the coordinator.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use chrono::NaiveDate;
use entity::*;
use sea_orm::Set;
use uuid::Uuid;

use super::ask::Ask;
use super::assignment::Assignment;
use super::assignment_edit::{AssignmentInput, assign, exist, hand_out, parties, reassign};
use super::check::{CODE, Check, LINE, TEXT, after, given, maybe};
use super::id;
use super::payload::payload;
use super::task::Task;
use crate::error::{Code, Error, Problem, Result};
use crate::policy::Verb;
use crate::store::{Read, Tx};

/// A new task.
#[derive(InputObject)]
pub struct TaskCreateInput {
    /// The plan it belongs to.
    plan_id: ID,
    /// Code within the plan, unique there.
    code: String,
    /// What is to be done, in one line.
    title: String,
    /// The same at length.
    description: Option<String>,
    /// What it asks for.
    #[graphql(default_with = "TaskKind::Solution")]
    kind: TaskKind,
    /// The node of the framework that it serves; none if it serves the index as a whole.
    node_id: Option<ID>,
    /// What should be there in the end.
    expected_product: Option<String>,
    /// Whether reports on it must have evidence.
    #[graphql(default)]
    evidence_required: bool,
    /// First day.
    start_on: Option<NaiveDate>,
    /// Last day, not before the first.
    due_on: NaiveDate,
    /// How often it comes back.
    #[graphql(default_with = "Recurrence::Once")]
    recurrence: Recurrence,
    /// How urgent it is.
    #[graphql(default_with = "Priority::Normal")]
    priority: Priority,
    /// Who works on it; may follow later with `taskAssign`.
    #[graphql(default)]
    assignments: Vec<AssignmentInput>,
}

/// Changes of a task: what is absent stays, null clears what may be empty.
#[derive(InputObject)]
pub struct TaskUpdateInput {
    /// What is to be done, in one line.
    title: Option<String>,
    /// The same at length.
    description: MaybeUndefined<String>,
    /// What it asks for.
    kind: Option<TaskKind>,
    /// The node of the framework that it serves.
    node_id: MaybeUndefined<ID>,
    /// What should be there in the end.
    expected_product: MaybeUndefined<String>,
    /// Whether reports on it must have evidence.
    evidence_required: Option<bool>,
    /// First day.
    start_on: MaybeUndefined<NaiveDate>,
    /// Last day, not before the first.
    due_on: Option<NaiveDate>,
    /// How often it comes back.
    recurrence: Option<Recurrence>,
    /// How urgent it is.
    priority: Option<Priority>,
    /// How far it is; for `CANCELLED` use `taskCancel`.
    status: Option<TaskStatus>,
}

payload! {
    /// What came of writing a task.
    TaskPayload {
        /// The task as it is now.
        task: Task
    }
}

payload! {
    /// What came of moving assignments from one organization to another.
    AssignmentsPayload {
        /// The new assignments.
        assignments: Vec<Assignment>
    }
}

/// Mutations of tasks.
#[derive(Default)]
pub struct TaskMutation;

#[Object]
impl TaskMutation {
    /// Enters a task, with who works on it or without. For the coordinator.
    async fn task_create(&self, ctx: &Context<'_>, input: TaskCreateInput) -> Result<Option<TaskPayload>> {
        TaskPayload::of(create(ctx, input).await)
    }

    /// Changes a task. For the coordinator.
    async fn task_update(
        &self,
        ctx: &Context<'_>,
        id: ID,
        input: TaskUpdateInput,
        expected_version: Option<i32>,
    ) -> Result<Option<TaskPayload>> {
        TaskPayload::of(update(ctx, id, input, expected_version).await)
    }

    /// Gives a task up; it stays readable. For the coordinator.
    async fn task_cancel(
        &self,
        ctx: &Context<'_>,
        id: ID,
        reason: String,
        expected_version: Option<i32>,
    ) -> Result<Option<TaskPayload>> {
        TaskPayload::of(cancel(ctx, id, &reason, expected_version).await)
    }

    /// Says anew who works on a task. Organizations that stay keep their assignment and its reports; those left out
    /// see the task no more. For the coordinator.
    async fn task_assign(
        &self,
        ctx: &Context<'_>,
        id: ID,
        #[graphql(desc = "The whole set, exactly one of them the lead.")] assignments: Vec<AssignmentInput>,
        expected_version: Option<i32>,
    ) -> Result<Option<TaskPayload>> {
        TaskPayload::of(assign(ctx, id, assignments, expected_version).await)
    }

    /// Moves all or some open tasks of one organization to another, when bodies are merged, say. The old assignments
    /// stay as history and name their successors. For the coordinator.
    async fn assignments_reassign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Organization that gives the tasks away.")] from_organization_id: ID,
        #[graphql(desc = "Organization that takes them on; it must exist today.")] to_organization_id: ID,
        #[graphql(desc = "Only these tasks, at most 100; all open ones if not given.")] task_ids: Option<
            Vec<ID>,
        >,
        #[graphql(desc = "Why; kept with the old assignments.")] reason: String,
    ) -> Result<Option<AssignmentsPayload>> {
        AssignmentsPayload::of(
            reassign(ctx, from_organization_id, to_organization_id, task_ids, &reason).await,
        )
    }
}

async fn create(ctx: &Context<'_>, input: TaskCreateInput) -> Result<Task> {
    let (store, world) = (ctx.store()?, &ctx.app()?.world);
    let mut check = Check::new("input");
    let row = task::ActiveModel {
        plan_id: Set(check.id::<plan::Entity>("planId", &input.plan_id)),
        code: Set(check.text("code", &input.code, CODE)),
        title: Set(check.text("title", &input.title, LINE)),
        description: Set(check.optional("description", input.description.as_deref(), TEXT)),
        kind: Set(input.kind),
        node_id: Set(check.optional_id::<node::Entity>("nodeId", input.node_id.as_ref())),
        expected_product: Set(check.optional("expectedProduct", input.expected_product.as_deref(), TEXT)),
        evidence_required: Set(input.evidence_required),
        start_on: Set(input.start_on),
        due_on: Set(input.due_on),
        recurrence: Set(input.recurrence),
        status: Set(TaskStatus::Planned),
        priority: Set(input.priority),
        cancel_reason: Set(None),
        ..Default::default()
    };
    check.dates(("startOn", input.start_on), ("dueOn", Some(input.due_on)));
    let wanted =
        (!input.assignments.is_empty()).then(|| parties(&mut check, "assignments", &input.assignments));
    check.done()?;
    let tx = store.begin().await?;
    tx.may::<task::Entity>(Verb::Create)?;
    let plan = match &row.plan_id {
        Set(plan) => tx.get::<plan::Entity>(*plan).await.map_err(|error| error.at("input.planId"))?,
        _ => return Err(Error::NotFound),
    };
    if let Set(Some(node)) = &row.node_id {
        serves(&tx, *node, &plan).await?;
    }
    let row = tx.insert::<task::Entity>(row).await.map_err(|error| error.at("input.code"))?;
    tx.add_words::<task::Entity>(std::slice::from_ref(&row)).await?;
    if let Some(wanted) = wanted {
        exist(&tx, world, "input.assignments", &wanted).await?;
        hand_out(&tx, world, wanted, row.id).await?;
    }
    tx.commit().await?;
    Ok(Task(row.into()))
}

/// A task serves a node of the framework that its plan speaks of.
async fn serves(tx: &Tx, node: Uuid, plan: &plan::Model) -> Result<()> {
    let node = tx.get::<node::Entity>(node).await.map_err(|error| error.at("input.nodeId"))?;
    match node.framework_id == plan.framework_id {
        true => Ok(()),
        false => Err(Problem::new("input.nodeId", Code::NotFound).into()),
    }
}

async fn update(ctx: &Context<'_>, id: ID, input: TaskUpdateInput, expected: Option<i32>) -> Result<Task> {
    let key = id::parse::<task::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<task::Entity>(key, Verb::Update).await?;
    let mut check = Check::new("input");
    let change = task::ActiveModel {
        title: check.change_required("title", &input.title, LINE),
        description: check.change("description", &input.description, TEXT),
        kind: given(input.kind),
        node_id: check.change_id::<node::Entity>("nodeId", &input.node_id),
        expected_product: check.change("expectedProduct", &input.expected_product, TEXT),
        evidence_required: given(input.evidence_required),
        start_on: maybe(input.start_on),
        due_on: given(input.due_on),
        recurrence: given(input.recurrence),
        status: given(input.status),
        priority: given(input.priority),
        ..Default::default()
    };
    check.dates(
        ("startOn", after(&change.start_on, &held.start_on)),
        ("dueOn", Some(after(&change.due_on, &held.due_on))),
    );
    if held.status == TaskStatus::Cancelled || input.status == Some(TaskStatus::Cancelled) {
        check.problem_with("status", Code::InvalidState, "CANCELLED");
    }
    check.done()?;
    if let Set(Some(node)) = &change.node_id {
        let plan = tx.get::<plan::Entity>(held.plan_id).await?;
        serves(&tx, *node, &plan).await?;
    }
    let row = tx.revise(&held, expected, change).await?;
    tx.index_words::<task::Entity>(&row).await?;
    tx.commit().await?;
    Ok(Task(row.into()))
}

async fn cancel(ctx: &Context<'_>, id: ID, reason: &str, expected: Option<i32>) -> Result<Task> {
    let key = id::parse::<task::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<task::Entity>(key, Verb::Update).await?;
    let mut check = Check::new("");
    let reason = check.text("reason", reason, TEXT);
    if matches!(held.status, TaskStatus::Cancelled | TaskStatus::Completed) {
        check.note::<()>(Err(Problem::state("id", held.status)));
    }
    check.done()?;
    let change = task::ActiveModel {
        status: Set(TaskStatus::Cancelled),
        cancel_reason: Set(Some(reason.into())),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(Task(row.into()))
}
