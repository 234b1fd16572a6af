//! What waits for the viewer, by role.

use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use super::ask::Ask;
use super::dashboard_leader::{LeaderDashboard, leader};
use super::id;
use super::organization::Organization;
use super::reporting_status::{OrganizationReporting, organizations};
use crate::error::Result;
use crate::followup::{self, Head, Item};
use crate::policy::Verb;
use crate::store::Read;

/// How many rows of each list are shown.
pub(super) const SHOWN: u64 = 10;
/// How soon what is due is shown.
const SOON: Days = Days::new(30);

/// What sort of thing waits; its id is one of that table.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum DashboardItemKind {
    /// A task that is not done.
    Task,
    /// A report that a period expects: a `report_slot`.
    ExpectedReport,
    /// A progress report.
    Report,
    /// A supplied figure.
    DataSubmission,
    /// An answer to a request for evidence.
    Response,
    /// A difficulty.
    Obstacle,
    /// An exemplary model.
    Model,
}

impl DashboardItemKind {
    fn id(self, item: &Item) -> ID {
        match self {
            Self::Task => id::of::<task::Entity>(item.id),
            Self::ExpectedReport => id::of::<report_slot::Entity>(item.id),
            Self::Report => id::of::<progress_report::Entity>(item.id),
            Self::DataSubmission => id::of::<data_submission::Entity>(item.id),
            Self::Response => id::of::<evidence_response::Entity>(item.id),
            Self::Obstacle => id::of::<obstacle::Entity>(item.id),
            Self::Model => id::of::<innovation_model::Entity>(item.id),
        }
    }
}

/// One thing that waits.
#[derive(Description)]
pub struct DashboardItem {
    kind: DashboardItemKind,
    item: Item,
    days_late: i64,
}

#[Object(use_type_description)]
impl DashboardItem {
    /// Global id of what waits.
    async fn row_id(&self) -> ID {
        self.kind.id(&self.item)
    }

    /// What sort of thing it is.
    async fn kind(&self) -> DashboardItemKind {
        self.kind
    }

    /// What it is about: the title of the task, request, difficulty or model; of a figure the indicator's name in the
    /// language of `Accept-Language`, null while its framework is a draft that the viewer may not see.
    async fn title(&self) -> Option<&str> {
        self.item.title.as_deref()
    }

    /// Whose it is.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        ctx.need::<organization::Entity>(self.item.organization_id).await.map(Organization)
    }

    /// Its last day: of the task, of the request, or of the period for departments; null if it has none.
    async fn due_on(&self) -> Option<NaiveDate> {
        self.item.due_on
    }

    /// Since when it waits: handed in, sent back, raised or proposed; null for what is due or overdue.
    async fn since(&self) -> Option<DateTime<Utc>> {
        self.item.since
    }

    /// Days from `dueOn` to today while it lies with the organization; 0 before, and for what waits for a decision.
    async fn days_late(&self) -> i64 {
        self.days_late
    }
}

/// The first ten rows of a list, and how long it is.
#[derive(SimpleObject)]
pub struct DashboardList {
    /// Rows of the whole list.
    total_count: i64,
    /// The first ten.
    items: Vec<DashboardItem>,
}

impl DashboardList {
    /// What lies with an organization; without `today` nothing in the list is late.
    pub(super) fn of(kind: DashboardItemKind, head: Head, today: Option<NaiveDate>) -> Self {
        let late =
            |item: &Item| today.zip(item.due_on).map_or(0, |(today, due)| (today - due).num_days().max(0));
        let item = |item: Item| DashboardItem { kind, days_late: late(&item), item };
        Self { total_count: head.total, items: head.items.into_iter().map(item).collect() }
    }
}

/// Tasks, reports and answers with a last day.
#[derive(SimpleObject)]
pub struct DashboardWork {
    /// Tasks that are not done.
    tasks: DashboardList,
    /// Expected reports that are not begun or being written, of periods that are not closed.
    reports: DashboardList,
    /// Requests for evidence that are not answered.
    responses: DashboardList,
}

/// What was sent back, longest ago first.
#[derive(SimpleObject)]
pub struct DashboardReturned {
    /// Progress reports.
    reports: DashboardList,
    /// Supplied figures.
    data_submissions: DashboardList,
    /// Answers to requests for evidence.
    responses: DashboardList,
}

/// What the viewer's own organization has to do. What was sent back stands in `returned` alone.
#[derive(SimpleObject)]
pub struct OfficerDashboard {
    /// Due today or in the next 30 days, soonest first.
    due: DashboardWork,
    /// Not done in time, longest overdue first.
    overdue: DashboardWork,
    /// Sent back, to be mended.
    returned: DashboardReturned,
}

/// The organizations that are late.
#[derive(SimpleObject)]
pub struct LateOrganizations {
    /// How many there are.
    total_count: i64,
    /// The worst ten: by days, then by open reports. An organization that is late in two periods stands there twice.
    items: Vec<OrganizationReporting>,
}

/// What waits for the coordinator to decide, longest waiting first, and who is late.
#[derive(SimpleObject)]
pub struct CoordinatorDashboard {
    /// Progress reports that were handed in, of periods that are not closed.
    reports: DashboardList,
    /// Supplied figures that were handed in.
    data_submissions: DashboardList,
    /// Answers to requests for evidence.
    responses: DashboardList,
    /// Difficulties that were raised.
    obstacles: DashboardList,
    /// Exemplary models that were proposed.
    models: DashboardList,
    /// Organizations with open reports past `departmentDueOn`, in periods that are not closed.
    late: LateOrganizations,
}

/// What waits for the viewer: a section for each role, null for the others. Ask only for what is shown.
#[derive(Description)]
pub struct Dashboard;

#[Object(use_type_description)]
impl Dashboard {
    /// For officers; for the coordinator too, about its own organization.
    async fn officer(&self, ctx: &Context<'_>) -> Result<Option<OfficerDashboard>> {
        let user = ctx.principal()?.user;
        match (user.role, user.organization) {
            (Role::Officer | Role::Coordinator, Some(own)) => officer(ctx, own).await.map(Some),
            _ => Ok(None),
        }
    }

    /// For the coordinator.
    async fn coordinator(&self, ctx: &Context<'_>) -> Result<Option<CoordinatorDashboard>> {
        match ctx.principal()?.user.role {
            Role::Coordinator => coordinator(ctx).await.map(Some),
            _ => Ok(None),
        }
    }

    /// For the leader.
    async fn leader(&self, ctx: &Context<'_>) -> Result<Option<LeaderDashboard>> {
        match ctx.principal()?.user.role {
            Role::Leader => leader(ctx.store()?).await,
            _ => Ok(None),
        }
    }
}

/// Queries about what waits.
#[derive(Default)]
pub struct DashboardQuery;

#[Object]
impl DashboardQuery {
    /// What waits for the viewer. For the coordinator, the leader and officers.
    async fn dashboard(&self, ctx: &Context<'_>) -> Result<Option<Dashboard>> {
        ctx.store()?.may::<report_slot::Entity>(Verb::Read)?;
        Ok(Some(Dashboard))
    }
}

async fn officer(ctx: &Context<'_>, own: uuid::Uuid) -> Result<OfficerDashboard> {
    use DashboardItemKind::{DataSubmission, ExpectedReport, Report, Response, Task};
    let today = ctx.app()?.world.today();
    let all = followup::own(ctx.store()?, own, [today, today + SOON], SHOWN, ctx.lang()).await?;
    let list = |kind, head| DashboardList::of(kind, head, Some(today));
    let work = |[tasks, reports, responses]: [Head; 3]| DashboardWork {
        tasks: list(Task, tasks),
        reports: list(ExpectedReport, reports),
        responses: list(Response, responses),
    };
    let [reports, figures, responses] = all.returned;
    let returned = DashboardReturned {
        reports: list(Report, reports),
        data_submissions: list(DataSubmission, figures),
        responses: list(Response, responses),
    };
    Ok(OfficerDashboard { due: work(all.due), overdue: work(all.overdue), returned })
}

async fn coordinator(ctx: &Context<'_>) -> Result<CoordinatorDashboard> {
    use DashboardItemKind::{DataSubmission, Model, Obstacle, Report, Response};
    use reporting_period::Column::{DepartmentDueOn, DueAt, Status};
    let (store, world) = (ctx.store()?, &ctx.app()?.world);
    let (now, today) = (world.now(), world.today());
    let all = followup::decisions(store, SHOWN, ctx.lang()).await?;
    let periods = store.find::<reporting_period::Entity>().filter(Status.ne(PeriodStatus::Closed));
    let periods = store.all(periods.filter(DepartmentDueOn.lt(today)).order_by_asc(DueAt)).await?;
    let mut late = organizations(store, &periods, now, today).await?;
    late.retain(|one| one.lateness().is_some());
    late.sort_by_key(|one| std::cmp::Reverse(one.lateness()));
    let total_count = i64::try_from(late.len()).unwrap_or(i64::MAX);
    late.truncate(usize::try_from(SHOWN).unwrap_or(usize::MAX));
    let list = |kind, head| DashboardList::of(kind, head, None);
    Ok(CoordinatorDashboard {
        reports: list(Report, all.reports),
        data_submissions: list(DataSubmission, all.figures),
        responses: list(Response, all.answers),
        obstacles: list(Obstacle, all.obstacles),
        models: list(Model, all.models),
        late: LateOrganizations { total_count, items: late },
    })
}
