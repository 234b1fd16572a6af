//! The method as data: what each step does, for all indicators and where one differs.

use serde::{Deserialize, Serialize};

use crate::Error;

/// The settings of a framework version. The default is PII's: nothing imputed, nothing treated,
/// min-max to 0–100, arithmetic means, ranks on two decimals with ties sharing the best rank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Method {
    /// Step 2, where an indicator has none of its own.
    pub imputation: Imputation,
    /// Step 3, where an indicator has none of its own.
    pub treatment: Treatment,
    /// Step 4, where an indicator has none of its own.
    pub normalisation: Normalisation,
    /// Step 5, where a node has none of its own.
    pub aggregation: Aggregation,
    /// Share of a node's children (those with weight) that must be present, 0–1, else the node
    /// is missing. 0 asks for one child. COINr: `dat_thresh` of `Aggregate`.
    pub availability: f64,
    /// Step 6, the same at all nodes.
    pub ranking: Ranking,
}

impl Default for Method {
    fn default() -> Self {
        Self {
            imputation: Imputation::None,
            treatment: Treatment::None,
            normalisation: Normalisation::MinMax { low: 0.0, high: 100.0 },
            aggregation: Aggregation::Arithmetic,
            availability: 0.0,
            ranking: Ranking::default(),
        }
    }
}

/// Filling of missing values, per indicator. COINr: `Impute` with `i_mean_grp`, `i_median_grp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Imputation {
    /// Missing stays missing.
    None,
    /// The mean of the present values of the unit's group.
    GroupMean,
    /// Their median.
    GroupMedian,
}

/// Treatment of outliers, per indicator over all units. COINr: `Treat`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// Values stay as they are.
    None,
    /// Columns with outliers are winsorised, then logged if that does not suffice.
    Outliers(Outliers),
}

/// When a column counts as having outliers, and how far winsorising may go.
///
/// A column passes when |skew| < `skew` or kurtosis < `kurtosis` (COINr: `check_SkewKurt`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outliers {
    /// Absolute skewness below this passes; above 0.
    pub skew: f64,
    /// Excess kurtosis below this passes.
    pub kurtosis: f64,
    /// Points to winsorise at most before the logarithm is tried instead.
    pub winmax: usize,
    /// Whether the logarithm (COINr: `log_CT`) follows when winsorising does not suffice.
    pub log: bool,
}

impl Default for Outliers {
    fn default() -> Self {
        Self { skew: 2.0, kurtosis: 3.5, winmax: 5, log: true }
    }
}

/// How values become scores. Direction is applied first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalisation {
    /// (x − min)/(max − min) onto `low`–`high`, over the units present. COINr: `n_minmax`.
    MinMax {
        /// Score of the worst unit, below `high`.
        low: f64,
        /// Score of the best unit.
        high: f64,
    },
    /// Fixed ends in raw units, worst and best before direction is applied being `min` and `max`
    /// of the scale (so `min` < `max` always), onto 0–`scale`; `cap` cuts what lies outside;
    /// `log` takes logarithms of value and ends first, a value ≤ 0 being missing unless capped
    /// to the worse end. COINr: `n_goalposts`; UNDP, HDI technical note 1.
    Goalposts {
        /// Lower post, in units of the treated values; above 0 under `log`.
        min: f64,
        /// Upper post, in the same units.
        max: f64,
        /// Score at the better post, above 0.
        scale: f64,
        /// Whether values are cut to the posts.
        cap: bool,
        /// Whether logarithms are taken of value and posts.
        log: bool,
    },
    /// (x − mean)/sd rescaled to `mean` and `sd`; sample deviation (n − 1). COINr: `n_zscore`.
    ZScore {
        /// Score of a unit at the mean.
        mean: f64,
        /// Points of score per standard deviation, above 0.
        sd: f64,
    },
    /// (rank from below − 1)/(n − 1) onto 0–`scale`, ties sharing the lower. COINr: `n_prank`.
    PercentileRank {
        /// Score of the best unit, above 0.
        scale: f64,
    },
    /// Rank from below, 1 = worst, ties sharing the lower. COINr: `n_rank`.
    Rank,
    /// (x − worst)/(target − worst) onto 0–`scale`, worst observed; `cap` cuts above the target.
    /// `target` is in raw units. COINr: `n_dist2targ`.
    DistanceToTarget {
        /// The value to reach, in units of the treated values.
        target: f64,
        /// Score at the target, above 0.
        scale: f64,
        /// Whether values beyond the target get no more than `scale`.
        cap: bool,
    },
}

/// Weighted mean of a node's children. COINr: `a_amean`, `a_gmean`, `a_hmean`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// Σ weight·score / Σ weight.
    Arithmetic,
    /// exp(Σ weight·ln score / Σ weight), of scores ≥ 0.
    Geometric,
    /// Σ weight / Σ(weight/score), of scores ≥ 0.
    Harmonic,
}

/// How scores become ranks, 1 = highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ranking {
    /// Decimals to which scores are rounded first (half away from zero, on the printed decimal);
    /// `None` ranks unrounded scores. At most 15.
    pub decimals: Option<u8>,
    /// Which rank units with the same score share.
    pub ties: Ties,
}

impl Default for Ranking {
    fn default() -> Self {
        Self { decimals: Some(2), ties: Ties::Min }
    }
}

/// Which rank tied units share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// The best: 1, 2, 2, 4.
    Min,
    /// The worst: 1, 3, 3, 4.
    Max,
    /// The mean: 1, 2.5, 2.5, 4.
    Average,
    /// The best, without gaps: 1, 2, 2, 3.
    Dense,
}

impl Method {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let bad = |setting| Err(Error::Setting { setting, code: None });
        if !(0.0..=1.0).contains(&self.availability) {
            return bad("availability");
        }
        if self.ranking.decimals.is_some_and(|decimals| decimals > 15) {
            return bad("ranking.decimals");
        }
        self.treatment.check(None)?;
        self.normalisation.check(None)
    }
}

impl Treatment {
    pub(crate) fn check(&self, code: Option<&str>) -> Result<(), Error> {
        match self {
            Self::Outliers(o) if !(o.skew > 0.0 && o.kurtosis.is_finite()) => {
                Err(Error::Setting { setting: "treatment", code: code.map(Into::into) })
            }
            _ => Ok(()),
        }
    }
}

impl Normalisation {
    pub(crate) fn check(&self, code: Option<&str>) -> Result<(), Error> {
        let fine = match *self {
            Self::MinMax { low, high } => low.is_finite() && high.is_finite() && low < high,
            Self::Goalposts { min, max, scale, log, .. } => {
                min.is_finite() && max.is_finite() && min < max && positive(scale) && (!log || min > 0.0)
            }
            Self::ZScore { mean, sd } => mean.is_finite() && positive(sd),
            Self::PercentileRank { scale } => positive(scale),
            Self::Rank => true,
            Self::DistanceToTarget { target, scale, .. } => target.is_finite() && positive(scale),
        };
        if fine {
            Ok(())
        } else {
            Err(Error::Setting { setting: "normalisation", code: code.map(Into::into) })
        }
    }
}

fn positive(x: f64) -> bool {
    x.is_finite() && x > 0.0
}
