//! Step 6: ranks on scores as published.

use crate::method::{Ranking, Ties};
use crate::treat::range;

/// Rounds half away from zero in decimal arithmetic, on the shortest decimal that stands for the
/// number, which is what people read: 2.675 at two decimals is 2.68 although the nearest binary
/// number lies below it. Missing (NaN) stays missing. UNDP and COINr publish such figures.
pub fn round(x: f64, decimals: u8) -> f64 {
    let decimals = decimals.min(15);
    match fast(x, decimals) {
        // Both operands are exact, so the quotient is the number nearest to the decimal.
        Some(steps) => steps / power(decimals),
        None => round_printed(x, decimals),
    }
}

fn power(decimals: u8) -> f64 {
    const POWERS: [f64; 16] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    POWERS[usize::from(decimals)]
}

/// The rounded number in steps of the last decimal, where binary arithmetic cannot be wrong: the
/// product is off by less than 2.3e-7 below 1e9, so a fraction further than 1e-6 from one half
/// rounds as the printed decimal does.
fn fast(x: f64, decimals: u8) -> Option<f64> {
    let scaled = x * power(decimals);
    let size = scaled.abs();
    let whole = size.trunc();
    let fraction = size - whole;
    if size < 1e9 && (fraction - 0.5).abs() > 1e-6 {
        Some((if fraction > 0.5 { whole + 1.0 } else { whole }).copysign(scaled))
    } else {
        None
    }
}

fn round_printed(x: f64, decimals: u8) -> f64 {
    if !x.is_finite() {
        return x;
    }
    let printed = x.abs().to_string();
    let Some((whole, fraction)) = printed.split_once('.') else {
        return x;
    };
    let decimals = usize::from(decimals);
    if fraction.len() <= decimals {
        return x;
    }
    let (kept, cut) = fraction.split_at(decimals);
    let mut digits = format!("0{whole}{kept}").into_bytes();
    if cut.as_bytes()[0] >= b'5' {
        for digit in digits.iter_mut().rev() {
            if *digit == b'9' {
                *digit = b'0';
            } else {
                *digit += 1;
                break;
            }
        }
    }
    let text: String = digits.into_iter().map(char::from).collect();
    let at = text.len() - decimals;
    let rounded = format!("{}.{}0", &text[..at], &text[at..]);
    rounded.parse::<f64>().map_or(x, |rounded| rounded.copysign(x))
}

/// A rank, doubled so that the mean of tied ranks is whole; 0 is unranked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rank(pub(crate) u32);

impl Rank {
    /// 1 = highest, halves only under [`Ties::Average`]; `None` for a missing score.
    pub fn value(self) -> Option<f64> {
        (self.0 > 0).then(|| f64::from(self.0) / 2.0)
    }
}

/// Ranks columns of scores, keeping its buffers from one to the next.
#[derive(Debug, Default)]
pub struct Ranker {
    keys: Vec<u32>,
    small: Vec<u64>,
    large: Vec<(f64, u32)>,
    counts: Vec<u32>,
}

/// The scores of a column as whole steps of the last decimal: a key is the number of steps above
/// `low`, at most `most`; a missing score has the key after that.
struct Steps {
    decimals: u8,
    low: f64,
    most: u32,
}

impl Ranker {
    /// Ranks of one column, one per unit, descending, written to `out`; missing is unranked.
    /// COINr: `rank_df` (on scores rounded as its shipped results are).
    pub fn rank(&mut self, scores: &[f64], ranking: Ranking, out: &mut [Rank]) {
        let Some(decimals) = ranking.decimals else {
            return self.compare(scores, ranking.ties, out);
        };
        let (least, greatest) = range(scores);
        if least > greatest {
            return out.fill(Rank(0));
        }
        let (low, high) = ((least * power(decimals)).floor(), (greatest * power(decimals)).ceil());
        if !(low > -1e9 && high < 1e9) {
            return self.compare(scores_rounded(scores, decimals).as_slice(), ranking.ties, out);
        }
        let steps = Steps { decimals, low, most: (high - low) as u32 };
        steps.keys(scores, &mut self.keys);
        if u64::from(steps.most) < 2 * scores.len() as u64 {
            self.count(steps.most, ranking.ties, out);
        } else {
            self.pack(steps.most, ranking.ties, out);
        }
    }

    /// Few distinct keys: one pass to count, one over the counts, one to read. Linear.
    fn count(&mut self, most: u32, ties: Ties, out: &mut [Rank]) {
        let missing = most as usize + 1;
        self.counts.clear();
        self.counts.resize(missing + 1, 0);
        for &key in &self.keys {
            self.counts[key as usize] += 1;
        }
        let mut above = Above::default();
        // Empty slots get a rank that nobody reads: cheaper than a branch that cannot be foreseen.
        for count in self.counts[..missing].iter_mut().rev() {
            *count = above.next(*count, ties).0;
        }
        self.counts[missing] = 0;
        for (out, &key) in out.iter_mut().zip(&self.keys) {
            *out = Rank(self.counts[key as usize]);
        }
    }

    /// Distance from the best and unit fit in one integer.
    fn pack(&mut self, most: u32, ties: Ties, out: &mut [Rank]) {
        self.small.clear();
        let present = (0u64..).zip(&self.keys).filter(|(_, key)| **key <= most);
        self.small.extend(present.map(|(unit, &key)| u64::from(most - key) << 32 | unit));
        self.small.sort_unstable();
        out.fill(Rank(0));
        let mut above = Above::default();
        for tied in self.small.chunk_by(|a, b| a >> 32 == b >> 32) {
            let rank = above.next(tied.len() as u32, ties);
            tied.iter().for_each(|&unit| out[unit as u32 as usize] = rank);
        }
    }

    fn compare(&mut self, scores: &[f64], ties: Ties, out: &mut [Rank]) {
        self.large.clear();
        let present = (0..).zip(scores).filter(|(_, score)| !score.is_nan());
        // + 0.0 makes one of the two zeros, which total_cmp would tell apart.
        self.large.extend(present.map(|(unit, &score)| (score + 0.0, unit)));
        self.large.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        out.fill(Rank(0));
        let mut above = Above::default();
        for tied in self.large.chunk_by(|a, b| a.0 == b.0) {
            let rank = above.next(tied.len() as u32, ties);
            tied.iter().for_each(|&(_, unit)| out[unit as usize] = rank);
        }
    }
}

impl Steps {
    fn keys(&self, scores: &[f64], keys: &mut Vec<u32>) {
        // 1.5·2^52: adding it leaves the nearest whole number in the low bits, in wide registers,
        // which neither a rounding nor a conversion instruction does on every processor.
        const MAGIC: f64 = 6_755_399_441_055_744.0;
        let (power, magic, missing) = (power(self.decimals), MAGIC - self.low, self.most + 1);
        let unsure = |scaled: f64| (scaled - (scaled + magic - magic)).abs() > 0.5 - 1e-6;
        keys.resize(scores.len(), 0);
        for (keys, scores) in keys.chunks_mut(256).zip(scores.chunks(256)) {
            let mut doubt = false;
            for (key, &score) in keys.iter_mut().zip(scores) {
                let scaled = score * power;
                *key = if score.is_nan() { missing } else { (scaled + magic).to_bits() as u32 };
                doubt |= unsure(scaled);
            }
            if !doubt {
                continue;
            }
            for (key, &score) in keys.iter_mut().zip(scores).filter(|(_, score)| unsure(**score * power)) {
                let step = (round_printed(score, self.decimals) * power).round();
                *key = (step - self.low) as u32;
            }
        }
    }
}

fn scores_rounded(scores: &[f64], decimals: u8) -> Vec<f64> {
    scores.iter().map(|&score| round(score, decimals)).collect()
}

/// What stands above the next group of tied units.
#[derive(Default)]
struct Above {
    units: u32,
    groups: u32,
}

impl Above {
    fn next(&mut self, tied: u32, ties: Ties) -> Rank {
        let doubled = match ties {
            Ties::Min => 2 * self.units + 2,
            Ties::Max => 2 * (self.units + tied),
            Ties::Average => 2 * self.units + tied + 1,
            Ties::Dense => 2 * self.groups + 2,
        };
        self.units += tied;
        self.groups += u32::from(tied > 0);
        Rank(doubled)
    }
}
