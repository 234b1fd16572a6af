//! Writes the figures of an edition piece by piece, in a form that [`super::read`] reads back to the same bits.

mod csv;
mod json;
mod xlsx;

use chrono::{DateTime, Utc};

use super::{ColumnKind, Fault, Figure, Format, Limit};
use crate::lang::Lang;

pub use xlsx::Book;

/// What is known of a file before its first figure.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The language of headings and sheets' names.
    pub lang: Lang,
    /// When it is written: the only date in the file.
    pub written: DateTime<Utc>,
    /// Lines about the figures, such as edition, framework and source: a heading and a text.
    pub about: Vec<(String, String)>,
    /// What must be said wherever the figures are shown: CSV, which has nothing about itself, begins with it.
    pub warnings: Vec<String>,
    /// The columns.
    pub columns: Vec<ExportColumn>,
    /// The figures that are written.
    pub series: Vec<Series>,
    /// How many units follow.
    pub units: usize,
}

/// A figure, as it was entered or as it was computed. What was computed is for people: [`super::read`] passes it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series {
    /// The figure.
    pub figure: Figure,
    /// Whether it was computed from the values.
    pub computed: bool,
}

impl Series {
    /// The figures that were published or entered.
    pub const ENTERED: [Self; 3] = [
        Self { figure: Figure::Value, computed: false },
        Self { figure: Figure::Score, computed: false },
        Self { figure: Figure::Rank, computed: false },
    ];
    /// Those that were computed.
    pub const COMPUTED: [Self; 2] =
        [Self { figure: Figure::Score, computed: true }, Self { figure: Figure::Rank, computed: true }];
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

/// A unit and its figures.
#[derive(Clone, Debug)]
pub struct Line {
    /// The unit.
    pub unit: Label,
    /// For each series one figure of each column. Those that such a column cannot have are not written.
    pub figures: Vec<Vec<Option<f64>>>,
}

impl Outline {
    /// Whether a file of this format stays within what is read back.
    ///
    /// # Errors
    /// [`Fault::TooLarge`], or [`Fault::NotWritable`] without any series.
    pub fn check(&self, format: Format) -> Result<(), Fault> {
        let size = self.units.saturating_mul(self.columns.len());
        Limit::Columns.check(self.columns.len() + 2)?;
        Limit::Rows.check(self.units + 2)?;
        if format != Format::Xlsx {
            Limit::Rows.check(size)?;
        }
        match self.series.len() {
            0 => Err(Fault::NotWritable),
            series => Limit::Cells.check(size.saturating_mul(series)),
        }
    }

    /// Whether the line fits, and all its numbers are finite.
    fn check_line(&self, line: &Line) -> Result<(), Fault> {
        let fits = line.figures.len() == self.series.len()
            && line.figures.iter().all(|figures| figures.len() == self.columns.len());
        let finite = line.figures.iter().flatten().flatten().all(|number| number.is_finite());
        if fits && finite { Ok(()) } else { Err(Fault::NotWritable) }
    }

    /// The columns that can have a figure, counted.
    fn columns_with(&self, figure: Figure) -> impl Iterator<Item = (usize, &ExportColumn)> {
        self.columns.iter().enumerate().filter(move |(_, column)| column.kind.has(figure))
    }
}

impl Line {
    /// A figure by the places of its series and its column.
    fn get(&self, series: usize, column: usize) -> Option<f64> {
        self.figures.get(series)?.get(column).copied().flatten()
    }
}

/// CSV or JSON, written piece by piece; the same figures give the same bytes.
pub struct TextFile {
    outline: Outline,
    json: bool,
    lines: usize,
}

impl TextFile {
    /// A file and its first bytes.
    ///
    /// # Errors
    /// As [`Outline::check`]; [`Fault::Unsupported`] for a workbook, which is no text.
    pub fn begin(format: Format, outline: Outline) -> Result<(Self, Vec<u8>), Fault> {
        outline.check(format)?;
        let head = match format {
            Format::Csv => csv::head(&outline)?,
            Format::Json => json::head(&outline)?,
            Format::Xlsx => return Err(Fault::Unsupported),
        };
        Ok((Self { outline, json: format == Format::Json, lines: 0 }, head))
    }

    /// The bytes of the next units.
    ///
    /// # Errors
    /// [`Fault::NotWritable`] when a line has other columns than the outline or a number is not finite.
    pub fn lines(&mut self, lines: &[Line]) -> Result<Vec<u8>, Fault> {
        lines.iter().try_for_each(|line| self.outline.check_line(line))?;
        let is_first = self.lines == 0;
        self.lines += lines.len();
        match self.json {
            true => json::lines(&self.outline, lines, is_first),
            false => csv::lines(&self.outline, lines),
        }
    }

    /// The last bytes.
    ///
    /// # Errors
    /// [`Fault::NotWritable`] when there were more or fewer units than the outline said.
    pub fn end(self) -> Result<Vec<u8>, Fault> {
        match (self.lines == self.outline.units, self.json) {
            (false, _) => Err(Fault::NotWritable),
            (true, true) => json::tail(&self.outline),
            (true, false) => Ok(Vec::new()),
        }
    }
}

/// Whether a spreadsheet would take the text for a formula; also with apostrophes before it, so that the one that is
/// put there can be taken away again.
pub(super) fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
}
