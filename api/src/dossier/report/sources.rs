//! The rows that figures come from, numbered in the order in which the report first speaks of them.

use std::collections::HashMap;

use async_graphql::ID;
use chrono::{DateTime, Utc};

use super::{Cell, Column, Table};
use crate::world::date_of;

/// The numbered sources of a document.
#[derive(Default)]
pub(super) struct Sources {
    numbers: HashMap<String, usize>,
    rows: Vec<Vec<Cell>>,
}

impl Sources {
    /// The label of a row, `[12]`; `what` says what it is, `version` which version of it counts, `at` since when.
    pub(super) fn label(
        &mut self,
        id: &ID,
        what: &str,
        version: Option<i32>,
        at: Option<DateTime<Utc>>,
    ) -> Cell {
        let next = self.numbers.len() + 1;
        let number = *self.numbers.entry(id.to_string()).or_insert(next);
        if number == next {
            self.rows.push(vec![
                Cell::Text(format!("[{number}]")),
                Cell::text(what),
                Cell::text(id.as_str()),
                Cell::rank(version),
                Cell::date(at.map(date_of)),
            ]);
        }
        Cell::Text(format!("[{number}]"))
    }

    /// All of them.
    pub(super) fn table(self) -> Table<'static> {
        Table {
            sheet: "Nguồn số liệu",
            title: "Bản ghi nguồn trong hệ thống".to_owned(),
            columns: vec![
                Column { title: "Nguồn", width: 8 },
                Column { title: "Nội dung", width: 22 },
                Column { title: "Mã bản ghi", width: 48 },
                Column { title: "Phiên bản", width: 10 },
                Column { title: "Ngày duyệt", width: 12 },
            ],
            rows: Box::new(self.rows.into_iter()),
        }
    }
}
