//! XLSX: a sheet for each figure in the wide layout, codes above names, and a sheet that says what it is about.
//!
//! Rows go to temporary files as they come; only their texts, which the sheets share, stay in memory.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::{Figure, Line, Outline, Series};
use crate::sheet::{self, ColumnKind, Fault};

/// A workbook, written line by line.
pub struct Book {
    outline: Outline,
    workbook: Workbook,
    lines: usize,
}

impl Book {
    /// A workbook with its headings.
    ///
    /// # Errors
    /// As [`Outline::check`]; [`Fault::NotWritable`] when a text does not go into a cell or there is no room for
    /// temporary files.
    pub fn begin(outline: Outline) -> Result<Self, Fault> {
        outline.check(sheet::Format::Xlsx)?;
        let workbook = begun(&outline).map_err(|_| Fault::NotWritable)?;
        Ok(Self { outline, workbook, lines: 0 })
    }

    /// Writes the next unit.
    ///
    /// # Errors
    /// [`Fault::NotWritable`] when it has other columns than the outline, a number is not finite, a text does not go
    /// into a cell or there is no more room.
    pub fn line(&mut self, line: &Line) -> Result<(), Fault> {
        self.outline.check_line(line)?;
        self.write(line).map_err(|_| Fault::NotWritable)?;
        self.lines += 1;
        Ok(())
    }

    fn write(&mut self, line: &Line) -> Result<(), XlsxError> {
        let row = u32::try_from(self.lines + HEAD).map_err(|_| XlsxError::RowColumnLimitError)?;
        for (place, series) in self.outline.series.iter().enumerate() {
            let sheet = self.workbook.worksheet_from_index(place)?;
            sheet.write_string(row, 0, &line.unit.code)?;
            sheet.write_string(row, 1, &line.unit.name)?;
            for (column, (at, _)) in (2_u16..).zip(self.outline.columns_with(series.figure)) {
                if let Some(number) = line.get(place, at) {
                    sheet.write_number(row, column, number)?;
                }
            }
        }
        Ok(())
    }

    /// Writes the whole into a file; the same figures give the same bytes.
    ///
    /// # Errors
    /// [`Fault::NotWritable`] when there were more or fewer units than the outline said, or the file is not written.
    pub fn save(mut self, file: &mut File) -> Result<(), Fault> {
        if self.lines != self.outline.units {
            return Err(Fault::NotWritable);
        }
        let mut file = BufWriter::new(file);
        self.workbook.save_to_writer(&mut file).map_err(|_| Fault::NotWritable)?;
        file.flush().and_then(|()| file.rewind()).map_err(|_| Fault::NotWritable)
    }
}

/// Rows above the first unit.
const HEAD: usize = 2;

fn begun(outline: &Outline) -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    let written = ExcelDateTime::from_timestamp(outline.written.timestamp())?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&written));
    for series in &outline.series {
        head(workbook.add_worksheet_with_low_memory()?, outline, *series)?;
    }
    about(workbook.add_worksheet(), outline)?;
    Ok(workbook)
}

fn head(sheet: &mut Worksheet, outline: &Outline, series: Series) -> Result<(), XlsxError> {
    let lang = outline.lang;
    sheet.set_name(match (series.figure, series.computed) {
        (Figure::Value, _) => lang.pick("Giá trị", "Values"),
        (Figure::Score, false) => lang.pick("Điểm", "Scores"),
        (Figure::Rank, false) => lang.pick("Xếp hạng", "Ranks"),
        (Figure::Score, true) => lang.pick("Điểm tính toán", "Computed scores"),
        (Figure::Rank, true) => lang.pick("Xếp hạng tính toán", "Computed ranks"),
    })?;
    let bold = Format::new().set_bold();
    let wrapped = Format::new().set_bold().set_text_wrap();
    sheet.set_column_width(0, 8)?;
    sheet.set_column_width(1, 26)?;
    sheet.set_freeze_panes(2, 2)?;
    sheet.write_string_with_format(0, 0, lang.pick("Mã", "Code"), &bold)?;
    sheet.write_string_with_format(0, 1, lang.pick("Địa phương", "Unit"), &bold)?;
    for (place, (_, column)) in (2_u16..).zip(outline.columns_with(series.figure)) {
        sheet.write_string_with_format(0, place, &column.label.code, &bold)?;
        sheet.set_column_width(place, 14)?;
    }
    // A row that was left is on disk: the names come when all codes are written.
    for (place, (_, column)) in (2_u16..).zip(outline.columns_with(series.figure)) {
        sheet.write_string_with_format(1, place, &column.label.name, &wrapped)?;
    }
    Ok(())
}

fn about(sheet: &mut Worksheet, outline: &Outline) -> Result<(), XlsxError> {
    let lang = outline.lang;
    sheet.set_name(lang.pick("Giới thiệu", "About"))?;
    let bold = Format::new().set_bold();
    let mut row = 0;
    for (heading, text) in &outline.about {
        sheet.write_string_with_format(row, 0, heading, &bold)?;
        sheet.write_string(row, 1, text)?;
        row += 1;
    }
    row += 1;
    let headings = [
        lang.pick("Mã", "Code"),
        lang.pick("Tên", "Name"),
        lang.pick("Đơn vị đo", "Unit of measure"),
        lang.pick("Loại", "Kind"),
    ];
    for (column, heading) in (0_u16..).zip(headings) {
        sheet.write_string_with_format(row, column, heading, &bold)?;
    }
    for column in &outline.columns {
        row += 1;
        sheet.write_string(row, 0, &column.label.code)?;
        sheet.write_string(row, 1, &column.label.name)?;
        sheet.write_string(row, 2, &column.measure)?;
        sheet.write_string(
            row,
            3,
            match column.kind {
                ColumnKind::Indicator => lang.pick("chỉ số", "indicator"),
                ColumnKind::Aggregate => lang.pick("tổng hợp", "aggregate"),
                ColumnKind::Denominator => lang.pick("mẫu số", "denominator"),
            },
        )?;
    }
    sheet.set_column_width(0, 24)?;
    sheet.set_column_width(1, 60)?;
    sheet.set_column_width(2, 20)?;
    sheet.set_column_width(3, 14)?;
    Ok(())
}
