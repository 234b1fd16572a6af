//! Exemplary models: what an organization proposes for commendation, and where others took it up.

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
use super::user::Person;
use crate::error::Result;
use crate::store::{Many, Read, Sort};

/// An exemplary model of innovation, start-up or digital transformation (mô hình tiêu biểu).
#[derive(Description)]
pub struct InnovationModel(pub Arc<innovation_model::Model>);

#[Object(use_type_description)]
impl InnovationModel {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<innovation_model::Entity>(self.0.id)
    }

    /// Who proposes it.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        ctx.need::<organization::Entity>(self.0.organization_id).await.map(Organization)
    }

    /// What it is called.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// How it works.
    async fn description(&self) -> Result<&str> {
        Ok(self.0.description.text()?)
    }

    /// What it has reached.
    async fn results(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.results)?)
    }

    /// The node of the framework that it serves; null where the viewer may not see it.
    async fn node(&self, ctx: &Context<'_>) -> Result<Option<FrameworkNode>> {
        match self.0.node_id {
            Some(id) => Ok(ctx.one::<node::Entity>(id).await?.map(FrameworkNode)),
            None => Ok(None),
        }
    }

    /// How far it is.
    async fn status(&self) -> ModelStatus {
        self.0.status
    }

    /// Who wrote it; null where the viewer may not know.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, Some(self.0.author_id)).await
    }

    /// Who entered the decision; null where the viewer may not know.
    async fn decider(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, self.0.decider_id).await
    }

    /// When the decision was entered.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// Number of the decision that commends it.
    async fn decision_number(&self) -> Option<&str> {
        self.0.decision_number.as_deref()
    }

    /// Date of that decision.
    async fn decision_on(&self) -> Option<NaiveDate> {
        self.0.decision_on
    }

    /// Why it was not commended.
    async fn decline_reason(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.decline_reason)?)
    }

    /// Where it was taken up, newest first.
    async fn replications(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<ModelReplication>> {
        let children = Many::newest(model_replication::Column::ModelId, self.0.id, limit(first)?);
        let rows = ctx.many::<model_replication::Entity>(children).await?;
        Ok(rows.into_iter().map(ModelReplication).collect())
    }

    /// Evidence attached to it, newest first.
    async fn evidence(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Evidence>> {
        Evidence::linked(ctx, Many::newest(evidence_link::Column::ModelId, self.0.id, limit(first)?)).await
    }

    /// What was done to it, newest first, as far as the viewer may know.
    async fn history(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<AuditEntry>> {
        AuditEntry::history(ctx, self.0.id, first).await
    }

    /// When it was proposed.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }
}

/// A place where an exemplary model was taken up.
#[derive(Description)]
pub struct ModelReplication(pub Arc<model_replication::Model>);

#[Object(use_type_description)]
impl ModelReplication {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<model_replication::Entity>(self.0.id)
    }

    /// Who took it up.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        ctx.need::<organization::Entity>(self.0.organization_id).await.map(Organization)
    }

    /// Where.
    async fn place(&self) -> &str {
        &self.0.place
    }

    /// Since when.
    async fn started_on(&self) -> NaiveDate {
        self.0.started_on
    }

    /// What a reader should know about it.
    async fn note(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.note)?)
    }

    /// When it was entered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// Which exemplary models are wanted.
#[derive(InputObject, Default)]
pub struct InnovationModelFilter {
    /// How far they are.
    status: Option<OneOf<ModelStatus>>,
    /// Who proposes them.
    organization: Option<IdFilter>,
    /// The node that they serve.
    node: Option<IdFilter>,
}

/// Queries about exemplary models.
#[derive(Default)]
pub struct InnovationModelQuery;

#[Object]
impl InnovationModelQuery {
    /// An exemplary model by its id.
    async fn innovation_model(&self, ctx: &Context<'_>, id: ID) -> Result<Option<InnovationModel>> {
        let key = id::parse::<innovation_model::Entity>(&id, "id")?;
        ctx.store()?
            .get::<innovation_model::Entity>(key)
            .await
            .map(|row| InnovationModel(row.into()))
            .map(Some)
    }

    /// The exemplary models that the viewer may see, newest first: those of its organization and all commended ones.
    async fn innovation_models(
        &self,
        ctx: &Context<'_>,
        filter: Option<InnovationModelFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<InnovationModel>> {
        use innovation_model::Column::{CreatedAt, NodeId, OrganizationId, Status};
        let filter = filter.unwrap_or_default();
        let mut query = ctx.store()?.find::<innovation_model::Entity>();
        if let Some(status) = &filter.status {
            query = query.filter(status.on(Status, "filter.status")?);
        }
        if let Some(one) = &filter.organization {
            query = query.filter(one.on::<organization::Entity>(OrganizationId, "filter.organization")?);
        }
        if let Some(node) = &filter.node {
            query = query.filter(node.on::<node::Entity>(NodeId, "filter.node")?);
        }
        page(ctx, query, Sort::by_greatest(CreatedAt), first, after, InnovationModel).await
    }
}
