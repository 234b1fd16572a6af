//! From children's scores to their parent's.

use super::{Child, Missing, Outcome, Step};
use crate::table::present;
use crate::{Aggregation, Edition, Framework};

pub(super) fn steps(
    framework: &Framework,
    edition: &Edition,
    node: usize,
    unit: usize,
    steps: &mut Vec<Step>,
) -> Outcome {
    let aggregation = framework.aggregation(node);
    let availability = framework.method().availability;
    let weight = |child: usize| framework.nodes()[child].weight;
    let weighted = || framework.children(node).iter().copied().filter(|&child| weight(child) > 0.0);
    let there = || weighted().filter(|&child| edition.score(child, unit).is_some());
    let (count, found) = (weighted().count(), there().count());
    let needed = (availability * count as f64).ceil().max(1.0) as usize;
    let total: f64 = there().map(weight).sum();
    let child = |&child: &usize| {
        let score = edition.score(child, unit);
        let share = if score.is_some() && total > 0.0 { weight(child) / total } else { 0.0 };
        let additive = aggregation == Aggregation::Arithmetic;
        let points = score.filter(|_| additive).map(|score| share * score);
        Child { node: child, weight: weight(child), share, score, points }
    };
    let children = framework.children(node).iter().map(child).collect();

    // Made again, for a what-if may have laid another score over it.
    let columns = weighted().map(|child| (weight(child), &edition.scores[child][unit..=unit]));
    let mut out = [0.0];
    crate::aggregate::aggregate(aggregation, columns, availability, &mut out);
    let result = present(out[0]);
    steps.push(Step::Aggregated {
        aggregation,
        children,
        weighted: count,
        availability,
        needed,
        present: found,
        result,
    });
    result.ok_or(if found < needed { Missing::Children } else { Missing::Overflow })
}
