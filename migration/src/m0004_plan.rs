//! The plan, its focus, tasks, assignments and progress reports.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0004_plan",
    up: r#"
CREATE TABLE plan (
    id {uuid} NOT NULL PRIMARY KEY,
    year {int} NOT NULL UNIQUE,
    number {text},
    issued_on {date},
    title_vi {text} NOT NULL,
    title_en {text} NOT NULL,
    issuer {text} NOT NULL,
    signer {text},
    framework_id {uuid} NOT NULL REFERENCES framework (id),
    standing_vi {text} NOT NULL,
    standing_en {text} NOT NULL,
    goals {json} NOT NULL,
    base_year {int} NOT NULL,
    base_rank {int} NOT NULL CHECK (base_rank >= 1),
    rank_goal {int} NOT NULL CHECK (rank_goal >= 1),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1
);

CREATE TABLE plan_focus (
    id {uuid} NOT NULL PRIMARY KEY,
    plan_id {uuid} NOT NULL REFERENCES plan (id),
    kind {text} NOT NULL,
    position {int} NOT NULL,
    node_id {uuid} NOT NULL REFERENCES node (id),
    printed_code {text} NOT NULL,
    note {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (plan_id, kind, position)
);
CREATE INDEX plan_focus_node ON plan_focus (node_id);

CREATE TABLE task (
    id {uuid} NOT NULL PRIMARY KEY,
    plan_id {uuid} NOT NULL REFERENCES plan (id),
    code {text} NOT NULL,
    title {text} NOT NULL,
    description {text},
    kind {text} NOT NULL,
    node_id {uuid} REFERENCES node (id),
    expected_product {text},
    start_on {date},
    due_on {date} NOT NULL,
    recurrence {text} NOT NULL,
    status {text} NOT NULL,
    priority {text} NOT NULL,
    cancel_reason {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    UNIQUE (plan_id, code),
    CHECK (start_on IS NULL OR start_on <= due_on),
    CHECK ((status = 'cancelled') = (cancel_reason IS NOT NULL))
);
CREATE INDEX task_due ON task (due_on, id);
CREATE INDEX task_created ON task (created_at, id);
CREATE INDEX task_node ON task (node_id);
CREATE INDEX task_status ON task (status, due_on, id);

CREATE TABLE assignment (
    id {uuid} NOT NULL PRIMARY KEY,
    task_id {uuid} NOT NULL REFERENCES task (id),
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    role {text} NOT NULL,
    instruction {text},
    accepted_at {time},
    accepted_by {uuid} REFERENCES "user" (id),
    ended_at {time},
    end_reason {text},
    successor_id {uuid} REFERENCES assignment (id),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX assignment_one_lead ON assignment (task_id) WHERE role = 'lead' AND ended_at IS NULL;
CREATE UNIQUE INDEX assignment_once ON assignment (task_id, organization_id) WHERE ended_at IS NULL;
CREATE INDEX assignment_organization ON assignment (organization_id, ended_at, role, task_id);
CREATE INDEX assignment_task ON assignment (task_id, id);
CREATE INDEX assignment_successor ON assignment (successor_id);

CREATE VIEW task_participant AS
SELECT id, task_id, organization_id, role FROM assignment WHERE ended_at IS NULL;

CREATE TABLE progress_report (
    id {uuid} NOT NULL PRIMARY KEY,
    assignment_id {uuid} NOT NULL REFERENCES assignment (id),
    period {text} NOT NULL,
    percent {int} NOT NULL CHECK (percent BETWEEN 0 AND 100),
    content {text} NOT NULL,
    difficulties {text},
    status {text} NOT NULL,
    author_id {uuid} NOT NULL REFERENCES "user" (id),
    submitter_id {uuid} REFERENCES "user" (id),
    submitted_at {time},
    decider_id {uuid} REFERENCES "user" (id),
    decided_at {time},
    decided_version {int},
    return_reason {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    UNIQUE (assignment_id, period)
);
CREATE INDEX progress_report_latest ON progress_report (assignment_id, created_at, id);
CREATE INDEX progress_report_status ON progress_report (status, created_at, id);
CREATE INDEX progress_report_created ON progress_report (created_at, id);
"#,
    down: r#"
DROP TABLE progress_report;
DROP VIEW task_participant;
DROP TABLE assignment;
DROP TABLE task;
DROP TABLE plan_focus;
DROP TABLE plan;
"#,
};
