//! Blocks → a workbook with a sheet for each table, and the ministry's data file.

use std::io::{Seek, Write};

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::content::Content;
use super::report::{Block, Cell, Column, Letter, Table, listed, subject};
use crate::error::{Error, Result};

/// What a cell of a workbook can hold, in UTF-16 units (Excel's specifications and limits).
const LONGEST: usize = 32_767;
const A4: u8 = 9;

/// The report's tables, one sheet each.
///
/// # Errors
/// [`Error::Internal`] when it cannot be written.
pub(super) fn report(
    content: &Content,
    blocks: Vec<Block>,
    file: &mut (impl Write + Seek + Send),
) -> Result<()> {
    let mut texts = vec![subject(content)];
    let mut tables = Vec::new();
    for block in blocks {
        match block {
            Block::Table(table) => tables.push(table),
            Block::Heading(text) | Block::Paragraph(text) | Block::Note(text) => texts.push(text),
            Block::Annex(_) | Block::Blank | Block::Picture { .. } => {}
        }
    }
    let summary = Table {
        sheet: "Tóm tắt",
        title: "BÁO CÁO".to_owned(),
        columns: vec![Column { title: "Nội dung", width: 110 }],
        rows: texts.into_iter().map(|text| vec![Cell::Text(text)]).collect(),
    };
    tables.insert(0, summary);
    workbook(content, &tables, file).map_err(Error::internal)
}

/// The ministry's data file: a row for each value, with everything that it stands on.
///
/// # Errors
/// [`Error::Internal`] when it cannot be written.
pub(super) fn data_file(
    content: &Content,
    letter: &Letter,
    file: &mut (impl Write + Seek + Send),
) -> Result<()> {
    let optional = |text: Option<&str>| text.map_or(Cell::Missing, Cell::text);
    let row = |value: &super::content::Value| {
        let evidence = |what: &dyn Fn(&super::content::Evidence) -> Option<String>| {
            Cell::Text(listed(value.evidence.iter().filter_map(what)))
        };
        vec![
            Cell::Number(value.edition_year.into(), None),
            Cell::text(&value.indicator),
            Cell::text(&value.name_vi),
            Cell::Number(value.value, None),
            Cell::text(&value.unit),
            value.year.map_or(Cell::Missing, |year| Cell::Number(year.into(), None)),
            optional(value.organization.as_deref()),
            optional(value.method_note.as_deref()),
            optional(value.source.as_deref()),
            evidence(&|one| Some(one.title.clone())),
            evidence(&|one| one.document_number.clone()),
            evidence(&|one| one.sha256.clone()),
            optional(value.submission_id.as_ref().map(|id| id.as_str())),
        ]
    };
    const COLUMNS: [(&str, usize); 13] = [
        ("Năm xếp hạng", 10),
        ("Mã chỉ số", 10),
        ("Chỉ số", 50),
        ("Giá trị", 14),
        ("Đơn vị tính", 18),
        ("Năm số liệu", 10),
        ("Cơ quan cung cấp", 16),
        ("Phương pháp", 30),
        ("Nguồn", 30),
        ("Minh chứng", 40),
        ("Số, ký hiệu", 20),
        ("SHA-256", 66),
        ("Mã bản ghi", 54),
    ];
    let values = Table {
        sheet: "Số liệu",
        title: subject(content),
        columns: COLUMNS.into_iter().map(|(title, width)| Column { title, width }).collect(),
        rows: content.values.iter().map(row).collect(),
    };
    let about = Table {
        sheet: "Hồ sơ",
        title: "Hồ sơ đã chốt".to_owned(),
        columns: vec![Column { title: "Mục", width: 24 }, Column { title: "Nội dung", width: 70 }],
        rows: vec![
            vec![Cell::text("Lần chốt"), Cell::Number(letter.revision.into(), None)],
            vec![Cell::text("Ngày chốt"), Cell::Date(content.as_of)],
            vec![Cell::text("SHA-256"), Cell::text(&letter.hash)],
            vec![Cell::text("Văn bản số"), optional(letter.number.as_deref())],
        ],
    };
    workbook(content, &[values, about], file).map_err(Error::internal)
}

fn workbook(
    content: &Content,
    tables: &[Table],
    file: &mut (impl Write + Seek + Send),
) -> Result<(), XlsxError> {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::parse_from_str(&content.as_of.to_string())?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made).set_title(subject(content)));
    for table in tables {
        sheet(workbook.add_worksheet(), table)?;
    }
    workbook.save_to_writer(file)
}

/// Points that a row needs, since not every program finds out by itself: its longest cell, letter by letter.
fn height(row: &[Cell], columns: &[Column]) -> f64 {
    const LINE: f64 = 15.0;
    const TALLEST: f64 = 400.0;
    let lines = |(cell, column): (&Cell, &Column)| -> usize {
        // Bold and broad letters, and the edges.
        let fit = (column.width * 9 / 10).max(1);
        cell.shown().lines().map(|line| line.chars().count().div_ceil(fit).max(1)).sum()
    };
    let most = row.iter().zip(columns).map(lines).max().unwrap_or(1).max(1);
    (most as f64 * LINE).min(TALLEST)
}

/// As much of a text as a cell can hold; the text document has the whole.
fn fitting(text: &str) -> &str {
    let mut units = 0;
    let end = text.char_indices().find(|(_, letter)| {
        units += letter.len_utf16();
        units > LONGEST
    });
    end.map_or(text, |(at, _)| &text[..at])
}

fn sheet(sheet: &mut Worksheet, table: &Table) -> Result<(), XlsxError> {
    const HEAD: u32 = 1;
    let bold = Format::new().set_bold();
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_border(FormatBorder::Thin)
        .set_align(FormatAlign::Center);
    let cell = Format::new().set_text_wrap().set_border(FormatBorder::Thin).set_align(FormatAlign::Top);
    let date = cell.clone().set_num_format("dd/mm/yyyy");
    let number = |decimals: Option<u8>| match decimals {
        Some(decimals) => cell.clone().set_num_format(format!("0.{}", "0".repeat(decimals.into()))),
        None => cell.clone(),
    };
    sheet.set_name(table.sheet)?;
    sheet.write_string_with_format(0, 0, &table.title, &bold)?;
    for (at, column) in (0_u16..).zip(&table.columns) {
        sheet.write_string_with_format(HEAD, at, column.title, &head)?;
        sheet.set_column_width(at, column.width as f64)?;
    }
    for (at, row) in (HEAD + 1..).zip(&table.rows) {
        sheet.set_row_height(at, height(row, &table.columns))?;
        for (column, what) in (0_u16..).zip(row) {
            match what {
                // A text, whatever it begins with: nothing that users wrote becomes a formula.
                Cell::Text(text) => sheet.write_string_with_format(at, column, fitting(text), &cell)?,
                Cell::Count(count) => sheet.write_number_with_format(at, column, *count as f64, &cell)?,
                Cell::Number(value, decimals) => {
                    sheet.write_number_with_format(at, column, *value, &number(*decimals))?
                }
                Cell::Date(day) => {
                    let day = ExcelDateTime::parse_from_str(&day.to_string())?;
                    sheet.write_datetime_with_format(at, column, day, &date)?
                }
                Cell::Missing => sheet.write_blank(at, column, &cell)?,
            };
        }
    }
    sheet.set_freeze_panes(HEAD + 1, 0)?;
    sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0).set_repeat_rows(HEAD, HEAD)?;
    Ok(())
}
