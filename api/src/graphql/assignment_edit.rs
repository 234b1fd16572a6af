//! Giving tasks to organizations, and moving them from one to another. For the coordinator.

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, ID, InputObject};
use entity::*;
use sea_orm::{ActiveEnum, ColumnTrait, QueryFilter, QueryOrder, Set};
use uuid::Uuid;

use super::ask::Ask;
use super::assignment::Assignment;
use super::check::{Check, TEXT};
use super::id;
use super::organization::all_active;
use super::task::{MOST_ASSIGNMENTS, Task};
use crate::error::{Code, Problem, Result};
use crate::news::{Facts, Names, News, tell_all};
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

/// A checked [`AssignmentInput`].
pub(super) struct Party {
    /// Its place in the list that the client sent.
    place: usize,
    organization: Uuid,
    role: AssignmentRole,
    instruction: Option<Long>,
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
pub(super) fn parties(check: &mut Check, field: &str, inputs: &[AssignmentInput]) -> Vec<Party> {
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
pub(super) async fn exist(tx: &Tx, world: &World, field: &str, wanted: &[Party]) -> Result<()> {
    let named = |party: &Party| (format!("{field}.{}.organizationId", party.place), party.organization);
    all_active(tx, wanted.iter().map(named).collect(), world.today()).await
}

pub(super) async fn assign(
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
        check.note::<()>(Err(Problem::state("id", held.status)));
    }
    check.done()?;
    // Touching the task makes two who assign it at once meet in its version.
    let row = tx.update(&held, expected, task::ActiveModel::default()).await?;
    let mut now = living(&tx, assignment::Column::TaskId.eq(key)).await?;
    let keeps: Vec<Party> = replace(&tx, world, &mut now, wanted).await?;
    exist(&tx, world, "assignments", &keeps).await?;
    hand_out(&tx, world, keeps, key).await?;
    tx.commit().await?;
    Ok(Task(row.into()))
}

/// Assigns a task; reports on it are expected in the periods that are open.
pub(super) async fn hand_out(tx: &Tx, world: &World, parties: Vec<Party>, task: Uuid) -> Result<()> {
    let mut made = Vec::new();
    for party in parties {
        made.push(tx.insert::<assignment::Entity>(party.on(task)).await?);
    }
    if made.is_empty() {
        return Ok(());
    }
    periods::expect(tx, &made, world.now()).await?;
    tell_assigned(tx, &made).await
}

/// Tells the organizations of their assignments; each is told once, so those that were there before are told nothing.
async fn tell_assigned(tx: &Tx, made: &[assignment::Model]) -> Result<()> {
    let tasks = tx.find::<task::Entity>().filter(task::Column::Id.is_in(made.iter().map(|row| row.task_id)));
    let tasks: HashMap<Uuid, task::Model> =
        tx.all(tasks).await?.into_iter().map(|row| (row.id, row)).collect();
    let news = made.iter().filter_map(|row| {
        let task = tasks.get(&row.task_id)?;
        let kind = NotificationKind::TaskAssigned;
        let facts = Facts {
            code: Some(task.code.clone()),
            title: Names::same(&task.title),
            due_on: Some(task.due_on),
            ..Facts::default()
        };
        let key = format!("{}:{}", kind.to_value(), row.id);
        Some(News { key, ..News::of::<assignment::Entity>(kind, row, [row.organization_id], facts) })
    });
    tell_all(tx, news.collect()).await
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

pub(super) async fn reassign(
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
    let held = tx
        .find::<assignment::Entity>()
        .filter(assignment::Column::OrganizationId.eq(from))
        .filter(assignment::Column::EndedAt.is_null())
        .filter(match &tasks {
            Some(ids) => assignment::Column::TaskId.is_in(ids.iter().copied()),
            None => assignment::Column::TaskId.in_subquery(tx.keys::<task::Entity>(task::Column::Id, open)),
        });
    // A task before its assignments, as whoever changes the task takes them; who was faster may have given some away.
    let on_them = tx.all(held.clone()).await?.into_iter().map(|row| row.task_id);
    let on_them = tx.find::<task::Entity>().filter(task::Column::Id.is_in(on_them));
    tx.all(tx.locked(on_them.order_by_asc(task::Column::Id))).await?;
    let moved = tx.all(held).await?;
    if tasks.is_some_and(|ids| ids.iter().collect::<HashSet<_>>().len() != moved.len()) {
        return Err(Problem::new("taskIds", Code::NotFound).into());
    }
    let mut made = Vec::new();
    for row in moved {
        let held = tx.hold::<assignment::Entity>(row.id, Verb::Update).await?;
        made.push(hand_over(&tx, world, &held, to, &reason).await?);
    }
    tell_assigned(&tx, &made).await?;
    tx.commit().await?;
    Ok(made.into_iter().map(|row| Assignment(row.into())).collect())
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
        end_reason: Set(Some(reason.to_owned().into())),
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
