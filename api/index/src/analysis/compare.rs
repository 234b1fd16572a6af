//! One unit against the others: its strengths and weaknesses, and how far the rest is.

use serde::{Deserialize, Serialize};

use crate::{Edition, Framework};

/// How many indicators to list, and which to leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileRule {
    /// How many of the best.
    pub strengths: usize,
    /// How many of the worst.
    pub weaknesses: usize,
    /// Leave out indicators in which the unit is last among all. COINr: `min_discard`.
    pub discard_last: bool,
}

impl Default for ProfileRule {
    fn default() -> Self {
        Self { strengths: 5, weaknesses: 5, discard_last: true }
    }
}

/// An indicator with the unit's rank.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Place of the indicator in the framework.
    pub node: usize,
    /// 1 = highest.
    pub rank: f64,
    /// Not rounded.
    pub score: f64,
}

/// Strengths, best first, and weaknesses, worst first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Best first.
    pub strengths: Vec<Mark>,
    /// Worst first.
    pub weaknesses: Vec<Mark>,
}

/// The unit's best and worst ranks over indicators. Ties keep the order of the framework in
/// strengths and the reverse in weaknesses. COINr: `get_str_weak`.
pub fn strengths_and_weaknesses(
    framework: &Framework,
    edition: &Edition,
    unit: usize,
    rule: ProfileRule,
) -> Profile {
    let mark = |&node: &usize| {
        let own = edition.ranks(node)[unit];
        let last = edition.ranks(node).iter().map(|rank| rank.0).max();
        let kept = !(rule.discard_last && last == Some(own.0));
        let (rank, score) = (own.value()?, edition.score(node, unit)?);
        kept.then_some(Mark { node, rank, score })
    };
    let mut marks: Vec<Mark> = framework.indicators().iter().filter_map(mark).collect();
    marks.sort_by(|a, b| a.rank.total_cmp(&b.rank));
    Profile {
        strengths: marks.iter().take(rule.strengths).copied().collect(),
        weaknesses: marks.iter().rev().take(rule.weaknesses).copied().collect(),
    }
}

/// How far a unit's score at a node is from the others'. Differences are theirs minus its own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// Place of the node in the framework.
    pub node: usize,
    /// The unit's own score, not rounded.
    pub score: f64,
    /// Mean over all units that have a score.
    pub mean: f64,
    /// Points to the mean; negative above it.
    pub to_mean: f64,
    /// Row of the first of the best units.
    pub best: usize,
    /// Points to the best unit.
    pub to_best: f64,
    /// Row of the unit next above in rank, and the points to it; `None` for the best.
    pub above: Option<(usize, f64)>,
}

/// Gaps of a unit at every node where it has a score, in node order.
pub fn gaps(framework: &Framework, edition: &Edition, unit: usize) -> Vec<Gap> {
    let gap = |node: usize| {
        let score = edition.score(node, unit)?;
        let own = edition.ranks(node)[unit];
        let present = || edition.scores(node).iter().enumerate().filter(|(_, x)| !x.is_nan());
        let (count, sum) = present().fold((0, 0.0), |(count, sum), (_, x)| (count + 1, sum + x));
        let mean = sum / f64::from(count);
        let higher = |a: (usize, f64), (u, &x): (usize, &f64)| if x > a.1 { (u, x) } else { a };
        let (best, top) = present().fold((unit, score), higher);
        let ahead = present().filter(|(u, _)| edition.ranks(node)[*u].0 < own.0);
        let above = ahead.min_by(|a, b| a.1.total_cmp(b.1)).map(|(u, x)| (u, x - score));
        Some(Gap { node, score, mean, to_mean: mean - score, best, to_best: top - score, above })
    };
    (0..framework.nodes().len()).filter_map(gap).collect()
}
