//! How a unit's score at a node came about, step by step, as numbers to be checked by hand.

mod aggregate;
mod indicator;

use serde::{Deserialize, Serialize};

use crate::{Aggregation, Edition, Error, Framework, Imputation, Result, Ties, Treated, round};

/// The steps behind one score. An aggregate's begin at its children, each of which has an
/// explanation of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Place of the node in the framework.
    pub node: usize,
    /// Row of the unit.
    pub unit: usize,
    /// The score as the edition holds it, not rounded.
    pub score: Option<f64>,
    /// Why there is no score; `None` when there is one.
    pub missing: Option<Missing>,
    /// In the order in which they were made; [`Step::Ranked`] last.
    pub steps: Vec<Step>,
}

/// One step. Numbers are those of the edition's stages, to the bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The value as given.
    Raw {
        /// In raw units.
        value: Option<f64>,
    },
    /// value / by. Only for an indicator with a denominator.
    Denominated {
        /// The raw value.
        value: Option<f64>,
        /// The unit's value in the denominator's column.
        by: Option<f64>,
        /// The quotient; missing where a part of it is, or the denominator is 0.
        result: Option<f64>,
    },
    /// The value of the group in place of a missing one. Only where one was missing and the
    /// method asks for it.
    Imputed {
        /// Which middle of the group was taken.
        method: Imputation,
        /// Units of the group that have a value.
        members: usize,
        /// Missing where no member has a value.
        result: Option<f64>,
    },
    /// Outliers of the whole column. Only where the column failed the test for them.
    Treated {
        /// What was done to the column.
        what: Treated,
        /// Skewness of the column before.
        skew: Option<f64>,
        /// Excess kurtosis of the column before.
        kurtosis: Option<f64>,
        /// The unit's value before; the same after where other points were moved.
        before: Option<f64>,
        /// The unit's value after: under [`Treated::Logged`] ln(x − min + 0.01·(max − min)).
        after: Option<f64>,
        /// Least value of the column before, where the logarithm used it.
        min: Option<f64>,
        /// Greatest value of the column before, where the logarithm used it.
        max: Option<f64>,
    },
    /// From a value x in its own unit to a score.
    Normalised {
        /// x, the treated value.
        value: Option<f64>,
        /// +1 where more is better, −1 where less is.
        sign: f64,
        /// The formula and all other numbers in it.
        formula: Formula,
        /// The score.
        result: Option<f64>,
    },
    /// From the children's scores to the node's.
    Aggregated {
        /// Which mean.
        aggregation: Aggregation,
        /// In the framework's order, which is the order of summing.
        children: Vec<Child>,
        /// Children that have weight.
        weighted: usize,
        /// Share of them that must be present, 0–1.
        availability: f64,
        /// The same as a number of children; one at least.
        needed: usize,
        /// How many of them are present.
        present: usize,
        /// The score.
        result: Option<f64>,
    },
    /// A what-if put this score in place of the computed one. Only where the two differ.
    Laid {
        /// The score laid down.
        score: Option<f64>,
    },
    /// The place among all units.
    Ranked {
        /// Decimals of the printed score; `None` where unrounded scores are ranked.
        decimals: Option<u8>,
        /// Which rank tied units share.
        ties: Ties,
        /// Units that have a score here.
        units: usize,
        /// `None` for a missing score, which is unranked.
        place: Option<Place>,
    },
}

/// How a value x became a score; `worst` and `best` are seen from the indicator's direction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// (x − worst)/(best − worst)·(high − low) + low.
    MinMax {
        /// The worst unit's score.
        low: f64,
        /// The best unit's score.
        high: f64,
        /// Observed; missing when no unit has a value.
        worst: Option<f64>,
        /// Observed; missing when no unit has a value.
        best: Option<f64>,
    },
    /// (at − worst)/(best − worst)·scale.
    Goalposts {
        /// The lower post, in the unit of x.
        min: f64,
        /// The upper post, in the unit of x.
        max: f64,
        /// The score at the better post.
        scale: f64,
        /// Whether x is cut to the posts.
        cap: bool,
        /// Whether x lay outside and was cut.
        capped: bool,
        /// Whether logarithms are taken of x and the posts.
        log: bool,
        /// x, cut if so, its logarithm if so; missing where there is none.
        at: Option<f64>,
        /// The worse post, its logarithm if so.
        worst: f64,
        /// The better post, its logarithm if so.
        best: f64,
    },
    /// (x − centre)·sign/deviation·sd + mean.
    ZScore {
        /// The score that stands for the centre.
        mean: f64,
        /// Points of score per deviation.
        sd: f64,
        /// Mean of the column; missing when no unit has a value.
        centre: Option<f64>,
        /// Sample deviation (n − 1) of the column; missing below two values.
        deviation: Option<f64>,
    },
    /// (rank − 1)/(units − 1)·scale.
    PercentileRank {
        /// The best unit's score.
        scale: f64,
        /// From below, 1 = worst, ties sharing the lower.
        rank: Option<usize>,
        /// Units that have a value.
        units: usize,
    },
    /// rank.
    Rank {
        /// From below, 1 = worst, ties sharing the lower.
        rank: Option<usize>,
        /// Units that have a value.
        units: usize,
    },
    /// (x − worst)/(target − worst)·scale, or scale where capped.
    DistanceToTarget {
        /// In the unit of x.
        target: f64,
        /// The score at the target.
        scale: f64,
        /// Whether a fraction above 1 is cut to 1.
        cap: bool,
        /// Whether it was.
        capped: bool,
        /// Observed; missing when no unit has a value.
        worst: Option<f64>,
    },
}

/// One child in a mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Child {
    /// Place of the child in the framework.
    pub node: usize,
    /// Its own weight, as written in the framework.
    pub weight: f64,
    /// weight / sum of the weights of the children present; 0 for a missing child.
    pub share: f64,
    /// Its score.
    pub score: Option<f64>,
    /// share · score, which add up to the node's score. Only under an arithmetic mean.
    pub points: Option<f64>,
}

/// Where a score stands. The rank is 1 + above ([`Ties::Min`]), above + sharing ([`Ties::Max`]),
/// above + (sharing + 1)/2 ([`Ties::Average`]) or 1 + scores_above ([`Ties::Dense`]).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The score as printed, on which units are compared.
    pub printed: f64,
    /// Units with a higher printed score.
    pub above: usize,
    /// Different printed scores among those.
    pub scores_above: usize,
    /// Units with this printed score, the unit itself among them.
    pub sharing: usize,
    /// 1 = highest.
    pub rank: f64,
}

/// Why there is no score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// No raw value was given.
    Value,
    /// The denominator is missing or 0.
    Denominator,
    /// A missing value, and no member of the group has one to impute from.
    Members,
    /// All units have the same value, or the worst one is the target: nothing tells them apart.
    Range,
    /// A value of 0 or less has no logarithm.
    Logarithm,
    /// Too few children are present.
    Children,
    /// A what-if laid it down as missing.
    Laid,
    /// The formula gave no number: its parts are too large or too small for binary numbers.
    Overflow,
}

/// What a step leaves to the next: a value, or why there is none.
type Outcome = std::result::Result<f64, Missing>;

/// The steps by which the score of a unit (row) at a node came about.
///
/// `edition` must have been computed under `framework`: after a what-if, under its framework.
///
/// # Errors
/// [`Error::UnknownCode`] or [`Error::UnknownUnit`] when there is no such node or row.
pub fn explain(framework: &Framework, edition: &Edition, node: usize, unit: usize) -> Result<Explanation> {
    if node >= framework.nodes().len() {
        return Err(Error::UnknownCode { code: format!("#{node}") });
    }
    if unit >= edition.table.len() {
        return Err(Error::UnknownUnit { unit: format!("#{unit}") });
    }
    let mut steps = Vec::new();
    let mut outcome = match framework.column(node) {
        Some(column) => indicator::steps(framework, edition, column, unit, &mut steps),
        None => aggregate::steps(framework, edition, node, unit, &mut steps),
    };
    let score = edition.score(node, unit);
    if outcome.ok().map(f64::to_bits) != score.map(f64::to_bits) {
        steps.push(Step::Laid { score });
        outcome = score.ok_or(Missing::Laid);
    }
    steps.push(ranked(framework, edition, node, unit));
    Ok(Explanation { node, unit, score, missing: outcome.err(), steps })
}

fn ranked(framework: &Framework, edition: &Edition, node: usize, unit: usize) -> Step {
    let ranking = framework.method().ranking;
    let print = |&score: &f64| ranking.decimals.map_or(score, |decimals| round(score, decimals));
    let scores = edition.scores(node);
    let place = edition.rank(node, unit).map(|rank| {
        let printed = print(&scores[unit]);
        let sharing = scores.iter().map(print).filter(|&other| other == printed).count();
        let mut higher: Vec<f64> = scores.iter().map(print).filter(|&other| other > printed).collect();
        let above = higher.len();
        higher.sort_unstable_by(f64::total_cmp);
        higher.dedup();
        Place { printed, above, scores_above: higher.len(), sharing, rank }
    });
    let units = scores.iter().filter(|score| !score.is_nan()).count();
    Step::Ranked { decimals: ranking.decimals, ties: ranking.ties, units, place }
}
