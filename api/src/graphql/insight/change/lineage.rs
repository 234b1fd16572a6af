//! The same node in two framework versions, and an earlier edition put in the later one's words.

use std::collections::{HashMap, HashSet};

use entity::*;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use crate::error::Result;
use crate::scoring::{Basis, Tree};
use crate::store::{Read, Store};

/// Framework versions that a line may pass through.
const LONGEST: usize = 20;

/// For each node of `later` the place of the same node in `earlier`: indicators by what they supersede, whatever their
/// codes, others by level and code. What one node continues no other does.
pub async fn counterparts(store: &Store, earlier: &Tree, later: &Tree) -> Result<Vec<Option<usize>>> {
    if earlier.framework.id == later.framework.id {
        return Ok((0..later.nodes.len()).map(Some).collect());
    }
    let mut lines = climb(store, later, earlier).await?;
    // The arguments may stand in either order.
    lines.extend(climb(store, earlier, later).await?.into_iter().map(|(own, found)| (found, own)));
    let places: HashMap<Uuid, usize> =
        earlier.nodes.iter().enumerate().map(|(place, node)| (node.id, place)).collect();
    let upper: HashMap<(NodeLevel, &str), usize> = earlier
        .nodes
        .iter()
        .enumerate()
        .map(|(place, node)| ((node.level, node.code.as_str()), place))
        .collect();
    let mut taken = HashSet::new();
    let counterpart = |node: &node::Model| {
        let place = match node.level {
            NodeLevel::Indicator => lines.get(&node.id).and_then(|id| places.get(id)),
            level => upper.get(&(level, node.code.as_str())),
        };
        place.copied().filter(|place| taken.insert(*place))
    };
    Ok(later.nodes.iter().map(counterpart).collect())
}

/// The indicators of `start` that go back to one of `goal`, with that one.
async fn climb(store: &Store, start: &Tree, goal: &Tree) -> Result<HashMap<Uuid, Uuid>> {
    let mut found = HashMap::new();
    let before = |row: &indicator::Model| row.supersedes_id.map(|before| (row.id, before));
    let mut lines: Vec<(Uuid, Uuid)> = start.indicators.values().filter_map(before).collect();
    for _ in 0..LONGEST {
        lines.retain(|(own, at)| {
            let arrived = goal.indicators.contains_key(at);
            if arrived {
                found.insert(*own, *at);
            }
            !arrived
        });
        if lines.is_empty() {
            break;
        }
        let rows = store.find::<indicator::Entity>();
        let rows = rows.filter(indicator::Column::Id.is_in(lines.iter().map(|(_, at)| *at)));
        let next: HashMap<Uuid, Uuid> = store.all(rows).await?.iter().filter_map(before).collect();
        lines = lines.into_iter().filter_map(|(own, at)| Some((own, *next.get(&at)?))).collect();
    }
    Ok(found)
}

/// Framework and table of an earlier edition, its columns under the codes of the indicators in `later` that continue
/// them, so that the engine takes them for the same and nothing else.
///
/// # Errors
/// What the engine refuses of them.
pub fn renamed(
    earlier: &Basis,
    later: &Tree,
    counterparts: &[Option<usize>],
) -> index::Result<(index::Framework, index::Table)> {
    let mut names: HashMap<&str, String> = HashMap::new();
    for node in &earlier.tree.nodes {
        names.insert(&node.code, apart(&node.code));
    }
    for denominator in &earlier.tree.denominators {
        let shared = later.denominators.iter().any(|other| other.code == denominator.code);
        let code = &denominator.code;
        names.insert(code, if shared { code.clone() } else { apart(code) });
    }
    for (node, place) in later.nodes.iter().zip(counterparts) {
        if let Some(place) = *place
            && later.indicators.contains_key(&node.id)
        {
            names.insert(&earlier.tree.nodes[place].code, node.code.clone());
        }
    }
    let name = |code: &str| names.get(code).cloned().unwrap_or_else(|| apart(code));
    let framework = earlier.framework.with(|nodes, _| {
        for node in nodes {
            node.code = name(&node.code);
            node.parent = node.parent.as_deref().map(name);
            if let Some(indicator) = &mut node.indicator {
                indicator.denominator = indicator.denominator.as_deref().map(name);
            }
        }
    })?;
    let table = earlier.computed.table();
    let column = |code: &String| table.units().iter().map(|unit| table.value(unit, code)).collect();
    let columns = table.codes().iter().map(column).collect::<index::Result<_>>()?;
    let codes = table.codes().iter().map(|code| name(code)).collect();
    let mut table = index::Table::from_columns(table.units().to_vec(), codes, columns)?;
    let regions: Option<Vec<String>> =
        earlier.units.iter().map(|unit| unit.region.map(|region| format!("{region:?}"))).collect();
    if let Some(regions) = regions {
        table = table.with_groups(&regions)?;
    }
    Ok((framework, table))
}

/// A code that no node has: none may hold a control character.
fn apart(code: &str) -> String {
    format!("\u{1}{code}")
}
