//! Walks the rows of tables and gathers figures, errors and what names nothing known.

use std::collections::{BTreeSet, HashSet};

use super::dictionary::{Dictionary, Found};
use super::layout::{self, Layout, Shape};
use super::number::{Evidence, Mark, Spelled, spell};
use super::table::{Count, Raw, Row, Table};
use super::{Cell, CellCode, CellError, Fault, Figure, LISTED, Part, Place, Reading, SheetRead, Unmatched};
use crate::heavy::Stop;

/// Most letters of a source or a note.
const LONGEST_REMARK: usize = 20_000;

/// Reads the tables of one file, one after the other.
pub(super) struct Reader<'a> {
    pub(super) dictionary: &'a Dictionary,
    pub(super) count: Count,
    figure: Figure,
    reading: Reading,
    units: BTreeSet<usize>,
    seen: HashSet<(usize, usize, Figure)>,
    has_content: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(dictionary: &'a Dictionary, figure: Figure, stop: &Stop) -> Self {
        Self {
            dictionary,
            count: Count::until(stop),
            figure,
            reading: Reading::default(),
            units: BTreeSet::new(),
            seen: HashSet::new(),
            has_content: false,
        }
    }

    /// The reading, unless no table had a header.
    pub(super) fn finish(self) -> Result<Reading, Fault> {
        if self.reading.sheets.is_empty() {
            return Err(if self.has_content { Fault::NoHeader } else { Fault::Empty });
        }
        Ok(Reading { units: self.units.into_iter().collect(), ..self.reading })
    }

    /// Leaves out a sheet.
    pub(super) fn skip(&mut self, sheet: &str) {
        self.has_content = true;
        self.reading.skipped.push(sheet.into());
    }

    /// Reads a table.
    pub(super) fn table(&mut self, table: &Table) {
        if table.rows.is_empty() {
            return;
        }
        self.has_content = true;
        let Some(layout) = layout::find(table, self.dictionary) else {
            return self.reading.skipped.push(table.name.clone());
        };
        let Some((header, below)) = table.rows.get(layout.header..).and_then(|rows| rows.split_first())
        else {
            return;
        };
        let figure = match layout.shape {
            Shape::Wide { .. } => Some(layout::figure_of(&table.name).unwrap_or(self.figure)),
            Shape::Long { .. } => None,
        };
        self.reading.sheets.push(SheetRead { name: table.name.clone(), header: header.number, figure });
        for column in &layout.unmatched {
            let text = header.get(*column).map(Raw::shown).unwrap_or_default();
            self.unmatched(table.place(header.number, *column), text, Part::Header);
        }
        for (column, code) in &layout.errors {
            self.error(table.place(header.number, *column), header.get(*column), *code);
        }
        let below = self.without_second_header(&layout, below);
        self.reading.rows_read += below.len();
        match (&layout.shape, figure) {
            (Shape::Wide { columns }, Some(figure)) => {
                let columns = self.fitting(table, header, columns, figure);
                self.wide(table, &layout, below, &columns);
            }
            (Shape::Long { .. }, _) => self.long(table, &layout, below),
            (Shape::Wide { .. }, None) => (),
        }
    }

    /// The rows without those just below the header that go on with it: names below codes, units of measure. They have
    /// no unit, and what they have is no number or says again what the header says.
    fn without_second_header<'r>(&self, layout: &Layout, mut below: &'r [Row]) -> &'r [Row] {
        let Shape::Wide { columns } = &layout.shape else { return below };
        while let Some((row, rest)) = below.split_first() {
            let mut named = layout.units.iter().filter_map(|at| row.get(*at));
            let has_unit = named.any(|raw| !raw.is_blank() && layout::role(raw).is_none());
            let goes_on = columns.iter().all(|(at, column)| match row.get(*at) {
                Some(raw) if self.dictionary.column(raw) == Found::One(*column) => true,
                Some(Raw::Text(text)) => matches!(spell(text), Spelled::Missing | Spelled::Not),
                Some(Raw::Number(_) | Raw::Formula(_)) => false,
                Some(Raw::Other(_) | Raw::Empty) | None => true,
            });
            if has_unit || !goes_on {
                break;
            }
            below = rest;
        }
        below
    }

    /// The columns that can hold such figures; the others are errors of their headers.
    fn fitting(
        &mut self,
        table: &Table,
        header: &Row,
        columns: &[(u32, usize)],
        figure: Figure,
    ) -> Vec<Slot> {
        let mut fitting = Vec::new();
        for (at, column) in columns {
            if self.dictionary.kind(*column).has(figure) {
                fitting.push(Slot { at: *at, column: *column, figure, mark: Ok(None) });
            } else {
                self.error(table.place(header.number, *at), header.get(*at), CellCode::WrongFigure);
            }
        }
        fitting
    }

    fn wide(&mut self, table: &Table, layout: &Layout, below: &[Row], columns: &[Slot]) {
        let columns = with_marks(columns, below);
        let mut units = HashSet::new();
        for row in below {
            if self.is_ragged(table, layout, row) || says_nothing(row, &layout.units, &columns) {
                continue;
            }
            let Some((unit, named_at)) = self.name(table, row, &layout.units, Part::Row) else { continue };
            if !units.insert(unit) {
                self.error(table.place(row.number, named_at), row.get(named_at), CellCode::DuplicateUnit);
                continue;
            }
            self.units.insert(unit);
            for slot in &columns {
                self.figure(table, row, unit, *slot, (None, None));
            }
        }
    }

    fn long(&mut self, table: &Table, layout: &Layout, below: &[Row]) {
        let Shape::Long { nodes, figures, source, note } = &layout.shape else { return };
        let slots: Vec<Slot> = figures
            .iter()
            .map(|(at, figure)| Slot { at: *at, column: 0, figure: *figure, mark: Ok(None) })
            .collect();
        let slots = with_marks(&slots, below);
        for row in below {
            if self.is_ragged(table, layout, row) || says_nothing(row, &layout.units, &slots) {
                continue;
            }
            let Some((unit, _)) = self.name(table, row, &layout.units, Part::Row) else { continue };
            let Some((column, _)) = self.name(table, row, nodes, Part::Node) else { continue };
            self.units.insert(unit);
            let kind = self.dictionary.kind(column);
            let remarks = (self.remark(table, row, *source), self.remark(table, row, *note));
            for slot in &slots {
                let raw = row.get(slot.at);
                let says_nothing = raw.is_none_or(|raw| matches!(number_of(raw, slot.mark), Ok(None)));
                match (kind.has(slot.figure), says_nothing) {
                    (true, _) => self.figure(table, row, unit, Slot { column, ..*slot }, remarks.clone()),
                    (false, true) => (),
                    (false, false) => {
                        self.error(table.place(row.number, slot.at), raw, CellCode::WrongFigure);
                    }
                }
            }
        }
    }

    /// A source or a note.
    fn remark(&mut self, table: &Table, row: &Row, at: Option<u32>) -> Option<String> {
        let at = at?;
        let raw = row.get(at)?;
        let text = text_of(raw)?;
        if text.chars().nth(LONGEST_REMARK).is_none() {
            return Some(text);
        }
        self.error(table.place(row.number, at), Some(raw), CellCode::TooLong);
        None
    }

    fn figure(
        &mut self,
        table: &Table,
        row: &Row,
        unit: usize,
        slot: Slot,
        (source, note): (Option<String>, Option<String>),
    ) {
        let raw = match row.get(slot.at) {
            Some(raw) => raw,
            None if table.has_all_cells() => &Raw::Empty,
            None => return,
        };
        let place = table.place(row.number, slot.at);
        let value = match number_of(raw, slot.mark) {
            Ok(Some(number)) if slot.figure == Figure::Rank && !is_rank(number) => {
                return self.error(place, Some(raw), CellCode::OutOfRange);
            }
            Ok(value) => value,
            Err(code) => return self.error(place, Some(raw), code),
        };
        if !self.seen.insert((unit, slot.column, slot.figure)) {
            return self.error(place, Some(raw), CellCode::DuplicateCell);
        }
        let (column, figure) = (slot.column, slot.figure);
        self.reading.cells.push(Cell { unit, column, figure, value, source, note, place });
    }

    fn is_ragged(&mut self, table: &Table, layout: &Layout, row: &Row) -> bool {
        let Some(wanted) = table.rows.get(layout.header).and_then(|header| header.fields) else {
            return false;
        };
        let Some(fields) = row.fields else { return false };
        let beyond = row.cells.iter().any(|(column, raw)| *column as usize >= wanted && !raw.is_blank());
        let ragged = fields < wanted || beyond;
        if ragged {
            let first = row.cells.iter().find(|(_, raw)| !raw.is_blank());
            let (column, raw) = first.map_or((0, None), |(column, raw)| (*column, Some(raw)));
            self.error(table.place(row.number, column), raw, CellCode::Ragged);
        }
        ragged
    }

    /// What the row's cells in `columns` name, and the first of them that names it.
    fn name(&mut self, table: &Table, row: &Row, columns: &[u32], part: Part) -> Option<(usize, u32)> {
        let filled: Vec<(u32, &Raw)> = columns
            .iter()
            .filter_map(|at| Some((*at, row.get(*at)?)))
            .filter(|(_, raw)| !raw.is_blank())
            .collect();
        let find = |raw: &Raw| match part {
            Part::Row => self.dictionary.unit(raw),
            Part::Node | Part::Header => self.dictionary.column(raw),
        };
        let mut named: Option<(usize, u32)> = None;
        let mut shared = None;
        for (at, raw) in &filled {
            match (find(raw), named) {
                (Found::One(found), None) => named = Some((found, *at)),
                (Found::One(found), Some((other, _))) if found != other => {
                    self.error(table.place(row.number, *at), Some(raw), CellCode::Mismatch);
                    return None;
                }
                (Found::Several, _) => shared = shared.or(Some((*at, *raw))),
                _ => (),
            }
        }
        if named.is_none() {
            let at = filled.first().map(|(at, _)| *at).or(columns.first().copied()).unwrap_or_default();
            match shared {
                Some((at, raw)) => {
                    self.error(table.place(row.number, at), Some(raw), CellCode::AmbiguousName);
                }
                None => {
                    let text = filled.first().map(|(_, raw)| raw.shown()).unwrap_or_default();
                    self.unmatched(table.place(row.number, at), text, part);
                }
            }
        }
        named
    }

    fn error(&mut self, place: Place, raw: Option<&Raw>, code: CellCode) {
        self.reading.error_count += 1;
        if self.reading.errors.len() < LISTED {
            let text = raw.map(Raw::shown).unwrap_or_default();
            self.reading.errors.push(CellError { place, text, code });
        }
    }

    fn unmatched(&mut self, place: Place, text: String, what: Part) {
        self.reading.unmatched_count += 1;
        if self.reading.unmatched.len() < LISTED {
            self.reading.unmatched.push(Unmatched { place, text, what });
        }
    }
}

/// A column of figures in a table.
#[derive(Clone, Copy)]
struct Slot {
    at: u32,
    column: usize,
    figure: Figure,
    /// The decimal mark that its ambiguous numbers are read by; `Err` if none can be told.
    mark: Result<Option<Mark>, ()>,
}

/// Whether a row has neither unit nor figures: a heading between rows, a remark below them.
fn says_nothing(row: &Row, units: &[u32], slots: &[Slot]) -> bool {
    let mut places = units.iter().copied().chain(slots.iter().map(|slot| slot.at));
    places.all(|at| row.get(at).is_none_or(Raw::is_blank))
}

/// Tells each column's decimal mark: from its own cells, else from the whole sheet.
fn with_marks(slots: &[Slot], rows: &[Row]) -> Vec<Slot> {
    let mut sheet = Evidence::default();
    let mut columns = vec![Evidence::default(); slots.len()];
    for (slot, column) in slots.iter().zip(&mut columns) {
        for raw in rows.iter().filter_map(|row| row.get(slot.at)) {
            if let Raw::Text(text) = raw {
                let spelled = spell(text);
                column.add(spelled);
                sheet.add(spelled);
            }
        }
    }
    let told = |column: &Evidence| match column.mark() {
        Ok(None) => sheet.mark(),
        told => told,
    };
    slots.iter().zip(&columns).map(|(slot, column)| Slot { mark: told(column), ..*slot }).collect()
}

fn number_of(raw: &Raw, mark: Result<Option<Mark>, ()>) -> Result<Option<f64>, CellCode> {
    match raw {
        Raw::Empty => Ok(None),
        Raw::Number(number) if number.is_finite() => Ok(Some(*number)),
        Raw::Number(_) => Err(CellCode::NotFinite),
        Raw::Other(_) => Err(CellCode::NotANumber),
        Raw::Formula(_) => Err(CellCode::NotCalculated),
        Raw::Text(text) => match spell(text) {
            Spelled::Missing => Ok(None),
            Spelled::Number(number, _) => Ok(Some(number)),
            Spelled::Either { decimal, thousands, mark: shown } => match mark {
                Ok(Some(mark)) if mark == shown => Ok(Some(decimal)),
                Ok(Some(_)) => Ok(Some(thousands)),
                Ok(None) | Err(()) => Err(CellCode::AmbiguousNumber),
            },
            Spelled::NotFinite => Err(CellCode::NotFinite),
            Spelled::Not => Err(CellCode::NotANumber),
        },
    }
}

/// Whether it is a whole number from 1 that the database can hold.
fn is_rank(number: f64) -> bool {
    (1.0..=f64::from(i32::MAX)).contains(&number) && number.fract() == 0.0
}

fn text_of(raw: &Raw) -> Option<String> {
    match raw {
        Raw::Text(text) | Raw::Other(text) if !text.trim().is_empty() => Some(crate::text::normal(text)),
        Raw::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
