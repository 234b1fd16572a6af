//! Supplied figures, the scores that come of them, and what was frozen to be sent.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0012_supply",
    up: r#"
ALTER TABLE evidence ADD COLUMN stated_year {int};

CREATE TABLE data_submission (
    id {uuid} NOT NULL PRIMARY KEY,
    edition_id {uuid} NOT NULL REFERENCES edition (id),
    indicator_id {uuid} NOT NULL REFERENCES indicator (id),
    unit_id {uuid} NOT NULL REFERENCES unit (id),
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    value {real} NOT NULL,
    value_unit {text} NOT NULL,
    value_year {int} NOT NULL,
    method_note {text},
    status {text} NOT NULL,
    confirmed {json} NOT NULL,
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
    UNIQUE (edition_id, indicator_id, unit_id, organization_id),
    CHECK (status <> 'accepted' OR decider_id <> submitter_id)
);
CREATE INDEX data_submission_organization ON data_submission (organization_id, created_at, id);
CREATE INDEX data_submission_status ON data_submission (status, created_at, id);
CREATE INDEX data_submission_created ON data_submission (created_at, id);
CREATE INDEX data_submission_indicator ON data_submission (indicator_id, edition_id);

ALTER TABLE score ADD COLUMN submission_id {uuid} REFERENCES data_submission (id);
CREATE INDEX score_submission ON score (submission_id);

CREATE TABLE dossier (
    id {uuid} NOT NULL PRIMARY KEY,
    period_id {uuid} REFERENCES reporting_period (id),
    edition_id {uuid} REFERENCES edition (id),
    revision {int} NOT NULL CHECK (revision >= 1),
    reason {text},
    content {text} NOT NULL,
    hash {text} NOT NULL,
    author_id {uuid} NOT NULL REFERENCES "user" (id),
    letter_number {text},
    letter_on {date},
    signer_title {text},
    signer_name {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    UNIQUE (period_id, revision),
    UNIQUE (edition_id, revision),
    CHECK ((period_id IS NULL) <> (edition_id IS NULL)),
    CHECK ((revision > 1) = (reason IS NOT NULL))
);
CREATE INDEX dossier_created ON dossier (created_at, id);
sqlite:CREATE TRIGGER dossier_stays BEFORE UPDATE OF content, hash, period_id, edition_id, revision ON dossier
sqlite:BEGIN SELECT RAISE(ABORT, 'what was frozen stays as it is'); END;
postgres:CREATE FUNCTION dossier_stays() RETURNS trigger LANGUAGE plpgsql AS $$
postgres:BEGIN RAISE EXCEPTION 'what was frozen stays as it is'; END $$;
postgres:CREATE TRIGGER dossier_stays BEFORE UPDATE OF content, hash, period_id, edition_id, revision ON dossier
postgres:FOR EACH ROW EXECUTE FUNCTION dossier_stays();
"#,
    down: r#"
DROP TABLE dossier;
postgres:DROP FUNCTION dossier_stays();
DROP INDEX score_submission;
ALTER TABLE score DROP COLUMN submission_id;
DROP TABLE data_submission;
ALTER TABLE evidence DROP COLUMN stated_year;
"#,
};
