use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::Figure::Value;
use super::*;

const RELS: &str = r#"<Relationships><Relationship Id="a" Type="x/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<workbook><sheets><sheet name="S" sheetId="1" id="a"/></sheets></workbook>"#;
const WORKBOOK_RELS: &str = r#"<Relationships><Relationship Id="a" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

pub(super) fn sheet(rows: &str) -> String {
    format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
}

pub(super) fn with_sheet(xml: &str) -> Vec<(&'static str, String)> {
    vec![
        ("_rels/.rels", RELS.to_owned()),
        ("xl/workbook.xml", WORKBOOK.to_owned()),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELS.to_owned()),
        ("xl/worksheets/sheet1.xml", xml.to_owned()),
    ]
}

/// A good sheet, and another part.
fn with_part(name: &'static str, xml: String) -> Vec<u8> {
    let good =
        sheet(r#"<row r="1"><c r="A1" t="str"><v>unit</v></c><c r="B1" t="str"><v>1.1.1</v></c></row>"#);
    let mut parts = with_sheet(&good);
    parts.retain(|(known, _)| *known != name);
    parts.push((name, xml));
    package(&parts)
}

pub(super) fn package(parts: &[(&str, String)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(*name, deflated()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn deflated() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

/// Zeros, packed.
fn bomb(name: &str, bytes: usize) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, deflated()).unwrap();
    let zeros = vec![0; 1 << 20];
    (0..bytes >> 20).for_each(|_| archive.write_all(&zeros).unwrap());
    archive.finish().unwrap().into_inner()
}

fn of(bytes: &[u8]) -> Result<Reading, Fault> {
    xlsx_of(bytes, Value)
}

#[test]
fn bombs_are_refused_while_they_unpack() {
    for (name, bytes, limit) in [
        ("xl/media/image1.png", 1 << 30, Limit::Unpacked),
        ("xl/worksheets/sheet1.xml", 128 << 20, Limit::Text),
    ] {
        let bomb = bomb(name, bytes);
        assert!(bomb.len() < 2 << 20);
        let start = Instant::now();
        assert_eq!(of(&bomb), Err(Fault::TooLarge(limit)), "{name}");
        assert!(start.elapsed() < Duration::from_secs(10), "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn a_bomb_that_says_it_is_small_is_refused() {
    let honest = bomb("xl/media/image1.png", 128 << 20);
    let size = (128_u32 << 20).to_le_bytes();
    for small in [0_u32, 10, u32::MAX - 1] {
        let mut lying = honest.clone();
        for at in 0..lying.len() - 4 {
            if lying[at..at + 4] == size {
                lying[at..at + 4].copy_from_slice(&small.to_le_bytes());
            }
        }
        assert!(lying != honest);
        let fault = of(&lying).unwrap_err();
        assert!(matches!(fault, Fault::TooLarge(Limit::Unpacked) | Fault::NotReadable(_)), "{fault:?}");
    }
}

#[test]
fn entries_that_share_their_bytes_are_all_counted() {
    // One packed entry of 32 MiB, named three times in the directory.
    let one = bomb("a", 32 << 20);
    let directory = one.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let end = one.windows(4).position(|window| window == b"PK\x05\x06").unwrap();
    let entry = &one[directory..end];
    let mut shared = one[..directory].to_vec();
    for name in [b'a', b'b', b'c'] {
        let mut entry = entry.to_vec();
        entry[46] = name;
        shared.extend(entry);
    }
    let mut tail = one[end..].to_vec();
    tail[8..10].copy_from_slice(&3_u16.to_le_bytes());
    tail[10..12].copy_from_slice(&3_u16.to_le_bytes());
    tail[12..16].copy_from_slice(&(3 * entry.len() as u32).to_le_bytes());
    shared.extend(tail);
    let fault = of(&shared).unwrap_err();
    assert!(matches!(fault, Fault::TooLarge(Limit::Unpacked) | Fault::NotReadable(_)), "{fault:?}");
}

#[test]
fn what_is_no_workbook_is_refused() {
    let archive = Err(Fault::NotReadable(Defect::Archive));
    assert_eq!(of(b"PK\x03\x04"), archive);
    assert_eq!(of(b"hello"), archive);
    assert_eq!(of(&bomb("a", 0)), Err(Fault::NotReadable(Defect::Workbook)));
    assert_eq!(of(&[gate::COMPOUND_FILE, &[0; 600]].concat()), Err(Fault::Unsupported));
    assert_eq!(of(&vec![b'P'; (20 << 20) + 1]), Err(Fault::TooLarge(Limit::Bytes)));
    let many: Vec<_> = (0..=Limit::Entries.most()).map(|at| (format!("{at}"), String::new())).collect();
    let many: Vec<_> = many.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    assert_eq!(of(&package(&many)), Err(Fault::TooLarge(Limit::Entries)));

    let mut encrypted = package(&with_sheet(&sheet("")));
    for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        for at in 0..encrypted.len() - 10 {
            if encrypted[at..].starts_with(signature) {
                encrypted[at + flags] |= 1;
            }
        }
    }
    assert_eq!(of(&encrypted), Err(Fault::NotReadable(Defect::Packing)));
}

#[test]
fn what_a_workbook_says_of_itself_is_not_believed() {
    let workbook = Err(Fault::NotReadable(Defect::Workbook));
    for count in ["400001", "9223372036854775807", "18446744073709551615", "-1", "x"] {
        let strings = format!(r#"<sst uniqueCount="{count}"><si><t>a</t></si></sst>"#);
        assert_eq!(of(&with_part("xl/sharedStrings.xml", strings)), workbook, "{count}");
    }
    for reference in ["AAAAAAAAAAAAAAAA1", "A99999999999", "A0", "1A", "", "A-1", "Ạ1"] {
        let cell = sheet(&format!(r#"<row r="1"><c r="{reference}"><v>1</v></c></row>"#));
        assert_eq!(of(&package(&with_sheet(&cell))), workbook, "{reference}");
    }
    for range in ["B2:A1", "A1:B2:C3", "A1:", "A1:XFDD1"] {
        let cells = format!(r#"<worksheet><dimension ref="{range}"/><sheetData/></worksheet>"#);
        assert_eq!(of(&package(&with_sheet(&cells))), workbook, "{range}");
    }
    let elsewhere = RELS.replace("workbook.xml", "workbook.bin");
    assert_eq!(of(&with_part("_rels/.rels", elsewhere)), workbook);
    let backwards =
        sheet(r#"<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>"#);
    assert_eq!(of(&package(&with_sheet(&backwards))), workbook);
}

#[test]
fn what_would_be_copied_often_is_bounded() {
    let of_part = |name, xml: String| of(&with_part(name, xml));
    let sheets = WORKBOOK.replace(
        "<sheet name=\"S\" sheetId=\"1\" id=\"a\"/>",
        &"<sheet name=\"S\" id=\"a\"/>".repeat(Limit::Sheets.most() + 1),
    );
    assert_eq!(of_part("xl/workbook.xml", sheets), Err(Fault::TooLarge(Limit::Sheets)));

    let name = "n".repeat(40_000);
    let styles = format!(
        r#"<styleSheet><fonts><font><name val="{name}"/></font></fonts><cellXfs>{}</cellXfs></styleSheet>"#,
        r#"<xf fontId="0"/>"#.repeat(50_000)
    );
    assert_eq!(of_part("xl/styles.xml", styles), Err(Fault::TooLarge(Limit::Parts)));

    let strings = format!("<sst>{}</sst>", "<si/>".repeat(Limit::Cells.most() + 1));
    assert_eq!(of_part("xl/sharedStrings.xml", strings), Err(Fault::TooLarge(Limit::Cells)));

    let long = format!("<sst><si><t>{}</t></si></sst>", "a".repeat(2 << 20));
    assert_eq!(of_part("xl/sharedStrings.xml", long), Err(Fault::TooLarge(Limit::Text)));

    // One long string, shared by many cells.
    let cells: String =
        (2..2_000).map(|row| format!(r#"<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>"#)).collect();
    let mut parts = with_sheet(&sheet(&cells));
    parts.push(("xl/sharedStrings.xml", format!("<sst><si><t>{}</t></si></sst>", "a".repeat(32_000))));
    assert_eq!(of(&package(&parts)), Err(Fault::TooLarge(Limit::Text)));
}

#[test]
fn rows_and_cells_are_counted_as_they_come() {
    let rows: String = (1..=Limit::Rows.most() + 1)
        .map(|row| format!(r#"<row r="{row}"><c r="A{row}"><v>1</v></c></row>"#))
        .collect();
    assert_eq!(of(&package(&with_sheet(&sheet(&rows)))), Err(Fault::TooLarge(Limit::Rows)));
    let cells = "<c><v>1</v></c>".repeat(400);
    let rows: String = (1..=1_001).map(|row| format!(r#"<row r="{row}">{cells}</row>"#)).collect();
    assert_eq!(of(&package(&with_sheet(&sheet(&rows)))), Err(Fault::TooLarge(Limit::Cells)));
}

/// The reader of the XML remembers the name of every tag that is open: these would take ten times what they unpack to.
#[test]
fn tags_within_tags_are_counted() {
    let deep = |depth: usize| package(&with_sheet(&"<a>".repeat(depth)));
    assert_eq!(of(&deep(20 << 20)), Err(Fault::NotReadable(Defect::Workbook)));
    let good = sheet(&format!(
        r#"<row r="1"><c r="A1" t="str"><v>unit</v></c><c r="B1" t="str"><v>1.1.1</v></c></row>{}"#,
        "<a/>".repeat(1_000)
    ));
    assert!(of(&package(&with_sheet(&good))).is_ok(), "side by side they are not deep");
}
