//! What the engine makes of an edition, values of denominators, imports, targets and long computations.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0009_index",
    up: r#"
CREATE TABLE computation (
    id {uuid} NOT NULL PRIMARY KEY,
    edition_id {uuid} NOT NULL UNIQUE REFERENCES edition (id),
    framework_id {uuid} NOT NULL REFERENCES framework (id),
    method {json} NOT NULL,
    input_hash {text} NOT NULL,
    unit_count {int} NOT NULL,
    author_id {uuid} NOT NULL REFERENCES "user" (id),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
);

CREATE TABLE computed_score (
    id {uuid} NOT NULL PRIMARY KEY,
    computation_id {uuid} NOT NULL REFERENCES computation (id) ON DELETE CASCADE,
    edition_id {uuid} NOT NULL REFERENCES edition (id),
    unit_id {uuid} NOT NULL REFERENCES unit (id),
    node_id {uuid} NOT NULL REFERENCES node (id),
    score {real},
    rank {real},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (edition_id, unit_id, node_id)
);
CREATE INDEX computed_score_ranking ON computed_score (edition_id, node_id, rank, id);
CREATE INDEX computed_score_computation ON computed_score (computation_id);

CREATE TABLE denominator_value (
    id {uuid} NOT NULL PRIMARY KEY,
    edition_id {uuid} NOT NULL REFERENCES edition (id),
    unit_id {uuid} NOT NULL REFERENCES unit (id),
    denominator_id {uuid} NOT NULL REFERENCES denominator (id),
    value {real} NOT NULL,
    source {text},
    note {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (edition_id, unit_id, denominator_id)
);

CREATE TABLE edition_import (
    id {uuid} NOT NULL PRIMARY KEY,
    edition_id {uuid} NOT NULL REFERENCES edition (id),
    author_id {uuid} NOT NULL REFERENCES "user" (id),
    figure {text} NOT NULL,
    status {text} NOT NULL,
    file_name {text} NOT NULL,
    storage_key {text},
    size {long},
    sha256 {text},
    changed {int},
    committed_at {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1
);
CREATE INDEX edition_import_edition ON edition_import (edition_id, id);

CREATE TABLE target (
    id {uuid} NOT NULL PRIMARY KEY,
    unit_id {uuid} NOT NULL REFERENCES unit (id),
    year {int} NOT NULL,
    node_id {uuid} NOT NULL REFERENCES node (id),
    rank {int} CHECK (rank >= 1),
    score {real},
    above_last_year {bool} NOT NULL,
    note {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    UNIQUE (unit_id, year, node_id)
);
CREATE INDEX target_year ON target (year, id);
INSERT INTO target (id, unit_id, year, node_id, rank, above_last_year, created_at, updated_at)
SELECT plan.id, unit.id, plan.year, node.id, plan.rank_goal, TRUE, plan.created_at, plan.created_at
FROM plan
JOIN node ON node.framework_id = plan.framework_id AND node.level = 'index'
JOIN unit ON unit.code = '20' AND unit.valid_to IS NULL;

CREATE TABLE job (
    id {uuid} NOT NULL PRIMARY KEY,
    kind {text} NOT NULL,
    status {text} NOT NULL,
    author_id {uuid} NOT NULL REFERENCES "user" (id),
    input {json} NOT NULL,
    output {json},
    problem {text},
    done {long} NOT NULL,
    total {long} NOT NULL,
    lease_until {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1
);
CREATE INDEX job_author ON job (author_id, id);
CREATE INDEX job_waiting ON job (status, id);
"#,
    down: r#"
DROP TABLE job;
DROP TABLE target;
DROP TABLE edition_import;
DROP TABLE denominator_value;
DROP TABLE computed_score;
DROP TABLE computation;
"#,
};
