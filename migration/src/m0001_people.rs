//! Organizations, users and their sessions.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0001_people",
    up: r#"
CREATE TABLE organization (
    id {uuid} NOT NULL PRIMARY KEY,
    code {text} NOT NULL UNIQUE,
    kind {text} NOT NULL,
    name_vi {text} NOT NULL,
    name_en {text} NOT NULL,
    parent_id {uuid} REFERENCES organization (id),
    active_from {date},
    active_to {date},
    confirmed {bool} NOT NULL,
    note {text},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    CHECK (active_to IS NULL OR active_from IS NULL OR active_from <= active_to)
);

CREATE TABLE "user" (
    id {uuid} NOT NULL PRIMARY KEY,
    email {text} NOT NULL UNIQUE,
    name {text} NOT NULL,
    role {text} NOT NULL,
    organization_id {uuid} REFERENCES organization (id),
    password_hash {text},
    disabled_at {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    CHECK (role <> 'officer' OR organization_id IS NOT NULL)
);
CREATE INDEX user_organization ON "user" (organization_id);

CREATE TABLE session (
    id {uuid} NOT NULL PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES "user" (id),
    token_hash {text},
    expires_at {time} NOT NULL,
    revoked_at {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
);
CREATE INDEX session_of_user ON session (user_id);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE login_attempt (
    bucket {text} NOT NULL PRIMARY KEY,
    tries {int} NOT NULL,
    window_started_at {time} NOT NULL
);
CREATE INDEX login_attempt_window ON login_attempt (window_started_at);

CREATE VIEW person AS SELECT id, name, organization_id FROM "user";
"#,
    down: r#"
DROP VIEW person;
DROP TABLE login_attempt;
DROP TABLE session;
DROP TABLE "user";
DROP TABLE organization;
"#,
};
