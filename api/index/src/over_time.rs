//! Why a score or rank differs from the year before: own change, others' change, method change.

use serde::{Deserialize, Serialize};

use crate::{Edition, Error, Framework, Result, Table, compute};

/// A difference new − old and its parts, in points (more is better) or ranks (less is better).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// new − old.
    pub total: f64,
    /// What the new method alone makes of the old values.
    pub method: f64,
    /// What the unit's own new values make: the mean of going first and going second, before and
    /// after the others', so that neither order is preferred.
    pub own: f64,
    /// What the others' make, units that came or went among them: the mean likewise.
    pub others: f64,
}

/// The change of one unit's index between two editions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// The old values could be computed under the new method.
    Split {
        /// Of the index, in points.
        score: Split,
        /// Of the rank.
        rank: Split,
    },
    /// They could not, for want of these columns: only the totals can be given, and they compare
    /// figures made in different ways.
    Whole {
        /// New index − old.
        score: f64,
        /// New rank − old.
        rank: f64,
        /// Codes of the columns that the old table lacks.
        missing: Vec<String>,
    },
}

/// Splits the change of a unit's index. Columns of the old table are taken to mean the same as
/// those of that code in the new one: the caller renames what was renamed.
///
/// # Errors
/// [`Error::UnknownUnit`] or [`Error::Unscored`] when the unit has no index in one of the editions
/// compared, and what [`compute`] refuses.
pub fn over_time(old: (&Framework, &Table), new: (&Framework, &Table), unit: &str) -> Result<Change> {
    let before = index(old.0, &compute(old.0, old.1)?, unit)?;
    let after = index(new.0, &compute(new.0, new.1)?, unit)?;
    let lacks = |code: &&String| old.1.place(code).is_err();
    let missing: Vec<String> = new.1.codes().iter().filter(lacks).cloned().collect();
    if !missing.is_empty() {
        return Ok(Change::Whole { score: after.0 - before.0, rank: after.1 - before.1, missing });
    }
    let old_values = new.1.like(old.1)?;
    let moved = |base: &Table, own: &Table| {
        let mut table = base.clone();
        for code in base.codes() {
            table.set(unit, code, own.value(unit, code)?)?;
        }
        index(new.0, &compute(new.0, &table)?, unit)
    };
    let anew = index(new.0, &compute(new.0, &old_values)?, unit)?;
    let own_first = moved(&old_values, new.1)?;
    let others_first = moved(new.1, &old_values)?;
    let split = |of: fn((f64, f64)) -> f64| {
        let [before, anew, own_first, others_first, after] =
            [before, anew, own_first, others_first, after].map(of);
        Split {
            total: after - before,
            method: anew - before,
            own: f64::midpoint(own_first - anew, after - others_first),
            others: f64::midpoint(others_first - anew, after - own_first),
        }
    };
    Ok(Change::Split { score: split(|s| s.0), rank: split(|s| s.1) })
}

fn index(framework: &Framework, edition: &Edition, unit: &str) -> Result<(f64, f64)> {
    let (root, row) = (framework.root(), edition.table().unit(unit)?);
    let score = edition.scored(framework, root, row)?;
    let unscored = || Error::Unscored { code: framework.code(root).into(), unit: unit.into() };
    Ok((score, edition.rank(root, row).ok_or_else(unscored)?))
}
