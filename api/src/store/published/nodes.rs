//! The nodes of one framework version.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::{Direction, NodeLevel, indicator, node};
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use super::super::{Read, Sort, Store};
use crate::error::{Error, Result};

/// The nodes of one framework version.
#[derive(Default)]
pub struct Nodes {
    in_order: Vec<Arc<node::Model>>,
    below: HashMap<(Uuid, NodeLevel), Vec<Arc<node::Model>>>,
    directions: HashMap<Uuid, Direction>,
}

impl Nodes {
    /// Those of `framework` among `nodes`, with what is measured at its leaves.
    pub(super) fn of<'a>(
        framework: Uuid,
        nodes: impl Iterator<Item = &'a Arc<node::Model>>,
        measured: impl Fn(Uuid) -> Option<Direction>,
    ) -> Self {
        let mut in_order: Vec<_> = nodes.filter(|row| row.framework_id == framework).cloned().collect();
        in_order.sort_by_key(|row| (row.position, row.id));
        let parents: HashMap<Uuid, Option<Uuid>> =
            in_order.iter().map(|row| (row.id, row.parent_id)).collect();
        let mut below: HashMap<_, Vec<_>> = HashMap::new();
        for row in &in_order {
            let mut above = row.parent_id;
            // No tree is deeper than its nodes are many.
            for _ in 0..in_order.len() {
                let Some(ancestor) = above else { break };
                below.entry((ancestor, row.level)).or_default().push(Arc::clone(row));
                above = parents.get(&ancestor).copied().flatten();
            }
        }
        let directions = in_order.iter().filter_map(|row| Some((row.id, measured(row.id)?))).collect();
        Self { in_order, below, directions }
    }

    async fn read(store: &Store, framework: Uuid) -> Result<Self> {
        let nodes = store.find::<node::Entity>().filter(node::Column::FrameworkId.eq(framework));
        let nodes: Vec<_> = store.all(nodes).await?.into_iter().map(Arc::new).collect();
        let keys = store.keys::<node::Entity>(node::Column::Id, node::Column::FrameworkId.eq(framework));
        let measured = store.find::<indicator::Entity>().filter(indicator::Column::Id.in_subquery(keys));
        let measured = store.all(measured).await?;
        let measured: HashMap<Uuid, Direction> =
            measured.into_iter().map(|row| (row.id, row.direction)).collect();
        Ok(Self::of(framework, nodes.iter(), |id| measured.get(&id).copied()))
    }

    /// The order of [`Self::in_order`].
    pub const IN_ORDER: Sort<node::Entity> = Sort { column: node::Column::Position, descending: false };

    /// All of them in depth-first order.
    pub fn in_order(&self) -> &[Arc<node::Model>] {
        &self.in_order
    }

    /// Those of one level below a node, in order.
    pub fn below(&self, node: Uuid, level: NodeLevel) -> &[Arc<node::Model>] {
        self.below.get(&(node, level)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The node without one above it: the index itself.
    pub fn root(&self) -> Option<&Arc<node::Model>> {
        self.in_order.iter().find(|row| row.parent_id.is_none())
    }

    /// Whether more is better at a node; so it is wherever scores are made.
    pub fn direction(&self, node: Uuid) -> Direction {
        self.directions.get(&node).copied().unwrap_or(Direction::HigherIsBetter)
    }
}

impl Store {
    /// The nodes of a framework version, as far as the viewer may read them.
    pub async fn nodes(&self, framework: Uuid) -> Result<Arc<Nodes>> {
        match self.kept_nodes(framework) {
            Some(kept) => Ok(kept),
            None => Nodes::read(self, framework).await.map(Arc::new),
        }
    }
}

/// The nodes of the framework version with this key. Asked for by several fields of a request at once, they are read
/// once.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodesOf(pub Uuid);

impl Loader<NodesOf> for Store {
    type Value = Arc<Nodes>;
    type Error = Error;

    async fn load(&self, keys: &[NodesOf]) -> Result<HashMap<NodesOf, Arc<Nodes>>> {
        let mut all = HashMap::new();
        for key in keys {
            all.insert(*key, self.nodes(key.0).await?);
        }
        Ok(all)
    }
}
