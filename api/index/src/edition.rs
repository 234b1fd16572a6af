//! A computed edition: every stage by name, the scores of all nodes and their ranks.

use std::sync::Arc;

use crate::rank::Rank;
use crate::table::{Binding, Column, Table, present};
use crate::treat::Treated;
use crate::{Error, Framework, Result};

/// Values of all indicators after one step: indicator columns × units.
#[derive(Debug, Clone)]
pub struct Stage {
    pub(crate) columns: Vec<Column>,
}

impl Stage {
    /// The value of a unit (row) in an indicator's column.
    pub fn value(&self, column: usize, unit: usize) -> Option<f64> {
        present(self.columns[column][unit])
    }

    /// A whole column, one value per unit; NaN is missing.
    pub fn column(&self, column: usize) -> &[f64] {
        &self.columns[column]
    }

    /// Applies `step` to each column, but takes over from `base` (the step's input and output of
    /// an earlier run) every column whose input is the very same.
    pub(crate) fn step<E>(
        &self,
        base: Option<(&Self, &Self)>,
        mut step: impl FnMut(usize, &Column) -> Result<Column, E>,
    ) -> Result<Self, E> {
        let column = |(c, input): (usize, &Column)| match base {
            Some((before, after)) if Arc::ptr_eq(&before.columns[c], input) => Ok(after.columns[c].clone()),
            _ => step(c, input),
        };
        Ok(Self { columns: self.columns.iter().enumerate().map(column).collect::<Result<_, E>>()? })
    }
}

/// The result of [`crate::compute`]. Columns stand in the framework's indicator order, nodes in
/// its node order, units in the table's row order; asking for one beyond them panics.
#[derive(Debug, Clone)]
pub struct Edition {
    pub(crate) table: Table,
    pub(crate) binding: Arc<Binding>,
    /// As given.
    pub raw: Stage,
    /// After step 1.
    pub denominated: Stage,
    /// After step 2.
    pub imputed: Stage,
    /// After step 3.
    pub treated: Stage,
    /// What step 3 did, per indicator column.
    pub treatments: Vec<Treated>,
    /// After step 4.
    pub normalised: Stage,
    pub(crate) scores: Vec<Column>,
    pub(crate) ranks: Vec<Arc<Vec<Rank>>>,
}

impl Edition {
    /// The table the edition was computed from.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The score of a unit (row) at a node.
    pub fn score(&self, node: usize, unit: usize) -> Option<f64> {
        present(self.scores[node][unit])
    }

    /// The rank of a unit (row) at a node.
    pub fn rank(&self, node: usize, unit: usize) -> Option<f64> {
        self.ranks[node][unit].value()
    }

    /// All scores at a node, one per unit; NaN is missing.
    pub fn scores(&self, node: usize) -> &[f64] {
        &self.scores[node]
    }

    /// All ranks at a node, one per unit.
    pub fn ranks(&self, node: usize) -> &[Rank] {
        &self.ranks[node]
    }

    /// The unit's score, or why there is nothing to say of it.
    pub(crate) fn scored(&self, framework: &Framework, node: usize, unit: usize) -> Result<f64> {
        self.score(node, unit).ok_or_else(|| Error::Unscored {
            code: framework.code(node).into(),
            unit: self.table.units()[unit].clone(),
        })
    }
}
