//! The content of dossiers beside them, since it may be long; editions as those see them who supply figures for them.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0015_dossiers",
    up: r#"
sqlite:DROP TRIGGER dossier_stays;
postgres:DROP TRIGGER dossier_stays ON dossier;
CREATE TABLE dossier_content (
    id {uuid} NOT NULL PRIMARY KEY REFERENCES dossier (id),
    content {text} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
);
INSERT INTO dossier_content (id, content, created_at, updated_at)
SELECT id, content, created_at, updated_at FROM dossier;
ALTER TABLE dossier DROP COLUMN content;
sqlite:CREATE TRIGGER dossier_stays BEFORE UPDATE OF hash, period_id, edition_id, revision ON dossier
sqlite:BEGIN SELECT RAISE(ABORT, 'what was frozen stays as it is'); END;
sqlite:CREATE TRIGGER dossier_content_stays BEFORE UPDATE ON dossier_content
sqlite:BEGIN SELECT RAISE(ABORT, 'what was frozen stays as it is'); END;
sqlite:CREATE TRIGGER dossier_content_remains BEFORE DELETE ON dossier_content
sqlite:BEGIN SELECT RAISE(ABORT, 'what was frozen stays as it is'); END;
postgres:CREATE TRIGGER dossier_stays BEFORE UPDATE OF hash, period_id, edition_id, revision ON dossier
postgres:FOR EACH ROW EXECUTE FUNCTION dossier_stays();
postgres:CREATE TRIGGER dossier_content_stays BEFORE UPDATE OR DELETE ON dossier_content
postgres:FOR EACH ROW EXECUTE FUNCTION dossier_stays();

CREATE VIEW data_collection AS
SELECT id, year, framework_id, status, revision, synthetic FROM edition;
"#,
    down: r#"
DROP VIEW data_collection;
sqlite:DROP TRIGGER dossier_stays;
postgres:DROP TRIGGER dossier_stays ON dossier;
ALTER TABLE dossier ADD COLUMN content {text} NOT NULL DEFAULT '';
UPDATE dossier SET content = (SELECT content FROM dossier_content WHERE dossier_content.id = dossier.id);
DROP TABLE dossier_content;
sqlite:CREATE TRIGGER dossier_stays BEFORE UPDATE OF content, hash, period_id, edition_id, revision ON dossier
sqlite:BEGIN SELECT RAISE(ABORT, 'what was frozen stays as it is'); END;
postgres:CREATE TRIGGER dossier_stays BEFORE UPDATE OF content, hash, period_id, edition_id, revision ON dossier
postgres:FOR EACH ROW EXECUTE FUNCTION dossier_stays();
"#,
};
