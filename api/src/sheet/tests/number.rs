use crate::sheet::number::{Mark, Spelled, percent, spell};

#[test]
fn numbers_that_can_be_read_in_one_way() {
    let (point, comma) = (Some(Mark::Point), Some(Mark::Comma));
    for (text, number, mark) in [
        ("58", 58.0, None),
        ("  58 ", 58.0, None),
        ("+58", 58.0, None),
        ("-58", -58.0, None),
        ("−58", -58.0, None),
        ("58,9", 58.9, comma),
        ("58.9", 58.9, point),
        ("58,9%", 58.9, comma),
        ("58.9 %", 58.9, point),
        (".5", 0.5, point),
        ("0,123", 0.123, comma),
        ("0.123", 0.123, point),
        ("1234.567", 1234.567, point),
        ("1.2345", 1.2345, point),
        ("1.234.567,89", 1_234_567.89, comma),
        ("1,234,567.89", 1_234_567.89, point),
        ("1.234.567", 1_234_567.0, comma),
        ("1,234,567", 1_234_567.0, point),
        ("1.234,5", 1234.5, comma),
        ("1 234 567,89", 1_234_567.89, comma),
        ("1\u{a0}234\u{a0}567", 1_234_567.0, None),
        ("1\u{202f}234,567", 1234.567, comma),
        ("1.5E+5", 150_000.0, point),
        ("1e-3", 0.001, None),
    ] {
        assert_eq!(spell(text), Spelled::Number(number, mark), "{text}");
    }
}

#[test]
fn numbers_that_can_be_read_in_two_ways() {
    for (text, decimal, thousands, mark) in [
        ("1.234", 1.234, 1234.0, Mark::Point),
        ("1,234", 1.234, 1234.0, Mark::Comma),
        ("-12,345", -12.345, -12_345.0, Mark::Comma),
        ("123.000%", 123.0, 123_000.0, Mark::Point),
    ] {
        assert_eq!(spell(text), Spelled::Either { decimal, thousands, mark }, "{text}");
    }
}

#[test]
fn words_for_missing() {
    for text in ["", "  ", "-", "–", "—", "n/a", "N/A", "NA", "..", "…", "\u{a0}"] {
        assert_eq!(spell(text), Spelled::Missing, "{text}");
    }
}

#[test]
fn what_is_no_number() {
    for text in [
        "abc",
        "1.1.1",
        "1,23,456",
        "1.234,567.8",
        "1 23",
        "12 34 567",
        "1.",
        ",",
        "%",
        "1e",
        "1e9999",
        "--5",
        "1-2",
        "0x10",
        "12/63",
        "1.234.56",
        "01.234.567",
        "1 234.567,8",
        "١٢",
        "#DIV/0!",
        "5 %%",
    ] {
        assert_eq!(spell(text), Spelled::Not, "{text}");
    }
    for text in ["NaN", "inf", "-inf", "Infinity", "1e400"] {
        assert_eq!(spell(text), Spelled::NotFinite, "{text}");
    }
    assert_eq!(spell(&"9".repeat(1_000_000)), Spelled::Not);
}

#[test]
fn percents_move_the_point_of_the_decimal_digits() {
    for (number, shown) in
        [(0.589, 58.9), (0.07, 7.0), (-0.011, -1.1), (0.0, 0.0), (1e-320, 1e-318), (12.0, 1200.0)]
    {
        assert_eq!(percent(number), shown);
    }
}
