//! How the other units go on: by what they did since the edition before.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Context;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::error::{Code, Error, Problem, Result};
use crate::graphql::ask::Ask;
use crate::scoring::{Basis, BasisOf, refused};
use crate::store::{Read, Store};

/// Earlier editions that are tried.
const MOST_TRIED: usize = 10;

/// An earlier edition, and which of its columns are which of a later one's.
pub(super) struct Previous {
    pub basis: Arc<Basis>,
    /// Node of the earlier framework by node of the later.
    kin: HashMap<Uuid, Uuid>,
}

/// The newest edition of an earlier year that the viewer may read and that can be computed. Made-up figures say nothing
/// of how real ones grow, nor the reverse.
///
/// # Errors
/// [`Code::NotComputable`] about `trend` when there is none.
pub(super) async fn previous(ctx: &Context<'_>, basis: &Basis) -> Result<Previous> {
    use edition::Column::{Revision, Synthetic, Year};
    let store = ctx.store()?;
    let earlier = store
        .find::<edition::Entity>()
        .filter(Year.lt(basis.edition.year))
        .filter(Synthetic.eq(basis.edition.synthetic))
        .order_by_desc(Year)
        .order_by_desc(Revision);
    for edition in store.all(earlier).await?.into_iter().take(MOST_TRIED) {
        let measured = store.find::<score::Entity>().filter(score::Column::EditionId.eq(edition.id));
        if !store.exists(measured.filter(score::Column::Value.is_not_null())).await? {
            continue;
        }
        match ctx.load(BasisOf(edition.id)).await?.ok_or(Error::NotFound)? {
            Ok(found) => {
                let kin = kin(store, &found, basis).await?;
                return Ok(Previous { basis: found, kin });
            }
            Err(Error::Invalid(_) | Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    let problem = Problem::new("trend", Code::NotComputable).in_words(
        "không có kỳ của năm trước nào đủ giá trị gốc để suy ra xu hướng",
        "there is no edition of an earlier year with enough raw values to tell a trend from",
    );
    Err(problem.into())
}

/// The node of the earlier framework for each indicator of the later one that has one of the same unit of measure there.
async fn kin(store: &Store, earlier: &Basis, later: &Basis) -> Result<HashMap<Uuid, Uuid>> {
    if earlier.tree.framework.id == later.tree.framework.id {
        return Ok(later.tree.indicators.keys().map(|id| (*id, *id)).collect());
    }
    let all = store.all(store.find::<indicator::Entity>()).await?;
    let before: HashMap<Uuid, Uuid> =
        all.iter().filter_map(|detail| Some((detail.id, detail.supersedes_id?))).collect();
    let pairs = later.tree.indicators.values().filter_map(|detail| {
        let old = ancestor(&before, detail.id, &earlier.tree.indicators)?;
        (old.unit == detail.unit).then_some((detail.id, old.id))
    });
    Ok(pairs.collect())
}

/// The indicator among `there` that `indicator` comes from; or else that comes from it or from the same one, if there is
/// one such only.
fn ancestor<'a>(
    before: &HashMap<Uuid, Uuid>,
    indicator: Uuid,
    there: &'a HashMap<Uuid, indicator::Model>,
) -> Option<&'a indicator::Model> {
    // As many steps as there are links at most, should they ever form a circle.
    let chain = |from| std::iter::successors(Some(from), |id| before.get(id).copied()).take(before.len() + 1);
    if let Some(found) = chain(indicator).find_map(|id| there.get(&id)) {
        return Some(found);
    }
    let first = chain(indicator).last();
    let only = |of: &dyn Fn(Uuid) -> bool| {
        let mut found = there.values().filter(|other| of(other.id));
        found.next().filter(|_| found.next().is_none())
    };
    only(&|other| chain(other).any(|id| id == indicator))
        .or_else(|| only(&|other| chain(other).last() == first))
}

impl Previous {
    /// The earlier values of the units that are in both editions, under the codes of the later one.
    fn table(&self, later: &Basis) -> Result<index::Table> {
        let lines: Vec<(&unit::Model, &str)> = later
            .units
            .iter()
            .filter_map(|unit| {
                let before = self.basis.units.iter().find(|before| before.id == unit.id)?;
                Some((unit, before.code.as_str()))
            })
            .collect();
        let old = self.basis.computed.table();
        let nodes: HashMap<Uuid, &str> =
            self.basis.tree.nodes.iter().map(|node| (node.id, node.code.as_str())).collect();
        let indicators = later.tree.nodes.iter().filter_map(|node| {
            let before = self.kin.get(&node.id)?;
            Some((node.code.as_str(), *nodes.get(before)?))
        });
        // Denominators have no lineage; one of the same code and unit is the same.
        let denominators = later.tree.denominators.iter().filter_map(|row| {
            let same = |old: &&denominator::Model| old.code == row.code && old.unit == row.unit;
            let before = self.basis.tree.denominators.iter().find(same)?;
            Some((row.code.as_str(), before.code.as_str()))
        });
        let known: Vec<(&str, &str)> = indicators
            .chain(denominators)
            .filter(|(_, before)| old.codes().iter().any(|c| c == before))
            .collect();
        let column = |before: &str| lines.iter().map(|(_, unit)| old.value(unit, before)).collect();
        let columns: index::Result<Vec<_>> = known.iter().map(|(_, before)| column(before)).collect();
        index::Table::from_columns(
            lines.iter().map(|(unit, _)| unit.code.clone()).collect(),
            known.iter().map(|(code, _)| (*code).to_owned()).collect(),
            columns.map_err(refused)?,
        )
        .map_err(refused)
    }

    /// The later edition with all units but `unit` grown once more by what they grew since the earlier one.
    pub(super) fn grown(&self, later: &Basis, unit: &str) -> Result<index::Edition> {
        let table = index::goal::trend(&self.table(later)?, later.computed.table(), unit);
        let grown = index::compute(&later.framework, &table.map_err(refused)?);
        grown.map_err(refused)
    }
}
