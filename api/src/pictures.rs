//! From rows to pictures: what a chart is about, read through the wall of whoever looks at it, and drawn.

use std::collections::HashMap;

use entity::*;
use index::what_if::{self, Change};
use moka::sync::Cache;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::charts::{
    Axis, Caption, ChartError, Gap, Gaps, History, Label, Picture, Place, Radar, Ranking, WhatIf, WhatIfBar,
    Year,
};
use crate::error::{Code, Error, Problem, Result};
use crate::files::sha256_hex;
use crate::graphql::{Standing, standings};
use crate::heavy::Workshop;
use crate::lang::Lang;
use crate::scoring::{Basis, refused};
use crate::store::{Read, Store};

/// What sort of picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// The pillars of a unit against the mean and the best of all.
    Radar,
    /// All units at a node by rank, one of them marked.
    Ranking,
    /// How far a unit is above or below the mean, node by node.
    Gaps,
    /// A unit's score and rank at a node over the years.
    History,
    /// A unit's scores before and after supposed changes; see `Simulation.chart`.
    WhatIf,
}

impl ChartKind {
    /// The kind with this name in an address, such as `what-if`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "radar" => Some(Self::Radar),
            "ranking" => Some(Self::Ranking),
            "gaps" => Some(Self::Gaps),
            "history" => Some(Self::History),
            "what-if" => Some(Self::WhatIf),
            _ => None,
        }
    }
}

/// A format of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[graphql(name = "ImageFormat")]
#[serde(rename_all = "snake_case")]
pub enum ImageFormat {
    /// Scalable, with its title and text alternative inside.
    Svg,
    /// Pixels, for programs that do not show SVG.
    Png,
}

impl ImageFormat {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml; charset=utf-8",
            Self::Png => "image/png",
        }
    }
}

/// What a picture is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartRequest {
    /// What sort of picture.
    pub kind: ChartKind,
    /// The edition.
    pub edition: Uuid,
    /// The unit; a ranking has none to mark without it.
    pub unit: Option<Uuid>,
    /// The node of a ranking or a history; the index itself without it.
    pub node: Option<Uuid>,
    /// The level of the nodes in a gap or what-if chart; indicators, or pillars and what is above them.
    pub level: Option<NodeLevel>,
    /// What is supposed to change, in the engine's codes.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// The language of its words.
    pub lang: Lang,
}

/// Drawn pictures, by what they show. Who may see a picture is asked before it is looked for here.
#[derive(Clone)]
pub struct Gallery {
    drawn: Cache<String, bytes::Bytes>,
}

impl Default for Gallery {
    fn default() -> Self {
        const MOST_BYTES: u64 = 32 << 20;
        let size =
            |key: &String, bytes: &bytes::Bytes| u32::try_from(key.len() + bytes.len()).unwrap_or(u32::MAX);
        Self { drawn: Cache::builder().weigher(size).max_capacity(MOST_BYTES).build() }
    }
}

impl Gallery {
    /// The name of exactly this picture: its data, format and width.
    pub fn tag(picture: &Picture, format: ImageFormat, width: u32) -> String {
        sha256_hex(format!("{picture:?} {format:?} {width}").as_bytes())
    }

    /// The picture's bytes, drawn in `workshop` unless they are here.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] for a width or numbers that cannot be drawn.
    pub async fn draw(
        &self,
        workshop: &Workshop,
        picture: Picture,
        format: ImageFormat,
        width: u32,
    ) -> Result<bytes::Bytes> {
        let tag = Self::tag(&picture, format, width);
        if let Some(bytes) = self.drawn.get(&tag) {
            return Ok(bytes);
        }
        let draw = move |_: &crate::heavy::Stop| match format {
            ImageFormat::Svg => picture.svg().map(String::into_bytes).map_err(undrawn),
            ImageFormat::Png => picture.png(width).map_err(undrawn),
        };
        let bytes = bytes::Bytes::from(workshop.run(draw).await?);
        self.drawn.insert(tag, bytes.clone());
        Ok(bytes)
    }
}

/// Why there is no picture, as an error of the product.
pub fn undrawn(error: ChartError) -> Error {
    let problem = |field: &str, code, detail: String| Error::from(Problem::new(field, code).with(detail));
    match error {
        ChartError::Count(part, count) => {
            let (least, most) = part.bounds();
            let name = format!("{part:?}").to_lowercase();
            problem("", Code::OutOfRange, format!("{name} {least}–{most} ({count})"))
        }
        ChartError::Width(width) => problem("width", Code::OutOfRange, format!("200–2000 ({width})")),
        ChartError::OutOfRange(number) => problem("", Code::OutOfRange, number.to_string()),
        ChartError::NotFinite | ChartError::Years => problem("", Code::NotFinite, String::new()),
        other @ (ChartError::Untitled | ChartError::Drawing(_)) => Error::internal(other),
    }
}

/// The name without "Tỉnh", "Thành phố", "Province" or "City", as charts and papers print it.
pub fn short(unit: &unit::Model, lang: Lang) -> String {
    let name = lang.pick(&unit.name_vi, &unit.name_en).as_str();
    let name = name.strip_prefix("Tỉnh ").or_else(|| name.strip_prefix("Thành phố ")).unwrap_or(name);
    let name = name.strip_suffix(" Province").or_else(|| name.strip_suffix(" City")).unwrap_or(name);
    name.to_owned()
}

fn label(node: &node::Model, lang: Lang) -> Label {
    Label::new(node.code.clone(), lang.pick(&node.name_vi, &node.name_en).clone())
}

/// The figures of an edition at some nodes, published before computed.
struct Figures {
    scores: HashMap<(Uuid, Uuid), (Option<f64>, Option<f64>)>,
    statistics: HashMap<Uuid, statistic::Model>,
}

impl Figures {
    async fn of(store: &Store, edition: Uuid, unit: Option<Uuid>, node: Option<Uuid>) -> Result<Self> {
        let mut published = store.find::<score::Entity>().filter(score::Column::EditionId.eq(edition));
        let mut computed =
            store.find::<computed_score::Entity>().filter(computed_score::Column::EditionId.eq(edition));
        if let Some(unit) = unit {
            published = published.filter(score::Column::UnitId.eq(unit));
            computed = computed.filter(computed_score::Column::UnitId.eq(unit));
        }
        if let Some(node) = node {
            published = published.filter(score::Column::NodeId.eq(node));
            computed = computed.filter(computed_score::Column::NodeId.eq(node));
        }
        let mut scores: HashMap<(Uuid, Uuid), (Option<f64>, Option<f64>)> = HashMap::new();
        for row in store.every(computed).await? {
            scores.insert((row.unit_id, row.node_id), (row.score, row.rank));
        }
        for row in store.every(published).await? {
            let there = scores.entry((row.unit_id, row.node_id)).or_default();
            *there = (row.score.or(there.0), row.rank.map(f64::from).or(there.1));
        }
        let statistics = store.find::<statistic::Entity>().filter(statistic::Column::EditionId.eq(edition));
        let statistics = store.all(statistics).await?.into_iter().map(|row| (row.node_id, row)).collect();
        Ok(Self { scores, statistics })
    }

    fn score(&self, unit: Uuid, node: Uuid) -> Option<f64> {
        self.scores.get(&(unit, node))?.0
    }
}

/// What a picture shows, read through the wall of `store`.
///
/// # Errors
/// [`Error::NotFound`] for what the viewer may not see, [`Code::Required`] without the unit that the picture needs, and
/// what the engine refuses.
pub async fn picture(store: &Store, request: &ChartRequest) -> Result<Picture> {
    let edition = store.get::<edition::Entity>(request.edition).await?;
    let nodes = store.find::<node::Entity>().filter(node::Column::FrameworkId.eq(edition.framework_id));
    let nodes = store.all(nodes.order_by_asc(node::Column::Position)).await?;
    let unit = match request.unit {
        Some(unit) => Some(store.get::<unit::Entity>(unit).await.map_err(|error| error.at("unit"))?),
        None => None,
    };
    let sight = Sight { store, request, edition, nodes };
    let needed = || unit.clone().ok_or_else(|| Error::from(Problem::new("unit", Code::Required)));
    match request.kind {
        ChartKind::Radar => sight.radar(needed()?).await,
        ChartKind::Ranking => sight.ranking(unit).await,
        ChartKind::Gaps => sight.gaps(needed()?).await,
        ChartKind::History => sight.history(needed()?).await,
        ChartKind::WhatIf => {
            let basis = Basis::read(store, sight.edition).await?;
            let after = what_if::what_if(&basis.framework, &basis.computed, &request.changes);
            what_if_of(request, &basis, &after.map_err(refused)?.edition)
        }
    }
}

/// The same for a what-if chart of editions that were read and computed already.
///
/// # Errors
/// As for [`picture`].
pub fn what_if_of(request: &ChartRequest, basis: &Basis, after: &index::Edition) -> Result<Picture> {
    let unit = request.unit.ok_or_else(|| Problem::new("unit", Code::Required))?;
    let row = basis.row(unit, "unit")?;
    let usual = [NodeLevel::Index, NodeLevel::SubIndex, NodeLevel::Pillar];
    let shown =
        |node: &node::Model| request.level.map_or(usual.contains(&node.level), |level| level == node.level);
    let places = basis.tree.nodes.iter().enumerate().filter(|(_, node)| shown(node));
    let bars = places.map(|(place, node)| WhatIfBar {
        label: label(node, request.lang),
        before: basis.computed.score(place, row),
        after: after.score(place, row),
    });
    let name = short(&basis.units[row], request.lang);
    let caption = caption(
        request,
        &basis.edition,
        format!("{name}: điểm trước và sau thay đổi giả định"),
        format!("{name}: scores before and after the supposed change"),
    );
    Ok(Picture::WhatIf(WhatIf { caption, bars: bars.collect(), unit: name }))
}

fn draft(lang: Lang) -> &'static str {
    lang.pick(" – BẢN NHÁP", " – DRAFT")
}

fn caption(request: &ChartRequest, edition: &edition::Model, vi: String, en: String) -> Caption {
    let lang = request.lang;
    let mut subtitle = format!("PII {}", edition.year);
    if edition.revision > 1 {
        subtitle += &lang
            .pick(format!(", lần công bố {}", edition.revision), format!(", revision {}", edition.revision));
    }
    if edition.status == Publication::Draft {
        subtitle += draft(lang);
    }
    Caption { title: lang.pick(vi, en), subtitle: Some(subtitle), synthetic: edition.synthetic, lang }
}

struct Sight<'a> {
    store: &'a Store,
    request: &'a ChartRequest,
    edition: edition::Model,
    nodes: Vec<node::Model>,
}

impl Sight<'_> {
    fn caption(&self, vi: String, en: String) -> Caption {
        caption(self.request, &self.edition, vi, en)
    }

    /// The node that the picture is about.
    fn node(&self) -> Result<&node::Model> {
        let wanted = |node: &&node::Model| match self.request.node {
            Some(id) => node.id == id,
            None => node.parent_id.is_none(),
        };
        self.nodes.iter().find(wanted).ok_or_else(|| Problem::new("node", Code::NotFound).into())
    }

    fn of_level(&self, usual: &[NodeLevel]) -> impl Iterator<Item = &node::Model> {
        let levels = self.request.level.map_or_else(|| usual.to_vec(), |level| vec![level]);
        self.nodes.iter().filter(move |node| levels.contains(&node.level))
    }

    async fn radar(&self, unit: unit::Model) -> Result<Picture> {
        let lang = self.request.lang;
        let figures = Figures::of(self.store, self.edition.id, Some(unit.id), None).await?;
        let axis = |node: &node::Model| {
            let all = figures.statistics.get(&node.id);
            Axis {
                label: label(node, lang),
                unit: figures.score(unit.id, node.id),
                mean: all.and_then(|all| all.score_mean),
                best: all.and_then(|all| all.score_max),
            }
        };
        let axes = self.of_level(&[NodeLevel::Pillar]).map(axis).collect();
        let name = short(&unit, lang);
        let caption = self.caption(
            format!("{name}: điểm các trụ cột so với trung bình và cao nhất"),
            format!("{name}: pillar scores against the mean and the best"),
        );
        Ok(Picture::Radar(Radar { caption, unit: name, axes }))
    }

    async fn ranking(&self, unit: Option<unit::Model>) -> Result<Picture> {
        let lang = self.request.lang;
        let node = self.node()?;
        let figures = Figures::of(self.store, self.edition.id, None, Some(node.id)).await?;
        let ids: Vec<Uuid> = figures.scores.keys().map(|(unit, _)| *unit).collect();
        let units = self.store.find::<unit::Entity>().filter(unit::Column::Id.is_in(ids));
        let units = self.store.all(units.order_by_asc(unit::Column::Code)).await?;
        let place = |row: &unit::Model| {
            let (score, rank) = figures.scores.get(&(row.id, node.id)).copied().unwrap_or_default();
            Place {
                name: short(row, lang),
                // Averaged ties end in a half; a bar bears the better place.
                rank: rank.map(|rank| rank.floor() as u32),
                score,
                highlighted: unit.as_ref().is_some_and(|unit| unit.id == row.id),
            }
        };
        let mean = figures.statistics.get(&node.id).and_then(|all| all.score_mean);
        let year = self.edition.year;
        let name = lang.pick(&node.name_vi, &node.name_en);
        let caption =
            self.caption(format!("Xếp hạng năm {year}: {name}"), format!("Ranking of {year}: {name}"));
        Ok(Picture::Ranking(Ranking { caption, places: units.iter().map(place).collect(), mean }))
    }

    async fn gaps(&self, unit: unit::Model) -> Result<Picture> {
        let lang = self.request.lang;
        let figures = Figures::of(self.store, self.edition.id, Some(unit.id), None).await?;
        let bar = |node: &node::Model| {
            let mean = figures.statistics.get(&node.id).and_then(|all| all.score_mean);
            let gap = figures.score(unit.id, node.id).zip(mean).map(|(score, mean)| score - mean);
            Gap { label: label(node, lang), gap }
        };
        let bars = self.of_level(&[NodeLevel::Indicator]).map(bar).collect();
        let name = short(&unit, lang);
        let caption = self.caption(
            format!("{name}: chênh lệch điểm so với trung bình"),
            format!("{name}: scores above and below the mean"),
        );
        Ok(Picture::Gaps(Gaps { caption, unit: name, bars }))
    }

    async fn history(&self, unit: unit::Model) -> Result<Picture> {
        let lang = self.request.lang;
        // Followed through the framework versions, so it need not be of this edition's.
        let node = match self.request.node {
            Some(id) => self.store.get::<node::Entity>(id).await.map_err(|error| error.at("node"))?,
            None => self.node()?.clone(),
        };
        let mut before = None;
        let mut years = Vec::new();
        let mut drafted = false;
        for Standing { edition, score, computed } in standings(self.store, unit.id, node.clone()).await? {
            // Made-up years and real ones do not stand on one line.
            if edition.synthetic != self.edition.synthetic {
                continue;
            }
            let now = (edition.framework_id, edition.unit_count);
            let comparable = before == Some(now);
            before = Some(now);
            drafted |= edition.status == Publication::Draft;
            let (score, computed) = (score.as_ref(), computed.as_ref());
            let rank = score.and_then(|row| row.rank).map(f64::from).or_else(|| computed?.rank);
            years.push(Year {
                year: edition.year,
                score: score.and_then(|row| row.score).or_else(|| computed?.score),
                rank: rank.map(|rank| rank.floor() as u32),
                comparable,
            });
        }
        let (name, of) = (short(&unit, lang), lang.pick(&node.name_vi, &node.name_en));
        let mut caption = self.caption(
            format!("{name}: điểm và hạng qua các năm"),
            format!("{name}: score and rank over the years"),
        );
        caption.subtitle = Some(format!("{of}{}", if drafted { draft(lang) } else { "" }));
        Ok(Picture::History(History { caption, unit: name, years }))
    }
}
