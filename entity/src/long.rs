//! Texts at length, which a list reads only for those who ask for them.

use std::error::Error;
use std::fmt;

use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{
    ColIdx, ColumnTrait, DbErr, QueryResult, RuntimeErr, SqlxError, TryGetError, TryGetable, Value,
};

/// A text of any length. In a row that was read without it it says so: nobody takes it for empty or missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Long(Option<String>);

/// A text was asked of a row that was read without it: a fault of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotRead;

impl fmt::Display for NotRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text was asked of a row that was read without it")
    }
}

impl Error for NotRead {}

impl Long {
    /// The text.
    ///
    /// # Errors
    /// [`NotRead`].
    pub fn text(&self) -> Result<&str, NotRead> {
        self.0.as_deref().ok_or(NotRead)
    }

    /// The text of a column that may hold none.
    ///
    /// # Errors
    /// [`NotRead`].
    pub fn optional(column: &Option<Self>) -> Result<Option<&str>, NotRead> {
        column.as_ref().map(Self::text).transpose()
    }

    /// Whether `column` holds such texts.
    pub fn is(column: &impl ColumnTrait) -> bool {
        matches!(column.def().get_column_type(), ColumnType::Text)
    }
}

impl From<String> for Long {
    fn from(text: String) -> Self {
        Self(Some(text))
    }
}

impl TryFrom<Long> for String {
    type Error = NotRead;

    fn try_from(Long(text): Long) -> Result<Self, NotRead> {
        text.ok_or(NotRead)
    }
}

impl From<Long> for Value {
    /// # Panics
    /// When it was not read: written, it would wipe out what is there.
    fn from(Long(text): Long) -> Self {
        Self::String(Some(text.expect("what is written was read")))
    }
}

impl Nullable for Long {
    fn null() -> Value {
        Value::String(None)
    }
}

impl ValueType for Long {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        <String as ValueType>::try_from(value).map(Self::from)
    }

    fn type_name() -> String {
        "Long".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::String
    }

    fn column_type() -> ColumnType {
        ColumnType::Text
    }
}

impl TryGetable for Long {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        match String::try_get_by(row, index) {
            Ok(text) => Ok(text.into()),
            Err(TryGetError::DbErr(DbErr::Query(RuntimeErr::SqlxError(error))))
                if matches!(*error, SqlxError::ColumnNotFound(_)) =>
            {
                Ok(Self(None))
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Column::{Description, Title};

    #[test]
    fn what_was_not_read_is_neither_read_nor_written() {
        let (read, unread) = (Some(Long::from("Rà soát".to_owned())), Some(Long(None)));
        assert_eq!(Long::optional(&read), Ok(Some("Rà soát")));
        assert_eq!(Long::optional(&None), Ok(None));
        assert_eq!(Long::optional(&unread), Err(NotRead));
        assert_eq!(unread.clone().map(TryInto::<String>::try_into), Some(Err(NotRead)));
        assert!(std::panic::catch_unwind(|| Value::from(unread)).is_err());
    }

    #[test]
    fn columns_say_whether_they_hold_texts_at_length() {
        assert!(Long::is(&Description) && !Long::is(&Title));
    }
}
