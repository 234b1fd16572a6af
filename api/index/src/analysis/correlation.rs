//! What moves together: between indicators, between levels, within a group.

use serde::{Deserialize, Serialize};

use crate::Edition;

/// What is correlated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correlation {
    /// Of the values.
    Pearson,
    /// Of their ranks, ties sharing the mean.
    Spearman,
}

/// Correlation of two columns over the units present in both; `None` below three such units or
/// when one of the two does not vary. COINr: `get_corr`.
pub fn correlation(x: &[f64], y: &[f64], how: Correlation) -> Option<f64> {
    let (mut x, mut y) = complete(x, y);
    if x.len() < 3 {
        return None;
    }
    if how == Correlation::Spearman {
        (x, y) = (mean_ranks(&x), mean_ranks(&y));
    }
    let r = covariance(&x, &y)? / (covariance(&x, &x)? * covariance(&y, &y)?).sqrt();
    r.is_finite().then(|| r.clamp(-1.0, 1.0))
}

/// Correlations of scores, nodes in `rows` against nodes in `columns`: indicators with each other,
/// with their group, one level with another. COINr: `get_corr`.
pub fn correlations(
    edition: &Edition,
    rows: &[usize],
    columns: &[usize],
    how: Correlation,
) -> Vec<Vec<Option<f64>>> {
    let with = |a, b| correlation(edition.scores(a), edition.scores(b), how);
    rows.iter().map(|&a| columns.iter().map(|&b| with(a, b)).collect()).collect()
}

/// Cronbach's alpha of two or more columns, from covariances over pairwise complete units:
/// k²·(mean covariance of different columns)/(sum of all covariances). COINr: `get_cronbach`.
pub fn cronbach_alpha(columns: &[&[f64]]) -> Option<f64> {
    let k = columns.len() as f64;
    let (mut all, mut own) = (0.0, 0.0);
    for (i, a) in columns.iter().enumerate() {
        for (j, b) in columns.iter().enumerate() {
            let (x, y) = complete(a, b);
            let both = covariance(&x, &y).unwrap_or(0.0);
            all += both;
            own += if i == j { both } else { 0.0 };
        }
    }
    let alpha = k * k * ((all - own) / (k * (k - 1.0))) / all;
    alpha.is_finite().then_some(alpha)
}

fn complete(x: &[f64], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
    x.iter().zip(y).filter(|(x, y)| !x.is_nan() && !y.is_nan()).map(|(x, y)| (*x, *y)).unzip()
}

/// Sample covariance (n − 1).
fn covariance(x: &[f64], y: &[f64]) -> Option<f64> {
    let n = x.len() as f64;
    let (a, b) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let sum: f64 = x.iter().zip(y).map(|(x, y)| (x - a) * (y - b)).sum();
    (n > 1.0).then(|| sum / (n - 1.0))
}

fn mean_ranks(x: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&a, &b| x[a].total_cmp(&x[b]));
    let mut ranks = vec![0.0; x.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&a, &b| x[a] == x[b]) {
        let rank = before as f64 + (tied.len() as f64 + 1.0) / 2.0;
        tied.iter().for_each(|&unit| ranks[unit] = rank);
        before += tied.len();
    }
    ranks
}
