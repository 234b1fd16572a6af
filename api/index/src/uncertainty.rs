//! How sure the ranks are: the index computed many times with other weights and other choices of
//! method. COINr: `get_sensitivity` with `get_noisy_weights`.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::rank::{Rank, Ranker};
use crate::{Aggregation, Error, Framework, Normalisation, Ranking, Result, Table, Treatment};

/// Units above this number are refused: the rank counts grow with its square.
const MOST_UNITS: usize = 5_000;

/// What varies from draw to draw. An empty list leaves the framework's own choice; otherwise each
/// draw takes one entry, all with the same chance, where no indicator or node overrides it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Uncertainty {
    /// The same seed gives the same draws.
    pub seed: u64,
    /// Each weight is multiplied by a number drawn evenly from 1 − jitter to 1 + jitter; 0 to 1.
    pub jitter: f64,
    /// Drawn where an indicator has none of its own.
    pub normalisations: Vec<Normalisation>,
    /// Drawn where a node has none of its own.
    pub aggregations: Vec<Aggregation>,
    /// Drawn where an indicator has none of its own.
    pub treatments: Vec<Treatment>,
}

/// A prepared simulation. Draws are numbered; draw n is the same whichever thread or call makes
/// it, so a long run may be cut into ranges and merged, telling after each how far it is.
///
/// ```
/// use index::uncertainty::{MonteCarlo, Uncertainty};
/// use index::{Direction, Framework, Method, Node, Table};
///
/// # let nodes = vec![
/// #     Node::aggregate("PII", None),
/// #     Node::indicator("patents", "PII", Direction::HigherIsBetter),
/// #     Node::indicator("days", "PII", Direction::LowerIsBetter),
/// # ];
/// # let framework = Framework::new(nodes, Method::default())?;
/// # let units = ["20", "56", "79"].map(Into::into).to_vec();
/// # let codes = ["patents", "days"].map(Into::into).to_vec();
/// # let rows = [[3.0, 12.0], [9.0, 30.0], [5.0, 14.0]].map(|row| row.map(Some).to_vec());
/// # let table = Table::from_rows(units, codes, &rows)?;
/// let spec = Uncertainty { seed: 20, jitter: 0.25, ..Uncertainty::default() };
/// let simulation = MonteCarlo::new(&framework, &table, framework.root(), spec)?;
/// let draws = 1_000;
///
/// let mut tally = simulation.run(0..0, 1, &|| false)?;
/// for begin in (0..draws).step_by(300) {
///     let end = draws.min(begin + 300);
///     tally.merge(&simulation.run(begin..end, 2, &|| false)?);
///     println!("{end} of {draws}");
/// }
/// assert_eq!(tally, simulation.run(0..draws, 1, &|| false)?);
/// # Ok::<(), index::Error>(())
/// ```
#[derive(Debug)]
pub struct MonteCarlo {
    spec: Uncertainty,
    ranking: Ranking,
    availability: f64,
    units: usize,
    /// Scores of all indicators, columns one after another, per treatment and normalisation.
    worlds: Vec<Vec<f64>>,
    aggregations: Vec<Aggregation>,
    /// Nodes below and at the one ranked, children before parents.
    nodes: Vec<Mean>,
}

#[derive(Debug)]
struct Mean {
    own: Option<Aggregation>,
    children: Range<usize>,
    parts: Vec<(f64, Source)>,
}

#[derive(Debug, Clone, Copy)]
enum Source {
    Indicator(usize),
    Mean(usize),
}

/// How often each unit had each rank. Sums of whole numbers: the order of merging is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    units: usize,
    counts: Vec<u32>,
}

/// The rank of a unit over all draws in which it had one: the smallest ranks at or below which lie
/// 5 %, half and 95 % of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// At 5 %: a good rank.
    pub low: f64,
    /// At half.
    pub median: f64,
    /// At 95 %: a bad rank.
    pub high: f64,
    /// Draws in which the unit had a rank.
    pub draws: u64,
}

impl MonteCarlo {
    /// Prepares draws of the ranks at `node`. All that does not depend on weights is done here.
    ///
    /// # Errors
    /// Jitter outside 0–1, more than 5,000 units, a setting out of range, and what
    /// [`crate::compute`] refuses, for instance a z-score under a geometric mean.
    pub fn new(framework: &Framework, table: &Table, node: usize, spec: Uncertainty) -> Result<Self> {
        let bad = |setting| Err(Error::Setting { setting, code: None });
        if !(0.0..=1.0).contains(&spec.jitter) {
            return bad("jitter");
        }
        if table.len() > MOST_UNITS {
            return bad("units");
        }
        let method = framework.method();
        let or_own = |list: &[Aggregation]| match list {
            [] => vec![method.aggregation],
            list => list.to_vec(),
        };
        let aggregations = or_own(&spec.aggregations);
        let treatments =
            if spec.treatments.is_empty() { vec![method.treatment] } else { spec.treatments.clone() };
        let normalisations = match spec.normalisations.as_slice() {
            [] => vec![method.normalisation],
            list => list.to_vec(),
        };
        let mut worlds = Vec::new();
        for &treatment in &treatments {
            for &normalisation in &normalisations {
                // Computed whole under every mean once, so that what a draw could meet and the
                // engine refuses is refused here.
                for &aggregation in &aggregations {
                    let world = framework.with(|_, method| {
                        method.treatment = treatment;
                        method.normalisation = normalisation;
                        method.aggregation = aggregation;
                    })?;
                    let edition = crate::compute(&world, table)?;
                    if aggregation == aggregations[0] {
                        let columns = &edition.normalised.columns;
                        worlds.push(columns.iter().flat_map(|c| c.iter().copied()).collect());
                    }
                }
            }
        }
        Ok(Self {
            spec,
            ranking: method.ranking,
            availability: method.availability,
            units: table.len(),
            worlds,
            aggregations,
            nodes: plan(framework, node),
        })
    }

    /// Makes the draws of a range on so many threads (at least one).
    ///
    /// # Errors
    /// [`Error::Cancelled`] as soon as `cancelled`, asked before every draw, says so.
    pub fn run(
        &self,
        draws: Range<u64>,
        threads: usize,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Tally> {
        let threads = threads.max(1) as u64;
        let length = draws.end.saturating_sub(draws.start);
        let part = |t: u64| draws.start + length * t / threads..draws.start + length * (t + 1) / threads;
        let tallies: Vec<Result<Tally>> = std::thread::scope(|scope| {
            let others: Vec<_> =
                (1..threads).map(|t| scope.spawn(move || self.draw(part(t), cancelled))).collect();
            let first = self.draw(part(0), cancelled);
            let join = |handle: std::thread::ScopedJoinHandle<'_, Result<Tally>>| match handle.join() {
                Ok(tally) => tally,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            std::iter::once(first).chain(others.into_iter().map(join)).collect()
        });
        let mut sum = Tally::new(self.units);
        for tally in tallies {
            sum.merge(&tally?);
        }
        Ok(sum)
    }

    fn draw(&self, draws: Range<u64>, cancelled: &(dyn Fn() -> bool + Sync)) -> Result<Tally> {
        let n = self.units;
        let mut tally = Tally::new(n);
        let mut means = vec![0.0; self.nodes.len() * n];
        let mut weights = vec![0.0; self.nodes.last().map_or(0, |mean| mean.children.end)];
        let mut ranks = vec![Rank::default(); n];
        let mut ranker = Ranker::default();
        for draw in draws {
            if cancelled() {
                return Err(Error::Cancelled);
            }
            let mut dice = Dice::new(self.spec.seed, draw);
            let world = &self.worlds[dice.below(self.worlds.len())];
            let common = self.aggregations[dice.below(self.aggregations.len())];
            for (at, mean) in self.nodes.iter().enumerate() {
                for (slot, (weight, _)) in weights[mean.children.clone()].iter_mut().zip(&mean.parts) {
                    *slot = weight * (1.0 + self.spec.jitter * (2.0 * dice.roll() - 1.0));
                }
                let (below, rest) = means.split_at_mut(at * n);
                let slice = |source| match source {
                    Source::Indicator(column) => &world[column * n..][..n],
                    Source::Mean(at) => &below[at * n..][..n],
                };
                let children = weights[mean.children.clone()].iter().zip(&mean.parts);
                let children = children.map(|(&weight, &(_, source))| (weight, slice(source)));
                let how = mean.own.unwrap_or(common);
                crate::aggregate::aggregate(how, children, self.availability, &mut rest[..n]);
            }
            let top = &means[means.len() - n..];
            ranker.rank(top, self.ranking, &mut ranks);
            for (unit, rank) in ranks.iter().enumerate() {
                tally.counts[unit * (2 * n + 1) + rank.0 as usize] += 1;
            }
        }
        Ok(tally)
    }
}

fn plan(framework: &Framework, node: usize) -> Vec<Mean> {
    let inside = |n: usize| framework.ancestry(n).any(|ancestor| ancestor == node);
    let mut places = vec![None; framework.nodes().len()];
    let mut nodes: Vec<Mean> = Vec::new();
    let mut used = 0;
    let source = |n: usize, places: &[Option<usize>]| match framework.column(n) {
        Some(column) => Source::Indicator(column),
        None => Source::Mean(places[n].unwrap_or_default()),
    };
    for &n in framework.aggregates().iter().filter(|&&n| inside(n)) {
        let weighted = |&child: &usize| (framework.nodes()[child].weight, source(child, &places));
        let parts: Vec<_> = framework.children(n).iter().map(weighted).collect();
        places[n] = Some(nodes.len());
        let children = used..used + parts.len();
        used = children.end;
        nodes.push(Mean { own: framework.nodes()[n].aggregation, children, parts });
    }
    if framework.column(node).is_some() {
        let parts = vec![(1.0, source(node, &places))];
        nodes.push(Mean { own: Some(Aggregation::Arithmetic), children: 0..1, parts });
    }
    nodes
}

impl Tally {
    fn new(units: usize) -> Self {
        Self { units, counts: vec![0; units * (2 * units + 1)] }
    }

    /// Adds another range of draws of the same simulation.
    pub fn merge(&mut self, other: &Self) {
        for (sum, count) in self.counts.iter_mut().zip(&other.counts) {
            *sum += count;
        }
    }

    /// Median and 5–95 % band of a unit (row); `None` if it never had a rank.
    pub fn band(&self, unit: usize) -> Option<Band> {
        let counts = &self.counts[unit * (2 * self.units + 1)..][..2 * self.units + 1];
        let draws: u64 = counts[1..].iter().map(|&count| u64::from(count)).sum();
        let at = |percent: u64| {
            let mut seen = 0;
            let reached = |&(_, &count): &(usize, &u32)| {
                seen += u64::from(count);
                seen * 100 >= percent * draws
            };
            let (doubled, _) = counts.iter().enumerate().skip(1).find(reached)?;
            Some(doubled as f64 / 2.0)
        };
        if draws == 0 {
            return None;
        }
        Some(Band { low: at(5)?, median: at(50)?, high: at(95)?, draws })
    }

    /// In how many draws a unit had a rank at least as good as `rank`.
    pub fn at_least(&self, unit: usize, rank: f64) -> u64 {
        let counts = &self.counts[unit * (2 * self.units + 1)..][..2 * self.units + 1];
        let good = counts.iter().enumerate().skip(1).filter(|(doubled, _)| *doubled as f64 <= 2.0 * rank);
        good.map(|(_, &count)| u64::from(count)).sum()
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014), begun anew for every draw.
struct Dice(u64);

impl Dice {
    fn new(seed: u64, draw: u64) -> Self {
        Self(mix(seed.wrapping_add(mix(draw.wrapping_add(GOLDEN)))))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// Evenly from 0 to below 1.
    fn roll(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
