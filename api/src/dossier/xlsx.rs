//! Blocks → a workbook with a sheet for each table, and the ministry's data file.

use std::io::{Seek, Write};

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::content::Content;
use super::report::{Block, Cell, Column, Letter, Table, listed, subject, tell};
use crate::error::{Error, Result};

/// What a cell of a workbook can hold, in UTF-16 units (Excel's specifications and limits).
const LONGEST: usize = 32_767;
const A4: u8 = 9;

/// The report's tables, one sheet each, behind one with its texts.
///
/// # Errors
/// [`Error::Internal`] when it cannot be written.
pub(super) fn report(
    content: &Content,
    letter: &Letter,
    file: &mut (impl Write + Seek + Send),
) -> Result<()> {
    let mut book = Book::begin(content)?;
    let mut summary = book.sheet("Tóm tắt", "BÁO CÁO", vec![Column { title: "Nội dung", width: 110 }])?;
    book.row(&mut summary, &[Cell::Text(subject(content))])?;
    tell(content, letter, &[], &mut |block| match block {
        Block::Table(table) => book.table(table),
        Block::Heading(text) | Block::Paragraph(text) | Block::Note(text) => {
            book.row(&mut summary, &[Cell::Text(text)])
        }
        Block::Annex(_) | Block::Blank | Block::Picture(_) => Ok(()),
    })?;
    book.save(file)
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
        rows: Box::new(content.values.iter().map(row)),
    };
    let about = Table {
        sheet: "Hồ sơ",
        title: "Hồ sơ đã chốt".to_owned(),
        columns: vec![Column { title: "Mục", width: 24 }, Column { title: "Nội dung", width: 70 }],
        rows: Box::new(
            [
                vec![Cell::text("Lần chốt"), Cell::Number(letter.revision.into(), None)],
                vec![Cell::text("Ngày chốt"), Cell::Date(content.as_of)],
                vec![Cell::text("SHA-256"), Cell::text(&letter.hash)],
                vec![Cell::text("Văn bản số"), optional(letter.number.as_deref())],
            ]
            .into_iter(),
        ),
    };
    let mut book = Book::begin(content)?;
    book.table(values)?;
    book.table(about)?;
    book.save(file)
}

/// A workbook whose rows go to temporary files as they come.
struct Book {
    workbook: Workbook,
    styles: Styles,
}

/// Which sheet of a workbook, and where its next row goes.
struct Sheet {
    place: usize,
    next: u32,
    columns: Vec<Column>,
}

struct Styles {
    title: Format,
    head: Format,
    cell: Format,
    date: Format,
}

impl Styles {
    fn new() -> Self {
        let framed = Format::new().set_text_wrap().set_border(FormatBorder::Thin);
        let cell = framed.clone().set_align(FormatAlign::Top);
        Self {
            title: Format::new().set_bold(),
            head: framed.set_bold().set_align(FormatAlign::Center),
            date: cell.clone().set_num_format("dd/mm/yyyy"),
            cell,
        }
    }
}

/// Rows above the first of a table: its title and its head.
const HEAD: u32 = 2;

impl Book {
    fn begin(content: &Content) -> Result<Self> {
        let mut workbook = Workbook::new();
        let made = ExcelDateTime::parse_from_str(&content.as_of.to_string()).map_err(Error::internal)?;
        workbook
            .set_properties(&DocProperties::new().set_creation_datetime(&made).set_title(subject(content)));
        Ok(Self { workbook, styles: Styles::new() })
    }

    /// A new sheet with its head.
    fn sheet(&mut self, name: &str, title: &str, columns: Vec<Column>) -> Result<Sheet> {
        let place = self.workbook.worksheets().len();
        let sheet = self.workbook.add_worksheet_with_constant_memory().map_err(Error::internal)?;
        begin(sheet, &self.styles, name, title, &columns).map_err(Error::internal)?;
        Ok(Sheet { place, next: HEAD, columns })
    }

    fn row(&mut self, sheet: &mut Sheet, row: &[Cell]) -> Result<()> {
        let page = self.workbook.worksheet_from_index(sheet.place).map_err(Error::internal)?;
        write(page, &self.styles, sheet, row).map_err(Error::internal)?;
        sheet.next += 1;
        Ok(())
    }

    fn table(&mut self, table: Table<'_>) -> Result<()> {
        let mut sheet = self.sheet(table.sheet, &table.title, table.columns)?;
        table.rows.into_iter().try_for_each(|row| self.row(&mut sheet, &row))
    }

    fn save(mut self, file: &mut (impl Write + Seek + Send)) -> Result<()> {
        self.workbook.save_to_writer(file).map_err(Error::internal)
    }
}

fn begin(
    sheet: &mut Worksheet,
    styles: &Styles,
    name: &str,
    title: &str,
    columns: &[Column],
) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    sheet.set_freeze_panes(HEAD, 0)?;
    sheet
        .set_landscape()
        .set_paper_size(A4)
        .set_print_fit_to_pages(1, 0)
        .set_repeat_rows(HEAD - 1, HEAD - 1)?;
    for (at, column) in (0_u16..).zip(columns) {
        sheet.set_column_width(at, column.width as f64)?;
    }
    sheet.write_string_with_format(0, 0, title, &styles.title)?;
    for (at, column) in (0_u16..).zip(columns) {
        sheet.write_string_with_format(HEAD - 1, at, column.title, &styles.head)?;
    }
    Ok(())
}

fn write(page: &mut Worksheet, styles: &Styles, sheet: &Sheet, row: &[Cell]) -> Result<(), XlsxError> {
    let Sheet { next, columns, .. } = sheet;
    let at = *next;
    let height = height(row, columns);
    if height > LINE && at < ROWS_WITH_HEIGHT {
        page.set_row_height(at, height)?;
    }
    for (column, what) in (0_u16..).zip(row) {
        match what {
            // A text, whatever it begins with: nothing that users wrote becomes a formula.
            Cell::Text(text) => page.write_string_with_format(at, column, fitting(text), &styles.cell)?,
            Cell::Count(count) => page.write_number_with_format(at, column, *count as f64, &styles.cell)?,
            Cell::Number(value, None) => page.write_number_with_format(at, column, *value, &styles.cell)?,
            Cell::Number(value, Some(decimals)) => {
                let zeros = "0".repeat(usize::from(*decimals));
                let style = styles.cell.clone().set_num_format(format!("0.{zeros}"));
                page.write_number_with_format(at, column, *value, &style)?
            }
            Cell::Date(day) => {
                let day = ExcelDateTime::parse_from_str(&day.to_string())?;
                page.write_datetime_with_format(at, column, day, &styles.date)?
            }
            Cell::Missing => page.write_blank(at, column, &styles.cell)?,
        };
    }
    Ok(())
}

/// Points of a row of one line, which is what a row without a height has.
const LINE: f64 = 15.0;
/// A workbook keeps the heights of its rows in memory: behind so many, a program has to find out by itself.
const ROWS_WITH_HEIGHT: u32 = 1_000;

/// Points that a row needs, since not every program finds out by itself: its longest cell, letter by letter.
fn height(row: &[Cell], columns: &[Column]) -> f64 {
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
