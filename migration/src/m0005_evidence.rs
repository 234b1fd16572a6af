//! Evidence documents and what they are attached to.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0005_evidence",
    up: r#"
CREATE TABLE evidence (
    id {uuid} NOT NULL PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    title {text} NOT NULL,
    kind {text} NOT NULL,
    issuing_body {text},
    document_number {text},
    issued_on {date},
    effective_from {date},
    effective_to {date},
    stated_value {real},
    stated_unit {text},
    file_name {text},
    media_type {text},
    size {long},
    sha256 {text},
    storage_key {text} UNIQUE,
    status {text} NOT NULL,
    author_id {uuid} NOT NULL REFERENCES "user" (id),
    decider_id {uuid} REFERENCES "user" (id),
    decided_at {time},
    reject_reason {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    CHECK (effective_to IS NULL OR effective_from IS NULL OR effective_from <= effective_to),
    CHECK ((status = 'pending') = (storage_key IS NULL))
);
CREATE INDEX evidence_organization ON evidence (organization_id, created_at, id);
CREATE INDEX evidence_created ON evidence (created_at, id);
CREATE INDEX evidence_status ON evidence (status, created_at, id);

CREATE TABLE evidence_link (
    id {uuid} NOT NULL PRIMARY KEY,
    evidence_id {uuid} NOT NULL REFERENCES evidence (id),
    report_id {uuid} REFERENCES progress_report (id),
    task_id {uuid} REFERENCES task (id),
    indicator_id {uuid} REFERENCES indicator (id),
    author_id {uuid} NOT NULL REFERENCES "user" (id),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    CHECK ((CASE WHEN report_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN task_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN indicator_id IS NULL THEN 0 ELSE 1 END) = 1)
);
CREATE UNIQUE INDEX evidence_link_report ON evidence_link (report_id, evidence_id) WHERE report_id IS NOT NULL;
CREATE UNIQUE INDEX evidence_link_task ON evidence_link (task_id, evidence_id) WHERE task_id IS NOT NULL;
CREATE UNIQUE INDEX evidence_link_indicator ON evidence_link (indicator_id, evidence_id) WHERE indicator_id IS NOT NULL;
CREATE INDEX evidence_link_evidence ON evidence_link (evidence_id, id);
"#,
    down: r#"
DROP TABLE evidence_link;
DROP TABLE evidence;
"#,
};
