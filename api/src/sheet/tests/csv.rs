use super::Figure::Value;
use super::*;

fn bytes_of(bytes: &[u8]) -> Result<Reading, Fault> {
    read(bytes, Format::Csv, &dictionary(), Value)
}

#[test]
fn delimiters_are_told_from_the_header() {
    for (delimiter, number) in [(",", "47.59"), (";", "47,59"), ("\t", "47,59")] {
        let text = ["Mã;Tỉnh;1.1.1;1.1.2", &format!("20;Lạng Sơn;{number};"), ""].join("\r\n");
        let reading = csv_of(&text.replace(';', delimiter), Value).unwrap();
        assert_eq!(
            figures(&reading),
            [(LANG_SON, POLICY, Value, Some(47.59)), (LANG_SON, LEGAL, Value, None)]
        );
    }
    let title = "Kết quả, năm 2025, theo Bộ KH&CN\nTỉnh;1.1.1\nLạng Sơn;1,5\n";
    assert_eq!(figures(&csv_of(title, Value).unwrap()), [(LANG_SON, POLICY, Value, Some(1.5))]);
}

#[test]
fn encodings() {
    let text = "Tỉnh,1.1.1\nLạng Sơn,\"1,5\"\n";
    let wide = |to: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(to).collect()
    };
    let little = wide(u16::to_le_bytes);
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        little.clone(),
        wide(u16::to_be_bytes),
    ] {
        assert_eq!(figures(&bytes_of(&bytes).unwrap()), [(LANG_SON, POLICY, Value, Some(1.5))]);
    }
    let wrong = Err(Fault::NotReadable(Defect::Encoding));
    assert_eq!(bytes_of(&little[2..]), wrong);
    assert_eq!(bytes_of(&little[..little.len() - 1]), wrong);
    assert_eq!(bytes_of(b"unit,1.1.1\nL\xe1ng,1\n"), wrong);
    assert_eq!(bytes_of(b"\xff\xfe\x00\xd8a\x00"), wrong);
    assert_eq!(bytes_of(b""), Err(Fault::Empty));
    assert_eq!(bytes_of(b"\xef\xbb\xbf"), Err(Fault::Empty));
    assert_eq!(bytes_of(b"\n\n,,\n"), Err(Fault::Empty));
}

#[test]
fn ragged_rows_are_errors_with_their_numbers() {
    let text = "unit,1.1.1,1.1.2\n\n20,1\n01,1,2,3\n79,1,2,,\n";
    let reading = csv_of(text, Value).unwrap();
    assert_eq!(errors(&reading), [("A3".to_owned(), CellCode::Ragged), ("A4".to_owned(), CellCode::Ragged)]);
    assert_eq!(reading.units, [HCM]);
}

#[test]
fn quoted_fields_hold_line_breaks_and_rows_are_counted_as_a_spreadsheet_counts() {
    let text = "\"Tỉnh\",\"1.1.1\"\r\n\"Lạng\r\nSơn\",\"1,5\"\r\n\r\n\"Hà \"\"Nội\"\"\",x\r\n";
    let reading = csv_of(text, Value).unwrap();
    assert_eq!(figures(&reading), [(LANG_SON, POLICY, Value, Some(1.5))]);
    assert_eq!(errors(&reading), [("B4".to_owned(), CellCode::NotANumber)]);
    assert_eq!(reading.cells[0].place.row, 2);
}

#[test]
fn too_much_is_refused_by_its_limit() {
    let rows = "unit,node,value\n".to_owned() + &"x,y,1\n".repeat(Limit::Rows.most());
    assert_eq!(csv_of(&rows, Value), Err(Fault::TooLarge(Limit::Rows)));
    let columns = format!("unit,1.1.1{}x\n20,1\n", ",".repeat(Limit::Columns.most()));
    assert_eq!(csv_of(&columns, Value), Err(Fault::TooLarge(Limit::Columns)));
    let wide = ",1".repeat(400);
    let cells = format!("unit{wide}\n") + &format!("20{wide}\n").repeat(1_000);
    assert_eq!(csv_of(&cells, Value), Err(Fault::TooLarge(Limit::Cells)));
    let start = std::time::Instant::now();
    assert_eq!(bytes_of(&vec![b','; 200 << 20]), Err(Fault::TooLarge(Limit::Bytes)));
    assert!(start.elapsed().as_millis() < 1_000);
}

#[test]
fn a_file_that_nobody_waits_for_is_not_read_to_its_end() {
    let rows: String = (0..100).map(|_| "20,5\n").collect();
    let bytes = format!("unit,1.1.1\n{rows}");
    let stop = crate::heavy::Stop::default();
    let read = |stop| read_until(bytes.as_bytes(), Format::Csv, &dictionary(), Value, stop);
    assert!(read(&stop).is_ok());
    stop.wish();
    assert_eq!(read(&stop), Err(Fault::Stopped));
}
