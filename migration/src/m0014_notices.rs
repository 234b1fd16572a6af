//! What users are told of, and news on its way to them.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0014_notices",
    up: r#"
ALTER TABLE "user" ADD COLUMN language {text} NOT NULL DEFAULT 'vi';
ALTER TABLE "user" ADD COLUMN email_notices {bool} NOT NULL DEFAULT TRUE;

CREATE TABLE notification (
    id {uuid} NOT NULL PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES "user" (id),
    key {text} NOT NULL,
    kind {text} NOT NULL,
    subject_table {text},
    subject_id {uuid},
    params {json} NOT NULL,
    read_at {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    UNIQUE (user_id, key),
    CHECK ((subject_table IS NULL) = (subject_id IS NULL))
);
CREATE INDEX notification_user ON notification (user_id, created_at, id);
CREATE INDEX notification_unread ON notification (user_id, created_at, id) WHERE read_at IS NULL;
CREATE INDEX notification_created ON notification (created_at, id);

CREATE TABLE outbox (
    id {uuid} NOT NULL PRIMARY KEY,
    key {text} NOT NULL UNIQUE,
    kind {text} NOT NULL,
    subject_table {text},
    subject_id {uuid},
    params {json} NOT NULL,
    recipient_id {uuid} REFERENCES "user" (id),
    due_at {time} NOT NULL,
    attempts {int} NOT NULL,
    last_error {text},
    done_at {time},
    failed_at {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1,
    CHECK ((subject_table IS NULL) = (subject_id IS NULL))
);
CREATE INDEX outbox_waiting ON outbox (due_at, id) WHERE done_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_recipient ON outbox (recipient_id);
"#,
    down: r#"
DROP TABLE outbox;
DROP TABLE notification;
ALTER TABLE "user" DROP COLUMN email_notices;
ALTER TABLE "user" DROP COLUMN language;
"#,
};
