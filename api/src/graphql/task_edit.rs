//! Tasks: writing them, and giving them to organizations. For the coordinator.

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use chrono::NaiveDate;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use uuid::Uuid;

use super::ask::Ask;
use super::assignment::Assignment;
use super::check::{CODE, Check, LINE, TEXT, after, given, maybe};
use super::id;
use super::organization::is_active;
use super::payload::payload;
use super::task::{MOST_ASSIGNMENTS, Task};
use crate::error::{Code, Error, Problem, Result};
use crate::periods;
use crate::policy::Verb;
use crate::store::{Held, Read, Tx};
use crate::world::World;

/// A task in the hands of one organization, to be.
#[derive(InputObject)]
pub struct AssignmentInput {
    /// The organization; it must exist today.
    organization_id: ID,
    /// Lead or coordinating; exactly one of the set leads.
    role: AssignmentRole,
    /// What this organization in particular is to do.
    instruction: Option<String>,
}

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
    Ok(Task(row))
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
    let row = tx.update(&held, expected, change).await?;
    tx.index_words::<task::Entity>(&row).await?;
    tx.commit().await?;
    Ok(Task(row))
}

async fn cancel(ctx: &Context<'_>, id: ID, reason: &str, expected: Option<i32>) -> Result<Task> {
    let key = id::parse::<task::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<task::Entity>(key, Verb::Update).await?;
    let mut check = Check::new("");
    let reason = check.text("reason", reason, TEXT);
    if matches!(held.status, TaskStatus::Cancelled | TaskStatus::Completed) {
        check.problem_with("id", Code::InvalidState, state(held.status));
    }
    check.done()?;
    let change = task::ActiveModel {
        status: Set(TaskStatus::Cancelled),
        cancel_reason: Set(Some(reason)),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    tx.commit().await?;
    Ok(Task(row))
}

/// The state as clients know it, for messages.
fn state(status: TaskStatus) -> String {
    async_graphql::resolver_utils::enum_value(status).to_string()
}

/// A checked [`AssignmentInput`].
struct Party {
    /// Its place in the list that the client sent.
    place: usize,
    organization: Uuid,
    role: AssignmentRole,
    instruction: Option<String>,
}

impl Party {
    fn on(self, task: Uuid) -> assignment::ActiveModel {
        assignment::ActiveModel {
            task_id: Set(task),
            organization_id: Set(self.organization),
            role: Set(self.role),
            instruction: Set(self.instruction),
            ..Default::default()
        }
    }
}

/// One lead, no organization twice, not more than a page of them.
fn parties(check: &mut Check, field: &str, inputs: &[AssignmentInput]) -> Vec<Party> {
    if inputs.len() > MOST_ASSIGNMENTS as usize {
        check.problem_with(field, Code::TooMany, MOST_ASSIGNMENTS);
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let mut leads = 0;
    let mut wanted = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        let organization = check
            .id::<organization::Entity>(&format!("{field}.{index}.organizationId"), &input.organization_id);
        let instruction =
            check.optional(&format!("{field}.{index}.instruction"), input.instruction.as_deref(), TEXT);
        if !seen.insert(organization) {
            check.problem(&format!("{field}.{index}.organizationId"), Code::Duplicate);
        }
        leads += usize::from(input.role == AssignmentRole::Lead);
        wanted.push(Party { place: index, organization, role: input.role, instruction });
    }
    match leads {
        0 => check.problem(field, Code::LeadRequired),
        1 => {}
        _ => check.problem(field, Code::MultipleLeads),
    }
    wanted
}

/// Every organization is there and exists today.
async fn exist(tx: &Tx, world: &World, field: &str, wanted: &[Party]) -> Result<()> {
    let ids = wanted.iter().map(|party| party.organization);
    let found = tx.all(tx.find::<organization::Entity>().filter(organization::Column::Id.is_in(ids))).await?;
    let found: HashMap<Uuid, organization::Model> = found.into_iter().map(|row| (row.id, row)).collect();
    let mut problems = Vec::new();
    for party in wanted {
        let path = format!("{field}.{}.organizationId", party.place);
        match found.get(&party.organization) {
            None => problems.push(Problem::new(&path, Code::NotFound)),
            Some(organization) if !is_active(organization, world.today()) => {
                problems.push(Problem::new(&path, Code::InactiveOrganization));
            }
            Some(_) => {}
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

async fn assign(
    ctx: &Context<'_>,
    id: ID,
    inputs: Vec<AssignmentInput>,
    expected: Option<i32>,
) -> Result<Task> {
    let world = &ctx.app()?.world;
    let key = id::parse::<task::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<task::Entity>(key, Verb::Update).await?;
    let mut check = Check::new("");
    let wanted = parties(&mut check, "assignments", &inputs);
    if held.status == TaskStatus::Cancelled {
        check.problem_with("id", Code::InvalidState, state(held.status));
    }
    check.done()?;
    // Touching the task makes two who assign it at once meet in its version.
    let row = tx.update(&held, expected, task::ActiveModel::default()).await?;
    let mut now = living(&tx, assignment::Column::TaskId.eq(key)).await?;
    let keeps: Vec<Party> = replace(&tx, world, &mut now, wanted).await?;
    exist(&tx, world, "assignments", &keeps).await?;
    hand_out(&tx, world, keeps, key).await?;
    tx.commit().await?;
    Ok(Task(row))
}

/// Assigns a task; reports on it are expected in the periods that are open.
async fn hand_out(tx: &Tx, world: &World, parties: Vec<Party>, task: Uuid) -> Result<()> {
    let mut made = Vec::new();
    for party in parties {
        made.push(tx.insert::<assignment::Entity>(party.on(task)).await?);
    }
    match made.is_empty() {
        true => Ok(()),
        false => periods::expect(tx, &made, world.now()).await,
    }
}

/// Ends assignments that are not wanted and changes those that stay; gives back what is new.
async fn replace(
    tx: &Tx,
    world: &World,
    now: &mut HashMap<Uuid, assignment::Model>,
    wanted: Vec<Party>,
) -> Result<Vec<Party>> {
    let mut fresh = Vec::new();
    let mut changed = Vec::new();
    for party in wanted {
        match now.remove(&party.organization) {
            Some(row) if row.role != party.role || row.instruction != party.instruction => {
                changed.push((row, party))
            }
            Some(_) => {}
            None => fresh.push(party),
        }
    }
    for row in now.values() {
        let held = tx.hold::<assignment::Entity>(row.id, Verb::Update).await?;
        tx.update(
            &held,
            None,
            assignment::ActiveModel { ended_at: Set(Some(world.now())), ..Default::default() },
        )
        .await?;
    }
    // The old lead steps back before the new one steps up: never two at a time.
    changed.sort_by_key(|(_, party)| party.role == AssignmentRole::Lead);
    for (row, party) in changed {
        let held = tx.hold::<assignment::Entity>(row.id, Verb::Update).await?;
        let change = assignment::ActiveModel {
            role: Set(party.role),
            instruction: Set(party.instruction),
            ..Default::default()
        };
        tx.update(&held, None, change).await?;
    }
    Ok(fresh)
}

/// The assignments that hold now and meet `condition`, by organization.
async fn living(
    tx: &Tx,
    condition: sea_orm::sea_query::SimpleExpr,
) -> Result<HashMap<Uuid, assignment::Model>> {
    let query =
        tx.find::<assignment::Entity>().filter(assignment::Column::EndedAt.is_null()).filter(condition);
    Ok(tx.all(query).await?.into_iter().map(|row| (row.organization_id, row)).collect())
}

async fn reassign(
    ctx: &Context<'_>,
    from: ID,
    to: ID,
    tasks: Option<Vec<ID>>,
    reason: &str,
) -> Result<Vec<Assignment>> {
    const MOST: usize = 100;
    let world = &ctx.app()?.world;
    let mut check = Check::new("");
    let from = check.id::<organization::Entity>("fromOrganizationId", &from);
    let to = check.id::<organization::Entity>("toOrganizationId", &to);
    let reason = check.text("reason", reason, TEXT);
    if from == to {
        check.problem("toOrganizationId", Code::Duplicate);
    }
    let tasks = tasks.map(|ids| {
        if ids.len() > MOST {
            check.problem_with("taskIds", Code::TooMany, MOST);
        }
        ids.iter().take(MOST).map(|id| check.id::<task::Entity>("taskIds", id)).collect::<Vec<_>>()
    });
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    tx.may::<assignment::Entity>(Verb::Create)?;
    let receiver = Party { place: 0, organization: to, role: AssignmentRole::Lead, instruction: None };
    exist(&tx, world, "toOrganizationId", &[receiver]).await.map_err(|error| error.at("toOrganizationId"))?;
    let open = task::Column::Status.is_in([TaskStatus::Planned, TaskStatus::InProgress]);
    let moved = tx
        .find::<assignment::Entity>()
        .filter(assignment::Column::OrganizationId.eq(from))
        .filter(assignment::Column::EndedAt.is_null())
        .filter(match &tasks {
            Some(ids) => assignment::Column::TaskId.is_in(ids.iter().copied()),
            None => assignment::Column::TaskId.in_subquery(tx.keys::<task::Entity>(task::Column::Id, open)),
        });
    let moved = tx.all(moved).await?;
    if tasks.is_some_and(|ids| ids.iter().collect::<HashSet<_>>().len() != moved.len()) {
        return Err(Problem::new("taskIds", Code::NotFound).into());
    }
    let mut made = Vec::new();
    for row in moved {
        let held = tx.hold::<assignment::Entity>(row.id, Verb::Update).await?;
        made.push(Assignment(hand_over(&tx, world, &held, to, &reason).await?));
    }
    tx.commit().await?;
    Ok(made)
}

/// Ends an assignment and gives its task to `to`. An organization that is on the task already keeps its assignment,
/// in the better of the two roles.
async fn hand_over(
    tx: &Tx,
    world: &World,
    held: &Held<assignment::Entity>,
    to: Uuid,
    reason: &str,
) -> Result<assignment::Model> {
    let end = assignment::ActiveModel {
        ended_at: Set(Some(world.now())),
        end_reason: Set(Some(reason.to_owned())),
        ..Default::default()
    };
    let ended = tx.update(held, None, end).await?;
    let there = living(tx, assignment::Column::TaskId.eq(held.task_id)).await?.remove(&to);
    let successor = match there {
        Some(row) if held.role == AssignmentRole::Lead => {
            let there = tx.hold::<assignment::Entity>(row.id, Verb::Update).await?;
            tx.update(
                &there,
                None,
                assignment::ActiveModel { role: Set(AssignmentRole::Lead), ..Default::default() },
            )
            .await?
        }
        Some(row) => row,
        None => {
            let party =
                Party { place: 0, organization: to, role: held.role, instruction: held.instruction.clone() };
            let row = tx.insert::<assignment::Entity>(party.on(held.task_id)).await?;
            periods::expect(tx, std::slice::from_ref(&row), world.now()).await?;
            row
        }
    };
    let old = tx.hold::<assignment::Entity>(ended.id, Verb::Update).await?;
    tx.update(
        &old,
        None,
        assignment::ActiveModel { successor_id: Set(Some(successor.id)), ..Default::default() },
    )
    .await?;
    Ok(successor)
}
