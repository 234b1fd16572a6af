//! What is kept of sessions beside their rows, and for how long these.

use chrono::{DateTime, Utc};
use entity::{service_account, session};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::Db;
use crate::error::Result;

impl Db {
    /// Writes when a service account was last used, unless that was noted after `cutoff`. No change of the account, so
    /// neither its version grows nor does the audit trail tell of it.
    pub async fn note_use(&self, account: Uuid, now: DateTime<Utc>, cutoff: DateTime<Utc>) -> Result<()> {
        use service_account::Column::{Id, LastUsedAt};
        service_account::Entity::update_many()
            .col_expr(LastUsedAt, Expr::value(now))
            .filter(Id.eq(account))
            .filter(Condition::any().add(LastUsedAt.is_null()).add(LastUsedAt.lte(cutoff)))
            .exec(self.writer())
            .await?;
        Ok(())
    }

    /// Removes the sessions that ended by themselves before `cutoff`. That somebody signed in stays in the audit trail.
    pub async fn forget_old_sessions(&self, cutoff: DateTime<Utc>) -> Result<()> {
        use session::Column::ExpiresAt;
        session::Entity::delete_many().filter(ExpiresAt.lt(cutoff)).exec(self.writer()).await?;
        Ok(())
    }
}
