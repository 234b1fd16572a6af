//! Difficulties that a department cannot overcome by itself: reading them.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Object};
use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use sea_orm::QueryFilter;

use super::ask::Ask;
use super::audit::AuditEntry;
use super::evidence::Evidence;
use super::filter::{IdFilter, OneOf};
use super::framework::FrameworkNode;
use super::id;
use super::organization::Organization;
use super::page::{List, limit, page};
use super::task::Task;
use super::user::Person;
use crate::error::Result;
use crate::store::{Many, Read, Sort};

/// A difficulty that a department cannot overcome by itself.
#[derive(Description)]
pub struct Obstacle(pub Arc<obstacle::Model>);

#[Object(use_type_description)]
impl Obstacle {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<obstacle::Entity>(self.0.id)
    }

    /// Who raised it.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        ctx.need::<organization::Entity>(self.0.organization_id).await.map(Organization)
    }

    /// The task that it hinders, where the viewer may see it.
    async fn task(&self, ctx: &Context<'_>) -> Result<Option<Task>> {
        match self.0.task_id {
            Some(task) => Ok(ctx.one::<task::Entity>(task).await?.map(Task)),
            None => Ok(None),
        }
    }

    /// The node of the framework that it hinders, where the viewer may see it.
    async fn node(&self, ctx: &Context<'_>) -> Result<Option<FrameworkNode>> {
        match self.0.node_id {
            Some(node) => Ok(ctx.one::<node::Entity>(node).await?.map(FrameworkNode)),
            None => Ok(None),
        }
    }

    /// What it is, in one line.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The same at length.
    async fn description(&self) -> Result<&str> {
        Ok(self.0.description.text()?)
    }

    /// What the organization proposes.
    async fn proposal(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.proposal)?)
    }

    /// How far it is.
    async fn status(&self) -> ObstacleStatus {
        self.0.status
    }

    /// Who wrote it; null where the viewer may not know.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, Some(self.0.author_id)).await
    }

    /// Why the coordinator sent it back.
    async fn return_reason(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.return_reason)?)
    }

    /// Who passed it on to the leader; null where the viewer may not know.
    async fn forwarder(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, self.0.forwarder_id).await
    }

    /// When it was passed on.
    async fn forwarded_at(&self) -> Option<DateTime<Utc>> {
        self.0.forwarded_at
    }

    /// What the coordinator thinks of it.
    async fn opinion(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.opinion)?)
    }

    /// Who resolved it; null where the viewer may not know.
    async fn resolver(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, self.0.resolver_id).await
    }

    /// When it was resolved.
    async fn resolved_at(&self) -> Option<DateTime<Utc>> {
        self.0.resolved_at
    }

    /// What was resolved.
    async fn answer(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.answer)?)
    }

    /// Date of the answer.
    async fn answered_on(&self) -> Option<NaiveDate> {
        self.0.answered_on
    }

    /// When it was raised.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }

    /// Evidence attached to it, newest first.
    async fn evidence(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Evidence>> {
        Evidence::linked(ctx, Many::newest(evidence_link::Column::ObstacleId, self.0.id, limit(first)?)).await
    }

    /// What was done to it, newest first, as far as the viewer may know.
    async fn history(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<AuditEntry>> {
        AuditEntry::history(ctx, self.0.id, first).await
    }
}

/// Which difficulties are wanted.
#[derive(InputObject, Default)]
pub struct ObstacleFilter {
    /// How far they are.
    status: Option<OneOf<ObstacleStatus>>,
    /// Who raised them.
    organization: Option<IdFilter>,
    /// The task that they hinder.
    task: Option<IdFilter>,
    /// The node of the framework that they hinder.
    node: Option<IdFilter>,
}

/// Queries about difficulties.
#[derive(Default)]
pub struct ObstacleQuery;

#[Object]
impl ObstacleQuery {
    /// A difficulty by its id.
    async fn obstacle(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Obstacle>> {
        let key = id::parse::<obstacle::Entity>(&id, "id")?;
        ctx.store()?.get::<obstacle::Entity>(key).await.map(|row| Obstacle(row.into())).map(Some)
    }

    /// The difficulties that the viewer may see, newest first.
    async fn obstacles(
        &self,
        ctx: &Context<'_>,
        filter: Option<ObstacleFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Obstacle>> {
        use obstacle::Column::{CreatedAt, NodeId, OrganizationId, Status, TaskId};
        let filter = filter.unwrap_or_default();
        let mut query = ctx.store()?.find::<obstacle::Entity>();
        if let Some(status) = &filter.status {
            query = query.filter(status.on(Status, "filter.status")?);
        }
        if let Some(one) = &filter.organization {
            query = query.filter(one.on::<organization::Entity>(OrganizationId, "filter.organization")?);
        }
        if let Some(task) = &filter.task {
            query = query.filter(task.on::<task::Entity>(TaskId, "filter.task")?);
        }
        if let Some(node) = &filter.node {
            query = query.filter(node.on::<node::Entity>(NodeId, "filter.node")?);
        }
        page(ctx, query, Sort::by_greatest(CreatedAt), first, after, Obstacle).await
    }
}
