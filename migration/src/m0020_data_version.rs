//! How often what is published has changed, so that who keeps it in memory knows when to read it again.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0020_data_version",
    up: r#"
CREATE TABLE data_version (
    id {int} NOT NULL PRIMARY KEY CHECK (id = 1),
    version {long} NOT NULL
);
INSERT INTO data_version (id, version) VALUES (1, 1);
"#,
    down: r#"
DROP TABLE data_version;
"#,
};
