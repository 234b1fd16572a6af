//! Documents that clients registered, and which fields and documents are used.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0018_documents",
    up: r#"
CREATE TABLE client_document (
    id {uuid} NOT NULL PRIMARY KEY,
    client {text} NOT NULL,
    document_id {text} NOT NULL,
    sha256 {text} NOT NULL,
    content {text} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (client, document_id)
);

CREATE TABLE document_usage (
    id {uuid} NOT NULL PRIMARY KEY,
    client {text} NOT NULL,
    sha256 {text} NOT NULL,
    day {date} NOT NULL,
    requests {long} NOT NULL,
    UNIQUE (client, sha256, day)
);
CREATE INDEX document_usage_day ON document_usage (day, id);

CREATE TABLE field_usage (
    id {uuid} NOT NULL PRIMARY KEY,
    client {text} NOT NULL,
    type_name {text} NOT NULL,
    field_name {text} NOT NULL,
    day {date} NOT NULL,
    requests {long} NOT NULL,
    UNIQUE (client, type_name, field_name, day)
);
CREATE INDEX field_usage_day ON field_usage (day, id);
CREATE INDEX field_usage_field ON field_usage (type_name, field_name, day);
"#,
    down: r#"
DROP TABLE field_usage;
DROP TABLE document_usage;
DROP TABLE client_document;
"#,
};
