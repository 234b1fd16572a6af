use super::Figure::{Rank, Score, Value};
use super::*;

#[test]
fn long_rows() {
    let reading = json_of(
        r#"[{"unit": "20", "node": "1.1.1", "value": 3.2, "note": "ước tính"},
            {"unit": 1, "node": 1.1, "score": "58,9", "rank": 7},
            {"unit": "Hà Nội", "node": "1.1.1", "value": null, "more": true}]"#,
    )
    .unwrap();
    assert_eq!(
        figures(&reading),
        [
            (LANG_SON, POLICY, Value, Some(3.2)),
            (HA_NOI, SUB, Score, Some(58.9)),
            (HA_NOI, SUB, Rank, Some(7.0)),
            (HA_NOI, POLICY, Value, None),
        ]
    );
    assert_eq!(reading.cells[0].note.as_deref(), Some("ước tính"));
    assert_eq!((&*reading.cells[0].place.column, reading.cells[0].place.row), ("value", 1));
    assert_eq!(unmatched(&reading), [("more0".to_owned(), "more", Part::Header)]);
}

#[test]
fn wide_rows() {
    let reading = json_of(r#"[{"unit":"20","1.1.1":3.2},{"unit":"01","1.1.2":1e2,"1.1.1":true}]"#).unwrap();
    assert_eq!(
        figures(&reading),
        [(LANG_SON, POLICY, Value, Some(3.2)), (HA_NOI, LEGAL, Value, Some(100.0))]
    );
    assert_eq!(errors(&reading), [("1.1.12".to_owned(), CellCode::NotANumber)]);
    let reading = json_of(r#"{"anything": [{"a": 1}], "rows": [{"unitCode":"20","1.1.1":-0.0}]}"#).unwrap();
    assert_eq!(reading.cells[0].value.map(f64::to_bits), Some((-0.0_f64).to_bits()));
}

#[test]
fn keys_are_there_once() {
    let twice = Err(Fault::NotReadable(Defect::DuplicateKey));
    assert_eq!(json_of(r#"[{"unit":"20","1.1.1":1,"1.1.1":2}]"#), twice);
    assert_eq!(json_of(r#"{"rows":[],"rows":[]}"#), twice);
    assert_eq!(json_of(r#"{"a":{"b":1,"b":2},"rows":[]}"#), twice);
}

#[test]
fn other_shapes_are_refused() {
    let shape = Err(Fault::NotReadable(Defect::Shape));
    for text in [
        "1",
        "\"a\"",
        "null",
        "[1]",
        "[[]]",
        "{}",
        "{\"rows\":{}}",
        "{\"rows\":1}",
        "[{\"unit\":{}}]",
        "[{\"unit\":[]}]",
    ] {
        assert_eq!(json_of(text), shape, "{text}");
    }
    let wrong = Err(Fault::NotReadable(Defect::Json));
    for text in ["[", "[{}", "{\"rows\":[]} x", "[{\"unit\":NaN}]", "[{\"unit\":1e999}]", "{'a':1}"] {
        assert_eq!(json_of(text), wrong, "{text}");
    }
    assert_eq!(json_of(&"[".repeat(1_000_000)), shape);
    assert_eq!(json_of(&format!("{{\"a\":{}", "[".repeat(1_000_000))), wrong);
    assert_eq!(json_of(" \n"), Err(Fault::Empty));
    assert_eq!(json_of("[]"), Err(Fault::Empty));
    assert_eq!(json_of("[{\"a\":1}]"), Err(Fault::NoHeader));
    assert_eq!(
        read(b"[\"\xff\"]", Format::Json, &dictionary(), Value),
        Err(Fault::NotReadable(Defect::Encoding))
    );
}

#[test]
fn too_much_is_refused_by_its_limit() {
    let keys: Vec<String> = (0..=Limit::Columns.most()).map(|key| format!("\"k{key}\":1")).collect();
    assert_eq!(json_of(&format!("[{{{}}}]", keys.join(","))), Err(Fault::TooLarge(Limit::Columns)));
    let rows = vec!["{\"unit\":1}"; Limit::Rows.most() + 1].join(",");
    assert_eq!(json_of(&format!("[{rows}]")), Err(Fault::TooLarge(Limit::Rows)));
    let row = format!("{{{}}}", keys[..400].join(","));
    assert_eq!(json_of(&format!("[{}]", vec![row; 1_001].join(","))), Err(Fault::TooLarge(Limit::Cells)));
}
