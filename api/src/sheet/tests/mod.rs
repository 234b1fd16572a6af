//! Files as people and machines make them, and as nobody should.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod csv;
mod fuzz;
mod hostile;
mod json;
mod layout;
mod number;
mod round_trip;
mod xlsx;

use super::*;

/// Three units and a small framework.
pub(super) fn dictionary() -> Dictionary {
    let term = |code: &str, names: &[&str]| Term {
        code: code.to_owned(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let column = |code: &str, names: &[&str], kind| Column { term: term(code, names), kind };
    use ColumnKind::{Aggregate, Denominator, Indicator};
    Dictionary::new(
        vec![
            term("01", &["Thành phố Hà Nội", "Ha Noi City"]),
            term("20", &["Tỉnh Lạng Sơn", "Lang Son Province"]),
            term("79", &["Thành phố Hồ Chí Minh", "Ho Chi Minh City", "TP.HCM"]),
        ],
        vec![
            column(
                "PII",
                &["Chỉ số đổi mới sáng tạo cấp địa phương", "Provincial Innovation Index"],
                Aggregate,
            ),
            column("1", &["Thể chế", "Institutions"], Aggregate),
            column("1.1", &["Môi trường chính sách"], Aggregate),
            column("1.1.1", &["Chính sách thúc đẩy KHCN&ĐMST", "Policies"], Indicator),
            column("1.1.2", &["Thiết chế pháp lý", "Legal institutions"], Indicator),
            column("DAN_SO", &["Dân số", "Population"], Denominator),
        ],
    )
}

pub(super) const HA_NOI: usize = 0;
pub(super) const LANG_SON: usize = 1;
pub(super) const HCM: usize = 2;
pub(super) const PII: usize = 0;
pub(super) const PILLAR: usize = 1;
pub(super) const SUB: usize = 2;
pub(super) const POLICY: usize = 3;
pub(super) const LEGAL: usize = 4;
pub(super) const PEOPLE: usize = 5;

pub(super) fn csv_of(text: &str, figure: Figure) -> Result<Reading, Fault> {
    read(text.as_bytes(), Format::Csv, &dictionary(), figure)
}

pub(super) fn json_of(text: &str) -> Result<Reading, Fault> {
    read(text.as_bytes(), Format::Json, &dictionary(), Figure::Value)
}

pub(super) fn xlsx_of(bytes: &[u8], figure: Figure) -> Result<Reading, Fault> {
    read(bytes, Format::Xlsx, &dictionary(), figure)
}

/// The figures without their places.
pub(super) fn figures(reading: &Reading) -> Vec<(usize, usize, Figure, Option<f64>)> {
    reading.cells.iter().map(|cell| (cell.unit, cell.column, cell.figure, cell.value)).collect()
}

/// The errors' places as people write them, and their codes.
pub(super) fn errors(reading: &Reading) -> Vec<(String, CellCode)> {
    reading.errors.iter().map(|error| (at(&error.place), error.code)).collect()
}

/// What names nothing known, and where.
pub(super) fn unmatched(reading: &Reading) -> Vec<(String, &str, Part)> {
    reading.unmatched.iter().map(|item| (at(&item.place), item.text.as_str(), item.what)).collect()
}

fn at(place: &Place) -> String {
    format!("{}{}", place.column, place.row)
}
