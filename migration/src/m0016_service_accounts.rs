//! Programs that sign in with a secret of their own; which client a session is of, and to what its token is limited.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0016_service_accounts",
    up: r#"
CREATE TABLE service_account (
    id {uuid} NOT NULL PRIMARY KEY REFERENCES "user" (id),
    secret_hash {text} NOT NULL,
    scopes {text} NOT NULL,
    expires_at {time},
    last_used_at {time},
    revoked_at {time},
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    row_version {int} NOT NULL DEFAULT 1
);
ALTER TABLE session ADD COLUMN client {text};
ALTER TABLE session ADD COLUMN scopes {text};
"#,
    // What was limited must not live on without its limits.
    down: r#"
DELETE FROM session WHERE scopes IS NOT NULL;
ALTER TABLE session DROP COLUMN scopes;
ALTER TABLE session DROP COLUMN client;
DROP TABLE service_account;
"#,
};
