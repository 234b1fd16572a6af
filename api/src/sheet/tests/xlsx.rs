use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook};

use super::Figure::{Rank, Score, Value};
use super::hostile::{package, sheet, with_sheet};
use super::*;

fn saved(mut workbook: Workbook) -> Vec<u8> {
    workbook.save_to_buffer().unwrap()
}

#[test]
fn sheets_say_what_their_cells_are() {
    let mut workbook = Workbook::new();
    for (name, number) in
        [("Giá trị 2025", 3.5), ("ĐIỂM", 50.0), ("Xếp hạng", 7.0), ("Khác", 1.0), ("Hàng hóa và điểm", 2.0)]
    {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        sheet.write(0, 0, "Bảng").unwrap();
        if name != "Khác" {
            sheet
                .write(2, 1, "Tỉnh")
                .unwrap()
                .write(2, 3, if number == 2.0 { "1.1.2" } else { "1.1.1" })
                .unwrap();
            sheet.write(3, 1, "Lạng Sơn").unwrap().write(3, 3, number).unwrap();
        }
    }
    workbook.add_worksheet().set_name("hidden").unwrap().set_hidden(true);
    let reading = xlsx_of(&saved(workbook), Value).unwrap();
    assert_eq!(
        figures(&reading),
        [
            (LANG_SON, POLICY, Value, Some(3.5)),
            (LANG_SON, POLICY, Score, Some(50.0)),
            (LANG_SON, POLICY, Rank, Some(7.0)),
            (LANG_SON, LEGAL, Value, Some(2.0)),
        ]
    );
    assert_eq!(reading.skipped.iter().map(|name| &**name).collect::<Vec<_>>(), ["Khác", "hidden"]);
    assert_eq!(reading.cells[1].place, Place { sheet: "ĐIỂM".into(), row: 4, column: "D".into() });
}

#[test]
fn headers_and_codes_typed_as_numbers() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Scores").unwrap();
    sheet.write(0, 0, "Mã").unwrap().write(0, 1, 1).unwrap().write(0, 2, 1.1).unwrap();
    sheet.write(1, 0, 1).unwrap().write(1, 1, 58.76).unwrap().write(1, 2, "58,9").unwrap();
    let reading = xlsx_of(&saved(workbook), Value).unwrap();
    assert_eq!(figures(&reading), [(HA_NOI, PILLAR, Score, Some(58.76)), (HA_NOI, SUB, Score, Some(58.9))]);
}

#[test]
fn formulas_booleans_dates_errors_and_percents() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let date = Style::new().set_num_format("dd/mm/yyyy");
    for (row, unit) in (1..).zip(["20", "01", "79"]) {
        sheet.write(row, 0, unit).unwrap();
    }
    sheet.write(0, 0, "unit").unwrap().write(0, 1, "1.1.1").unwrap().write(0, 2, "1.1.2").unwrap();
    sheet.write(1, 1, Formula::new("=1+2").set_result("3")).unwrap();
    sheet.write(1, 2, true).unwrap();
    sheet.write_with_format(2, 1, ExcelDateTime::from_ymd(2025, 3, 1).unwrap(), &date).unwrap();
    sheet.write(2, 2, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    sheet.write_with_format(3, 1, 0.589, &Style::new().set_num_format("0.0%")).unwrap();
    sheet.write_with_format(3, 2, 0.07, &Style::new().set_num_format("0.0\"%\"")).unwrap();
    let reading = xlsx_of(&saved(workbook), Value).unwrap();
    assert_eq!(
        figures(&reading),
        [
            (LANG_SON, POLICY, Value, Some(3.0)),
            (HCM, POLICY, Value, Some(58.9)),
            (HCM, LEGAL, Value, Some(0.07)),
        ]
    );
    let found: Vec<_> = reading.errors.iter().map(|error| (error.text.as_str(), error.code)).collect();
    assert_eq!(
        found,
        [
            ("TRUE", CellCode::NotANumber),
            ("2025-03-01", CellCode::NotANumber),
            ("#DIV/0!", CellCode::NotANumber)
        ]
    );
}

#[test]
fn workbooks_of_other_makers() {
    let rows = r#"<x:row r="1"><x:c t="inlineStr"><x:is><x:t>unit</x:t></x:is></x:c><x:c t="str"><x:v>1.1.1</x:v></x:c></x:row>
        <x:row><x:c t="inlineStr"><x:is><x:r><x:t>Lạng </x:t></x:r><x:r><x:t>Sơn</x:t></x:r></x:is></x:c><x:c><x:v>1e2</x:v></x:c></x:row>"#;
    let xml = format!(r#"<x:worksheet xmlns:x="m"><x:sheetData>{rows}</x:sheetData></x:worksheet>"#);
    let reading = xlsx_of(&package(&with_sheet(&xml)), Value).unwrap();
    assert_eq!(reading.units, [LANG_SON]);
    assert_eq!(figures(&reading), [(LANG_SON, POLICY, Value, Some(100.0))]);
}

#[test]
fn a_far_corner_costs_nothing() {
    let far = package(&with_sheet(&sheet(r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#)));
    assert_eq!(xlsx_of(&far, Value), Err(Fault::TooLarge(Limit::Columns)));
    let low = package(&with_sheet(&sheet(
        r#"<row r="7"><c r="A7" t="str"><v>unit</v></c><c r="B7" t="str"><v>1.1.1</v></c></row>
           <row r="1048576"><c r="A1048576"><v>20</v></c><c r="B1048576"><v>5</v></c><c r="XFD1048576" s="0"/></row>"#,
    )));
    let reading = xlsx_of(&low, Value).unwrap();
    assert_eq!(reading.cells[0].place.row, 1_048_576);
}

#[test]
fn formulas_without_results_are_not_missing_figures() {
    let formulas = package(&with_sheet(&sheet(
        r#"<row r="1"><c r="A1" t="str"><v>unit</v></c><c r="B1" t="str"><v>1.1.1</v></c><c r="C1" t="str"><v>1.1.2</v></c></row>
           <row r="2"><c r="A2"><v>20</v></c><c r="B2"><f>1+1</f><v/></c><c r="C2" t="str"><f>""</f><v></v></c></row>"#,
    )));
    let reading = xlsx_of(&formulas, Value).unwrap();
    assert_eq!(errors(&reading), [("B2".to_owned(), CellCode::NotCalculated)]);
    assert_eq!(reading.errors[0].text, "=1+1");
    assert_eq!(figures(&reading), [(LANG_SON, LEGAL, Value, None)]);
}

#[test]
fn empty_workbooks() {
    let empty = package(&with_sheet(&sheet("")));
    assert_eq!(xlsx_of(&empty, Value), Err(Fault::Empty));
    let none = package(&with_sheet(&sheet(r#"<row r="1"><c r="A1"><v>1</v></c></row>"#)));
    assert_eq!(xlsx_of(&none, Value), Err(Fault::NoHeader));
}
