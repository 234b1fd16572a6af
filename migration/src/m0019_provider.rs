//! By which name an outside OpenID provider knows a user.

use crate::ddl::Change;

pub(crate) const CHANGE: Change = Change {
    name: "m0019_provider",
    up: r#"
ALTER TABLE "user" ADD COLUMN oidc_subject {text};
CREATE UNIQUE INDEX user_oidc_subject ON "user" (oidc_subject);
"#,
    down: r#"
DROP INDEX user_oidc_subject;
ALTER TABLE "user" DROP COLUMN oidc_subject;
"#,
};
