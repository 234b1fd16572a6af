//! From a raw value to the score of an indicator.

use super::{Formula, Missing, Outcome, Step};
use crate::normalise::{mean_and_deviation, ranks_from_below};
use crate::table::present;
use crate::treat::{kurtosis, range, skew};
use crate::{Edition, Framework, Imputation, Normalisation, Treated};

pub(super) fn steps(
    framework: &Framework,
    edition: &Edition,
    column: usize,
    unit: usize,
    steps: &mut Vec<Step>,
) -> Outcome {
    let value = edition.raw.value(column, unit);
    steps.push(Step::Raw { value });
    let mut outcome = value.ok_or(Missing::Value);

    if let Some(by) = edition.binding.denominators[column] {
        let by = present(edition.table.columns[by][unit]);
        let result = edition.denominated.value(column, unit);
        steps.push(Step::Denominated { value, by, result });
        outcome = outcome.and(result.ok_or(Missing::Denominator));
    }

    let method = framework.imputation(column);
    if method != Imputation::None && outcome.is_err() {
        let result = edition.imputed.value(column, unit);
        steps.push(Step::Imputed { method, members: members(edition, column, unit), result });
        outcome = result.ok_or(Missing::Members);
    }

    let what = edition.treatments[column];
    if what != Treated::Untouched {
        let values = edition.imputed.column(column);
        let (min, max) = range(values);
        let used = |end| (what == Treated::Logged).then_some(end);
        steps.push(Step::Treated {
            what,
            skew: present(skew(values)),
            kurtosis: present(kurtosis(values)),
            before: edition.imputed.value(column, unit),
            after: edition.treated.value(column, unit),
            min: used(min),
            max: used(max),
        });
    }

    let values = edition.treated.column(column);
    let sign = framework.indicator(column).direction.sign();
    let formula = formula(values, unit, sign, framework.normalisation(column));
    let result = edition.normalised.value(column, unit);
    steps.push(Step::Normalised { value: present(values[unit]), sign, formula, result });
    outcome.and(result.ok_or_else(|| unscored(formula)))
}

/// Units of the unit's group with a value to impute from.
fn members(edition: &Edition, column: usize, unit: usize) -> usize {
    let Some(groups) = &edition.table.groups else { return 0 };
    let values = edition.denominated.column(column);
    let members = groups.iter().zip(values).filter(|(group, _)| **group == groups[unit]);
    members.filter(|(_, value)| !value.is_nan()).count()
}

/// The numbers of the formula, from the functions that the normalisation itself asks.
fn formula(values: &[f64], unit: usize, sign: f64, how: Normalisation) -> Formula {
    let x = values[unit];
    let (min, max) = range(values);
    let (worst, best) = if sign > 0.0 { (min, max) } else { (max, min) };
    let observed = |end: f64| end.is_finite().then_some(end);
    let (worst, best) = (observed(worst), observed(best));
    let from_below = || {
        let (ranks, units) = ranks_from_below(values, sign);
        (present(ranks[unit]).map(|rank| rank as usize), units)
    };
    match how {
        Normalisation::MinMax { low, high } => Formula::MinMax { low, high, worst, best },
        Normalisation::Goalposts { min, max, scale, cap, log } => {
            let f = |x: f64| if log { x.ln() } else { x };
            let capped = cap && (x < min || x > max);
            let at = f(if capped { if x < min { min } else { max } } else { x });
            let (worst, best) = if sign > 0.0 { (f(min), f(max)) } else { (f(max), f(min)) };
            let at = at.is_finite().then_some(at);
            Formula::Goalposts { min, max, scale, cap, capped, log, at, worst, best }
        }
        Normalisation::ZScore { mean, sd } => {
            let (centre, deviation) = mean_and_deviation(values);
            Formula::ZScore { mean, sd, centre: present(centre), deviation: present(deviation) }
        }
        Normalisation::PercentileRank { scale } => {
            let (rank, units) = from_below();
            Formula::PercentileRank { scale, rank, units }
        }
        Normalisation::Rank => {
            let (rank, units) = from_below();
            Formula::Rank { rank, units }
        }
        Normalisation::DistanceToTarget { target, scale, cap } => {
            let fraction = worst.map(|worst| (x - worst) / (target - worst));
            let capped = cap && fraction.is_some_and(|fraction| fraction > 1.0);
            Formula::DistanceToTarget { target, scale, cap, capped, worst }
        }
    }
}

/// Why a formula made no score of a value that is there.
fn unscored(formula: Formula) -> Missing {
    match formula {
        Formula::MinMax { worst, best, .. } if worst == best => Missing::Range,
        Formula::ZScore { deviation: None | Some(0.0), .. } => Missing::Range,
        Formula::PercentileRank { .. } | Formula::Rank { .. } => Missing::Range,
        Formula::DistanceToTarget { target, worst, .. } if worst == Some(target) => Missing::Range,
        Formula::Goalposts { log: true, at: None, .. } => Missing::Logarithm,
        _ => Missing::Overflow,
    }
}
