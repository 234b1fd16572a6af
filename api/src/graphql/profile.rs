//! How a unit stands: its profile in an edition, and its history.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Enum, ID, Object, SimpleObject};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::ask::Ask;
use super::edition::{Edition, named_or_newest};
use super::framework::FrameworkNode;
use super::id;
use super::score::{ComputedScore, Score};
use super::unit::Unit;
use super::written::{Written, WrittenList};
use crate::error::{Error, Result};
use crate::store::{Read, Store};

/// Mean, least and greatest over all units of an edition. Null where not known.
#[derive(SimpleObject)]
#[graphql(serial)]
pub struct Statistics {
    /// Arithmetic mean.
    mean: Option<f64>,
    /// Least.
    min: Option<f64>,
    /// Greatest.
    max: Option<f64>,
}

/// On which side of the national mean a unit stands; better counts as above, whatever the indicator's direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
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
    node: Arc<node::Model>,
    direction: Direction,
    score: Option<Arc<score::Model>>,
    computed: Option<Arc<computed_score::Model>>,
    statistic: Option<Arc<statistic::Model>>,
}

impl ProfileEntry {
    fn score_gap(&self) -> Option<f64> {
        Some(self.score.as_ref()?.score? - self.statistic.as_ref()?.score_mean?)
    }

    fn value_gap(&self) -> Option<f64> {
        Some(self.score.as_ref()?.value? - self.statistic.as_ref()?.value_mean?)
    }

    pub(super) fn at(&self) -> &node::Model {
        &self.node
    }

    pub(super) fn published_rank(&self) -> Option<i32> {
        self.score.as_ref()?.rank
    }

    pub(super) fn side(&self) -> Option<Side> {
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
}

#[Object(serial, use_type_description)]
impl ProfileEntry {
    /// The node.
    async fn node(&self) -> Written<FrameworkNode> {
        Written(FrameworkNode(self.node.clone()))
    }

    /// Raw value, in the indicator's unit.
    async fn value(&self) -> Option<f64> {
        self.score.as_ref()?.value
    }

    /// Score as published, from 0 to 100.
    async fn score(&self) -> Option<f64> {
        self.score.as_ref()?.score
    }

    /// Rank as published among the edition's units; 1 is best.
    async fn rank(&self) -> Option<i32> {
        self.published_rank()
    }

    /// What the engine made of the raw values, if the edition was computed.
    async fn computed(&self) -> Option<Written<ComputedScore>> {
        self.computed.clone().map(ComputedScore).map(Written)
    }

    /// Raw values of all units.
    async fn value_statistics(&self) -> Option<Written<Statistics>> {
        let all = self.statistic.as_ref()?;
        Some(Written(Statistics { mean: all.value_mean, min: all.value_min, max: all.value_max }))
    }

    /// Scores of all units.
    async fn score_statistics(&self) -> Option<Written<Statistics>> {
        let all = self.statistic.as_ref()?;
        Some(Written(Statistics { mean: all.score_mean, min: all.score_min, max: all.score_max }))
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
        self.side()
    }

    /// Where the unit's figures were read.
    async fn source(&self) -> Option<&str> {
        self.score.as_ref()?.source.as_deref()
    }
}

/// How a unit stands in an edition, node by node.
#[derive(Description)]
pub struct Profile {
    unit: Arc<unit::Model>,
    edition: Arc<edition::Model>,
    entries: Vec<ProfileEntry>,
}

#[Object(serial, use_type_description)]
impl Profile {
    /// The unit.
    async fn unit(&self) -> Unit {
        Unit(self.unit.clone())
    }

    /// The edition.
    async fn edition(&self) -> Edition {
        Edition(self.edition.clone())
    }

    /// The nodes of the framework in depth-first order, with or without figures; one tree has some eighty.
    async fn entries(
        &self,
        #[graphql(desc = "Only those of this level, such as INDICATOR.")] level: Option<NodeLevel>,
    ) -> WrittenList<&ProfileEntry> {
        let wanted = |entry: &&ProfileEntry| level.is_none_or(|level| entry.node.level == level);
        self.entries.iter().filter(wanted).collect()
    }
}

/// One year in a unit's history at a node.
#[derive(Description)]
pub struct HistoryEntry {
    score: Option<score::Model>,
    computed: Option<computed_score::Model>,
    edition: edition::Model,
    comparable: bool,
}

#[Object(serial, use_type_description)]
impl HistoryEntry {
    /// The edition.
    async fn edition(&self) -> Edition {
        Edition(self.edition.clone().into())
    }

    /// The result that was published or entered.
    async fn score(&self) -> Option<Score> {
        self.score.clone().map(|row| Score(row.into()))
    }

    /// What the engine made of the raw values, if the edition was computed.
    async fn computed(&self) -> Option<ComputedScore> {
        self.computed.clone().map(|row| ComputedScore(row.into()))
    }

    /// Whether it may be compared with the entry before: the same framework, the same number of units, and both real or
    /// both synthetic.
    async fn comparable(&self) -> bool {
        self.comparable
    }

    /// Why not, in words; null when it may.
    async fn warning(&self, ctx: &Context<'_>) -> Option<&'static str> {
        let text = ctx.lang().pick(
            "Khung chỉ số, số địa phương được xếp hạng hoặc loại số liệu khác kỳ trước; không nên so sánh trực tiếp.",
            "Another framework, another number of ranked units or another sort of figures than in the edition before; do not compare directly.",
        );
        (!self.comparable).then_some(text)
    }
}

/// Queries about how a unit stands.
#[derive(Default)]
pub struct ProfileQuery;

#[Object]
impl ProfileQuery {
    /// How a unit stands at every node of an edition; the newest published one if none is named.
    async fn profile(&self, ctx: &Context<'_>, unit: ID, edition: Option<ID>) -> Result<Option<Profile>> {
        let store = ctx.store()?;
        let unit = store.shared::<unit::Entity>(id::parse::<unit::Entity>(&unit, "unit")?).await?;
        let edition = named_or_newest(store, edition).await?;
        let entries = profile(store, unit.id, &edition).await?;
        Ok(Some(Profile { unit, edition, entries }))
    }

    /// A unit's results at a node over the years, oldest first. The node is followed through the framework versions:
    /// indicators by what they supersede, others by level and code. Of each year the newest revision.
    async fn history(&self, ctx: &Context<'_>, unit: ID, node: Option<ID>) -> Result<Vec<HistoryEntry>> {
        let store = ctx.store()?;
        let unit = store.get::<unit::Entity>(id::parse::<unit::Entity>(&unit, "unit")?).await?;
        let node = match node {
            Some(id) => store.get::<node::Entity>(id::parse::<node::Entity>(&id, "node")?).await?,
            None => {
                let edition = named_or_newest(store, None).await?;
                let nodes = store.nodes(edition.framework_id).await?;
                nodes.root().map(|root| (**root).clone()).ok_or(Error::NotFound)?
            }
        };
        history(store, unit.id, node).await
    }
}

/// How a unit stands at every node of an edition.
pub(super) async fn profile(
    store: &Store,
    unit: Uuid,
    edition: &edition::Model,
) -> Result<Vec<ProfileEntry>> {
    let nodes = store.nodes(edition.framework_id).await?;
    let figures = store.figures(edition.id).await?;
    let entry = |node: &Arc<node::Model>| ProfileEntry {
        direction: nodes.direction(node.id),
        score: figures.score(unit, node.id).cloned(),
        computed: figures.computed(unit, node.id).cloned(),
        statistic: figures.statistic(node.id).cloned(),
        node: Arc::clone(node),
    };
    Ok(nodes.in_order().iter().map(entry).collect())
}

async fn history(store: &Store, unit: Uuid, node: node::Model) -> Result<Vec<HistoryEntry>> {
    let years = standings(store, unit, node).await?;
    let mut before = None;
    let entries = years.into_iter().map(|Standing { edition, score, computed }| {
        let now = (edition.framework_id, edition.unit_count, edition.synthetic);
        let comparable = before.is_none_or(|before| before == now);
        before = Some(now);
        HistoryEntry { score, computed, edition, comparable }
    });
    Ok(entries.collect())
}

/// The figures of a unit at a node in one year.
#[derive(Clone)]
pub(crate) struct Standing {
    /// The edition: of its year the newest revision, published before drafts.
    pub edition: edition::Model,
    /// What was published or entered.
    pub score: Option<score::Model>,
    /// What the engine made of the raw values.
    pub computed: Option<computed_score::Model>,
}

/// The figures of a unit at a node in all years, oldest first, the node followed through the framework versions.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct StandingsOf {
    /// The unit.
    pub unit: Uuid,
    /// The node.
    pub node: Uuid,
}

impl Loader<StandingsOf> for Store {
    type Value = Vec<Standing>;
    type Error = Error;

    async fn load(&self, keys: &[StandingsOf]) -> Result<HashMap<StandingsOf, Vec<Standing>>> {
        let nodes =
            self.find::<node::Entity>().filter(node::Column::Id.is_in(keys.iter().map(|key| key.node)));
        let nodes = self.all(nodes).await?;
        all_standings(self, keys, nodes).await
    }
}

/// The figures of a unit at a node in all years, oldest first.
pub(crate) async fn standings(store: &impl Read, unit: Uuid, node: node::Model) -> Result<Vec<Standing>> {
    let key = StandingsOf { unit, node: node.id };
    Ok(all_standings(store, &[key], vec![node]).await?.remove(&key).unwrap_or_default())
}

/// The figures of units at nodes in all years, oldest first; `nodes` are those of the keys.
pub(crate) async fn all_standings(
    store: &impl Read,
    keys: &[StandingsOf],
    nodes: Vec<node::Model>,
) -> Result<HashMap<StandingsOf, Vec<Standing>>> {
    let families = families(store, &nodes).await?;
    let kin: Vec<Uuid> = families.values().flatten().copied().collect();
    let units: Vec<Uuid> = keys.iter().map(|key| key.unit).collect();
    let scores = store.find::<score::Entity>().filter(score::Column::UnitId.is_in(units.clone()));
    let scores = store.every(scores.filter(score::Column::NodeId.is_in(kin.clone()))).await?;
    let made = store.find::<computed_score::Entity>().filter(computed_score::Column::UnitId.is_in(units));
    let made = store.every(made.filter(computed_score::Column::NodeId.is_in(kin))).await?;
    let scores: HashMap<_, score::Model> =
        scores.into_iter().map(|row| ((row.edition_id, row.unit_id, row.node_id), row)).collect();
    let made: HashMap<_, computed_score::Model> =
        made.into_iter().map(|row| ((row.edition_id, row.unit_id, row.node_id), row)).collect();
    let editions = store.find::<edition::Entity>().order_by_asc(edition::Column::Year);
    // The one that counts comes last of its year, and "published" sorts behind "draft".
    let editions = editions.order_by_asc(edition::Column::Status).order_by_asc(edition::Column::Revision);
    let editions = store.all(editions).await?;
    let mut all: HashMap<StandingsOf, Vec<Standing>> = HashMap::new();
    for key in keys {
        let Some(family) = families.get(&key.node) else { continue };
        let mut years = Vec::new();
        for edition in editions.chunk_by(|a, b| a.year == b.year).filter_map(<[_]>::last) {
            let place = |node: &Uuid| (edition.id, key.unit, *node);
            let score = family.iter().find_map(|node| scores.get(&place(node))).cloned();
            let computed = family.iter().find_map(|node| made.get(&place(node))).cloned();
            if score.is_some() || computed.is_some() {
                years.push(Standing { edition: edition.clone(), score, computed });
            }
        }
        all.insert(*key, years);
    }
    Ok(all)
}

/// Each node in all framework versions: an indicator by what it supersedes, any other by level and code.
pub(crate) async fn families(store: &impl Read, nodes: &[node::Model]) -> Result<HashMap<Uuid, Vec<Uuid>>> {
    use node::Column::{Code, Level};
    let (indicators, others): (Vec<_>, Vec<_>) =
        nodes.iter().partition(|node| node.level == NodeLevel::Indicator);
    let mut families = HashMap::new();
    if !indicators.is_empty() {
        let details = store.all(store.find::<indicator::Entity>()).await?;
        families.extend(indicators.iter().map(|node| (node.id, lineage(&details, node.id))));
    }
    if !others.is_empty() {
        let alike = store.find::<node::Entity>().filter(Level.is_in(others.iter().map(|node| node.level)));
        let alike = alike.filter(Code.is_in(others.iter().map(|node| node.code.as_str())));
        let alike = store.all(alike).await?;
        for node in others {
            let same = alike.iter().filter(|other| other.level == node.level && other.code == node.code);
            families.insert(node.id, same.map(|other| other.id).collect());
        }
    }
    Ok(families)
}

/// The indicator in all framework versions: what it supersedes and what supersedes it.
fn lineage(details: &[indicator::Model], indicator: Uuid) -> Vec<Uuid> {
    let mut family = vec![indicator];
    loop {
        let known = family.len();
        for detail in details {
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
            return family;
        }
    }
}
