//! Search by the beginnings of words, in plain letters, over an index that both databases have.

use entity::{Long, NotRead, Row, evidence, node, organization, search_word, task, unit};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition};

use crate::text;

/// A table whose rows are found by words.
pub trait Searchable: Row {
    /// The texts whose words find the row.
    ///
    /// # Errors
    /// [`NotRead`] when the row was read without them.
    fn texts(row: &Self::Model) -> Result<Vec<&str>, NotRead>;

    /// The rows in which every word of `query` begins some word.
    fn matching(query: &str) -> Condition {
        use search_word::Column::{RowId, TableName, Word};
        let mut all = Condition::all();
        for word in text::words(query).into_iter().take(MOST_WORDS) {
            // `{` to `char::MAX`: nothing that begins with the word sorts behind it.
            let last = format!("{word}{}", char::MAX);
            let rows = Query::select()
                .column(RowId)
                .from(search_word::Entity)
                .and_where(TableName.eq(Self::TABLE))
                .and_where(Word.gte(word))
                .and_where(Word.lte(last))
                .take();
            all = all.add(Self::ID.in_subquery(rows));
        }
        all
    }
}

const MOST_WORDS: usize = 8;

impl Searchable for organization::Entity {
    fn texts(row: &organization::Model) -> Result<Vec<&str>, NotRead> {
        Ok(vec![&row.code, &row.name_vi, &row.name_en])
    }
}

impl Searchable for unit::Entity {
    fn texts(row: &unit::Model) -> Result<Vec<&str>, NotRead> {
        Ok(vec![&row.code, &row.name_vi, &row.name_en])
    }
}

impl Searchable for node::Entity {
    fn texts(row: &node::Model) -> Result<Vec<&str>, NotRead> {
        Ok(vec![&row.code, &row.name_vi, &row.name_en])
    }
}

impl Searchable for task::Entity {
    fn texts(row: &task::Model) -> Result<Vec<&str>, NotRead> {
        let optional = [Long::optional(&row.description)?, Long::optional(&row.expected_product)?];
        Ok([row.code.as_str(), &row.title].into_iter().chain(optional.into_iter().flatten()).collect())
    }
}

impl Searchable for evidence::Entity {
    fn texts(row: &evidence::Model) -> Result<Vec<&str>, NotRead> {
        let optional = [&row.issuing_body, &row.document_number, &row.file_name];
        let optional = optional.into_iter().filter_map(|text| text.as_deref());
        Ok(std::iter::once(row.title.as_str()).chain(optional).collect())
    }
}
