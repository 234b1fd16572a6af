//! Following up: who has reported what, what is due, what is missing. The database counts, through the viewer's wall, in
//! as many statements for ninety organizations as for two.

mod reporting;
mod tally;
mod waiting;

pub use reporting::{Counts, OrganizationCounts, Reported, by_node, by_organization};
pub use tally::{evidence, progress, tasks};
pub use waiting::{Decisions, Head, Item, Own, decisions, obstacles, own};

use entity::*;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};

use crate::policy::Rule;
use crate::store::Read;

/// A column by its table, for conditions of joins.
fn col<E: EntityTrait>(column: E::Column) -> Expr {
    Expr::col((E::default(), column))
}

/// Joins the row of `F` whose `key` is what `column` of `E` names.
fn join<E: Rule, S: EntityTrait, F: EntityTrait>(
    mut query: Select<E>,
    column: S::Column,
    key: F::Column,
) -> Select<E> {
    QueryTrait::query(&mut query).inner_join(F::default(), col::<S>(column).equals((F::default(), key)));
    query
}

/// A column of the report in [`expected`].
fn report(column: progress_report::Column) -> Expr {
    Expr::col((Alias::new("report"), column))
}

/// The reports that periods still expect, each with its period, assignment and task, and the report itself as far as the
/// viewer may read it. What was taken away or given up since is not expected any more.
fn expected(read: &impl Read) -> Select<report_slot::Entity> {
    use progress_report::Column::{AssignmentId, FirstSubmittedAt, Period, Status};
    use report_slot::{Column as Slot, Entity as Slots};
    // Whoever reads a slot reads what it names.
    let slots = read
        .find::<Slots>()
        .filter(assignment::Column::EndedAt.is_null())
        .filter(task::Column::Status.ne(TaskStatus::Cancelled));
    let slots =
        join::<_, Slots, reporting_period::Entity>(slots, Slot::PeriodId, reporting_period::Column::Id);
    let slots = join::<_, Slots, assignment::Entity>(slots, Slot::AssignmentId, assignment::Column::Id);
    let mut slots =
        join::<_, assignment::Entity, task::Entity>(slots, assignment::Column::TaskId, task::Column::Id);
    let columns = [AssignmentId, Period, Status, FirstSubmittedAt];
    let reports = read.find::<progress_report::Entity>().select_only().columns(columns).into_query();
    let same = report(AssignmentId)
        .equals((Slots, Slot::AssignmentId))
        .and(report(Period).equals((reporting_period::Entity, reporting_period::Column::Code)));
    QueryTrait::query(&mut slots).join_subquery(JoinType::LeftJoin, reports, Alias::new("report"), same);
    slots
}
