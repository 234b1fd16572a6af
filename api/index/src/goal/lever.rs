//! The question in the form the search works on: levers, their limits, and a run of the engine.

use super::marginal::{mean, scale, toward};
use super::{Goal, Limit, Move, Plan, Proof, Wanted};
use crate::analysis::shares;
use crate::treat::range_signed;
use crate::{Aggregation, Edition, Error, Framework, Imputation, Normalisation, Result, Treatment, run};

pub(super) struct Problem<'a> {
    pub framework: &'a Framework,
    pub base: &'a Edition,
    pub node: usize,
    pub row: usize,
    pub wanted: Wanted,
    pub levers: Vec<Lever>,
    pub cancelled: &'a dyn Fn() -> bool,
    /// Per unit, the weight of every node in the one asked about; `None` if some mean in it is
    /// not arithmetic.
    pub shares: Option<Vec<Vec<f64>>>,
}

/// An indicator that may be raised, from 0 to `most` steps.
pub(super) struct Lever {
    pub column: usize,
    pub leaf: usize,
    place: usize,
    raw: f64,
    /// Raw value of one step and of the last, to end exactly on the limit.
    raw_step: f64,
    raw_limit: f64,
    pub most: f64,
    pub cost: f64,
    /// In denominated values turned so that more is better: own value and one step.
    pub value: f64,
    pub step: f64,
}

/// How a lever moves scores, where that can be written down.
pub(super) enum Response {
    /// Fixed ends: worst and best (turned so that more is better), whole scale, whether capped.
    Posts { worst: f64, best: f64, scale: f64, cap: bool },
    /// Ends set by the units: least and greatest of the others, whole scale.
    Range { least: f64, most: f64, scale: f64 },
}

impl<'a> Problem<'a> {
    pub fn new(
        framework: &'a Framework,
        base: &'a Edition,
        node: usize,
        goal: &Goal,
        cancelled: &'a dyn Fn() -> bool,
    ) -> Result<Self> {
        let row = base.table().unit(&goal.unit)?;
        base.scored(framework, node, row)?;
        let bad = |setting, code: &str| Error::Setting { setting, code: Some(code.into()) };
        if let Wanted::Score(score) = goal.wanted
            && !score.is_finite()
        {
            return Err(bad("wanted", framework.code(node)));
        }
        let mut limits = vec![(goal.limit, 1.0); framework.indicators().len()];
        for bound in &goal.bounds {
            let leaf = framework.node(&bound.code)?;
            let unknown = || Error::UnknownCode { code: bound.code.clone() };
            limits[framework.column(leaf).ok_or_else(unknown)?] = (bound.limit, bound.cost);
        }
        let mut levers = Vec::new();
        for (column, (limit, cost)) in limits.into_iter().enumerate() {
            let code = framework.code(framework.indicators()[column]);
            if !limit.is_sound() {
                return Err(bad("limit", code));
            }
            if !(cost.is_finite() && cost >= 0.0) {
                return Err(bad("cost", code));
            }
            levers.extend(lever(framework, base, row, column, limit, cost));
        }
        levers.retain(|lever| framework.ancestry(lever.leaf).any(|n| n == node));
        let shares = shares_in(framework, base, node);
        Ok(Self { framework, base, node, row, wanted: goal.wanted, levers, cancelled, shares })
    }

    /// How the lever moves scores; `None` where only the engine can say.
    pub fn response(&self, lever: &Lever) -> Option<Response> {
        let values = self.base.denominated.column(lever.column);
        let imputes = self.framework.imputation(lever.column) != Imputation::None;
        if self.framework.treatment(lever.column) != Treatment::None
            || (imputes && values.iter().any(|x| x.is_nan()))
        {
            return None;
        }
        let sign = self.framework.indicator(lever.column).direction.sign();
        match self.framework.normalisation(lever.column) {
            Normalisation::MinMax { low, high } => {
                let mut others = values.to_vec();
                others[self.row] = f64::NAN;
                let (least, most) = range_signed(&others, sign);
                (least < most).then_some(Response::Range { least, most, scale: high - low })
            }
            Normalisation::Goalposts { min, max, scale, cap, log: false } => {
                let (worst, best) = if sign > 0.0 { (min, max) } else { (-max, -min) };
                Some(Response::Posts { worst, best, scale, cap })
            }
            _ => None,
        }
    }

    /// The edition with so many steps of each lever.
    pub fn run(&self, steps: &[f64]) -> Result<Edition> {
        if (self.cancelled)() {
            return Err(Error::Cancelled);
        }
        let mut table = self.base.table().clone();
        for (lever, &steps) in self.levers.iter().zip(steps) {
            table.put(self.row, lever.place, lever.raw_at(steps));
        }
        run(self.framework, &table, Some((self.framework, self.base)), &[])
    }

    /// Whether an edition fulfils the wish.
    pub fn reached(&self, edition: &Edition) -> bool {
        match self.wanted {
            Wanted::Rank(rank) => edition.rank(self.node, self.row).is_some_and(|own| own <= f64::from(rank)),
            Wanted::Score(score) => edition.score(self.node, self.row).is_some_and(|own| own >= score),
        }
    }

    /// The answer for the steps found, read from a run of the engine.
    pub fn plan(&self, steps: &[f64], proof: Proof) -> Result<Plan> {
        let edition = self.run(steps)?;
        let moved = self.levers.iter().zip(steps).filter(|(_, steps)| **steps > 0.0);
        let moves: Vec<Move> = moved
            .map(|(lever, &steps)| Move {
                node: lever.leaf,
                raw: (lever.raw, lever.raw_at(steps)),
                score: (self.base.score(lever.leaf, self.row), edition.score(lever.leaf, self.row)),
                cost: lever.cost * steps,
            })
            .collect();
        let rank = |edition: &Edition| edition.rank(self.node, self.row).unwrap_or(f64::NAN);
        let score = |edition: &Edition| edition.scored(self.framework, self.node, self.row);
        Ok(Plan {
            reached: self.reached(&edition),
            proof,
            // A sum of no floats is −0.
            cost: moves.iter().fold(0.0, |sum, m| sum + m.cost),
            moves,
            score: (score(self.base)?, score(&edition)?),
            rank: (rank(self.base), rank(&edition)),
            edition,
        })
    }
}

impl Lever {
    fn raw_at(&self, steps: f64) -> f64 {
        if steps >= self.most { self.raw_limit } else { self.raw + steps * self.raw_step }
    }
}

impl Limit {
    fn is_sound(self) -> bool {
        match self {
            Self::Mean | Self::Fixed => true,
            Self::Percent(x) | Self::MeanOrPercent(x) => x.is_finite() && x >= 0.0,
            Self::Value(x) => x.is_finite(),
        }
    }
}

fn lever(
    framework: &Framework,
    base: &Edition,
    row: usize,
    column: usize,
    limit: Limit,
    cost: f64,
) -> Option<Lever> {
    let raw = base.raw.value(column, row)?;
    let value = base.denominated.value(column, row)?;
    let leaf = framework.indicators()[column];
    base.score(leaf, row)?;
    let values = base.denominated.column(column);
    let sign = framework.indicator(column).direction.sign();
    let per = scale(base, column, row);
    let up = toward(sign, per);
    let by_mean = mean(values) * per;
    let by_percent = |percent: f64| raw + up * raw.abs() * percent / 100.0;
    let raw_limit = match limit {
        Limit::Mean => by_mean,
        Limit::Percent(x) => by_percent(x),
        Limit::MeanOrPercent(x) => (by_mean * up).max(by_percent(x) * up) * up,
        Limit::Value(x) => x,
        Limit::Fixed => return None,
    };
    let (least, most) = range_signed(values, sign);
    let step = (most - least) / 100.0;
    let raw_step = step * sign * per;
    let steps = (raw_limit - raw) / raw_step;
    (steps > 0.0 && steps.is_finite()).then(|| Lever {
        column,
        leaf,
        place: base.binding.values[column],
        raw,
        raw_step,
        raw_limit,
        most: steps,
        cost,
        value: value * sign,
        step,
    })
}

fn shares_in(framework: &Framework, base: &Edition, node: usize) -> Option<Vec<Vec<f64>>> {
    let inside = |n: usize| framework.ancestry(n).any(|ancestor| ancestor == node);
    let additive = |&n: &usize| !inside(n) || framework.aggregation(n) == Aggregation::Arithmetic;
    if !framework.aggregates().iter().all(additive) {
        return None;
    }
    Some((0..base.table().len()).map(|unit| shares(framework, base, node, unit)).collect())
}
