//! Raw data: units × columns. `None` is missing; inside, a missing value is NaN, and the door lets
//! no other NaN in.

use std::sync::Arc;

use crate::{Error, Framework, Result};

/// Values of one indicator for all units, NaN for missing. Stages share the columns they leave
/// alone, and the same pointer is how a what-if knows that nothing upstream has changed.
pub(crate) type Column = Arc<Vec<f64>>;

/// Units × columns of raw values: indicators and denominators by code, and each unit's group.
#[derive(Debug, Clone)]
pub struct Table {
    pub(crate) units: Arc<Units>,
    pub(crate) codes: Arc<Vec<String>>,
    pub(crate) columns: Vec<Column>,
    pub(crate) groups: Option<Arc<Vec<u32>>>,
}

#[derive(Debug)]
pub(crate) struct Units {
    names: Vec<String>,
    by_name: Vec<u32>,
}

impl Table {
    /// From one row per unit, as wide as `codes`.
    ///
    /// # Errors
    /// [`Error::Ragged`], [`Error::DuplicateUnit`], [`Error::DuplicateCode`],
    /// [`Error::NotFinite`] with the code and the unit.
    pub fn from_rows(units: Vec<String>, codes: Vec<String>, rows: &[Vec<Option<f64>>]) -> Result<Self> {
        if rows.len() != units.len() {
            let (expected, found) = (units.len(), rows.len());
            return Err(Error::Ragged { at: "table".into(), expected, found });
        }
        for (unit, row) in units.iter().zip(rows) {
            if row.len() != codes.len() {
                let (expected, found) = (codes.len(), row.len());
                return Err(Error::Ragged { at: unit.clone(), expected, found });
            }
        }
        let columns = (0..codes.len()).map(|c| rows.iter().map(|row| row[c]).collect()).collect();
        Self::from_columns(units, codes, columns)
    }

    /// From one column per code, as long as `units`.
    ///
    /// # Errors
    /// As [`Table::from_rows`].
    pub fn from_columns(
        units: Vec<String>,
        codes: Vec<String>,
        columns: Vec<Vec<Option<f64>>>,
    ) -> Result<Self> {
        if columns.len() != codes.len() {
            let (expected, found) = (codes.len(), columns.len());
            return Err(Error::Ragged { at: "table".into(), expected, found });
        }
        let units = Units::new(units)?;
        let mut sorted: Vec<&String> = codes.iter().collect();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::DuplicateCode { code: pair[0].clone() });
        }
        let mut dense = Vec::with_capacity(columns.len());
        for (code, column) in codes.iter().zip(columns) {
            if column.len() != units.names.len() {
                let (expected, found) = (units.names.len(), column.len());
                return Err(Error::Ragged { at: code.clone(), expected, found });
            }
            let wrong = |v: &Option<f64>| v.is_some_and(|x| !x.is_finite());
            if let Some(unit) = column.iter().position(wrong) {
                let unit = units.names[unit].clone();
                return Err(Error::NotFinite { code: code.clone(), unit });
            }
            dense.push(Arc::new(column.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect()));
        }
        Ok(Self { units: Arc::new(units), codes: Arc::new(codes), columns: dense, groups: None })
    }

    /// The same table with a group label per unit, for imputation by group.
    ///
    /// # Errors
    /// [`Error::Ragged`] when there is not one label per unit.
    pub fn with_groups(mut self, labels: &[String]) -> Result<Self> {
        if labels.len() != self.len() {
            let (expected, found) = (self.len(), labels.len());
            return Err(Error::Ragged { at: "groups".into(), expected, found });
        }
        let mut known: Vec<&String> = labels.iter().collect();
        known.sort_unstable();
        known.dedup();
        let ids = labels.iter().map(|label| known.partition_point(|k| *k < label) as u32);
        self.groups = Some(Arc::new(ids.collect()));
        Ok(self)
    }

    /// Number of units.
    pub fn len(&self) -> usize {
        self.units.names.len()
    }

    /// Whether there is no unit at all.
    pub fn is_empty(&self) -> bool {
        self.units.names.is_empty()
    }

    /// Unit codes, in row order.
    pub fn units(&self) -> &[String] {
        &self.units.names
    }

    /// Column codes, in column order.
    pub fn codes(&self) -> &[String] {
        &self.codes
    }

    /// The row of a unit.
    ///
    /// # Errors
    /// [`Error::UnknownUnit`].
    pub fn unit(&self, unit: &str) -> Result<usize> {
        self.units.place(unit).ok_or_else(|| Error::UnknownUnit { unit: unit.into() })
    }

    /// The value of a unit in the column of a code.
    ///
    /// # Errors
    /// [`Error::UnknownUnit`], [`Error::UnknownCode`].
    pub fn value(&self, unit: &str, code: &str) -> Result<Option<f64>> {
        let (row, column) = (self.unit(unit)?, self.place(code)?);
        Ok(present(self.columns[column][row]))
    }

    /// Changes one value, in raw units; copies of the table keep theirs and share the other columns.
    ///
    /// # Errors
    /// [`Error::UnknownUnit`], [`Error::UnknownCode`], [`Error::NotFinite`].
    pub fn set(&mut self, unit: &str, code: &str, value: Option<f64>) -> Result<()> {
        let (row, column) = (self.unit(unit)?, self.place(code)?);
        if value.is_some_and(|x| !x.is_finite()) {
            return Err(Error::NotFinite { code: code.into(), unit: unit.into() });
        }
        self.put(row, column, value.unwrap_or(f64::NAN));
        Ok(())
    }

    /// Another table's values in this one's columns: same codes in the same order, its units.
    pub(crate) fn like(&self, other: &Self) -> Result<Self> {
        let column = |code: &String| Ok(other.columns[other.place(code)?].clone());
        let columns = self.codes.iter().map(column).collect::<Result<_>>()?;
        Ok(Self { codes: self.codes.clone(), columns, ..other.clone() })
    }

    /// Writes in place of a column held alone, else in a copy: a no-op keeps the pointer.
    pub(crate) fn put(&mut self, row: usize, column: usize, value: f64) {
        let old = self.columns[column][row];
        if old.to_bits() != value.to_bits() && !(old.is_nan() && value.is_nan()) {
            Arc::make_mut(&mut self.columns[column])[row] = value;
        }
    }

    /// Position of a column.
    pub(crate) fn place(&self, code: &str) -> Result<usize> {
        let found = self.codes.iter().position(|c| c == code);
        found.ok_or_else(|| Error::UnknownCode { code: code.into() })
    }

    /// Where the framework finds its columns; refuses codes it does not know.
    pub(crate) fn bind(&self, framework: &Framework) -> Result<Binding> {
        let mut used = vec![false; self.codes.len()];
        let mut find = |code: &str| {
            let missing = |_| Error::MissingColumn { code: code.into() };
            let place = self.place(code).map_err(missing)?;
            used[place] = true;
            Ok::<usize, Error>(place)
        };
        let mut values = Vec::new();
        let mut denominators = Vec::new();
        for (column, &node) in framework.indicators().iter().enumerate() {
            values.push(find(framework.code(node))?);
            let denominator = framework.indicator(column).denominator.as_deref();
            denominators.push(denominator.map(&mut find).transpose()?);
        }
        match used.iter().position(|used| !used) {
            Some(place) => Err(Error::UnknownCode { code: self.codes[place].clone() }),
            None => Ok(Binding { values, denominators }),
        }
    }
}

/// Per indicator column of the framework: where in the table its values and denominator stand.
#[derive(Debug)]
pub(crate) struct Binding {
    pub values: Vec<usize>,
    pub denominators: Vec<Option<usize>>,
}

impl Units {
    fn new(names: Vec<String>) -> Result<Self> {
        let mut by_name: Vec<u32> = (0..names.len() as u32).collect();
        by_name.sort_unstable_by(|&a, &b| names[a as usize].cmp(&names[b as usize]));
        let twice = |pair: &&[u32]| names[pair[0] as usize] == names[pair[1] as usize];
        if let Some(pair) = by_name.windows(2).find(twice) {
            return Err(Error::DuplicateUnit { unit: names[pair[0] as usize].clone() });
        }
        Ok(Self { names, by_name })
    }

    fn place(&self, name: &str) -> Option<usize> {
        let at = self.by_name.binary_search_by(|&u| self.names[u as usize].as_str().cmp(name));
        at.ok().map(|at| self.by_name[at] as usize)
    }
}

/// NaN back to `None`.
pub(crate) fn present(x: f64) -> Option<f64> {
    (!x.is_nan()).then_some(x)
}
