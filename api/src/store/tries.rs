//! Log-in tries, counted in the database so that all replicas count together.

use chrono::{DateTime, Utc};
use entity::login_attempt::{Column, Entity};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::Db;
use crate::error::{Error, Result};

impl Db {
    /// Counts one more try in `bucket` and says how many there are since `cutoff`.
    pub async fn count_try(&self, bucket: &str, now: DateTime<Utc>, cutoff: DateTime<Utc>) -> Result<i32> {
        let old = || Expr::col((Entity, Column::WindowStartedAt)).lt(cutoff);
        let keep = |fresh: Expr, running: Expr| CaseStatement::new().case(old(), fresh).finally(running);
        let statement = Query::insert()
            .into_table(Entity)
            .columns([Column::Bucket, Column::Tries, Column::WindowStartedAt])
            .values_panic([bucket.into(), 1.into(), now.into()])
            .on_conflict(
                OnConflict::column(Column::Bucket)
                    .value(Column::Tries, keep(1.into(), Expr::col((Entity, Column::Tries)).add(1)))
                    .value(
                        Column::WindowStartedAt,
                        keep(now.into(), Expr::col((Entity, Column::WindowStartedAt))),
                    )
                    .to_owned(),
            )
            .returning_col(Column::Tries)
            .to_owned();
        let row =
            self.writer().query_one(&statement).await?.ok_or_else(|| Error::internal("no count returned"))?;
        Ok(row.try_get("", "tries")?)
    }

    /// Forgets the tries of `bucket`.
    pub async fn forget_tries(&self, bucket: &str) -> Result<()> {
        Entity::delete_by_id(bucket).exec(self.writer()).await?;
        Ok(())
    }

    /// Takes one try of `bucket` back.
    pub async fn forgive_try(&self, bucket: &str) -> Result<()> {
        Entity::update_many()
            .col_expr(Column::Tries, Expr::col(Column::Tries).sub(1))
            .filter(Column::Bucket.eq(bucket))
            .filter(Column::Tries.gt(0))
            .exec(self.writer())
            .await?;
        Ok(())
    }

    /// Removes the counts whose window began before `cutoff`.
    pub async fn forget_old_tries(&self, cutoff: DateTime<Utc>) -> Result<()> {
        Entity::delete_many().filter(Column::WindowStartedAt.lt(cutoff)).exec(self.writer()).await?;
        Ok(())
    }
}
