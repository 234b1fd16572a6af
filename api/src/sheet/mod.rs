//! The figures of an edition as files: read out of XLSX, CSV and JSON, and written to them. Bytes in, data out.
//!
//! A file of any format becomes a `table` of cells, `layout` finds the header and what its columns speak of, `reading`
//! walks the rows. Nothing is guessed: what can be understood in two ways is an error of its
//! cell, and every list in the answer is bounded while its count is whole.

mod csv;
mod dictionary;
mod gate;
mod json;
mod layout;
mod number;
mod reading;
mod table;
mod write;
mod xlsx;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_graphql::Enum;
use serde::{Deserialize, Serialize};

use crate::heavy::Stop;

pub use dictionary::{Column, ColumnKind, Dictionary, Term};
pub use write::{Book, ExportColumn, Label, Line, Outline, Series, TextFile};

pub use entity::Figure;

/// Every figure that a unit may have in a column.
pub const FIGURES: [Figure; 3] = [Figure::Value, Figure::Score, Figure::Rank];

impl ColumnKind {
    /// Whether a column of this kind can have such a figure: only what is measured has values, and a denominator is
    /// not ranked.
    pub fn has(self, figure: Figure) -> bool {
        match self {
            Self::Indicator => true,
            Self::Aggregate => figure != Figure::Value,
            Self::Denominator => figure == Figure::Value,
        }
    }
}

/// A format of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize)]
#[graphql(name = "FileFormat")]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Office Open XML workbook.
    Xlsx,
    /// Text with commas, semicolons or tabs.
    Csv,
    /// JSON.
    Json,
}

impl Format {
    /// The format that a file's name ends with, unless its first bytes say otherwise.
    ///
    /// # Errors
    /// [`Fault::Unsupported`] for any other format; the old XLS and workbooks behind a password are among them.
    pub fn of(name: &str, bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.starts_with(gate::COMPOUND_FILE) {
            return Err(Fault::Unsupported);
        }
        if bytes.starts_with(gate::ZIP) {
            return Ok(Self::Xlsx);
        }
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
        match ending.as_str() {
            "xlsx" => Ok(Self::Xlsx),
            "csv" | "tsv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            _ => Err(Fault::Unsupported),
        }
    }

    /// The usual ending of a name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// Why a file was not read or written at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Over a limit.
    TooLarge(Limit),
    /// Not a file of its format.
    NotReadable(Defect),
    /// No sheet has a row that names units and at least one known column.
    NoHeader,
    /// There is nothing in the file.
    Empty,
    /// A format that is not read.
    Unsupported,
    /// Given up, since nobody waits for it any more.
    Stopped,
    /// What was to be written does not fit together, or a number is not finite.
    NotWritable,
}

/// What a file has too much of; [`Limit::most`] is how much is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Bytes of the file.
    Bytes,
    /// Files inside the workbook.
    Entries,
    /// Bytes of the workbook when it is unpacked.
    Unpacked,
    /// Parts of the workbook's inner lists: styles, names, strings, relations.
    Parts,
    /// Sheets.
    Sheets,
    /// Rows of a sheet that hold something.
    Rows,
    /// Columns of a sheet.
    Columns,
    /// Cells of all sheets that hold something.
    Cells,
    /// Bytes of text in all cells.
    Text,
}

impl Limit {
    /// The most that is allowed.
    pub const fn most(self) -> usize {
        match self {
            Self::Bytes => 20 << 20,
            Self::Entries => 2_000,
            Self::Unpacked => 64 << 20,
            Self::Parts => 100_000,
            Self::Sheets => 20,
            Self::Rows => 20_000,
            Self::Columns => 500,
            Self::Cells => 400_000,
            Self::Text => 32 << 20,
        }
    }

    /// A fault unless `found` is within the limit.
    fn check(self, found: usize) -> Result<(), Fault> {
        if found > self.most() { Err(Fault::TooLarge(self)) } else { Ok(()) }
    }
}

/// What is wrong with a file as a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Defect {
    /// Text in neither UTF-8 nor UTF-16 with a byte order mark, or with a NUL in it.
    Encoding,
    /// Not a ZIP archive, or a damaged one.
    Archive,
    /// The archive is encrypted, or packed in a way that workbooks are not.
    Packing,
    /// The archive is sound but not a workbook, or a damaged one.
    Workbook,
    /// Not JSON.
    Json,
    /// A JSON object with the same key twice.
    DuplicateKey,
    /// JSON that is not a list of flat rows.
    Shape,
}

/// Where something stands in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The sheet; empty for CSV and JSON.
    pub sheet: Arc<str>,
    /// The row, counted from 1; 0 for the keys of JSON rows.
    pub row: u32,
    /// The column: its letters, in JSON its key.
    pub column: Arc<str>,
}

/// A figure that a file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The unit, counted in the dictionary.
    pub unit: usize,
    /// The column, counted in the dictionary.
    pub column: usize,
    /// What the number says.
    pub figure: Figure,
    /// The number; `None` where the file says that it is missing.
    pub value: Option<f64>,
    /// Where the figure comes from.
    pub source: Option<String>,
    /// A remark on it.
    pub note: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// A row or a header that names nothing the dictionary knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// Where it stands.
    pub place: Place,
    /// What it says, cut to 100 characters.
    pub text: String,
    /// What it is.
    pub what: Part,
}

/// A part of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
#[graphql(name = "TablePart")]
pub enum Part {
    /// The unit of a row.
    Row,
    /// The header of a column.
    Header,
    /// The node of a row of a long table.
    Node,
}

/// A cell that was not taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellError {
    /// Where it stands.
    pub place: Place,
    /// What it says, cut to 100 characters.
    pub text: String,
    /// What is wrong with it.
    pub code: CellCode,
}

/// What is wrong with a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum CellCode {
    /// Text, a date, a boolean or an error of the spreadsheet where a number should stand.
    NotANumber,
    /// A formula whose result is not in the file: open it in a spreadsheet and save it.
    NotCalculated,
    /// Not a finite number.
    NotFinite,
    /// A number such as `1.234` that can be read in two ways, and nothing else in the sheet tells which.
    AmbiguousNumber,
    /// A rank that is not a whole number from 1.
    OutOfRange,
    /// A value of an aggregate, or a score or rank of a denominator.
    WrongFigure,
    /// A second row of the same unit.
    DuplicateUnit,
    /// The same figure of the same unit and column again.
    DuplicateCell,
    /// A second header of the same column.
    DuplicateHeader,
    /// A name or code that several units or columns share.
    AmbiguousName,
    /// Code and name in the row speak of different things.
    Mismatch,
    /// The row has more or fewer fields than the header.
    Ragged,
    /// A source or a note of more than 20,000 letters.
    TooLong,
}

/// A sheet whose figures were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRead {
    /// Its name; empty for CSV and JSON.
    pub name: Arc<str>,
    /// The row of its header; 0 for the keys of JSON rows.
    pub header: u32,
    /// What its cells are; `None` for a long table, whose headers say it.
    pub figure: Option<Figure>,
}

/// What was found in a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The sheets that were read.
    pub sheets: Vec<SheetRead>,
    /// The sheets without a header that could be understood, hidden ones, and the one about the file.
    pub skipped: Vec<Arc<str>>,
    /// How many rows below the headers hold something.
    pub rows_read: usize,
    /// The units found, counted in the dictionary, ascending.
    pub units: Vec<usize>,
    /// The figures.
    pub cells: Vec<Cell>,
    /// What names nothing known; the first [`LISTED`].
    pub unmatched: Vec<Unmatched>,
    /// How many there are.
    pub unmatched_count: usize,
    /// What is wrong with cells; the first [`LISTED`].
    pub errors: Vec<CellError>,
    /// How many there are.
    pub error_count: usize,
}

/// How many errors and unmatched names are listed.
pub const LISTED: usize = 100;

/// Reads the figures in a file; `figure` says what the cells of a wide table are where its sheet's name does not.
///
/// # Errors
/// A [`Fault`] when the file as a whole cannot be read; what is wrong with a row or a cell is in the reading.
pub fn read(bytes: &[u8], format: Format, dictionary: &Dictionary, figure: Figure) -> Result<Reading, Fault> {
    read_until(bytes, format, dictionary, figure, &Stop::default())
}

/// The same, given up when `stop` is wanted, which is asked for every row.
///
/// # Errors
/// [`Fault::Stopped`] then, else as [`read`].
pub fn read_until(
    bytes: &[u8],
    format: Format,
    dictionary: &Dictionary,
    figure: Figure,
    stop: &Stop,
) -> Result<Reading, Fault> {
    Limit::Bytes.check(bytes.len())?;
    if bytes.is_empty() {
        return Err(Fault::Empty);
    }
    let mut reader = reading::Reader::new(dictionary, figure, stop);
    match format {
        Format::Xlsx => xlsx::read(bytes, &mut reader)?,
        Format::Csv => csv::read(bytes, &mut reader)?,
        Format::Json => json::read(bytes, &mut reader)?,
    }
    reader.finish()
}
