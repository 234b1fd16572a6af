//! The steps over whole tables: which columns each one touches, and what it can take over.

use std::sync::Arc;

use crate::edition::{Edition, Stage};
use crate::framework::Framework;
use crate::method::{Aggregation, Imputation, Treatment};
use crate::rank::{Rank, Ranker};
use crate::table::{Binding, Column, Table};
use crate::treat::Treated;
use crate::{Error, Result};

pub(crate) fn raw(
    framework: &Framework,
    table: &Table,
    before: Option<&Edition>,
) -> Result<(Arc<Binding>, Stage)> {
    let binding = match before {
        Some(edition) if Arc::ptr_eq(&edition.table.codes, &table.codes) => edition.binding.clone(),
        _ => Arc::new(table.bind(framework)?),
    };
    let columns = binding.values.iter().map(|&place| table.columns[place].clone()).collect();
    Ok((binding, Stage { columns }))
}

pub(crate) fn denominate(table: &Table, binding: &Binding, raw: &Stage, before: Option<&Edition>) -> Stage {
    let column = |(column, (values, &by)): (usize, (&Column, &Option<usize>))| {
        let Some(by) = by else { return values.clone() };
        let by = &table.columns[by];
        let same = |edition: &&Edition| {
            let old = edition.binding.denominators[column].map(|old| &edition.table.columns[old]);
            Arc::ptr_eq(&edition.raw.columns[column], values) && old.is_some_and(|old| Arc::ptr_eq(old, by))
        };
        match before.filter(same) {
            Some(edition) => edition.denominated.columns[column].clone(),
            None => Arc::new(crate::denominate::denominate(values, by)),
        }
    };
    Stage { columns: raw.columns.iter().zip(&binding.denominators).enumerate().map(column).collect() }
}

pub(crate) fn impute(
    framework: &Framework,
    table: &Table,
    denominated: &Stage,
    before: Option<&Edition>,
) -> Result<Stage> {
    let base = before.map(|edition| (&edition.denominated, &edition.imputed));
    denominated.step(base, |column, values| {
        let how = framework.imputation(column);
        if how == Imputation::None || !values.iter().any(|x| x.is_nan()) {
            return Ok(values.clone());
        }
        let groups = table.groups.as_ref().ok_or(Error::NoGroups)?;
        Ok(Arc::new(crate::impute::impute(values, groups, how)))
    })
}

pub(crate) fn treat(
    framework: &Framework,
    imputed: &Stage,
    before: Option<&Edition>,
) -> Result<(Stage, Vec<Treated>)> {
    let mut treatments = match before {
        Some(edition) => edition.treatments.clone(),
        None => vec![Treated::Untouched; imputed.columns.len()],
    };
    let base = before.map(|edition| (&edition.imputed, &edition.treated));
    let treated = imputed.step(base, |column, values| {
        let (what, treated) = match framework.treatment(column) {
            Treatment::None => (Treated::Untouched, None),
            Treatment::Outliers(rule) => crate::treat::treat(values, rule),
        };
        treatments[column] = what;
        Ok::<_, Error>(treated.map_or_else(|| values.clone(), Arc::new))
    })?;
    Ok((treated, treatments))
}

pub(crate) fn normalise(framework: &Framework, treated: &Stage, before: Option<&Edition>) -> Result<Stage> {
    let base = before.map(|edition| (&edition.treated, &edition.normalised));
    treated.step(base, |column, values| {
        let direction = framework.indicator(column).direction;
        let how = framework.normalisation(column);
        Ok(Arc::new(crate::normalise::normalise(values, direction, how)))
    })
}

pub(crate) fn aggregate(
    framework: &Framework,
    table: &Table,
    normalised: &Stage,
    base: Option<(&Framework, &Edition)>,
    laid: &[(usize, usize, f64)],
) -> Result<Vec<Column>> {
    let empty = Column::default();
    let mut scores = vec![empty; framework.nodes().len()];
    let lay = |node: usize, column: &mut Column| {
        for &(at, unit, score) in laid {
            if at == node && column[unit].to_bits() != score.to_bits() {
                Arc::make_mut(column)[unit] = score;
            }
        }
    };
    for (column, &node) in framework.indicators().iter().enumerate() {
        scores[node] = normalised.columns[column].clone();
        lay(node, &mut scores[node]);
    }
    for &node in framework.aggregates() {
        let children = framework.children(node);
        let same = |&(old, edition): &(&Framework, &Edition)| {
            children.iter().all(|&c| {
                old.nodes()[c].weight.to_bits() == framework.nodes()[c].weight.to_bits()
                    && Arc::ptr_eq(&edition.scores[c], &scores[c])
            })
        };
        let mut mean = match base.filter(same) {
            Some((_, edition)) => edition.scores[node].clone(),
            None => {
                let how = framework.aggregation(node);
                refuse_negative(framework, table, node, how, &scores)?;
                let mut out = vec![0.0; table.len()];
                let weighted = children.iter().map(|&c| (framework.nodes()[c].weight, scores[c].as_slice()));
                let availability = framework.method().availability;
                crate::aggregate::aggregate(how, weighted, availability, &mut out);
                Arc::new(out)
            }
        };
        lay(node, &mut mean);
        scores[node] = mean;
    }
    Ok(scores)
}

/// A geometric or harmonic mean of a negative score is no number; missing would hide that.
fn refuse_negative(
    framework: &Framework,
    table: &Table,
    node: usize,
    how: Aggregation,
    scores: &[Column],
) -> Result<()> {
    if how == Aggregation::Arithmetic {
        return Ok(());
    }
    let negative = |&c: &usize| scores[c].iter().position(|&x| x < 0.0 && framework.nodes()[c].weight > 0.0);
    match framework.children(node).iter().find_map(negative) {
        Some(unit) => {
            Err(Error::NegativeScore { code: framework.code(node).into(), unit: table.units()[unit].clone() })
        }
        None => Ok(()),
    }
}

pub(crate) fn rank(
    framework: &Framework,
    scores: &[Column],
    before: Option<&Edition>,
) -> Vec<Arc<Vec<Rank>>> {
    let mut ranker = Ranker::default();
    let column = |(node, scores): (usize, &Column)| match before {
        Some(edition) if Arc::ptr_eq(&edition.scores[node], scores) => edition.ranks[node].clone(),
        _ => {
            let mut ranks = vec![Rank::default(); scores.len()];
            ranker.rank(scores, framework.method().ranking, &mut ranks);
            Arc::new(ranks)
        }
    };
    scores.iter().enumerate().map(column).collect()
}
