//! A framework version as the engine wants it: tree, weights, method.

use std::collections::HashMap;

use entity::*;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::refused;
use crate::error::{Code, Error, Problem, Result};
use crate::store::Read;

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
    pub(super) fn columns(&self) -> Vec<(Uuid, &str)> {
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
