//! JSON: what the figures are about, the columns, and long rows.

use serde_json::{Map, Value, json};

use super::{Export, Figure};
use crate::sheet::{ColumnKind, Fault};

pub(super) fn write(export: &Export<'_>) -> Result<Vec<u8>, Fault> {
    let about: Vec<Value> =
        export.about.iter().map(|(heading, text)| json!({ "heading": heading, "text": text })).collect();
    let columns: Vec<Value> = export
        .columns
        .iter()
        .map(|column| {
            let kind = match column.kind {
                ColumnKind::Indicator => "indicator",
                ColumnKind::Aggregate => "aggregate",
                ColumnKind::Denominator => "denominator",
            };
            let label = &column.label;
            json!({ "code": label.code, "name": label.name, "measure": column.measure, "kind": kind })
        })
        .collect();
    let mut rows = Vec::new();
    for (unit, label, at, column) in export.rows()? {
        let mut row = Map::new();
        row.insert("unit".to_owned(), label.code.as_str().into());
        row.insert("unitName".to_owned(), label.name.as_str().into());
        row.insert("node".to_owned(), column.label.code.as_str().into());
        row.insert("nodeName".to_owned(), column.label.name.as_str().into());
        for series in export.series().filter(|series| column.kind.has(series.figure)) {
            let key = match (series.figure, series.computed) {
                (Figure::Value, _) => "value",
                (Figure::Score, false) => "score",
                (Figure::Rank, false) => "rank",
                (Figure::Score, true) => "computedScore",
                (Figure::Rank, true) => "computedRank",
            };
            row.insert(key.to_owned(), export.get(series, unit, at).into());
        }
        rows.push(Value::Object(row));
    }
    let document = json!({
        "written": export.written.to_rfc3339(),
        "language": export.lang.tag(),
        "about": about,
        "columns": columns,
        "rows": rows,
    });
    serde_json::to_vec(&document).map_err(|_| Fault::NotWritable)
}
