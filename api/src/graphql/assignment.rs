//! Assignments: tasks in the hands of organizations.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, Set};

use super::ask::Ask;
use super::filter::{IdFilter, OneOf};
use super::id;
use super::organization::Organization;
use super::page::{List, limit, page};
use super::payload::payload;
use super::report::ProgressReport;
use super::task::Task;
use super::user::Person;
use super::written::{Common, Written, WrittenList};
use crate::error::{Problem, Result};
use crate::policy::Verb;
use crate::store::{Many, Read, Sort};

/// A task in the hands of one organization.
#[derive(Description)]
pub struct Assignment(pub Arc<assignment::Model>);

#[Object(use_type_description)]
impl Assignment {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<assignment::Entity>(self.0.id)
    }

    /// Lead or coordinating.
    async fn role(&self) -> AssignmentRole {
        self.0.role
    }

    /// What this organization in particular is to do.
    async fn instruction(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.instruction)?)
    }

    /// When the organization took it on.
    async fn accepted_at(&self) -> Option<DateTime<Utc>> {
        self.0.accepted_at
    }

    /// Who took it on; null where the viewer may not know.
    async fn accepted_by(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, self.0.accepted_by).await
    }

    /// When it was taken away; such assignments are history.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// Why it was taken away.
    async fn end_reason(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.end_reason)?)
    }

    /// The assignment that took its place.
    async fn successor(&self, ctx: &Context<'_>) -> Result<Option<Assignment>> {
        match self.0.successor_id {
            Some(successor) => Ok(ctx.one::<assignment::Entity>(successor).await?.map(Assignment)),
            None => Ok(None),
        }
    }

    /// When it was given.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }

    /// The task.
    async fn task(&self, ctx: &Context<'_>) -> Result<Written<Task>> {
        ctx.need::<task::Entity>(self.0.task_id).await.map(Task).map(Written)
    }

    /// The organization.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Common<Organization>> {
        let organization = ctx.need::<organization::Entity>(self.0.organization_id).await?;
        Ok(Common(organization.id, Organization(organization)))
    }

    /// The newest report that the viewer may see.
    async fn latest_report(&self, ctx: &Context<'_>) -> Result<Option<Written<ProgressReport>>> {
        let newest = Many::newest(progress_report::Column::AssignmentId, self.0.id, 1);
        Ok(ctx.many::<progress_report::Entity>(newest).await?.pop().map(ProgressReport).map(Written))
    }

    /// The reports that the viewer may see, newest first.
    async fn reports(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<WrittenList<ProgressReport>> {
        let newest = Many::newest(progress_report::Column::AssignmentId, self.0.id, limit(first)?);
        Ok(ctx.many::<progress_report::Entity>(newest).await?.into_iter().map(ProgressReport).collect())
    }
}

/// An organization on a task, with its role and nothing else.
#[derive(Description)]
pub struct Participant(pub Arc<task_participant::Model>);

#[Object(use_type_description)]
impl Participant {
    /// Lead or coordinating.
    async fn role(&self) -> AssignmentRole {
        self.0.role
    }

    /// The organization.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Common<Organization>> {
        let organization = ctx.need::<organization::Entity>(self.0.organization_id).await?;
        Ok(Common(organization.id, Organization(organization)))
    }
}

/// Which assignments are wanted.
#[derive(InputObject, Default)]
pub struct AssignmentFilter {
    /// Lead or coordinating.
    role: Option<AssignmentRole>,
    /// How far the task is.
    task_status: Option<OneOf<TaskStatus>>,
    /// The task.
    task: Option<IdFilter>,
    /// Whether the organization took it on.
    accepted: Option<bool>,
}

/// Queries about assignments.
#[derive(Default)]
pub struct AssignmentQuery;

#[Object]
impl AssignmentQuery {
    /// The assignments that the viewer's own organization holds, newest first.
    async fn my_assignments(
        &self,
        ctx: &Context<'_>,
        filter: Option<AssignmentFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Assignment>> {
        let filter = filter.unwrap_or_default();
        use assignment::Column::{AcceptedAt, EndedAt, OrganizationId, Role, TaskId};
        let store = ctx.store()?;
        let mut query = store
            .find::<assignment::Entity>()
            .filter(OrganizationId.eq(ctx.principal()?.user.organization))
            .filter(EndedAt.is_null());
        if let Some(role) = filter.role {
            query = query.filter(Role.eq(role));
        }
        if let Some(status) = &filter.task_status {
            let tasks = status.on(task::Column::Status, "filter.taskStatus")?;
            query = query.filter(TaskId.in_subquery(store.keys::<task::Entity>(task::Column::Id, tasks)));
        }
        if let Some(task) = &filter.task {
            query = query.filter(task.on::<task::Entity>(TaskId, "filter.task")?);
        }
        if let Some(accepted) = filter.accepted {
            query = query.filter(if accepted { AcceptedAt.is_not_null() } else { AcceptedAt.is_null() });
        }
        page(ctx, query, Sort::by_greatest(assignment::Column::CreatedAt), first, after, Assignment).await
    }
}

payload! {
    /// What came of taking an assignment on.
    AssignmentPayload {
        /// The assignment as it is now.
        assignment: Assignment
    }
}

/// Mutations of assignments.
#[derive(Default)]
pub struct AssignmentMutation;

#[Object]
impl AssignmentMutation {
    /// Takes an assignment on, for the viewer's own organization. Doing it twice changes nothing.
    async fn assignment_accept(&self, ctx: &Context<'_>, id: ID) -> Result<Option<AssignmentPayload>> {
        AssignmentPayload::of(accept(ctx, id).await)
    }
}

async fn accept(ctx: &Context<'_>, id: ID) -> Result<Assignment> {
    let key = id::parse::<assignment::Entity>(&id, "id")?;
    let user = ctx.principal()?.user;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<assignment::Entity>(key, Verb::Update).await?;
    if Some(held.organization_id) != user.organization || held.ended_at.is_some() {
        return Err(crate::error::Error::Forbidden);
    }
    if held.accepted_at.is_some() {
        return Ok(Assignment(held.clone().into()));
    }
    let task = tx.get::<task::Entity>(held.task_id).await?;
    if task.status == TaskStatus::Cancelled {
        return Err(Problem::state("id", task.status).into());
    }
    let now = ctx.app()?.world.now();
    let change = assignment::ActiveModel {
        accepted_at: Set(Some(now)),
        accepted_by: Set(Some(user.id)),
        ..Default::default()
    };
    let row = tx.update(&held, None, change).await?;
    tx.commit().await?;
    Ok(Assignment(row.into()))
}
