//! Rows in, index engine, rows out.
//!
//! An edition's raw values and its framework's tree, weights and method become the engine's [`index::Framework`] and
//! [`index::Table`]. Nodes keep the tree's order and units the order of their codes, so that the same rows give the same
//! bits.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::*;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, Set};
use serde_json::json;
use uuid::Uuid;

use crate::error::{Code, Error, Problem, Result};
use crate::files::sha256_hex;
use crate::policy::Verb;
use crate::store::{Read, Store, Tx};

/// The tree of a framework version with all that its method says.
pub struct Tree {
    /// The framework version.
    pub framework: framework::Model,
    /// Its nodes in depth-first order: the places of the engine's nodes.
    pub nodes: Vec<node::Model>,
    /// What is measured at its leaves, by node.
    pub indicators: HashMap<Uuid, indicator::Model>,
    /// What raw values are divided by, by code.
    pub denominators: Vec<denominator::Model>,
}

/// An edition with all its figures, and what the engine makes of its raw values.
pub struct Basis {
    /// The edition.
    pub edition: edition::Model,
    /// Its framework version.
    pub tree: Tree,
    /// The units with raw values, by code: the rows of the engine's table.
    pub units: Vec<unit::Model>,
    /// The figures that were entered or published, by unit and node.
    pub figures: HashMap<(Uuid, Uuid), score::Model>,
    /// Tree, weights and method for the engine.
    pub framework: index::Framework,
    /// What the engine makes of the raw values.
    pub computed: index::Edition,
}

impl Tree {
    /// Reads the tree of `framework`.
    pub async fn read(store: &impl Read, framework: framework::Model) -> Result<Self> {
        let nodes = store.find::<node::Entity>().filter(node::Column::FrameworkId.eq(framework.id));
        let nodes = store.all(nodes.order_by_asc(node::Column::Position)).await?;
        let of_framework =
            store.keys::<node::Entity>(node::Column::Id, node::Column::FrameworkId.eq(framework.id));
        let details =
            store.find::<indicator::Entity>().filter(indicator::Column::Id.in_subquery(of_framework));
        let indicators = store.all(details).await?.into_iter().map(|row| (row.id, row)).collect();
        let denominators =
            store.find::<denominator::Entity>().filter(denominator::Column::FrameworkId.eq(framework.id));
        let denominators = store.all(denominators.order_by_asc(denominator::Column::Code)).await?;
        Ok(Self { framework, nodes, indicators, denominators })
    }

    /// Tree, weights and method as the engine wants them.
    ///
    /// # Errors
    /// [`Code::FrameworkIncomplete`] naming the node that lacks an indicator below it, goalposts or a target.
    pub fn engine(&self) -> Result<index::Framework> {
        let codes: HashMap<Uuid, &str> =
            self.nodes.iter().map(|node| (node.id, node.code.as_str())).collect();
        let mut nodes = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let indicator = match self.indicators.get(&node.id) {
                Some(row) => Some(self.indicator(node, row)?),
                None => None,
            };
            nodes.push(index::Node {
                code: node.code.clone(),
                parent: node.parent_id.and_then(|parent| codes.get(&parent)).map(|code| (*code).to_owned()),
                weight: node.weight,
                aggregation: node.aggregation.map(aggregation),
                indicator,
            });
        }
        index::Framework::new(nodes, self.method()).map_err(refused)
    }

    fn method(&self) -> index::Method {
        let row = &self.framework;
        index::Method {
            imputation: imputation(row.imputation),
            treatment: self.treatment(row.treatment),
            // Goalposts and targets stand at the indicators, each of which then says its own.
            normalisation: common(row.normalisation).unwrap_or(MIN_MAX),
            aggregation: aggregation(row.aggregation),
            availability: row.availability,
            ranking: index::Ranking {
                decimals: u8::try_from(row.rank_precision).ok(),
                ties: match row.tie_rule {
                    TieRule::Min => index::Ties::Min,
                    TieRule::Max => index::Ties::Max,
                    TieRule::Average => index::Ties::Average,
                    TieRule::Dense => index::Ties::Dense,
                },
            },
        }
    }

    /// How outliers are treated, with the limits of this framework version.
    pub(crate) fn treatment(&self, treatment: Treatment) -> index::Treatment {
        let row = &self.framework;
        match treatment {
            Treatment::None => index::Treatment::None,
            Treatment::WinsoriseThenLog => index::Treatment::Outliers(index::Outliers {
                skew: row.skew_limit,
                kurtosis: row.kurtosis_limit,
                winmax: usize::try_from(row.winmax).unwrap_or_default(),
                log: true,
            }),
        }
    }

    fn indicator(&self, node: &node::Model, row: &indicator::Model) -> Result<index::Indicator> {
        let normalisation = row.normalisation.unwrap_or(self.framework.normalisation);
        let own = match common(normalisation) {
            Some(same) => row.normalisation.map(|_| same),
            None => Some(special(node, row, normalisation)?),
        };
        let denominator = match row.denominator_id {
            Some(id) => {
                let found = self.denominators.iter().find(|denominator| denominator.id == id);
                Some(found.ok_or_else(|| incomplete(&node.code))?.code.clone())
            }
            None => None,
        };
        Ok(index::Indicator {
            direction: match row.direction {
                Direction::HigherIsBetter => index::Direction::HigherIsBetter,
                Direction::LowerIsBetter => index::Direction::LowerIsBetter,
            },
            denominator,
            imputation: row.imputation.map(imputation),
            treatment: row.treatment.map(|treatment| self.treatment(treatment)),
            normalisation: own,
        })
    }

    /// The codes of the engine's table: the indicators in the tree's order, then the denominators in use.
    fn columns(&self) -> Vec<(Uuid, &str)> {
        let indicators = self.nodes.iter().filter(|node| self.indicators.contains_key(&node.id));
        let used = |row: &&denominator::Model| {
            self.indicators.values().any(|indicator| indicator.denominator_id == Some(row.id))
        };
        let denominators = self.denominators.iter().filter(used).map(|row| (row.id, row.code.as_str()));
        indicators.map(|node| (node.id, node.code.as_str())).chain(denominators).collect()
    }
}

const MIN_MAX: index::Normalisation = index::Normalisation::MinMax { low: 0.0, high: 100.0 };
const SCALE: f64 = 100.0;

/// A normalisation that is the same for all indicators; `None` for one with settings of each.
pub(crate) fn common(normalisation: Normalisation) -> Option<index::Normalisation> {
    match normalisation {
        Normalisation::MinMax => Some(MIN_MAX),
        Normalisation::ZScore => Some(index::Normalisation::ZScore { mean: 0.0, sd: 1.0 }),
        Normalisation::PercentileRank => Some(index::Normalisation::PercentileRank { scale: SCALE }),
        Normalisation::Rank => Some(index::Normalisation::Rank),
        Normalisation::Goalposts | Normalisation::DistanceToTarget => None,
    }
}

/// A normalisation with settings of one indicator.
fn special(
    node: &node::Model,
    row: &indicator::Model,
    normalisation: Normalisation,
) -> Result<index::Normalisation> {
    let (cap, log) = (row.capped, row.log_scale);
    match (normalisation, row.goalpost_min, row.goalpost_max, row.target) {
        (Normalisation::Goalposts, Some(min), Some(max), _) => {
            Ok(index::Normalisation::Goalposts { min, max, scale: SCALE, cap, log })
        }
        (Normalisation::DistanceToTarget, _, _, Some(target)) => {
            Ok(index::Normalisation::DistanceToTarget { target, scale: SCALE, cap })
        }
        _ => Err(incomplete(&node.code)),
    }
}

fn incomplete(code: &str) -> Error {
    Problem::new("", Code::FrameworkIncomplete).with(code).into()
}

fn imputation(imputation: Imputation) -> index::Imputation {
    match imputation {
        Imputation::None => index::Imputation::None,
        Imputation::GroupMean => index::Imputation::GroupMean,
        Imputation::GroupMedian => index::Imputation::GroupMedian,
    }
}

/// A mean as the engine calls it.
pub(crate) fn aggregation(aggregation: Aggregation) -> index::Aggregation {
    match aggregation {
        Aggregation::Arithmetic => index::Aggregation::Arithmetic,
        Aggregation::Geometric => index::Aggregation::Geometric,
        Aggregation::Harmonic => index::Aggregation::Harmonic,
    }
}

/// What the engine refuses, as an error of the product.
pub fn refused(error: index::Error) -> Error {
    use index::Error as E;
    let problem = |code, detail: String| Error::from(Problem::new("", code).with(detail));
    let english = error.to_string();
    let words = |vi: String| Problem::new("", Code::NotComputable).in_words(vi, english.clone()).into();
    match error {
        E::Leaf { code } | E::Weightless { code } => problem(Code::FrameworkIncomplete, code),
        E::Unscored { code, unit } => problem(Code::Unscored, format!("{code}, {unit}")),
        E::NotFinite { code, unit } => problem(Code::NotFinite, format!("{code}, {unit}")),
        E::Cancelled => Problem::new("", Code::Busy).into(),
        E::NegativeScore { code, unit } => words(format!(
            "điểm âm dưới nút {code} của địa phương {unit} không lấy được trung bình nhân hay điều hòa"
        )),
        E::NotAdditive { code } => words(format!("{code} không phải trung bình cộng")),
        E::NoGroups => words("thiếu vùng của địa phương để điền giá trị thiếu".to_owned()),
        E::Setting { setting, code } => {
            words(format!("thiết lập {setting} ngoài khoảng cho phép {}", code.unwrap_or_default()))
        }
        _ => words(english.clone()),
    }
}

impl Basis {
    /// Reads an edition that the viewer of `store` may see, and computes it.
    ///
    /// # Errors
    /// [`Code::NotComputable`] without raw values of two units, [`Code::FrameworkIncomplete`] for a tree that the engine
    /// cannot use.
    pub async fn read(store: &impl Read, edition: edition::Model) -> Result<Self> {
        let framework = store.get::<framework::Entity>(edition.framework_id).await?;
        let tree = Tree::read(store, framework).await?;
        let rows = store.find::<score::Entity>().filter(score::Column::EditionId.eq(edition.id));
        let rows = store.every(rows).await?;
        let divisors = store
            .find::<denominator_value::Entity>()
            .filter(denominator_value::Column::EditionId.eq(edition.id));
        let divisors = store.every(divisors).await?;
        let measured: Vec<Uuid> = units_of(&rows);
        if measured.len() < 2 {
            return Err(Problem::new("edition", Code::NotComputable)
                .in_words(NO_VALUES.0, NO_VALUES.1)
                .into());
        }
        let units = store.find::<unit::Entity>().filter(unit::Column::Id.is_in(measured));
        let units = store.every(units).await?;
        Self::of(edition, tree, units, rows, divisors)
    }

    fn of(
        edition: edition::Model,
        tree: Tree,
        mut units: Vec<unit::Model>,
        rows: Vec<score::Model>,
        divisors: Vec<denominator_value::Model>,
    ) -> Result<Self> {
        units.sort_by(|a, b| a.code.cmp(&b.code));
        let framework = tree.engine()?;
        let raw = rows.iter().filter_map(|row| Some(((row.unit_id, row.node_id), row.value?)));
        let divisors = divisors.iter().map(|row| ((row.unit_id, row.denominator_id), row.value));
        let values: HashMap<(Uuid, Uuid), f64> = raw.chain(divisors).collect();
        let columns = tree.columns();
        let cells = |id: Uuid| units.iter().map(|unit| values.get(&(unit.id, id)).copied()).collect();
        let table = index::Table::from_columns(
            units.iter().map(|unit| unit.code.clone()).collect(),
            columns.iter().map(|(_, code)| (*code).to_owned()).collect(),
            columns.iter().map(|(id, _)| cells(*id)).collect(),
        );
        let table = with_regions(table.map_err(refused)?, &units)?;
        let computed = index::compute(&framework, &table).map_err(refused)?;
        let figures = rows.into_iter().map(|row| ((row.unit_id, row.node_id), row)).collect();
        Ok(Self { edition, tree, units, figures, framework, computed })
    }

    /// SHA-256 in hex of all that the result depends on: equal hashes, equal bits.
    pub fn input_hash(&self) -> String {
        sha256_hex(&index::canonical_bytes(&self.framework, self.computed.table()))
    }

    /// The row of a unit in the engine's table.
    ///
    /// # Errors
    /// [`Code::Unscored`] about `field` for a unit without raw values in this edition.
    pub fn row(&self, unit: Uuid, field: &str) -> Result<usize> {
        let found = self.units.iter().position(|row| row.id == unit);
        found.ok_or_else(|| Problem::new(field, Code::Unscored).with(self.edition.year).into())
    }

    /// The place of a node of the edition's framework.
    ///
    /// # Errors
    /// [`Code::NotFound`] about `field` for any other node.
    pub fn place(&self, node: Uuid, field: &str) -> Result<usize> {
        let found = self.tree.nodes.iter().position(|row| row.id == node);
        found.ok_or_else(|| Problem::new(field, Code::NotFound).into())
    }

    /// What was published or entered for a unit at a node.
    pub fn figure(&self, node: usize, unit: usize) -> Option<&score::Model> {
        self.figures.get(&(self.units[unit].id, self.tree.nodes[node].id))
    }
}

const NO_VALUES: (&str, &str) = (
    "kỳ này chưa có giá trị gốc của ít nhất hai địa phương",
    "the edition does not hold raw values of at least two units",
);

/// The table with the regions of its rows' units, if all are known.
pub(crate) fn with_regions(table: index::Table, units: &[unit::Model]) -> Result<index::Table> {
    let regions: Option<Vec<String>> =
        units.iter().map(|unit| unit.region.map(|region| format!("{region:?}"))).collect();
    match regions {
        Some(regions) => table.with_groups(&regions).map_err(refused),
        None => Ok(table),
    }
}

/// The units that have a raw value.
fn units_of(rows: &[score::Model]) -> Vec<Uuid> {
    let units: BTreeMap<Uuid, ()> =
        rows.iter().filter(|row| row.value.is_some()).map(|row| (row.unit_id, ())).collect();
    units.into_keys().collect()
}

/// The basis of the edition with this key. Asked for by several fields of a request at once, it is read once.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BasisOf(pub Uuid);

impl Loader<BasisOf> for Store {
    /// One edition's fault is not the others'.
    type Value = Result<Arc<Basis>>;
    type Error = Error;

    async fn load(&self, keys: &[BasisOf]) -> Result<HashMap<BasisOf, Self::Value>> {
        let mut all = HashMap::new();
        for key in keys {
            let basis = match self.get::<edition::Entity>(key.0).await {
                Ok(edition) => Basis::read(self, edition).await.map(Arc::new),
                Err(error) => Err(error),
            };
            all.insert(*key, basis);
        }
        Ok(all)
    }
}

/// Computes a draft edition and writes what came of it in place of what an earlier run made.
///
/// # Errors
/// What [`Basis::read`] refuses; [`Error::Forbidden`] when the viewer may not write figures of this edition.
pub async fn compute(tx: &Tx, edition: edition::Model, author: Uuid) -> Result<computation::Model> {
    tx.may::<computation::Entity>(Verb::Create)?;
    let basis = Basis::read(tx, edition).await?;
    tx.delete_all::<computed_score::Entity>(
        Condition::all().add(computed_score::Column::EditionId.eq(basis.edition.id)),
    )
    .await?;
    tx.delete_all::<computation::Entity>(
        Condition::all().add(computation::Column::EditionId.eq(basis.edition.id)),
    )
    .await?;
    let row = computation::ActiveModel {
        edition_id: Set(basis.edition.id),
        framework_id: Set(basis.tree.framework.id),
        method: Set(json!({ "method": basis.framework.method(), "nodes": basis.framework.nodes() })),
        input_hash: Set(basis.input_hash()),
        unit_count: Set(i32::try_from(basis.units.len()).map_err(Error::internal)?),
        author_id: Set(author),
        ..Default::default()
    };
    let row = tx.insert::<computation::Entity>(row).await?;
    let mut scores = Vec::with_capacity(basis.units.len() * basis.tree.nodes.len());
    for (node, place) in basis.tree.nodes.iter().zip(0..) {
        for (unit, line) in basis.units.iter().zip(0..) {
            let Some(score) = basis.computed.score(place, line) else { continue };
            scores.push(computed_score::ActiveModel {
                computation_id: Set(row.id),
                edition_id: Set(basis.edition.id),
                unit_id: Set(unit.id),
                node_id: Set(node.id),
                score: Set(Some(score)),
                rank: Set(basis.computed.rank(place, line)),
                ..Default::default()
            });
        }
    }
    tx.insert_all::<computed_score::Entity>(scores).await?;
    Ok(row)
}
