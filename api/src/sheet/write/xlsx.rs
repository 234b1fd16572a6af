//! XLSX: a sheet for each figure in the wide layout, codes above names, and a sheet that says what it is about.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::{Export, Figure, Series};
use crate::sheet::ColumnKind;

pub(super) fn write(export: &Export<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let written = ExcelDateTime::from_timestamp(export.written.timestamp())?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&written));
    for series in export.series() {
        figures(workbook.add_worksheet(), export, series)?;
    }
    about(workbook.add_worksheet(), export)?;
    workbook.save_to_buffer()
}

fn figures(sheet: &mut Worksheet, export: &Export<'_>, series: Series) -> Result<(), XlsxError> {
    let lang = export.lang;
    sheet.set_name(match (series.figure, series.computed) {
        (Figure::Value, _) => lang.pick("Giá trị", "Values"),
        (Figure::Score, false) => lang.pick("Điểm", "Scores"),
        (Figure::Rank, false) => lang.pick("Xếp hạng", "Ranks"),
        (Figure::Score, true) => lang.pick("Điểm tính toán", "Computed scores"),
        (Figure::Rank, true) => lang.pick("Xếp hạng tính toán", "Computed ranks"),
    })?;
    let bold = Format::new().set_bold();
    let wrapped = Format::new().set_bold().set_text_wrap();
    sheet.write_string_with_format(0, 0, lang.pick("Mã", "Code"), &bold)?;
    sheet.write_string_with_format(0, 1, lang.pick("Địa phương", "Unit"), &bold)?;
    let fitting = export.columns.iter().enumerate().filter(|(_, column)| column.kind.has(series.figure));
    let columns: Vec<usize> = fitting.map(|(at, _)| at).collect();
    for (column, at) in (2_u16..).zip(&columns) {
        if let Some(head) = export.columns.get(*at) {
            sheet.write_string_with_format(0, column, &head.label.code, &bold)?;
            sheet.write_string_with_format(1, column, &head.label.name, &wrapped)?;
        }
        sheet.set_column_width(column, 14)?;
    }
    for (row, (unit, label)) in (2_u32..).zip(export.units.iter().enumerate()) {
        sheet.write_string(row, 0, &label.code)?;
        sheet.write_string(row, 1, &label.name)?;
        for (column, at) in (2_u16..).zip(&columns) {
            if let Some(number) = export.get(series, unit, *at) {
                sheet.write_number(row, column, number)?;
            }
        }
    }
    sheet.set_column_width(0, 8)?;
    sheet.set_column_width(1, 26)?;
    sheet.set_freeze_panes(2, 2)?;
    Ok(())
}

fn about(sheet: &mut Worksheet, export: &Export<'_>) -> Result<(), XlsxError> {
    let lang = export.lang;
    sheet.set_name(lang.pick("Giới thiệu", "About"))?;
    let bold = Format::new().set_bold();
    let mut row = 0;
    for (heading, text) in export.about {
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
    for column in export.columns {
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
