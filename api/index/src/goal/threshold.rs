//! The lowest score that still has a rank among given others.

use crate::rank::round;
use crate::{Ranking, Ties};

/// The lowest unrounded score with which a unit ranks `wanted` or better among `rivals` (scores of
/// the others, NaN left out); −∞ when any score does, `None` when none does. Halfway between two
/// printed scores the last bits decide, which only a run of the engine can tell.
pub(super) fn threshold(rivals: &[f64], wanted: f64, ranking: Ranking) -> Option<f64> {
    let printed = |x: f64| ranking.decimals.map_or(x, |decimals| round(x, decimals));
    let mut keys: Vec<f64> = rivals.iter().filter(|x| !x.is_nan()).map(|&x| printed(x)).collect();
    keys.sort_unstable_by(|a, b| b.total_cmp(a));
    if place(&keys, f64::NEG_INFINITY, ranking.ties) <= wanted {
        return Some(f64::NEG_INFINITY);
    }
    // Ranks change only at a rival's score or just above it, and never get worse with the score.
    let above = |key: f64| match ranking.decimals {
        Some(decimals) => round(key + 10f64.powi(-i32::from(decimals)), decimals),
        None => key.next_up(),
    };
    let good = |key: f64| place(&keys, key, ranking.ties) <= wanted;
    let first = keys
        .iter()
        .rev()
        .find_map(|&key| if good(key) { Some(key) } else { Some(above(key)).filter(|&key| good(key)) })?;
    Some(match ranking.decimals {
        Some(decimals) => first - 0.5 * 10f64.powi(-i32::from(decimals)),
        None => first,
    })
}

/// The rank of `own` among `keys`, which are sorted from the highest.
fn place(keys: &[f64], own: f64, ties: Ties) -> f64 {
    let above = keys.partition_point(|&key| key > own);
    let tied = keys[above..].partition_point(|&key| key == own);
    match ties {
        Ties::Min => above as f64 + 1.0,
        Ties::Max => (above + tied) as f64 + 1.0,
        Ties::Average => above as f64 + tied as f64 / 2.0 + 1.0,
        Ties::Dense => keys[..above].chunk_by(|a, b| a == b).count() as f64 + 1.0,
    }
}
