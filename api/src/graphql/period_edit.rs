//! Reporting periods: opening, locking, closing, and leave after the lock.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, Set};

use super::ask::Ask;
use super::check::{CODE, Check, LINE, TEXT};
use super::id;
use super::payload::payload;
use super::period::{LockException, ReportingPeriod};
use crate::error::{Code, Problem, Result};
use crate::news::{Facts, Names, News, tell};
use crate::periods::{self, HalfYear, department_due_on, status_at};
use crate::policy::Verb;
use crate::store::Read;
use crate::world::{date_of, end_of_day};

/// Which of the two reports of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Half {
    /// The report before 25/6.
    First,
    /// The report before 25/12.
    Second,
}

/// A period beside those of the rule.
#[derive(InputObject)]
pub struct AdHocPeriodInput {
    /// Code, unique; what its reports name as their `period`.
    code: String,
    /// Title in Vietnamese.
    title_vi: String,
    /// Title in English.
    title_en: String,
    /// Why it is asked for.
    reason: String,
    /// First day it covers.
    starts_on: NaiveDate,
    /// Last day on which Sở KH&CN may report, until midnight in Viet Nam.
    due_on: NaiveDate,
    /// Last day for the departments; ten days before `dueOn` if not said, but not before today.
    department_due_on: Option<NaiveDate>,
}

payload! {
    /// What came of opening, locking or closing a reporting period.
    PeriodPayload {
        /// The period as it is now.
        period: ReportingPeriod
    }
}

payload! {
    /// What came of giving or taking back leave to hand in after the lock.
    LockExceptionPayload {
        /// The exception as it is now.
        exception: LockException
    }
}

/// Mutations of reporting periods.
#[derive(Default)]
pub struct PeriodMutation;

#[Object]
impl PeriodMutation {
    /// Opens a period of the rule before it opens by itself, sixty days before its cut-off. It expects a report of every
    /// assignment on work that is not over. For the coordinator.
    async fn period_open(
        &self,
        ctx: &Context<'_>,
        year: i32,
        #[graphql(desc = "Which report of that year.")] half: Half,
    ) -> Result<Option<PeriodPayload>> {
        PeriodPayload::of(by_rule(ctx, year, half).await)
    }

    /// Opens a period that was asked for. For the coordinator.
    async fn period_open_ad_hoc(
        &self,
        ctx: &Context<'_>,
        input: AdHocPeriodInput,
    ) -> Result<Option<PeriodPayload>> {
        PeriodPayload::of(ad_hoc(ctx, input).await)
    }

    /// Locks an open period before its cut-off: reports are decided on, but no longer handed in. For the coordinator.
    async fn period_lock(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<PeriodPayload>> {
        PeriodPayload::of(move_on(ctx, id, PeriodStatus::Locked, expected_version).await)
    }

    /// Closes a locked period: nothing in it changes any more. For the coordinator.
    async fn period_close(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<PeriodPayload>> {
        PeriodPayload::of(move_on(ctx, id, PeriodStatus::Closed, expected_version).await)
    }

    /// Lets one organization hand in after the lock until a time at most 60 days from now; take the leave that it has back
    /// first to give another. For the coordinator.
    async fn lock_exception_grant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A locked period.")] period_id: ID,
        #[graphql(desc = "Who may hand in.")] organization_id: ID,
        #[graphql(desc = "When the leave ends by itself.")] until: DateTime<Utc>,
        reason: String,
    ) -> Result<Option<LockExceptionPayload>> {
        LockExceptionPayload::of(grant(ctx, period_id, organization_id, until, &reason).await)
    }

    /// Takes that leave back before its end. Doing it twice changes nothing. For the coordinator.
    async fn lock_exception_revoke(
        &self,
        ctx: &Context<'_>,
        id: ID,
        expected_version: Option<i32>,
    ) -> Result<Option<LockExceptionPayload>> {
        LockExceptionPayload::of(revoke(ctx, id, expected_version).await)
    }
}

async fn open(ctx: &Context<'_>, row: reporting_period::ActiveModel, field: &str) -> Result<ReportingPeriod> {
    let author_id = Set(Some(ctx.principal()?.user.id));
    let tx = ctx.store()?.begin().await?;
    tx.may::<reporting_period::Entity>(Verb::Create)?;
    let row = reporting_period::ActiveModel { author_id, ..row };
    let row = periods::open(&tx, row).await.map_err(|error| error.at(field))?;
    tx.commit().await?;
    Ok(ReportingPeriod(row.into()))
}

const OVER: (&str, &str) = ("hạn báo cáo đã qua", "the cut-off is over");

async fn by_rule(ctx: &Context<'_>, year: i32, half: Half) -> Result<ReportingPeriod> {
    let row = HalfYear::new(year, half == Half::Second).and_then(HalfYear::row);
    let row = row.ok_or_else(|| Problem::new("year", Code::OutOfRange).with("1900–2200"))?;
    if matches!(row.due_at, Set(due_at) if due_at < ctx.app()?.world.now()) {
        return Err(Problem::new("year", Code::OutOfRange).in_words(OVER.0, OVER.1).into());
    }
    open(ctx, row, "half").await
}

async fn ad_hoc(ctx: &Context<'_>, input: AdHocPeriodInput) -> Result<ReportingPeriod> {
    let today = ctx.app()?.world.today();
    let departments = input
        .department_due_on
        .unwrap_or_else(|| department_due_on(input.due_on).max(today).max(input.starts_on).min(input.due_on));
    let mut check = Check::new("input");
    check.dates(("startsOn", Some(input.starts_on)), ("departmentDueOn", Some(departments)));
    check.dates(("departmentDueOn", Some(departments)), ("dueOn", Some(input.due_on)));
    if input.due_on < today {
        check.note::<()>(Err(Problem::new("input.dueOn", Code::OutOfRange).in_words(OVER.0, OVER.1)));
    }
    let code = check.text("code", &input.code, CODE);
    if periods::is_of_rule(&code) {
        check.problem("code", Code::Taken);
    }
    let row = reporting_period::ActiveModel {
        code: Set(code),
        kind: Set(PeriodKind::AdHoc),
        title_vi: Set(check.text("titleVi", &input.title_vi, LINE)),
        title_en: Set(check.text("titleEn", &input.title_en, LINE)),
        reason: Set(Some(check.text("reason", &input.reason, TEXT))),
        starts_on: Set(input.starts_on),
        department_due_on: Set(departments),
        due_at: Set(end_of_day(input.due_on)),
        status: Set(PeriodStatus::Open),
        ..Default::default()
    };
    check.done()?;
    open(ctx, row, "input.code").await
}

async fn move_on(
    ctx: &Context<'_>,
    id: ID,
    to: PeriodStatus,
    expected: Option<i32>,
) -> Result<ReportingPeriod> {
    let key = id::parse::<reporting_period::Entity>(&id, "id")?;
    let now = ctx.app()?.world.now();
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<reporting_period::Entity>(key, Verb::Update).await?;
    let change = match (status_at(&held, now), to) {
        (PeriodStatus::Open, PeriodStatus::Locked) => {
            reporting_period::ActiveModel { locked_at: Set(Some(now)), ..Default::default() }
        }
        (PeriodStatus::Locked, PeriodStatus::Closed) => {
            reporting_period::ActiveModel { closed_at: Set(Some(now)), ..Default::default() }
        }
        (from, _) => return Err(Problem::state("id", from).into()),
    };
    let row = tx.update(&held, expected, reporting_period::ActiveModel { status: Set(to), ..change }).await?;
    if to == PeriodStatus::Locked {
        for (row, organizations) in periods::expected(&tx, std::slice::from_ref(&row)).await? {
            tell(&tx, periods::news(NotificationKind::PeriodLocked, row, organizations)).await?;
        }
    }
    tx.commit().await?;
    Ok(ReportingPeriod(row.into()))
}

async fn grant(
    ctx: &Context<'_>,
    period: ID,
    organization: ID,
    until: DateTime<Utc>,
    reason: &str,
) -> Result<LockException> {
    const LONGEST: chrono::TimeDelta = chrono::TimeDelta::days(60);
    let now = ctx.app()?.world.now();
    let mut check = Check::new("");
    let period = check.id::<reporting_period::Entity>("periodId", &period);
    let organization = check.id::<organization::Entity>("organizationId", &organization);
    let reason = check.text("reason", reason, TEXT);
    if until <= now || until > now + LONGEST {
        check.problem_with("until", Code::OutOfRange, format_args!("{now} – {}", now + LONGEST));
    }
    check.done()?;
    let tx = ctx.store()?.begin().await?;
    tx.may::<lock_exception::Entity>(Verb::Create)?;
    let held = tx.hold::<reporting_period::Entity>(period, Verb::Update).await;
    let held = held.map_err(|error| error.at("periodId"))?;
    match status_at(&held, now) {
        PeriodStatus::Locked => {}
        other => return Err(Problem::state("periodId", other).into()),
    }
    tx.get::<organization::Entity>(organization).await.map_err(|error| error.at("organizationId"))?;
    // One at a time, so that taking it back takes it back; asking again is what a client does whose answer was lost.
    let there = tx
        .find::<lock_exception::Entity>()
        .filter(lock_exception::Column::PeriodId.eq(period))
        .filter(lock_exception::Column::OrganizationId.eq(organization))
        .filter(lock_exception::Column::RevokedAt.is_null())
        .filter(lock_exception::Column::Until.gte(now));
    match tx.first(there).await? {
        Some(same) if same.until == until && same.reason == reason => return Ok(LockException(same.into())),
        Some(_) => return Err(Problem::new("organizationId", Code::Taken).into()),
        None => {}
    }
    let row = lock_exception::ActiveModel {
        period_id: Set(period),
        organization_id: Set(organization),
        until: Set(until),
        reason: Set(reason),
        author_id: Set(ctx.principal()?.user.id),
        ..Default::default()
    };
    let row = tx.insert::<lock_exception::Entity>(row).await?;
    tell(&tx, leave(NotificationKind::ExceptionGranted, &row, &held)).await?;
    tx.commit().await?;
    Ok(LockException(row.into()))
}

async fn revoke(ctx: &Context<'_>, id: ID, expected: Option<i32>) -> Result<LockException> {
    let key = id::parse::<lock_exception::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    let held = tx.hold::<lock_exception::Entity>(key, Verb::Update).await?;
    if held.revoked_at.is_some() {
        return Ok(LockException(held.clone().into()));
    }
    let change = lock_exception::ActiveModel {
        revoked_at: Set(Some(ctx.app()?.world.now())),
        revoker_id: Set(Some(ctx.principal()?.user.id)),
        ..Default::default()
    };
    let row = tx.update(&held, expected, change).await?;
    let period = tx.get::<reporting_period::Entity>(row.period_id).await?;
    tell(&tx, leave(NotificationKind::ExceptionRevoked, &row, &period)).await?;
    tx.commit().await?;
    Ok(LockException(row.into()))
}

fn leave(kind: NotificationKind, row: &lock_exception::Model, period: &reporting_period::Model) -> News {
    let facts = Facts {
        title: Some(Names { vi: period.title_vi.clone(), en: period.title_en.clone() }),
        due_on: Some(date_of(row.until)),
        reason: Some(row.reason.clone()),
        ..Facts::default()
    };
    News::of::<lock_exception::Entity>(kind, row, [row.organization_id], facts)
}
