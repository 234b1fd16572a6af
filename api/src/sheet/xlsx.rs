//! XLSX: through the gate, then cell by cell, so that a far corner of a sheet costs nothing.

use std::collections::HashMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx, XlsxFormulaMetadata};

use super::reading::Reader;
use super::table::{Raw, Row, Table, without_nul};
use super::{Defect, Fault, Limit, gate, layout, number};

const NO_WORKBOOK: Fault = Fault::NotReadable(Defect::Workbook);

pub(super) fn read(bytes: &[u8], reader: &mut Reader<'_>) -> Result<(), Fault> {
    let has_formulas = gate::check(bytes)?;
    // The gate is meant to be enough, so the tests do without the net: should something get past it that makes calamine
    // panic, that file is not readable.
    if cfg!(test) {
        return sheets(bytes, has_formulas, reader);
    }
    catch_unwind(AssertUnwindSafe(|| sheets(bytes, has_formulas, reader))).unwrap_or(Err(NO_WORKBOOK))
}

fn sheets(bytes: &[u8], has_formulas: bool, reader: &mut Reader<'_>) -> Result<(), Fault> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| NO_WORKBOOK)?;
    let sheets = workbook.sheets_metadata().to_vec();
    Limit::Sheets.check(sheets.len())?;
    for sheet in sheets {
        let is_table = sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible;
        if !is_table || layout::is_aside(&sheet.name) {
            reader.skip(&sheet.name);
            continue;
        }
        let formulas = match has_formulas {
            true => not_calculated(&mut workbook, &sheet.name, reader)?,
            false => HashMap::new(),
        };
        let table = cells(&mut workbook, &sheet.name, formulas, reader)?;
        reader.table(&table);
    }
    Ok(())
}

type Workbook<'b> = Xlsx<Cursor<&'b [u8]>>;

/// The formulas whose results the file does not have, as programs write them that do not calculate: an empty cell would
/// be taken for a figure that is missing.
fn not_calculated(
    workbook: &mut Workbook<'_>,
    sheet: &str,
    reader: &mut Reader<'_>,
) -> Result<HashMap<(u32, u32), String>, Fault> {
    let mut formulas = HashMap::new();
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(|_| NO_WORKBOOK)?;
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|_| NO_WORKBOOK)? {
        let text = match cell.formula {
            Some(XlsxFormulaMetadata::Normal { formula } | XlsxFormulaMetadata::Shared { formula, .. }) => {
                formula
            }
            Some(_) => String::new(),
            None => continue,
        };
        if cell.value == DataRef::Empty {
            reader.count.text(text.len())?;
            formulas.insert(cell.pos, format!("={text}"));
            Limit::Cells.check(formulas.len())?;
        }
    }
    Ok(formulas)
}

fn cells(
    workbook: &mut Workbook<'_>,
    sheet: &str,
    mut formulas: HashMap<(u32, u32), String>,
    reader: &mut Reader<'_>,
) -> Result<Table, Fault> {
    let mut table = Table::new(sheet);
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(|_| NO_WORKBOOK)?;
    let mut row: Option<Row> = None;
    while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(|_| NO_WORKBOOK)? {
        let (at, column) = cell.get_position();
        let percent = || {
            let style = cells.styles().get(style).and_then(|style| style.number_format.as_ref());
            style.is_some_and(|format| shows_percent(&format.format_code))
        };
        let raw = match cell.get_value() {
            DataRef::Empty => match formulas.remove(&(at, column)) {
                Some(formula) => Raw::Formula(formula),
                None => continue,
            },
            DataRef::Int(whole) => Raw::Number(*whole as f64),
            DataRef::Float(float) if percent() => Raw::Number(number::percent(*float)),
            DataRef::Float(float) => Raw::Number(*float),
            other => text(other, reader)?,
        };
        if raw.is_blank() {
            continue;
        }
        reader.count.cell(0)?;
        let number = at.saturating_add(1);
        match &mut row {
            Some(row) if row.number == number => {
                if row.cells.last().is_some_and(|(last, _)| *last >= column) {
                    return Err(NO_WORKBOOK);
                }
                row.cells.push((column, raw));
            }
            current => {
                let fresh = Row { number, cells: vec![(column, raw)], fields: None };
                if let Some(done) = current.replace(fresh) {
                    if done.number > number {
                        return Err(NO_WORKBOOK);
                    }
                    reader.count.push(&mut table, done)?;
                }
            }
        }
    }
    if let Some(done) = row {
        reader.count.push(&mut table, done)?;
    }
    Ok(table)
}

/// A cell that is not a number, as it is shown; its text is counted before it is copied.
fn text(cell: &DataRef<'_>, reader: &mut Reader<'_>) -> Result<Raw, Fault> {
    let mut copy = |text: &str| {
        reader.count.text(text.len())?;
        without_nul(text)?;
        Ok(text.to_owned())
    };
    Ok(match cell {
        DataRef::String(text) => Raw::Text(copy(text)?),
        DataRef::SharedString(text) => Raw::Text(copy(text)?),
        DataRef::Bool(truth) => Raw::Other(if *truth { "TRUE" } else { "FALSE" }.to_owned()),
        DataRef::DateTime(date) => Raw::Other(shown_date(date)),
        DataRef::DateTimeIso(date) | DataRef::DurationIso(date) => Raw::Other(copy(date)?),
        DataRef::Error(error) => Raw::Other(error.to_string()),
        DataRef::Int(_) | DataRef::Float(_) | DataRef::Empty => Raw::Empty,
    })
}

fn shown_date(date: &calamine::ExcelDateTime) -> String {
    if !date.is_datetime() || !(0.0..2_958_466.0).contains(&date.as_f64()) {
        return date.as_f64().to_string();
    }
    let (year, month, day, ..) = date.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

/// Whether a number format shows a hundred times the number: a `%` that is neither quoted nor escaped.
fn shows_percent(format: &str) -> bool {
    let mut quoted = false;
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => quoted = !quoted,
            '\\' | '_' | '*' if !quoted => drop(letters.next()),
            '%' if !quoted => return true,
            _ => (),
        }
    }
    false
}
