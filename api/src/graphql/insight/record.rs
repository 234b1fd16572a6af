//! An edition as far as it is known: computed where it can be, else as it was published.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, ID, SimpleObject};
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use super::basis;
use crate::error::{Code, Error, Result};
use crate::graphql::ask::Ask;
use crate::graphql::framework::FrameworkNode;
use crate::graphql::id;
use crate::scoring::{Basis, Tree};
use crate::store::{Read, Store};

/// The figures of one unit at one node of an edition: computed and published kept apart. Null where not known, never 0.
#[derive(SimpleObject, Clone, Default)]
pub struct NodeFigures {
    /// Raw value, in the indicator's unit.
    value: Option<f64>,
    /// Score computed here, 0 to 100, not rounded.
    pub computed_score: Option<f64>,
    /// Rank among the units computed here; 1 is best. Half a rank where ties share the mean.
    pub computed_rank: Option<f64>,
    /// Score as published, 0 to 100.
    pub published_score: Option<f64>,
    /// Rank as published; 1 is best.
    pub published_rank: Option<i32>,
}

/// An edition and what is known of some of its units.
pub enum Record {
    /// It has raw values enough for the engine.
    Computed(Arc<Basis>),
    /// It has not.
    Published(Box<Published>),
}

/// The published figures of some units.
pub struct Published {
    edition: edition::Model,
    tree: Tree,
    figures: HashMap<(Uuid, Uuid), score::Model>,
}

impl Published {
    async fn read(store: &Store, edition: Uuid, units: &[Uuid]) -> Result<Self> {
        let edition = store.get::<edition::Entity>(edition).await?;
        let framework = store.get::<framework::Entity>(edition.framework_id).await?;
        let tree = Tree::read(store, framework).await?;
        let rows = store.find::<score::Entity>().filter(score::Column::EditionId.eq(edition.id));
        let rows = store.every(rows.filter(score::Column::UnitId.is_in(units.iter().copied()))).await?;
        let figures = rows.into_iter().map(|row| ((row.unit_id, row.node_id), row)).collect();
        Ok(Self { edition, tree, figures })
    }
}

impl Record {
    /// What is known of `units` in the edition that the argument `field` names.
    ///
    /// # Errors
    /// [`Code::NotFound`] when the viewer may not read the edition.
    pub async fn read(ctx: &Context<'_>, edition: &ID, field: &str, units: &[Uuid]) -> Result<Self> {
        match basis(ctx, edition, field).await {
            Ok(basis) => Ok(Self::Computed(basis)),
            Err(error) if matches!(error.code(), Code::NotComputable | Code::FrameworkIncomplete) => {
                let key = id::parse::<edition::Entity>(edition, field)?;
                let published = Published::read(ctx.store()?, key, units).await;
                Ok(Self::Published(Box::new(published.map_err(|error: Error| error.at(field))?)))
            }
            Err(error) => Err(error),
        }
    }

    /// The edition.
    pub fn edition(&self) -> &edition::Model {
        match self {
            Self::Computed(basis) => &basis.edition,
            Self::Published(published) => &published.edition,
        }
    }

    /// The tree of its framework.
    pub fn tree(&self) -> &Tree {
        match self {
            Self::Computed(basis) => &basis.tree,
            Self::Published(published) => &published.tree,
        }
    }

    /// The computed edition and the unit's row in it, where there are both.
    pub fn computed(&self, unit: Uuid) -> Option<(&Arc<Basis>, usize)> {
        match self {
            Self::Computed(basis) => {
                basis.units.iter().position(|row| row.id == unit).map(|row| (basis, row))
            }
            Self::Published(_) => None,
        }
    }

    /// What was published or entered for a unit at a node.
    pub fn figure(&self, unit: Uuid, node: Uuid) -> Option<&score::Model> {
        match self {
            Self::Computed(basis) => basis.figures.get(&(unit, node)),
            Self::Published(published) => published.figures.get(&(unit, node)),
        }
    }

    /// Whether anything at all is known of the unit.
    pub fn knows(&self, unit: Uuid) -> bool {
        self.tree().nodes.iter().any(|node| self.figure(unit, node.id).is_some())
    }

    /// The place of the index itself.
    pub fn root(&self) -> Option<usize> {
        self.tree().nodes.iter().position(|node| node.parent_id.is_none())
    }

    /// The figures of a unit at the node at `place`.
    pub fn figures(&self, unit: Uuid, place: usize) -> NodeFigures {
        let figure = self.figure(unit, self.tree().nodes[place].id);
        let computed = self.computed(unit);
        NodeFigures {
            value: figure.and_then(|row| row.value),
            computed_score: computed.and_then(|(basis, row)| basis.computed.score(place, row)),
            computed_rank: computed.and_then(|(basis, row)| basis.computed.rank(place, row)),
            published_score: figure.and_then(|row| row.score),
            published_rank: figure.and_then(|row| row.rank),
        }
    }

    /// The node at `place` as an answer.
    pub fn node(&self, place: usize) -> FrameworkNode {
        FrameworkNode(self.tree().nodes[place].clone().into())
    }
}
