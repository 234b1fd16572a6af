//! The end of the audit trail and the lock on it, at once: a statement that waits for the lock would not see what was
//! appended meanwhile, a statement within a function does.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0023_trail_end",
    up: r#"
postgres:CREATE FUNCTION audit_log_end(OUT number bigint, OUT hash text) VOLATILE LANGUAGE plpgsql AS $$
postgres:BEGIN
postgres:    PERFORM pg_advisory_xact_lock(4927340128);
postgres:    SELECT entry.number, entry.hash INTO number, hash FROM audit_log entry ORDER BY entry.number DESC LIMIT 1;
postgres:END $$;
"#,
    down: r#"
postgres:DROP FUNCTION audit_log_end;
"#,
};
