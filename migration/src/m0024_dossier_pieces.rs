//! The content of dossiers in pieces, so that who hands it on never has it whole.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0024_dossier_pieces",
    up: r#"
CREATE TABLE dossier_piece (
    id {uuid} NOT NULL PRIMARY KEY,
    dossier_id {uuid} NOT NULL REFERENCES dossier (id),
    place {int} NOT NULL,
    content {text} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (dossier_id, place)
);
INSERT INTO dossier_piece (id, dossier_id, place, content, created_at, updated_at)
SELECT id, id, 0, content, created_at, updated_at FROM dossier_content;
DROP TABLE dossier_content;
sqlite:CREATE TRIGGER dossier_piece_stays BEFORE UPDATE ON dossier_piece BEGIN SELECT RAISE(ABORT, 'what was frozen stays as it is'); END;
sqlite:CREATE TRIGGER dossier_piece_remains BEFORE DELETE ON dossier_piece BEGIN SELECT RAISE(ABORT, 'what was frozen stays as it is'); END;
postgres:CREATE TRIGGER dossier_piece_stays BEFORE UPDATE OR DELETE ON dossier_piece
postgres:FOR EACH ROW EXECUTE FUNCTION dossier_stays();
"#,
    down: r#"
CREATE TABLE dossier_content (
    id {uuid} NOT NULL PRIMARY KEY REFERENCES dossier (id),
    content {text} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
);
INSERT INTO dossier_content (id, content, created_at, updated_at)
sqlite:SELECT dossier_id, group_concat(content, '' ORDER BY place), min(created_at), max(updated_at)
postgres:SELECT dossier_id, string_agg(content, '' ORDER BY place), min(created_at), max(updated_at)
FROM dossier_piece GROUP BY dossier_id;
DROP TABLE dossier_piece;
sqlite:CREATE TRIGGER dossier_content_stays BEFORE UPDATE ON dossier_content BEGIN SELECT RAISE(ABORT, 'what was frozen stays as it is'); END;
sqlite:CREATE TRIGGER dossier_content_remains BEFORE DELETE ON dossier_content BEGIN SELECT RAISE(ABORT, 'what was frozen stays as it is'); END;
postgres:CREATE TRIGGER dossier_content_stays BEFORE UPDATE OR DELETE ON dossier_content
postgres:FOR EACH ROW EXECUTE FUNCTION dossier_stays();
"#,
};
