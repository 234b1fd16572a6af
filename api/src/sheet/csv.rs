//! CSV, in the encodings and with the delimiters that spreadsheets write.

use std::borrow::Cow;

use ::csv::{ByteRecord, ReaderBuilder};

use super::dictionary::Dictionary;
use super::layout::{self, Shape};
use super::reading::Reader;
use super::table::{Count, Raw, Row, Table, without_nul};
use super::{Defect, Fault};

const NO_TEXT: Fault = Fault::NotReadable(Defect::Encoding);

pub(super) fn read(bytes: &[u8], reader: &mut Reader<'_>) -> Result<(), Fault> {
    let text = decode(bytes)?;
    let delimiter = sniff(&text, reader.dictionary)?;
    let table = table(&text, delimiter, usize::MAX, &mut reader.count)?;
    reader.table(&table);
    Ok(())
}

/// The text of UTF-8, or of UTF-16 with a byte order mark.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
    let wide = |from: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes[2..].as_chunks::<2>();
        if !rest.is_empty() {
            return Err(NO_TEXT);
        }
        let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| from(*pair))).collect();
        text.map(Cow::Owned).map_err(|_| NO_TEXT)
    };
    let text = match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes)?,
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(std::str::from_utf8(rest).map_err(|_| NO_TEXT)?),
        _ => Cow::Borrowed(std::str::from_utf8(bytes).map_err(|_| NO_TEXT)?),
    };
    // UTF-16 without its mark is valid UTF-8 full of NUL.
    without_nul(&text)?;
    Ok(text)
}

/// The delimiter with which the first rows have a header; of several, the one that finds most in it.
fn sniff(text: &str, dictionary: &Dictionary) -> Result<u8, Fault> {
    let mut best = (0, b',');
    for delimiter in [b',', b';', b'\t'] {
        let table = table(text, delimiter, 40, &mut Count::default());
        let found = table.ok().and_then(|table| layout::find(&table, dictionary)).map_or(0, |layout| {
            layout.units.len()
                + match layout.shape {
                    Shape::Wide { columns } => columns.len(),
                    Shape::Long { nodes, figures, .. } => nodes.len() + figures.len(),
                }
        });
        if found > best.0 {
            best = (found, delimiter);
        }
    }
    Ok(best.1)
}

fn table(text: &str, delimiter: u8, most: usize, count: &mut Count) -> Result<Table, Fault> {
    let mut table = Table::new("");
    let mut records = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    let mut number = 0_u32;
    let mut end = 0;
    while table.rows.len() < most && records.read_byte_record(&mut record).map_err(|_| NO_TEXT)? {
        // The reader passes over empty lines, a spreadsheet counts them.
        let skipped = empty_lines(text, end);
        end = usize::try_from(records.position().byte()).unwrap_or(usize::MAX);
        number = number.saturating_add(skipped).saturating_add(1);
        let mut cells = Vec::new();
        for (column, field) in (0_u32..).zip(&record) {
            let field = std::str::from_utf8(field).map_err(|_| NO_TEXT)?;
            let field = unmasked(field);
            if field.trim().is_empty() {
                continue;
            }
            count.cell(field.len())?;
            cells.push((column, Raw::Text(field.to_owned())));
        }
        count.push(&mut table, Row { number, cells, fields: Some(record.len()) })?;
    }
    Ok(table)
}

/// The text behind the apostrophe that keeps a spreadsheet from taking it for a formula.
fn unmasked(field: &str) -> &str {
    match field.strip_prefix('\'') {
        Some(rest) if super::write::is_formula(rest) => rest,
        _ => field,
    }
}

/// How many empty lines follow the record that ends at `end`.
fn empty_lines(text: &str, end: usize) -> u32 {
    let mut lines = 0;
    let mut last = text.as_bytes().get(end.wrapping_sub(1)).copied();
    for byte in text.bytes().skip(end).take_while(|byte| matches!(byte, b'\r' | b'\n')) {
        // The record ends with CR or LF; of CRLF, LF is left over.
        if !(byte == b'\n' && last == Some(b'\r')) {
            lines += 1;
        }
        last = Some(byte);
    }
    lines
}
