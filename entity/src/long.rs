//! Texts at length, which a list reads only for those who ask for them.

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

    /// The text, without the row.
    ///
    /// # Errors
    /// [`NotRead`].
    pub fn into_text(self) -> Result<String, NotRead> {
        self.0.ok_or(NotRead)
    }

    /// The same of a column that may hold none.
    ///
    /// # Errors
    /// [`NotRead`].
    pub fn into_optional(column: Option<Self>) -> Result<Option<String>, NotRead> {
        column.map(Self::into_text).transpose()
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
        assert_eq!(Long::into_optional(unread.clone()), Err(NotRead));
        assert!(std::panic::catch_unwind(|| Value::from(unread)).is_err());
    }

    #[test]
    fn columns_say_whether_they_hold_texts_at_length() {
        assert!(Long::is(&Description) && !Long::is(&Title));
    }
}
