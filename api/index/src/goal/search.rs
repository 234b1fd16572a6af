//! From the question to the steps of each lever.

use super::lever::{Problem, Response};
use super::linear::Linear;
use super::threshold::threshold;
use super::{Proof, Wanted};
use crate::{Result, Ties};

/// The steps of each lever, and whether they are the cheapest.
pub(super) fn search(problem: &Problem<'_>) -> Result<(Vec<f64>, Proof)> {
    let none = vec![0.0; problem.levers.len()];
    if problem.reached(problem.base) {
        return Ok((none, Proof::Cheapest));
    }
    let all: Vec<f64> = problem.levers.iter().map(|lever| lever.most).collect();
    let responses: Option<Vec<Response>> =
        problem.levers.iter().map(|lever| problem.response(lever)).collect();
    let (Some(shares), Some(responses)) = (&problem.shares, responses) else {
        return by_engine(problem, all);
    };
    let linear = Linear::new(problem, shares, &responses);
    let furthest = linear.useful(&all);
    if !problem.reached(&problem.run(&furthest)?) {
        // More effort is never worse, unless others that move may come to share a printed score
        // and the rule for ties counts that.
        let ties = problem.framework.method().ranking.ties;
        let certain = linear.others_stand_still() || matches!(ties, Ties::Min | Ties::Max);
        return Ok((furthest, if certain { Proof::Cheapest } else { Proof::Searched }));
    }
    // What is enough in exact arithmetic may fall short by a rounding, so a little more is asked
    // for; just enough only where the limits allow no more.
    for margin in [1e-13, 0.0, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7] {
        if let Some((steps, proof)) = linear.cheapest(margin)?
            && problem.reached(&problem.run(&steps)?)
        {
            return Ok((steps, proof));
        }
    }
    by_engine(problem, furthest)
}

/// Where only the engine knows: the levers with the most progress per cost first, each to its
/// limit, then every lever taken back as far as the goal allows, the least worthwhile first.
fn by_engine(problem: &Problem<'_>, all: Vec<f64>) -> Result<(Vec<f64>, Proof)> {
    if !problem.reached(&problem.run(&all)?) {
        return Ok((all, Proof::Searched));
    }
    let mut steps = vec![0.0; all.len()];
    let mut used = Vec::new();
    let mut now = distance(problem, &steps)?;
    while !problem.reached(&problem.run(&steps)?) {
        let mut best: Option<(f64, usize, f64)> = None;
        for i in (0..all.len()).filter(|i| !used.contains(i)) {
            steps[i] = all[i];
            let after = distance(problem, &steps)?;
            steps[i] = 0.0;
            let worth = (now - after) / (all[i] * problem.levers[i].cost).max(f64::MIN_POSITIVE);
            if best.is_none_or(|(most, ..)| worth > most) {
                best = Some((worth, i, after));
            }
        }
        let Some((_, i, after)) = best else { return Ok((all, Proof::Searched)) };
        steps[i] = all[i];
        used.push(i);
        now = after;
    }
    for i in used.into_iter().rev() {
        let (mut short, mut enough) = (0.0, steps[i]);
        steps[i] = 0.0;
        if problem.reached(&problem.run(&steps)?) {
            continue;
        }
        for _ in 0..40 {
            steps[i] = f64::midpoint(short, enough);
            let reached = problem.reached(&problem.run(&steps)?);
            *(if reached { &mut enough } else { &mut short }) = steps[i];
        }
        steps[i] = enough;
    }
    Ok((steps, Proof::Searched))
}

/// Points still wanting at the node.
fn distance(problem: &Problem<'_>, steps: &[f64]) -> Result<f64> {
    let edition = problem.run(steps)?;
    let own = edition.scored(problem.framework, problem.node, problem.row)?;
    let mut rivals = edition.scores(problem.node).to_vec();
    rivals[problem.row] = f64::NAN;
    let need = match problem.wanted {
        Wanted::Score(score) => score,
        Wanted::Rank(rank) => {
            let ranking = problem.framework.method().ranking;
            threshold(&rivals, f64::from(rank), ranking).unwrap_or(f64::INFINITY)
        }
    };
    Ok(need - own)
}
