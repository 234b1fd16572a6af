//! Reporting periods, the reports that they expect, and leave to hand in after the lock.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Object};
use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use sea_orm::QueryFilter;

use super::ask::Ask;
use super::assignment::Assignment;
use super::audit::AuditEntry;
use super::filter::IdFilter;
use super::id;
use super::organization::Organization;
use super::page::{List, limit, page};
use super::report::ProgressReport;
use super::user::Person;
use crate::error::Result;
use crate::lang::Lang;
use crate::periods::{self, ReportIn};
use crate::store::{Many, Read, Sort};

/// A period on which Sở KH&CN reports to the provincial People's Committee.
#[derive(Description)]
pub struct ReportingPeriod(pub Arc<reporting_period::Model>);

#[Object(use_type_description)]
impl ReportingPeriod {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<reporting_period::Entity>(self.0.id)
    }

    /// What reports name as their `period`, such as `2026-H1`.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Made by rule, or asked for.
    async fn kind(&self) -> PeriodKind {
        self.0.kind
    }

    /// Title in the language asked for, or else that of `Accept-Language`.
    async fn title(&self, ctx: &Context<'_>, lang: Option<Lang>) -> &str {
        lang.unwrap_or(ctx.lang()).pick(&self.0.title_vi, &self.0.title_en)
    }

    /// Title in Vietnamese.
    async fn title_vi(&self) -> &str {
        &self.0.title_vi
    }

    /// Title in English.
    async fn title_en(&self) -> &str {
        &self.0.title_en
    }

    /// Why it was asked for; null when made by rule.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// First day it covers.
    async fn starts_on(&self) -> NaiveDate {
        self.0.starts_on
    }

    /// Last day for the departments.
    async fn department_due_on(&self) -> NaiveDate {
        self.0.department_due_on
    }

    /// When Sở KH&CN must have reported; reports lock then by themselves.
    async fn due_at(&self) -> DateTime<Utc> {
        self.0.due_at
    }

    /// How far it is now.
    async fn status(&self, ctx: &Context<'_>) -> Result<PeriodStatus> {
        Ok(periods::status_at(&self.0, ctx.app()?.world.now()))
    }

    /// Who opened it; null when it opened by rule and where the viewer may not know.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, self.0.author_id).await
    }

    /// When it was locked by hand.
    async fn locked_at(&self) -> Option<DateTime<Utc>> {
        self.0.locked_at
    }

    /// When it was closed.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at
    }

    /// Leave to hand in after the lock, newest first, as far as the viewer may know.
    async fn exceptions(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<Vec<LockException>> {
        let rows = Many::newest(lock_exception::Column::PeriodId, self.0.id, limit(first)?);
        Ok(ctx.many::<lock_exception::Entity>(rows).await?.into_iter().map(LockException).collect())
    }

    /// When it was opened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
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

/// Leave for one organization to hand in after a period was locked. It ends by itself.
#[derive(Description)]
pub struct LockException(pub Arc<lock_exception::Model>);

#[Object(use_type_description)]
impl LockException {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<lock_exception::Entity>(self.0.id)
    }

    /// The period.
    async fn period(&self, ctx: &Context<'_>) -> Result<ReportingPeriod> {
        ctx.need::<reporting_period::Entity>(self.0.period_id).await.map(ReportingPeriod)
    }

    /// The organization.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        ctx.need::<organization::Entity>(self.0.organization_id).await.map(Organization)
    }

    /// When it ends by itself.
    async fn until(&self) -> DateTime<Utc> {
        self.0.until
    }

    /// Why it was given.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Whether it holds now.
    async fn active(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.0.revoked_at.is_none() && ctx.app()?.world.now() <= self.0.until)
    }

    /// Who gave it; null where the viewer may not know.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::find(ctx, Some(self.0.author_id)).await
    }

    /// When it was taken back before its end.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }

    /// When it was given.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }
}

/// A report that a period expects of an assignment.
#[derive(Description)]
pub struct ReportSlot(pub Arc<report_slot::Model>);

#[Object(use_type_description)]
impl ReportSlot {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<report_slot::Entity>(self.0.id)
    }

    /// The period.
    async fn period(&self, ctx: &Context<'_>) -> Result<ReportingPeriod> {
        ctx.need::<reporting_period::Entity>(self.0.period_id).await.map(ReportingPeriod)
    }

    /// The assignment that is reported on.
    async fn assignment(&self, ctx: &Context<'_>) -> Result<Assignment> {
        ctx.need::<assignment::Entity>(self.0.assignment_id).await.map(Assignment)
    }

    /// Who is to report.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        ctx.need::<organization::Entity>(self.0.organization_id).await.map(Organization)
    }

    /// The report, as soon as there is one that the viewer may see.
    async fn report(&self, ctx: &Context<'_>) -> Result<Option<ProgressReport>> {
        let wanted = ReportIn { period_id: self.0.period_id, assignment_id: self.0.assignment_id };
        Ok(ctx.load(wanted).await?.map(|row| ProgressReport(row.into())))
    }
}

/// Which expected reports are wanted.
#[derive(InputObject, Default)]
pub struct ReportSlotFilter {
    /// The period that expects them.
    period: Option<IdFilter>,
    /// Who is to report.
    organization: Option<IdFilter>,
}

/// Queries about reporting periods.
#[derive(Default)]
pub struct PeriodQuery;

#[Object]
impl PeriodQuery {
    /// A reporting period by its id.
    async fn reporting_period(&self, ctx: &Context<'_>, id: ID) -> Result<Option<ReportingPeriod>> {
        let key = id::parse::<reporting_period::Entity>(&id, "id")?;
        ctx.store()?
            .get::<reporting_period::Entity>(key)
            .await
            .map(|row| ReportingPeriod(row.into()))
            .map(Some)
    }

    /// The reporting periods, latest cut-off first.
    async fn reporting_periods(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<ReportingPeriod>> {
        let all = ctx.store()?.find::<reporting_period::Entity>();
        let sort = Sort::by_greatest(reporting_period::Column::DueAt);
        page(ctx, all, sort, first, after, ReportingPeriod).await
    }

    /// The reports that periods expect, as far as the viewer may know; newest first.
    async fn report_slots(
        &self,
        ctx: &Context<'_>,
        filter: Option<ReportSlotFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<ReportSlot>> {
        use report_slot::Column::{CreatedAt, OrganizationId, PeriodId};
        let filter = filter.unwrap_or_default();
        let mut query = ctx.store()?.find::<report_slot::Entity>();
        if let Some(period) = &filter.period {
            query = query.filter(period.on::<reporting_period::Entity>(PeriodId, "filter.period")?);
        }
        if let Some(organization) = &filter.organization {
            query =
                query.filter(organization.on::<organization::Entity>(OrganizationId, "filter.organization")?);
        }
        page(ctx, query, Sort::by_greatest(CreatedAt), first, after, ReportSlot).await
    }
}
