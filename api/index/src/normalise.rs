//! Step 4: from values in their own units to scores that can be averaged.

use crate::framework::Direction;
use crate::method::Normalisation;
use crate::treat::range_signed;

/// One column of scores. `values` holds one treated value per unit; missing stays missing, and a
/// zero range (or deviation) makes the whole column missing, for it tells no unit from another.
/// The formulas and their sources stand at [`Normalisation`].
pub fn normalise(values: &[f64], direction: Direction, how: Normalisation) -> Vec<f64> {
    let sign = direction.sign();
    match how {
        Normalisation::MinMax { low, high } => {
            let (min, max) = range_signed(values, sign);
            scale(values, |x| (x * sign - min) / (max - min) * (high - low) + low, max > min)
        }
        Normalisation::Goalposts { min, max, scale: top, cap, log } => {
            let f = |x: f64| if log { x.ln() } else { x };
            let (worst, best) = if sign > 0.0 { (f(min), f(max)) } else { (f(max), f(min)) };
            let score = |x: f64| {
                // A logarithm of 0 or less is no number, but a capped value lies at an end.
                let x = if cap { clamp(x, min, max) } else { x };
                let y = (f(x) - worst) / (best - worst) * top;
                // + 0.0: no negative zero, whose reciprocal in a harmonic mean cancels a zero's.
                if y.is_finite() { y + 0.0 } else { f64::NAN }
            };
            values.iter().map(|&x| score(x)).collect()
        }
        Normalisation::ZScore { mean, sd } => {
            let (centre, deviation) = mean_and_deviation(values);
            let score = |x| (x - centre) * sign / deviation * sd + mean;
            scale(values, score, deviation > 0.0)
        }
        Normalisation::PercentileRank { scale: top } => {
            let (ranks, n) = ranks_from_below(values, sign);
            let steps = n.saturating_sub(1) as f64;
            scale(&ranks, |rank| (rank - 1.0) / steps * top, distinct(values))
        }
        Normalisation::Rank => {
            let (ranks, _) = ranks_from_below(values, sign);
            scale(&ranks, |rank| rank, distinct(values))
        }
        Normalisation::DistanceToTarget { target, scale: top, cap } => {
            let (worst, _) = range_signed(values, sign);
            let goal = target * sign;
            let score = |x: f64| {
                let y = (x * sign - worst) / (goal - worst);
                // Not `min`, which would turn a missing value into the cap.
                (if cap && y > 1.0 { 1.0 } else { y }) * top + 0.0
            };
            scale(values, score, goal != worst && worst.is_finite())
        }
    }
}

fn scale(values: &[f64], score: impl Fn(f64) -> f64, tells_apart: bool) -> Vec<f64> {
    if tells_apart { values.iter().map(|&x| score(x)).collect() } else { vec![f64::NAN; values.len()] }
}

fn clamp(x: f64, min: f64, max: f64) -> f64 {
    if x < min {
        min
    } else if x > max {
        max
    } else {
        x
    }
}

fn distinct(values: &[f64]) -> bool {
    let (min, max) = range_signed(values, 1.0);
    max > min
}

/// Mean and sample deviation (n − 1) of the present values; the deviation is NaN below two and
/// exactly 0 when all are equal.
pub(crate) fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let present = || values.iter().filter(|x| !x.is_nan());
    let n = present().count() as f64;
    let mean = present().sum::<f64>() / n;
    if !distinct(values) {
        return (mean, if n > 1.0 { 0.0 } else { f64::NAN });
    }
    let squares: f64 = present().map(|x| (x - mean) * (x - mean)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

/// Ranks from 1 = worst, ties sharing the lower, NaN for missing; and how many are present.
pub(crate) fn ranks_from_below(values: &[f64], sign: f64) -> (Vec<f64>, usize) {
    let present = |&i: &u32| !values[i as usize].is_nan();
    let mut order: Vec<u32> = (0..values.len() as u32).filter(present).collect();
    let key = |i: u32| values[i as usize] * sign;
    order.sort_unstable_by(|&a, &b| key(a).total_cmp(&key(b)));
    let mut ranks = vec![f64::NAN; values.len()];
    let mut rank = 0;
    for (at, &unit) in order.iter().enumerate() {
        if at == 0 || key(unit) != key(order[at - 1]) {
            rank = at + 1;
        }
        ranks[unit as usize] = rank as f64;
    }
    (ranks, order.len())
}
