//! Editions and their results: rankings, a unit's profile, its history.

use std::collections::HashMap;

use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};
use chrono::NaiveDate;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::ask::Ask;
use super::framework::{Framework, FrameworkNode};
use super::id;
use super::page::{List, page};
use super::unit::Unit;
use crate::error::{Error, Result};
use crate::store::{Read, Sort, Store};

/// One year's ranking, made with one framework version.
#[derive(Description)]
pub struct Edition(pub edition::Model);

#[Object(use_type_description)]
impl Edition {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<edition::Entity>(self.0.id)
    }

    /// The year of the ranking.
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// Draft or published.
    async fn status(&self) -> Publication {
        self.0.status
    }

    /// When the ministry published it, where known.
    async fn published_on(&self) -> Option<NaiveDate> {
        self.0.published_on
    }

    /// How many units were ranked.
    async fn unit_count(&self) -> Option<i32> {
        self.0.unit_count
    }

    /// What a reader should know about it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The framework version it was made with.
    async fn framework(&self, ctx: &Context<'_>) -> Result<Framework> {
        ctx.need::<framework::Entity>(self.0.framework_id).await.map(Framework)
    }
}

/// The result of one unit at one node in one edition. What was not measured or not published is null, never 0.
#[derive(Description)]
pub struct Score(pub score::Model);

#[Object(use_type_description)]
impl Score {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        id::of::<score::Entity>(self.0.id)
    }

    /// Raw value, in the indicator's unit.
    async fn value(&self) -> Option<f64> {
        self.0.value
    }

    /// Score from 0 to 100.
    async fn score(&self) -> Option<f64> {
        self.0.score
    }

    /// Rank among the edition's units; 1 is best.
    async fn rank(&self) -> Option<i32> {
        self.0.rank
    }

    /// Where the figures were read.
    async fn source(&self) -> Option<&str> {
        self.0.source.as_deref()
    }

    /// What a reader should know about them.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The edition.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Edition> {
        ctx.need::<edition::Entity>(self.0.edition_id).await.map(Edition)
    }

    /// The unit.
    async fn unit(&self, ctx: &Context<'_>) -> Result<Unit> {
        ctx.need::<unit::Entity>(self.0.unit_id).await.map(Unit)
    }

    /// The node of the edition's framework.
    async fn node(&self, ctx: &Context<'_>) -> Result<FrameworkNode> {
        ctx.need::<node::Entity>(self.0.node_id).await.map(FrameworkNode)
    }
}

/// Mean, least and greatest over all units of an edition. Null where not known.
#[derive(SimpleObject)]
pub struct Statistics {
    /// Arithmetic mean.
    mean: Option<f64>,
    /// Least.
    min: Option<f64>,
    /// Greatest.
    max: Option<f64>,
}

/// On which side of the national mean a unit stands; better counts as above, whatever the indicator's direction.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum Side {
    /// Better than the mean.
    Above,
    /// At the mean.
    Equal,
    /// Worse than the mean.
    Below,
}

/// How a unit stands at one node of an edition.
#[derive(Description)]
pub struct ProfileEntry {
    node: node::Model,
    direction: Direction,
    score: Option<score::Model>,
    statistic: Option<statistic::Model>,
}

impl ProfileEntry {
    fn score_gap(&self) -> Option<f64> {
        Some(self.score.as_ref()?.score? - self.statistic.as_ref()?.score_mean?)
    }

    fn value_gap(&self) -> Option<f64> {
        Some(self.score.as_ref()?.value? - self.statistic.as_ref()?.value_mean?)
    }
}

#[Object(use_type_description)]
impl ProfileEntry {
    /// The node.
    async fn node(&self) -> FrameworkNode {
        FrameworkNode(self.node.clone())
    }

    /// Raw value, in the indicator's unit.
    async fn value(&self) -> Option<f64> {
        self.score.as_ref()?.value
    }

    /// Score from 0 to 100.
    async fn score(&self) -> Option<f64> {
        self.score.as_ref()?.score
    }

    /// Rank among the edition's units; 1 is best.
    async fn rank(&self) -> Option<i32> {
        self.score.as_ref()?.rank
    }

    /// Raw values of all units.
    async fn value_statistics(&self) -> Option<Statistics> {
        let all = self.statistic.as_ref()?;
        Some(Statistics { mean: all.value_mean, min: all.value_min, max: all.value_max })
    }

    /// Scores of all units.
    async fn score_statistics(&self) -> Option<Statistics> {
        let all = self.statistic.as_ref()?;
        Some(Statistics { mean: all.score_mean, min: all.score_min, max: all.score_max })
    }

    /// Score less the national mean score, in points.
    async fn gap_to_mean(&self) -> Option<f64> {
        self.score_gap()
    }

    /// Raw value less the national mean, in the indicator's unit.
    async fn value_gap_to_mean(&self) -> Option<f64> {
        self.value_gap()
    }

    /// On which side of the national mean the unit stands, by score or else by raw value.
    async fn compared_to_mean(&self) -> Option<Side> {
        let better = |gap: f64| match self.direction {
            Direction::HigherIsBetter => gap,
            Direction::LowerIsBetter => -gap,
        };
        let gap = self.score_gap().or_else(|| self.value_gap().map(better))?;
        Some(match gap.partial_cmp(&0.0)? {
            std::cmp::Ordering::Less => Side::Below,
            std::cmp::Ordering::Equal => Side::Equal,
            std::cmp::Ordering::Greater => Side::Above,
        })
    }

    /// Where the unit's figures were read.
    async fn source(&self) -> Option<&str> {
        self.score.as_ref()?.source.as_deref()
    }
}

/// How a unit stands in an edition, node by node.
#[derive(Description)]
pub struct Profile {
    unit: unit::Model,
    edition: edition::Model,
    entries: Vec<ProfileEntry>,
}

#[Object(use_type_description)]
impl Profile {
    /// The unit.
    async fn unit(&self) -> Unit {
        Unit(self.unit.clone())
    }

    /// The edition.
    async fn edition(&self) -> Edition {
        Edition(self.edition.clone())
    }

    /// Every node of the framework in depth-first order, with or without figures; one tree has some eighty.
    async fn entries(&self) -> &[ProfileEntry] {
        &self.entries
    }
}

/// One year in a unit's history at a node.
#[derive(Description)]
pub struct HistoryEntry {
    score: score::Model,
    edition: edition::Model,
    comparable: bool,
}

#[Object(use_type_description)]
impl HistoryEntry {
    /// The edition.
    async fn edition(&self) -> Edition {
        Edition(self.edition.clone())
    }

    /// The result in it.
    async fn score(&self) -> Score {
        Score(self.score.clone())
    }

    /// Whether it may be compared with the entry before: the same framework and the same number of units.
    async fn comparable(&self) -> bool {
        self.comparable
    }

    /// Why not, in words; null when it may.
    async fn warning(&self, ctx: &Context<'_>) -> Option<&'static str> {
        let text = ctx.lang().pick(
            "Khung chỉ số hoặc số địa phương được xếp hạng khác kỳ trước; không nên so sánh trực tiếp.",
            "Another framework or another number of ranked units than in the edition before; do not compare directly.",
        );
        (!self.comparable).then_some(text)
    }
}

/// Queries about editions and results.
#[derive(Default)]
pub struct ResultQuery;

#[Object]
impl ResultQuery {
    /// The edition of a year, or the newest one.
    async fn edition(&self, ctx: &Context<'_>, year: Option<i32>) -> Result<Option<Edition>> {
        Ok(edition_of(ctx.store()?, year).await?.map(Edition))
    }

    /// All editions, newest first.
    async fn editions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Edition>> {
        let all = ctx.store()?.find::<edition::Entity>();
        page(ctx, all, Sort::by_greatest(edition::Column::Year), first, after, Edition).await
    }

    /// The results of all units at one node, best rank first and the unranked last. Without `edition` the newest one;
    /// without `node` the index itself.
    async fn ranking(
        &self,
        ctx: &Context<'_>,
        edition: Option<ID>,
        node: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<List<Score>> {
        let store = ctx.store()?;
        let edition = match edition {
            Some(id) => store.get::<edition::Entity>(id::parse::<edition::Entity>(&id, "edition")?).await?,
            None => edition_of(store, None).await?.ok_or(Error::NotFound)?,
        };
        let node = match node {
            Some(id) => id::parse::<node::Entity>(&id, "node")?,
            None => root(store, edition.framework_id).await?.id,
        };
        let scores = store.find::<score::Entity>().filter(score::Column::EditionId.eq(edition.id));
        let scores = scores.filter(score::Column::NodeId.eq(node));
        page(ctx, scores, Sort::by(score::Column::Rank), first, after, Score).await
    }

    /// How a unit stands at every node of an edition; the newest one if none is named.
    async fn profile(&self, ctx: &Context<'_>, unit: ID, edition: Option<ID>) -> Result<Option<Profile>> {
        let store = ctx.store()?;
        let unit = store.get::<unit::Entity>(id::parse::<unit::Entity>(&unit, "unit")?).await?;
        let edition = match edition {
            Some(id) => store.get::<edition::Entity>(id::parse::<edition::Entity>(&id, "edition")?).await?,
            None => edition_of(store, None).await?.ok_or(Error::NotFound)?,
        };
        let entries = profile(store, unit.id, &edition).await?;
        Ok(Some(Profile { unit, edition, entries }))
    }

    /// A unit's results at a node over the years, oldest first. The node is followed through the framework versions:
    /// indicators by what they supersede, others by level and code.
    async fn history(&self, ctx: &Context<'_>, unit: ID, node: Option<ID>) -> Result<Vec<HistoryEntry>> {
        let store = ctx.store()?;
        let unit = store.get::<unit::Entity>(id::parse::<unit::Entity>(&unit, "unit")?).await?;
        let node = match node {
            Some(id) => store.get::<node::Entity>(id::parse::<node::Entity>(&id, "node")?).await?,
            None => {
                let edition = edition_of(store, None).await?.ok_or(Error::NotFound)?;
                root(store, edition.framework_id).await?
            }
        };
        history(store, unit.id, &node).await
    }
}

async fn edition_of(store: &Store, year: Option<i32>) -> Result<Option<edition::Model>> {
    let query = store.find::<edition::Entity>();
    match year {
        Some(year) => store.first(query.filter(edition::Column::Year.eq(year))).await,
        None => store.first(query.order_by_desc(edition::Column::Year)).await,
    }
}

async fn root(store: &Store, framework: Uuid) -> Result<node::Model> {
    let index = store.find::<node::Entity>().filter(node::Column::FrameworkId.eq(framework));
    store.first(index.filter(node::Column::ParentId.is_null())).await?.ok_or(Error::NotFound)
}

async fn profile(store: &Store, unit: Uuid, edition: &edition::Model) -> Result<Vec<ProfileEntry>> {
    let nodes = store.find::<node::Entity>().filter(node::Column::FrameworkId.eq(edition.framework_id));
    let nodes = store.all(nodes.order_by_asc(node::Column::Position)).await?;
    let scores = store.find::<score::Entity>().filter(score::Column::EditionId.eq(edition.id));
    let scores = store.all(scores.filter(score::Column::UnitId.eq(unit))).await?;
    let statistics = store.find::<statistic::Entity>().filter(statistic::Column::EditionId.eq(edition.id));
    let of_framework =
        store.keys::<node::Entity>(node::Column::Id, node::Column::FrameworkId.eq(edition.framework_id));
    let details = store.find::<indicator::Entity>().filter(indicator::Column::Id.in_subquery(of_framework));
    let mut scores: HashMap<Uuid, score::Model> = scores.into_iter().map(|row| (row.node_id, row)).collect();
    let mut statistics: HashMap<Uuid, statistic::Model> =
        store.all(statistics).await?.into_iter().map(|row| (row.node_id, row)).collect();
    let directions: HashMap<Uuid, Direction> =
        store.all(details).await?.into_iter().map(|row| (row.id, row.direction)).collect();
    let entry = |node: node::Model| ProfileEntry {
        direction: directions.get(&node.id).copied().unwrap_or(Direction::HigherIsBetter),
        score: scores.remove(&node.id),
        statistic: statistics.remove(&node.id),
        node,
    };
    Ok(nodes.into_iter().map(entry).collect())
}

async fn history(store: &Store, unit: Uuid, node: &node::Model) -> Result<Vec<HistoryEntry>> {
    let same = match node.level {
        NodeLevel::Indicator => lineage(store, node.id).await?,
        level => {
            let alike = store.find::<node::Entity>().filter(node::Column::Level.eq(level));
            let alike = store.all(alike.filter(node::Column::Code.eq(&node.code))).await?;
            alike.into_iter().map(|node| node.id).collect()
        }
    };
    let scores = store.find::<score::Entity>().filter(score::Column::UnitId.eq(unit));
    let scores = store.all(scores.filter(score::Column::NodeId.is_in(same))).await?;
    let editions = store.all(store.find::<edition::Entity>()).await?;
    let mut editions: HashMap<Uuid, edition::Model> = editions.into_iter().map(|row| (row.id, row)).collect();
    let mut years: Vec<_> = scores
        .into_iter()
        .filter_map(|score| editions.remove(&score.edition_id).map(|edition| (edition, score)))
        .collect();
    years.sort_by_key(|(edition, _)| edition.year);
    let mut before: Option<(Uuid, Option<i32>)> = None;
    let entries = years.into_iter().map(|(edition, score)| {
        let now = (edition.framework_id, edition.unit_count);
        let comparable = before.is_none_or(|before| before == now);
        before = Some(now);
        HistoryEntry { score, edition, comparable }
    });
    Ok(entries.collect())
}

/// The indicator in all framework versions: what it supersedes and what supersedes it.
async fn lineage(store: &Store, indicator: Uuid) -> Result<Vec<Uuid>> {
    let details = store.all(store.find::<indicator::Entity>()).await?;
    let mut family = vec![indicator];
    loop {
        let known = family.len();
        for detail in &details {
            let kin = detail.supersedes_id.is_some_and(|before| family.contains(&before));
            if kin && !family.contains(&detail.id) {
                family.push(detail.id);
            }
            if let Some(before) = detail.supersedes_id
                && family.contains(&detail.id)
                && !family.contains(&before)
            {
                family.push(before);
            }
        }
        if family.len() == known {
            return Ok(family);
        }
    }
}
