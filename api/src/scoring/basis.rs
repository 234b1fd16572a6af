//! An edition with its figures, and what the engine makes of them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use super::{Tree, refused};
use crate::error::{Code, Error, Problem, Result};
use crate::files::sha256_hex;
use crate::store::{Read, Store};

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
        let year = self.edition.year;
        let absent = || {
            Problem::new(field, Code::Unscored).in_words(
                format_args!("địa phương này không có giá trị gốc trong kỳ {year}"),
                format_args!("this unit has no raw values in the edition of {year}"),
            )
        };
        found.ok_or_else(|| absent().into())
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

/// Whether an edition holds raw values of two units, without which nothing can be computed.
pub async fn is_measured(store: &impl Read, edition: Uuid) -> Result<bool> {
    use score::Column::{EditionId, UnitId, Value};
    let values = store.find::<score::Entity>().filter(EditionId.eq(edition)).filter(Value.is_not_null());
    match store.first(values.clone()).await? {
        Some(one) => store.exists(values.filter(UnitId.ne(one.unit_id))).await,
        None => Ok(false),
    }
}

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
    let units: BTreeSet<Uuid> =
        rows.iter().filter(|row| row.value.is_some()).map(|row| row.unit_id).collect();
    units.into_iter().collect()
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
