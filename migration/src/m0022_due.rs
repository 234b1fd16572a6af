//! An assignment knows its task's last day, so that an organization's tasks stand in one index in the order in which they
//! are due. The database keeps it: whoever writes a task or an assignment need not think of it.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0022_due",
    up: r#"
ALTER TABLE assignment ADD COLUMN task_due_on {date};
UPDATE assignment SET task_due_on = (SELECT due_on FROM task WHERE task.id = assignment.task_id);
CREATE INDEX assignment_due ON assignment (organization_id, task_due_on, task_id) WHERE ended_at IS NULL;
sqlite:CREATE TRIGGER assignment_due_taken AFTER INSERT ON assignment BEGIN
sqlite:    UPDATE assignment SET task_due_on = (SELECT due_on FROM task WHERE id = NEW.task_id) WHERE id = NEW.id;
sqlite:END;
sqlite:CREATE TRIGGER assignment_due_followed AFTER UPDATE OF due_on ON task
sqlite:WHEN OLD.due_on IS NOT NEW.due_on BEGIN
sqlite:    UPDATE assignment SET task_due_on = NEW.due_on WHERE task_id = NEW.id;
sqlite:END;
postgres:CREATE FUNCTION assignment_due_taken() RETURNS trigger LANGUAGE plpgsql AS $$
postgres:BEGIN
postgres:    SELECT due_on INTO NEW.task_due_on FROM task WHERE id = NEW.task_id FOR SHARE;
postgres:    RETURN NEW;
postgres:END $$;
postgres:CREATE TRIGGER assignment_due_taken BEFORE INSERT ON assignment
postgres:FOR EACH ROW EXECUTE FUNCTION assignment_due_taken();
postgres:CREATE FUNCTION assignment_due_followed() RETURNS trigger LANGUAGE plpgsql AS $$
postgres:BEGIN
postgres:    UPDATE assignment SET task_due_on = NEW.due_on WHERE task_id = NEW.id;
postgres:    RETURN NULL;
postgres:END $$;
postgres:CREATE TRIGGER assignment_due_followed AFTER UPDATE OF due_on ON task
postgres:FOR EACH ROW WHEN (OLD.due_on IS DISTINCT FROM NEW.due_on) EXECUTE FUNCTION assignment_due_followed();
"#,
    down: r#"
sqlite:DROP TRIGGER assignment_due_followed;
sqlite:DROP TRIGGER assignment_due_taken;
postgres:DROP TRIGGER assignment_due_followed ON task;
postgres:DROP FUNCTION assignment_due_followed;
postgres:DROP TRIGGER assignment_due_taken ON assignment;
postgres:DROP FUNCTION assignment_due_taken;
DROP INDEX assignment_due;
ALTER TABLE assignment DROP COLUMN task_due_on;
"#,
};
