//! Requests for evidence and what each organization answers: reading them.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Object};
use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter};

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

/// Most things that one request may ask for.
pub(super) const MOST_ITEMS: u32 = 50;

/// A written request of Sở KH&CN for evidence.
#[derive(Description)]
pub struct EvidenceRequest(pub Arc<evidence_request::Model>);

#[Object(use_type_description)]
impl EvidenceRequest {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<evidence_request::Entity>(self.0.id)
    }

    /// Number of the official letter.
    async fn letter_number(&self) -> &str {
        &self.0.letter_number
    }

    /// Date of the official letter.
    async fn letter_on(&self) -> NaiveDate {
        self.0.letter_on
    }

    /// What it is about, in one line.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What is asked.
    async fn content(&self) -> Result<&str> {
        Ok(self.0.content.text()?)
    }

    /// Last day for the answers.
    async fn due_on(&self) -> NaiveDate {
        self.0.due_on
    }

    /// When it was closed; answers are taken no more.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at
    }

    /// Who entered it; null where the viewer may not know.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, Some(self.0.author_id)).await
    }

    /// What it asks for, in order.
    async fn items(&self, ctx: &Context<'_>) -> Result<Vec<EvidenceRequestItem>> {
        use evidence_request_item::Column::{Position, RequestId};
        let items = Many::<evidence_request_item::Entity>::new(RequestId, self.0.id, Position, MOST_ITEMS);
        Ok(ctx.many(items).await?.into_iter().map(EvidenceRequestItem).collect())
    }

    /// What the organizations answer, as far as the viewer may see, newest first.
    async fn responses(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<EvidenceResponse>> {
        let column = evidence_response::Column::RequestId;
        let rows = Many::<evidence_response::Entity>::newest(column, self.0.id, limit(first)?);
        Ok(ctx.many(rows).await?.into_iter().map(EvidenceResponse).collect())
    }

    /// When it was entered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }
}

/// One thing that a request asks for.
#[derive(Description)]
pub struct EvidenceRequestItem(pub Arc<evidence_request_item::Model>);

#[Object(use_type_description)]
impl EvidenceRequestItem {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<evidence_request_item::Entity>(self.0.id)
    }

    /// Place in the request, from 1.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// What is wanted.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The node of the framework that it is about.
    async fn node(&self, ctx: &Context<'_>) -> Result<Option<FrameworkNode>> {
        match self.0.node_id {
            Some(node) => Ok(ctx.one::<node::Entity>(node).await?.map(FrameworkNode)),
            None => Ok(None),
        }
    }
}

/// What one organization answers to a request for evidence.
#[derive(Description)]
pub struct EvidenceResponse(pub Arc<evidence_response::Model>);

#[Object(use_type_description)]
impl EvidenceResponse {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<evidence_response::Entity>(self.0.id)
    }

    /// The request.
    async fn request(&self, ctx: &Context<'_>) -> Result<EvidenceRequest> {
        ctx.need::<evidence_request::Entity>(self.0.request_id).await.map(EvidenceRequest)
    }

    /// The organization that is asked.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        ctx.need::<organization::Entity>(self.0.organization_id).await.map(Organization)
    }

    /// How far it is.
    async fn status(&self) -> ResponseStatus {
        self.0.status
    }

    /// Whether an answer is still wanted though its last day has passed.
    async fn overdue(&self, ctx: &Context<'_>) -> Result<bool> {
        if !is_wanted(self.0.status) {
            return Ok(false);
        }
        let request = ctx.need::<evidence_request::Entity>(self.0.request_id).await?;
        Ok(request.due_on < ctx.app()?.world.today())
    }

    /// What it answers.
    async fn content(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.content)?)
    }

    /// Who last answered; null where the viewer may not know.
    async fn submitter(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, self.0.submitter_id).await
    }

    /// When it last answered.
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

    /// Evidence attached to it, newest first.
    async fn evidence(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Evidence>> {
        Evidence::linked(ctx, Many::newest(evidence_link::Column::ResponseId, self.0.id, limit(first)?)).await
    }

    /// What was done to it, newest first, as far as the viewer may know.
    async fn history(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<AuditEntry>> {
        AuditEntry::history(ctx, self.0.id, first).await
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }
}

/// Whether the organization is still to answer.
pub(super) fn is_wanted(status: ResponseStatus) -> bool {
    matches!(status, ResponseStatus::Open | ResponseStatus::Returned)
}

/// Which requests are wanted.
#[derive(InputObject, Default)]
pub struct EvidenceRequestFilter {
    /// The organization that is asked.
    organization: Option<IdFilter>,
    /// Whether an answer that the viewer may see is overdue.
    overdue: Option<bool>,
}

/// Which answers are wanted.
#[derive(InputObject, Default)]
pub struct EvidenceResponseFilter {
    /// How far they are.
    status: Option<OneOf<ResponseStatus>>,
    /// The organization that is asked.
    organization: Option<IdFilter>,
    /// The request.
    request: Option<IdFilter>,
}

/// Queries about requests for evidence.
#[derive(Default)]
pub struct EvidenceRequestQuery;

#[Object]
impl EvidenceRequestQuery {
    /// A request for evidence by its id.
    async fn evidence_request(&self, ctx: &Context<'_>, id: ID) -> Result<Option<EvidenceRequest>> {
        let key = id::parse::<evidence_request::Entity>(&id, "id")?;
        ctx.store()?
            .get::<evidence_request::Entity>(key)
            .await
            .map(|row| EvidenceRequest(row.into()))
            .map(Some)
    }

    /// The requests for evidence that the viewer may see, newest first.
    async fn evidence_requests(
        &self,
        ctx: &Context<'_>,
        filter: Option<EvidenceRequestFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<EvidenceRequest>> {
        use evidence_request::Column::{CreatedAt, DueOn, Id};
        use evidence_response::Column::{OrganizationId, RequestId, Status};
        let filter = filter.unwrap_or_default();
        let store = ctx.store()?;
        let mut query = store.find::<evidence_request::Entity>();
        if let Some(organization) = &filter.organization {
            let asked = organization.on::<organization::Entity>(OrganizationId, "filter.organization")?;
            query = query.filter(Id.in_subquery(store.keys::<evidence_response::Entity>(RequestId, asked)));
        }
        if let Some(overdue) = filter.overdue {
            let wanted = Status.is_in([ResponseStatus::Open, ResponseStatus::Returned]);
            let wanted = store.keys::<evidence_response::Entity>(RequestId, wanted);
            let late = Condition::all().add(DueOn.lt(ctx.app()?.world.today())).add(Id.in_subquery(wanted));
            query = query.filter(if overdue { late } else { late.not() });
        }
        page(ctx, query, Sort::by_greatest(CreatedAt), first, after, EvidenceRequest).await
    }

    /// An answer to a request for evidence by its id.
    async fn evidence_response(&self, ctx: &Context<'_>, id: ID) -> Result<Option<EvidenceResponse>> {
        let key = id::parse::<evidence_response::Entity>(&id, "id")?;
        ctx.store()?
            .get::<evidence_response::Entity>(key)
            .await
            .map(|row| EvidenceResponse(row.into()))
            .map(Some)
    }

    /// The answers to requests for evidence that the viewer may see, newest first.
    async fn evidence_responses(
        &self,
        ctx: &Context<'_>,
        filter: Option<EvidenceResponseFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<EvidenceResponse>> {
        use evidence_response::Column::{CreatedAt, OrganizationId, RequestId, Status};
        let filter = filter.unwrap_or_default();
        let mut query = ctx.store()?.find::<evidence_response::Entity>();
        if let Some(status) = &filter.status {
            query = query.filter(status.on(Status, "filter.status")?);
        }
        if let Some(one) = &filter.organization {
            query = query.filter(one.on::<organization::Entity>(OrganizationId, "filter.organization")?);
        }
        if let Some(request) = &filter.request {
            query = query.filter(request.on::<evidence_request::Entity>(RequestId, "filter.request")?);
        }
        page(ctx, query, Sort::by_greatest(CreatedAt), first, after, EvidenceResponse).await
    }
}
