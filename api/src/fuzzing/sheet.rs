//! Files of figures.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;

use crate::sheet::{Column, ColumnKind, Dictionary, FIGURES, Format, LISTED, Term, read};

const RELS: &str = r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const WORKBOOK_RELS: &str = r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const WORKSHEET: &str = r#"<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>unit</v></c><c r="B1" t="s"><v>0</v></c></row><row r="2"><c r="A2"><v>20</v></c><c r="B2" s="0"><v>1.5</v></c></row></sheetData></worksheet>"#;

/// The bytes are a file of any format, or a part of a workbook if they begin with its tag: packed, most changes would be
/// found by the archive's check sums and never reach the reader.
pub fn sheet(bytes: &[u8]) {
    if bytes.starts_with(b"PK") {
        return survives(bytes, Format::Xlsx);
    }
    if let Some(workbook) = part_of(bytes).and_then(|name| with_part(name, bytes).ok()) {
        return survives(&workbook, Format::Xlsx);
    }
    survives(bytes, Format::Csv);
    survives(bytes, Format::Json);
}

fn survives(bytes: &[u8], format: Format) {
    let dictionary = dictionary();
    for figure in FIGURES {
        let Ok(reading) = read(bytes, format, &dictionary, figure) else { continue };
        assert!(reading.errors.len() <= LISTED && reading.errors.len() <= reading.error_count);
        assert!(reading.unmatched.len() <= LISTED && reading.unmatched.len() <= reading.unmatched_count);
        assert!(reading.cells.iter().all(|cell| cell.value.is_none_or(f64::is_finite)));
        assert!(reading.cells.iter().all(|cell| reading.units.contains(&cell.unit)));
    }
}

fn part_of(bytes: &[u8]) -> Option<&'static str> {
    [
        (b"<worksheet".as_slice(), "xl/worksheets/sheet1.xml"),
        (b"<workbook", "xl/workbook.xml"),
        (b"<Relationships", "xl/_rels/workbook.xml.rels"),
        (b"<sst", "xl/sharedStrings.xml"),
        (b"<styleSheet", "xl/styles.xml"),
    ]
    .into_iter()
    .find_map(|(tag, name)| bytes.starts_with(tag).then_some(name))
}

fn with_part(name: &str, bytes: &[u8]) -> ZipResult<Vec<u8>> {
    let good = [
        ("_rels/.rels", RELS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELS),
        ("xl/worksheets/sheet1.xml", WORKSHEET),
    ];
    let others = good.into_iter().filter(|(other, _)| *other != name);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in others.map(|(name, text)| (name, text.as_bytes())).chain([(name, bytes)]) {
        archive.start_file(name, SimpleFileOptions::default())?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

fn dictionary() -> Dictionary {
    let term = |code: &str, name: &str| Term { code: code.to_owned(), names: vec![name.to_owned()] };
    let column = |code, name, kind| Column { term: term(code, name), kind };
    Dictionary::new(
        vec![term("01", "Thành phố Hà Nội"), term("20", "Tỉnh Lạng Sơn")],
        vec![
            column("PII", "Chỉ số đổi mới sáng tạo cấp địa phương", ColumnKind::Aggregate),
            column("1.1.1", "Chính sách thúc đẩy KHCN&ĐMST", ColumnKind::Indicator),
            column("DAN_SO", "Dân số", ColumnKind::Denominator),
        ],
    )
}
