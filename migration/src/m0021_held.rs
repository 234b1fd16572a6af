//! What an organization holds now, newest first, who works with it on a task, and tasks by code are found by index.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0021_held",
    up: r#"
CREATE INDEX assignment_held ON assignment (organization_id, created_at, id) WHERE ended_at IS NULL;
CREATE INDEX assignment_coordinating ON assignment (task_id, id) WHERE role = 'coordinating' AND ended_at IS NULL;
CREATE INDEX task_code ON task (code, id);
"#,
    down: r#"
DROP INDEX task_code;
DROP INDEX assignment_coordinating;
DROP INDEX assignment_held;
"#,
};
