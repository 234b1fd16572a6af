//! Units, editions, their scores and statistics.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0003_results",
    up: r#"
CREATE TABLE unit (
    id {uuid} NOT NULL PRIMARY KEY,
    code {text} NOT NULL,
    kind {text} NOT NULL,
    name_vi {text} NOT NULL,
    name_en {text} NOT NULL,
    valid_from {date},
    valid_to {date},
    successor_id {uuid} REFERENCES unit (id),
    note {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    CHECK (valid_to IS NULL OR valid_from IS NULL OR valid_from <= valid_to),
    CHECK (successor_id IS NULL OR valid_to IS NOT NULL)
);
CREATE UNIQUE INDEX unit_code_living ON unit (code) WHERE valid_to IS NULL;
CREATE INDEX unit_code ON unit (code, id);
CREATE INDEX unit_successor ON unit (successor_id);

CREATE TABLE edition (
    id {uuid} NOT NULL PRIMARY KEY,
    year {int} NOT NULL UNIQUE,
    framework_id {uuid} NOT NULL REFERENCES framework (id),
    status {text} NOT NULL,
    published_on {date},
    unit_count {int} CHECK (unit_count > 0),
    note {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1
);

CREATE TABLE score (
    id {uuid} NOT NULL PRIMARY KEY,
    edition_id {uuid} NOT NULL REFERENCES edition (id),
    unit_id {uuid} NOT NULL REFERENCES unit (id),
    node_id {uuid} NOT NULL REFERENCES node (id),
    value {real},
    score {real},
    rank {int} CHECK (rank >= 1),
    source {text},
    note {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (edition_id, unit_id, node_id)
);
CREATE INDEX score_ranking ON score (edition_id, node_id, rank, id);
CREATE INDEX score_history ON score (unit_id, node_id);

CREATE TABLE statistic (
    id {uuid} NOT NULL PRIMARY KEY,
    edition_id {uuid} NOT NULL REFERENCES edition (id),
    node_id {uuid} NOT NULL REFERENCES node (id),
    value_mean {real},
    value_min {real},
    value_max {real},
    score_mean {real},
    score_min {real},
    score_max {real},
    source {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (edition_id, node_id)
);
"#,
    down: r#"
DROP TABLE statistic;
DROP TABLE score;
DROP TABLE edition;
DROP TABLE unit;
"#,
};
