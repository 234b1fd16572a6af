//! How many of the reports that a period expects are where, by organization and by node.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, FromQueryResult, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{col, expected, report};
use crate::error::Result;
use crate::store::Read;
use crate::world::date_of;

/// How many of the expected reports are where. A report that the viewer may not read counts as not begun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Nothing is written.
    pub not_begun: i64,
    /// Being written.
    pub drafted: i64,
    /// Sent back.
    pub returned: i64,
    /// Handed in, waiting for a decision.
    pub submitted: i64,
    /// Accepted.
    pub accepted: i64,
}

impl Counts {
    fn add(&mut self, status: Option<ReportStatus>, reports: i64) {
        *match status {
            None => &mut self.not_begun,
            Some(ReportStatus::Draft) => &mut self.drafted,
            Some(ReportStatus::Returned) => &mut self.returned,
            Some(ReportStatus::Submitted) => &mut self.submitted,
            Some(ReportStatus::Accepted) => &mut self.accepted,
        } += reports;
    }

    /// Those that lie with who is to report.
    pub fn open(self) -> i64 {
        self.not_begun + self.drafted + self.returned
    }

    /// All.
    pub fn expected(self) -> i64 {
        self.open() + self.submitted + self.accepted
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            not_begun: sum.not_begun + one.not_begun,
            drafted: sum.drafted + one.drafted,
            returned: sum.returned + one.returned,
            submitted: sum.submitted + one.submitted,
            accepted: sum.accepted + one.accepted,
        })
    }
}

/// How many reports are where, and how late the latest of them is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reported {
    /// Where they are.
    pub counts: Counts,
    /// By how many days the latest one is late: what lies with the organization from the day after the departments' last
    /// day until today, what was handed in until the day on which it first was.
    pub days_late: i64,
}

impl Reported {
    fn add(&mut self, group: Group, due: NaiveDate, today: NaiveDate) {
        let until = match group.status {
            Some(ReportStatus::Submitted | ReportStatus::Accepted) => group.last.map(date_of),
            _ => Some(today),
        };
        self.counts.add(group.status, group.reports);
        self.days_late = Ord::max(self.days_late, until.map_or(0, |until| (until - due).num_days()));
    }
}

impl std::iter::Sum for Reported {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            counts: [sum.counts, one.counts].into_iter().sum(),
            days_late: Ord::max(sum.days_late, one.days_late),
        })
    }
}

/// Reports in one state.
struct Group {
    status: Option<ReportStatus>,
    reports: i64,
    /// When the last of them was first handed in.
    last: Option<DateTime<Utc>>,
}

/// What a period expects of one organization.
#[derive(Clone, Copy, Debug)]
pub struct OrganizationCounts {
    /// The period.
    pub period_id: Uuid,
    /// The organization.
    pub organization_id: Uuid,
    /// Where its reports are.
    pub reported: Reported,
}

#[derive(FromQueryResult)]
struct ByOrganization {
    period_id: Uuid,
    organization_id: Uuid,
    status: Option<ReportStatus>,
    reports: i64,
    last: Option<DateTime<Utc>>,
}

/// What each of these periods expects of each organization, by period and organization.
pub async fn by_organization(
    read: &impl Read,
    periods: &[reporting_period::Model],
    today: NaiveDate,
) -> Result<Vec<OrganizationCounts>> {
    use progress_report::Column::{FirstSubmittedAt, Status};
    use report_slot::Column::{OrganizationId, PeriodId};
    let groups =
        [col::<report_slot::Entity>(PeriodId), col::<report_slot::Entity>(OrganizationId), report(Status)];
    let mut query = expected(read)
        .filter(PeriodId.is_in(periods.iter().map(|period| period.id)))
        .select_only()
        .columns([PeriodId, OrganizationId])
        .expr_as(report(Status), "status")
        .expr_as(Expr::cust("COUNT(*)"), "reports")
        .expr_as(report(FirstSubmittedAt).max(), "last");
    for group in groups {
        query = query.group_by(group);
    }
    let due: HashMap<Uuid, NaiveDate> =
        periods.iter().map(|period| (period.id, period.department_due_on)).collect();
    let mut rows: BTreeMap<(Uuid, Uuid), OrganizationCounts> = BTreeMap::new();
    for row in read.shaped::<_, ByOrganization>(query).await? {
        let ByOrganization { period_id, organization_id, status, reports, last } = row;
        let Some(due) = due.get(&period_id) else { continue };
        let fresh = OrganizationCounts { period_id, organization_id, reported: Reported::default() };
        let all = rows.entry((period_id, organization_id)).or_insert(fresh);
        all.reported.add(Group { status, reports, last }, *due, today);
    }
    Ok(rows.into_values().collect())
}

#[derive(FromQueryResult)]
struct ByNode {
    node_id: Uuid,
    status: Option<ReportStatus>,
    reports: i64,
    last: Option<DateTime<Utc>>,
}

/// What a period expects of the tasks that serve each node. Tasks that serve the index as a whole are left out.
pub async fn by_node(
    read: &impl Read,
    period: &reporting_period::Model,
    today: NaiveDate,
) -> Result<HashMap<Uuid, Reported>> {
    use progress_report::Column::{FirstSubmittedAt, Status};
    let query = expected(read)
        .filter(report_slot::Column::PeriodId.eq(period.id))
        .filter(task::Column::NodeId.is_not_null())
        .select_only()
        .expr_as(col::<task::Entity>(task::Column::NodeId), "node_id")
        .expr_as(report(Status), "status")
        .expr_as(Expr::cust("COUNT(*)"), "reports")
        .expr_as(report(FirstSubmittedAt).max(), "last")
        .group_by(task::Column::NodeId)
        .group_by(report(Status));
    let mut nodes: HashMap<Uuid, Reported> = HashMap::new();
    for ByNode { node_id, status, reports, last } in read.shaped::<_, ByNode>(query).await? {
        let group = Group { status, reports, last };
        nodes.entry(node_id).or_default().add(group, period.department_due_on, today);
    }
    Ok(nodes)
}
