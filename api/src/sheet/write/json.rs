//! JSON: what the figures are about, the columns, and long rows; the keys of each object in order.

use serde_json::{Map, Value, json};

use super::{Figure, Line, Outline};
use crate::sheet::{ColumnKind, Fault};

/// As far as the first row.
pub(super) fn head(outline: &Outline) -> Result<Vec<u8>, Fault> {
    let about: Vec<Value> =
        outline.about.iter().map(|(heading, text)| json!({ "heading": heading, "text": text })).collect();
    let columns: Vec<Value> = outline
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
    let mut bytes = bytes(&json!({ "about": about, "columns": columns, "language": outline.lang.tag() }))?;
    bytes.pop();
    bytes.extend_from_slice(b",\"rows\":[");
    Ok(bytes)
}

pub(super) fn lines(outline: &Outline, lines: &[Line], is_first: bool) -> Result<Vec<u8>, Fault> {
    let mut rows = Vec::new();
    for line in lines {
        for (at, column) in outline.columns.iter().enumerate() {
            let mut row = Map::new();
            row.insert("unit".to_owned(), line.unit.code.as_str().into());
            row.insert("unitName".to_owned(), line.unit.name.as_str().into());
            row.insert("node".to_owned(), column.label.code.as_str().into());
            row.insert("nodeName".to_owned(), column.label.name.as_str().into());
            for (place, series) in outline.series.iter().enumerate() {
                let key = match (series.figure, series.computed) {
                    _ if !column.kind.has(series.figure) => continue,
                    (Figure::Value, _) => "value",
                    (Figure::Score, false) => "score",
                    (Figure::Rank, false) => "rank",
                    (Figure::Score, true) => "computedScore",
                    (Figure::Rank, true) => "computedRank",
                };
                row.insert(key.to_owned(), line.get(place, at).into());
            }
            if !is_first || !rows.is_empty() {
                rows.push(b',');
            }
            rows.extend(bytes(&Value::Object(row))?);
        }
    }
    Ok(rows)
}

/// Behind the last row.
pub(super) fn tail(outline: &Outline) -> Result<Vec<u8>, Fault> {
    Ok([b"],\"written\":".as_slice(), &bytes(&outline.written.to_rfc3339().into())?, b"}"].concat())
}

fn bytes(value: &Value) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(value).map_err(|_| Fault::NotWritable)
}
