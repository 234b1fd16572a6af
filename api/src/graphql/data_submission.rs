//! Supplied figures: raw values that organizations give for the indicators of a draft edition.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::*;
use sea_orm::QueryFilter;

use super::ask::Ask;
use super::audit::AuditEntry;
use super::data_submission_edit::{is_second_person, leads_to, may_supply};
use super::edition::Edition;
use super::evidence::Evidence;
use super::filter::{IdFilter, OneOf};
use super::finding::Finding;
use super::id;
use super::indicator::Indicator;
use super::organization::Organization;
use super::page::{List, limit, page};
use super::unit::Unit;
use super::user::Person;
use crate::error::{Code, Result};
use crate::findings::{self, OfSubmission};
use crate::store::{Many, Read, Sort};

/// A raw value that an organization supplies for an indicator of an edition, with its evidence; a second person decides
/// on it.
#[derive(Description)]
pub struct DataSubmission(pub Arc<data_submission::Model>);

#[Object(use_type_description)]
impl DataSubmission {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<data_submission::Entity>(self.0.id)
    }

    /// The edition that it is for, as its suppliers know it.
    async fn collection(&self, ctx: &Context<'_>) -> Result<DataCollection> {
        ctx.need::<data_collection::Entity>(self.0.edition_id).await.map(DataCollection)
    }

    /// The edition that it is for; null where the viewer may not see it, as long as it is a draft.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Option<Edition>> {
        Ok(ctx.one::<edition::Entity>(self.0.edition_id).await?.map(Edition))
    }

    /// The indicator.
    async fn indicator(&self, ctx: &Context<'_>) -> Result<Indicator> {
        ctx.need::<node::Entity>(self.0.indicator_id).await.map(Indicator)
    }

    /// The province that it is the value of.
    async fn unit(&self, ctx: &Context<'_>) -> Result<Unit> {
        ctx.need::<unit::Entity>(self.0.unit_id).await.map(Unit)
    }

    /// Who supplies it.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        ctx.need::<organization::Entity>(self.0.organization_id).await.map(Organization)
    }

    /// The raw value.
    async fn value(&self) -> f64 {
        self.0.value
    }

    /// Unit of measure of the value; handed in only if it is that of the indicator.
    async fn value_unit(&self) -> &str {
        &self.0.value_unit
    }

    /// The year that the value is of.
    async fn value_year(&self) -> i32 {
        self.0.value_year
    }

    /// How it was measured or counted.
    async fn method_note(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.method_note)?)
    }

    /// How far it is.
    async fn status(&self) -> ReportStatus {
        self.0.status
    }

    /// The warnings that were confirmed when it was last submitted.
    async fn confirmed(&self) -> Vec<Code> {
        findings::confirmed(&self.0.confirmed)
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

    /// Evidence attached to it, newest first.
    async fn evidence(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<Evidence>> {
        let links = Many::newest(evidence_link::Column::SubmissionId, self.0.id, limit(first)?);
        Evidence::linked(ctx, links).await
    }

    /// What would be found if it were handed in now.
    async fn check(&self, ctx: &Context<'_>) -> Result<Vec<Finding>> {
        let found = ctx.load(OfSubmission(self.0.id)).await?.unwrap_or_default();
        Ok(found.into_iter().map(Finding).collect())
    }

    /// What the viewer may do with it now.
    async fn viewer_can(&self, ctx: &Context<'_>) -> Result<SubmissionActions> {
        SubmissionActions::of(ctx, &self.0).await
    }

    /// What was done to it, newest first, as far as the viewer may know.
    async fn history(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<AuditEntry>> {
        AuditEntry::history(ctx, self.0.id, first).await
    }

    /// When it was begun.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }
}

/// An edition as those know it who supply its figures, without any of them.
#[derive(Description)]
pub struct DataCollection(pub Arc<data_collection::Model>);

#[Object(use_type_description)]
impl DataCollection {
    /// Global id of the edition.
    async fn edition_id(&self) -> ID {
        id::of::<edition::Entity>(self.0.id)
    }

    /// The year of the ranking.
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// 1 for what was published first, then one more with every correction.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// Figures are supplied while it is a draft.
    async fn status(&self) -> Publication {
        self.0.status
    }

    /// Whether its figures are made up, to try things out.
    async fn synthetic(&self) -> bool {
        self.0.synthetic
    }
}

/// What the viewer may do with a supplied figure now.
#[derive(SimpleObject, Default)]
pub struct SubmissionActions {
    /// Hand it in.
    submit: bool,
    /// Take it back before it is decided on.
    withdraw: bool,
    /// Accept it.
    accept: bool,
    /// Send it back.
    #[graphql(name = "return")]
    send_back: bool,
}

impl SubmissionActions {
    async fn of(ctx: &Context<'_>, row: &data_submission::Model) -> Result<Self> {
        let user = ctx.principal()?.user;
        let collection = ctx.need::<data_collection::Entity>(row.edition_id).await?;
        if collection.status != Publication::Draft {
            return Ok(Self::default());
        }
        let may = |to| leads_to(row.status, to);
        let decides = user.role == Role::Coordinator && is_second_person(row, user.id);
        let writes = matches!(user.role, Role::Coordinator | Role::Officer)
            && user.organization == Some(row.organization_id);
        let supplies = writes && {
            let indicator = ctx.need::<indicator::Entity>(row.indicator_id).await?;
            may_supply(&user, &indicator)
        };
        Ok(Self {
            submit: supplies && may(ReportStatus::Submitted),
            withdraw: writes && may(ReportStatus::Draft),
            accept: decides && may(ReportStatus::Accepted),
            send_back: decides && may(ReportStatus::Returned),
        })
    }
}

/// Which supplied figures are wanted.
#[derive(InputObject, Default)]
pub struct DataSubmissionFilter {
    /// The edition that they are for.
    edition: Option<IdFilter>,
    /// The indicator.
    indicator: Option<IdFilter>,
    /// Who supplies them.
    organization: Option<IdFilter>,
    /// How far they are.
    status: Option<OneOf<ReportStatus>>,
}

/// Queries about supplied figures.
#[derive(Default)]
pub struct DataSubmissionQuery;

#[Object]
impl DataSubmissionQuery {
    /// A supplied figure by its id.
    async fn data_submission(&self, ctx: &Context<'_>, id: ID) -> Result<Option<DataSubmission>> {
        let key = id::parse::<data_submission::Entity>(&id, "id")?;
        ctx.store()?.get::<data_submission::Entity>(key).await.map(|row| DataSubmission(row.into())).map(Some)
    }

    /// The supplied figures that the viewer may see, newest first.
    async fn data_submissions(
        &self,
        ctx: &Context<'_>,
        filter: Option<DataSubmissionFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<DataSubmission>> {
        use data_submission::Column::{CreatedAt, EditionId, IndicatorId, OrganizationId, Status};
        let filter = filter.unwrap_or_default();
        let mut query = ctx.store()?.find::<data_submission::Entity>();
        if let Some(edition) = &filter.edition {
            query = query.filter(edition.on::<edition::Entity>(EditionId, "filter.edition")?);
        }
        if let Some(indicator) = &filter.indicator {
            query = query.filter(indicator.on::<indicator::Entity>(IndicatorId, "filter.indicator")?);
        }
        if let Some(one) = &filter.organization {
            query = query.filter(one.on::<organization::Entity>(OrganizationId, "filter.organization")?);
        }
        if let Some(status) = &filter.status {
            query = query.filter(status.on(Status, "filter.status")?);
        }
        page(ctx, query, Sort::by_greatest(CreatedAt), first, after, DataSubmission).await
    }
}
