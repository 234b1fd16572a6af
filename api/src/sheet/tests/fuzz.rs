use proptest::collection::vec;
use proptest::prelude::*;

use super::hostile::{package, sheet, with_sheet};
use super::round_trip::{Sample, write};
use super::*;
use crate::lang::Lang;
use crate::sheet::number::spell;

const FORMATS: [Format; 3] = [Format::Xlsx, Format::Csv, Format::Json];

/// Reads, whatever comes of it.
fn survives(bytes: &[u8], format: Format) {
    for figure in FIGURES {
        if let Ok(reading) = read(bytes, format, &dictionary(), figure) {
            assert!(reading.errors.len() <= LISTED && reading.unmatched.len() <= LISTED);
            assert!(reading.cells.iter().all(|cell| cell.value.is_none_or(f64::is_finite)));
            assert!(reading.cells.iter().all(|cell| reading.units.contains(&cell.unit)));
        }
    }
}

/// The bytes with some overwritten, taken out or put in.
fn mutated(mut bytes: Vec<u8>, changes: &[(usize, u8, u8)]) -> Vec<u8> {
    for (at, kind, byte) in changes {
        let at = at % bytes.len().max(1);
        match kind % 3 {
            0 if at < bytes.len() => bytes[at] = *byte,
            1 if at < bytes.len() => drop(bytes.remove(at)),
            _ => bytes.insert(at, *byte),
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..2_000)) {
        for format in FORMATS {
            survives(&bytes, format);
        }
        survives(&[gate::ZIP, &bytes].concat(), Format::Xlsx);
    }

    #[test]
    fn any_text(text in "[-\"',;\t\n{}\\[\\]:.0-9a-cunitđạ]{0,200}") {
        survives(text.as_bytes(), Format::Csv);
        survives(text.as_bytes(), Format::Json);
        survives(format!("unit,1.1.1\n20,{text}").as_bytes(), Format::Csv);
        spell(&text);
    }

    #[test]
    fn mutated_files(changes in vec((any::<usize>(), any::<u8>(), any::<u8>()), 1..12)) {
        let sample = Sample::new();
        for format in FORMATS {
            let good = write(format, &sample.export(Lang::Vi)).unwrap();
            survives(&mutated(good, &changes), format);
        }
    }

    #[test]
    fn mutated_parts_of_workbooks(
        part in 0..6_usize,
        changes in vec((any::<usize>(), any::<u8>(), prop::sample::select(b"<>/\"'=rcAZ09:& \xc3".to_vec())), 1..6),
    ) {
        let rows = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="str"><v>1.1.1</v></c></row><row r="2"><c r="A2"><v>20</v></c><c r="B2" s="1"><f t="shared" ref="B2:B3" si="0">1+A1</f><v>1.5</v></c></row>"#;
        let mut parts = with_sheet(&sheet(rows).replace("<sheetData>", r#"<dimension ref="A1:B2"/><sheetData>"#));
        parts.push(("xl/sharedStrings.xml", r#"<sst count="1" uniqueCount="1"><si><t>unit</t></si></sst>"#.to_owned()));
        parts.push(("xl/styles.xml", r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0%"/></numFmts><fonts><font><color rgb="FF00FF00" tint="0.5"/><name val="A"/></font></fonts><cellXfs><xf numFmtId="0"/><xf numFmtId="164" fontId="0"/></cellXfs></styleSheet>"#.to_owned()));
        let before = parts[part].1.clone().into_bytes();
        parts[part].1 = String::from_utf8_lossy(&mutated(before, &changes)).into_owned();
        survives(&package(&parts), Format::Xlsx);
    }

    #[test]
    fn every_number_comes_back(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
        let mut sample = Sample::new();
        sample.values[POLICY] = Some(number);
        for format in FORMATS {
            let bytes = write(format, &sample.export(Lang::Vi)).unwrap();
            let reading = read(&bytes, format, &dictionary(), Figure::Score).unwrap();
            let cell = reading.cells.iter().find(|cell| cell.column == POLICY && cell.figure == Figure::Value);
            prop_assert_eq!(cell.and_then(|cell| cell.value).map(f64::to_bits), Some(number.to_bits()));
        }
    }
}
