//! The search where scores can be written down: what each lever gains, and whom it moves.

use super::knapsack::{Filling, Part, fill};
use super::lever::{Problem, Response};
use super::threshold::threshold;
use super::{Proof, Wanted};
use crate::Result;

/// Combinations of choices that are all tried; above it the search goes lever by lever.
const MOST_COMBINATIONS: usize = 4_096;
/// Combinations refined in the end.
const KEPT: usize = 6;
/// Points tried on a stretch where the others move.
const POINTS: usize = 4;
/// Trials of the last refinement, all together.
const MOST_TRIES: usize = 8_000;

/// What is left for a lever once it has chosen where the ends of the scale lie: it stands at
/// `at`, which gains `gain` by itself and moves the others by `rivals`; on a further stretch the
/// others stand still and it gains in proportion.
#[derive(Clone)]
struct Choice {
    at: f64,
    gain: f64,
    rivals: Vec<f64>,
    room: f64,
    slope: f64,
}

/// The cheapest combinations so far, from the cheapest; several, because the refinement of the
/// second may end below that of the first.
#[derive(Default)]
struct Best(Vec<(f64, Vec<Choice>)>);

impl Best {
    fn keep(&mut self, cost: f64, picked: &[Choice]) {
        let at = self.0.partition_point(|(less, _)| *less <= cost);
        if at < KEPT {
            self.0.truncate(KEPT - 1);
            self.0.insert(at, (cost, picked.to_vec()));
        }
    }

    /// Above this cost a combination is not kept.
    fn limit(&self) -> f64 {
        self.0.get(KEPT - 1).map_or(f64::INFINITY, |(cost, _)| *cost)
    }
}

/// Levers whose gains are straight lines with bends, and the scores they start from.
pub(super) struct Linear<'a> {
    problem: &'a Problem<'a>,
    /// Per lever, its choices: the first is to leave the others alone.
    choices: Vec<Vec<Choice>>,
    shares: &'a [Vec<f64>],
    responses: &'a [Response],
    own: f64,
    rivals: Vec<f64>,
    ranked: bool,
}

impl<'a> Linear<'a> {
    pub fn new(problem: &'a Problem<'a>, shares: &'a [Vec<f64>], responses: &'a [Response]) -> Self {
        let scores = problem.base.scores(problem.node);
        let mut rivals = scores.to_vec();
        rivals[problem.row] = f64::NAN;
        let ranked = matches!(problem.wanted, Wanted::Rank(_));
        let own = scores[problem.row];
        let mut linear = Self { problem, choices: Vec::new(), shares, responses, own, rivals, ranked };
        linear.choices = (0..problem.levers.len()).map(|i| linear.choices_of(i)).collect();
        linear
    }

    /// Steps at which the own score begins to rise and stops rising.
    fn stretch(&self, i: usize) -> (f64, f64) {
        let lever = &self.problem.levers[i];
        let steps_to = |value: f64| ((value - lever.value) / lever.step).max(0.0).min(lever.most);
        match self.responses[i] {
            Response::Range { least, most, .. } => (steps_to(least), steps_to(most)),
            Response::Posts { worst, best, cap: true, .. } => (steps_to(worst), steps_to(best)),
            Response::Posts { .. } => (0.0, lever.most),
        }
    }

    /// Points at the node per step, where the own score rises.
    fn slope(&self, i: usize) -> f64 {
        let lever = &self.problem.levers[i];
        let (width, scale) = match self.responses[i] {
            Response::Range { least, most, scale } => (most - least, scale),
            Response::Posts { worst, best, scale, .. } => (best - worst, scale),
        };
        self.shares[self.problem.row][lever.leaf] * lever.step / width * scale
    }

    /// Steps without those that change nothing for the goal.
    pub fn useful(&self, all: &[f64]) -> Vec<f64> {
        let useful = |(i, &most): (usize, &f64)| {
            let (from, to) = self.stretch(i);
            match self.ranked && matches!(self.responses[i], Response::Range { .. }) {
                true => most,
                false if from < to => to,
                false => 0.0,
            }
        };
        all.iter().enumerate().map(useful).collect()
    }

    fn choices_of(&self, i: usize) -> Vec<Choice> {
        let lever = &self.problem.levers[i];
        let (from, to) = self.stretch(i);
        let slope = self.slope(i);
        let moves = self.ranked && matches!(self.responses[i], Response::Range { .. });
        let rising = |at: f64| Choice { room: to - at, slope, ..self.choice(i, at) };
        if !moves || (from == 0.0 && to >= lever.most) {
            return vec![rising(0.0)];
        }
        let mut choices = vec![if from == 0.0 { rising(0.0) } else { self.choice(i, 0.0) }];
        let part = |a: f64, b: f64, k: usize| a + (b - a) * k as f64 / POINTS as f64;
        if from > 0.0 {
            // The further on this stretch, the more a step gains: the inside is seldom best.
            choices.push(self.choice(i, from / 2.0));
            choices.push(rising(from));
        }
        if to < lever.most {
            choices.extend((1..=POINTS).map(|k| self.choice(i, part(to, lever.most, k))));
        }
        choices
    }

    /// Standing at `at` steps, with no stretch left.
    fn choice(&self, i: usize, at: f64) -> Choice {
        let (from, to) = self.stretch(i);
        let gain = self.slope(i) * (at.min(to) - from).max(0.0);
        Choice { at, gain, rivals: self.moved(i, at), room: 0.0, slope: 0.0 }
    }

    /// What each rival's score at the node changes by; empty when none does.
    fn moved(&self, i: usize, at: f64) -> Vec<f64> {
        let lever = &self.problem.levers[i];
        let Response::Range { least, most, scale } = self.responses[i] else { return Vec::new() };
        let ends = |own: f64| (least.min(own), most.max(own));
        let (before, after) = (ends(lever.value), ends(lever.value + at * lever.step));
        if before == after || !self.ranked {
            return Vec::new();
        }
        let sign = self.problem.framework.indicator(lever.column).direction.sign();
        let values = self.problem.base.denominated.column(lever.column);
        let score = |x: f64, (low, high): (f64, f64)| (x * sign - low) / (high - low) * scale;
        let moved = |(unit, &x): (usize, &f64)| {
            let change = score(x, after) - score(x, before);
            if change.is_nan() { 0.0 } else { self.shares[unit][lever.leaf] * change }
        };
        values.iter().enumerate().map(moved).collect()
    }

    /// Whether no lever can move another unit's score so that it matters.
    pub fn others_stand_still(&self) -> bool {
        !self.ranked || self.choices.iter().all(|choices| choices.len() == 1)
    }

    /// The steps that reach the goal with `margin` to spare (relative to the score) at least cost,
    /// or `None` when that is out of reach.
    pub fn cheapest(&self, margin: f64) -> Result<Option<(Vec<f64>, Proof)>> {
        if self.others_stand_still() {
            let filling = self.still(margin);
            let proof = |proven| if proven { Proof::Cheapest } else { Proof::Searched };
            return Ok(filling.map(|f| (f.steps, proof(f.proven))));
        }
        let mut picked: Vec<Choice> = self.choices.iter().map(|choices| choices[0].clone()).collect();
        let moving: Vec<usize> = (0..self.choices.len()).filter(|&i| self.choices[i].len() > 1).collect();
        let combinations = moving.iter().try_fold(1usize, |n, &i| n.checked_mul(self.choices[i].len()));
        let mut best = Best::default();
        if combinations.is_some_and(|n| n <= MOST_COMBINATIONS) {
            self.combine(&moving, &mut picked, 0.0, margin, &mut best)?;
        } else {
            self.one_by_one(&moving, &picked, margin, &mut best)?;
        }
        let mut found: Option<(f64, Vec<f64>)> = None;
        let mut tries = MOST_TRIES;
        for (_, mut picked) in best.0 {
            if (self.problem.cancelled)() {
                return Err(crate::Error::Cancelled);
            }
            self.refine(&moving, &mut picked, margin, &mut tries);
            let steps = self.rest(&picked, margin);
            found = found.into_iter().chain(steps).min_by(|a, b| a.0.total_cmp(&b.0));
        }
        Ok(found.map(|(_, steps)| (steps, Proof::Searched)))
    }

    /// When no rival moves: one threshold, and the setups left to the knapsack.
    fn still(&self, margin: f64) -> Option<Filling> {
        let need = self.need(&self.rivals, margin)? - self.own;
        let part = |i: usize| {
            let (from, to) = self.stretch(i);
            let (slope, cost) = (self.slope(i), self.problem.levers[i].cost);
            (to > from && slope > 0.0).then_some((i, Part { setup: from, room: to - from, slope, cost }))
        };
        let (at, parts): (Vec<usize>, Vec<Part>) = (0..self.choices.len()).filter_map(part).unzip();
        let filling = fill(&parts, need)?;
        let mut steps = vec![0.0; self.choices.len()];
        at.into_iter().zip(&filling.steps).for_each(|(i, &x)| steps[i] = x);
        Some(Filling { steps, ..filling })
    }

    /// The score needed among rivals with these scores.
    fn need(&self, rivals: &[f64], margin: f64) -> Option<f64> {
        let score = match self.problem.wanted {
            Wanted::Score(score) => score,
            Wanted::Rank(rank) => {
                let ranking = self.problem.framework.method().ranking;
                threshold(rivals, f64::from(rank), ranking)?
            }
        };
        Some(score + margin * score.abs().max(1.0))
    }

    /// Cost and steps when the choices are made: the stretches left over are filled.
    fn rest(&self, picked: &[Choice], margin: f64) -> Option<(f64, Vec<f64>)> {
        let mut rivals = self.rivals.clone();
        let (mut own, mut cost) = (self.own, 0.0);
        for (choice, lever) in picked.iter().zip(&self.problem.levers) {
            own += choice.gain;
            cost += choice.at * lever.cost;
            rivals.iter_mut().zip(&choice.rivals).for_each(|(score, change)| *score += change);
        }
        let open = |i: &usize| picked[*i].room > 0.0 && picked[*i].slope > 0.0;
        let at: Vec<usize> = (0..picked.len()).filter(open).collect();
        let part = |&i: &usize| Part {
            setup: 0.0,
            room: picked[i].room,
            slope: picked[i].slope,
            cost: self.problem.levers[i].cost,
        };
        let parts: Vec<Part> = at.iter().map(part).collect();
        let filling = fill(&parts, self.need(&rivals, margin)? - own)?;
        let mut steps: Vec<f64> = picked.iter().map(|choice| choice.at).collect();
        at.into_iter().zip(filling.steps).for_each(|(i, x)| steps[i] += x);
        Some((cost + filling.cost, steps))
    }

    fn combine(
        &self,
        moving: &[usize],
        picked: &mut [Choice],
        spent: f64,
        margin: f64,
        best: &mut Best,
    ) -> Result<()> {
        if (self.problem.cancelled)() {
            return Err(crate::Error::Cancelled);
        }
        if spent >= best.limit() {
            return Ok(());
        }
        let Some((&i, others)) = moving.split_first() else {
            if let Some((cost, _)) = self.rest(picked, margin) {
                best.keep(cost, picked);
            }
            return Ok(());
        };
        for choice in &self.choices[i] {
            picked[i] = choice.clone();
            let spent = spent + choice.at * self.problem.levers[i].cost;
            self.combine(others, picked, spent, margin, best)?;
        }
        Ok(())
    }

    /// Too many combinations: from "none moves", from "all go as far as they can" and from each
    /// going alone, changes one lever at a time as long as that helps.
    fn one_by_one(&self, moving: &[usize], still: &[Choice], margin: f64, best: &mut Best) -> Result<()> {
        let furthest = |i: usize| self.choices[i][self.choices[i].len() - 1].clone();
        let mut all = still.to_vec();
        moving.iter().for_each(|&i| all[i] = furthest(i));
        let alone = moving.iter().map(|&i| {
            let mut one = still.to_vec();
            one[i] = furthest(i);
            one
        });
        for mut picked in [still.to_vec(), all].into_iter().chain(alone) {
            let mut least = self.rest(&picked, margin).map_or(f64::INFINITY, |(cost, _)| cost);
            let mut helped = true;
            while helped {
                helped = false;
                for &i in moving {
                    if (self.problem.cancelled)() {
                        return Err(crate::Error::Cancelled);
                    }
                    for choice in &self.choices[i] {
                        let old = std::mem::replace(&mut picked[i], choice.clone());
                        match self.rest(&picked, margin) {
                            Some((cost, _)) if cost < least => (least, helped) = (cost, true),
                            _ => picked[i] = old,
                        }
                    }
                }
            }
            if least.is_finite() {
                best.keep(least, &picked);
            }
        }
        Ok(())
    }

    /// Choices between the points tried: moves each to and fro by ever smaller distances, first
    /// alone, then with another that goes as far as the goal then needs.
    fn refine(&self, moving: &[usize], picked: &mut Vec<Choice>, margin: f64, tries: &mut usize) {
        let Some((mut least, _)) = self.rest(picked, margin) else { return };
        for paired in [false, true] {
            let mut width = 1.0 / POINTS as f64;
            while width > 1e-9 && *tries > 0 {
                let before = least;
                for (&i, side) in moving.iter().flat_map(|i| [(i, -width), (i, width)]) {
                    let most = self.problem.levers[i].most;
                    let mut moved = picked.clone();
                    moved[i] = self.choice(i, (picked[i].at + side * most).clamp(0.0, most));
                    let mut found = Vec::new();
                    if paired {
                        let others = moving.iter().filter(|&&j| j != i);
                        found.extend(others.filter_map(|&j| self.balanced(&moved, j, margin, tries)));
                    } else {
                        *tries = tries.saturating_sub(1);
                        found.push(moved);
                    }
                    for trial in found {
                        if let Some((cost, _)) = self.rest(&trial, margin)
                            && cost < least
                        {
                            (least, *picked) = (cost, trial);
                        }
                    }
                }
                if least > before - 1e-6 * before.abs() {
                    width /= if paired { 4.0 } else { 2.0 };
                }
            }
        }
    }

    /// The same choices with lever `j` as low as the goal allows.
    fn balanced(&self, picked: &[Choice], j: usize, margin: f64, tries: &mut usize) -> Option<Vec<Choice>> {
        let mut trial = picked.to_vec();
        let (mut short, mut enough) = (0.0, self.problem.levers[j].most);
        trial[j] = self.choice(j, enough);
        self.rest(&trial, margin)?;
        for _ in 0..32 {
            *tries = tries.checked_sub(1)?;
            trial[j] = self.choice(j, f64::midpoint(short, enough));
            let far = self.rest(&trial, margin).is_some();
            *(if far { &mut enough } else { &mut short }) = trial[j].at;
        }
        trial[j] = self.choice(j, enough);
        Some(trial)
    }
}
