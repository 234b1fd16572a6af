//! Framework versions: their tree of nodes and what is measured at its leaves.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0002_framework",
    up: r#"
CREATE TABLE framework (
    id {uuid} NOT NULL PRIMARY KEY,
    version {text} NOT NULL UNIQUE,
    name_vi {text} NOT NULL,
    name_en {text} NOT NULL,
    decision_number {text},
    decision_date {date},
    status {text} NOT NULL,
    published_at {time},
    normalisation {text} NOT NULL,
    treatment {text} NOT NULL,
    aggregation {text} NOT NULL,
    rank_precision {int} NOT NULL CHECK (rank_precision BETWEEN 0 AND 10),
    tie_rule {text} NOT NULL,
    note {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1
);

CREATE TABLE node (
    id {uuid} NOT NULL PRIMARY KEY,
    framework_id {uuid} NOT NULL REFERENCES framework (id),
    parent_id {uuid} REFERENCES node (id),
    level {text} NOT NULL,
    code {text} NOT NULL,
    name_vi {text} NOT NULL,
    name_en {text} NOT NULL,
    position {int} NOT NULL,
    weight {real} NOT NULL CHECK (weight > 0),
    provenance {text} NOT NULL,
    verified_at {time},
    verified_by {uuid} REFERENCES "user" (id),
    note {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    UNIQUE (framework_id, code),
    CHECK ((level = 'index') = (parent_id IS NULL))
);
CREATE INDEX node_order ON node (framework_id, position, id);
CREATE INDEX node_parent ON node (parent_id, position);

CREATE TABLE indicator (
    id {uuid} NOT NULL PRIMARY KEY REFERENCES node (id),
    unit {text} NOT NULL,
    direction {text} NOT NULL,
    data_source {text} NOT NULL,
    supplier_id {uuid} REFERENCES organization (id),
    guidance {text},
    supersedes_id {uuid} REFERENCES indicator (id),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1
);
CREATE INDEX indicator_supersedes ON indicator (supersedes_id);
"#,
    down: r#"
DROP TABLE indicator;
DROP TABLE node;
DROP TABLE framework;
"#,
};
