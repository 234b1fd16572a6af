//! The audit trail: entries are added and never changed, and none goes with the row that it tells of.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0010_audit",
    up: r#"
CREATE TABLE audit_log (
    id {uuid} NOT NULL PRIMARY KEY,
    number {long} NOT NULL UNIQUE CHECK (number >= 1),
    at {time} NOT NULL,
    user_id {uuid},
    role {text},
    organization_id {uuid},
    action {text} NOT NULL,
    table_name {text} NOT NULL,
    row_id {uuid},
    "before" {text},
    "after" {text},
    request_id {uuid},
    previous_hash {text} NOT NULL,
    hash {text} NOT NULL
);
CREATE INDEX audit_log_row ON audit_log (row_id, number);
CREATE INDEX audit_log_user ON audit_log (user_id, number);
CREATE INDEX audit_log_at ON audit_log (at);
sqlite:CREATE TRIGGER audit_log_not_updated BEFORE UPDATE ON audit_log
sqlite:BEGIN SELECT RAISE(ABORT, 'entries of audit_log stay as they are'); END;
sqlite:CREATE TRIGGER audit_log_not_deleted BEFORE DELETE ON audit_log
sqlite:BEGIN SELECT RAISE(ABORT, 'entries of audit_log stay as they are'); END;
sqlite:CREATE TRIGGER audit_log_not_replaced BEFORE INSERT ON audit_log
sqlite:WHEN EXISTS (SELECT 1 FROM audit_log WHERE number = NEW.number OR id = NEW.id)
sqlite:BEGIN SELECT RAISE(ABORT, 'entries of audit_log stay as they are'); END;
postgres:CREATE FUNCTION audit_log_stays() RETURNS trigger LANGUAGE plpgsql AS $$
postgres:BEGIN RAISE EXCEPTION 'entries of audit_log stay as they are'; END $$;
postgres:CREATE TRIGGER audit_log_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
postgres:FOR EACH STATEMENT EXECUTE FUNCTION audit_log_stays();
"#,
    down: r#"
DROP TABLE audit_log;
postgres:DROP FUNCTION audit_log_stays();
"#,
};
