//! Whether every strength and weakness that the plan names has tasks.

use std::collections::HashMap;

use async_graphql::{Context, Description, Object, SimpleObject};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::ask::Ask;
use super::plan::{Plan, PlanFocus};
use super::profile::families;
use crate::error::{Error, Result};
use crate::followup;
use crate::store::{Read, Store};

/// Whether a strength or weakness that the plan names has tasks.
#[derive(Clone, SimpleObject)]
pub struct FocusCoverage {
    /// The strength or weakness.
    focus: PlanFocus,
    /// Tasks for its indicator, in whatever framework version. Those that were given up do not count.
    task_count: i64,
    /// Whether there is one.
    is_covered: bool,
}

/// Whether every strength and weakness that the newest plan names has tasks.
#[derive(Description)]
pub struct Coverage {
    plan: plan::Model,
    all: Vec<FocusCoverage>,
}

#[Object(use_type_description)]
impl Coverage {
    /// The plan.
    async fn plan(&self) -> Plan {
        Plan(self.plan.clone().into())
    }

    /// The weaknesses to overcome, in the plan's order.
    async fn weaknesses(&self) -> Vec<FocusCoverage> {
        self.of(|one| one.focus.0.kind == FocusKind::Weakness)
    }

    /// The strengths to keep, in the plan's order.
    async fn strengths(&self) -> Vec<FocusCoverage> {
        self.of(|one| one.focus.0.kind == FocusKind::Strength)
    }

    /// Those without a task: weaknesses first.
    async fn uncovered(&self) -> Vec<FocusCoverage> {
        self.of(|one| !one.is_covered)
    }

    /// Whether all have one.
    async fn is_complete(&self) -> bool {
        self.all.iter().all(|one| one.is_covered)
    }
}

impl Coverage {
    fn of(&self, wanted: impl Fn(&FocusCoverage) -> bool) -> Vec<FocusCoverage> {
        self.all.iter().filter(|one| wanted(one)).cloned().collect()
    }
}

/// Queries about what the plan's tasks cover.
#[derive(Default)]
pub struct CoverageQuery;

#[Object]
impl CoverageQuery {
    /// Whether every strength and weakness that the newest plan names has tasks. For the coordinator and the leader, who
    /// see all tasks.
    async fn coverage(&self, ctx: &Context<'_>) -> Result<Option<Coverage>> {
        let store = ctx.store()?;
        store.sees_all::<task::Entity>()?;
        let plan = newest_plan(store).await?.ok_or(Error::NotFound)?;
        let focus = focus(store, plan.id).await?;
        let ids = focus.iter().map(|focus| focus.node_id);
        let nodes = store.all(store.find::<node::Entity>().filter(node::Column::Id.is_in(ids))).await?;
        let families = families(store, &nodes).await?;
        let tasks = followup::tasks(store, &families.values().flatten().copied().collect::<Vec<_>>()).await?;
        let covered = |focus: plan_focus::Model| {
            let task_count = over(&families, focus.node_id, &tasks);
            FocusCoverage { focus: PlanFocus(focus.into()), task_count, is_covered: task_count > 0 }
        };
        Ok(Some(Coverage { plan, all: focus.into_iter().map(covered).collect() }))
    }
}

pub(super) async fn newest_plan(store: &Store) -> Result<Option<plan::Model>> {
    store.first(store.find::<plan::Entity>().order_by_desc(plan::Column::Year)).await
}

/// What the plan names, weaknesses first.
pub(super) async fn focus(store: &Store, plan: Uuid) -> Result<Vec<plan_focus::Model>> {
    use plan_focus::Column::{Kind, PlanId, Position};
    let all = store.find::<plan_focus::Entity>().filter(PlanId.eq(plan));
    store.all(all.order_by_desc(Kind).order_by_asc(Position)).await
}

/// What was counted for a node in all framework versions.
pub(super) fn over(families: &HashMap<Uuid, Vec<Uuid>>, node: Uuid, counts: &HashMap<Uuid, i64>) -> i64 {
    families.get(&node).into_iter().flatten().filter_map(|kin| counts.get(kin)).sum()
}
