//! Reporting periods, the reports they expect, leave after the lock, and reports as they were submitted.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0011_periods",
    up: r#"
ALTER TABLE progress_report ADD COLUMN first_submitted_at {time};
UPDATE progress_report SET first_submitted_at = submitted_at;
ALTER TABLE task ADD COLUMN evidence_required {bool} NOT NULL DEFAULT FALSE;
ALTER TABLE plan ADD COLUMN unit_id {uuid} REFERENCES unit (id);
UPDATE plan SET unit_id = (SELECT id FROM unit WHERE code = '20');

CREATE TABLE reporting_period (
    id {uuid} NOT NULL PRIMARY KEY,
    code {text} NOT NULL UNIQUE,
    kind {text} NOT NULL,
    title_vi {text} NOT NULL,
    title_en {text} NOT NULL,
    reason {text},
    starts_on {date} NOT NULL,
    department_due_on {date} NOT NULL,
    due_at {time} NOT NULL,
    status {text} NOT NULL,
    author_id {uuid} REFERENCES "user" (id),
    locked_at {time},
    closed_at {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    CHECK ((kind = 'ad_hoc') = (reason IS NOT NULL)),
    CHECK (starts_on <= department_due_on),
    CHECK ((status = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX reporting_period_due ON reporting_period (due_at, id);
CREATE INDEX reporting_period_created ON reporting_period (created_at, id);

CREATE TABLE report_slot (
    id {uuid} NOT NULL PRIMARY KEY,
    period_id {uuid} NOT NULL REFERENCES reporting_period (id),
    assignment_id {uuid} NOT NULL REFERENCES assignment (id),
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (period_id, assignment_id)
);
CREATE INDEX report_slot_organization ON report_slot (organization_id, period_id, assignment_id);
CREATE INDEX report_slot_assignment ON report_slot (assignment_id);

CREATE TABLE lock_exception (
    id {uuid} NOT NULL PRIMARY KEY,
    period_id {uuid} NOT NULL REFERENCES reporting_period (id),
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    until {time} NOT NULL,
    reason {text} NOT NULL,
    author_id {uuid} NOT NULL REFERENCES "user" (id),
    revoked_at {time},
    revoker_id {uuid} REFERENCES "user" (id),
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    CHECK ((revoked_at IS NULL) = (revoker_id IS NULL))
);
CREATE INDEX lock_exception_period ON lock_exception (period_id, organization_id, until);
CREATE INDEX lock_exception_organization ON lock_exception (organization_id, created_at, id);

CREATE TABLE report_version (
    id {uuid} NOT NULL PRIMARY KEY,
    report_id {uuid} NOT NULL REFERENCES progress_report (id),
    number {int} NOT NULL CHECK (number >= 1),
    report_row_version {int} NOT NULL,
    percent {int} NOT NULL CHECK (percent BETWEEN 0 AND 100),
    content {text} NOT NULL,
    difficulties {text},
    evidence {json} NOT NULL,
    confirmed {json} NOT NULL,
    submitter_id {uuid} NOT NULL REFERENCES "user" (id),
    submitted_at {time} NOT NULL,
    withdrawn_at {time},
    decision {text},
    decider_id {uuid} REFERENCES "user" (id),
    decided_at {time},
    reason {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    UNIQUE (report_id, number),
    CHECK ((decision IS NULL) = (decider_id IS NULL)),
    CHECK ((decision IS NULL) = (decided_at IS NULL)),
    CHECK (decision IS NULL OR withdrawn_at IS NULL),
    CHECK (decision IS NULL OR (decision = 'returned') = (reason IS NOT NULL))
);
"#,
    down: r#"
DROP TABLE report_version;
DROP TABLE lock_exception;
DROP TABLE report_slot;
DROP TABLE reporting_period;
ALTER TABLE plan DROP COLUMN unit_id;
ALTER TABLE task DROP COLUMN evidence_required;
ALTER TABLE progress_report DROP COLUMN first_submitted_at;
"#,
};
