//! CSV: the long layout, for Excel in any locale.

use ::csv::{Terminator, Writer, WriterBuilder};

use super::{Figure, Line, Outline, is_formula};
use crate::sheet::Fault;
use crate::sheet::number::{Spelled, spell};

pub(super) fn head(outline: &Outline) -> Result<Vec<u8>, Fault> {
    let mut rows = rows(b"\xef\xbb\xbf".to_vec());
    for warning in &outline.warnings {
        rows.write_record([masked(warning)]).map_err(|_| Fault::NotWritable)?;
    }
    let lang = outline.lang;
    let headings = [
        lang.pick("Mã địa phương", "Unit code"),
        lang.pick("Địa phương", "Unit name"),
        lang.pick("Mã chỉ số", "Node code"),
        lang.pick("Chỉ số", "Node name"),
    ];
    let of_figures = outline.series.iter().map(|series| match (series.figure, series.computed) {
        (Figure::Value, _) => lang.pick("Giá trị", "Value"),
        (Figure::Score, false) => lang.pick("Điểm", "Score"),
        (Figure::Rank, false) => lang.pick("Hạng", "Rank"),
        (Figure::Score, true) => lang.pick("Điểm tính toán", "Computed score"),
        (Figure::Rank, true) => lang.pick("Hạng tính toán", "Computed rank"),
    });
    rows.write_record(headings.into_iter().chain(of_figures)).map_err(|_| Fault::NotWritable)?;
    rows.into_inner().map_err(|_| Fault::NotWritable)
}

pub(super) fn lines(outline: &Outline, lines: &[Line]) -> Result<Vec<u8>, Fault> {
    let mut rows = rows(Vec::new());
    for line in lines {
        for (at, column) in outline.columns.iter().enumerate() {
            let names = [&line.unit.code, &line.unit.name, &column.label.code, &column.label.name];
            let number = |(place, series): (usize, &super::Series)| {
                let number = line.get(place, at).filter(|_| column.kind.has(series.figure));
                number.map(plain).unwrap_or_default()
            };
            let numbers = outline.series.iter().enumerate().map(number);
            let record = names.map(|text| masked(text)).into_iter().chain(numbers);
            rows.write_record(record).map_err(|_| Fault::NotWritable)?;
        }
    }
    rows.into_inner().map_err(|_| Fault::NotWritable)
}

fn rows(bytes: Vec<u8>) -> Writer<Vec<u8>> {
    WriterBuilder::new().flexible(true).terminator(Terminator::CRLF).from_writer(bytes)
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
