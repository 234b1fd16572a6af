//! JSON: a list of flat rows, long or wide, or an object that has one under `rows`.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use super::reading::Reader;
use super::table::{Count, Raw, Row, Table, without_nul};
use super::{Defect, Fault, Limit};

pub(super) fn read(bytes: &[u8], reader: &mut Reader<'_>) -> Result<(), Fault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::NotReadable(Defect::Encoding))?;
    if text.trim().is_empty() {
        return Err(Fault::Empty);
    }
    let mut rows = Rows::new(&mut reader.count);
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Seed(What::Document, &mut rows).deserialize(&mut json).and_then(|_| json.end());
    let table = rows.finish(read)?;
    reader.table(&table);
    Ok(())
}

/// The table as it grows, and why it stopped growing.
struct Rows<'a> {
    table: Table,
    keys: Vec<String>,
    columns: HashMap<String, u32>,
    /// The last row in which each column was.
    filled: Vec<u32>,
    count: &'a mut Count,
    fault: Option<Fault>,
    number: u32,
}

impl<'a> Rows<'a> {
    fn new(count: &'a mut Count) -> Self {
        let (keys, columns, filled) = (Vec::new(), HashMap::new(), Vec::new());
        Self { table: Table::new(""), keys, columns, filled, count, fault: None, number: 0 }
    }

    /// Stops with `fault`; serde's own error only carries it out.
    fn stop<E: serde::de::Error>(&mut self, fault: Fault) -> E {
        self.fault = Some(fault);
        E::custom("")
    }

    /// The column of a key in the row that is being read, which has each key once.
    fn column<E: serde::de::Error>(&mut self, key: String) -> Result<u32, E> {
        without_nul(&key).map_err(|fault| self.stop(fault))?;
        let column = match self.columns.get(&key) {
            Some(column) => *column,
            None => {
                let column = self.keys.len() as u32;
                self.keys.push(key.clone());
                self.columns.insert(key, column);
                self.filled.push(0);
                Limit::Columns.check(self.keys.len()).map_err(|fault| self.stop(fault))?;
                column
            }
        };
        match self.filled.get_mut(column as usize) {
            Some(last) if *last != self.number => *last = self.number,
            _ => return Err(self.stop(Fault::NotReadable(Defect::DuplicateKey))),
        }
        Ok(column)
    }

    fn finish(mut self, read: serde_json::Result<()>) -> Result<Table, Fault> {
        match (self.fault, read.map_err(|error| error.classify())) {
            (Some(fault), _) => return Err(fault),
            (None, Err(Category::Data)) => return Err(Fault::NotReadable(Defect::Shape)),
            (None, Err(_)) => return Err(Fault::NotReadable(Defect::Json)),
            (None, Ok(())) => (),
        }
        if !self.table.rows.is_empty() {
            let cells = (0_u32..).zip(&self.keys).map(|(column, key)| (column, Raw::Text(key.clone())));
            self.table.rows.insert(0, Row { number: 0, cells: cells.collect(), fields: None });
        }
        self.table.keys = Some(self.keys.iter().map(|key| key.as_str().into()).collect());
        Ok(self.table)
    }
}

/// What is read next, and where it goes.
struct Seed<'r, 'a>(What, &'r mut Rows<'a>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Document,
    Rows,
    Row,
    Cell,
    /// Anything, only looked through for keys that are there twice.
    Other,
}

impl<'de> DeserializeSeed<'de> for Seed<'_, '_> {
    type Value = Raw;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Raw, D::Error> {
        input.deserialize_any(self)
    }
}

impl Seed<'_, '_> {
    fn scalar<E: serde::de::Error>(self, raw: Raw) -> Result<Raw, E> {
        match self.0 {
            What::Cell | What::Other => Ok(raw),
            What::Document | What::Rows | What::Row => Err(self.1.stop(Fault::NotReadable(Defect::Shape))),
        }
    }

    fn document<'de, A: MapAccess<'de>>(self, mut fields: A) -> Result<Raw, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = fields.next_key::<String>()? {
            let what = if self.0 == What::Document && key == "rows" { What::Rows } else { What::Other };
            if !keys.insert(key) {
                return Err(self.1.stop(Fault::NotReadable(Defect::DuplicateKey)));
            }
            fields.next_value_seed(Seed(what, self.1))?;
        }
        match self.0 == What::Document && !keys.contains("rows") {
            true => Err(self.1.stop(Fault::NotReadable(Defect::Shape))),
            false => Ok(Raw::Empty),
        }
    }

    fn row<'de, A: MapAccess<'de>>(self, mut fields: A) -> Result<Raw, A::Error> {
        let rows = self.1;
        rows.number = rows.number.saturating_add(1);
        let mut cells = Vec::new();
        while let Some(key) = fields.next_key::<String>()? {
            let column = rows.column(key)?;
            let raw = fields.next_value_seed(Seed(What::Cell, rows))?;
            let text = if let Raw::Text(text) = &raw { text.len() } else { 0 };
            rows.count.cell(text).map_err(|fault| rows.stop(fault))?;
            cells.push((column, raw));
        }
        cells.sort_unstable_by_key(|(column, _)| *column);
        let row = Row { number: rows.number, cells, fields: None };
        rows.count.push(&mut rows.table, row).map_err(|fault| rows.stop(fault))?;
        Ok(Raw::Empty)
    }
}

impl<'de> Visitor<'de> for Seed<'_, '_> {
    type Value = Raw;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("flat rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let what = match self.0 {
            What::Document | What::Rows => What::Row,
            What::Other => What::Other,
            What::Row | What::Cell => return Err(self.1.stop(Fault::NotReadable(Defect::Shape))),
        };
        while items.next_element_seed(Seed(what, self.1))?.is_some() {}
        Ok(Raw::Empty)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Raw, A::Error> {
        match self.0 {
            What::Row => self.row(fields),
            What::Document | What::Other => self.document(fields),
            What::Rows | What::Cell => Err(self.1.stop(Fault::NotReadable(Defect::Shape))),
        }
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Raw, E> {
        self.scalar(Raw::Empty)
    }

    fn visit_bool<E: serde::de::Error>(self, truth: bool) -> Result<Raw, E> {
        self.scalar(Raw::Other(truth.to_string()))
    }

    fn visit_i64<E: serde::de::Error>(self, whole: i64) -> Result<Raw, E> {
        self.scalar(Raw::Number(whole as f64))
    }

    fn visit_u64<E: serde::de::Error>(self, whole: u64) -> Result<Raw, E> {
        self.scalar(Raw::Number(whole as f64))
    }

    fn visit_f64<E: serde::de::Error>(self, float: f64) -> Result<Raw, E> {
        self.scalar(Raw::Number(float))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Raw, E> {
        without_nul(text).map_err(|fault| self.1.stop(fault))?;
        self.scalar(Raw::Text(text.to_owned()))
    }
}
