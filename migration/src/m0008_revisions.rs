//! An edition may have revisions, each with a reason. SQLite cannot drop `UNIQUE (year)`, so its table is made anew.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0008_revisions",
    up: r#"
sqlite:PRAGMA foreign_keys = OFF;
sqlite:BEGIN IMMEDIATE;
sqlite:CREATE TABLE edition_anew (
sqlite:    id {uuid} NOT NULL PRIMARY KEY,
sqlite:    year {int} NOT NULL,
sqlite:    framework_id {uuid} NOT NULL REFERENCES framework (id),
sqlite:    status {text} NOT NULL,
sqlite:    published_on {date},
sqlite:    unit_count {int} CHECK (unit_count > 0),
sqlite:    note {text},
sqlite:    created_at {time} NOT NULL,
sqlite:    updated_at {time} NOT NULL,
sqlite:    row_version {int} NOT NULL DEFAULT 1,
sqlite:    revision {int} NOT NULL DEFAULT 1 CHECK (revision >= 1),
sqlite:    revises_id {uuid} REFERENCES edition (id),
sqlite:    revision_reason {text},
sqlite:    synthetic {bool} NOT NULL DEFAULT FALSE,
sqlite:    published_at {time},
sqlite:    UNIQUE (year, revision)
sqlite:);
sqlite:INSERT INTO edition_anew (id, year, framework_id, status, published_on, unit_count, note, created_at, updated_at, row_version) SELECT id, year, framework_id, status, published_on, unit_count, note, created_at, updated_at, row_version FROM edition;
sqlite:DROP TABLE edition;
sqlite:ALTER TABLE edition_anew RENAME TO edition;
sqlite:COMMIT;
sqlite:PRAGMA foreign_keys = ON;
postgres:ALTER TABLE edition DROP CONSTRAINT edition_year_key;
postgres:ALTER TABLE edition ADD COLUMN revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1);
postgres:ALTER TABLE edition ADD COLUMN revises_id uuid REFERENCES edition (id);
postgres:ALTER TABLE edition ADD COLUMN revision_reason text COLLATE "C";
postgres:ALTER TABLE edition ADD COLUMN synthetic boolean NOT NULL DEFAULT FALSE;
postgres:ALTER TABLE edition ADD COLUMN published_at timestamp with time zone;
postgres:ALTER TABLE edition ADD CONSTRAINT edition_year_revision_key UNIQUE (year, revision);
CREATE UNIQUE INDEX edition_draft ON edition (year) WHERE status = 'draft';
"#,
    down: r#"
DELETE FROM score WHERE edition_id IN (SELECT id FROM edition WHERE revision > 1);
DELETE FROM statistic WHERE edition_id IN (SELECT id FROM edition WHERE revision > 1);
UPDATE edition SET revises_id = NULL;
DELETE FROM edition WHERE revision > 1;
DROP INDEX edition_draft;
sqlite:PRAGMA foreign_keys = OFF;
sqlite:BEGIN IMMEDIATE;
sqlite:CREATE TABLE edition_anew (
sqlite:    id {uuid} NOT NULL PRIMARY KEY,
sqlite:    year {int} NOT NULL UNIQUE,
sqlite:    framework_id {uuid} NOT NULL REFERENCES framework (id),
sqlite:    status {text} NOT NULL,
sqlite:    published_on {date},
sqlite:    unit_count {int} CHECK (unit_count > 0),
sqlite:    note {text},
sqlite:    created_at {time} NOT NULL,
sqlite:    updated_at {time} NOT NULL,
sqlite:    row_version {int} NOT NULL DEFAULT 1
sqlite:);
sqlite:INSERT INTO edition_anew (id, year, framework_id, status, published_on, unit_count, note, created_at, updated_at, row_version) SELECT id, year, framework_id, status, published_on, unit_count, note, created_at, updated_at, row_version FROM edition;
sqlite:DROP TABLE edition;
sqlite:ALTER TABLE edition_anew RENAME TO edition;
sqlite:COMMIT;
sqlite:PRAGMA foreign_keys = ON;
postgres:ALTER TABLE edition DROP CONSTRAINT edition_year_revision_key;
postgres:ALTER TABLE edition DROP COLUMN published_at;
postgres:ALTER TABLE edition DROP COLUMN synthetic;
postgres:ALTER TABLE edition DROP COLUMN revision_reason;
postgres:ALTER TABLE edition DROP COLUMN revises_id;
postgres:ALTER TABLE edition DROP COLUMN revision;
postgres:ALTER TABLE edition ADD CONSTRAINT edition_year_key UNIQUE (year);
"#,
};
