//! Writes the figures of an edition, in a form that [`super::read`] reads back to the same bits.

mod csv;
mod json;
mod xlsx;

use chrono::{DateTime, Utc};

use super::{ColumnKind, FIGURES, Fault, Figure, Format, Limit};
use crate::lang::Lang;

/// What is written.
#[derive(Clone, Debug)]
pub struct Export<'a> {
    /// The language of headings and sheets' names.
    pub lang: Lang,
    /// When it is written: the only date in the file.
    pub written: DateTime<Utc>,
    /// Lines about the figures, such as edition, framework and source: a heading and a text.
    pub about: &'a [(String, String)],
    /// What must be said wherever the figures are shown: CSV, which has nothing about itself, begins with it.
    pub warnings: &'a [String],
    /// The units.
    pub units: &'a [Label],
    /// The columns.
    pub columns: &'a [ExportColumn],
    /// The values, unit by unit, one for each column; `None` leaves them out. Those of aggregates are not written.
    pub values: Option<&'a [Option<f64>]>,
    /// The scores, likewise. Those of denominators are not written.
    pub scores: Option<&'a [Option<f64>]>,
    /// The ranks, likewise. Those of denominators are not written.
    pub ranks: Option<&'a [Option<f64>]>,
    /// The scores that were computed from the values, likewise. They are for people: [`super::read`] passes them over.
    pub computed_scores: Option<&'a [Option<f64>]>,
    /// The ranks that go with them.
    pub computed_ranks: Option<&'a [Option<f64>]>,
}

/// A figure, as it was entered or as it was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Series {
    pub(super) figure: Figure,
    pub(super) computed: bool,
}

/// A code and a name in the language of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The code.
    pub code: String,
    /// The name.
    pub name: String,
}

/// A column of what is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportColumn {
    /// Its code and name.
    pub label: Label,
    /// The unit of measure; empty if it has none.
    pub measure: String,
    /// What it is.
    pub kind: ColumnKind,
}

impl Export<'_> {
    /// The figures that are written.
    fn series(&self) -> impl Iterator<Item = Series> {
        let entered = FIGURES.map(|figure| Series { figure, computed: false });
        let computed = FIGURES.map(|figure| Series { figure, computed: true });
        entered.into_iter().chain(computed).filter(|series| self.matrix(*series).is_some())
    }

    fn matrix(&self, series: Series) -> Option<&[Option<f64>]> {
        match (series.figure, series.computed) {
            (Figure::Value, false) => self.values,
            (Figure::Score, false) => self.scores,
            (Figure::Rank, false) => self.ranks,
            (Figure::Value, true) => None,
            (Figure::Score, true) => self.computed_scores,
            (Figure::Rank, true) => self.computed_ranks,
        }
    }

    /// A figure of a unit and a column, if there is one and such a column can have it.
    fn get(&self, series: Series, unit: usize, column: usize) -> Option<f64> {
        let kind = self.columns.get(column)?.kind;
        let at = unit.checked_mul(self.columns.len())?.checked_add(column)?;
        self.matrix(series).filter(|_| kind.has(series.figure))?.get(at).copied().flatten()
    }

    /// Whether it fits together, and within what is read back.
    fn check(&self) -> Result<(), Fault> {
        let size = self.units.len().saturating_mul(self.columns.len());
        Limit::Columns.check(self.columns.len() + 2)?;
        Limit::Rows.check(self.units.len() + 2)?;
        let mut figures = 0;
        for series in self.series() {
            figures += 1;
            let matrix = self.matrix(series).unwrap_or_default();
            if matrix.len() != size || matrix.iter().flatten().any(|number| !number.is_finite()) {
                return Err(Fault::NotWritable);
            }
        }
        match figures {
            0 => Err(Fault::NotWritable),
            _ => Limit::Cells.check(size.saturating_mul(figures)),
        }
    }

    /// The rows of a long table, whose number is also limited.
    fn rows(&self) -> Result<impl Iterator<Item = (usize, &Label, usize, &ExportColumn)>, Fault> {
        Limit::Rows.check(self.units.len().saturating_mul(self.columns.len()))?;
        Ok(self.units.iter().enumerate().flat_map(|(unit, label)| {
            self.columns.iter().enumerate().map(move |(at, column)| (unit, label, at, column))
        }))
    }
}

/// Writes figures as a file; the same figures give the same bytes.
///
/// # Errors
/// [`Fault::NotWritable`] when a matrix has another size than the units and columns say, a number is not finite or a
/// text does not go into a cell; [`Fault::TooLarge`] for more than could be read back.
pub fn write(format: Format, export: &Export<'_>) -> Result<Vec<u8>, Fault> {
    export.check()?;
    match format {
        Format::Xlsx => xlsx::write(export).map_err(|_| Fault::NotWritable),
        Format::Csv => csv::write(export),
        Format::Json => json::write(export),
    }
}

/// Whether a spreadsheet would take the text for a formula; also with apostrophes before it, so that the one that is
/// put there can be taken away again.
pub(super) fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
}
