//! Requests for evidence, difficulties, exemplary models, outreach; evidence may be attached to each of them.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0013_requests",
    up: r#"
CREATE TABLE evidence_request (
    id {uuid} NOT NULL PRIMARY KEY,
    letter_number {text} NOT NULL,
    letter_on {date} NOT NULL,
    title {text} NOT NULL,
    content {text} NOT NULL,
    due_on {date} NOT NULL,
    author_id {uuid} NOT NULL REFERENCES "user" (id),
    closed_at {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    UNIQUE (letter_number, letter_on)
);
CREATE INDEX evidence_request_due ON evidence_request (due_on, id);
CREATE INDEX evidence_request_created ON evidence_request (created_at, id);

CREATE TABLE evidence_request_item (
    id {uuid} NOT NULL PRIMARY KEY,
    request_id {uuid} NOT NULL REFERENCES evidence_request (id),
    position {int} NOT NULL CHECK (position >= 1),
    title {text} NOT NULL,
    node_id {uuid} REFERENCES node (id),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (request_id, position)
);

CREATE TABLE evidence_response (
    id {uuid} NOT NULL PRIMARY KEY,
    request_id {uuid} NOT NULL REFERENCES evidence_request (id),
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    status {text} NOT NULL,
    content {text},
    submitter_id {uuid} REFERENCES "user" (id),
    submitted_at {time},
    decider_id {uuid} REFERENCES "user" (id),
    decided_at {time},
    decided_version {int},
    return_reason {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    UNIQUE (request_id, organization_id),
    CHECK ((status = 'open') = (submitted_at IS NULL))
);
CREATE INDEX evidence_response_organization ON evidence_response (organization_id, status, created_at, id);
CREATE INDEX evidence_response_status ON evidence_response (status, created_at, id);

CREATE TABLE obstacle (
    id {uuid} NOT NULL PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    task_id {uuid} REFERENCES task (id),
    node_id {uuid} REFERENCES node (id),
    title {text} NOT NULL,
    description {text} NOT NULL,
    proposal {text},
    status {text} NOT NULL,
    author_id {uuid} NOT NULL REFERENCES "user" (id),
    return_reason {text},
    forwarder_id {uuid} REFERENCES "user" (id),
    forwarded_at {time},
    opinion {text},
    resolver_id {uuid} REFERENCES "user" (id),
    resolved_at {time},
    answer {text},
    answered_on {date},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    CHECK (task_id IS NOT NULL OR node_id IS NOT NULL),
    CHECK ((status = 'resolved') = (answer IS NOT NULL))
);
CREATE INDEX obstacle_organization ON obstacle (organization_id, created_at, id);
CREATE INDEX obstacle_status ON obstacle (status, created_at, id);
CREATE INDEX obstacle_task ON obstacle (task_id);
CREATE INDEX obstacle_node ON obstacle (node_id);
CREATE INDEX obstacle_created ON obstacle (created_at, id);

CREATE TABLE innovation_model (
    id {uuid} NOT NULL PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    title {text} NOT NULL,
    description {text} NOT NULL,
    results {text},
    node_id {uuid} REFERENCES node (id),
    status {text} NOT NULL,
    author_id {uuid} NOT NULL REFERENCES "user" (id),
    decider_id {uuid} REFERENCES "user" (id),
    decided_at {time},
    decision_number {text},
    decision_on {date},
    decline_reason {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    CHECK ((status = 'commended') = (decision_number IS NOT NULL)),
    CHECK ((status = 'declined') = (decline_reason IS NOT NULL))
);
CREATE INDEX innovation_model_organization ON innovation_model (organization_id, created_at, id);
CREATE INDEX innovation_model_status ON innovation_model (status, created_at, id);
CREATE INDEX innovation_model_created ON innovation_model (created_at, id);

CREATE TABLE model_replication (
    id {uuid} NOT NULL PRIMARY KEY,
    model_id {uuid} NOT NULL REFERENCES innovation_model (id),
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    place {text} NOT NULL,
    started_on {date} NOT NULL,
    note {text},
    author_id {uuid} NOT NULL REFERENCES "user" (id),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (model_id, organization_id, place)
);
CREATE INDEX model_replication_organization ON model_replication (organization_id, id);

CREATE TABLE outreach_activity (
    id {uuid} NOT NULL PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    kind {text} NOT NULL,
    subject {text} NOT NULL,
    held_on {date} NOT NULL,
    place {text},
    audience {text},
    people {int} CHECK (people >= 0),
    link {text},
    author_id {uuid} NOT NULL REFERENCES "user" (id),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1
);
CREATE INDEX outreach_activity_organization ON outreach_activity (organization_id, held_on, id);
CREATE INDEX outreach_activity_held ON outreach_activity (held_on, id);
CREATE INDEX outreach_activity_created ON outreach_activity (created_at, id);

CREATE TABLE evidence_link_anew (
    id {uuid} NOT NULL PRIMARY KEY,
    evidence_id {uuid} NOT NULL REFERENCES evidence (id),
    report_id {uuid} REFERENCES progress_report (id),
    task_id {uuid} REFERENCES task (id),
    indicator_id {uuid} REFERENCES indicator (id),
    submission_id {uuid} REFERENCES data_submission (id),
    response_id {uuid} REFERENCES evidence_response (id),
    item_id {uuid} REFERENCES evidence_request_item (id),
    obstacle_id {uuid} REFERENCES obstacle (id),
    model_id {uuid} REFERENCES innovation_model (id),
    activity_id {uuid} REFERENCES outreach_activity (id),
    author_id {uuid} NOT NULL REFERENCES "user" (id),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    CHECK ((CASE WHEN report_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN task_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN indicator_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN submission_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN response_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN obstacle_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN model_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN activity_id IS NULL THEN 0 ELSE 1 END) = 1),
    CHECK (item_id IS NULL OR response_id IS NOT NULL)
);
INSERT INTO evidence_link_anew (id, evidence_id, report_id, task_id, indicator_id, author_id, created_at, updated_at)
SELECT id, evidence_id, report_id, task_id, indicator_id, author_id, created_at, updated_at FROM evidence_link;
DROP TABLE evidence_link;
ALTER TABLE evidence_link_anew RENAME TO evidence_link;
CREATE UNIQUE INDEX evidence_link_report ON evidence_link (report_id, evidence_id) WHERE report_id IS NOT NULL;
CREATE UNIQUE INDEX evidence_link_task ON evidence_link (task_id, evidence_id) WHERE task_id IS NOT NULL;
CREATE UNIQUE INDEX evidence_link_indicator ON evidence_link (indicator_id, evidence_id) WHERE indicator_id IS NOT NULL;
CREATE UNIQUE INDEX evidence_link_submission ON evidence_link (submission_id, evidence_id) WHERE submission_id IS NOT NULL;
CREATE UNIQUE INDEX evidence_link_response ON evidence_link (response_id, evidence_id) WHERE response_id IS NOT NULL;
CREATE UNIQUE INDEX evidence_link_obstacle ON evidence_link (obstacle_id, evidence_id) WHERE obstacle_id IS NOT NULL;
CREATE UNIQUE INDEX evidence_link_model ON evidence_link (model_id, evidence_id) WHERE model_id IS NOT NULL;
CREATE UNIQUE INDEX evidence_link_activity ON evidence_link (activity_id, evidence_id) WHERE activity_id IS NOT NULL;
CREATE INDEX evidence_link_evidence ON evidence_link (evidence_id, id);
"#,
    down: r#"
CREATE TABLE evidence_link_anew (
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
INSERT INTO evidence_link_anew (id, evidence_id, report_id, task_id, indicator_id, author_id, created_at, updated_at)
SELECT id, evidence_id, report_id, task_id, indicator_id, author_id, created_at, updated_at FROM evidence_link
WHERE report_id IS NOT NULL OR task_id IS NOT NULL OR indicator_id IS NOT NULL;
DROP TABLE evidence_link;
ALTER TABLE evidence_link_anew RENAME TO evidence_link;
CREATE UNIQUE INDEX evidence_link_report ON evidence_link (report_id, evidence_id) WHERE report_id IS NOT NULL;
CREATE UNIQUE INDEX evidence_link_task ON evidence_link (task_id, evidence_id) WHERE task_id IS NOT NULL;
CREATE UNIQUE INDEX evidence_link_indicator ON evidence_link (indicator_id, evidence_id) WHERE indicator_id IS NOT NULL;
CREATE INDEX evidence_link_evidence ON evidence_link (evidence_id, id);
DROP TABLE outreach_activity;
DROP TABLE model_replication;
DROP TABLE innovation_model;
DROP TABLE obstacle;
DROP TABLE evidence_response;
DROP TABLE evidence_request_item;
DROP TABLE evidence_request;
"#,
};
