//! The figures of one edition.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::*;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use super::super::{Read, Sort, Store};
use crate::error::{Error, Result};

/// The figures of one edition: what was published or entered, what the engine made of it, and statistics over all units.
#[derive(Default)]
pub struct Figures {
    scores: HashMap<(Uuid, Uuid), Arc<score::Model>>,
    ranking: HashMap<Uuid, Vec<Arc<score::Model>>>,
    computed: HashMap<(Uuid, Uuid), Arc<computed_score::Model>>,
    computed_ranking: HashMap<Uuid, Vec<Arc<computed_score::Model>>>,
    statistics: HashMap<Uuid, Arc<statistic::Model>>,
}

impl Figures {
    /// Reads the figures of an edition as far as the viewer of `store` may read them.
    pub(super) async fn read(store: &Store, edition: Uuid) -> Result<Self> {
        let scores = store.find::<score::Entity>().filter(score::Column::EditionId.eq(edition));
        let computed =
            store.find::<computed_score::Entity>().filter(computed_score::Column::EditionId.eq(edition));
        let statistics = store.find::<statistic::Entity>().filter(statistic::Column::EditionId.eq(edition));
        let mut figures = Self::default();
        for row in store.every(scores).await? {
            let row = Arc::new(row);
            figures.ranking.entry(row.node_id).or_default().push(Arc::clone(&row));
            figures.scores.insert((row.unit_id, row.node_id), row);
        }
        for row in store.every(computed).await? {
            let row = Arc::new(row);
            figures.computed_ranking.entry(row.node_id).or_default().push(Arc::clone(&row));
            figures.computed.insert((row.unit_id, row.node_id), row);
        }
        for row in store.every(statistics).await? {
            figures.statistics.insert(row.node_id, Arc::new(row));
        }
        for rows in figures.ranking.values_mut() {
            rows.sort_by(|one, other| Self::BY_RANK.compare(one, other));
        }
        for rows in figures.computed_ranking.values_mut() {
            rows.sort_by(|one, other| Self::BY_COMPUTED_RANK.compare(one, other));
        }
        Ok(figures)
    }

    /// The order of [`Self::ranking`].
    pub const BY_RANK: Sort<score::Entity> = Sort { column: score::Column::Rank, descending: false };
    /// The order of [`Self::computed_ranking`].
    pub const BY_COMPUTED_RANK: Sort<computed_score::Entity> =
        Sort { column: computed_score::Column::Rank, descending: false };

    /// What was published or entered for a unit at a node.
    pub fn score(&self, unit: Uuid, node: Uuid) -> Option<&Arc<score::Model>> {
        self.scores.get(&(unit, node))
    }

    /// What the engine made of the raw values for a unit at a node.
    pub fn computed(&self, unit: Uuid, node: Uuid) -> Option<&Arc<computed_score::Model>> {
        self.computed.get(&(unit, node))
    }

    /// Mean, least and greatest at a node.
    pub fn statistic(&self, node: Uuid) -> Option<&Arc<statistic::Model>> {
        self.statistics.get(&node)
    }

    /// What was published or entered at a node, best rank first and the unranked last.
    pub fn ranking(&self, node: Uuid) -> &[Arc<score::Model>] {
        self.ranking.get(&node).map(Vec::as_slice).unwrap_or_default()
    }

    /// What the engine made of the raw values at a node, best rank first and the unranked last.
    pub fn computed_ranking(&self, node: Uuid) -> &[Arc<computed_score::Model>] {
        self.computed_ranking.get(&node).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Store {
    /// The figures of an edition, as far as the viewer may read them.
    pub async fn figures(&self, edition: Uuid) -> Result<Arc<Figures>> {
        match self.kept_figures(edition).await? {
            Some(kept) => Ok(kept),
            None => Figures::read(self, edition).await.map(Arc::new),
        }
    }
}

/// The figures of the edition with this key. Asked for by several fields of a request at once, they are read once.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FiguresOf(pub Uuid);

impl Loader<FiguresOf> for Store {
    type Value = Arc<Figures>;
    type Error = Error;

    async fn load(&self, keys: &[FiguresOf]) -> Result<HashMap<FiguresOf, Arc<Figures>>> {
        let mut all = HashMap::new();
        for key in keys {
            all.insert(*key, self.figures(key.0).await?);
        }
        Ok(all)
    }
}
