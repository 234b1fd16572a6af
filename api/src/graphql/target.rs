//! Targets: what a unit wants to reach in a year, and how far it is.

use std::sync::Arc;

use async_graphql::{Context, Description, ID, InputObject, Object};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use uuid::Uuid;

use super::ask::Ask;
use super::check::{Check, TEXT};
use super::framework::{self as frameworks, FrameworkNode};
use super::id;
use super::page::{List, page};
use super::payload::payload;
use super::profile::{Standing, StandingsOf, families};
use super::target_status::{TargetStatus, Wanted, Year, judge};
use super::unit::Unit;
use crate::error::{Code, Error, Problem, Result};
use crate::policy::Verb;
use crate::store::{Read, Sort};

/// What a unit wants to reach at a node in the ranking of a year.
#[derive(Description)]
pub struct Target(pub Arc<target::Model>);

impl Target {
    async fn judged(&self, ctx: &Context<'_>) -> Result<(TargetStatus, String)> {
        let key = StandingsOf { unit: self.0.unit_id, node: self.0.node_id };
        let years = ctx.load(key).await?.unwrap_or_default();
        let mut before = None;
        // A real goal is not measured by made-up figures.
        let real = years.into_iter().filter(|standing| !standing.edition.synthetic);
        let figures = real.map(|Standing { edition, score, computed }| {
            let now = (edition.framework_id, edition.unit_count);
            let comparable = before == Some(now);
            before = Some(now);
            let (score, computed) = (score.as_ref(), computed.as_ref());
            Year {
                year: edition.year,
                // What was published counts before what was computed here.
                score: score.and_then(|row| row.score).or_else(|| computed?.score),
                rank: score.and_then(|row| row.rank).map(f64::from).or_else(|| computed?.rank),
                published: edition.status == Publication::Published,
                comparable,
            }
        });
        let row = &self.0;
        let wanted =
            Wanted { year: row.year, rank: row.rank, score: row.score, above_last_year: row.above_last_year };
        Ok(judge(wanted, &figures.collect::<Vec<_>>(), ctx.lang()))
    }
}

#[Object(use_type_description)]
impl Target {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<target::Entity>(self.0.id)
    }

    /// The unit.
    async fn unit(&self, ctx: &Context<'_>) -> Result<Unit> {
        ctx.need::<unit::Entity>(self.0.unit_id).await.map(Unit)
    }

    /// The year of the ranking.
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// The node, in the framework version that was the newest when the target was set; its figures are followed through
    /// the versions.
    async fn node(&self, ctx: &Context<'_>) -> Result<FrameworkNode> {
        ctx.need::<node::Entity>(self.0.node_id).await.map(FrameworkNode)
    }

    /// This rank or a better one.
    async fn rank(&self) -> Option<i32> {
        self.0.rank
    }

    /// This score or a higher one.
    async fn score(&self) -> Option<f64> {
        self.0.score
    }

    /// Whether the score must be above that of the year before.
    async fn above_last_year(&self) -> bool {
        self.0.above_last_year
    }

    /// What a reader should know about it.
    async fn note(&self) -> Result<Option<&str>> {
        Ok(Long::optional(&self.0.note)?)
    }

    /// How far it is: measured by real editions only, never by synthetic ones.
    async fn status(&self, ctx: &Context<'_>) -> Result<TargetStatus> {
        Ok(self.judged(ctx).await?.0)
    }

    /// The arithmetic behind the status, goal by goal, in the language of `Accept-Language`.
    async fn explanation(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.judged(ctx).await?.1)
    }

    /// Grows by one with every change; give it back as `expectedVersion`.
    async fn row_version(&self) -> i32 {
        self.0.row_version
    }
}

/// Queries about targets.
#[derive(Default)]
pub struct TargetQuery;

#[Object]
impl TargetQuery {
    /// Targets, latest year first.
    async fn targets(
        &self,
        ctx: &Context<'_>,
        unit: Option<ID>,
        year: Option<i32>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Target>> {
        let mut query = ctx.store()?.find::<target::Entity>();
        if let Some(unit) = unit {
            query = query.filter(target::Column::UnitId.eq(id::parse::<unit::Entity>(&unit, "unit")?));
        }
        if let Some(year) = year {
            query = query.filter(target::Column::Year.eq(year));
        }
        page(ctx, query, Sort::by_greatest(target::Column::Year), first, after, Target).await
    }
}

/// What a unit wants to reach; at least one goal.
#[derive(InputObject)]
pub struct TargetSetInput {
    /// The unit.
    unit_id: ID,
    /// The year of the ranking, from 1900 to 2200.
    year: i32,
    /// The node, of a published framework; the index itself of the newest one if not given.
    node_id: Option<ID>,
    /// This rank or a better one, from 1 to 10,000.
    rank: Option<i32>,
    /// This score or a higher one.
    score: Option<f64>,
    /// A score above that of the year before.
    #[graphql(default)]
    above_last_year: bool,
    /// What a reader should know about it.
    note: Option<String>,
}

payload! {
    /// What came of setting a target.
    TargetPayload {
        /// The target as it is now.
        target: Target
    }
}

payload! {
    /// What came of giving up a target.
    TargetDeletePayload {
        /// The id of the target that is no more.
        deleted_id: ID
    }
}

/// Mutations of targets.
#[derive(Default)]
pub struct TargetMutation;

#[Object]
impl TargetMutation {
    /// Sets what a unit wants to reach at a node in a year, in place of what was set before. For the coordinator.
    async fn target_set(
        &self,
        ctx: &Context<'_>,
        input: TargetSetInput,
        expected_version: Option<i32>,
    ) -> Result<Option<TargetPayload>> {
        TargetPayload::of(set(ctx, input, expected_version).await)
    }

    /// Gives a target up. For the coordinator.
    async fn target_delete(&self, ctx: &Context<'_>, id: ID) -> Result<Option<TargetDeletePayload>> {
        TargetDeletePayload::of(delete(ctx, id).await)
    }
}

async fn set(ctx: &Context<'_>, input: TargetSetInput, expected: Option<i32>) -> Result<Target> {
    const MOST: f64 = 1e6;
    let mut check = Check::new("input");
    let unit = check.id::<unit::Entity>("unitId", &input.unit_id);
    let node = check.optional_id::<node::Entity>("nodeId", input.node_id.as_ref());
    let mut row = target::ActiveModel {
        rank: Set(input.rank.map(|rank| check.range("rank", rank, 1..=10_000))),
        score: Set(input.score.map(|score| check.range("score", score, -MOST..=MOST))),
        above_last_year: Set(input.above_last_year),
        note: Set(check.optional("note", input.note.as_deref(), TEXT)),
        ..Default::default()
    };
    check.range("year", input.year, 1900..=2200);
    if input.rank.is_none() && input.score.is_none() && !input.above_last_year {
        check.problem("rank", Code::Required);
    }
    check.done()?;
    let node = match node {
        Some(node) => node,
        None => {
            let framework = frameworks::find(ctx, None).await?.ok_or(Error::NotFound)?;
            ctx.nodes(framework.id).await?.root().ok_or(Error::NotFound)?.id
        }
    };
    let tx = ctx.store()?.begin().await?;
    tx.may::<target::Entity>(Verb::Create)?;
    tx.get::<unit::Entity>(unit).await.map_err(|error| error.at("input.unitId"))?;
    let node = tx.get::<node::Entity>(node).await.map_err(|error| error.at("input.nodeId"))?;
    if tx.get::<framework::Entity>(node.framework_id).await?.status == Publication::Draft {
        return Err(Problem::new("input.nodeId", Code::InvalidState).with("FRAMEWORK_DRAFT").into());
    }
    // The same node of another framework version has the same target.
    let kin: Vec<Uuid> =
        families(&tx, std::slice::from_ref(&node)).await?.remove(&node.id).unwrap_or_default();
    let there = tx
        .find::<target::Entity>()
        .filter(target::Column::UnitId.eq(unit))
        .filter(target::Column::Year.eq(input.year))
        .filter(target::Column::NodeId.is_in(kin));
    let row = match tx.first(there).await? {
        Some(there) => {
            let held = tx.hold::<target::Entity>(there.id, Verb::Update).await?;
            tx.update(&held, expected, row).await?
        }
        None if expected.is_some() => {
            return Err(Problem::new("expectedVersion", Code::Conflict).into());
        }
        None => {
            row.unit_id = Set(unit);
            row.year = Set(input.year);
            row.node_id = Set(node.id);
            tx.insert::<target::Entity>(row).await?
        }
    };
    tx.commit().await?;
    Ok(Target(row.into()))
}

async fn delete(ctx: &Context<'_>, id: ID) -> Result<ID> {
    let key = id::parse::<target::Entity>(&id, "id")?;
    let tx = ctx.store()?.begin().await?;
    tx.delete(tx.hold::<target::Entity>(key, Verb::Delete).await?).await?;
    tx.commit().await?;
    Ok(id)
}
