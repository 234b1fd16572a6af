#![no_main]

use std::sync::LazyLock;

use api::sheet::{Column, ColumnKind, Dictionary, FIGURES, Format, Term, read};
use libfuzzer_sys::fuzz_target;

fn term(code: &str, name: &str) -> Term {
    Term { code: code.to_owned(), names: vec![name.to_owned()] }
}

static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| {
    let units = vec![term("01", "Hà Nội"), term("20", "Lạng Sơn"), term("79", "Hồ Chí Minh")];
    let column = |code, name, kind| Column { term: term(code, name), kind };
    let columns = vec![
        column("PII", "Index", ColumnKind::Aggregate),
        column("1.1.1", "Policies", ColumnKind::Indicator),
        column("DAN_SO", "Population", ColumnKind::Denominator),
    ];
    Dictionary::new(units, columns)
});

// The first byte says how the rest is read.
fuzz_target!(|input: &[u8]| {
    let Some((first, bytes)) = input.split_first() else { return };
    let format = [Format::Xlsx, Format::Csv, Format::Json][usize::from(first % 3)];
    let figure = FIGURES[usize::from(first / 3 % 3)];
    if let Ok(reading) = read(bytes, format, &DICTIONARY, figure) {
        assert!(reading.cells.iter().all(|cell| cell.value.is_none_or(f64::is_finite)));
        assert!(reading.cells.iter().all(|cell| reading.units.contains(&cell.unit)));
    }
});
