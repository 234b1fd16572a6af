//! How sure the ranks are: many draws of weights and methods. What is asked and what comes of it are data, so that a run
//! of minutes can be a job.

use std::collections::HashMap;

use async_graphql::{Description, InputObject, Object, SimpleObject};
use entity::*;
use index::uncertainty::{MonteCarlo, Tally, Uncertainty};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{length, order, within};
use crate::error::{Code, Error, Problem, Result};
use crate::graphql::unit::Unit;
use crate::scoring::{self, Basis, refused};

/// Draws of one request; longer runs are jobs.
pub(crate) const MOST_DRAWS: i32 = 20_000;
/// Draws of a job.
pub(crate) const MOST_QUEUED_DRAWS: i32 = 5_000_000;
const USUAL_DRAWS: i32 = 1_000;
const USUAL_SEED: i32 = 1;
const USUAL_JITTER: f64 = 0.25;

/// What varies from draw to draw. A list that is empty or not given leaves the framework's own choice; otherwise each draw
/// takes one of its entries, all with the same chance, for all indicators and nodes that have no choice of their own.
#[derive(InputObject)]
pub struct MonteCarloInput {
    /// How many draws, from 1 to 20,000 in a request; more with `monteCarloStart`.
    #[graphql(default_with = "Some(USUAL_DRAWS)")]
    draws: Option<i32>,
    /// Where chance begins, from 0: the same seed gives the same draws.
    #[graphql(default_with = "Some(USUAL_SEED)")]
    seed: Option<i32>,
    /// Each weight is multiplied by a number drawn evenly from 1 − jitter to 1 + jitter; from 0 to 1.
    #[graphql(default_with = "Some(USUAL_JITTER)")]
    jitter: Option<f64>,
    /// Ways to bring raw values to one scale, each at most once: `MIN_MAX`, `Z_SCORE`, `PERCENTILE_RANK`, `RANK`; the
    /// others need settings of every indicator.
    normalisations: Option<Vec<Normalisation>>,
    /// Means, each at most once. A geometric or harmonic mean of negative scores, such as z-scores, is `NOT_COMPUTABLE`.
    aggregations: Option<Vec<Aggregation>>,
    /// Treatments of outliers, each at most once, with the limits of the framework.
    treatments: Option<Vec<Treatment>>,
}

/// A run as it was asked for, checked; a job keeps it as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// The edition.
    pub edition: Uuid,
    /// The node at which units are ranked.
    pub node: Uuid,
    /// How many draws.
    pub draws: u64,
    /// What varies.
    pub uncertainty: Uncertainty,
}

/// What came of a run; a job keeps it as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// How many draws were made.
    pub draws: u64,
    /// Where chance began.
    pub seed: u64,
    /// The ranks of every unit, by its rank as computed.
    pub bands: Vec<Band>,
}

impl Outcome {
    /// The units that it speaks of.
    pub(crate) fn units(&self) -> impl Iterator<Item = Uuid> {
        self.bands.iter().map(|band| band.unit)
    }
}

/// The ranks of one unit over all draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Band {
    /// The unit.
    pub unit: Uuid,
    /// Its rank as computed, without any draw.
    pub rank: Option<f64>,
    /// The smallest ranks at or below which lie 5 %, half and 95 % of its draws.
    pub ranks: Option<(f64, f64, f64)>,
    /// Draws in which it had a rank.
    pub draws: u64,
}

impl MonteCarloInput {
    /// The run that the input at `field` asks for, of at most `most` draws.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] and [`Code::Duplicate`] about the field in question.
    pub(crate) fn run(&self, basis: &Basis, node: usize, most: i32, field: &str) -> Result<Run> {
        let path = |name: &str| format!("{field}.{name}");
        let wrong = |name: &str, range: String| Problem::new(&path(name), Code::OutOfRange).with(range);
        let draws = Some(self.draws.unwrap_or(USUAL_DRAWS)).filter(|draws| (1..=most).contains(draws));
        let draws = draws.and_then(|draws| u64::try_from(draws).ok());
        let draws = draws.ok_or_else(|| {
            let longer = if most == MOST_DRAWS { " (monteCarloStart)" } else { "" };
            wrong("draws", format!("1–{most}{longer}"))
        })?;
        let seed = u64::try_from(self.seed.unwrap_or(USUAL_SEED))
            .map_err(|_| wrong("seed", format!("0–{}", i32::MAX)))?;
        let common = |choice: &Normalisation| {
            let same = scoring::common(*choice);
            same.ok_or_else(|| wrong("normalisations", "MIN_MAX, Z_SCORE, PERCENTILE_RANK, RANK".to_owned()))
        };
        let normalisations = self.normalisations.as_deref().unwrap_or_default();
        let aggregations = self.aggregations.as_deref().unwrap_or_default();
        let treatments = self.treatments.as_deref().unwrap_or_default();
        once(normalisations, &path("normalisations"))?;
        once(aggregations, &path("aggregations"))?;
        once(treatments, &path("treatments"))?;
        let uncertainty = Uncertainty {
            seed,
            jitter: within(self.jitter.unwrap_or(USUAL_JITTER), 1.0, &path("jitter"))?,
            normalisations: normalisations.iter().map(common).collect::<Result<_, _>>()?,
            aggregations: aggregations.iter().map(|choice| scoring::aggregation(*choice)).collect(),
            treatments: treatments.iter().map(|choice| basis.tree.treatment(*choice)).collect(),
        };
        Ok(Run { edition: basis.edition.id, node: basis.tree.nodes[node].id, draws, uncertainty })
    }
}

fn once<T: PartialEq>(list: &[T], field: &str) -> Result<(), Problem> {
    let again = |(number, one): (usize, &T)| list[..number].contains(one);
    match list.iter().enumerate().find(|item| again((item.0, item.1))) {
        Some((number, _)) => Err(Problem::new(&format!("{field}.{number}"), Code::Duplicate)),
        None => Ok(()),
    }
}

impl Run {
    /// Prepares the draws, which may then be made in ranges one after another.
    ///
    /// # Errors
    /// What the engine refuses, such as a negative score under a geometric mean.
    pub(crate) fn prepare(&self, basis: &Basis) -> Result<MonteCarlo> {
        let node = basis.place(self.node, "node")?;
        MonteCarlo::new(&basis.framework, basis.computed.table(), node, self.uncertainty.clone())
            .map_err(refused)
    }

    /// What the merged tallies of all draws say.
    ///
    /// # Errors
    /// [`Code::NotFound`] when `basis` is not the run's own.
    pub(crate) fn outcome(&self, basis: &Basis, tally: &Tally) -> Result<Outcome> {
        let node = basis.place(self.node, "node")?;
        let band = |(row, unit): (usize, &unit::Model)| {
            let band = tally.band(row);
            Band {
                unit: unit.id,
                rank: basis.computed.rank(node, row),
                ranks: band.map(|band| (band.low, band.median, band.high)),
                draws: band.map_or(0, |band| band.draws),
            }
        };
        let mut bands: Vec<Band> = basis.units.iter().enumerate().map(band).collect();
        bands.sort_by(|a, b| order(a.rank).total_cmp(&order(b.rank)));
        Ok(Outcome { draws: self.draws, seed: self.uncertainty.seed, bands })
    }

    /// Makes all draws at once.
    ///
    /// # Errors
    /// As [`Run::prepare`]; [`Code::Busy`] when `cancelled` says so.
    pub(crate) fn at_once(&self, basis: &Basis, cancelled: &(dyn Fn() -> bool + Sync)) -> Result<Outcome> {
        let tally = self.prepare(basis)?.run(0..self.draws, 1, cancelled).map_err(refused)?;
        self.outcome(basis, &tally)
    }
}

/// How sure the ranks are.
#[derive(Description)]
pub struct MonteCarloResult {
    outcome: Outcome,
    units: HashMap<Uuid, unit::Model>,
}

impl MonteCarloResult {
    /// Of an outcome and the rows of its units.
    pub(crate) fn new(outcome: Outcome, units: impl IntoIterator<Item = unit::Model>) -> Self {
        Self { outcome, units: units.into_iter().map(|unit| (unit.id, unit)).collect() }
    }
}

/// The ranks of one unit over all draws.
#[derive(SimpleObject)]
pub struct RankBand {
    /// The unit.
    unit: Unit,
    /// Its rank as computed, without any draw, 1 being best; null where unranked.
    rank: Option<f64>,
    /// The smallest rank at or below which lie 5 % of its draws; null if it never had one.
    low: Option<f64>,
    /// The smallest rank at or below which lies half of its draws.
    median: Option<f64>,
    /// The smallest rank at or below which lie 95 % of its draws.
    high: Option<f64>,
    /// Draws in which it had a rank.
    draws: i64,
}

#[Object(use_type_description)]
impl MonteCarloResult {
    /// How many draws were made.
    async fn draws(&self) -> Result<i64> {
        i64::try_from(self.outcome.draws).map_err(Error::internal)
    }

    /// Where chance began: the same seed, input and edition give the same bands.
    async fn seed(&self) -> Result<i64> {
        i64::try_from(self.outcome.seed).map_err(Error::internal)
    }

    /// The ranks of every unit, by its rank as computed, the unranked last.
    async fn bands(
        &self,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
    ) -> Result<Vec<RankBand>> {
        let first = length(first)?;
        let band = |band: &Band| {
            Some(RankBand {
                unit: Unit(self.units.get(&band.unit)?.clone().into()),
                rank: band.rank,
                low: band.ranks.map(|ranks| ranks.0),
                median: band.ranks.map(|ranks| ranks.1),
                high: band.ranks.map(|ranks| ranks.2),
                draws: i64::try_from(band.draws).ok()?,
            })
        };
        Ok(self.outcome.bands.iter().filter_map(band).take(first).collect())
    }
}
