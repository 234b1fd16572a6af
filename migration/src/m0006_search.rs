//! The words that search looks up; the same on both databases.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0006_search",
    up: r#"
CREATE TABLE search_word (
    table_name {text} NOT NULL,
    word {text} NOT NULL,
    row_id {uuid} NOT NULL,
    PRIMARY KEY (table_name, word, row_id)
);
CREATE INDEX search_word_row ON search_word (table_name, row_id);
"#,
    down: r#"
DROP TABLE search_word;
"#,
};
