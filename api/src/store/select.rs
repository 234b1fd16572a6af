//! Which columns a row is read with: texts at length only where the request's document asks for them.

use std::collections::HashSet;
use std::sync::Arc;

use entity::{Long, Row};
use sea_orm::{ColumnTrait, Iterable, QuerySelect, Select};

use super::Store;

/// The columns that the fields of a document are called after, wherever in it they stand and of whatever type they are:
/// a text is read once too often rather than missed, and a row that two places of a document show is read once.
#[derive(Clone, Debug)]
pub struct Asked(Arc<HashSet<String>>);

impl Asked {
    /// Those of fields with these names.
    pub fn by<'a>(fields: impl IntoIterator<Item = &'a str>) -> Self {
        Self(Arc::new(fields.into_iter().map(column_of).collect()))
    }
}

/// What the column behind a field is called.
fn column_of(field: &str) -> String {
    let mut column = String::with_capacity(field.len() + 4);
    for letter in field.chars() {
        if letter.is_ascii_uppercase() {
            column.push('_');
        }
        column.push(letter.to_ascii_lowercase());
    }
    column
}

impl Store {
    /// The same rows, in lists and relations without the texts at length that were not asked for.
    pub fn asked(mut self, asked: Asked) -> Self {
        self.asked = Some(asked);
        self
    }

    fn leaves_out(&self, column: &impl ColumnTrait) -> bool {
        let unasked = |asked: &Asked| Long::is(column) && !asked.0.contains(column.as_str());
        self.asked.as_ref().is_some_and(unasked)
    }

    /// The columns that rows of `E` are read with.
    pub(super) fn columns<E: Row>(&self) -> impl Iterator<Item = E::Column> {
        E::Column::iter().filter(|column| !self.leaves_out(column))
    }

    /// The same rows with these columns.
    pub(super) fn narrowed<E: Row>(&self, query: Select<E>) -> Select<E> {
        match E::Column::iter().any(|column| self.leaves_out(&column)) {
            true => query.select_only().columns(self.columns::<E>()),
            false => query,
        }
    }
}
