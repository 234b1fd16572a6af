//! What every node weighs in the index.

use async_graphql::{Context, ID, Object, SimpleObject};
use entity::*;

use crate::error::Result;
use crate::graphql::ask::Ask;
use crate::graphql::framework::FrameworkNode;
use crate::graphql::id;
use crate::scoring::Tree;
use crate::store::Read;

/// What a node weighs in the index.
#[derive(SimpleObject)]
pub struct NodeWeight {
    /// The node.
    node: FrameworkNode,
    /// Its share of the index when nothing is missing, from 0 to 1: the product of the rescaled weights on the way to the
    /// root, which has 1. The shares of all indicators add up to 1.
    weight: f64,
}

/// Queries about weights.
#[derive(Default)]
pub struct WeightQuery;

#[Object]
impl WeightQuery {
    /// What every node weighs in the index of an edition, in depth-first order of its framework's tree. It follows from
    /// the framework alone, so an edition without raw values has it too. Where means are not arithmetic, these are
    /// exponents or weights of reciprocals rather than shares of points.
    async fn effective_weights(&self, ctx: &Context<'_>, edition: ID) -> Result<Option<Vec<NodeWeight>>> {
        let store = ctx.store()?;
        let key = id::parse::<edition::Entity>(&edition, "edition")?;
        let read = async {
            let edition = store.get::<edition::Entity>(key).await?;
            let framework = store.get::<framework::Entity>(edition.framework_id).await?;
            let tree = Tree::read(store, framework).await?;
            let weights = index::analysis::effective_weights(&tree.engine()?);
            Ok((tree, weights))
        };
        let (tree, weights) = read.await.map_err(|error: crate::error::Error| error.at("edition"))?;
        let nodes = tree.nodes.into_iter().map(|row| FrameworkNode(row.into())).zip(weights);
        Ok(Some(nodes.map(|(node, weight)| NodeWeight { node, weight }).collect()))
    }
}
