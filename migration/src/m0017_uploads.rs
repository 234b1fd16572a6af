//! Files on their way in pieces.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0017_uploads",
    up: r#"
CREATE TABLE upload (
    id {uuid} NOT NULL PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES "user" (id),
    owner_id {uuid} NOT NULL,
    size {long} NOT NULL CHECK (size > 0),
    received {long} NOT NULL CHECK (received BETWEEN 0 AND size),
    pieces {int} NOT NULL,
    metadata {text},
    claimed_until {time},
    finished_at {time},
    expires_at {time} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1
);
CREATE INDEX upload_user ON upload (user_id);
CREATE INDEX upload_owner ON upload (owner_id);
CREATE INDEX upload_end ON upload (expires_at);
"#,
    down: "DROP TABLE upload;",
};
