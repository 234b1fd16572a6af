//! CSV: the long layout, for Excel in any locale.

use ::csv::{Terminator, WriterBuilder};

use super::{Export, Figure, Series, is_formula};
use crate::sheet::Fault;
use crate::sheet::number::{Spelled, spell};

pub(super) fn write(export: &Export<'_>) -> Result<Vec<u8>, Fault> {
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    let mut rows = WriterBuilder::new().flexible(true).terminator(Terminator::CRLF).from_writer(&mut bytes);
    for warning in export.warnings {
        rows.write_record([masked(warning)]).map_err(|_| Fault::NotWritable)?;
    }
    let lang = export.lang;
    let headings = [
        lang.pick("Mã địa phương", "Unit code"),
        lang.pick("Địa phương", "Unit name"),
        lang.pick("Mã chỉ số", "Node code"),
        lang.pick("Chỉ số", "Node name"),
    ];
    let all: Vec<Series> = export.series().collect();
    let of_figures = all.iter().map(|series| match (series.figure, series.computed) {
        (Figure::Value, _) => lang.pick("Giá trị", "Value"),
        (Figure::Score, false) => lang.pick("Điểm", "Score"),
        (Figure::Rank, false) => lang.pick("Hạng", "Rank"),
        (Figure::Score, true) => lang.pick("Điểm tính toán", "Computed score"),
        (Figure::Rank, true) => lang.pick("Hạng tính toán", "Computed rank"),
    });
    rows.write_record(headings.into_iter().chain(of_figures)).map_err(|_| Fault::NotWritable)?;
    for (unit, label, at, column) in export.rows()? {
        let names =
            [&label.code, &label.name, &column.label.code, &column.label.name].map(|text| masked(text));
        let numbers = all.iter().map(|series| export.get(*series, unit, at).map(plain).unwrap_or_default());
        rows.write_record(names.into_iter().chain(numbers)).map_err(|_| Fault::NotWritable)?;
    }
    rows.flush().map_err(|_| Fault::NotWritable)?;
    drop(rows);
    Ok(bytes)
}

/// The text behind an apostrophe if a spreadsheet would take it for a formula.
fn masked(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// The shortest digits that give the number back; `1.234` gets a zero, so that nobody takes it for a thousand.
fn plain(number: f64) -> String {
    let text = number.to_string();
    if matches!(spell(&text), Spelled::Either { .. }) { text + "0" } else { text }
}
