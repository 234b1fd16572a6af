use super::Figure::{Rank, Score, Value};
use super::*;

#[test]
fn a_wide_table_by_codes() {
    let reading =
        csv_of("Mã,Tỉnh,1.1.1,1.1.2,DAN_SO\n20,Lạng Sơn,47.59,7.45,802090\n01,Hà Nội,50,-,\n", Value)
            .unwrap();
    assert_eq!(
        figures(&reading),
        [
            (LANG_SON, POLICY, Value, Some(47.59)),
            (LANG_SON, LEGAL, Value, Some(7.45)),
            (LANG_SON, PEOPLE, Value, Some(802_090.0)),
            (HA_NOI, POLICY, Value, Some(50.0)),
            (HA_NOI, LEGAL, Value, None),
            (HA_NOI, PEOPLE, Value, None),
        ]
    );
    assert_eq!((reading.rows_read, reading.units.as_slice()), (2, [HA_NOI, LANG_SON].as_slice()));
    assert_eq!((errors(&reading), unmatched(&reading)), (vec![], vec![]));
    assert_eq!(reading.sheets.len(), 1);
    assert_eq!(reading.sheets[0].header, 1);
}

#[test]
fn units_are_found_by_any_of_their_names() {
    for name in [
        "Lạng Sơn",
        "LANG SON",
        "Tỉnh Lạng Sơn",
        "tỉnh  lạng\u{a0}sơn",
        "Lang Son Province",
        "La\u{323}ng So\u{31b}n",
        "20",
        "Langson",
    ] {
        let reading = csv_of(&format!("Địa phương;1.1.1\n{name};1\n"), Value).unwrap();
        assert_eq!(reading.units, [LANG_SON], "{name}");
    }
    for name in ["TP. Hồ Chí Minh", "TP.HCM", "Thành phố Hồ Chí Minh", "TP Ho Chi Minh", "Ho Chi Minh City"]
    {
        let reading = csv_of(&format!("province\t1.1.1\n{name}\t1\n"), Value).unwrap();
        assert_eq!(reading.units, [HCM], "{name}");
    }
    let reading = csv_of("Mã tỉnh,1.1.1\n1,3\n", Value).unwrap();
    assert_eq!(reading.units, [HA_NOI]);
}

#[test]
fn headers_are_found_by_code_name_or_both() {
    for header in [
        "1.1.1",
        "1.1.1.",
        " 1.1.1 ",
        "Chính sách thúc đẩy KHCN&ĐMST",
        "chinh sach thuc day KHCN & DMST",
        "Policies",
        "1.1.1 Chính sách thúc đẩy KHCN&ĐMST",
        "1.1.1. Chính sách (tóm tắt)",
        "1.1.1.Chính sách",
        "(1.1.1) Policies",
        "1.1.1: Policies",
        "1.1.1 - Policies",
    ] {
        let reading = csv_of(&format!("unit\t{header}\n20\t1,5\n"), Value).unwrap();
        assert_eq!(figures(&reading), [(LANG_SON, POLICY, Value, Some(1.5))], "{header}");
    }
    for header in ["1", "1. Thể chế", "Institutions", "1 - Thể chế"] {
        let reading = csv_of(&format!("unit\t{header}\n20\t1,5\n"), Score).unwrap();
        assert_eq!(figures(&reading), [(LANG_SON, PILLAR, Score, Some(1.5))], "{header}");
    }
    for header in ["1 tháng", "2", "1.1.3 Khác", "Ghi chú"] {
        assert_eq!(csv_of(&format!("unit\t{header}\n20\t1\n"), Score), Err(Fault::NoHeader), "{header}");
    }
    let reading = csv_of("unit\t1.1.1 Legal institutions\t1.1.2\n20\t1\t2\n", Value).unwrap();
    assert_eq!(errors(&reading), [("B1".to_owned(), CellCode::AmbiguousName)]);
    let reading = csv_of("unit;1,1\n20;2\n", Score).unwrap();
    assert_eq!(figures(&reading), [(LANG_SON, SUB, Score, Some(2.0))]);
}

#[test]
fn title_rows_and_rows_of_notes_are_passed_over() {
    let text = "Bảng 1. Kết quả PII,,\n(đơn vị: điểm),,\n\n,,\nSTT,Tỉnh,PII\n,,Provincial Innovation Index\n1,Lạng Sơn,38.5\nI. Vùng,,\n2,Cả nước,40\n,,\n";
    let reading = csv_of(text, Score).unwrap();
    assert_eq!(figures(&reading), [(LANG_SON, PII, Score, Some(38.5))]);
    assert_eq!(unmatched(&reading), [("B9".to_owned(), "Cả nước", Part::Row)]);
    assert_eq!((reading.rows_read, reading.sheets[0].header, reading.error_count), (3, 5, 0));
    assert_eq!(&*reading.cells[0].place.column, "C");
    assert_eq!(reading.cells[0].place.row, 7);
    let late = "x,y\n".repeat(20) + "Tỉnh,PII\nLạng Sơn,38.5\n";
    assert_eq!(csv_of(&late, Score), Err(Fault::NoHeader));
}

#[test]
fn a_long_table() {
    let text = "Mã tỉnh,Mã chỉ số,Giá trị,Điểm,Hạng,Nguồn,Ghi chú\n20,1.1.1,47.59,55.5,12,Sở TC,\"dòng 1\ndòng 2\"\n20,1,,58.76,29,,\n20,DAN_SO,802090,,,,\n20,9.9,1,,,,\nXX,1.1.1,1,,,,\n";
    let reading = csv_of(text, Score).unwrap();
    assert_eq!(
        figures(&reading),
        [
            (LANG_SON, POLICY, Value, Some(47.59)),
            (LANG_SON, POLICY, Score, Some(55.5)),
            (LANG_SON, POLICY, Rank, Some(12.0)),
            (LANG_SON, PILLAR, Score, Some(58.76)),
            (LANG_SON, PILLAR, Rank, Some(29.0)),
            (LANG_SON, PEOPLE, Value, Some(802_090.0)),
        ]
    );
    assert_eq!(reading.cells[0].source.as_deref(), Some("Sở TC"));
    assert_eq!(reading.cells[0].note.as_deref(), Some("dòng 1\ndòng 2"));
    assert_eq!(
        unmatched(&reading),
        [("B5".to_owned(), "9.9", Part::Node), ("A6".to_owned(), "XX", Part::Row)]
    );
    assert_eq!((reading.rows_read, reading.sheets[0].figure), (5, None));
}

#[test]
fn bare_codes_are_nodes_beside_provinces() {
    let text = "year,province,code,score,rank,of\n2023,Hà Nội,PII,62.86,1,63\n";
    let reading = csv_of(text, Value).unwrap();
    assert_eq!(figures(&reading), [(HA_NOI, PII, Score, Some(62.86)), (HA_NOI, PII, Rank, Some(1.0))]);
    assert_eq!(unmatched(&reading).len(), 2);
    let text = "code,name,indicator,value\n20,Lạng Sơn,1.1.1,3\n";
    assert_eq!(figures(&csv_of(text, Score).unwrap()), [(LANG_SON, POLICY, Value, Some(3.0))]);
    let text = "Tỉnh,Mã,Điểm,1.1.1\nLạng Sơn,20,5,3\n";
    let reading = csv_of(text, Value).unwrap();
    assert_eq!(figures(&reading), [(LANG_SON, POLICY, Value, Some(3.0))]);
    assert_eq!(unmatched(&reading), [("C1".to_owned(), "Điểm", Part::Header)]);
}

#[test]
fn what_cannot_stand_is_an_error_of_its_cell() {
    use CellCode::*;
    let text = "Tỉnh,1.1.1,1.1.2,1.1.1,PII\nLạng Sơn,x,NaN,1,2\nHà Nội,1,2,3,4\nTỉnh Lạng Sơn,1,1,1,1\n";
    let reading = csv_of(text, Value).unwrap();
    assert_eq!(
        errors(&reading),
        [
            ("D1".to_owned(), DuplicateHeader),
            ("E1".to_owned(), WrongFigure),
            ("B2".to_owned(), NotANumber),
            ("C2".to_owned(), NotFinite),
            ("A4".to_owned(), DuplicateUnit),
        ]
    );
    assert_eq!(reading.errors[2].text, "x");
    let text = "unit,node,value,score,rank\n20,1,5,,\n20,DAN_SO,5,6,\n20,1.1.1,5,,1.5\n20,1.1.1,6,,\n20,1.1.2,5,,0\n";
    assert_eq!(
        errors(&csv_of(text, Value).unwrap()),
        [
            ("C2".to_owned(), WrongFigure),
            ("D3".to_owned(), WrongFigure),
            ("E4".to_owned(), OutOfRange),
            ("C5".to_owned(), DuplicateCell),
            ("D5".to_owned(), DuplicateCell),
            ("E6".to_owned(), OutOfRange),
        ]
    );
    let text = "Mã tỉnh,Tỉnh,1.1.1\n20,Hà Nội,1\n";
    assert_eq!(errors(&csv_of(text, Value).unwrap()), [("B2".to_owned(), Mismatch)]);
}

#[test]
fn names_of_several_are_ambiguous() {
    let term = |code: &str, name: &str| Term { code: code.to_owned(), names: vec![name.to_owned()] };
    let column = |code: &str| Column { term: term(code, "Như nhau"), kind: ColumnKind::Indicator };
    let dictionary = Dictionary::new(
        vec![term("1", "A"), term("01", "A"), term("02", "B")],
        vec![column("1.1"), column("1.10"), column("2")],
    );
    let of = |text: &str| read(text.as_bytes(), Format::Csv, &dictionary, Value).unwrap();
    let reading = of("unit,1.1,1.10,Như nhau\nA,1,1,\n1,2,3,\n01,4,5,\n2,6,7,\n");
    assert_eq!(
        errors(&reading),
        [("D1".to_owned(), CellCode::AmbiguousName), ("A2".to_owned(), CellCode::AmbiguousName)]
    );
    assert_eq!(reading.units, [0, 1, 2]);
}

#[test]
fn ambiguous_numbers_are_decided_by_their_column_then_the_sheet() {
    let of = |text: &str| csv_of(text, Value).unwrap();
    let values = |reading: &Reading| reading.cells.iter().map(|cell| cell.value).collect::<Vec<_>>();
    let reading = of("unit\t1.1.1\n20\t1.234\n01\t58,9\n");
    assert_eq!(values(&reading), [Some(1234.0), Some(58.9)]);
    let reading = of("unit\t1.1.1\n20\t1.234\n01\t58.9\n");
    assert_eq!(values(&reading), [Some(1.234), Some(58.9)]);
    let reading = of("unit\t1.1.1\tDAN_SO\n20\t1,5\t802.090\n01\t2,5\t8.500.000\n");
    assert_eq!(values(&reading), [Some(1.5), Some(802_090.0), Some(2.5), Some(8_500_000.0)]);
    let reading = of("unit\t1.1.1\tDAN_SO\n20\t1,5\t802.090\n");
    assert_eq!(values(&reading), [Some(1.5), Some(802_090.0)]);
    let reading = of("unit\t1.1.1\tDAN_SO\n20\t1,5\t802,090\n01\t1,5\t2.5\n");
    assert_eq!(values(&reading), [Some(1.5), Some(802_090.0), Some(1.5), Some(2.5)]);
    let reading = of("unit\t1.1.1\n20\t1.234\n01\t58\n");
    assert_eq!(errors(&reading), [("B2".to_owned(), CellCode::AmbiguousNumber)]);
    let reading = of("unit\t1.1.1\n20\t1.234\n01\t58,9\n79\t58.9\n");
    assert_eq!(errors(&reading), [("B2".to_owned(), CellCode::AmbiguousNumber)]);
}

#[test]
fn lists_are_cut_and_counts_are_whole() {
    let mut text = "unit,node,value\n".to_owned();
    (0..150).for_each(|_| text += "20,1.1.1,x\nnobody,1.1.1,1\n");
    text += &format!("{},1.1.1,1\n", "z".repeat(5_000));
    let reading = csv_of(&text, Value).unwrap();
    assert_eq!((reading.errors.len(), reading.error_count), (LISTED, 150));
    assert_eq!((reading.unmatched.len(), reading.unmatched_count), (LISTED, 151));
    let reading = csv_of(&format!("unit,node,value\n20,1.1.1,{}\n", "ợ".repeat(5_000)), Value).unwrap();
    assert_eq!(reading.errors[0].text.chars().count(), 100);
}
