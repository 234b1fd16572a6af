//! The rules: from the rows about a figure or a report to what is found in it.

use std::fmt::Display;
use std::ops::RangeInclusive;

use entity::*;

use super::Finding;
use crate::error::{Code, Problem};
use crate::text::fold;

/// Two numbers are the same if they differ by no more than this share of the greater: what a conversion may lose, and
/// nothing that anybody writes.
const TOLERANCE: f64 = 1e-9;
/// Change against the value before from which a short history calls a value unusual.
const MOST_CHANGE: f64 = 0.5;
/// Earlier values from which on their spread tells what is usual.
const ENOUGH: usize = 4;
/// How many deviations from the median are usual.
const DEVIATIONS: f64 = 3.0;
/// From a median absolute deviation to the standard deviation of a normal distribution.
const CONSISTENCY: f64 = 1.4826;

/// What is known about a supplied figure.
pub(super) struct Supplied<'a> {
    /// The figure.
    pub row: &'a data_submission::Model,
    /// The unit of its indicator.
    pub unit: &'a str,
    /// The evidence attached to it.
    pub evidence: &'a [evidence::Model],
    /// What was published in earlier years, oldest first.
    pub past: &'a [f64],
}

/// What is known about a report.
pub(super) struct Reported<'a> {
    /// The report.
    pub row: &'a progress_report::Model,
    /// Whether reports on its task need evidence.
    pub needs_evidence: bool,
    /// The evidence attached to it.
    pub evidence: &'a [evidence::Model],
    /// What the report that was accepted last said on the same assignment.
    pub accepted_percent: Option<i32>,
    /// The years that its period covers, if it names one.
    pub years: Option<RangeInclusive<i32>>,
}

fn problem(code: Code) -> Problem {
    Problem::new("id", code)
}

/// What is found in a supplied figure.
pub(super) fn supplied(known: &Supplied<'_>) -> Vec<Finding> {
    let proofs = proofs(known.evidence);
    let mut found = pending(known.evidence);
    if proofs.is_empty() && found.is_empty() {
        found.push(Finding::blocking(problem(Code::EvidenceRequired)));
    }
    found.extend(disagreements(known.row, known.unit, proofs).into_iter().map(Finding::blocking));
    if let Some(usual) = usual(known.past).filter(|usual| !usual.contains(&known.row.value)) {
        found.push(Finding::warning(outlier(known.row.value, &usual)));
    }
    found
}

/// What is found in a report.
pub(super) fn reported(known: &Reported<'_>) -> Vec<Finding> {
    let proofs = proofs(known.evidence);
    let mut found = pending(known.evidence);
    if known.needs_evidence && proofs.is_empty() && found.is_empty() {
        found.push(Finding::blocking(problem(Code::EvidenceRequired)));
    }
    if let Some(before) = known.accepted_percent.filter(|before| known.row.percent < *before) {
        found.push(Finding::warning(problem(Code::PercentDecreased).with(before)));
    }
    if known.row.percent == 100 && known.evidence.is_empty() {
        found.push(Finding::warning(problem(Code::DoneWithoutEvidence)));
    }
    if let Some(years) = &known.years {
        let others = proofs.iter().filter_map(|proof| proof.stated_year).filter(|year| !years.contains(year));
        let others = listed(others);
        if !others.is_empty() {
            found.push(Finding::warning(problem(Code::EvidenceOutsidePeriod).with(others)));
        }
    }
    found
}

/// What proves something: its file is there and was not rejected.
fn proofs(evidence: &[evidence::Model]) -> Vec<&evidence::Model> {
    let stands =
        |row: &&evidence::Model| matches!(row.status, EvidenceStatus::Ready | EvidenceStatus::Accepted);
    evidence.iter().filter(stands).collect()
}

fn pending(evidence: &[evidence::Model]) -> Vec<Finding> {
    let missing = evidence.iter().find(|row| row.status == EvidenceStatus::Pending);
    let told = |row: &evidence::Model| Finding::blocking(problem(Code::EvidencePending).with(&row.title));
    missing.map(told).into_iter().collect()
}

/// Where a figure says something else than what it stands on. One proof must state its value, and that one the same
/// unit and year as far as it states them.
fn disagreements(row: &data_submission::Model, unit: &str, proofs: Vec<&evidence::Model>) -> Vec<Problem> {
    let mut found = Vec::new();
    let (equal, other): (Vec<_>, Vec<_>) = proofs
        .iter()
        .copied()
        .filter(|proof| proof.stated_value.is_some())
        .partition(|proof| proof.stated_value.is_some_and(|value| same(value, row.value)));
    if equal.is_empty() && !other.is_empty() {
        let (vi, en) = numbers(other.iter().filter_map(|proof| proof.stated_value));
        found.push(problem(Code::ValueMismatch).in_words(vi, en));
    }
    let mut left = if equal.is_empty() { proofs } else { equal };
    let is_unit = |stated: &str| fold(stated) == fold(&row.value_unit);
    let units = listed(left.iter().filter_map(|proof| proof.stated_unit.as_deref()));
    if !is_unit(unit) {
        found.push(problem(Code::UnitMismatch).with(format_args!("{} ≠ {unit}", row.value_unit)));
    } else if !agree(&mut left, |proof| proof.stated_unit.as_deref().map(is_unit)) {
        found.push(problem(Code::UnitMismatch).with(format_args!("{} ≠ {units}", row.value_unit)));
    }
    let years = listed(left.iter().filter_map(|proof| proof.stated_year));
    if !agree(&mut left, |proof| proof.stated_year.map(|year| year == row.value_year)) {
        found.push(problem(Code::YearMismatch).with(years));
    }
    found
}

/// Whether one of those that state something states what is wanted, if any does; those that state something else go.
fn agree(proofs: &mut Vec<&evidence::Model>, says: impl Fn(&evidence::Model) -> Option<bool>) -> bool {
    let stated: Vec<bool> = proofs.iter().filter_map(|proof| says(proof)).collect();
    let agrees = stated.is_empty() || stated.contains(&true);
    if agrees {
        proofs.retain(|proof| says(proof) != Some(false));
    }
    agrees
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= TOLERANCE * a.abs().max(b.abs())
}

/// What is usual after these values, oldest first. Of four or more: the median and three scaled median absolute
/// deviations to either side (Leys, Ley, Klein, Bernard & Licata 2013, "Detecting outliers: Do not use standard deviation
/// around the mean, use absolute deviation around the median", Journal of Experimental Social Psychology 49(4), 764–766).
/// Of fewer, or where most are the same: within half of the last one, a ratio edit against the period before (United
/// Nations, "Glossary of Terms on Statistical Data Editing", 2000). Nothing is known after 0 or after no value at all.
fn usual(past: &[f64]) -> Option<RangeInclusive<f64>> {
    if past.len() >= ENOUGH {
        let center = median(past.to_vec());
        let deviation = median(past.iter().map(|value| (value - center).abs()).collect());
        if deviation > 0.0 {
            let reach = DEVIATIONS * CONSISTENCY * deviation;
            return Some(center - reach..=center + reach);
        }
    }
    let last = past.last().filter(|last| **last != 0.0)?;
    let reach = MOST_CHANGE * last.abs();
    Some(last - reach..=last + reach)
}

/// The middle of some values, at least one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}

fn outlier(value: f64, usual: &RangeInclusive<f64>) -> Problem {
    let (value_vi, value_en) = numbers([value]);
    let (low_vi, low_en) = numbers([index::round(*usual.start(), 4)]);
    let (high_vi, high_en) = numbers([index::round(*usual.end(), 4)]);
    problem(Code::Outlier).in_words(
        format_args!("{value_vi} nằm ngoài {low_vi} – {high_vi}"),
        format_args!("{value_en} is outside {low_en} – {high_en}"),
    )
}

/// Each of some words once.
fn listed(words: impl IntoIterator<Item = impl Display>) -> String {
    let mut words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    words.sort();
    words.dedup();
    words.join(", ")
}

/// Numbers as Vietnamese and as English writes them.
fn numbers(values: impl IntoIterator<Item = f64>) -> (String, String) {
    let values: Vec<f64> = values.into_iter().collect();
    let vi = values.iter().map(|value| value.to_string().replace('.', ","));
    (vi.collect::<Vec<_>>().join("; "), values.iter().map(f64::to_string).collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_history_allows_half_of_the_last_value() {
        assert_eq!(usual(&[]), None);
        assert_eq!(usual(&[3.0, 0.0]), None);
        assert_eq!(usual(&[1.0, 10.0]), Some(5.0..=15.0));
        assert_eq!(usual(&[-10.0]), Some(-15.0..=-5.0));
        assert_eq!(usual(&[7.0, 7.0, 7.0, 8.0]), Some(4.0..=12.0), "most are the same");
    }

    #[test]
    fn a_long_history_allows_three_deviations_from_its_median() {
        let usual = usual(&[10.0, 12.0, 11.0, 13.0, 90.0]).expect("a range");
        assert!(same(*usual.start(), 12.0 - 3.0 * 1.4826) && same(*usual.end(), 12.0 + 3.0 * 1.4826));
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert!(same(0.1 + 0.2, 0.3) && same(0.0, 0.0));
        assert!(!same(58.9, 58.901) && !same(0.0, 1e-12));
    }
}
