//! What the leader sees at a glance: the goal against where the province stands, and weak indicators left alone.

use std::collections::HashMap;

use std::sync::Arc;

use async_graphql::{Description, Object};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::coverage::{focus, newest_plan, over};
use super::dashboard::{DashboardItemKind, DashboardList, SHOWN};
use super::edition::{Edition, named_or_newest};
use super::indicator::Indicator;
use super::plan::Plan;
use super::profile::{ProfileEntry, Side, families, profile};
use super::target::Target;
use crate::error::Result;
use crate::followup;
use crate::store::{Read, Store};

/// Most targets that are shown.
const TARGETS: usize = 10;

/// A weak indicator, and what is done for it.
#[derive(Clone, Description)]
pub struct WeakIndicator {
    node: node::Model,
    named: bool,
    below: bool,
    tasks: i64,
    moving: i64,
    evidence: i64,
}

#[Object(use_type_description)]
impl WeakIndicator {
    /// The indicator.
    async fn indicator(&self) -> Indicator {
        Indicator(self.node.clone().into())
    }

    /// Whether the plan names it as a weakness.
    async fn is_named(&self) -> bool {
        self.named
    }

    /// Whether it is below the national mean in the edition, by score or else by raw value, as in `profile`.
    async fn is_below_mean(&self) -> bool {
        self.below
    }

    /// Tasks for it. Those that were given up do not count.
    async fn task_count(&self) -> i64 {
        self.tasks
    }

    /// Those of them that have come to more than 0 % by a report that was accepted.
    async fn moving_task_count(&self) -> i64 {
        self.moving
    }

    /// Pieces of evidence that the viewer may read, on the indicator, its tasks, the reports on them or the figures
    /// supplied for it.
    async fn evidence_count(&self) -> i64 {
        self.evidence
    }
}

/// The goal against where the province stands, its weak indicators, and what waits for an answer.
#[derive(Description)]
pub struct LeaderDashboard {
    plan: plan::Model,
    edition: Arc<edition::Model>,
    standing: Option<ProfileEntry>,
    targets: Vec<target::Model>,
    weak: Vec<WeakIndicator>,
    obstacles: DashboardList,
}

#[Object(use_type_description)]
impl LeaderDashboard {
    /// The newest plan, with its goals.
    async fn plan(&self) -> Plan {
        Plan(self.plan.clone().into())
    }

    /// The newest published edition, by which the province is measured.
    async fn edition(&self) -> Edition {
        Edition(self.edition.clone())
    }

    /// Where the province stands in it with the index as a whole.
    async fn standing(&self) -> Option<&ProfileEntry> {
        self.standing.as_ref()
    }

    /// Places that the province has to rise from there to the plan's rank; 0 when it is reached, null without a rank.
    async fn places_to_rise(&self) -> Option<i32> {
        let rank = self.standing.as_ref()?.published_rank()?;
        Some((rank - self.plan.rank_goal).max(0))
    }

    /// The province's targets for the plan's year and later, at most ten, each with its status and arithmetic.
    async fn targets(&self) -> Vec<Target> {
        self.targets.iter().cloned().map(|row| Target(row.into())).collect()
    }

    /// Weak indicators: those that the plan names, in its order, then those below the national mean in the edition.
    async fn weak_indicators(&self) -> &[WeakIndicator] {
        &self.weak
    }

    /// Those for which there is no task.
    async fn without_task(&self) -> Vec<WeakIndicator> {
        self.those(|one| one.tasks == 0)
    }

    /// Those with tasks of which none has come to more than 0 % by a report that was accepted.
    async fn without_progress(&self) -> Vec<WeakIndicator> {
        self.those(|one| one.tasks > 0 && one.moving == 0)
    }

    /// Those with tasks but without evidence.
    async fn without_evidence(&self) -> Vec<WeakIndicator> {
        self.those(|one| one.tasks > 0 && one.evidence == 0)
    }

    /// Difficulties that were passed on and wait for an answer, longest waiting first.
    async fn obstacles(&self) -> &DashboardList {
        &self.obstacles
    }
}

impl LeaderDashboard {
    fn those(&self, wanted: impl Fn(&WeakIndicator) -> bool) -> Vec<WeakIndicator> {
        self.weak.iter().filter(|one| wanted(one)).cloned().collect()
    }
}

/// The dashboard of the leader; none without a plan of a province.
pub(super) async fn leader(store: &Store) -> Result<Option<LeaderDashboard>> {
    use target::Column::{UnitId, Year};
    let Some(plan) = newest_plan(store).await? else { return Ok(None) };
    let Some(unit) = plan.unit_id else { return Ok(None) };
    let edition = named_or_newest(store, None).await?;
    let entries = profile(store, unit, &edition).await?;
    let targets = store.find::<target::Entity>().filter(UnitId.eq(unit)).filter(Year.gte(plan.year));
    let mut targets = store.all(targets.order_by_asc(Year).order_by_asc(target::Column::Id)).await?;
    targets.truncate(TARGETS);
    let weak = weak(store, &plan, &entries).await?;
    let standing = entries.into_iter().find(|entry| entry.at().level == NodeLevel::Index);
    let obstacles = followup::obstacles(store, ObstacleStatus::Forwarded, SHOWN).await?;
    let obstacles = DashboardList::of(DashboardItemKind::Obstacle, obstacles, None);
    Ok(Some(LeaderDashboard { plan, edition, standing, targets, weak, obstacles }))
}

async fn weak(store: &Store, plan: &plan::Model, entries: &[ProfileEntry]) -> Result<Vec<WeakIndicator>> {
    let named = focus(store, plan.id).await?.into_iter().filter(|focus| focus.kind == FocusKind::Weakness);
    let named: Vec<Uuid> = named.map(|focus| focus.node_id).collect();
    let of_plan = store.find::<node::Entity>().filter(node::Column::Id.is_in(named.iter().copied()));
    let mut of_plan: HashMap<Uuid, node::Model> =
        store.all(of_plan).await?.into_iter().map(|node| (node.id, node)).collect();
    let mut nodes: Vec<node::Model> = named.iter().filter_map(|id| of_plan.remove(id)).collect();
    let below =
        |entry: &&ProfileEntry| entry.at().level == NodeLevel::Indicator && entry.side() == Some(Side::Below);
    let below: Vec<&node::Model> = entries.iter().filter(below).map(ProfileEntry::at).collect();
    let mut all = nodes.clone();
    all.extend(below.iter().map(|node| (*node).clone()));
    let families = families(store, &all).await?;
    let is_kin = |node: &Uuid, other: &Uuid| families.get(node).is_some_and(|kin| kin.contains(other));
    // The plan may speak of another framework version than the edition.
    let fresh = below.iter().filter(|node| !named.iter().any(|named| is_kin(named, &node.id)));
    nodes.extend(fresh.map(|node| (*node).clone()));
    let kin: Vec<Uuid> = families.values().flatten().copied().collect();
    let tasks = followup::tasks(store, &kin).await?;
    let moving = followup::progress(store, &kin).await?;
    let evidence = followup::evidence(store, &kin).await?;
    let weak = |node: node::Model| WeakIndicator {
        named: named.contains(&node.id),
        below: below.iter().any(|other| is_kin(&node.id, &other.id)),
        tasks: over(&families, node.id, &tasks),
        moving: over(&families, node.id, &moving),
        evidence: over(&families, node.id, &evidence),
        node,
    };
    Ok(nodes.into_iter().map(weak).collect())
}
