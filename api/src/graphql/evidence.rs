//! Evidence: reading it.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Object};
use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter};

use super::ask::Ask;
use super::audit::AuditEntry;
use super::data_submission::DataSubmission;
use super::evidence_request::EvidenceResponse;
use super::filter::{DateFilter, IdFilter, OneOf, words};
use super::id;
use super::indicator::Indicator;
use super::innovation_model::InnovationModel;
use super::obstacle::Obstacle;
use super::organization::Organization;
use super::outreach::OutreachActivity;
use super::page::{List, limit, order, page};
use super::report::ProgressReport;
use super::task::Task;
use super::ticket::ticket_url;
use super::user::Person;
use crate::auth::{Declared, FileOf, keys};
use crate::error::Result;
use crate::store::{Many, One, Read, Searchable, Sort};

/// A document that proves something: its description and, once uploaded, its file.
#[derive(Description)]
pub struct Evidence(pub Arc<evidence::Model>);

impl Evidence {
    /// The evidence behind some links, in their order.
    pub async fn linked(ctx: &Context<'_>, links: Many<evidence_link::Entity>) -> Result<Vec<Evidence>> {
        let links = ctx.many(links).await?;
        let keys: Vec<One<evidence::Entity>> = links.iter().map(|link| One::new(link.evidence_id)).collect();
        let mut found = ctx.loader()?.load_many(keys.clone()).await?;
        Ok(keys.iter().filter_map(|key| found.remove(key)).map(Evidence).collect())
    }
}

#[Object(use_type_description)]
impl Evidence {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<evidence::Entity>(self.0.id)
    }

    /// What it is, in one line.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What sort of document it is.
    async fn kind(&self) -> EvidenceKind {
        self.0.kind
    }

    /// Who issued it.
    async fn issuing_body(&self) -> Option<&str> {
        self.0.issuing_body.as_deref()
    }

    /// Its number.
    async fn document_number(&self) -> Option<&str> {
        self.0.document_number.as_deref()
    }

    /// When it was issued.
    async fn issued_on(&self) -> Option<NaiveDate> {
        self.0.issued_on
    }

    /// First day it holds.
    async fn effective_from(&self) -> Option<NaiveDate> {
        self.0.effective_from
    }

    /// Last day it holds.
    async fn effective_to(&self) -> Option<NaiveDate> {
        self.0.effective_to
    }

    /// The figure it proves.
    async fn stated_value(&self) -> Option<f64> {
        self.0.stated_value
    }

    /// The unit of that figure.
    async fn stated_unit(&self) -> Option<&str> {
        self.0.stated_unit.as_deref()
    }

    /// The year that figure is of.
    async fn stated_year(&self) -> Option<i32> {
        self.0.stated_year
    }

    /// Name of the file; null until it is uploaded.
    async fn file_name(&self) -> Option<&str> {
        self.0.file_name.as_deref()
    }

    /// Media type found in the file's bytes.
    async fn media_type(&self) -> Option<&str> {
        self.0.media_type.as_deref()
    }

    /// Size of the file in bytes.
    async fn size(&self) -> Option<i64> {
        self.0.size
    }

    /// SHA-256 of the file's bytes, in hex.
    async fn sha256(&self) -> Option<&str> {
        self.0.sha256.as_deref()
    }

    /// How far it is.
    async fn status(&self) -> EvidenceStatus {
        self.0.status
    }

    /// Why it was rejected.
    async fn reject_reason(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.reject_reason)?)
    }

    /// Who described it; null where the viewer may not know.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, Some(self.0.author_id)).await
    }

    /// Who accepted or rejected it; null where the viewer may not know.
    async fn decider(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, self.0.decider_id).await
    }

    /// When it was accepted or rejected.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// When it was described.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }

    /// Whose it is.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        ctx.need::<organization::Entity>(self.0.organization_id).await.map(Organization)
    }

    /// What it is attached to, as far as the viewer may see, newest first.
    async fn links(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<EvidenceLink>> {
        let links = Many::newest(evidence_link::Column::EvidenceId, self.0.id, limit(first)?);
        Ok(ctx.many::<evidence_link::Entity>(links).await?.into_iter().map(EvidenceLink).collect())
    }

    /// Address from which the viewer may `GET` the file for ten minutes, without an `Authorization` header; what the
    /// viewer may see is checked again then. Null until the file is uploaded.
    async fn download_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        if self.0.storage_key.is_none() {
            return Ok(None);
        }
        Ok(Some(ticket_url(ctx, FileOf::Evidence(self.0.id), keys::GET_FILE, Declared::default())?))
    }

    /// What was done to it, newest first, as far as the viewer may know.
    async fn history(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<AuditEntry>> {
        AuditEntry::history(ctx, self.0.id, first).await
    }
}

/// What a piece of evidence is attached to: one field is set, unless the viewer may not see it.
#[derive(Description)]
pub struct EvidenceLink(pub Arc<evidence_link::Model>);

#[Object(use_type_description)]
impl EvidenceLink {
    /// The progress report it supports.
    async fn report(&self, ctx: &Context<'_>) -> Result<Option<ProgressReport>> {
        match self.0.report_id {
            Some(report) => Ok(ctx.one::<progress_report::Entity>(report).await?.map(ProgressReport)),
            None => Ok(None),
        }
    }

    /// The task it supports.
    async fn task(&self, ctx: &Context<'_>) -> Result<Option<Task>> {
        match self.0.task_id {
            Some(task) => Ok(ctx.one::<task::Entity>(task).await?.map(Task)),
            None => Ok(None),
        }
    }

    /// The indicator it supports.
    async fn indicator(&self, ctx: &Context<'_>) -> Result<Option<Indicator>> {
        match self.0.indicator_id {
            Some(indicator) => Ok(ctx.one::<node::Entity>(indicator).await?.map(Indicator)),
            None => Ok(None),
        }
    }

    /// The answer to a request that it is part of.
    async fn response(&self, ctx: &Context<'_>) -> Result<Option<EvidenceResponse>> {
        match self.0.response_id {
            Some(one) => Ok(ctx.one::<evidence_response::Entity>(one).await?.map(EvidenceResponse)),
            None => Ok(None),
        }
    }

    /// The difficulty it shows.
    async fn obstacle(&self, ctx: &Context<'_>) -> Result<Option<Obstacle>> {
        match self.0.obstacle_id {
            Some(one) => Ok(ctx.one::<obstacle::Entity>(one).await?.map(Obstacle)),
            None => Ok(None),
        }
    }

    /// The supplied figure it proves.
    async fn submission(&self, ctx: &Context<'_>) -> Result<Option<DataSubmission>> {
        match self.0.submission_id {
            Some(one) => Ok(ctx.one::<data_submission::Entity>(one).await?.map(DataSubmission)),
            None => Ok(None),
        }
    }

    /// The exemplary model it shows.
    async fn model(&self, ctx: &Context<'_>) -> Result<Option<InnovationModel>> {
        match self.0.model_id {
            Some(one) => Ok(ctx.one::<innovation_model::Entity>(one).await?.map(InnovationModel)),
            None => Ok(None),
        }
    }

    /// The outreach activity it shows.
    async fn activity(&self, ctx: &Context<'_>) -> Result<Option<OutreachActivity>> {
        match self.0.activity_id {
            Some(one) => Ok(ctx.one::<outreach_activity::Entity>(one).await?.map(OutreachActivity)),
            None => Ok(None),
        }
    }

    /// When it was attached.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// Which evidence is wanted.
#[derive(InputObject, Default)]
pub struct EvidenceFilter {
    /// How far it is.
    status: Option<OneOf<EvidenceStatus>>,
    /// What sort of document.
    kind: Option<OneOf<EvidenceKind>>,
    /// Whose it is.
    organization: Option<IdFilter>,
    /// The task it is attached to.
    task: Option<IdFilter>,
    /// The report it is attached to.
    report: Option<IdFilter>,
    /// The indicator it is attached to.
    indicator: Option<IdFilter>,
    /// When it was issued.
    issued_on: Option<DateFilter>,
    /// Beginnings of words of title, issuing body, number or file name; marks and case do not matter.
    text: Option<String>,
}

order! {
    /// How a list of evidence is ordered.
    EvidenceOrder by EvidenceOrderField of evidence {
        /// By time of entry.
        CreatedAt => CreatedAt,
        /// By date of issue; those without come last.
        IssuedOn => IssuedOn,
    }
}

/// Queries about evidence.
#[derive(Default)]
pub struct EvidenceQuery;

#[Object]
impl EvidenceQuery {
    /// A piece of evidence by its id.
    async fn evidence(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Evidence>> {
        ctx.store()?
            .get::<evidence::Entity>(id::parse::<evidence::Entity>(&id, "id")?)
            .await
            .map(|row| Evidence(row.into()))
            .map(Some)
    }

    /// The evidence that the viewer may see, newest first unless ordered otherwise.
    async fn evidences(
        &self,
        ctx: &Context<'_>,
        filter: Option<EvidenceFilter>,
        order: Option<EvidenceOrder>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Evidence>> {
        let filter = filter.unwrap_or_default();
        use evidence::Column::{CreatedAt, Id, IssuedOn, Kind, OrganizationId, Status};
        use evidence_link::Column::{EvidenceId, IndicatorId, ReportId, TaskId};
        let store = ctx.store()?;
        let mut query = store.find::<evidence::Entity>();
        if let Some(status) = &filter.status {
            query = query.filter(status.on(Status, "filter.status")?);
        }
        if let Some(kind) = &filter.kind {
            query = query.filter(kind.on(Kind, "filter.kind")?);
        }
        if let Some(organization) = &filter.organization {
            query =
                query.filter(organization.on::<organization::Entity>(OrganizationId, "filter.organization")?);
        }
        let links = [
            filter.task.as_ref().map(|task| task.on::<task::Entity>(TaskId, "filter.task")),
            filter
                .report
                .as_ref()
                .map(|report| report.on::<progress_report::Entity>(ReportId, "filter.report")),
            filter.indicator.as_ref().map(|one| one.on::<indicator::Entity>(IndicatorId, "filter.indicator")),
        ];
        for link in links.into_iter().flatten() {
            query = query.filter(Id.in_subquery(store.keys::<evidence_link::Entity>(EvidenceId, link?)));
        }
        if let Some(issued_on) = &filter.issued_on {
            query = query.filter(issued_on.on(IssuedOn, "filter.issuedOn")?);
        }
        if let Some(text) = words(filter.text.as_deref(), "filter.text")? {
            query = query.filter(evidence::Entity::matching(text));
        }
        let sort = order.map_or(Sort::by_greatest(CreatedAt), EvidenceOrder::sort);
        page(ctx, query, sort, first, after, Evidence).await
    }
}
