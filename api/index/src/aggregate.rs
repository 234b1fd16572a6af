//! Step 5: children to parents, up to the index.

use crate::method::Aggregation;

/// Units handled at once: the sums of a block stay in the nearest cache while all children pass.
const BLOCK: usize = 256;

/// Weighted mean of a node's children for every unit, written to `out`.
///
/// `children` gives each child's weight and its scores, one per unit. A missing child is dropped
/// and the weights rescaled; the node is missing when no weight is left, or when fewer than
/// `availability` (0–1) of the children that have weight are present. Children are added in the
/// order given, so the same inputs give the same bits. Geometric and harmonic means take scores
/// ≥ 0 (the caller checks); one 0 makes them 0.
/// COINr: `Aggregate` with `a_amean`, `a_gmean`, `a_hmean` and `dat_thresh`.
pub fn aggregate<'a, C>(how: Aggregation, children: C, availability: f64, out: &mut [f64])
where
    C: Iterator<Item = (f64, &'a [f64])> + Clone,
{
    match how {
        Aggregation::Arithmetic => blocks(children, availability, out, |x| x, |mean| mean),
        Aggregation::Geometric => blocks(children, availability, out, f64::ln, f64::exp),
        Aggregation::Harmonic => blocks(children, availability, out, f64::recip, f64::recip),
    }
}

/// The three means are the arithmetic one between a function and its inverse.
fn blocks<'a, C>(
    children: C,
    availability: f64,
    out: &mut [f64],
    into: impl Fn(f64) -> f64,
    back: impl Fn(f64) -> f64,
) where
    C: Iterator<Item = (f64, &'a [f64])> + Clone,
{
    let children = children.filter(|&(weight, _)| weight > 0.0);
    let needed = availability * children.clone().count() as f64;
    for (block, out) in out.chunks_mut(BLOCK).enumerate() {
        let (mut sums, mut weights, mut counts) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
        for (weight, scores) in children.clone() {
            let scores = &scores[block * BLOCK..][..out.len()];
            let sums = sums.iter_mut().zip(&mut weights).zip(&mut counts);
            for (((sum, total), count), &score) in sums.zip(scores) {
                let there = !score.is_nan();
                *sum += if there { weight * into(score) } else { 0.0 };
                *total += if there { weight } else { 0.0 };
                *count += if there { 1.0 } else { 0.0 };
            }
        }
        // 0/0 where nothing is present: missing by itself.
        for (((out, sum), total), count) in out.iter_mut().zip(sums).zip(weights).zip(counts) {
            *out = if count < needed { f64::NAN } else { back(sum / total) };
        }
    }
}
