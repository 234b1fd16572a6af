//! CSV: the long layout, for Excel in any locale.

use ::csv::{Terminator, WriterBuilder};

use super::{Export, Figure, is_formula};
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
        lang.pick("Mã tỉnh", "Unit code"),
        lang.pick("Tỉnh", "Unit name"),
        lang.pick("Mã chỉ số", "Node code"),
        lang.pick("Chỉ số", "Node name"),
    ];
    let figures: Vec<Figure> = export.figures().collect();
    let of_figures = figures.iter().map(|figure| match figure {
        Figure::Value => lang.pick("Giá trị", "Value"),
        Figure::Score => lang.pick("Điểm", "Score"),
        Figure::Rank => lang.pick("Hạng", "Rank"),
    });
    rows.write_record(headings.into_iter().chain(of_figures)).map_err(|_| Fault::NotWritable)?;
    for (unit, label, at, column) in export.rows()? {
        let names =
            [&label.code, &label.name, &column.label.code, &column.label.name].map(|text| masked(text));
        let numbers =
            figures.iter().map(|figure| export.get(*figure, unit, at).map(plain).unwrap_or_default());
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
