//! Step 3: outliers, first winsorised, then, where that does not suffice, logarithms.

use serde::{Deserialize, Serialize};

use crate::method::Outliers;

/// What was done to a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treated {
    /// It passed, or has too few or only equal values to judge.
    Untouched,
    /// So many points were moved at either end.
    Winsorised {
        /// Points raised to the least value left.
        low: usize,
        /// Points lowered to the greatest value left.
        high: usize,
    },
    /// ln(x − min + 0.01·(max − min)) of the original values.
    Logged,
    /// It still fails, and the method asks for no logarithm: the original values stand.
    Failed,
}

/// One column treated; `None` for the values when they stay as they are.
///
/// Passes when |skew| < `rule.skew` or kurtosis < `rule.kurtosis`. Otherwise all points equal to
/// the extreme of the longer tail take the next value inward, until it passes or `winmax` points
/// have moved. COINr: `Treat`, `winsorise`, `log_CT`, `check_SkewKurt`.
pub fn treat(values: &[f64], rule: Outliers) -> (Treated, Option<Vec<f64>>) {
    if passes(values, rule) {
        return (Treated::Untouched, None);
    }
    let mut x = values.to_vec();
    let (mut low, mut high) = (0, 0);
    while low + high < rule.winmax {
        let upward = skew(&x) >= 0.0;
        let Some(moved) = winsorise(&mut x, if upward { 1.0 } else { -1.0 }) else {
            break;
        };
        // Points moved before are among the extreme ones again, so the count replaces the old.
        *(if upward { &mut high } else { &mut low }) = moved;
        if passes(&x, rule) {
            return (Treated::Winsorised { low, high }, Some(x));
        }
    }
    if !rule.log {
        return (Treated::Failed, None);
    }
    let (min, max) = range(values);
    let log = |&x: &f64| (x - min + 0.01 * (max - min)).ln();
    (Treated::Logged, Some(values.iter().map(log).collect()))
}

/// Moves all points at the end that `sign` points to, and says how many; `None` without a next.
fn winsorise(x: &mut [f64], sign: f64) -> Option<usize> {
    let (_, extreme) = range_signed(x, sign);
    let inward = x.iter().map(|v| v * sign).filter(|&v| v < extreme);
    let next = inward.fold(f64::NEG_INFINITY, f64::max);
    if next == f64::NEG_INFINITY {
        return None;
    }
    let mut moved = 0;
    for v in x.iter_mut().filter(|v| **v * sign == extreme) {
        *v = next * sign;
        moved += 1;
    }
    Some(moved)
}

fn passes(x: &[f64], rule: Outliers) -> bool {
    let (skew, kurtosis) = (skew(x), kurtosis(x));
    skew.is_nan() || kurtosis.is_nan() || skew.abs() < rule.skew || kurtosis < rule.kurtosis
}

/// Sample skewness ("type 2", Excel's SKEW) of the present values; NaN below three of them or
/// when all are equal. COINr: `skew`.
pub fn skew(x: &[f64]) -> f64 {
    let (n, [second, third, _]) = moments(x);
    if n < 3.0 || second == 0.0 {
        return f64::NAN;
    }
    let g1 = n.sqrt() * third / second.powf(1.5);
    g1 * (n * (n - 1.0)).sqrt() / (n - 2.0)
}

/// Sample excess kurtosis ("type 2", Excel's KURT) of the present values; NaN below four of them
/// or when all are equal. COINr: `kurt`.
pub fn kurtosis(x: &[f64]) -> f64 {
    let (n, [second, _, fourth]) = moments(x);
    if n < 4.0 || second == 0.0 {
        return f64::NAN;
    }
    let r = n * fourth / (second * second);
    ((n + 1.0) * (r - 3.0) + 6.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0))
}

/// Number of present values and their sums of squared, cubed and fourth-power deviations. Sorted
/// first: three equal values and an outlier have a skew of exactly 2, where the last bit of a sum
/// decides, and that must not depend on the order of units.
fn moments(x: &[f64]) -> (f64, [f64; 3]) {
    let mut present: Vec<f64> = x.iter().copied().filter(|v| !v.is_nan()).collect();
    present.sort_unstable_by(f64::total_cmp);
    let n = present.len() as f64;
    let mean = present.iter().sum::<f64>() / n;
    let mut sums = [0.0; 3];
    for v in present {
        let d = v - mean;
        sums[0] += d * d;
        sums[1] += d * d * d;
        sums[2] += d * d * d * d;
    }
    (n, sums)
}

/// Least and greatest present value; (∞, −∞) when there is none.
pub(crate) fn range(x: &[f64]) -> (f64, f64) {
    range_signed(x, 1.0)
}

/// The range of `sign`·x. Eight accumulators, so that the compiler can use wide registers; NaN
/// loses every comparison and so drops out.
pub(crate) fn range_signed(x: &[f64], sign: f64) -> (f64, f64) {
    const WIDTH: usize = 8;
    let (mut low, mut high) = ([f64::INFINITY; WIDTH], [f64::NEG_INFINITY; WIDTH]);
    let mut take = |i: usize, v: f64| {
        low[i] = if v < low[i] { v } else { low[i] };
        high[i] = if v > high[i] { v } else { high[i] };
    };
    let (chunks, rest) = x.as_chunks::<WIDTH>();
    for chunk in chunks {
        for (i, &v) in chunk.iter().enumerate() {
            take(i, v);
        }
    }
    for &v in rest {
        take(0, v);
    }
    let least = low.into_iter().fold(f64::INFINITY, f64::min);
    let most = high.into_iter().fold(f64::NEG_INFINITY, f64::max);
    if sign < 0.0 { (-most, -least) } else { (least, most) }
}
