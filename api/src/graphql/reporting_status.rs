//! Who has reported what in a period.

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, Description, Enum, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::ask::Ask;
use super::check::{CODE, Check};
use super::framework::FrameworkNode;
use super::organization::Organization;
use super::period::ReportingPeriod;
use crate::error::{Error, Result};
use crate::followup::{self, Counts, OrganizationCounts, Reported};
use crate::periods;
use crate::policy::{Verb, sees_drafts};
use crate::store::{Read, Store};

/// How many of the expected reports are where. `expected` = `open` + `submitted` + `accepted`, and
/// `open` = `notBegun` + `drafted` + `returned`. The last three are null for the leader, who reads what was handed in and
/// may not watch what is being written.
#[derive(Clone, Copy, SimpleObject)]
pub struct ReportCounts {
    /// Reports that are expected: one of each assignment that still holds, on tasks that were not given up.
    expected: i64,
    /// Those that lie with who is to report.
    open: i64,
    /// Open: nothing is written.
    not_begun: Option<i64>,
    /// Open: being written, or taken back.
    drafted: Option<i64>,
    /// Open: sent back, to be mended.
    returned: Option<i64>,
    /// Handed in, waiting for a decision.
    submitted: i64,
    /// Accepted.
    accepted: i64,
}

impl ReportCounts {
    fn of(counts: Counts, drafts: bool) -> Self {
        Self {
            expected: counts.expected(),
            open: counts.open(),
            not_begun: drafts.then_some(counts.not_begun),
            drafted: drafts.then_some(counts.drafted),
            returned: drafts.then_some(counts.returned),
            submitted: counts.submitted,
            accepted: counts.accepted,
        }
    }
}

/// Who has to act next.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum ReportHolder {
    /// The organization: at least one report is open.
    Organization,
    /// The coordinator: all is handed in, and at least one report waits for a decision.
    Coordinator,
    /// Nobody: all is accepted.
    None,
}

impl ReportHolder {
    fn of(counts: Counts) -> Self {
        match counts {
            counts if counts.open() > 0 => Self::Organization,
            counts if counts.submitted > 0 => Self::Coordinator,
            _ => Self::None,
        }
    }
}

/// What a period expects of one organization.
#[derive(Description)]
pub struct OrganizationReporting {
    row: OrganizationCounts,
    drafts: bool,
    has_exception: bool,
}

#[Object(use_type_description)]
impl OrganizationReporting {
    /// The organization.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization> {
        ctx.need::<organization::Entity>(self.row.organization_id).await.map(Organization)
    }

    /// The period.
    async fn period(&self, ctx: &Context<'_>) -> Result<ReportingPeriod> {
        ctx.need::<reporting_period::Entity>(self.row.period_id).await.map(ReportingPeriod)
    }

    /// Where its reports are.
    async fn counts(&self) -> ReportCounts {
        ReportCounts::of(self.row.reported.counts, self.drafts)
    }

    /// By how many days its latest report is late: counted from `departmentDueOn` of the period to today for what is
    /// open, and to the day on which it was first handed in for what is submitted or accepted, in Viet Nam. 0 when all is
    /// in time.
    async fn days_late(&self) -> i64 {
        self.row.reported.days_late
    }

    /// Who has to act next.
    async fn holder(&self) -> ReportHolder {
        ReportHolder::of(self.row.reported.counts)
    }

    /// Whether it has leave now to hand in after the lock.
    async fn has_exception(&self) -> bool {
        self.has_exception
    }
}

/// What a period expects of the tasks that serve a node.
#[derive(SimpleObject)]
pub struct NodeReporting {
    /// The node.
    node: FrameworkNode,
    /// Where the reports on those tasks are.
    counts: ReportCounts,
    /// By how many days the latest of those reports is late, as for organizations.
    days_late: i64,
    /// Who has to act next on those reports, as for organizations.
    holder: ReportHolder,
}

/// Who has reported what in a period, as far as the viewer may know: an officer of its own organization only.
#[derive(SimpleObject)]
pub struct ReportingStatus {
    /// The period.
    period: ReportingPeriod,
    /// All expected reports.
    totals: ReportCounts,
    /// The organizations of which reports are expected, longest known first.
    organizations: Vec<OrganizationReporting>,
    /// The pillars with expected reports, in the framework's order: on tasks for the pillar or for anything below it.
    pillars: Vec<NodeReporting>,
    /// The indicators with expected reports, in the framework's order: on tasks for exactly this indicator. Tasks for a
    /// group, a pillar or the index as a whole count for no indicator.
    indicators: Vec<NodeReporting>,
}

/// Queries about who has reported.
#[derive(Default)]
pub struct ReportingStatusQuery;

#[Object]
impl ReportingStatusQuery {
    /// Who has reported what in a period. For the coordinator, the leader and officers.
    async fn reporting_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The period's code, such as `2026-H1`, however it is spelt.")] period: String,
    ) -> Result<Option<ReportingStatus>> {
        let (store, world) = (ctx.store()?, &ctx.app()?.world);
        store.may::<report_slot::Entity>(Verb::Read)?;
        let mut check = Check::new("");
        let period = check.text("period", &period, CODE);
        check.done()?;
        let period = periods::named(store, &period).await?.ok_or(Error::NotFound)?;
        let drafts = sees_drafts(store.viewer());
        let asked = ctx.look_ahead();
        let wanted = asked.field("pillars").exists() || asked.field("indicators").exists();
        let by_node = async {
            if wanted { nodes(store, &period, world.today(), drafts).await } else { Ok(Default::default()) }
        };
        let by_organization = organizations(store, std::slice::from_ref(&period), world.now(), world.today());
        let (organizations, (pillars, indicators)) = tokio::try_join!(by_organization, by_node)?;
        let totals = organizations.iter().map(|one| one.row.reported.counts).sum();
        let totals = ReportCounts::of(totals, drafts);
        let period = ReportingPeriod(period.into());
        Ok(Some(ReportingStatus { period, totals, organizations, pillars, indicators }))
    }
}

/// What these periods expect of each organization.
pub(super) async fn organizations(
    store: &Store,
    periods: &[reporting_period::Model],
    now: DateTime<Utc>,
    today: NaiveDate,
) -> Result<Vec<OrganizationReporting>> {
    let rows = followup::by_organization(store, periods, today).await?;
    let open = periods.iter().filter(|period| period.status != PeriodStatus::Closed).map(|period| period.id);
    let exceptions = store.all(periods::exceptions(store, open, now)).await?;
    let excepted: HashSet<(Uuid, Uuid)> =
        exceptions.into_iter().map(|row| (row.period_id, row.organization_id)).collect();
    let drafts = sees_drafts(store.viewer());
    let reporting = |row: OrganizationCounts| OrganizationReporting {
        has_exception: excepted.contains(&(row.period_id, row.organization_id)),
        drafts,
        row,
    };
    Ok(rows.into_iter().map(reporting).collect())
}

impl OrganizationReporting {
    /// The most days, then the most open reports come first; nothing for who has handed in.
    pub(super) fn lateness(&self) -> Option<(i64, i64)> {
        let Reported { counts, days_late } = self.row.reported;
        (counts.open() > 0 && days_late > 0).then_some((days_late, counts.open()))
    }
}

/// What the period expects by pillar and by indicator.
async fn nodes(
    store: &Store,
    period: &reporting_period::Model,
    today: NaiveDate,
    drafts: bool,
) -> Result<(Vec<NodeReporting>, Vec<NodeReporting>)> {
    use node::Column::{FrameworkId, Id, Position};
    let reported = followup::by_node(store, period, today).await?;
    let frameworks = store.keys::<node::Entity>(FrameworkId, Id.is_in(reported.keys().copied()));
    let tree = store.find::<node::Entity>().filter(FrameworkId.in_subquery(frameworks));
    let tree = store.all(tree.order_by_asc(FrameworkId).order_by_asc(Position)).await?;
    let above: HashMap<Uuid, &node::Model> = tree.iter().map(|node| (node.id, node)).collect();
    let pillar_of = |node: Uuid| {
        let path = std::iter::successors(above.get(&node), |node| above.get(&node.parent_id?));
        path.into_iter().find(|node| node.level == NodeLevel::Pillar).map(|node| node.id)
    };
    let mut by_pillar: HashMap<Uuid, Vec<Reported>> = HashMap::new();
    for (node, reported) in &reported {
        if let Some(pillar) = pillar_of(*node) {
            by_pillar.entry(pillar).or_default().push(*reported);
        }
    }
    let reporting = |node: &node::Model, Reported { counts, days_late }| NodeReporting {
        node: FrameworkNode(node.clone().into()),
        counts: ReportCounts::of(counts, drafts),
        days_late,
        holder: ReportHolder::of(counts),
    };
    let (mut pillars, mut indicators) = (Vec::new(), Vec::new());
    for node in &tree {
        match (node.level, by_pillar.remove(&node.id), reported.get(&node.id)) {
            (NodeLevel::Pillar, Some(all), _) => pillars.push(reporting(node, all.into_iter().sum())),
            (NodeLevel::Indicator, _, Some(own)) => indicators.push(reporting(node, *own)),
            _ => {}
        }
    }
    Ok((pillars, indicators))
}
