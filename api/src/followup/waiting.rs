//! What waits for somebody: for an organization to act, for the coordinator to decide. Of each list its first rows and
//! its length, in one statement.

use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use sea_orm::sea_query::{Expr, ExprTrait, Order};
use sea_orm::{
    ColumnTrait, Condition, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::{col, expected, join, report};
use crate::error::Result;
use crate::lang::Lang;
use crate::policy::Rule;
use crate::store::Read;

/// One thing that waits.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Item {
    /// The key of its row.
    pub id: Uuid,
    /// What it is about; none where the viewer may not know.
    pub title: Option<String>,
    /// Whose it is.
    pub organization_id: Uuid,
    /// Its last day, if it has one.
    pub due_on: Option<NaiveDate>,
    /// Since when it waits, if that is known.
    pub since: Option<DateTime<Utc>>,
    total: i64,
}

/// The first rows of a list and how long it is.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Rows of the whole list.
    pub total: i64,
    /// The first of them.
    pub items: Vec<Item>,
}

/// How the rows of a query become items: in the order of `since`, or else of `due_on`.
struct Shape {
    title: Expr,
    organization: Expr,
    due_on: Option<Expr>,
    since: Option<Expr>,
}

impl Shape {
    fn since(self, since: Expr) -> Self {
        Self { since: Some(since), ..self }
    }
}

/// The first rows of a query, and how many it has.
async fn head<E: Rule>(read: &impl Read, query: Select<E>, shape: Shape, first: u64) -> Result<Head> {
    let query = match shape.since.as_ref().or(shape.due_on.as_ref()) {
        Some(order) => query.order_by(order.clone(), Order::Asc),
        None => query,
    };
    let query = query
        .select_only()
        .expr_as(col::<E>(E::ID), "id")
        .expr_as(shape.title, "title")
        .expr_as(shape.organization, "organization_id")
        .expr_as(shape.due_on.unwrap_or(Expr::val(None::<NaiveDate>)), "due_on")
        .expr_as(shape.since.unwrap_or(Expr::val(None::<DateTime<Utc>>)), "since")
        .expr_as(Expr::cust("COUNT(*) OVER ()"), "total")
        .order_by(col::<E>(E::ID), Order::Asc)
        .limit(first);
    let items = read.shaped::<E, Item>(query).await?;
    Ok(Head { total: items.first().map_or(0, |item| item.total), items })
}

/// What an organization has to do.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// Tasks, reports and answers whose last day is near: soonest first.
    pub due: [Head; 3],
    /// Tasks, reports and answers whose last day is over: longest first.
    pub overdue: [Head; 3],
    /// Reports, figures and answers that were sent back: longest first.
    pub returned: [Head; 3],
}

/// What `organization` has to do: `first` of each list.
pub async fn own(
    read: &impl Read,
    organization: Uuid,
    [today, soon]: [NaiveDate; 2],
    first: u64,
    lang: Lang,
) -> Result<Own> {
    let near = |due: Expr| Condition::all().add(due.clone().gte(today)).add(due.lte(soon));
    let over = |due: Expr| Condition::all().add(due.lt(today));
    Ok(Own {
        due: [
            tasks(read, organization, near, first).await?,
            reports(read, organization, near, first).await?,
            answers(read, organization, near, first).await?,
        ],
        overdue: [
            tasks(read, organization, over, first).await?,
            reports(read, organization, over, first).await?,
            answers(read, organization, over, first).await?,
        ],
        returned: [
            returned_reports(read, organization, first).await?,
            returned_figures(read, organization, first, lang).await?,
            returned_answers(read, organization, first).await?,
        ],
    })
}

async fn tasks(
    read: &impl Read,
    organization: Uuid,
    when: impl Fn(Expr) -> Condition,
    first: u64,
) -> Result<Head> {
    use task::Column::{DueOn, Id, Status, Title};
    let due_on = col::<task::Entity>(DueOn);
    let open = read
        .find::<task::Entity>()
        .filter(Status.is_in([TaskStatus::Planned, TaskStatus::InProgress]))
        .filter(held_by(organization))
        .filter(when(due_on.clone()));
    let open = join::<_, task::Entity, assignment::Entity>(open, Id, assignment::Column::TaskId);
    let shape = Shape {
        title: col::<task::Entity>(Title),
        organization: col::<assignment::Entity>(assignment::Column::OrganizationId),
        due_on: Some(due_on),
        since: None,
    };
    head(read, open, shape, first).await
}

fn held_by(organization: Uuid) -> Condition {
    use assignment::Column::{EndedAt, OrganizationId};
    Condition::all().add(OrganizationId.eq(organization)).add(EndedAt.is_null())
}

/// Expected reports that were neither handed in nor sent back.
async fn reports(
    read: &impl Read,
    organization: Uuid,
    when: impl Fn(Expr) -> Condition,
    first: u64,
) -> Result<Head> {
    use progress_report::Column::Status;
    let due_on = col::<reporting_period::Entity>(reporting_period::Column::DepartmentDueOn);
    let unwritten =
        Condition::any().add(report(Status).is_null()).add(report(Status).eq(ReportStatus::Draft));
    let slots = expected(read)
        .filter(report_slot::Column::OrganizationId.eq(organization))
        .filter(reporting_period::Column::Status.ne(PeriodStatus::Closed))
        .filter(unwritten)
        .filter(when(due_on.clone()));
    let shape = Shape {
        title: col::<task::Entity>(task::Column::Title),
        organization: col::<report_slot::Entity>(report_slot::Column::OrganizationId),
        due_on: Some(due_on),
        since: None,
    };
    head(read, slots, shape, first).await
}

/// Answers of this status to requests that are not closed, with those requests.
fn answers_of(read: &impl Read, status: ResponseStatus) -> (Select<evidence_response::Entity>, Shape) {
    use evidence_request::Column as Request;
    use evidence_response::Column::{OrganizationId, RequestId, Status};
    let all = read.find::<evidence_response::Entity>().filter(Status.eq(status));
    // Whoever reads an answer reads the request.
    let all = join::<_, evidence_response::Entity, evidence_request::Entity>(all, RequestId, Request::Id);
    let shape = Shape {
        title: col::<evidence_request::Entity>(Request::Title),
        organization: col::<evidence_response::Entity>(OrganizationId),
        due_on: Some(col::<evidence_request::Entity>(Request::DueOn)),
        since: None,
    };
    (all, shape)
}

async fn answers(
    read: &impl Read,
    organization: Uuid,
    when: impl Fn(Expr) -> Condition,
    first: u64,
) -> Result<Head> {
    let (all, shape) = answers_of(read, ResponseStatus::Open);
    let own = all
        .filter(evidence_response::Column::OrganizationId.eq(organization))
        .filter(evidence_request::Column::ClosedAt.is_null())
        .filter(when(col::<evidence_request::Entity>(evidence_request::Column::DueOn)));
    head(read, own, shape, first).await
}

async fn returned_answers(read: &impl Read, organization: Uuid, first: u64) -> Result<Head> {
    let (all, shape) = answers_of(read, ResponseStatus::Returned);
    let since = col::<evidence_response::Entity>(evidence_response::Column::DecidedAt);
    let own = all
        .filter(evidence_response::Column::OrganizationId.eq(organization))
        .filter(evidence_request::Column::ClosedAt.is_null());
    head(read, own, shape.since(since), first).await
}

/// Reports of this status that may still be decided on or mended, each with its assignment, task and period, if it is
/// of one.
fn reports_of(read: &impl Read, status: ReportStatus) -> (Select<progress_report::Entity>, Shape) {
    use progress_report::Column::{AssignmentId, Period, Status};
    use progress_report::Entity as Reports;
    use reporting_period::{Column as Periods, Entity as ReportingPeriod};
    let open = Condition::any().add(Periods::Status.is_null()).add(Periods::Status.ne(PeriodStatus::Closed));
    let all = read.find::<Reports>().filter(Status.eq(status)).filter(open);
    let all = join::<_, Reports, assignment::Entity>(all, AssignmentId, assignment::Column::Id);
    let mut all =
        join::<_, assignment::Entity, task::Entity>(all, assignment::Column::TaskId, task::Column::Id);
    QueryTrait::query(&mut all)
        .left_join(ReportingPeriod, col::<Reports>(Period).equals((ReportingPeriod, Periods::Code)));
    let shape = Shape {
        title: col::<task::Entity>(task::Column::Title),
        organization: col::<assignment::Entity>(assignment::Column::OrganizationId),
        due_on: Some(col::<ReportingPeriod>(Periods::DepartmentDueOn)),
        since: None,
    };
    (all, shape)
}

async fn returned_reports(read: &impl Read, organization: Uuid, first: u64) -> Result<Head> {
    let (all, shape) = reports_of(read, ReportStatus::Returned);
    let since = col::<progress_report::Entity>(progress_report::Column::DecidedAt);
    let own = all.filter(held_by(organization)).filter(task::Column::Status.ne(TaskStatus::Cancelled));
    head(read, own, shape.since(since), first).await
}

/// Supplied figures of this status, named after their indicators.
fn figures_of(
    read: &impl Read,
    status: ReportStatus,
    lang: Lang,
) -> (Select<data_submission::Entity>, Shape) {
    use data_submission::Column::{IndicatorId, OrganizationId, Status};
    // What was not decided on before its edition was published is not decided on any more.
    let drafts = data_collection::Column::Status.eq(Publication::Draft);
    let drafts = read.keys::<data_collection::Entity>(data_collection::Column::Id, drafts);
    let all = read
        .find::<data_submission::Entity>()
        .filter(Status.eq(status))
        .filter(data_submission::Column::EditionId.in_subquery(drafts));
    let name = lang.pick(node::Column::NameVi, node::Column::NameEn);
    let same = col::<node::Entity>(node::Column::Id).equals((data_submission::Entity, IndicatorId));
    // A figure may be for a framework that the viewer does not see yet.
    let named = Expr::SubQuery(None, Box::new(read.keys::<node::Entity>(name, same).into()));
    let shape = Shape {
        title: named,
        organization: col::<data_submission::Entity>(OrganizationId),
        due_on: None,
        since: None,
    };
    (all, shape)
}

async fn returned_figures(read: &impl Read, organization: Uuid, first: u64, lang: Lang) -> Result<Head> {
    use data_submission::Column::{DecidedAt, OrganizationId};
    let (all, shape) = figures_of(read, ReportStatus::Returned, lang);
    let since = col::<data_submission::Entity>(DecidedAt);
    let own = all.filter(OrganizationId.eq(organization));
    head(read, own, shape.since(since), first).await
}

/// What waits for the coordinator to decide: longest first.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    /// Reports that were handed in.
    pub reports: Head,
    /// Supplied figures that were handed in.
    pub figures: Head,
    /// Answers to requests for evidence.
    pub answers: Head,
    /// Difficulties that were raised.
    pub obstacles: Head,
    /// Exemplary models that were proposed.
    pub models: Head,
}

/// What waits for the coordinator to decide: `first` of each list.
pub async fn decisions(read: &impl Read, first: u64, lang: Lang) -> Result<Decisions> {
    let (reports, shape) = reports_of(read, ReportStatus::Submitted);
    let since = col::<progress_report::Entity>(progress_report::Column::SubmittedAt);
    let reports = head(read, reports, shape.since(since), first).await?;

    let (figures, shape) = figures_of(read, ReportStatus::Submitted, lang);
    let since = col::<data_submission::Entity>(data_submission::Column::SubmittedAt);
    let figures = head(read, figures, shape.since(since), first).await?;

    let (answers, shape) = answers_of(read, ResponseStatus::Answered);
    let since = col::<evidence_response::Entity>(evidence_response::Column::SubmittedAt);
    let answers = head(read, answers, shape.since(since), first).await?;

    let obstacles = obstacles(read, ObstacleStatus::Raised, first).await?;

    let models = read.find::<innovation_model::Entity>();
    let proposed = models.filter(innovation_model::Column::Status.eq(ModelStatus::Proposed));
    let since = col::<innovation_model::Entity>(innovation_model::Column::CreatedAt);
    let shape = Shape {
        title: col::<innovation_model::Entity>(innovation_model::Column::Title),
        organization: col::<innovation_model::Entity>(innovation_model::Column::OrganizationId),
        due_on: None,
        since: Some(since),
    };
    let models = head(read, proposed, shape, first).await?;
    Ok(Decisions { reports, figures, answers, obstacles, models })
}

/// Difficulties that wait: for the coordinator when they were raised, for the leader when they were passed on.
pub async fn obstacles(read: &impl Read, status: ObstacleStatus, first: u64) -> Result<Head> {
    use obstacle::Column::{CreatedAt, ForwardedAt, OrganizationId, Status, Title};
    let waiting = read.find::<obstacle::Entity>().filter(Status.eq(status));
    let since = if status == ObstacleStatus::Forwarded { ForwardedAt } else { CreatedAt };
    let shape = Shape {
        title: col::<obstacle::Entity>(Title),
        organization: col::<obstacle::Entity>(OrganizationId),
        due_on: None,
        since: Some(col::<obstacle::Entity>(since)),
    };
    head(read, waiting, shape, first).await
}
