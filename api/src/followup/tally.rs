//! What is done for the nodes of the framework, counted by node.

use std::collections::HashMap;

use entity::*;
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::{col, join};
use crate::error::Result;
use crate::policy::Rule;
use crate::store::Read;

#[derive(FromQueryResult)]
struct Tally {
    node_id: Uuid,
    number: i64,
}

/// How many `what` of a query's rows there are for each of `nodes`, as `node` says.
async fn tally<E: Rule>(
    read: &impl Read,
    query: Select<E>,
    node: Expr,
    nodes: &[Uuid],
    what: Expr,
) -> Result<HashMap<Uuid, i64>> {
    let query = query
        .filter(node.clone().is_in(nodes.iter().copied()))
        .select_only()
        .expr_as(node.clone(), "node_id")
        .expr_as(what.count_distinct(), "number")
        .group_by(node);
    let rows = read.shaped::<E, Tally>(query).await?;
    Ok(rows.into_iter().map(|row| (row.node_id, row.number)).collect())
}

/// How many tasks serve each of `nodes`. Those that were given up do not.
pub async fn tasks(read: &impl Read, nodes: &[Uuid]) -> Result<HashMap<Uuid, i64>> {
    use task::Column::{Id, NodeId, Status};
    let living = read.find::<task::Entity>().filter(Status.ne(TaskStatus::Cancelled));
    tally(read, living, col::<task::Entity>(NodeId), nodes, col::<task::Entity>(Id)).await
}

/// How many tasks for each of `nodes` have come to more than 0 % by a report that was accepted.
pub async fn progress(read: &impl Read, nodes: &[Uuid]) -> Result<HashMap<Uuid, i64>> {
    use progress_report::Column::{AssignmentId, Percent, Status};
    use progress_report::Entity as Reports;
    let accepted = read
        .find::<Reports>()
        .filter(Status.eq(ReportStatus::Accepted))
        .filter(Percent.gt(0))
        .filter(task::Column::Status.ne(TaskStatus::Cancelled));
    let accepted = join::<_, Reports, assignment::Entity>(accepted, AssignmentId, assignment::Column::Id);
    let accepted =
        join::<_, assignment::Entity, task::Entity>(accepted, assignment::Column::TaskId, task::Column::Id);
    let node = col::<task::Entity>(task::Column::NodeId);
    tally(read, accepted, node, nodes, col::<task::Entity>(task::Column::Id)).await
}

/// How many pieces of evidence, among those that the viewer may read, are attached to each of `nodes`, to the tasks for
/// it, the reports on them or the figures supplied for it.
pub async fn evidence(read: &impl Read, nodes: &[Uuid]) -> Result<HashMap<Uuid, i64>> {
    use evidence_link::Column::{EvidenceId, IndicatorId, ReportId, SubmissionId, TaskId};
    use evidence_link::Entity as Links;
    // A link is read only where both its ends are.
    let kept = task::Column::Status.is_null().or(task::Column::Status.ne(TaskStatus::Cancelled));
    let mut links = read.find::<Links>().filter(kept);
    let of_task =
        Func::coalesce([col::<Links>(TaskId), col::<assignment::Entity>(assignment::Column::TaskId)]);
    QueryTrait::query(&mut links)
        .left_join(
            progress_report::Entity,
            col::<Links>(ReportId).equals((progress_report::Entity, progress_report::Column::Id)),
        )
        .left_join(
            assignment::Entity,
            col::<progress_report::Entity>(progress_report::Column::AssignmentId)
                .equals((assignment::Entity, assignment::Column::Id)),
        )
        .left_join(task::Entity, col::<task::Entity>(task::Column::Id).eq(Expr::from(of_task)))
        .left_join(
            data_submission::Entity,
            col::<Links>(SubmissionId).equals((data_submission::Entity, data_submission::Column::Id)),
        );
    let node = Func::coalesce([
        col::<Links>(IndicatorId),
        col::<data_submission::Entity>(data_submission::Column::IndicatorId),
        col::<task::Entity>(task::Column::NodeId),
    ]);
    tally(read, links, node.into(), nodes, col::<Links>(EvidenceId)).await
}
