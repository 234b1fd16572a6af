//! A sheet of any format: rows of cells, only those that hold something, counted against the limits as they come.

use std::sync::Arc;

use super::{Defect, Fault, Limit, Place};
use crate::heavy::Stop;

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Text(String),
    Number(f64),
    /// A date, a boolean or an error, as it is shown.
    Other(String),
    /// A formula without its result.
    Formula(String),
    /// Nothing, and the file says so: JSON's `null`.
    Empty,
}

impl Raw {
    /// Whether there is nothing to see.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Empty => true,
            Self::Number(_) | Self::Other(_) | Self::Formula(_) => false,
        }
    }

    /// What a person sees, cut to 100 characters.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Other(text) | Self::Formula(text) => {
                text.trim().chars().take(100).collect()
            }
            Self::Number(number) => number.to_string().chars().take(100).collect(),
            Self::Empty => String::new(),
        }
    }
}

/// A row that holds something.
#[derive(Debug)]
pub(super) struct Row {
    /// Counted from 1; 0 for the keys of JSON rows.
    pub(super) number: u32,
    /// The cells by column, counted from 0, ascending.
    pub(super) cells: Vec<(u32, Raw)>,
    /// How many fields the row has, where the format says it.
    pub(super) fields: Option<usize>,
}

impl Row {
    pub(super) fn get(&self, column: u32) -> Option<&Raw> {
        let at = self.cells.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        self.cells.get(at).map(|(_, raw)| raw)
    }
}

/// The rows of a sheet.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: Arc<str>,
    pub(super) rows: Vec<Row>,
    /// The columns' names where they are not letters.
    pub(super) keys: Option<Vec<Arc<str>>>,
}

impl Table {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.into(), rows: Vec::new(), keys: None }
    }

    /// Whether a cell that is not there says that a figure is missing. In JSON only `null` does.
    pub(super) fn has_all_cells(&self) -> bool {
        self.keys.is_none()
    }

    /// Where a cell stands.
    pub(super) fn place(&self, row: u32, column: u32) -> Place {
        let named = self.keys.as_ref().and_then(|keys| keys.get(column as usize)).cloned();
        Place { sheet: self.name.clone(), row, column: named.unwrap_or_else(|| letters(column).into()) }
    }
}

/// Counts what has been read of a file.
#[derive(Debug, Default)]
pub(super) struct Count {
    cells: usize,
    text: usize,
    stop: Stop,
}

impl Count {
    /// Nothing yet, until `stop` is wanted.
    pub(super) fn until(stop: &Stop) -> Self {
        Self { stop: stop.clone(), ..Self::default() }
    }

    /// Takes a row into the table, unless it is blank.
    pub(super) fn push(&mut self, table: &mut Table, row: Row) -> Result<(), Fault> {
        if self.stop.is_wanted() {
            return Err(Fault::Stopped);
        }
        if row.cells.iter().all(|(_, raw)| raw.is_blank()) {
            return Ok(());
        }
        if let Some((column, _)) = row.cells.iter().rev().find(|(_, raw)| !raw.is_blank()) {
            Limit::Columns.check(*column as usize + 1)?;
        }
        table.rows.push(row);
        Limit::Rows.check(table.rows.len())
    }

    /// Counts a cell, with so many bytes of text, before it is kept.
    pub(super) fn cell(&mut self, text: usize) -> Result<(), Fault> {
        self.cells += 1;
        Limit::Cells.check(self.cells)?;
        self.text(text)
    }

    /// Counts text before it is copied.
    pub(super) fn text(&mut self, text: usize) -> Result<(), Fault> {
        self.text = self.text.saturating_add(text);
        Limit::Text.check(self.text)
    }
}

/// Refuses a NUL, which no text has and which PostgreSQL does not store.
pub(super) fn without_nul(text: &str) -> Result<(), Fault> {
    if text.contains('\0') { Err(Fault::NotReadable(Defect::Encoding)) } else { Ok(()) }
}

/// A column's letters: 0 is `A`, 26 is `AA`.
pub(super) fn letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.iter().rev().collect()
}
